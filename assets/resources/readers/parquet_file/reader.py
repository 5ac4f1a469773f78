"""Read Parquet by row group; columns keep their types.

Types that the engine does not know are cast to ones it knows. A text column is read as dictionary
values and indices, as the file stores it: one long text may repeat on every row, and expanded it
would fill memory. Where the file stores texts in another way, the number of rows per read is
limited so that the longest possible texts fit.

A few bytes can decode to any number of rows. The page headers are checked before reading
(`size_guard`), and the decoded size while rows are emitted; both against the compression ratio that
applies to every other compressed file.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.resources.readers import limits
from assets.resources.readers.file_format import FileFormat
from assets.resources.readers.headers import clean_header
from assets.resources.readers.parquet_file.size_guard import PagesError, read_column_pages
from assets.resources.readers.rows import (
    ROW_NUMBER,
    Malformed,
    ProgressCallback,
    Rows,
    contains_nul,
    too_long,
)
from data_contracts.errors import ExportError
from data_contracts.system_errors import said_of

_BATCH_ROWS = 65_536
_NUMBER_BYTES = 8  # of a row number, which every row has
_VARYING, _FIXED = "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"


class ParquetRows(Rows):
    """Rows of a Parquet file."""

    def __init__(
        self, path: Path, format_: FileFormat, name: str, on_progress: ProgressCallback | None
    ) -> None:
        super().__init__(path, format_, name, on_progress)
        try:
            with pq.ParquetFile(path) as file:
                self._schema = file.schema_arrow
                self._metadata = file.metadata
                self._groups = read_column_pages(path)
            names = self._schema.names
            if any(len(group) != len(self._metadata.schema) for group in self._groups):
                raise PagesError("a row group lacks a column")
        except (pa.ArrowException, OSError, UnicodeError, PagesError) as error:
            raise ExportError(
                f"{name}: cannot be read as Parquet ({said_of(error)}); export it again",
                f"{name}：无法按 Parquet 读取（{said_of(error).zh}）；请重新导出",
            ) from error
        self.header = clean_header(names, name)
        self._stored = dict(zip(self.header, names, strict=True))
        places = [0, *accumulate(_leaves(field.type) for field in self._schema)]
        self._leaf = dict(zip(names, places, strict=False))
        self._size = path.stat().st_size
        self._validate_size()

    def _validate_size(self) -> None:
        """Raise ExportError for pages that decode to more than the limits for exports or memory."""
        unpacked = sum(column.unpacked for group in self._groups for column in group)
        values = sum(max((c.values for c in group), default=0) for group in self._groups)
        self._validate_ratio(max(unpacked, values * _NUMBER_BYTES))
        at_once = max(
            (sum(c.largest + c.dictionary for c in group) for group in self._groups), default=0
        )
        if at_once > limits.MAX_OPEN_PAGES_BYTES:
            raise self.fail(
                f"its pages take {at_once >> 20:,} MiB at once, more than "
                f"{limits.MAX_OPEN_PAGES_BYTES >> 20:,}; write it again, with smaller pages",
                f"各数据页同时占用 {at_once >> 20:,} MiB，超过 "
                f"{limits.MAX_OPEN_PAGES_BYTES >> 20:,} MiB；请用更小的页重新写出",
            )

    def _validate_ratio(self, unpacked: int) -> None:
        if unpacked > limits.RATIO_COUNTS_FROM_BYTES and (
            unpacked > limits.MAX_COMPRESSION_RATIO * self._size
        ):
            raise self.fail(
                f"unpacks to more than {limits.MAX_COMPRESSION_RATIO} times its size, as no export "
                f"does ({unpacked >> 20:,} MiB out of {self._size:,} bytes); look into it, and "
                "write the table again",
                f"解压后超过原大小的 {limits.MAX_COMPRESSION_RATIO} 倍（{self._size:,} "
                f"字节变为 {unpacked >> 20:,} MiB），正常导出不会如此；请检查文件并重新"
                "写出",
            )

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        fields = [pa.field(name, self._output_type(name)) for name in columns]
        schema = pa.schema([*fields, pa.field(ROW_NUMBER, pa.int64())])
        return pa.RecordBatchReader.from_batches(schema, self._batches(columns, schema))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of those rows; nested columns are empty."""
        wanted = set(numbers)
        single = [name for name in self.header if not pa.types.is_nested(self._type(name))]
        passed = 0
        for batch in self._read(single):
            for number in sorted(n for n in wanted if passed < n <= passed + batch.num_rows):
                row = batch.slice(number - passed - 1, 1).to_pylist()[0]
                yield number, [_as_text(row.get(self._stored[name])) for name in self.header]
            passed += batch.num_rows

    def _batches(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        passed, unpacked = 0, 0
        try:
            total = max(self._metadata.num_rows, 1)
            for batch in self._read(columns):
                numbers = np.arange(passed + 1, passed + batch.num_rows + 1)
                passed += batch.num_rows
                numbered = batch.append_column(ROW_NUMBER, pa.array(numbers, pa.int64()))
                sizes = _text_bytes(numbered)
                unpacked += int(sizes.sum()) + _other_bytes(numbered)
                self._validate_ratio(unpacked)
                fit = self._drop_invalid_texts(numbered)
                for part in _in_parts(fit, sizes if fit is numbered else _text_bytes(fit)):
                    yield pa.RecordBatch.from_arrays(
                        [_cast(part.column(i), field) for i, field in enumerate(schema)],
                        schema=schema,
                    )
                self.report_progress(self._size * min(passed, total) // total, self._size)
        except ExportError:
            raise
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise self.fail(
                f"cannot be read as Parquet ({said_of(error)}); export it again",
                f"无法按 Parquet 读取（{said_of(error).zh}）；请重新导出",
                error,
            ) from error

    def _read(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield batches of `columns` as stored, every text column as dictionary values and indices.

        Row groups whose text columns are length-encoded are read separately.
        """
        stored = [self._stored[name] for name in columns]
        texts = {name for name in stored if _is_text(self._schema.field(name).type)}

        def plain(group: int) -> frozenset[str]:
            return frozenset(name for name in texts if self._needs_plain_read(group, name))

        for names, same in groupby(range(len(self._groups)), plain):
            groups = list(same)
            with pq.ParquetFile(
                self.path, metadata=self._metadata, read_dictionary=sorted(texts - names)
            ) as file:
                for batch in file.iter_batches(
                    self._rows_at_once(groups, set(stored) - (texts - names)),
                    row_groups=groups,
                    columns=stored,
                    use_threads=False,
                ):
                    yield _dictionary_encode(batch.select(stored), names)

    def _needs_plain_read(self, group: int, stored: str) -> bool:
        """Return whether the reader can only return the values of a text column one by one."""
        place = self._leaf[stored]
        fixed = self._metadata.schema.column(place).physical_type == _FIXED
        return fixed or self._groups[group][place].packs_lengths

    def _rows_at_once(self, groups: Sequence[int], written_out: Collection[str]) -> int:
        """Return how many rows fit when every value of `written_out` is the longest possible."""
        longest = 0
        for name in written_out:
            stated = self._metadata.schema.column(self._leaf[name])
            if stated.physical_type == _FIXED:
                longest += stated.length
            elif stated.physical_type == _VARYING:
                longest += max(self._groups[g][self._leaf[name]].longest_repeated for g in groups)
        return max(1, min(_BATCH_ROWS, limits.READ_TOGETHER_BYTES // max(longest, 1)))

    def _drop_invalid_texts(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Drop and record rows with a text that is too long or contains NUL."""
        bad: dict[int, Malformed] = {}
        numbers = batch.column(ROW_NUMBER)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if not pa.types.is_dictionary(column.type):
                continue
            texts = self._checked(name, column, numbers)
            for is_bad, malformed in (
                (pc.greater(pc.utf8_length(texts), limits.MAX_CELL_CHARACTERS), too_long),
                (pc.match_substring(texts, "\0"), contains_nul),
            ):
                if pc.any(is_bad).as_py():
                    hit = pc.fill_null(pc.take(is_bad, column.indices), False)
                    bad |= {number: malformed(number) for number in numbers.filter(hit).to_pylist()}
        if not bad:
            return batch
        for number in sorted(bad):
            self.add_malformed(bad[number])
        return batch.filter(pc.invert(pc.is_in(numbers, pa.array(list(bad), pa.int64()))))

    def _checked(self, name: str, column: pa.DictionaryArray, numbers: pa.Array) -> pa.Array:
        """Return the distinct texts; raise when one is not UTF-8."""
        try:
            texts = column.dictionary.cast(pa.large_string())
            texts.validate(full=True)
        except pa.ArrowInvalid as error:
            raise self.fail(
                f"the column {name} has bytes that are not UTF-8 text, in or after data "
                f"row {numbers[0].as_py():,}; export it again as text",
                f"{name} 列在第 {numbers[0].as_py():,} 行数据或之后含有不是 UTF-8 文本的字节；"
                "请以文本重新导出",
                error,
            ) from error
        return texts

    def _type(self, name: str) -> pa.DataType:
        return self._schema.field(self._stored[name]).type

    def _output_type(self, name: str) -> pa.DataType:
        """Return the output type of a column; raise ExportError for a nested one."""
        stored_type = self._type(name)
        if pa.types.is_nested(stored_type) and name in self.lists:
            return pa.string()
        if pa.types.is_nested(stored_type):
            raise ExportError(
                f"{self.name}: the column {name} holds {stored_type} in each cell, not one value; "
                "write its parts as columns of their own",
                f"{self.name}：{name} 列的每个单元格是 {stored_type}，不是单个值；"
                "请把各部分拆成单独的列",
            )
        return _engine_type(stored_type)


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


def _engine_type(kind: pa.DataType) -> pa.DataType:
    """Return the type, or the nearest type the engine knows."""
    if _is_text(kind):
        return pa.string()
    if pa.types.is_dictionary(kind):
        return _engine_type(kind.value_type)
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_decimal256(kind):
        return pa.string()
    return kind


def _leaves(kind: pa.DataType) -> int:
    """Count the leaf columns in the file of a column with this type."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return sum(_leaves(kind.field(i).type) for i in range(kind.num_fields)) or 1


def _dictionary_encode(batch: pa.RecordBatch, names: Collection[str]) -> pa.RecordBatch:
    """Return the batch with the text columns `names` as dictionary values and indices."""
    for place, name in enumerate(batch.schema.names):
        if name in names and not pa.types.is_dictionary(batch.schema.types[place]):
            values = batch.column(place).cast(pa.large_binary()).dictionary_encode()
            batch = batch.set_column(place, name, values)
    return batch


def _text_bytes(batch: pa.RecordBatch) -> np.ndarray:
    """Return the bytes of the texts of every row, repetitions included."""
    sizes = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            lengths = pc.binary_length(column.dictionary.cast(pa.large_binary()))
            sizes += pc.fill_null(pc.take(lengths, column.indices), 0).to_numpy(
                zero_copy_only=False
            )
    return sizes


def _other_bytes(batch: pa.RecordBatch) -> int:
    """Return the bytes of all other non-null values."""
    others = [column for column in batch.columns if not pa.types.is_dictionary(column.type)]
    return sum(column.drop_null().nbytes for column in others)


def _in_parts(batch: pa.RecordBatch, sizes: np.ndarray) -> Iterator[pa.RecordBatch]:
    """Split the batch into parts whose texts (`sizes` bytes by row) stay within the batch limit."""
    filled = np.cumsum(sizes) // limits.BATCH_CHARACTERS
    cuts = [0, *(np.flatnonzero(np.diff(filled)) + 1).tolist(), batch.num_rows]
    for first, last in pairwise(cuts):
        if last > first:
            yield batch.slice(first, last - first)


def _cast(array: pa.Array, field: pa.Field) -> pa.Array:
    """Cast the values to the type of `field`; empty texts become NULL, as in every other format."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_nested(array.type):
        array = pa.array([_as_json(value) for value in array.to_pylist()], pa.string())
    array = array.cast(field.type)
    if not pa.types.is_string(field.type):
        return array
    array.validate(full=True)
    return pc.if_else(pc.equal(array, ""), pa.scalar(None, array.type), array)


def _as_json(value: object) -> str | None:
    return json.dumps(value, ensure_ascii=False, default=str) if value else None


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
