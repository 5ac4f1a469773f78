"""Draw the first sheet of the restock workbook: what needs a person today, gravest first.

Above it: how old the list is, what it lacks, what it comes to, and what to do with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xlsxwriter.workbook import Workbook

from assets.publish.lists.restock_pages.parts import (
    ORDERS,
    TODAY,
    VERSION_LABEL,
    ZEROS,
    Line,
    Totals,
    column,
    unit_of,
)
from assets.resources.outbox.sheet_drawing import DrawnColumn, SheetDrawing
from assets.resources.outbox.workbook import CellFormats
from data_contracts.codes.replenishment import RestockException
from data_contracts.lists import Shown
from data_contracts.records.manifest import AbsentExport, Manifest

NOTHING_TO_DO = "今天没有需要人处理的行，订单核对后即可签字。"
_GRAVITY = {reason.value: place for place, reason in enumerate(RestockException)}
_AMBER, _GREEN = "#FFF2CC", "#E2F0D9"
_COLUMNS = (
    column("exception", 14, look={"bold": True}),
    column("warehouse_id", 8),
    column("sku_id", 11),
    column("sku_name", 24, is_wrapped=True),
    column("suggested_units", 8, look={"bold": True}),
    column("sale_unit", 5),
    column("sold_out_on", 11),
    column("arrives_on", 11),
    column("next_arrival_on", 11),
    column("short_before_units", 8),
    DrawnColumn("涉及金额(元)", 9, Shown.MONEY),
    DrawnColumn("怎么回事", 34, is_wrapped=True, look={"indent": 1, "align": "left"}),
)


@dataclass(frozen=True)
class TodayPage:
    """The sheet 今日要看. `lines`: the whole list, by stored column names."""

    lines: Sequence[Line]
    manifest: Manifest
    version: str
    title: str = TODAY

    def draw(self, book: Workbook, formats: CellFormats, as_of: date) -> None:
        drawing = SheetDrawing.begin(book, self.title, formats, _COLUMNS)
        drawing.band(f"补货清单 截至 {as_of.isoformat()}：今日要看", bold=True, font_size=14)
        for text, look in self._facts():
            drawing.band(text, **look)
        urgent = for_a_person(self.lines)
        header = drawing.row
        if urgent:
            drawing.header()
        else:
            drawing.band(NOTHING_TO_DO, bold=True, bg_color=_GREEN)
        for line in urgent:
            drawing.cells(
                [
                    RestockException.zh_of(line["exception"]),
                    line["warehouse_id"],
                    line["sku_id"],
                    line["sku_name"],
                    line["suggested_units"],
                    unit_of(line),
                    line["sold_out_on"],
                    line["arrives_on"],
                    line["next_arrival_on"],
                    line["short_before_units"] or None,
                    yuan_at_stake(line),
                    line["flag_zh"] or line["reason_zh"],
                ]
            )
        drawing.finish(
            f"补货清单 {TODAY} 截至 {as_of.isoformat()}",
            self.version,
            header_rows=(header, header),
        )
        drawing.lock()

    def _facts(self) -> list[tuple[str, dict[str, Any]]]:
        manifest, totals = self.manifest, Totals.of(self.lines)
        orders = [line for line in self.lines if line["suggested_units"] > 0]
        suppliers = len({line["supplier_id"] for line in orders})
        warehouses = len({line["warehouse_id"] for line in orders})
        zeros = len(self.lines) - len(orders)
        people = len(for_a_person(self.lines))
        facts: list[tuple[str, dict[str, Any]]] = [
            (
                f"{manifest.platform.name}，截单 {manifest.cutoff}，"
                f"数据到 {str(manifest.data_before)[:16]} 为止；{_freshness(manifest)}",
                {},
            ),
            (
                f"{ORDERS}：{suppliers}家供应商、{warehouses}个网格仓，{totals.in_words()}",
                {"bold": True},
            ),
            (f"{ZEROS}：{zeros}行；需要人看：{people}行", {}),
        ]
        facts += [
            (f"降级：{note.step_zh}：{note.message_zh}", {"bg_color": _AMBER})
            for note in manifest.fallbacks
        ] or [("降级：无，所有步骤均使用完整数据", {})]
        facts += [(f"备注：{note}", {}) for note in manifest.platform.notes]
        facts.append(
            (
                f"改数量：在“{ORDERS}”“{ZEROS}”的黄色单元格填确认数量和修改原因，保存后运行 "
                f"linli edits take 文件 --by 姓名。{VERSION_LABEL} {self.version}",
                {"font_color": "#555555"},
            )
        )
        return facts


def for_a_person(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with an exception: by its gravity, then yuan, then units at stake."""
    urgent = [line for line in lines if line["exception"] is not None]
    return sorted(
        urgent,
        key=lambda line: (
            _GRAVITY.get(line["exception"], len(_GRAVITY)),
            -(yuan_at_stake(line) or 0.0),
            -units_at_stake(line),
            line["warehouse_id"],
            line["sku_id"],
        ),
    )


def units_at_stake(line: Line) -> float:
    """Return the units that the exception is about, or the expected demand where it counts none."""
    match line["exception"]:
        case RestockException.SHORT_BEFORE_ARRIVAL.value:
            units = line["short_before_units"]
        case RestockException.WILL_EXPIRE.value:
            units = line["expected_waste_units"] or line["on_hand_units"]
        case _:
            units = None
    return float(units or line["cover_mean_units"] or line["forecast_72h_units"] or 0.0)


def yuan_at_stake(line: Line) -> float | None:
    """Return the same at purchase cost; None where the cost is unknown."""
    cost = line["cost_yuan"]
    return None if cost is None else round(units_at_stake(line) * cost, 2)


def _freshness(manifest: Manifest) -> str:
    behind, absent = [], []
    for item in (manifest.freshness or {}).values():
        if isinstance(item, AbsentExport):
            absent.append(item.zh)
        elif item.days_behind:
            behind.append(f"{item.zh}落后{item.days_behind}天")
    said = ["、".join(behind) if behind else "各项数据都到截至日"]
    if absent:
        said.append(f"未提供：{'、'.join(absent)}")
    return "；".join(said)
