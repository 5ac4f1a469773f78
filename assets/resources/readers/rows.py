"""Read the rows of a file of any format: a header, and a stream of text columns with row numbers.

Row 1 is the first row after the header. Blank rows are not counted. A row that cannot be parsed is
left out of the stream, keeps its number, and is listed in `malformed`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from assets.resources.readers import limits
from assets.resources.readers.file_format import FileFormat
from data_contracts.errors import ExportError
from data_contracts.messages import Bilingual

ROW_NUMBER = "row_number"
ProgressCallback = Callable[[int, int], None]


class Closable(Protocol):
    """An object that must be closed."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that cannot be parsed, with the remedy in both languages."""

    row_number: int
    code: str
    reason: str
    reason_zh: str


def wrong_width(row_number: int, expected: int, fields: int) -> Malformed:
    return Malformed(row_number, "row.fields", *_width_message(expected, fields))


@lru_cache(maxsize=1000)  # one text for all rows of one width
def _width_message(expected: int, fields: int) -> tuple[str, str]:
    return (
        f"the row has {fields} fields, the header {expected}; check separators and quotes",
        f"该行有{fields}列，表头有{expected}列，请检查分隔符与引号",
    )


def too_long(row_number: int) -> Malformed:
    return Malformed(
        row_number,
        "row.too_long",
        f"a cell has more than {limits.MAX_CELL_CHARACTERS:,} characters; a quote may be left open",
        f"有单元格超过{limits.MAX_CELL_CHARACTERS:,}个字符，可能缺少右引号",
    )


def contains_nul(row_number: int) -> Malformed:
    return Malformed(
        row_number,
        "row.nul",
        "the row contains a NUL character; export it again",
        "该行含有空字符（NUL），请重新导出",
    )


def malformed_cell(row_number: int, cells: Iterable[str | None]) -> Malformed | None:
    """Return why a row with these cells cannot be used; None when it can."""
    for cell in cells:
        if cell and len(cell) > limits.MAX_CELL_CHARACTERS:
            return too_long(row_number)
        if cell and "\0" in cell:
            return contains_nul(row_number)
    return None


class Rows(ABC):
    """Rows of one file.

    `malformed` and `notes` grow while the stream is read. `failure` is the error that stopped it,
    because an engine that reads the stream loses the exception.
    """

    def __init__(
        self, path: Path, format_: FileFormat, name: str, on_progress: ProgressCallback | None
    ) -> None:
        self.path = path
        self.format = format_
        self.name = name
        self.malformed: list[Malformed] = []
        self.notes: list[Bilingual] = []
        self.blank_rows = 0
        self.failure: ExportError | None = None
        self._on_progress = on_progress
        self._open: Closable | None = None  # a reader with threads of its own
        self.header: list[str] = []
        # header → first and last row of a merged range → text of its first cell
        self.merged: dict[str, dict[tuple[int, int], str]] = {}
        # headers of ids: a date cell in such a column is read as the sheet shows it, 5月12日
        self.ids: frozenset[str] = frozenset()
        # headers whose cells may hold several values, returned as one text
        self.lists: frozenset[str] = frozenset()

    @abstractmethod
    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        """Stream `columns` (names of the header) as text, and ROW_NUMBER as int64.

        Parquet keeps its types. Raises ExportError while reading when the file is damaged.
        """

    @abstractmethod
    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        """Yield the original cells of the rows with those numbers, malformed rows included."""

    def close(self) -> None:
        """Release the file, also when its stream was not read to the end.

        Call it when the stream is no longer read.
        """
        if self._open is not None:
            self._open.close()
            self._open = None

    def report_progress(self, done: int, total: int) -> None:
        if self._on_progress is not None:
            self._on_progress(done, total)

    def add_malformed(self, row: Malformed) -> None:
        """Record a malformed row; raise ExportError when there are too many for a table."""
        self.malformed.append(row)
        self.check_malformed_limit()

    def check_malformed_limit(self) -> None:
        """Raise ExportError when more rows are malformed than a table can have."""
        if len(self.malformed) > limits.MAX_MALFORMED_ROWS:
            raise self.fail(
                f"more than {limits.MAX_MALFORMED_ROWS:,} rows cannot be parsed, the last: "
                f"data row {self.malformed[-1].row_number:,}, {self.malformed[-1].reason}",
                f"超过 {limits.MAX_MALFORMED_ROWS:,} 行无法拆分，最后一行是第 "
                f"{self.malformed[-1].row_number:,} 行数据：{self.malformed[-1].reason_zh}",
            )

    def without_blanks(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Drop rows in which every column is empty, as Excel leaves below a table."""
        cells = batch.columns[:-1]
        if not cells or any(column.null_count == 0 for column in cells):
            return batch
        filled = cells[0].is_valid()
        for column in cells[1:]:
            filled = pc.or_(filled, column.is_valid())
        kept = batch.filter(filled)
        self.blank_rows += batch.num_rows - kept.num_rows
        return kept

    def fail(self, message: str, zh: str, cause: BaseException | None = None) -> ExportError:
        """Record and return the error that stops the stream."""
        self.failure = ExportError(f"{self.name}: {message}", f"{self.name}：{zh}")
        self.failure.__cause__ = cause
        return self.failure


class RowBuffer:
    """Collect rows of text until they are enough for one batch."""

    def __init__(self, columns: Sequence[str], most_rows: int) -> None:
        self._schema = text_schema(columns)
        self._most_rows = most_rows
        self._rows: list[list[str | None]] = []
        self._numbers: list[int] = []
        self._characters = 0

    def add(self, number: int, cells: list[str | None]) -> None:
        self._rows.append(cells)
        self._numbers.append(number)
        self._characters += sum(len(cell) for cell in cells if cell)

    def is_full(self) -> bool:
        return len(self._rows) >= self._most_rows or self._characters >= limits.BATCH_CHARACTERS

    def flush(self) -> Iterator[pa.RecordBatch]:
        """Yield the collected rows as a batch, if there are any, and start over."""
        if not self._rows:
            return
        columns = [
            pa.array([cell or None for cell in column], pa.string())
            for column in zip(*self._rows, strict=True)
        ]
        numbers = pa.array(self._numbers, pa.int64())
        self._rows, self._numbers, self._characters = [], [], 0
        yield pa.RecordBatch.from_arrays([*columns, numbers], schema=self._schema)


def text_schema(columns: Sequence[str]) -> pa.Schema:
    """Return the schema of a stream of text columns."""
    fields = [pa.field(column, pa.string()) for column in columns]
    return pa.schema([*fields, pa.field(ROW_NUMBER, pa.int64())])
