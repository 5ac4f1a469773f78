"""What people fill in in the restock workbook comes back, or is refused with its cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from assets.ingest.reload import copy_edits
from assets.publish.lists.filled_workbook import ListVersion
from assets.publish.lists.restock_edits import LineEdit, store_edits
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Lakehouse
from data_contracts.codes.replenishment import EditReason
from data_contracts.lists import RESTOCK
from data_contracts.tables.replenishment import RESTOCK_EDITS
from tests.conftest import linli
from tests.lake import give_key, named
from tests.restock_workbook import DAY, LINES, publish, stored

EDITOR = "王芳"


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    give_key(tmp_path / "home")
    (tmp_path / "exports").mkdir()
    home = LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path / "exports"), threads=1)
    publish(home, stored())
    return home


def workbook(home: LinliHome) -> Path:
    return home.lists_dir("restock") / DAY.isoformat() / RESTOCK.file_name(DAY, "xlsx")


def row_of(sheet: Worksheet, sku: str) -> int:
    return next(row[1].row for row in sheet.iter_rows() if row[1].value == sku)


def filled(home: LinliHome, to: Path, change: Callable[[Any], None]) -> Path:
    book = openpyxl.load_workbook(workbook(home))
    change(book)
    book.save(to)
    return to


def order(sku: str, quantity: object, reason: str | None = None) -> Callable[[Any], None]:
    """Fill in the line of an SKU."""

    def change(book: Any) -> None:
        sheet = book["订单"] if sku in ("007", "8", "9") else book["不补"]
        at = 10 if sheet.title == "订单" else 12
        row = row_of(sheet, sku)
        sheet.cell(row, at).value = quantity
        sheet.cell(row, at + 1).value = reason

    return change


def all_of(*changes: Callable[[Any], None]) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        for one in changes:
            one(book)

    return change


def take(home: LinliHome, path: Path, *more: str, lang: str = "en") -> Any:
    where = ("--home", home.home, "--exports", home.exports)
    return linli("--lang", lang, "edits", "take", path, "--by", EDITOR, *where, *more)


def edits(home: LinliHome) -> dict[str, dict[str, Any]]:
    with home.lakehouse.session(RESTOCK_EDITS) as session:
        rows = session.arrow("select * from restock_edits").to_pylist()
    return {row["sku_id"]: row for row in rows}


def test_a_change_is_stored_with_who_when_and_why(home: LinliHome, tmp_path: Path) -> None:
    path = filled(
        home,
        tmp_path / "filled.xlsx",
        all_of(
            order("007", 36, "天气：周末有雨"), order("8", 0), order("10", 12, "店庆 13812345678")
        ),
    )
    result = take(home, path)
    assert result.exit_code == 0, result.output
    assert "3 lines changed, +76.00 yuan" in result.output
    found = edits(home)
    assert set(found) == {"007", "8", "10"}
    first = found["007"]
    assert (first["suggested_units"], first["confirmed_units"], first["cost_yuan"]) == (24, 36, 2.5)
    assert (first["edit_reason"], first["edit_note"]) == ("weather", "周末有雨")
    assert (first["as_of"], first["warehouse_id"], first["supplier_id"]) == (DAY, "W1", "S2")
    assert first["list_version"].startswith("2026-10-31-")
    assert (found["8"]["sale_unit"], found["8"]["edit_reason"]) == ("kg", None)
    assert (found["10"]["edit_reason"], found["10"]["edit_note"]) == ("other", "店庆 ***")
    assert {row["editor_id"] for row in found.values()} == {named(EDITOR)}
    assert {row["masked_editor_name"] for row in found.values()} == {"王*"}


def test_the_workbook_as_published_changes_nothing(home: LinliHome) -> None:
    result = take(home, workbook(home))
    assert result.exit_code == 0 and "0 lines changed" in result.output
    assert edits(home) == {}


def test_a_preview_stores_nothing_and_needs_no_name(home: LinliHome, tmp_path: Path) -> None:
    path = filled(home, tmp_path / "filled.xlsx", order("007", 36))
    result = linli(
        "--lang", "zh", "edits", "take", path, "--dry-run", "--home", home.home, "--exports",
        home.exports,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "改了 1 行，金额 +30.00 元" in result.output
    assert re.search(r"订单!J\d+ +W1 +007 .* 24 件 +36 件 +\+30\.00", result.output)
    assert "改了数量，没有写修改原因" in result.output
    assert edits(home) == {}
    unnamed = linli("edits", "take", path, "--home", home.home, "--exports", home.exports)
    assert unnamed.exit_code == 1 and "--by" in unnamed.output


def test_taking_it_again_changes_nothing_and_a_later_one_replaces(
    home: LinliHome, tmp_path: Path
) -> None:
    path = filled(home, tmp_path / "a.xlsx", all_of(order("007", 36), order("9", 12)))
    assert take(home, path).exit_code == 0
    version = home.lakehouse.snapshot(RESTOCK_EDITS)
    again = take(home, path)
    assert "taken before" in again.output
    after = home.lakehouse.snapshot(RESTOCK_EDITS)
    assert version is not None and after is not None and after.version() == version.version()
    later = take(home, filled(home, tmp_path / "b.xlsx", order("9", 18)))
    assert "1 edits stored in restock_edits, 2 earlier ones replaced" in later.output
    assert {sku: row["confirmed_units"] for sku, row in edits(home).items()} == {"9": 18}
    assert take(home, workbook(home)).exit_code == 0
    assert edits(home) == {}


@pytest.mark.parametrize(
    ("change", "told", "told_zh"),
    [
        (order("007", "36箱"), "'36箱' is not a number", "“36箱”不是数字；请只填数字"),
        (order("007", "36"), "'36' is not a number", "不是数字"),
        (order("007", True), "'true' is not a number", "不是数字"),
        (order("007", date(2026, 11, 1)), "is not a number", "不是数字"),
        (order("007", -1), "-1 is below 0", "-1 小于 0；不订请填 0"),
        (order("007", None), "empty; write a number", "是空的；请填数字"),
        (order("007", 1.5), "1.5 pieces is not a whole number", "1.5 件不是整数"),
    ],
)
def test_a_quantity_that_is_none_is_refused_with_its_cell(
    home: LinliHome,
    tmp_path: Path,
    change: Callable[[Any], None],
    told: str,
    told_zh: str,
) -> None:
    path = filled(home, tmp_path / "filled.xlsx", all_of(order("9", 12), change))
    row = row_of(openpyxl.load_workbook(path)["订单"], "007")
    for lang, expected in (("en", told), ("zh", told_zh)):
        result = take(home, path, lang=lang)
        assert result.exit_code == 1
        (line,) = [one for one in result.output.splitlines() if one.startswith("订单!")]
        assert line.startswith(f"订单!J{row}") and expected in line
    assert edits(home) == {}, "all of it or nothing"


def test_a_key_that_the_list_lacks_and_a_row_twice_are_refused(
    home: LinliHome, tmp_path: Path
) -> None:
    def renamed(book: Any) -> None:
        sheet = book["订单"]
        sheet.cell(row_of(sheet, "9"), 2).value = "90"

    result = take(home, filled(home, tmp_path / "a.xlsx", renamed))
    assert result.exit_code == 1
    assert "W1 90 is not in the list" in result.output
    assert "1 lines of the list are missing in sheet 订单, such as W1 9" in result.output

    def doubled(book: Any) -> None:
        sheet = book["不补"]
        row = row_of(sheet, "10")
        for column, value in enumerate([cell.value for cell in sheet[row]], 1):
            sheet.cell(sheet.max_row + (column == 1), column).value = value

    result = take(home, filled(home, tmp_path / "b.xlsx", doubled))
    assert result.exit_code == 1 and "W1 10 is already in 不补!B" in result.output

    def alone(book: Any) -> None:
        sheet = book["不补"]
        sheet.cell(sheet.max_row + 1, 12).value = 5

    result = take(home, filled(home, tmp_path / "c.xlsx", alone))
    assert result.exit_code == 1 and "a quantity without warehouse and SKU" in result.output
    assert edits(home) == {}


def test_a_missing_column_sheet_or_version_is_refused(home: LinliHome, tmp_path: Path) -> None:
    def without_column(book: Any) -> None:
        book["订单"].cell(2, 10).value = "数量"

    result = take(home, filled(home, tmp_path / "a.xlsx", without_column), lang="zh")
    assert result.exit_code == 1 and "订单：缺少列“确认数量”" in result.output

    def without_sheet(book: Any) -> None:
        del book["订单"]

    result = take(home, filled(home, tmp_path / "b.xlsx", without_sheet), lang="zh")
    assert result.exit_code == 1 and "没有工作表“订单”；现有：今日要看、不补、明细" in result.output

    def without_version(book: Any) -> None:
        book["订单"].cell(1, 10).value = ""

    result = take(home, filled(home, tmp_path / "c.xlsx", without_version), lang="zh")
    assert result.exit_code == 1 and "没有“清单版本”" in result.output
    result = take(home, tmp_path / "gone.xlsx")
    assert result.exit_code == 1 and "no such .xlsx file" in result.output


def test_a_workbook_of_a_replaced_list_is_refused(home: LinliHome, tmp_path: Path) -> None:
    path = filled(home, tmp_path / "old.xlsx", order("007", 36))
    publish(home, stored([LINES[0] | {"suggested_units": 12.0}, *LINES[1:]]))
    result = take(home, path, lang="zh")
    assert result.exit_code == 1 and "现在发布的清单是 2026-10-31-" in result.output
    assert edits(home) == {}


def test_a_file_that_is_no_workbook_is_refused(home: LinliHome, tmp_path: Path) -> None:
    for name, content in (("a.csv", b"x,y"), ("b.xlsx", b"PK\x03\x04"), ("c.xlsx", b"")):
        (tmp_path / name).write_bytes(content)
        result = take(home, tmp_path / name)
        assert result.exit_code == 1 and name in result.output
        assert "unexpected" not in result.output
    assert edits(home) == {}


def test_a_cell_with_an_error_is_refused(home: LinliHome, tmp_path: Path) -> None:
    def broken(book: Any) -> None:
        cell = book["订单"].cell(row_of(book["订单"], "007"), 10)
        cell.value = "#N/A"
        assert cell.data_type == "e"

    result = take(home, filled(home, tmp_path / "a.xlsx", broken), lang="zh")
    assert result.exit_code == 1 and "“#”不是数字" in result.output


def test_the_same_edits_taken_later_keep_the_moment_of_the_first(home: LinliHome) -> None:
    version = ListVersion(DAY, "2026-10-31-0123456789ab")
    line = next(one for one in stored().to_pylist() if one["sku_id"] == "007")
    change = LineEdit(line | {"sale_unit": "件"}, 36.0, EditReason.WEATHER, None, "订单!J5")
    first, later = datetime(2026, 10, 31, 23), datetime(2026, 11, 1, 8)
    assert store_edits(home, version, [change], EDITOR, first)
    assert not store_edits(home, version, [change], EDITOR, later)
    assert edits(home)["007"]["taken_at"] == first
    assert store_edits(home, version, [change], "another", later)
    assert edits(home)["007"]["taken_at"] == later


def test_columns_may_be_moved_and_rows_filtered(home: LinliHome, tmp_path: Path) -> None:
    def moved(book: Any) -> None:
        sheet = book["不补"]
        sheet.insert_cols(1)
        row = next(r[2].row for r in sheet.iter_rows() if r[2].value == "10")
        sheet.cell(row, 13).value = 24
        sheet.row_dimensions[row].hidden = True

    result = take(home, filled(home, tmp_path / "a.xlsx", moved))
    assert result.exit_code == 0, result.output
    assert edits(home)["10"]["confirmed_units"] == 24


def test_a_quantity_outside_the_pack_is_taken_and_remarked(home: LinliHome, tmp_path: Path) -> None:
    change = all_of(order("007", 30, "天气"), order("8", 2, "天气"))
    result = take(home, filled(home, tmp_path / "a.xlsx", change))
    assert result.exit_code == 0
    assert "30 is no multiple of the pack of 12" in result.output
    assert result.output.count("no multiple") == 1, "presale is not ordered in packs"


def test_edits_outlive_a_reload_of_every_export(home: LinliHome, tmp_path: Path) -> None:
    assert take(home, filled(home, tmp_path / "a.xlsx", order("007", 36))).exit_code == 0
    other = Lakehouse(tmp_path / "lake", threads=1, memory_limit="1GB", scratch=tmp_path / "s")
    copy_edits(home.lakehouse, other)
    with other.session(RESTOCK_EDITS) as session:
        assert session.rows("select sku_id, confirmed_units from restock_edits") == [("007", 36.0)]
    other.replace(RESTOCK_EDITS, DAY, RESTOCK_EDITS.arrow_schema().empty_table())
    assert not other.has_rows(RESTOCK_EDITS)
