"""Asset `demand_model`: backtest the demand model on the last days, fit it on all, and store it.

Computed in `demand_model_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from assets.predict.demand.demand_feature_sources import FEATURE_SOURCES
from data_contracts.tables.demand import DEMAND_BACKTEST, DEMAND_DRIFT


@day_asset(
    DEMAND_BACKTEST,
    name="demand_model",
    deps=FEATURE_SOURCES,
    reads=(DEMAND_DRIFT,),  # of days before
    kinds={"duckdb", "lightgbm"},
)
def demand_model(run: DayRun) -> Written:
    """Fit and backtest the model of units per warehouse and SKU in the next three days.

    A first model is fitted on targets up to the first of the last three origins (3 days apart) and
    forecasts from each. DEMAND_BACKTEST holds its errors and those of two baselines (same day last
    week, mean of 7 days) on the same rows; the errors also give the quantiles. A second model is
    then fitted on everything up to as_of. Sums of 5 to 28 days have a booster beside them, scored
    on the sums that ended in the last weeks. This happens once a week, or earlier after an alarm of
    `demand_drift`, and the new model serves only if it beats the current one. On other days the
    current model and its figures stay. If no model can be fitted, the last good one serves on;
    without any, means of past days are used, with quantiles from their own errors.
    """
    from assets.predict.demand.demand_model_steps import make_demand_model

    return make_demand_model(run)
