"""Cells that were read wrongly in silence: ids that lost digits, words that mean nothing."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from tests.lake import named
from tests.staging import read_file

HEADER = ["order_id", "line_id", "ordered_at", "user_id", "community_id", "sku_id", "sku_name"]
HEADER += ["quantity_units", "unit_price_yuan"]


def line(number: int = 1, **changed: object) -> list[object]:
    """One order line; `changed` says which of its cells are other ones."""
    whole = {
        "order_id": f"A{number}",
        "line_id": 1,
        "ordered_at": f"2026-10-31 10:00:{number:02}",
        "user_id": "U1",
        "community_id": "C1",
        "sku_id": "S1",
        "sku_name": "苹果",
        "quantity_units": 1,
        "unit_price_yuan": 3.5,
    } | changed
    return list(whole.values())


def text(rows: list[list[object]], separator: str = ",") -> str:
    return "".join(separator.join(map(str, row)) + "\n" for row in [HEADER, *rows])


def written(tmp_path: Path, rows: list[list[object]], name: str = "orders.csv") -> Path:
    """The lines as a CSV, XLSX, JSON lines or Parquet file, by the ending of `name`."""
    path = tmp_path / name
    if name.endswith(".xlsx"):
        book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
        sheet = book.add_worksheet("订单")
        for place, row in enumerate([HEADER, *rows]):
            sheet.write_row(place, 0, row)
        book.close()
    elif name.endswith(".jsonl"):
        records = [dict(zip(HEADER, row, strict=True)) for row in rows]
        path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    elif name.endswith(".parquet"):
        columns = [list(map(str, column)) for column in zip(*rows, strict=True)]
        pq.write_table(pa.table(dict(zip(HEADER, columns, strict=True))), path)
    else:
        path.write_text(text(rows), "utf-8")
    return path


# -- digits ----------------------------------------------------------------------------------------


def test_an_id_a_sheet_holds_as_a_number_is_read_up_to_fifteen_digits(tmp_path: Path) -> None:
    ids: list[object] = [
        123456789012345,
        1234567890123456,
        2026090200000000,
        123456789012345678,
        "2026090200000001",
        "123456789012345678",
    ]
    path = written(tmp_path, [line(n, order_id=one) for n, one in enumerate(ids)], "orders.xlsx")
    found = read_file(path, "order_id")
    assert found.good == [("123456789012345",), ("2026090200000001",), ("123456789012345678",)]
    assert found.aside == [(n, "order_id.lost_digits") for n in (2, 3, 4)]


def test_an_id_a_program_held_as_a_number_is_read_where_it_is_exact(tmp_path: Path) -> None:
    ids = ["1.23457E+17", "1.2345678901234568E17", "98765432101234567.0", "1234567890123456.0"]
    path = written(tmp_path, [line(n, order_id=one) for n, one in enumerate(ids)])
    found = read_file(path, "order_id")
    assert found.good == [("1234567890123456",)]
    assert found.aside == [(n, "order_id.lost_digits") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("ids", "times", "is_lost"),
    [
        ([f"20261031000000{n}000" for n in range(1, 8)], 1, True),
        (["2026103100000010"] * 4, 1, False),  # lines of one order
        (["2026103100000010"] * 4, 4, True),  # orders of four moments
        ([f"2026103100000{n}010" for n in range(10, 17)], 1, False),
        ([*[f"20261031000000{n}000" for n in range(1, 8)], "202610310000001234"], 1, False),
        ([f"20261031{n}000" for n in range(10, 17)], 1, False),  # none too long
    ],
)
def test_long_ids_that_all_end_in_zeros_have_lost_digits(
    tmp_path: Path, ids: list[str], times: int, is_lost: bool
) -> None:
    rows = [
        line(n, order_id=one, line_id=n, ordered_at=f"2026-10-31 10:0{n % times}:00")
        for n, one in enumerate(ids, start=1)
    ]
    found = read_file(written(tmp_path, rows), "order_id")
    assert len(found.aside) == (len(ids) if is_lost else 0)
    assert {reason for _, reason in found.aside} <= {"order_id.lost_digits"}


def test_numbers_of_json_lines_keep_every_digit(tmp_path: Path) -> None:
    path = written(tmp_path, [line(order_id=9007199254740993)], "orders.jsonl")
    assert read_file(path, "order_id").good == [("9007199254740993",)]


def test_ids_of_a_parquet_file_are_read_as_far_as_their_type_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    moment = pa.array([datetime(2026, 10, 31, 1)] * 5, pa.timestamp("us", tz="America/New_York"))
    columns = {
        "order_id": pa.array([1001.0, 2.0**53 - 1, 2.0**53, float("nan"), 5.0]),
        "line_id": pa.array([1, 2, 3, 4, 5]),
        "ordered_at": moment,
        "user_id": pa.array([7.0, None, 9.0, 1.0, 1.0], pa.float32()),
        "sku_id": pa.array([3.0, 2.0**24 - 1, 4.0, 5.0, 2.0**24], pa.float32()),
        "quantity_units": pa.array([1.0, 1.5, 1.0, 1.0, 1.0]),
        "cancelled_units": pa.array([float("nan"), 0.0, 0.0, 0.0, 0.0]),
    }
    pq.write_table(pa.table(columns), path)
    found = read_file(path, "order_id", "ordered_at", "user_id", "sku_id", "cancelled_units")
    nine = datetime(2026, 10, 31, 9)
    assert found.good == [
        ("1001", nine, named("7"), "3", None),
        (str(2**53 - 1), nine, None, str(2**24 - 1), 0.0),
    ]
    assert found.aside == [
        (3, "order_id.lost_digits"),
        (4, "order_id.required"),
        (5, "sku_id.lost_digits"),
    ]
    assert not found.repairs


# -- words for nothing -----------------------------------------------------------------------------

NOTHING = ["NULL", "null", "None", "nan", "NaN", r"\N", "-", "--", "N/A", "(null)", " NULL"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl", "parquet"])
def test_a_word_for_nothing_is_no_customer_in_any_format(tmp_path: Path, kind: str) -> None:
    rows = [line(n, user_id=word, community_id=word) for n, word in enumerate([*NOTHING, "NA"])]
    path = written(tmp_path, [*rows, line(50)], f"orders.{kind}")
    found = read_file(path, "user_id", "community_id")
    assert found.good == [(None, None)] * len(rows) + [(named("U1"), "C1")]
    assert not found.aside
    assert found.repairs == {
        ("user_id", "null_word"): len(rows),
        ("community_id", "null_word"): len(rows),
    }
    assert found.staged.rows_repaired == len(rows)


def test_what_a_word_for_nothing_is_depends_on_the_column(tmp_path: Path) -> None:
    rows = [
        line(1, sku_name="NA"),
        line(2, sku_name="NULL", unit_price_yuan="-"),
        line(3, sku_id="NONE-1", community_id="NULLA"),
        line(4, sku_id="NA"),
        line(5, quantity_units="--"),
        line(6, user_id="无", ordered_at="2026.10.31 10:00"),
        line(7, ordered_at="0000-00-00 00:00:00"),
        line(8, unit_price_yuan="REF"),
    ]
    found = read_file(written(tmp_path, rows), "sku_id", "sku_name", "community_id")
    assert found.good == [
        ("S1", "NA", "C1"),
        ("S1", None, "C1"),
        ("NONE-1", "苹果", "NULLA"),
        ("S1", "苹果", "C1"),
    ]
    assert found.aside == [
        (4, "sku_id.required"),
        (5, "quantity_units.required"),
        (7, "ordered_at.required"),
        (8, "unit_price_yuan.type"),
    ]
    assert found.repairs == {
        ("sku_name", "null_word"): 1,
        ("unit_price_yuan", "null_word"): 1,
        ("user_id", "null_word"): 1,
        ("ordered_at", "date_style"): 1,
    }


ERRORS = ["#N/A", "#REF!", "#VALUE!", " #DIV/0!", "#NAME?", "#SPILL!", "####"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
def test_an_error_cell_is_empty_where_a_row_can_do_without_it(tmp_path: Path, kind: str) -> None:
    rows = [line(n, unit_price_yuan=one, user_id=one) for n, one in enumerate(ERRORS)]
    rows += [line(9, sku_name="#1 苹果"), line(10, order_id="#1001", community_id="Err:502")]
    rows += [
        line(11, order_id="#REF!"),
        line(12, quantity_units="#DIV/0!", unit_price_yuan="Err:502"),
        line(13, sku_id="#N/A"),
        line(14, ordered_at="########"),
    ]
    path = written(tmp_path, rows, f"orders.{kind}")
    if kind == "xlsx":  # as a program writes what a formula gave
        book = openpyxl.load_workbook(path)
        for cells in book.active.iter_rows(min_row=2):
            for cell in cells:
                if str(cell.value).strip() in ERRORS[:5]:
                    cell.value, cell.data_type = cell.value.strip(), "e"
        book.save(path)
    found = read_file(path, "order_id", "user_id", "unit_price_yuan", "sku_name", "community_id")
    assert [row[:3] for row in found.good[: len(ERRORS)]] == [
        (f"A{n}", None, None) for n in range(len(ERRORS))
    ]
    assert [row[0] for row in found.good[-2:]] == ["A9", "#1001"]
    assert [row[3:] for row in found.good[-2:]] == [("#1 苹果", "C1"), ("苹果", "Err:502")]
    needed = ("order_id", "quantity_units", "sku_id", "ordered_at")
    assert [reason for _, reason in found.aside] == [f"{name}.error_cell" for name in needed]
    assert found.repairs[("unit_price_yuan", "error_cell")] == len(ERRORS)
    assert found.repairs[("user_id", "error_cell")] == len(ERRORS)


def test_a_failed_order_number_is_not_filled_from_the_order_above(tmp_path: Path) -> None:
    blank = {"order_id": "", "ordered_at": "", "user_id": "", "community_id": ""}
    rows = [line(1), line(1, **blank | {"line_id": 2, "sku_id": "S2"})]
    rows += [line(2), line(2, **blank | {"line_id": 2, "sku_id": "S2"})]
    rows += [line(3, order_id="#REF!"), line(3, **blank | {"line_id": 2, "sku_id": "S2"})]
    found = read_file(written(tmp_path, rows), "order_id")
    assert found.good == [("A1",), ("A1",), ("A2",), ("A2",)]
    assert found.aside == [(5, "order_id.error_cell"), (6, "order_id.error_cell")]


# -- guards ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_guard_against_excel_is_taken_off_whoever_put_it_there(tmp_path: Path, kind: str) -> None:
    guarded = ["‘007’", '="007"', "'007", "007\t"]
    rows = [
        line(n, order_id=f"A{n}", sku_id=one, sku_name=name, quantity_units=count)
        for n, (one, name, count) in enumerate(
            zip(guarded, ['="苹果"', "'=1+1", "it's", "'s"], ['="2"', "'2", 2, 2], strict=True)
        )
    ]
    path = written(tmp_path, rows, f"orders.{kind}")
    if kind == "csv":
        wrapped = ",".join(f'="{title}"' for title in HEADER)
        path.write_text(wrapped + "\n" + text(rows).split("\n", 1)[1], "utf-8")
    found = read_file(path, "sku_id", "sku_name", "quantity_units")
    names = ["苹果", "=1+1", "it's", "'s"]
    assert found.good == [("007", name, 2.0) for name in names]
    assert not found.aside
    assert found.repairs[("sku_name", "text_guard")] == 2
    assert found.repairs[("quantity_units", "text_guard")] == 2


@pytest.mark.parametrize(
    ("words", "encoding", "read_as"),
    [
        ("茅台", "gb18030", "gb18030"),
        ("茅台 500ml", "gb18030", "gb18030"),
        ("José Peña", "utf-8", "utf-8"),
        ("20°C", "utf-8", "utf-8"),
        ("привет", "utf-8", "utf-8"),
        ("茅台", "utf-8", "utf-8"),
    ],
)
def test_a_few_words_in_either_encoding_are_read_as_they_were_meant(
    tmp_path: Path, words: str, encoding: str, read_as: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(text([line(n, sku_name=words) for n in range(3)]).encode(encoding))
    found = read_file(path, "sku_name")
    assert found.good == [(words,)] * 3
    assert found.staged.source.format.encoding == read_as
    if words == "茅台" and encoding == "gb18030":
        assert "GB18030 (茅台) and as UTF-8 (" in found.staged.source.format.evidence[0]


# -- words for nobody ------------------------------------------------------------------------------

NOBODY = ["散客", "未知", "匿名", "匿名用户", "游客", "路人", "空", "0", "walk-in", "guest"]
NOBODY += [
    "（散客）",
    "Guest ",
    "UNKNOWN",
    "Walk-in Customer",
    "000000",
    "-1",
    "0.0",
    "***",
    "已注销用户",
]
SOMEBODY = ["10", "01", "U0", "空城", "散客老王", "guest7", "Null0", "游客123456"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl", "parquet"])
def test_a_word_for_nobody_is_no_customer_in_any_format(tmp_path: Path, kind: str) -> None:
    words: list[object] = [*NOBODY, *([0] if kind in ("xlsx", "jsonl") else [])]
    rows = [line(n, user_id=word) for n, word in enumerate([*words, *SOMEBODY])]
    found = read_file(written(tmp_path, rows, f"orders.{kind}"), "user_id")
    assert found.good == [*[(None,)] * len(words), *((named(one),) for one in SOMEBODY)]
    assert not found.aside
    assert found.repairs == {("user_id", "null_word"): len(words)}


def test_an_id_of_0_is_nobody_where_ids_are_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    columns = dict(zip(HEADER, zip(*[line(n) for n in (1, 2, 3)], strict=True), strict=True))
    for type_ in (pa.int64(), pa.uint32(), pa.float64(), pa.decimal128(12, 0)):
        users = pa.array([0, 7, None], type_)
        pq.write_table(pa.table(columns | {"user_id": users}), path)
        found = read_file(path, "user_id")
        assert found.good == [(None,), (named("7"),), (None,)]
        assert found.repairs == {("user_id", "null_word"): 1}


def test_nobody_among_users_is_set_aside_and_words_of_other_columns_stay(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text("用户编号,姓名,小区编号\n散客,游客,0\nU1,游客,未知\n", "utf-8")
    found = read_file(path, "user_id", "name", "community_id")
    assert found.good == [(named("U1"), "游*", "未知")]
    assert found.aside == [(1, "user_id.required")]
