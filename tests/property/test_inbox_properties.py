"""Readers under anything: a table comes back as written, any bytes end in rows or one error."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.resources.inbox.detecting import detect
from assets.resources.inbox.opening import open_rows
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


@settings(max_examples=600, deadline=None)
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
