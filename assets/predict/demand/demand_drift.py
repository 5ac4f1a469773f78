"""Asset `demand_drift`: watch the demand model's inputs and errors.

Computed in `demand_drift_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from assets.predict.demand.demand_feature_sources import FEATURE_SOURCES
from data_contracts.tables.demand import DEMAND_BACKTEST, DEMAND_DRIFT


@day_asset(
    DEMAND_DRIFT,
    deps=["demand_forecast", "demand_model", *FEATURE_SOURCES],
    reads=(DEMAND_BACKTEST,),
    kinds={"duckdb"},
)
def demand_drift(run: DayRun) -> Written:
    """Watch the demand model's inputs and errors day by day.

    Inputs: compares the rows of the forecast, feature by feature, with the rows the serving model
    was fitted on: population stability index, missing values, values far out of range. An alarm
    requires a larger difference than that of any single day of the fit. The calendar is left out.
    Errors: compares the forecasts stored one, two and three days ago with actuals, on the same
    lines as their naive baselines. Three bad days in succession raise an alarm, and a challenger is
    fitted on the next day. A day without stored forecasts is not scored.
    """
    from assets.predict.demand.demand_drift_steps import make_demand_drift

    return make_demand_drift(run)
