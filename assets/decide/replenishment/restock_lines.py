"""Decide how much of each SKU each warehouse should order, and why.

Computed in `restock_lines_steps.py`.
"""

from assets.core.order_lines import ORDER_LINE_SOURCES
from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.tables.replenishment import RESTOCK_LINES, RESTOCK_PROJECTION

DEPS = [
    "demand_day",
    "demand_forecast",
    "supply_options",
    "lead_times",
    "purchase_orders",
    "stock",
    "logistics",
    *ORDER_LINE_SOURCES,
]


@day_asset(RESTOCK_LINES, deps=DEPS, reads=[RESTOCK_PROJECTION], kinds={"duckdb", "pandas"})
def restock_lines(run: DayRun) -> Written:
    """Apply the restock rules to forecast, orders in hand and stock per warehouse and SKU.

    Every series with a forecast has a line, even when nothing needs to be ordered, so that a
    missing line is never mistaken for a zero.
    """
    from assets.decide.replenishment.restock_lines_steps import make_restock_lines

    return make_restock_lines(run)
