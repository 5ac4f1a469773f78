"""Asset `associations`: items bought together or in sequence, by layer and age band.

Computed in `associations_steps.py`.
"""

from assets.core.order_lines import ORDER_LINE_SOURCES
from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.tables.affinity import ASSOCIATIONS

DEPS = ["profile_basic", "layer_labels", "users", *ORDER_LINE_SOURCES]


@day_asset(ASSOCIATIONS, deps=DEPS, kinds={"duckdb", "sql", "pandas"})
def associations(run: DayRun) -> Written:
    """Find pairs of SKUs and of categories in one order, and in sequence within 30 days.

    Lift compares with what users who buy as much would have by chance; it has an interval, and a q
    value over all pairs compared in the segment. Only pairs above the floor are suggested. These
    are associations: no purchase is said to cause another.
    """
    from assets.profiles.affinity.associations_steps import make_associations

    return make_associations(run)
