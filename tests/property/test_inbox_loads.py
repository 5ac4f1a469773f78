"""Any text in any format through the whole load: every row accounted for, good values untouched."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from openpyxl.utils.exceptions import IllegalCharacterError

from tests.lake import home_at, ingest

HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "sku_name", "quantity_units"]
Rows = list[list[str]]


def as_csv(folder: Path, rows: Rows, encoding: str, delimiter: str) -> None:
    with (folder / "orders.csv").open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)


def utf8(folder: Path, rows: Rows) -> None:
    as_csv(folder, rows, "utf-8", ",")


def excel(folder: Path, rows: Rows) -> None:
    try:
        as_csv(folder, rows, "gb18030", ";")
        # what decodes both ways has no bytes to tell them apart
        assume((folder / "orders.csv").read_bytes().isascii() is False)
        (folder / "orders.csv").read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return
    assume(False)


def unicode_text(folder: Path, rows: Rows) -> None:
    as_csv(folder, rows, "utf-16", "\t")


def json_lines(folder: Path, rows: Rows) -> None:
    records = [dict(zip(HEADER, row, strict=True)) for row in rows[1:]]
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (folder / "orders.jsonl").write_text(text, "utf-8", newline="")


def json_list(folder: Path, rows: Rows) -> None:
    records = [dict(zip(HEADER, row, strict=True)) for row in rows[1:]]
    (folder / "orders.json").write_text(json.dumps(records, indent=1), "utf-8")


def written_by_xlsxwriter(folder: Path, rows: Rows) -> None:
    book = xlsxwriter.Workbook(str(folder / "orders.xlsx"))
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write_string(number, place, cell)
    book.close()


def written_by_openpyxl(folder: Path, rows: Rows) -> None:
    book = openpyxl.Workbook()
    try:
        for row in rows:
            book.active.append(row)
    except IllegalCharacterError:
        assume(False)
    for cells in book.active.iter_rows():
        for cell in cells:
            cell.data_type = "s"  # a text, whatever it looks like
    book.save(folder / "orders.xlsx")


def parquet(folder: Path, rows: Rows) -> None:
    columns = dict(zip(HEADER, zip(*rows[1:], strict=True), strict=True))
    pq.write_table(pa.table(columns), folder / "orders.parquet")


FORMATS = [utf8, excel, unicode_text, json_lines, json_list, parquet]
WORKBOOKS = [written_by_xlsxwriter, written_by_openpyxl]

spaced = st.sampled_from(
    [" a", "b ", "\u3000苹", "\ta", "a\n", "a\n b", '"', "=1+1", "'a", "007", "1e5"]
)
anything = (
    spaced | st.text(max_size=10) | st.text("\"',;\t\r\n\\=$_x00D{}[]\x1e\x1f\x1b苹 ", max_size=10)
)
row = st.tuples(
    st.integers(1, 99).map(str) | anything,
    st.sampled_from(["1", "2"]),
    st.sampled_from(["2026-09-04 10:00:00"] * 4 + ["2026-13-01", ""]),
    st.sampled_from(["s1", "s2", "ｓ１", ""]),
    anything,
    st.sampled_from(["1", "２", "3", "4"] * 2 + ["x"]) | anything,
).map(list)


def check(write: Callable[[Path, Rows], None], rows: Rows) -> None:
    """Write the rows, load them, and look at what became of each."""
    with tempfile.TemporaryDirectory() as folder:
        home = home_at(Path(folder), Path(folder) / "exports")
        home.exports_dir.mkdir()
        write(home.exports_dir, [HEADER, *rows])
        ingest(home)
        with home.lakehouse.session() as session:
            counted = session.rows(
                "select rows_read, rows_loaded, rows_quarantined, rows_duplicate from ingest_ledger"
            )
            kept = session.rows("select row_number, sku_name, coalesce(repairs, '') from orders")
            aside = {number for (number,) in session.rows("select row_number from quarantine")}
    assert len(counted) == 1
    read, loaded, quarantined, twice = counted[0]
    assert read == len(rows) == loaded + quarantined + twice
    assert len(kept) == loaded and len(aside) == quarantined
    for number, name, repairs in kept:
        assert number not in aside
        if "sku_name" not in repairs:
            cell = rows[number - 1][4]
            assert name == (cell or None) or (name is None and not cell.strip())


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(FORMATS), st.lists(row, min_size=1, max_size=12))
def test_any_text_in_any_format_is_loaded_as_it_stands(
    write: Callable[[Path, Rows], None], rows: Rows
) -> None:
    check(write, rows)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(WORKBOOKS), st.lists(row, min_size=1, max_size=12))
def test_any_text_in_a_workbook_is_loaded_as_it_stands(
    write: Callable[[Path, Rows], None], rows: Rows
) -> None:
    check(write, rows)
