"""Draw the orders of the restock workbook: a page per supplier, to be checked and signed.

A supplier has a block per warehouse. A line has its figures, the two cells that people fill in, and
below them its reason. Only these cells can be changed; the amounts follow them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xlsxwriter.workbook import Workbook

from assets.publish.lists.restock_pages.editing import let_edit
from assets.publish.lists.restock_pages.parts import (
    ORDERS,
    VERSION_LABEL,
    Line,
    Totals,
    column,
    days_in_words,
    editable_columns,
    supplier_of,
    unit_of,
)
from assets.resources.outbox.sheet_drawing import (
    DrawnColumn,
    Formula,
    SheetDrawing,
)
from assets.resources.outbox.workbook import CellFormats, rows_of_text
from data_contracts.codes.products import SaleUnit
from data_contracts.codes.replenishment import RestockException
from data_contracts.lists import Shown

SUPPLIERS_PER_SHEET = 300  # Excel keeps 1,026 page breaks of a sheet, some of one supplier
TOTAL = "合计"
SIGNATURES = ("下单人：", "审核人：", "日期：")
NOTHING_TO_ORDER = "本次没有需要下的订单。"
_HEADER_ROWS = 2
_ROWS_OF_END = 4.4  # totals of two units, and the line to sign on
_COLUMNS = (
    column("warehouse_id", 10),
    column("sku_id", 12),
    column("sku_name", 28, is_wrapped=True),
    column("suggested_units", 10),
    column("sale_unit", 5),
    column("suggested_packs", 8),
    column("pack_size_units", 6),
    column("cost_yuan", 9),
    column("amount_yuan", 11),
    *editable_columns(11, 20),
    DrawnColumn("确认金额(元)", 12, Shown.MONEY),
    column("sold_out_on", 11),
)
_LAST = len(_COLUMNS) - 1
# letters of columns in formulas
_SKU, _SUGGESTED, _UNIT, _PACK, _COST, _QUANTITY, _CONFIRMED = "BDEGHJL"
_WARNING: dict[str, Any] = {"bg_color": "#FFF2CC"}
_SMALL: dict[str, Any] = {"font_color": "#444444"}


@dataclass(frozen=True)
class OrdersPage:
    """The sheet 订单. `lines`: those of the list that order something."""

    lines: Sequence[Line]
    platform: str
    version: str
    title: str = ORDERS

    def draw(self, book: Workbook, formats: CellFormats, as_of: date) -> None:
        suppliers = list(_grouped(sorted(self.lines, key=_place), _supplier_key))
        if not suppliers:
            self._begin(book, self.title, formats, as_of).band(NOTHING_TO_ORDER)
        for number, start in enumerate(range(0, len(suppliers), SUPPLIERS_PER_SHEET), 1):
            title = self.title if number == 1 else f"{self.title} ({number})"
            drawing = self._begin(book, title, formats, as_of)
            for place, lines in enumerate(suppliers[start : start + SUPPLIERS_PER_SHEET]):
                if place:
                    drawing.new_page()
                _draw_supplier(drawing, lines)
            let_edit(drawing, _HEADER_ROWS, sku=_SKU, suggested=_SUGGESTED, pack=_PACK)
            drawing.finish(
                f"补货订单 截至 {as_of.isoformat()}",
                self.version,
                header_rows=(0, _HEADER_ROWS - 1),
                frozen_columns=3,
            )
            drawing.lock()

    def _begin(self, book: Workbook, title: str, formats: CellFormats, as_of: date) -> SheetDrawing:
        drawing = SheetDrawing.begin(book, title, formats, _COLUMNS)
        drawing.piece(
            f"{self.platform} 补货订单 截至 {as_of.isoformat()}", 0, 8, bold=True, font_size=12
        )
        drawing.piece(f"{VERSION_LABEL} {self.version}", 9, _LAST, **_SMALL, align="right")
        drawing.next_row(1.3)
        drawing.header()
        return drawing


def _place(line: Line) -> tuple[Any, ...]:
    """Sort by supplier, warehouse, then the largest suggestion; an unknown supplier comes last."""
    supplier = line["supplier_id"]
    return (
        supplier is None,
        supplier or "",
        line["warehouse_id"],
        -line["suggested_units"],
        line["sku_id"],
    )


def _supplier_key(line: Line) -> str | None:
    return line["supplier_id"]


def _warehouse_key(line: Line) -> str:
    return line["warehouse_id"]


def _grouped(lines: Iterable[Line], key: Any) -> Iterator[list[Line]]:
    for _, group in itertools.groupby(lines, key):
        yield list(group)


def _draw_supplier(drawing: SheetDrawing, lines: Sequence[Line]) -> None:
    blocks = list(_grouped(lines, _warehouse_key))
    drawing.band(
        f"供应商 {supplier_of(lines[0])}　下单 {days_in_words(lines, 'order_on')}　"
        f"预计到货 {days_in_words(lines, 'arrives_on')}　{Totals.of(lines).in_words()}",
        bold=True,
        font_size=12,
        bg_color="#BDD7EE",
    )
    first = drawing.row
    for block in blocks:
        _draw_block(drawing, block, with_total=len(blocks) > 1, is_last=block is blocks[-1])
    _draw_totals(drawing, lines, first, TOTAL, bold=True, top=1)
    _draw_signatures(drawing)


def _draw_signatures(drawing: SheetDrawing) -> None:
    """Draw a row with three lines to sign on."""
    for label, (at, first, last) in zip(
        SIGNATURES, ((0, 1, 2), (4, 5, 8), (10, 11, 12)), strict=True
    ):
        drawing.piece(label, at, at, bold=True, align="right", valign="bottom", text_wrap=False)
        drawing.piece("", first, last, bottom=1)
    drawing.next_row(2.4)


def _draw_block(
    drawing: SheetDrawing, lines: Sequence[Line], *, with_total: bool, is_last: bool
) -> None:
    """Draw a warehouse. A heading stays with its first line, the end of an order with its last."""
    needed = [_rows_of_line(drawing, line) for line in lines]
    needed[-1] += _ROWS_OF_END if is_last else 0
    if with_total:
        drawing.keep_together(1 + needed[0])
        drawing.band(
            f"网格仓 {lines[0]['warehouse_id']}　预计到货 {days_in_words(lines, 'arrives_on')}　"
            f"{Totals.of(lines).in_words()}",
            bold=True,
            bg_color="#EDF3F8",
        )
    for line, rows in zip(lines, needed, strict=True):
        # what stays with a heading was looked at above
        if not (with_total and line is lines[0]):
            drawing.keep_together(rows)
        _draw_line(drawing, line)


def _rows_of_line(drawing: SheetDrawing, line: Line) -> float:
    """Return the rows of letters of a line and its reason, which stay on one page."""
    name = rows_of_text(line["sku_name"], int(_COLUMNS[2].width))
    return name + drawing.rows_of_band(_why(line), 1, _LAST)


def _draw_line(drawing: SheetDrawing, line: Line) -> None:
    row = drawing.row + 1
    look: dict[str, Any] = _WARNING if line["exception"] is not None else {}
    cost = line["cost_yuan"]
    confirmed = None
    if cost is not None:
        confirmed = Formula(f"=ROUND({_QUANTITY}{row}*{_COST}{row},2)", line["amount_yuan"] or 0.0)
    drawing.cells(
        [
            line["warehouse_id"],
            line["sku_id"],
            line["sku_name"],
            line["suggested_units"],
            unit_of(line),
            line["suggested_packs"],
            line["pack_size_units"],
            cost,
            line["amount_yuan"],
            line["suggested_units"],
            None,
            confirmed,
            line["sold_out_on"],
        ],
        is_last=False,
    )
    drawing.band(_why(line), first=1, bottom=4, bottom_color="#999999", **_SMALL, **look)


def _why(line: Line) -> str:
    said = [line["flag_zh"], line["reason_zh"]]
    if line["exception"] is not None:
        said.insert(0, f"需关注：{RestockException.zh_of(line['exception'])}")
    return "。".join(part for part in said if part)


def _draw_totals(
    drawing: SheetDrawing, lines: Sequence[Line], first: int, label: str, **look: Any
) -> None:
    """Draw a row per unit; what is confirmed is summed up by the sheet as it is edited."""
    last = drawing.row  # letters count rows from 1: this is the row before the totals
    for unit in SaleUnit:
        ours = [line for line in lines if unit_of(line) == unit.zh]
        totals = Totals.of(ours)
        if not totals.lines:
            continue
        confirmed = [
            Formula(
                f'=SUMIF(${_UNIT}${first + 1}:${_UNIT}${last},"{unit.zh}",'
                f"${letter}${first + 1}:${letter}${last})",
                value,
            )
            for letter, value in (
                (_QUANTITY, totals.pieces + totals.kilograms),
                (_CONFIRMED, totals.yuan),
            )
        ]
        amount = totals.yuan
        values: list[Any] = [f"{label}（{unit.zh}）", None, None]
        values += [totals.pieces + totals.kilograms, None, totals.packs, None, None, amount]
        values += [confirmed[0], None, confirmed[1], None]
        drawing.cells(values, is_last=False, **(look | {"bg_color": "#F2F2F2", "locked": True}))
