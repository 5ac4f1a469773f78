"""Asset `demand_rolling`: rolling-origin backtest of the demand forecast against baselines.

Computed in `demand_backtest_steps.py`.
"""

from assets.evaluate.rolling_origin.backtest_config import BacktestConfig
from assets.framework.day_asset import DayRun, Written, day_asset
from assets.predict.demand.demand_feature_sources import FEATURE_SOURCES
from data_contracts.tables.backtest import DEMAND_ROLLING, ROLLING_QUANTILES


@day_asset(
    DEMAND_ROLLING,
    deps=FEATURE_SOURCES,
    reads=(ROLLING_QUANTILES,),
    kinds={"duckdb", "lightgbm"},
    config=BacktestConfig,
)
def demand_rolling(run: DayRun) -> Written:
    """Backtest with rolling origins: forecast from each origin as on that day.

    The model is fitted on targets up to the origin and serves as long as in the daily job;
    quantiles rest on the errors of earlier origins. Later knowledge enters in two places only:
    cancellations count as known at as_of, and stock-outs are uncensored by the model of as_of.
    """
    from assets.evaluate.rolling_origin.demand_backtest_steps import make_demand_rolling

    return make_demand_rolling(run)
