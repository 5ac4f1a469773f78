"""Rows of any file, whatever its format: a header, and a stream of text columns with row numbers.

Row 1 is the first after the header. Blank rows are not counted. A row that cannot be taken apart is
left out of the stream, keeps its number, and stands in `malformed`.
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
Tell = Callable[[int, int], None]


class Closable(Protocol):
    """What has to be closed, and not only left."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that cannot be taken apart, with the mend in both languages."""

    row_number: int
    code: str
    reason: str
    reason_zh: str


def wrong_width(row_number: int, expected: int, found: int) -> Malformed:
    return Malformed(row_number, "row.fields", *_width_said(expected, found))


@lru_cache(maxsize=1000)  # one text for all rows of one width
def _width_said(expected: int, found: int) -> tuple[str, str]:
    return (
        f"the row has {found} fields, the header {expected}; check separators and quotes",
        f"该行有{found}列，表头有{expected}列，请检查分隔符与引号",
    )


def too_long(row_number: int) -> Malformed:
    return Malformed(
        row_number,
        "row.too_long",
        f"a cell has more than {limits.MAX_CELL_CHARACTERS:,} characters; a quote may be left open",
        f"有单元格超过{limits.MAX_CELL_CHARACTERS:,}个字符，可能缺少右引号",
    )


def holds_nul(row_number: int) -> Malformed:
    return Malformed(
        row_number,
        "row.nul",
        "the row holds a NUL character; export it again",
        "该行含有空字符（NUL），请重新导出",
    )


def unfit(row_number: int, cells: Iterable[str | None]) -> Malformed | None:
    """What keeps a row of these cells from being handed on, None when nothing does."""
    for cell in cells:
        if cell and len(cell) > limits.MAX_CELL_CHARACTERS:
            return too_long(row_number)
        if cell and "\0" in cell:
            return holds_nul(row_number)
    return None


class Rows(ABC):
    """Rows of one file.

    `malformed` and `notes` grow while the stream is pulled. `failure` is what stopped it, because
    an engine that pulls the stream loses the exception.
    """

    def __init__(self, path: Path, format_: FileFormat, name: str, tell: Tell | None) -> None:
        self.path = path
        self.format = format_
        self.name = name
        self.malformed: list[Malformed] = []
        self.notes: list[Bilingual] = []
        self.blank_rows = 0
        self.failure: ExportError | None = None
        self._tell = tell
        self._open: Closable | None = None  # a reader with threads of its own
        self.header: list[str] = []
        # header → first and last row of a merged range → what its first cell says
        self.merged: dict[str, dict[tuple[int, int], str]] = {}
        # headers of ids: a cell that is a date under one is what a sheet shows of it, 5月12日
        self.ids: frozenset[str] = frozenset()
        # headers under which a cell may hold several values, given as one text
        self.lists: frozenset[str] = frozenset()

    @abstractmethod
    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        """Stream of `columns` (names of the header) as text, and ROW_NUMBER as int64.

        Parquet gives the types it has. Raises ExportError while it is pulled when the file breaks.
        """

    @abstractmethod
    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        """The cells of the rows of those numbers as they stand, malformed ones included."""

    def close(self) -> None:
        """Let go of the file, also where its stream was not pulled to the end.

        To be called when nobody pulls the stream any more.
        """
        if self._open is not None:
            self._open.close()
            self._open = None

    def tell(self, done: int, total: int) -> None:
        if self._tell is not None:
            self._tell(done, total)

    def set_aside(self, row: Malformed) -> None:
        """Remember a malformed row; raises ExportError when there are too many to be a table."""
        self.malformed.append(row)
        self.refuse_too_many()

    def refuse_too_many(self) -> None:
        """Raise ExportError when more rows are malformed than a table can have."""
        if len(self.malformed) > limits.MAX_MALFORMED_ROWS:
            raise self.fail(
                f"more than {limits.MAX_MALFORMED_ROWS:,} rows cannot be taken apart, the last: "
                f"data row {self.malformed[-1].row_number:,}, {self.malformed[-1].reason}",
                f"超过 {limits.MAX_MALFORMED_ROWS:,} 行无法拆分，最后一行是第 "
                f"{self.malformed[-1].row_number:,} 行数据：{self.malformed[-1].reason_zh}",
            )

    def without_blanks(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Leave out rows in which every column is empty, as Excel leaves below a table."""
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
        """Remember and return the error that stops the stream."""
        self.failure = ExportError(f"{self.name}: {message}", f"{self.name}：{zh}")
        self.failure.__cause__ = cause
        return self.failure


class Gathered:
    """Rows of text gathered until they are enough to be handed on as one batch."""

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

    def taken(self) -> Iterator[pa.RecordBatch]:
        """The batch of what was gathered, none when there is nothing; begins anew."""
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
    """Schema of a stream of text columns."""
    fields = [pa.field(column, pa.string()) for column in columns]
    return pa.schema([*fields, pa.field(ROW_NUMBER, pa.int64())])
