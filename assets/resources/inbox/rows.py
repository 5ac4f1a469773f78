"""Rows of any file, whatever its format: a header, and a stream of text columns with row numbers.

Row 1 is the first after the header. Blank rows are not counted. A row that cannot be taken apart is
left out of the stream, keeps its number, and stands in `malformed`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from assets.resources.inbox import limits
from assets.resources.inbox.file_format import FileFormat
from data_contracts.errors import ExportError

ROW_NUMBER = "row_number"
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Malformed:
    """A row that cannot be taken apart, with the mend in both languages."""

    row_number: int
    code: str
    reason: str
    reason_zh: str


def wrong_width(row_number: int, expected: int, found: int) -> Malformed:
    return Malformed(
        row_number,
        "row.fields",
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
        self.notes: list[str] = []
        self.blank_rows = 0
        self.failure: ExportError | None = None
        self._tell = tell
        self.header: list[str] = []

    @abstractmethod
    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        """Stream of `columns` (names of the header) as text, and ROW_NUMBER as int64.

        Parquet gives the types it has. Raises ExportError while it is pulled when the file breaks.
        """

    @abstractmethod
    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        """The cells of the rows of those numbers as they stand, malformed ones included."""

    def tell(self, done: int, total: int) -> None:
        if self._tell is not None:
            self._tell(done, total)

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

    def fail(self, message: str, cause: BaseException | None = None) -> ExportError:
        """Remember and return the error that stops the stream."""
        self.failure = ExportError(f"{self.name}: {message}")
        self.failure.__cause__ = cause
        return self.failure


def text_schema(columns: Sequence[str]) -> pa.Schema:
    """Schema of a stream of text columns."""
    fields = [pa.field(column, pa.string()) for column in columns]
    return pa.schema([*fields, pa.field(ROW_NUMBER, pa.int64())])
