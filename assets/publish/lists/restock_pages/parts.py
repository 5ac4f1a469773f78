"""Say what the pages of the restock workbook share: columns, totals, names and days in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assets.resources.outbox.sheet_drawing import EDITABLE, DrawnColumn
from assets.resources.outbox.spreadsheet import csv_number
from data_contracts.codes.products import SaleUnit
from data_contracts.codes.replenishment import EditReason
from data_contracts.lists import COUNTED_DECIMALS, shown_as
from data_contracts.table import Table
from data_contracts.tables.replenishment import RESTOCK_EDITS, RESTOCK_LINES

Line = Mapping[str, Any]  # a line of the list, by stored column names

TODAY, ORDERS, ZEROS = "今日要看", "订单", "不补"
CONFIRMED, EDIT_REASON, WAREHOUSE, SKU = (
    RESTOCK_EDITS.column(name).zh
    for name in ("confirmed_units", "edit_reason", "warehouse_id", "sku_id")
)
UNKNOWN_SUPPLIER = "供应商未知"
VERSION_LABEL = "清单版本"
_WEEKDAYS = "一二三四五六日"


def column(name: str, width: float, table: Table = RESTOCK_LINES, **more: Any) -> DrawnColumn:
    """Return a drawn column with the header of a column of a table."""
    declared = table.column(name)
    return DrawnColumn(declared.zh, width, shown_as(declared), **more)


def editable_columns(number_width: float, reason_width: float) -> tuple[DrawnColumn, DrawnColumn]:
    """Return the two columns that people fill in: confirmed quantity and reason."""
    return (
        column("confirmed_units", number_width, RESTOCK_EDITS, look=EDITABLE | {"bold": True}),
        DrawnColumn(EDIT_REASON, reason_width, is_wrapped=True, look=EDITABLE),
    )


@dataclass(frozen=True)
class Totals:
    """What lines come to. `without_cost`: lines to order whose cost is unknown."""

    lines: int
    pieces: float
    kilograms: float
    packs: float
    yuan: float
    without_cost: int

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Totals:
        ordered = [line for line in lines if line["suggested_units"] > 0]
        by_weight = [line for line in ordered if line["sale_unit"] == SaleUnit.KILOGRAM.value]
        by_piece = [line for line in ordered if line["sale_unit"] != SaleUnit.KILOGRAM.value]
        return cls(
            len(ordered),
            _sum(by_piece, "suggested_units"),
            _sum(by_weight, "suggested_units"),
            _sum(ordered, "suggested_packs"),
            _sum(ordered, "amount_yuan"),
            sum(line["cost_yuan"] is None for line in ordered),
        )

    def in_words(self) -> str:
        """Say the totals: `4种商品：12件、3.5公斤，共2.6箱，87.60元`."""
        said = [
            f"{csv_number(number, COUNTED_DECIMALS)}{unit}"
            for number, unit in ((self.pieces, "件"), (self.kilograms, "公斤"))
            if number
        ]
        missing = f"（另有{self.without_cost}种缺进价，未计入金额）" if self.without_cost else ""
        packs = f"，约{csv_number(self.packs, 1)}箱" if self.packs else ""
        return f"{self.lines}种商品：{'、'.join(said)}{packs}，{self.yuan:,.2f}元{missing}"


def _sum(lines: Sequence[Line], name: str) -> float:
    return math.fsum(line[name] or 0.0 for line in lines)


def supplier_of(line: Line) -> str:
    """Name the supplier, with its id where they differ."""
    name, key = line["supplier_name"], line["supplier_id"]
    if name and key and name != key:
        return f"{name}（{key}）"
    return name or key or UNKNOWN_SUPPLIER


def unit_of(line: Line) -> str:
    return SaleUnit.zh_of(line["sale_unit"])


def day_in_words(day: date) -> str:
    """Say a day with its weekday.

    >>> day_in_words(date(2026, 11, 1))
    '11月1日（周日）'
    """
    return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def days_in_words(lines: Sequence[Line], name: str) -> str:
    """Say the day of the lines, or the first and the last."""
    days = sorted({line[name] for line in lines if line[name] is not None})
    if not days:
        return "未知"
    shown = [day_in_words(day) for day in (days if len(days) < 2 else (days[0], days[-1]))]
    return " 至 ".join(shown)


def reason_choices() -> list[str]:
    return [reason.zh for reason in EditReason]
