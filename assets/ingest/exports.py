"""Ingest assets, one per export and reference file: load what is new in the inbox manifest.

A partition is the business date of the run. New files are loaded whole, whatever days they hold;
running a day again with the same files changes nothing. Each table's data is described by the
docstring of its contract.
"""

import dagster as dg

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.exports import EXPORTS
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INBOX_MANIFEST


def ingest_asset(table: Table) -> dg.AssetsDefinition:
    """Return the Dagster asset of one export."""

    def ingest(run: DayRun) -> Written:
        from assets.ingest.load_export import load_export

        return load_export(run, table)

    # the asset group is this module's package
    ingest.__module__ = __name__
    return day_asset(
        table,
        deps=[INBOX_MANIFEST.name],
        kinds={"deltalake", "duckdb"},
        is_daily=table.indispensable,
        description=f"{table.meaning[0].upper()}{table.meaning[1:]}, from the exports folder.",
    )(ingest)


INGEST_ASSETS = [ingest_asset(table) for table in EXPORTS]
