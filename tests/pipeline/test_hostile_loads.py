"""Broken and hostile files through the whole load: rows are accounted for, set aside or refused in
one line; nothing crashes, hangs, or is loaded in part."""

from __future__ import annotations

import gzip
import random
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import assets.ingest.stage.stage_file as staging
from assets.ingest.load import load
from assets.resources.readers import limits
from data_contracts.errors import ExportError
from data_contracts.exports import ORDERS
from tests.conftest import linli
from tests.lake import ingest
from tests.pipeline.hostile_files import (
    HEADER,
    accounts,
    home_of,
    lines,
    orders,
    put,
    refused,
    set_aside,
    text,
    workbook,
)


def noise(rows: int) -> str:
    chance = random.Random(3)
    return text([[f"o{chance.random()}", *line[1:]] for line in lines(rows)])


PACKED = gzip.compress(noise(5_000).encode())
REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "nothing": ("orders.csv", "", "the file is empty; export it again, or remove it"),
    "a mark alone": ("orders.csv", b"\xef\xbb\xbf", "it has no header row; export it again"),
    "blank lines": ("orders.csv", "\n \n\n", "it has no header row; export it again"),
    "a gzip cut off": ("orders.csv.gz", PACKED[:-500], "is incomplete: it was cut off"),
    "a gzip damaged": (
        "orders.csv.gz",
        PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:],
        "its gzip is damaged; copy it again",
    ),
    "a gzip with more behind": (
        "orders.csv.gz",
        gzip.compress(text().encode()) + b"more" * 9,
        "other bytes follow the end of its gzip; copy it again",
    ),
    "a gzip within a gzip": (
        "orders.csv.gz",
        gzip.compress(gzip.compress(text().encode())),
        "a gzip inside a gzip; decompress it once",
    ),
    "a gzip of zeros": (
        "orders.csv.gz",
        gzip.compress(text().encode() + b"\n" * (300 << 20), 1),
        "decompresses to more than 200 times its size, which no export does; decompress it",
    ),
    "a line without end": (
        "orders.csv",
        text() + "x" * (34 << 20),
        "a line of more than 33,554,432 characters",
    ),
    "an open quote": (
        "orders.csv",
        text() + 'q1,1,2026-09-04 10:00:00,苹果5",1\nq2,1,2026-09-04 10:00:00,"s,1\n' + text(),
        "a quote opened in data row 5 is never closed",
    ),
    "two encodings": (
        "orders.csv",
        "".join(f"o{n},1,2026-09-04 10:00:00,苹果苹果,1\n" for n in range(9)).encode()
        + "".join(f"p{n},1,2026-09-04 10:00:00,苹果苹果,1\n" for n in range(9)).encode("gb18030"),
        "line 1 reads as UTF-8, line 10 as GB18030; export it again in one encoding",
    ),
    "a stray byte": (
        "orders.csv",
        text().encode() + "o9,1,2026-09-04 10:00:00,苹果,1\n".encode() + b"\xff\n",
        "line 6 cannot be decoded as utf-8; save it as CSV UTF-8",
    ),
    "an old workbook": (
        "orders.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1500,
        "an old or encrypted Excel file; save it as .xlsx without password",
    ),
    "a PDF": ("orders.csv", b"%PDF-1.4 ...", "not a text table; export it as CSV or XLSX"),
    "a picture": (
        "orders.csv",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
        "not a text table; export it as CSV or XLSX",
    ),
    "noise": (
        "orders.csv",
        random.Random(1).randbytes(5_000),
        "not a text table; export it as CSV or XLSX",
    ),
    "a JSON list cut off": ("orders.json", '[{"a": "1"}, {"b', "is not valid JSON after record 1"),
    "two JSON lists": ("orders.json", '[{"a": 1}]\n[{"a": 2}]', "content after its list"),
    "JSON without an object": (
        "orders.json",
        '{\n "order_id": "1"\n}\n',
        "no line at its start is a JSON object with unique keys; write one record per line",
    ),
    "brackets without end": ("orders.json", "[" * 100_000, "is not valid JSON after record 0"),
    "too many columns": (
        "orders.csv",
        text([], [*HEADER, *(f"c{n}" for n in range(2_500))]),
        "2,505 columns, more than 2,000; check the separator",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_trusted_is_refused_whole(tmp_path: Path, case: str) -> None:
    name, content, message = REFUSED[case]
    home, path = put(tmp_path, name, content)
    assert message in refused(home, path)


def test_a_parquet_file_cut_off_or_nested_is_refused_whole(tmp_path: Path) -> None:
    table = pa.table(dict(zip(HEADER, zip(*lines(2000), strict=True), strict=True)))
    home, path = put(tmp_path, "orders.parquet", b"")
    pq.write_table(table, path)
    path.write_bytes(path.read_bytes()[:-100])
    assert "cannot be read as Parquet" in refused(home, path)
    pq.write_table(table.set_column(3, "sku_id", pa.array([{"a": 1}] * 2000)), path)
    assert "the column sku_id holds struct<a: int64> in each cell" in refused(home, path)


def test_a_file_nobody_may_read_is_named_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, path = put(tmp_path, "orders.csv", text())
    plain = Path.open

    def denied(self: Path, *arguments: object, **named: object) -> object:
        # the tests may run as root, whom no permission stops
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return plain(self, *arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", denied)
        said = "orders.csv: cannot be read; give the user that runs Linli read permission"
        assert said in linli("check", path).output
        with pytest.raises(ExportError, match=said):
            load(home, ORDERS, lambda _: None)
    ingest(home)
    assert len(orders(home)) == 3


JSON = '{{"order_id":"{}","line_id":"1","ordered_at":"2026-09-04 10:00:00","sku_id":"s1",{}}}\n'
READ: dict[str, tuple[str, str | bytes, int, list[tuple[int, str]]]] = {
    "a header alone": ("orders.csv", text([]), 0, []),
    "ten megabytes in a cell": (
        "orders.csv",
        text([*lines(), ["o9", "1", "2026-09-04 10:00:00", "x" * 10_000_000, "1"], *lines(2, "p")]),
        5,
        [(4, "row.too_long")],
    ),
    "a NUL": (
        "orders.csv",
        text([*lines(), ["o\0", *lines()[0][1:]], *lines(2, "p")]),
        5,
        [(4, "row.nul")],
    ),
    "gzip members one after another": (
        "orders.csv.gz",
        gzip.compress(text().encode()) + gzip.compress(text(lines(2, "p"), []).encode()[1:]),
        5,
        [],
    ),
    "a gzip padded": ("orders.csv.gz", gzip.compress(text().encode()) + b"\0" * 512, 3, []),
    "titles, a blank line and a total": (
        "orders.csv",
        f'快团团 "订单" 5" 导出\n\n{text()}合计,,,,3\n',
        3,
        [(4, "row.totals")],
    ),
    "separators at the end of the rows": (
        "orders.csv",
        text([[*line, "", ""] for line in lines(4)]) + ",".join(["p0", *lines()[0][1:], "", "x"]),
        4,
        [(5, "row.fields")],
    ),
    "separators at the end of some rows": (
        "orders.csv",
        text([*lines(4), [*lines(1, "p")[0], ""], *lines(1, "q")]),
        6,
        [],
    ),
    "lone carriage returns": ("orders.csv", text().replace("\n", "\r"), 3, []),
    "quotes within a field": (
        "orders.csv",
        text() + 'p1,1,2026-09-04 10:00:00,苹果5" 大,1\np2,1,2026-09-04 10:00:00,苹"果"大,1\n'
        'p3,1,2026-09-04 10:00:00,"苹"果"",1\n',
        6,
        [],
    ),
    "JSON with a key twice": (
        "orders.jsonl",
        JSON.format(1, '"quantity_units":1') + JSON.format(2, '"quantity_units":1,"order_id":"3"'),
        1,
        [(2, "row.json")],
    ),
    "JSON nested without end": (
        "orders.jsonl",
        JSON.format(1, '"quantity_units":1')
        + JSON.format(2, '"quantity_units":1,"x":' + "[" * 100_000 + "]" * 100_000)
        + JSON.format(3, '"quantity_units":1,"x":' + '{"a":' * 5_000 + "1" + "}" * 5_000)
        + JSON.format(4, '"quantity_units":1,"x":' + "[" * 500 + "]" * 500),
        2,
        [(2, "row.json"), (3, "row.json")],
    ),
    "JSON numbers beyond any": (
        "orders.jsonl",
        "".join(JSON.format(n, f'"quantity_units":{number}') for n, number in enumerate(
            ["1", "1" * 5_000, "1e999", "NaN", "-Infinity", "1E0"], start=1
        )),
        2,
        [(2, "quantity_units.range"), (3, "quantity_units.range"),
         (4, "quantity_units.required"), (5, "quantity_units.type")],
    ),
    "JSON with half a letter": (
        "orders.jsonl",
        JSON.format("\\ud800", '"quantity_units":1') + JSON.format(2, '"\\ud800":1')
        + JSON.format(3, '"quantity_units":1,"x":"\\ud83c\\udf4e"'),
        1,
        [(1, "row.json"), (2, "row.json")],
    ),
    "a JSON list on one line": (
        "orders.json",
        "[" + JSON.format(1, '"quantity_units":1').strip() + ", 7, "
        + JSON.format(2, '"quantity_units":1').strip() + "]",
        2,
        [(2, "row.json")],
    ),
    "a JSON list in UTF-16": (
        "orders.json",
        ("[" + JSON.format(1, '"quantity_units":1') + "]").encode("utf-16"),
        1,
        [],
    ),
    "a record without end": (
        "orders.jsonl",
        JSON.format("x" * 35_000_000, '"quantity_units":1') + JSON.format(2, '"quantity_units":1'),
        1,
        [(1, "row.json")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_what_is_wrong_is_set_aside_and_the_rest_is_loaded(tmp_path: Path, case: str) -> None:
    name, content, good, aside = READ[case]
    home, _ = put(tmp_path, name, content)
    ingest(home)
    with home.lakehouse.session() as session:
        found = session.rows(
            "select row_number, reason_code from quarantine union all by name "
            "select null as row_number, count(*)::varchar as reason_code from orders order by all"
        )
        counts = session.rows("select rows_read, rows_loaded, rows_quarantined from ingest_ledger")
    assert found == [*aside, (None, str(good))]
    assert counts == [(good + len(aside), good, len(aside))]


def test_check_shows_titles_and_totals_and_takes_a_stated_header_row(tmp_path: Path) -> None:
    _, path = put(tmp_path, "orders.csv", f"订单导出\n\n{text()}合计,,,,3\n")
    said = " ".join(linli("check", path).output.split())
    assert "header in row 3" in said and "2 row(s) above the header are titles" in said
    assert "4 read, 3 good" in said and "nothing is to be done; data rows 4" in said
    assert "would be refused" not in said, "a load refuses from twenty bad rows on"
    stated = linli("check", path, "--header-row", "3").output
    assert "header row 3 was stated" in stated and "3 good" in stated
    wrong = linli("check", path, "--header-row", "4")
    assert wrong.exit_code == 1 and "error orders.csv: the header '1' occurs twice" in wrong.output


def test_a_file_is_what_it_holds_and_not_what_it_is_called(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    for place, suffix in enumerate([".csv", ".xlsx", ".parquet", ".json.gz"]):
        rows = [lines(3, f"{place}{kind}") for kind in "abcd"]
        names = [home.exports_dir / f"orders_{kind}{suffix}" for kind in "abcd"]
        workbook(names[0], [HEADER, *rows[0]])
        names[1].write_text(text(rows[1]), "utf-8")
        names[2].write_bytes(gzip.compress(text(rows[2]).encode()))
        columns = zip(HEADER, zip(*rows[3], strict=True), strict=True)
        pq.write_table(pa.table(dict(columns)), names[3])
    ingest(home)
    found = accounts(home)
    assert len(found) == 16 and set(map(tuple, found.values())) == {(3, 3, 0, 0)}


def test_parquet_types_of_every_kind_are_read_or_set_aside(tmp_path: Path) -> None:
    plain = {
        "order_id": [f"o{n}" for n in range(4)],
        "line_id": [1.0] * 4,
        "ordered_at": pa.array([datetime(2026, 9, 4, 2)] * 4, pa.timestamp("us", "UTC")),
        "sku_id": pa.array(["s", "t", "x\0", "y" * 2_000_000]).dictionary_encode(),
        "quantity_units": pa.array([1, 2, 3, 4], pa.float16()),
        "unit_price_yuan": pa.array([None, 1, 2, 3], pa.int64()).cast(pa.decimal256(50, 2)),
        "unread": [{"a": [1]}] * 4,
    }
    home, path = put(tmp_path, "orders.parquet", b"")
    pq.write_table(pa.table(plain), path)
    ingest(home)
    assert orders(home, "order_id, line_id, ordered_at, sku_id, quantity_units") == [
        (f"o{n}", "1", datetime(2026, 9, 4, 10), sku, n + 1.0) for n, sku in enumerate("st")
    ]
    assert set_aside(home) == [(3, "row.nul"), (4, "row.too_long")]


def test_more_bad_rows_than_can_be_looked_at_are_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_MALFORMED_ROWS", 50)
    monkeypatch.setattr(staging, "MOSTLY_BAD_FROM_ROWS", 50)
    home, path = put(tmp_path, "orders.csv", text(lines(20)) + "x\n" * 60)
    assert "more than 50 rows cannot be parsed, the last: data row 71" in refused(home, path)
    path.write_text(text([*lines(20), *[[*line[:4], "x"] for line in lines(60, "p")]]), "utf-8")
    assert "60 of 80 rows are bad, mostly quantity_units.type" in refused(home, path)
