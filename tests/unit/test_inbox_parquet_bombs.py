"""A small Parquet file that stands for many gigabytes is refused in one line, in a flat memory."""

from __future__ import annotations

import struct
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.resources.readers import limits
from assets.resources.readers.detect import detect
from assets.resources.readers.open_rows import open_rows
from assets.resources.readers.parquet_file.size_guard import read_column_pages
from assets.resources.readers.rows import Rows
from data_contracts.errors import ExportError
from tests.unit.test_inbox_rows import read

pytestmark = pytest.mark.slow  # writes files that unpack to gigabytes

SWOLLEN = "a.parquet: unpacks to more than 200 times its size, as no export does"


def opened(path: Path) -> Rows:
    return open_rows(path, detect(path), name=path.name)


def written(path: Path, columns: dict[str, pa.Array], encoding: str | None = None) -> Path:
    pq.write_table(
        pa.table(columns),
        path,
        compression="zstd",
        use_dictionary=encoding is None,
        column_encoding=dict.fromkeys(columns, encoding) if encoding else None,
        row_group_size=1 << 26,
    )
    return path


def equal_texts(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), [text])


ROWS = 40_000_000
EQUAL_ROWS = [
    ("delta", lambda: pa.array(np.zeros(ROWS, np.int64)), "DELTA_BINARY_PACKED"),
    ("a dictionary", lambda: pa.array(np.zeros(ROWS, np.int64)), None),
    ("nothing in any row", lambda: pa.nulls(ROWS, pa.int64()), None),
    ("lengths", lambda: equal_texts("", ROWS).cast(pa.string()), "DELTA_LENGTH_BYTE_ARRAY"),
]


@pytest.mark.parametrize(
    ("values", "encoding"), [case[1:] for case in EQUAL_ROWS], ids=[c[0] for c in EQUAL_ROWS]
)
def test_millions_of_equal_rows_are_refused_before_one_is_read(
    tmp_path: Path, values, encoding: str | None
) -> None:
    path = written(tmp_path / "a.parquet", {"a": values()}, encoding)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ExportError, match=SWOLLEN) as caught:
        opened(path)
    assert "305 MiB out of" in str(caught.value) and "\n" not in str(caught.value)


LONG = "x" * 1_000_000
FIXED = pa.binary(1_000_000)
REPEATED = [
    ("a dictionary", lambda: equal_texts(LONG, 1_000), None),
    ("prefixes", lambda: pa.array([LONG] * 1_000), "DELTA_BYTE_ARRAY"),
    ("cells of one width", lambda: pa.array([LONG.encode()] * 1_000, FIXED), None),
]


@pytest.mark.parametrize(
    ("values", "encoding"), [case[1:] for case in REPEATED], ids=[c[0] for c in REPEATED]
)
def test_one_long_text_on_every_row_is_read_in_parts_until_it_is_too_much(
    tmp_path: Path, values, encoding: str | None
) -> None:
    path = written(tmp_path / "a.parquet", {"a": values()}, encoding)
    assert path.stat().st_size < 1_000
    seen = []
    rows = opened(path)
    before = pa.default_memory_pool().bytes_allocated()
    with pytest.raises(ExportError, match=SWOLLEN):
        for _ in rows.reader(["a"]):
            seen.append(pa.default_memory_pool().bytes_allocated() - before)
    assert len(seen) < 30
    # a batch, the one before it, and what is made of it; the file stands for 1,000 MiB
    assert max(seen, default=0) < 3.5 * limits.READ_TOGETHER_BYTES
    assert rows.failure is not None


def varint(number: int, size: int = 1) -> bytes:
    """A whole number as Thrift writes it, in `size` bytes or more."""
    number, found = number << 1, bytearray()
    while number or len(found) < size:
        found.append(number & 127 | 128)
        number >>= 7
    found[-1] &= 127
    return bytes(found)


def test_the_pages_are_believed_and_not_the_footer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RATIO_COUNTS_FROM_BYTES", 1 << 20)
    path = written(tmp_path / "a.parquet", {"a": pa.array(["x" * 5_000_000])}, "PLAIN")
    content = path.read_bytes()
    start = len(content) - 8 - struct.unpack("<I", content[-8:-4])[0]
    footer = content[start:]
    group = pq.ParquetFile(path).metadata.row_group(0)
    for said in {group.total_byte_size, group.column(0).total_uncompressed_size}:
        assert varint(said) in footer
        footer = footer.replace(varint(said), varint(100, len(varint(said))))
    path.write_bytes(content[:start] + footer)
    assert pq.ParquetFile(path).metadata.row_group(0).total_byte_size == 100
    with pytest.raises(ExportError, match=SWOLLEN):
        opened(path)


def test_pages_that_are_too_much_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {name: pa.array([name * 100_000]) for name in "abc"}
    path = written(tmp_path / "a.parquet", texts, "PLAIN")
    opened(path)
    monkeypatch.setattr(limits, "MAX_OPEN_PAGES_BYTES", 250_000)
    with pytest.raises(ExportError, match=r"its pages take 0 MiB at once.*; write it again, with"):
        opened(path)


def test_a_file_of_more_pages_than_an_export_has_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": range(100)}), path, row_group_size=10, use_dictionary=False)
    opened(path)
    monkeypatch.setattr(limits, "MAX_PAGES", 9)
    with pytest.raises(ExportError, match=r"it is cut into more than 9 pages.*; export it again"):
        opened(path)


def test_a_damaged_page_header_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", {"a": pa.array(range(1_000))}, "PLAIN")
    place = pq.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    for damage in (b"\xff" * 20, b"\x1c" * 20, b"\x00" * 20, b"\x15\x00\x15\x01\x15\x00\x00"):
        content[place : place + len(damage)] = damage
        path.write_bytes(content)
        with pytest.raises(ExportError, match=r"cannot be read as Parquet .*header of a page"):
            opened(path)


KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.binary_view()]
ENCODINGS = ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_texts_are_read_however_they_are_packed(
    tmp_path: Path, kind: pa.DataType, encoding: str
) -> None:
    texts = ["订单1", None, "", "订单12", "a\0b", "订单13"]
    path = written(tmp_path / "a.parquet", {"a": pa.array(texts).cast(kind)}, encoding)
    rows, found = read(path)
    assert [row["a"] for row in found] == ["订单1", None, None, "订单12", "订单13"]
    assert [(row.row_number, row.code) for row in rows.malformed] == [(5, "row.nul")]
    assert dict(rows.raw({1, 5})) == {1: ["订单1"], 5: ["a\0b"]}


def test_row_groups_packed_in_different_ways_keep_their_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.sql(
        "copy (select if(i < 4000, 'same', 'o' || i) as a, i as b from range(8000) t(i)) "
        f"to '{path}' (format parquet, parquet_version v2, row_group_size 2048)"
    )
    ways = {frozenset(group[0].encodings) for group in read_column_pages(path)}
    assert len(ways) > 1
    rows, found = read(path)
    assert sorted(row["row_number"] for row in found) == list(range(1, 8_001))
    assert all(row["b"] == row["row_number"] - 1 for row in found)
    assert {row["a"] for row in found[:4_000]} == {"same"} and found[-1]["a"] == "o7999"
    assert dict(rows.raw({5_000})) == {5_000: ["o4999", "4999"]}


def test_a_nested_column_nobody_reads_shifts_no_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    nested = pa.array([{"x": 1, "y": [1, 2]}, {"x": 2, "y": []}])
    pq.write_table(pa.table({"n": nested, "a": ["p", "q"], "b": [1, 2]}), path)
    rows = opened(path)
    assert rows.reader(["a", "b"]).read_all().column("a").to_pylist() == ["p", "q"]
    assert dict(rows.raw({2})) == {2: ["", "q", "2"]}
