"""Asset `supply_options`: from whom each warehouse can buy each SKU, and on which terms.

Computed in `supply_options_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.tables.supply import SUPPLY_OPTIONS


@day_asset(
    SUPPLY_OPTIONS,
    deps=["suppliers", "supply_terms", "purchase_orders", "products", "stock", "demand_day"],
    kinds={"duckdb", "sql"},
)
def supply_options(run: DayRun) -> Written:
    """List the suppliers of each warehouse and SKU with their terms on the day after `as_of`.

    Several suppliers are all kept. The first choice is not paused, is preferred, then the
    cheapest, then the first by id. Terms that contradict each other are kept with a flag.
    """
    from assets.core.supply.supply_options_steps import make_supply_options

    return make_supply_options(run)
