"""The restock workbook as the person who signs it reads it, and as Excel holds it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from assets.publish.lists.restock_pages import orders
from assets.publish.lists.restock_pages.parts import Totals, supplier_of
from assets.publish.lists.restock_pages.today import NOTHING_TO_DO, yuan_at_stake
from assets.resources.outbox.workbook import PAGE_POINTS
from data_contracts.codes.replenishment import EditReason
from data_contracts.records.manifest import (
    AbsentExport,
    LoadedExport,
    PlatformFacts,
    StepFallback,
)
from tests.restock_workbook import LINES, draft, draw, stored


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return openpyxl.load_workbook(draw(tmp_path_factory.mktemp("book") / "restock.xlsx", stored()))


def texts(sheet: Worksheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def rows_of(sheet: Worksheet) -> dict[str, dict[str, Any]]:
    """Cells of the lines of a sheet: SKU → header → cell."""
    header_row = next(row for row in sheet.iter_rows() if "商品编码" in [c.value for c in row])
    headers = [cell.value for cell in header_row]
    found = {}
    for row in sheet.iter_rows(min_row=header_row[0].row + 1):
        cells = dict(zip(headers, row, strict=True))
        if cells["商品编码"].value and cells["网格仓编号"].value:
            found[cells["商品编码"].value] = cells
    return found


def test_sheets_come_in_the_order_in_which_they_are_needed(book: Any) -> None:
    assert book.sheetnames == ["今日要看", "订单", "不补", "明细"]


def test_today_shows_only_what_needs_a_person_gravest_first(book: Any) -> None:
    sheet = book["今日要看"]
    lines = rows_of(sheet)
    assert list(lines) == ["007", "11"]
    first = {header: cell.value for header, cell in lines["007"].items()}
    assert first["需关注"] == "到货前会缺货"
    assert (first["建议补货量"], first["单位"], first["到货前缺口"]) == (24, "件", 4)
    assert (first["涉及金额(元)"], first["怎么回事"]) == (10, "预计11月1日售罄，早于11月3日到货")
    assert first["预计售罄日"] == datetime(2026, 11, 1)
    assert lines["11"]["涉及金额(元)"].value == 200


def test_of_one_kind_the_most_yuan_at_stake_comes_first(tmp_path: Path) -> None:
    kind = {"exception": "short_before_arrival", "suggested_units": 0.0}
    urgent = [
        {"warehouse_id": "W1", "sku_id": "a", "cost_yuan": 2.0, "short_before_units": 10.0} | kind,
        {"warehouse_id": "W1", "sku_id": "b", "cost_yuan": 30.0, "short_before_units": 1.0} | kind,
        {"warehouse_id": "W1", "sku_id": "c", "short_before_units": 1.0} | kind,
        {"warehouse_id": "W1", "sku_id": "d", "short_before_units": 5.0} | kind,
    ]
    path = draw(tmp_path / "a.xlsx", stored(urgent))
    assert list(rows_of(openpyxl.load_workbook(path)["今日要看"])) == ["b", "a", "d", "c"]


def test_today_says_the_age_totals_and_fallbacks_and_how_to_edit(tmp_path: Path) -> None:
    note = StepFallback(
        step_zh="库存", step="stock", code="no", message="no stock", message_zh="没有库存数据"
    )
    path = draw(tmp_path / "a.xlsx", stored(), (note,))
    said = "\n".join(texts(openpyxl.load_workbook(path)["今日要看"]))
    assert "截至 2026-10-31" in said and "数据到 2026-10-31 23:00 为止" in said
    assert "2家供应商、2个网格仓，3种商品：30件、3.5公斤，约3.4箱，74.00元（另有1种缺进价" in said
    assert "不补：2行；需要人看：2行" in said
    assert "降级：库存：没有库存数据" in said
    assert "linli edits take" in said


def test_today_says_which_data_is_late_or_absent(tmp_path: Path) -> None:
    counts = dict.fromkeys(
        ("files", "rows_read", "rows", "rows_quarantined", "rows_duplicate", "rows_superseded",
         "rows_forgotten"), 1,
    )  # fmt: skip
    late = LoadedExport(
        zh="库存", last_day="2026-10-29", days_behind=2, latest_event_at=None, **counts
    )
    on_time = replace(late, zh="订单明细", days_behind=0)
    freshness = {"orders": on_time, "stock": late, "promotions": AbsentExport(zh="促销")}
    platform = PlatformFacts(id="p", name="邻里", currency="CNY", notes=("金额含税",))
    path = draw(tmp_path / "a.xlsx", stored(), freshness=freshness, platform=platform)
    said = "\n".join(texts(openpyxl.load_workbook(path)["今日要看"]))
    assert "；库存落后2天；未提供：促销" in said
    assert "备注：金额含税" in said and "降级：无" in said
    path = draw(tmp_path / "b.xlsx", stored(), freshness={"orders": on_time})
    said = "\n".join(texts(openpyxl.load_workbook(path)["今日要看"]))
    assert "；各项数据都到截至日" in said and "未提供" not in said and "备注" not in said


@pytest.mark.parametrize(
    ("name", "key", "shown"),
    [
        ("绿源", "S2", "绿源（S2）"),
        ("S2", "S2", "S2"),
        (None, "S2", "S2"),
        ("绿源", None, "绿源"),
        (None, None, "供应商未知"),
    ],
)
def test_a_supplier_is_named_with_its_id_where_they_differ(
    name: str | None, key: str | None, shown: str
) -> None:
    assert supplier_of({"supplier_name": name, "supplier_id": key}) == shown


def test_yuan_at_stake_are_rounded_to_the_fen() -> None:
    line = {"exception": "short_before_arrival", "short_before_units": 3.0, "cost_yuan": 1.1111}
    assert yuan_at_stake(line) == 3.33
    assert yuan_at_stake(line | {"cost_yuan": None}) is None


def test_without_an_exception_today_is_one_line(tmp_path: Path) -> None:
    calm = [LINES[1], LINES[3]]
    sheet = openpyxl.load_workbook(draw(tmp_path / "a.xlsx", stored(calm)))["今日要看"]
    assert NOTHING_TO_DO in texts(sheet)
    assert "需关注" not in texts(sheet)


def test_an_order_names_supplier_days_and_totals_and_ends_with_signatures(book: Any) -> None:
    said = texts(book["订单"])
    heading = next(text for text in said if text.startswith("供应商 绿源（S2）"))
    assert "下单 10月31日（周六）" in heading
    assert "预计到货 11月1日（周日） 至 11月3日（周二）" in heading
    assert "2种商品：24件、3.5公斤，约2.4箱，74.00元" in heading
    assert next(text for text in said if text.startswith("网格仓 ")).startswith("网格仓 W1")
    assert said.count("下单人：") == said.count("审核人：") == said.count("日期：") == 2
    assert any(text.startswith("需关注：到货前会缺货。预计11月1日售罄") for text in said)


def test_headings_and_signatures_span_the_columns_of_the_page(book: Any) -> None:
    sheet = book["订单"]
    merged = {area.coord for area in sheet.merged_cells.ranges}
    heading = next(row for row in sheet.iter_rows() if str(row[0].value or "").startswith("供应商"))
    assert f"A{heading[0].row}:M{heading[0].row}" in merged
    signed = next(row for row in sheet.iter_rows() if row[0].value == "下单人：")
    number = signed[0].row
    lines = {f"B{number}:C{number}", f"F{number}:I{number}", f"L{number}:M{number}"}
    assert lines <= merged


def test_each_supplier_begins_a_page_that_excel_does_not_scale(book: Any) -> None:
    sheet = book["订单"]
    starts = [
        row[0].row for row in sheet.iter_rows() if str(row[0].value or "").startswith("供应商 ")
    ]
    assert [one.id for one in sheet.row_breaks.brk] == [starts[1] - 1]
    assert 80 <= sheet.page_setup.scale <= 100
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$2"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)


def test_a_line_stays_on_the_page_of_its_reason_and_heading(tmp_path: Path) -> None:
    many = [
        LINES[0] | {"sku_id": str(number), "warehouse_id": f"W{number // 7}"}
        for number in range(60)
    ]
    sheet = openpyxl.load_workbook(draw(tmp_path / "a.xlsx", stored(many)))["订单"]
    starts = [one.id + 1 for one in sheet.row_breaks.brk]  # the first row of each further page
    assert len(starts) >= 2
    firsts = [str(sheet.cell(row, 1).value) for row in starts]
    assert all(first.startswith(("W", "网格仓 ")) for first in firsts), firsts
    before = [str(sheet.cell(row - 1, 1).value) for row in starts]
    assert not any(last.startswith(("网格仓 ", "合计", "W")) for last in before), before
    heights = {row: found.height for row, found in sheet.row_dimensions.items()}
    pages = zip([3, *starts], [*starts, sheet.max_row + 1], strict=True)
    usable = PAGE_POINTS * 100 / sheet.page_setup.scale - heights[1] - heights[2]
    points = [sum(heights[row] for row in range(first, end)) for first, end in pages]
    assert max(points) <= usable and min(points[:-1]) > usable - 150


def test_only_quantity_and_reason_can_be_changed(book: Any) -> None:
    for title in ("今日要看", "订单", "不补"):
        sheet = book[title]
        assert sheet.protection.sheet and sheet.protection.password is None
        open_headers = {
            header
            for cells in rows_of(sheet).values()
            for header, cell in cells.items()
            if not cell.protection.locked
        }
        assert open_headers == (set() if title == "今日要看" else {"确认数量", "修改原因"})
    totals = [row for row in book["订单"].iter_rows() if str(row[0].value or "").startswith("合计")]
    assert totals and all(cell.protection.locked for row in totals for cell in row)


def test_the_suggestion_is_filled_in_and_amounts_follow_it(book: Any) -> None:
    lines = rows_of(book["订单"])
    assert {sku: cells["确认数量"].value for sku, cells in lines.items()} == {
        "9": 6, "007": 24, "8": 3.5,
    }  # fmt: skip
    row = lines["007"]["确认数量"].row
    assert lines["007"]["确认金额(元)"].value == f"=ROUND(J{row}*H{row},2)"
    assert lines["9"]["确认金额(元)"].value is None, "the cost is unknown"
    assert {cells["确认数量"].value for cells in rows_of(book["不补"]).values()} == {0}
    assert lines["007"]["商品名称"].data_type == "s", "a name never becomes a formula"


def test_totals_per_unit_sum_up_what_is_confirmed(book: Any) -> None:
    sheet = book["订单"]
    totals = {
        (row[0].row, row[0].value): [cell.value for cell in row]
        for row in sheet.iter_rows()
        if str(row[0].value or "").startswith("合计")
    }
    labels = [label for _, label in totals]
    assert labels == ["合计（件）", "合计（件）", "合计（公斤）"]
    last = list(totals.values())[2]
    assert last[3] == 3.5 and last[8] == 14
    rows = [cells["确认数量"].row for sku, cells in rows_of(sheet).items() if sku != "9"]
    summed = re.fullmatch(
        r'=SUMIF\(\$E\$(\d+):\$E\$(\d+),"公斤",\$J\$(\d+):\$J\$(\d+)\)', str(last[9])
    )
    assert summed is not None
    first, end = int(summed[1]), int(summed[2])
    assert (first, end) == (int(summed[3]), int(summed[4]))
    assert first <= min(rows) and max(rows) <= end < min(row for row, _ in list(totals)[1:])


def test_quantities_are_numbers_of_0_or_more_and_reasons_a_list(book: Any) -> None:
    checks = {one.type: one for one in book["订单"].data_validations.dataValidation}
    assert (checks["decimal"].operator, checks["decimal"].formula1) == ("greaterThanOrEqual", "0")
    assert checks["decimal"].errorStyle in (None, "stop")
    assert checks["list"].formula1.strip('"').split(",") == [reason.zh for reason in EditReason]
    assert checks["list"].errorStyle == "information", "words of one's own are taken too"
    rows = [cells["确认数量"].row for cells in rows_of(book["订单"]).values()]
    area = next(iter(checks["decimal"].sqref.ranges))
    assert area.min_row <= min(rows) and area.max_row >= max(rows)
    assert (area.min_col, area.max_col) == (10, 10)


def test_zeros_stand_apart_with_reason_and_day(book: Any) -> None:
    lines = rows_of(book["不补"])
    assert list(lines) == ["11", "10"], "the first to sell out comes first"
    assert lines["10"]["不补原因"].value == "库存和在途够卖"
    assert lines["10"]["预计售罄日"].value == datetime(2026, 11, 9)
    assert lines["10"]["供应商"].value == "供应商未知"
    assert book["不补"].auto_filter.ref.startswith("A2:")


def test_every_sheet_to_edit_says_the_version_of_its_list(book: Any) -> None:
    version = draft(stored()).manifest.list_version
    assert version is not None and version.startswith("2026-10-31-")
    for title in ("订单", "不补"):
        assert f"清单版本 {version}" in texts(book[title])
    for sheet in book:
        assert sheet.oddFooter.center.text == f"版本 {version}"


def test_another_quantity_is_another_version() -> None:
    changed = [LINES[0] | {"suggested_units": 36.0}, *LINES[1:]]
    assert draft(stored(changed)).manifest.list_version != draft(stored()).manifest.list_version


def test_the_same_lines_give_the_same_bytes(tmp_path: Path) -> None:
    first, again = (draw(tmp_path / name, stored()) for name in ("a.xlsx", "b.xlsx"))
    assert first.read_bytes() == again.read_bytes()


def test_a_list_without_an_order_says_so(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.xlsx", stored(LINES[3:]))
    book = openpyxl.load_workbook(path)
    assert orders.NOTHING_TO_ORDER in texts(book["订单"])
    assert list(rows_of(book["不补"])) == ["11", "10"]


def test_more_suppliers_than_page_breaks_go_on_another_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "SUPPLIERS_PER_SHEET", 1)
    book = openpyxl.load_workbook(draw(tmp_path / "a.xlsx", stored()))
    assert [list(rows_of(book[title])) for title in ("订单", "订单 (2)")] == [["9"], ["007", "8"]]


def test_totals_never_add_pieces_to_kilograms() -> None:
    lines = [
        {"suggested_units": units, "sale_unit": unit, "suggested_packs": 1.0, "amount_yuan": 2.0,
         "cost_yuan": cost}
        for units, unit, cost in ((3.0, "piece", 1.0), (1.5, "kg", None), (0.0, "piece", None))
    ]  # fmt: skip
    assert Totals.of(lines) == Totals(2, 3.0, 1.5, 2.0, 4.0, 1)
