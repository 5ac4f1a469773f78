"""Publish the restock list to supply chain: one line per warehouse and SKU.

Computed in `restock_list_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.lists import RESTOCK
from data_contracts.tables.bookkeeping import PROVENANCE_TABLES


@day_asset(
    RESTOCK.table(),
    deps=["restock_lines", "demand_forecast", "demand_day", "products"],
    reads=PROVENANCE_TABLES,
    kinds={"excel", "csv", "parquet"},
    is_daily=True,
)
def restock_list(run: DayRun) -> Written:
    """补货清单: the day's restock lines as CSV, XLSX and Parquet with a manifest, all at once.

    Sorted by warehouse, largest suggestion first. The workbook adds a summary per warehouse and a
    sheet with the freshness of the data and the fallbacks. A reader never sees half a list; when
    this step fails, yesterday's list stays and is marked as such.
    """
    from assets.publish.lists.restock_list_steps import make_restock_list

    return make_restock_list(run)
