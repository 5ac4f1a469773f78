"""Any file a person may have: its format is found, and its rows come out as they stand."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from assets.resources.readers.detect import detect
from assets.resources.readers.file_format import Container, FormatOverride
from assets.resources.readers.open_rows import open_rows
from assets.resources.readers.rows import Rows
from data_contracts.errors import ExportError

HEADER = ["订单编号", "名称", "数量"]
ROWS = [["1", "苹果,大\n两行", "2"], ["3", '引"号', "4"], ["5", "；｜", "6"]]


def opened(path: Path, override: FormatOverride | None = None) -> Rows:
    return open_rows(path, detect(path, override), name=path.name)


def read(path: Path, override: FormatOverride | None = None) -> tuple[Rows, list[dict]]:
    rows = opened(path, override)
    return rows, rows.reader(rows.header).read_all().to_pylist()


def as_csv(rows: list[list[str]], delimiter: str = ",", newline: str = "\r\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_text_file_reads_back_as_it_was_written(
    tmp_path: Path, encoding: str, delimiter: str, newline: str, packed: bool
) -> None:
    content = as_csv([HEADER, *ROWS], delimiter, newline).encode(encoding)
    path = tmp_path / "any name"
    path.write_bytes(gzip.compress(content) if packed else content)
    rows, found = read(path)
    expected = [
        dict(zip(HEADER, row, strict=True)) | {"row_number": number}
        for number, row in enumerate(ROWS, start=1)
    ]
    assert found == expected
    assert rows.malformed == []
    assert rows.format.delimiter == delimiter and rows.format.gzipped is packed
    assert dict(rows.raw({2})) == {2: ROWS[1]}


def test_the_evidence_names_what_the_guess_rests_on(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv([HEADER, *ROWS], "\t").encode("gb18030"))
    found = detect(path)
    assert found.describe() == "CSV, gb18030, tab"
    assert found.evidence == (
        "decodes as GB18030, not as UTF-8",
        "tab separates 3 columns in 100% of 4 rows",
    )


def test_a_stated_format_wins_over_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a;b,c\n1;2,3\n")
    stated = FormatOverride(delimiter=";", encoding="gb18030")
    rows, found = read(path, stated)
    assert found == [{"a": "1", "b,c": "2,3", "row_number": 1}]
    assert rows.format.evidence == ("encoding gb18030 was stated", "separator semicolon was stated")
    with pytest.raises(ExportError, match="'klingon' is not a known encoding"):
        detect(path, FormatOverride(encoding="klingon"))


def test_titles_above_a_header_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("订单导出,,\n2026-10-31,,\n订单编号,名称,数量\n1,a,2\n", "utf-8")
    rows, found = read(path)
    assert rows.format.header_row == 3
    assert found == [{"订单编号": "1", "名称": "a", "数量": "2", "row_number": 1}]


def test_rows_that_cannot_be_taken_apart_keep_their_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\nx\n\n,\n3,4\n5,6,7\n8,9\n", "utf-8")
    rows, found = read(path)
    assert [row["row_number"] for row in found] == [1, 4, 6]
    assert [(row.row_number, row.code) for row in rows.malformed] == [
        (2, "row.fields"),
        (5, "row.fields"),
    ]
    assert rows.blank_rows == 1
    assert dict(rows.raw({2, 5})) == {2: ["x"], 5: ["5", "6", "7"]}


def workbook(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    book.add_worksheet("说明")
    sheet = book.add_worksheet("订单")
    sheet.write(0, 0, "订单导出 2026-10")
    for place, name in enumerate([*HEADER, "下单时间"]):
        sheet.write(2, place, name)
    sheet.write_number(3, 0, 20261031000001)
    sheet.write(3, 1, "苹果")
    sheet.write_number(3, 2, 1.5)
    sheet.write_datetime(3, 3, datetime(2026, 10, 31, 10, 5), moment)
    sheet.write_string(5, 0, "20261031000002")
    sheet.write_number(5, 2, 7)
    sheet.write_string(5, 3, "2026-10-31 10:05:00")
    book.close()
    return path


def test_a_sheet_reads_the_same_whether_cells_are_text_or_numbers(tmp_path: Path) -> None:
    rows, found = read(workbook(tmp_path / "a.xlsx"))
    assert rows.format.describe() == "XLSX, sheet 订单, header in row 3"
    moment = {"下单时间": "2026-10-31 10:05:00"}
    first = {"订单编号": "20261031000001", "名称": "苹果", "数量": "1.5", "row_number": 1}
    second = {"订单编号": "20261031000002", "名称": None, "数量": "7", "row_number": 3}
    assert found == [first | moment, second | moment]
    assert rows.blank_rows == 1
    with pytest.raises(ExportError, match="no sheet '没有'; it has 说明, 订单"):
        opened(tmp_path / "a.xlsx", FormatOverride(sheet="没有"))


def test_json_lines_are_flattened_and_their_lines_exploded(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"order_sn":"1","pay":{"n":12345678901234567890,"fee":1.10},"ok":true,"tags":["a"],'
        '"sub_order_list":[{"g":1},{"g":2,"x":null}]}\n'
        "{cut off\n"
        '{"order_sn":"2","late":"x"}\n',
        "utf-8",
    )
    rows, found = read(path)
    assert [row["row_number"] for row in found] == [1, 2, 4]
    assert found[0]["pay.n"] == "12345678901234567890" and found[0]["pay.fee"] == "1.10"
    assert [row["sub_order_list.g"] for row in found] == ["1", "2", None]
    assert [row["order_sn"] for row in found] == ["1", "1", "2"]
    assert found[0]["tags"] == '["a"]' and found[0]["ok"] == "true"
    assert [(row.row_number, row.code) for row in rows.malformed] == [(3, "row.json")]


def test_a_json_list_is_read_as_its_records(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1},\n {"a": 2}]', "utf-8")
    assert [row["a"] for row in read(path)[1]] == ["1", "2"]


def test_parquet_keeps_its_types_and_empty_texts_are_no_values(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": [1, None], "t": ["x", ""]}), path)
    rows, found = read(path)
    assert rows.format.container is Container.PARQUET
    assert found == [{"n": 1, "t": "x", "row_number": 1}, {"n": None, "t": None, "row_number": 2}]


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 2_000_000)
    heard: list[tuple[int, int]] = []
    rows = open_rows(
        path, detect(path), name="a", on_progress=lambda done, total: heard.append((done, total))
    )
    assert rows.reader(["a"]).read_all().num_rows == 2_000_000
    assert heard[-1][0] == heard[-1][1] == path.stat().st_size
    assert len(heard) >= 2
