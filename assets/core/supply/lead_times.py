"""Asset `lead_times`: how long an order takes to arrive, late and lost orders included.

Computed in `lead_times_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.tables.supply import LEAD_TIMES


@day_asset(
    LEAD_TIMES,
    deps=["supply_options", "purchase_orders", "stock", "products"],
    kinds={"duckdb", "numpy"},
)
def lead_times(run: DayRun) -> Written:
    """Infer the law of the lead time of each warehouse, SKU and supplier, as known at `as_of`.

    Orders that arrived and orders still awaited are both evidence. An SKU in a warehouse is shrunk
    to its supplier, the supplier to what it declares. An SKU without purchase orders is learnt from
    batches in transit of the stock file. Without any evidence the declared days count, or a
    default.
    """
    from assets.core.supply.lead_times_steps import make_lead_times

    return make_lead_times(run)
