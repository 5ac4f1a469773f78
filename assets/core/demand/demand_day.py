"""Asset `demand_day`: the daily history per warehouse and SKU that every forecast starts from.

Computed in `demand_day_steps.py`.
"""

from assets.core.order_lines import ORDER_LINE_SOURCES
from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.tables.demand import DEMAND_DAY


@day_asset(
    DEMAND_DAY,
    deps=["availability", "promotions", "holidays", *ORDER_LINE_SOURCES],
    kinds={"duckdb", "sql", "lightgbm"},
)
def demand_day(run: DayRun) -> Written:
    """Net units per warehouse, SKU and business day, as known at the end of `as_of`.

    Order lines (goods only, ordered minus cancelled by then) are summed per day; days without a
    sale are filled with zero from the first sale on. `zero_kind` separates three kinds of zero: no
    demand (on sale all day), stock-out, not offered (demand is empty). Demand censored by sold-out
    hours is estimated by a model fitted on artificially masked hours, or, with too few days to fit
    it, from the recent rate of the series. Demand censored by purchase limits is estimated from
    purchases without a limit.
    """
    from assets.core.demand.demand_day_steps import make_demand_day

    return make_demand_day(run)
