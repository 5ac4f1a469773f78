"""One id in several spellings is one id; what is no id any more is set aside and named."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lake import named
from tests.pipeline.test_misread_cells import HEADER as CELLS_OF_A_LINE
from tests.pipeline.test_misread_cells import line
from tests.staging import staged_file

HEADER = [*CELLS_OF_A_LINE, "order_status"]
CELLS = {"sku_id": "K1", "user_id": "M1", "community_id": "C1", "sku_name": "红 苹果"}
CELLS["order_status"] = "paid"
WHITE = ["\n", "\r\n", "\r", "\t", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\u3000", "\u2003"]
WHITE += ["\u00a0", "\u202f", " \n "]


def read(folder: Path, rows: list[list[object]]) -> list[dict]:
    """Good rows of a CSV whose cells are quoted, so that they may hold line ends."""
    path = folder / "orders.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    made, found = staged_file(path)
    assert made.rows_bad == 0
    return found


@pytest.mark.parametrize("white", WHITE, ids=[ascii(one) for one in WHITE])
def test_white_at_the_ends_of_an_id_or_a_name_is_none_of_it(tmp_path: Path, white: str) -> None:
    texts = ["{}", "{}" + white, white + "{}", white + "{}" + white]
    made = [
        line(n, **{c: one.format(text) for c, text in CELLS.items()}) for n, one in enumerate(texts)
    ]
    for row in read(tmp_path, made):
        assert (row["sku_id"], row["sku_name"], row["community_id"]) == ("K1", "红 苹果", "C1")
        assert row["user_id"] == named("M1") and row["order_status"] == "paid"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028"], ids=ascii)
def test_an_id_holds_no_line_end(tmp_path: Path, end: str) -> None:
    (row,) = read(tmp_path, [line(sku_id=f"K{end}1", user_id=f"M{end}1", order_status="paid")])
    assert (row["sku_id"], row["user_id"]) == ("K1", named("M1"))


@pytest.mark.parametrize(
    "tail", [".0", ".00", ".000000", ".0000\n", "\uff0e\uff10\uff10"], ids=ascii
)
def test_an_all_zero_tail_is_none_of_an_id(tmp_path: Path, tail: str) -> None:
    cells = {"sku_id": f"1002{tail}", "user_id": f"700{tail}", "order_status": "paid"}
    wide = cells | {"sku_id": f"\uff11\uff10\uff10\uff12{tail}"}
    for row in read(tmp_path, [line(1, **cells), line(2, **wide)]):
        assert (row["sku_id"], row["user_id"]) == ("1002", named("700"))


def test_another_tail_is_part_of_an_id(tmp_path: Path) -> None:
    ids = ["1002.50", "1.10", "v1.0", "1.2.00", "1002.", "10.020"]
    rows = read(tmp_path, [line(n, sku_id=one, order_status="paid") for n, one in enumerate(ids)])
    assert [row["sku_id"] for row in rows] == ids


def test_a_decimal_of_parquet_is_the_number_it_holds(tmp_path: Path) -> None:
    rows = [line(1, order_status="paid"), line(2, order_status="paid")]
    columns = dict(zip(HEADER, map(list, zip(*rows, strict=True)), strict=True))
    held = pa.array([Decimal("700.00"), Decimal("1002.00")], pa.decimal128(12, 2))
    table = pa.table(columns | {"sku_id": held, "user_id": held})
    pq.write_table(table, tmp_path / "orders.parquet")
    _, found = staged_file(tmp_path / "orders.parquet")
    assert [row["sku_id"] for row in found] == ["700", "1002"]
    assert [row["user_id"] for row in found] == [named("700"), named("1002")]


def test_digits_are_lost_under_any_zero_tail_and_white(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    ids = [
        "12345678901234567890.00",
        "1.2345E+17\n",
        "１．２３４５Ｅ＋１７",
        "\t9007199254740993.000",
    ]
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = [line(n, sku_id=one, order_status="paid") for n, one in enumerate(ids)]
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    made, _ = staged_file(path)
    assert made.quarantine.column("reason_code").to_pylist() == ["sku_id.lost_digits"] * 4


NOTHING = [
    "ｎｕｌｌ",
    "ＮＵＬＬ",
    "Ｎ／Ａ",
    "－",
    "－－",
    "Ｎ/Ａ",
    "ｎａｎ",
    "Ｎｏｎｅ",
    "ｎｕｌｌ\n",
    "（ｎｕｌｌ）",
    "０",
]


@pytest.mark.parametrize("word", NOTHING, ids=ascii)
def test_a_word_for_nothing_is_one_in_any_width(tmp_path: Path, word: str) -> None:
    value = "" if word == "０" else word  # zero is nobody, and a SKU
    (row,) = read(
        tmp_path, [line(user_id=word, community_id=value, quantity_units=1, order_status="paid")]
    )
    assert row["user_id"] is None and row["community_id"] is None


def workbook(folder: Path, cells: list[object], column: str = "sku_id") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    for number, cell in enumerate(cells, 1):
        sheet.append(line(number, **{column: cell}, order_status="paid"))
    book.save(folder / "orders.xlsx")
    return folder / "orders.xlsx"


@pytest.mark.parametrize("column", ["sku_id", "user_id", "order_id", "community_id"])
def test_an_id_that_a_spreadsheet_made_a_date_is_set_aside(tmp_path: Path, column: str) -> None:
    cells = [
        datetime(2026, 5, 12),
        date(2026, 5, 1),
        "K1",
        "2026-05-12",
        12,
        datetime(2026, 5, 12, 8),
    ]
    made, found = staged_file(workbook(tmp_path, cells, column))
    aside = made.quarantine.to_pylist()
    assert [(row["row_number"], row["reason_code"]) for row in aside] == [
        (number, f"{column}.made_a_date") for number in (1, 2, 6)
    ]
    assert "turned the id into a date" in aside[0]["reason"] and "日期" in aside[0]["reason_zh"]
    assert [row["row_number"] for row in found] == [3, 4, 5]


def test_an_id_that_reads_as_a_day_of_a_month_is_set_aside_in_a_text_too(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    ids = ["5月12日", "12-May", "May-12", "12-Dec-26", "K-12", "2026-05-12", "MAY12", "5-12"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = [line(n, sku_id=one, order_status="paid") for n, one in enumerate(ids)]
        csv.writer(stream).writerows([HEADER, *rows])
    made, found = staged_file(path)
    assert made.quarantine.column("reason_code").to_pylist() == ["sku_id.made_a_date"] * 4
    assert [row["sku_id"] for row in found] == ids[4:]


def test_a_date_in_a_column_of_dates_is_one(tmp_path: Path) -> None:
    made, found = staged_file(workbook(tmp_path, [datetime(2026, 5, 12)], "ordered_at"))
    assert made.rows_bad == 0 and found[0]["ordered_at"] == datetime(2026, 5, 12)
