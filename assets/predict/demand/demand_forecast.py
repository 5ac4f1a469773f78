"""Asset `demand_forecast`: units per warehouse and SKU for the next days and their sums.

Computed in `demand_forecast_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from assets.predict.demand.demand_feature_sources import FEATURE_SOURCES
from data_contracts.tables.demand import DEMAND_FORECAST


@day_asset(
    DEMAND_FORECAST,
    deps=["demand_model", *FEATURE_SOURCES],
    kinds={"duckdb", "lightgbm"},
)
def demand_forecast(run: DayRun) -> Written:
    """Forecast units and quantiles for every series that still sells: three days, and sums.

    The sum of the three days is added up; sums of 5 to 28 days have a model of their own, which
    knows the calendar, promotions and offers of those days, and they never fall as they get longer.
    Quantiles of the sum are fitted on sums; adding up daily quantiles would overstate them. A
    series with few days is forecast mostly from similar SKUs. If the model uses weather and a
    target day has none, the warehouse's recent weather is used. If the model that is due cannot be
    used, the last good one is, and without any, means of past days. Such lines carry a code in
    `fallback`. SKUs that were delisted or have not sold for weeks get no line; days after the last
    day on offer get zero. An SKU launched within three days, or in the last week without a sale,
    gets the forecast of similar SKUs.
    """
    from assets.predict.demand.demand_forecast_steps import make_demand_forecast

    return make_demand_forecast(run)
