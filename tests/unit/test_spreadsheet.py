"""Cells as people and Excel see them, in all three formats."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.resources.outbox import workbook
from assets.resources.outbox.spreadsheet import (
    csv_bytes,
    csv_number,
    csv_text,
    csv_value,
    displayed_table,
    write_csv,
    write_parquet,
)
from assets.resources.outbox.workbook import Notes, Sheet, write_xlsx
from data_contracts.codes.products import FulfilmentMode
from data_contracts.columns import code, integer, real, text
from data_contracts.columns import date as day
from data_contracts.lists import Emphasis, ListColumn
from data_contracts.units import Unit

DAY = date(2026, 10, 31)
COLUMNS = (
    ListColumn(day("as_of", "截至日", "day"), 11),
    ListColumn(text("sku_id", "商品编码", "id"), 14),
    ListColumn(text("sku_name", "商品名称", "name"), 14),
    ListColumn(
        real("units", "建议补货量", "units", Unit.SALE_UNITS), 9, emphasis=Emphasis.DECISION
    ),
    ListColumn(real("share", "流失概率", "p", Unit.PROBABILITY), 9),
    ListColumn(integer("hour", "触达时段", "hour", Unit.HOURS), 9),
    ListColumn(code("mode", "履约方式", "mode", FulfilmentMode), 9),
    ListColumn(text("flag", "提示", "flag"), 9, emphasis=Emphasis.WARNING),
)
ROWS: list[dict[str, Any]] = [
    {
        "as_of": DAY,
        "sku_id": "6901234567890123",
        "sku_name": "=1+1",
        "units": 12.3456,
        "share": 0.83215,
        "hour": 19,
        "mode": "presale",
        "flag": "库存过期",
    },
    {"as_of": DAY, "sku_id": "007", "sku_name": "赣南脐橙,5斤", "units": 0.0, "mode": "instant"},
    {"as_of": DAY, "sku_id": "12", "sku_name": "a\nb", "units": -4.0, "mode": "unheard_of"},
]


def stored() -> pa.Table:
    schema = pa.schema([(c.column.name, c.column.type.arrow) for c in COLUMNS])
    names = schema.names
    return pa.Table.from_pylist([dict.fromkeys(names) | row for row in ROWS], schema=schema)


def lines() -> pa.Table:
    return displayed_table(COLUMNS, stored())


@pytest.mark.parametrize(
    ("given", "is_id", "cell"),
    [
        ("=cmd|' /C calc'!A0", False, "'=cmd|' /C calc'!A0"),
        ("+86 138", False, "'+86 138"),
        ("-3折", False, "'-3折"),
        ("@SUM(1)", False, "'@SUM(1)"),
        ("\t=1", False, "'\t=1"),
        ("\r=1", False, "'\r=1"),
        (" =1", False, "' =1"),
        ("\uff1d1+1", False, "'\uff1d1+1"),
        ("橙子=甜", False, "橙子=甜"),
        ("it's", False, "it's"),
        ("", False, ""),
        ("-5", True, "'-5"),
        ("12345678901", True, "12345678901"),
        ("123456789012", True, "123456789012\t"),
        ("007", True, "007\t"),
        ("0", True, "0"),
        ("3-4", True, "3-4\t"),
        ("2026/1/2", True, "2026/1/2\t"),
        ("1E5", True, "1E5\t"),
        ("1.10", True, "1.10\t"),
        ("MAR1", True, "MAR1\t"),
        ("3-Sept", True, "3-Sept\t"),
        ("5%", True, "5%\t"),
        ("3 p", True, "3 p\t"),
        ("GIFT1", True, "GIFT1"),
        ("12BOX", True, "12BOX"),
        ("MARK1", True, "MARK1"),
        ("A\t", True, "A\t\t"),
        ("W-01", True, "W-01"),
        ("O20261031-1", True, "O20261031-1"),
        ("123456789012", False, "123456789012"),
    ],
)
def test_csv_text(given: str, is_id: bool, cell: str) -> None:
    assert csv_text(given, is_id=is_id) == cell
    assert csv_value(cell, is_id=is_id) == given


@pytest.mark.parametrize(
    ("number", "decimals", "cell"),
    [
        (12.0, 2, "12"),
        (12.5, 2, "12.5"),
        (-4.25, 2, "-4.25"),
        (1e16, 2, "1" + "0" * 16),
        (0.1234, 4, "0.1234"),
        (7, 0, "7"),
        (100, 0, "100"),
        (-0.001, 2, "0"),
    ],
)
def test_csv_number(number: float, decimals: int, cell: str) -> None:
    assert csv_number(number, decimals) == cell


def test_csv_bytes_are_what_excel_in_china_wants(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    assert write_csv(path, COLUMNS, lines()) == 3
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf" + "截至日,商品编码,".encode())
    assert raw.count(b"\r\n") == 4 and raw.endswith(b"\r\n")
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = list(csv.reader(file))
    assert cells[1:] == [
        ["2026-10-31", "6901234567890123\t", "'=1+1", "12.35", "0.8322", "19", "预售", "库存过期"],
        ["2026-10-31", "007\t", "赣南脐橙,5斤", "0", "", "", "即时配送", ""],
        ["2026-10-31", "12", "a\nb", "-4", "", "", "unheard_of", ""],
    ]


def test_xlsx_keeps_text_as_text_and_shows_numbers_as_meant(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    notes = Notes("说明", [("来源", [("平台", "=1+1")])], is_warning=True)
    assert write_xlsx(path, [Sheet("补货清单", COLUMNS, lines(), 2), notes], DAY) == 3
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["补货清单", "说明"]
    sheet = book["补货清单"]
    assert [cell.value for cell in sheet[1]] == [column.header for column in COLUMNS]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:H4"
    first = {column.header: cell for column, cell in zip(COLUMNS, sheet[2], strict=True)}
    assert (first["商品编码"].value, first["商品编码"].data_type) == ("6901234567890123", "s")
    assert (first["商品名称"].value, first["商品名称"].data_type) == ("=1+1", "s")
    assert first["商品名称"].number_format == "@"
    assert (first["建议补货量"].value, first["建议补货量"].number_format) == (12.35, "#,##0.00##")
    assert first["流失概率"].number_format == "0.0%"
    assert first["触达时段"].number_format == '0":00"'
    assert (
        str(first["截至日"].value)[:10] == DAY.isoformat()
        and first["截至日"].number_format == "yyyy-mm-dd"
    )
    assert first["建议补货量"].font.bold and not sheet["D3"].font.bold
    assert sheet["D3"].number_format == "#,##0"
    assert first["提示"].fill.start_color.rgb == "FFFFF2CC"
    assert book["说明"]["B2"].data_type == "s"


def test_xlsx_of_the_same_lines_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(tmp_path / name, [Sheet("补货清单", COLUMNS, lines())], DAY)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    created = openpyxl.load_workbook(tmp_path / "a.xlsx").properties.created
    assert str(created)[:10] == DAY.isoformat(), "the time of creation is that of the data"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_more_lines_than_a_sheet_holds_go_on_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "XLSX_LINES_PER_SHEET", 2)
    path = tmp_path / "list.xlsx"
    assert write_xlsx(path, [Sheet("补货清单", COLUMNS, lines())], DAY) == 3
    book = openpyxl.load_workbook(path)
    assert {sheet.title: sheet.max_row for sheet in book} == {"补货清单": 3, "补货清单 (2)": 2}


def test_a_sentence_is_wrapped_in_a_row_high_enough_for_it(tmp_path: Path) -> None:
    columns = (
        ListColumn(text("sku_id", "商品编码", "id"), 14),
        ListColumn(text("reason_zh", "原因", "why"), 30),
    )
    said = ["不补", "预计72小时需求8件，在库3件，在途0件，缺5件，按箱规补1箱" * 2, None]
    stored = pa.table({"sku_id": ["1", "2", "3"], "reason_zh": pa.array(said, pa.string())})
    path = tmp_path / "list.xlsx"
    write_xlsx(
        path, [Sheet("清单", columns, stored), Notes("说明", [("清单", [("行数", "3")])])], DAY
    )
    sheet, notes = openpyxl.load_workbook(path).worksheets
    assert sheet["B3"].alignment.wrap_text and not sheet["A3"].alignment.wrap_text
    heights = [sheet.row_dimensions[row].height for row in (2, 3, 4)]
    assert heights == [None, 4 * workbook.ROW_POINTS, None]
    assert notes.sheet_properties.pageSetUpPr.fitToPage and notes.page_setup.fitToHeight == 0


def test_text_too_long_for_a_cell_is_cut_not_lost(tmp_path: Path) -> None:
    columns = (COLUMNS[2],)
    long = displayed_table(columns, pa.table({"sku_name": ["长" * 40_000]}))
    write_xlsx(tmp_path / "list.xlsx", [Sheet("x", columns, long)], DAY)
    value = openpyxl.load_workbook(tmp_path / "list.xlsx")["x"]["A2"].value
    assert value == "长" * 32_767


def test_parquet_has_the_same_headers_and_values_typed(tmp_path: Path) -> None:
    assert write_parquet(tmp_path / "list.parquet", lines()) == 3
    read = pq.read_table(tmp_path / "list.parquet")
    assert read.column_names == [column.header for column in COLUMNS]
    assert read.schema.field("商品编码").type == pa.string()
    assert read.schema.field("建议补货量").metadata[b"unit"] == b"sale_units"
    assert read.column("商品编码").to_pylist() == ["6901234567890123", "007", "12"]
    assert read.column("商品名称").to_pylist()[0] == "=1+1"
    assert read.column("履约方式").to_pylist() == ["预售", "即时配送", "unheard_of"]


def test_counted_units_keep_the_decimals_of_the_exports() -> None:
    counted = ListColumn(real("suggested_units", "建议补货量", "units", Unit.SALE_UNITS))
    estimate = ListColumn(real("mean_units", "预测", "units", Unit.SALE_UNITS))
    stored = pa.table({"suggested_units": [1.7341], "mean_units": [1.7341]})
    shown = displayed_table((counted, estimate), stored)
    assert shown.to_pylist() == [{"建议补货量": 1.7341, "预测": 1.73}]
    said = csv_bytes((counted, estimate), shown).decode("utf-8-sig")
    assert said.splitlines()[1] == "1.7341,1.73"


def test_an_empty_list_has_its_headers(tmp_path: Path) -> None:
    empty = displayed_table(COLUMNS, stored().slice(0, 0))
    assert write_csv(tmp_path / "list.csv", COLUMNS, empty) == 0
    assert write_xlsx(tmp_path / "list.xlsx", [Sheet("x", COLUMNS, empty)], DAY) == 0
    assert (tmp_path / "list.csv").read_text("utf-8-sig").startswith("截至日,")
    assert openpyxl.load_workbook(tmp_path / "list.xlsx")["x"].max_row == 1


def test_not_a_number_is_shown_as_nothing() -> None:
    columns = (COLUMNS[3],)
    numbers = displayed_table(
        columns, pa.table({"units": [float("nan"), float("inf"), -0.001, 2.675]})
    )
    assert numbers.column(0).to_pylist()[:2] == [None, None]
    assert str(numbers.column(0).to_pylist()[2]) == "0.0"


@pytest.mark.parametrize(
    ("units", "is_bold", "color", "written"),
    [
        (1.0, True, None, "#,##0"),
        (0.5, True, None, "#,##0.00##"),
        (40.0, True, None, "#,##0"),
        (0.0, False, "FF999999", "#,##0"),
        (-1.0, False, "FF999999", "#,##0"),
    ],
)
def test_a_decision_above_zero_stands_out_and_nothing_to_do_is_grey(
    tmp_path: Path, units: float, is_bold: bool, color: str | None, written: str
) -> None:
    column = ListColumn(
        real("units", "建议补货量", "units", Unit.SALE_UNITS), 9, emphasis=Emphasis.DECISION
    )
    path = tmp_path / "list.xlsx"
    write_xlsx(path, [Sheet("清单", (column,), pa.table({"units": [units]}))], DAY)
    cell = openpyxl.load_workbook(path)["清单"]["A2"]
    assert bool(cell.font.bold) is is_bold
    assert (cell.font.color.rgb if color else None) == color
    assert (cell.fill.start_color.rgb == "FFE2F0D9") is is_bold
    assert (cell.value, cell.number_format) == (units, written)


@pytest.mark.parametrize("is_warning", [False, True])
def test_notes_stand_under_headings_as_wide_as_both_columns(
    tmp_path: Path, is_warning: bool
) -> None:
    sections = (("口径", (("截至日", "含当日"), ("单位", "件"))), ("提示", (("库存", "过期"),)))
    write_xlsx(tmp_path / "a.xlsx", [Notes("说明", sections, is_warning)], DAY)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["说明"]
    told = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    assert told == [
        ("口径", ""), ("截至日", "含当日"), ("单位", "件"), (None, None),
        ("提示", ""), ("库存", "过期"),
    ]  # fmt: skip
    shaded = [[cell.fill.fgColor.rgb == "FFDDE6EE" for cell in row] for row in sheet.iter_rows()]
    heading, plain = [True, True], [False, False]
    assert shaded == [heading, plain, plain, plain, heading, plain]
    assert (sheet.sheet_properties.tabColor is not None) == is_warning


def test_a_list_is_printed_on_landscape_a4_as_wide_as_a_page_with_its_header_on_each(
    tmp_path: Path,
) -> None:
    path = tmp_path / "restock.xlsx"
    write_xlsx(path, [Sheet("补货清单", COLUMNS, lines())], DAY)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$1:$1"
