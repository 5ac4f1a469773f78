"""Asset `demand_rolling`: rolling-origin backtest of the demand forecast against baselines.

Computed in `demand_backtest_steps.py`.
"""

import dagster as dg

from assets.framework.day_asset import DayRun, Written, day_asset
from assets.predict.demand.demand_feature_sources import FEATURE_SOURCES
from data_contracts.tables.backtest import DEMAND_ROLLING, ROLLING_QUANTILES
from models.clock import HORIZON_DAYS
from models.params.demand import DEFAULTS as DEMAND_DEFAULTS


class BacktestConfig(dg.Config):
    """Configuration of the job `backtest_demand`.

    `origins`: origins to score, `every_days` apart, the last one three days before as_of.
    `refit_every_days`: days a model serves before the next is fitted (1: for every origin).
    `peers`: baselines from OPTIONAL_BASELINES.
    """

    origins: int = 4
    every_days: int = HORIZON_DAYS
    refit_every_days: int = DEMAND_DEFAULTS.model.retrain_every_days
    peers: list[str] = ["ssa"]


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
