"""Parquet: columns keep the types they have; streamed by row group.

Types the engine does not know are given as one it knows. A text column is taken as its distinct
values and their places, as the file stores it: one long text may stand on every row, and written
out it would fill the memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.resources.inbox import limits
from assets.resources.inbox.file_format import FileFormat
from assets.resources.inbox.headers import clean_header
from assets.resources.inbox.rows import (
    ROW_NUMBER,
    Malformed,
    Rows,
    Tell,
    holds_nul,
    too_long,
)
from assets.resources.inbox.unpacking import SwollenError, damage
from data_contracts.errors import ExportError

_BATCH_ROWS = 65_536


class ParquetRows(Rows):
    """Rows of a Parquet file."""

    def __init__(self, path: Path, format_: FileFormat, name: str, tell: Tell | None) -> None:
        super().__init__(path, format_, name, tell)
        try:
            with pq.ParquetFile(path) as file:
                self._schema = file.schema_arrow
                parts = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
            names = self._schema.names
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise ExportError(
                f"{name}: cannot be read as Parquet ({_first_line(error)}); export it again"
            ) from error
        unpacked = sum(part.total_byte_size for part in parts)
        if unpacked > limits.RATIO_COUNTS_FROM_BYTES and (
            unpacked > limits.MAX_COMPRESSION_RATIO * path.stat().st_size
        ):
            raise ExportError(f"{name}: {damage(SwollenError())}")
        self.header = clean_header(names, name)
        self._stored = dict(zip(self.header, names, strict=True))

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        fields = [pa.field(name, self._plain(name)) for name in columns]
        schema = pa.schema([*fields, pa.field(ROW_NUMBER, pa.int64())])
        return pa.RecordBatchReader.from_batches(schema, self._batches(columns, schema))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        wanted = set(numbers)
        passed = 0
        with pq.ParquetFile(self.path, read_dictionary=self._texts(self.header)) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                for number in sorted(n for n in wanted if passed < n <= passed + batch.num_rows):
                    row = batch.slice(number - passed - 1, 1).to_pylist()[0]
                    yield number, ["" if value is None else str(value) for value in row.values()]
                passed += batch.num_rows

    def _batches(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        stored = [self._stored[name] for name in columns]
        passed, size = 0, self.path.stat().st_size
        try:
            with pq.ParquetFile(self.path, read_dictionary=self._texts(columns)) as file:
                total = max(file.metadata.num_rows, 1)
                for batch in file.iter_batches(_BATCH_ROWS, columns=stored, use_threads=False):
                    numbers = np.arange(passed + 1, passed + batch.num_rows + 1)
                    passed += batch.num_rows
                    numbered = batch.select(stored).append_column(
                        ROW_NUMBER, pa.array(numbers, pa.int64())
                    )
                    for part in _in_parts(self._fit(numbered)):
                        yield pa.RecordBatch.from_arrays(
                            [_cast(part.column(i), field) for i, field in enumerate(schema)],
                            schema=schema,
                        )
                    self.tell(size * passed // total, size)
        except ExportError:
            raise
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise self.fail(
                f"cannot be read as Parquet ({_first_line(error)}); export it again", error
            ) from error

    def _fit(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows but for those with a text too long or with a NUL in it."""
        bad: dict[int, Malformed] = {}
        numbers = batch.column(ROW_NUMBER)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if not pa.types.is_dictionary(column.type):
                continue
            texts = self._checked(name, column, numbers)
            for is_bad, malformed in (
                (pc.greater(pc.utf8_length(texts), limits.MAX_CELL_CHARACTERS), too_long),
                (pc.match_substring(texts, "\0"), holds_nul),
            ):
                if pc.any(is_bad).as_py():
                    hit = pc.fill_null(pc.take(is_bad, column.indices), False)
                    bad |= {number: malformed(number) for number in numbers.filter(hit).to_pylist()}
        if not bad:
            return batch
        for number in sorted(bad):
            self.set_aside(bad[number])
        return batch.filter(pc.invert(pc.is_in(numbers, pa.array(list(bad), pa.int64()))))

    def _checked(self, name: str, column: pa.DictionaryArray, numbers: pa.Array) -> pa.Array:
        """The distinct texts; one that is no UTF-8 must not reach the engine."""
        try:
            texts = column.dictionary.cast(pa.large_string())
            texts.validate(full=True)
        except pa.ArrowInvalid as error:
            raise self.fail(
                f"the column {name} holds bytes that are no UTF-8 text, in or behind row "
                f"{numbers[0].as_py():,}; export it again as text",
                error,
            ) from error
        return texts

    def _texts(self, columns: Sequence[str]) -> list[str]:
        """Stored names of the text columns among `columns`."""
        return [
            self._stored[name]
            for name in columns
            if _is_text(self._schema.field(self._stored[name]).type)
        ]

    def _plain(self, name: str) -> pa.DataType:
        """The type a column is given as; raises ExportError for one that is no single value."""
        found = self._schema.field(self._stored[name]).type
        if pa.types.is_nested(found):
            raise ExportError(
                f"{self.name}: the column {name} holds {found} in each cell, not one value; "
                "write its parts as columns of their own"
            )
        return _known(found)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _known(kind: pa.DataType) -> pa.DataType:
    """The type itself, or the nearest the engine knows."""
    if _is_text(kind):
        return pa.string()
    if pa.types.is_dictionary(kind):
        return _known(kind.value_type)
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_decimal256(kind):
        return pa.string()
    return kind


def _in_parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in parts whose texts, each written out, are not too much at once."""
    sizes = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            lengths = pc.binary_length(column.dictionary.cast(pa.large_binary()))
            sizes += pc.fill_null(pc.take(lengths, column.indices), 0).to_numpy(
                zero_copy_only=False
            )
    filled = np.cumsum(sizes) // limits.BATCH_CHARACTERS
    cuts = [0, *(np.flatnonzero(np.diff(filled)) + 1).tolist(), batch.num_rows]
    for first, last in pairwise(cuts):
        if last > first:
            yield batch.slice(first, last - first)


def _cast(array: pa.Array, field: pa.Field) -> pa.Array:
    """The values as `field` has them, empty texts as NULL, as every other format has them."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    array = array.cast(field.type)
    if not pa.types.is_string(field.type):
        return array
    array.validate(full=True)
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, array.type), array)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
