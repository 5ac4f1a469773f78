"""Draw the sheet of what is not ordered, with the reason and the day on which it will sell out.

A quantity can still be filled in, for what a person wants to order after all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xlsxwriter.workbook import Workbook

from assets.publish.lists.restock_pages.editing import let_edit
from assets.publish.lists.restock_pages.parts import (
    VERSION_LABEL,
    ZEROS,
    Line,
    column,
    editable_columns,
    supplier_of,
    unit_of,
)
from assets.resources.outbox.sheet_drawing import SheetDrawing
from assets.resources.outbox.workbook import CellFormats
from data_contracts.codes.replenishment import NoOrderReason, RestockException

_HEADER_ROWS = 2
_COLUMNS = (
    column("warehouse_id", 8),
    column("sku_id", 11),
    column("sku_name", 24, is_wrapped=True),
    column("supplier_name", 12, is_wrapped=True),
    column("no_order_reason", 16),
    column("on_hand_units", 6),
    column("in_transit_units", 6),
    column("cover_mean_units", 9),
    column("sold_out_on", 11),
    column("next_arrival_on", 11),
    column("exception", 13),
    *editable_columns(8, 14),
    column("sale_unit", 5),
)
_SKU = "B"


@dataclass(frozen=True)
class ZerosPage:
    """The sheet 不补. `lines`: those of the list that order nothing."""

    lines: Sequence[Line]
    version: str
    title: str = ZEROS

    def draw(self, book: Workbook, formats: CellFormats, as_of: date) -> None:
        drawing = SheetDrawing.begin(book, self.title, formats, _COLUMNS)
        last = len(_COLUMNS) - 1
        drawing.piece(
            f"不补 {len(self.lines)} 行，按网格仓和预计售罄日排列 截至 {as_of.isoformat()}",
            0,
            8,
            bold=True,
            font_size=12,
        )
        drawing.piece(
            f"{VERSION_LABEL} {self.version}", 9, last, font_color="#444444", align="right"
        )
        drawing.next_row(1.3)
        drawing.header()
        for line in sorted(self.lines, key=_place):
            look: dict[str, Any] = {"bg_color": "#FFF2CC"} if line["exception"] is not None else {}
            drawing.cells(_values(line), **look)
        if self.lines:
            let_edit(drawing, _HEADER_ROWS, sku=_SKU, suggested=None, pack=None)
            drawing.sheet.autofilter(_HEADER_ROWS - 1, 0, drawing.row - 1, last)
        drawing.finish(
            f"不补 截至 {as_of.isoformat()}",
            self.version,
            header_rows=(0, _HEADER_ROWS - 1),
            frozen_columns=3,
        )
        drawing.lock()


def _place(line: Line) -> tuple[Any, ...]:
    return (line["warehouse_id"], line["sold_out_on"] or date.max, line["sku_id"])


def _values(line: Line) -> list[Any]:
    reason, exception = line["no_order_reason"], line["exception"]
    return [
        line["warehouse_id"],
        line["sku_id"],
        line["sku_name"],
        supplier_of(line),
        NoOrderReason.zh_of(reason) if reason else None,
        line["on_hand_units"],
        line["in_transit_units"],
        line["cover_mean_units"],
        line["sold_out_on"],
        line["next_arrival_on"],
        RestockException.zh_of(exception) if exception else None,
        line["suggested_units"],
        None,
        unit_of(line),
    ]
