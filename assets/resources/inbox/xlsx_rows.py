"""XLSX: a sheet of a workbook, every cell as the text a person sees in it.

Dates come as `2026-10-31 10:00:00`, whole numbers without a decimal point, so that a date or an
order number reads the same whether the sheet holds it as text or as a number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine

from assets.resources.inbox import limits
from assets.resources.inbox.formats import FileFormat
from assets.resources.inbox.rows import (
    Rows,
    Tell,
    clean_header,
    holds_nul,
    text_schema,
    too_long,
    wrong_width,
)
from data_contracts.errors import ExportError

_BATCH_ROWS = 20_000
_LOOK_ROWS = 50


def first_rows(path: Path, sheet: str | None) -> tuple[str, list[list[str]]]:
    """Name of the sheet that is read and its first rows; the first sheet that holds two rows.

    Raises ExportError when there is no such sheet, or none with a table.
    """
    book = _open(path)
    if sheet is not None and sheet not in book.sheet_names:
        raise ExportError(f"{path.name}: no sheet {sheet!r}; it has {', '.join(book.sheet_names)}")
    for name in [sheet] if sheet is not None else book.sheet_names:
        rows = _cells(book, path, name)[:_LOOK_ROWS]
        if sheet is not None or len(rows) > 1:
            return name, [[text_of(cell) or "" for cell in row] for row in rows]
    first = book.sheet_names[0]
    rows = _cells(book, path, first)[:_LOOK_ROWS]
    if not rows:
        raise ExportError(f"{path.name}: every sheet is empty; export it again, or remove it")
    return first, [[text_of(cell) or "" for cell in row] for row in rows]


class XlsxRows(Rows):
    """Rows of one sheet. The sheet is held in memory; its size was judged before."""

    def __init__(self, path: Path, format_: FileFormat, name: str, tell: Tell | None) -> None:
        super().__init__(path, format_, name, tell)
        assert format_.sheet is not None
        sheet = _cells(_open(path), path, format_.sheet)
        place = format_.header_row - 1
        if place >= len(sheet):
            raise ExportError(f"{name}: there is no row {place + 1} for the header")
        cells = [text_of(cell) for cell in sheet[place]]
        while cells and cells[-1] is None:  # cells that were only ever formatted
            cells.pop()
        self.header = clean_header(cells, name)
        self._rows = sheet[place + 1 :]

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = text_schema(columns)
        return pa.RecordBatchReader.from_batches(schema, self._batches(columns, schema))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        for number in sorted(numbers):
            yield number, [text_of(cell) or "" for cell in self._rows[number - 1]]

    def _batches(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        places = [self.header.index(column) for column in columns]
        width = len(self.header)
        total = self.path.stat().st_size
        for first in range(0, len(self._rows), _BATCH_ROWS):
            kept: list[list[str | None]] = []
            numbers: list[int] = []
            block = self._rows[first : first + _BATCH_ROWS]
            for number, row in enumerate(block, start=first + 1):
                cells = [text_of(cell) for cell in row]
                if not any(cells):
                    self.blank_rows += 1
                elif any(cells[width:]):
                    self.malformed.append(wrong_width(number, width, len(cells)))
                elif any(cell and len(cell) > limits.MAX_CELL_CHARACTERS for cell in cells):
                    self.malformed.append(too_long(number))
                elif any(cell and "\0" in cell for cell in cells):
                    self.malformed.append(holds_nul(number))
                else:
                    cells += [None] * (width - len(cells))
                    kept.append([cells[place] for place in places])
                    numbers.append(number)
            self.tell(total * min(first + _BATCH_ROWS, len(self._rows)) // len(self._rows), total)
            if kept:
                arrays = [pa.array(column, pa.string()) for column in zip(*kept, strict=True)]
                yield pa.RecordBatch.from_arrays(
                    [*arrays, pa.array(numbers, pa.int64())], schema=schema
                )


def text_of(cell: Any) -> str | None:
    """What a person reads in a cell; None for an empty one."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        rounded = (cell + timedelta(milliseconds=500)).replace(microsecond=0)
        return rounded.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _open(path: Path) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.load_workbook(str(path))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: cannot be opened as a workbook ({error}); save it again without password"
        ) from error


def _cells(book: python_calamine.CalamineWorkbook, path: Path, sheet: str) -> list[list[Any]]:
    try:
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: sheet {sheet!r} cannot be read ({error}); save it again"
        ) from error
