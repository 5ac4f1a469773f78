"""Choose the pages of the restock workbook, in the order in which people need them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from assets.publish.lists.restock_pages.orders import OrdersPage
from assets.publish.lists.restock_pages.parts import Line
from assets.publish.lists.restock_pages.today import TodayPage
from assets.publish.lists.restock_pages.zeros import ZerosPage
from assets.resources.outbox.workbook import Page
from data_contracts.lists import RESTOCK, Shown
from data_contracts.records.manifest import Manifest


def restock_pages(lines: pa.Table, manifest: Manifest) -> Sequence[Page]:
    """Return the pages before the full list: today, orders, zeros.

    `lines`: the list by stored column names.
    """
    rows = rounded(lines)
    version = manifest.list_version or ""
    return (
        TodayPage(rows, manifest, version),
        OrdersPage(
            [row for row in rows if row["suggested_units"] > 0], manifest.platform.name, version
        ),
        ZerosPage([row for row in rows if not row["suggested_units"] > 0], version),
    )


def rounded(lines: pa.Table) -> list[Line]:
    """Return the lines as dictionaries, with the decimals that every format of the list shows."""
    decimals = {
        column.column.name: column.decimals
        for column in RESTOCK.columns
        if column.shown in (Shown.QUANTITY, Shown.MONEY)
    }
    return [
        {
            name: round(value, decimals[name]) if name in decimals and value is not None else value
            for name, value in row.items()
        }
        for row in lines.to_pylist()
    ]
