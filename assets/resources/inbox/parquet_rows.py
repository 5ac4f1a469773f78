"""Parquet: columns keep the types they have; streamed by row group."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.resources.inbox.file_format import FileFormat
from assets.resources.inbox.headers import clean_header
from assets.resources.inbox.rows import ROW_NUMBER, Rows, Tell
from data_contracts.errors import ExportError

_BATCH_ROWS = 65_536


class ParquetRows(Rows):
    """Rows of a Parquet file."""

    def __init__(self, path: Path, format_: FileFormat, name: str, tell: Tell | None) -> None:
        super().__init__(path, format_, name, tell)
        try:
            self._schema = pq.read_schema(path)
            names = self._schema.names
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise ExportError(
                f"{name}: cannot be read as Parquet ({_first_line(error)}); export it again"
            ) from error
        self.header = clean_header(names, name)
        self._stored = dict(zip(self.header, names, strict=True))

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        fields = [pa.field(name, self._plain(name)) for name in columns]
        schema = pa.schema([*fields, pa.field(ROW_NUMBER, pa.int64())])
        return pa.RecordBatchReader.from_batches(schema, self._batches(columns, schema))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        wanted = set(numbers)
        passed = 0
        for batch in pq.ParquetFile(self.path).iter_batches(_BATCH_ROWS):
            for number in sorted(n for n in wanted if passed < n <= passed + batch.num_rows):
                row = batch.slice(number - passed - 1, 1).to_pylist()[0]
                yield number, ["" if value is None else str(value) for value in row.values()]
            passed += batch.num_rows

    def _batches(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        stored = [self._stored[name] for name in columns]
        passed, size = 0, self.path.stat().st_size
        try:
            with pq.ParquetFile(self.path) as file:
                total = max(file.metadata.num_rows, 1)
                for batch in file.iter_batches(_BATCH_ROWS, columns=stored, use_threads=False):
                    numbers = np.arange(passed + 1, passed + batch.num_rows + 1)
                    arrays = [batch.column(name) for name in stored]
                    arrays = [
                        _without_empty(array.cast(field.type))
                        for array, field in zip(arrays, schema, strict=False)
                    ]
                    passed += batch.num_rows
                    self.tell(size * passed // total, size)
                    yield pa.RecordBatch.from_arrays(
                        [*arrays, pa.array(numbers, pa.int64())], schema=schema
                    )
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise self.fail(
                f"cannot be read as Parquet ({_first_line(error)}); export it again", error
            ) from error

    def _plain(self, name: str) -> pa.DataType:
        """The column's type, dictionaries unpacked."""
        found = self._schema.field(self._stored[name]).type
        return found.value_type if pa.types.is_dictionary(found) else found


def _without_empty(array: pa.Array) -> pa.Array:
    """The values, empty texts as NULL, as every other format has them."""
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return array
    array.validate(full=True)  # a text that is no UTF-8 must not reach the engine
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, array.type), array)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
