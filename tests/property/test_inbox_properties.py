"""Readers under anything: a table comes back as written, any bytes end in rows or one error."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import unittest.mock
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.resources.readers.delimited.reader import CsvRows
from assets.resources.readers.delimited.stream import NeedsRowReaderError
from assets.resources.readers.detect import detect
from assets.resources.readers.file_format import Container, FileFormat
from assets.resources.readers.json_lines import records
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError

# Text an operator may have: no NUL and no lone CR, which have tests of their own; what begins or
# ends a cell with invisible characters is the cleaning's business.
CELL = st.text(
    st.characters(
        codec="gb18030", exclude_characters="\0\r\ufeff", exclude_categories=["Cs", "Co"]
    ),
    max_size=12,
)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(CELL, min_size=width, max_size=width).filter(any), min_size=1, max_size=8
    )
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])


def written(header: list[str], rows: list[list[str]], delimiter: str, newline: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    return out.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    rows=TABLES,
    encoding=ENCODINGS,
    delimiter=st.sampled_from([",", "\t", ";"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    packed=st.booleans(),
)
def test_any_table_comes_back_as_it_was_written(
    rows: list[list[str]], encoding: str, delimiter: str, newline: str, packed: bool
) -> None:
    header = [f"列{place}" for place in range(len(rows[0]))]
    content = written(header, rows, delimiter, newline).encode(encoding)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_bytes(gzip.compress(content) if packed else content)
        stated = detect(path)
        reader = open_rows(path, stated, name=path.name)
        assert (reader.header, stated.delimiter) == (header, delimiter)
        found = reader.reader(header).read_all().to_pylist()
    assert [[row[name] or "" for name in header] for row in found] == rows
    assert [row["row_number"] for row in found] == list(range(1, len(rows) + 1))
    assert reader.malformed == []


PIECES = st.sampled_from(
    [
        "a",
        "b",
        "1",
        " ",
        ",",
        ",",
        "\n",
        "\n",
        "\r\n",
        "\r",
        '"',
        '"',
        '""',
        'x"y',
        '""""',
        "\0",
        "苹",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=16).map("".join), st.booleans(), st.sampled_from([1, 1, 2]))
def test_the_fast_and_the_careful_reader_read_the_same(
    body: str, has_header: bool, header_row: int
) -> None:
    """Two implementations, Arrow's and Python's: rows, their numbers, and what is set aside."""
    stated = FileFormat(Container.CSV, encoding="utf-8", delimiter=",", header_row=header_row)

    def outcome(is_careful: bool) -> object:
        try:
            rows = CsvRows(path, stated, "a", None)
            if is_careful:
                rows._block_batches = unable  # type: ignore[method-assign]
            found = rows.reader(rows.header).read_all().to_pylist()
        except ExportError as error:
            return str(error)
        aside = sorted((row.row_number, row.code) for row in rows.malformed)
        return rows.header, found, aside, rows.blank_rows

    def unable(*_: object) -> Iterator[pa.RecordBatch]:
        raise NeedsRowReaderError

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(("h,k\n" if has_header else "") + body, "utf-8", newline="")
        assert outcome(False) == outcome(True)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1]), st.integers(1, 40))
def test_a_list_of_records_is_the_same_as_its_lines(
    values: list, indent: int | None, block: int
) -> None:
    """Taken apart in blocks of any size, a list gives what the standard library gives."""

    def read(text: str) -> list:
        with unittest.mock.patch.object(records, "_BLOCK_CHARACTERS", block):
            binary = io.BytesIO(text.encode())
            return [value for value, _ in records.records_of(binary, "utf-8", told_to_nobody)]

    plain = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
    expected = [plain.decode(json.dumps(value)) for value in values]
    assert read(json.dumps(values, indent=indent)) == expected
    lines = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
    if not lines.startswith("["):  # the file would be a list
        assert read(lines) == expected


def told_to_nobody(_: int) -> None:
    pass


@settings(max_examples=300, deadline=None)
@given(
    content=st.binary(max_size=400),
    head=st.sampled_from(
        [
            b"",
            b"a,b\n1,2\n",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"PK\x03\x04",
            b"PAR1",
            b'{"a":',
            b"\x1f\x8b\x08",
        ]
    ),
)
def test_any_bytes_end_in_rows_or_in_one_clear_error(content: bytes, head: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_bytes(head + content)
        try:
            reader = open_rows(path, detect(path), name=path.name)
            table = reader.reader(reader.header).read_all()
        except ExportError as error:
            assert str(error).startswith("orders.csv: ") and "\n" not in str(error)
            return
        numbers = table.column("row_number").to_pylist()
        aside = [row.row_number for row in reader.malformed]
        assert len({*numbers, *aside}) == len(numbers) + len(aside)
