"""Read XLSX: sheets of a workbook, every cell as the text that a person sees.

A table may continue over several sheets: their rows follow one another under the union of their
headers, and a sheet without a column has empty cells in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from assets.resources.readers.file_format import FileFormat, SheetPart
from assets.resources.readers.headers import clean_header
from assets.resources.readers.rows import (
    Malformed,
    ProgressCallback,
    RowBuffer,
    Rows,
    malformed_cell,
    text_schema,
    wrong_width,
)
from assets.resources.readers.workbook.cell_errors import CellError, find_cell_errors
from assets.resources.readers.workbook.number_formats import formatted_cells
from assets.resources.readers.workbook.sheets import (
    cell_text,
    merged_ranges,
    open_workbook,
    read_cells,
)
from data_contracts.errors import ExportError
from data_contracts.messages import Bilingual

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_BATCH_ROWS = 20_000


@dataclass(frozen=True)
class _OpenSheet:
    """One sheet that is read. `before`: number of rows of the sheets before it."""

    name: str
    header: list[str]
    rows: list[list[Any]]
    header_row: int
    faults: dict[int, list[CellError]]
    shown: dict[int, list[tuple[int, str]]]
    before: int

    def cells(self, place: int) -> list[str | None]:
        """Return the cells of a row, at least as many as the header; an error cell as its text."""
        cells = [cell_text(cell) for cell in self.rows[place]]
        cells += [None] * (len(self.header) - len(cells))
        for fault in self.faults.get(place + 1 + self.header_row, ()):
            if fault.shown is not None and fault.column <= len(self.header):
                cells[fault.column - 1] = fault.shown
        for column, shown in self.shown.get(place + 1 + self.header_row, ()):
            if column <= len(cells):
                cells[column - 1] = shown
        return cells


class XlsxRows(Rows):
    """Rows of the sheets. They are held in memory; their size was validated before."""

    def __init__(
        self, path: Path, format_: FileFormat, name: str, on_progress: ProgressCallback | None
    ) -> None:
        super().__init__(path, format_, name, on_progress)
        assert format_.sheet is not None
        book = open_workbook(path)
        self._sheets: list[_OpenSheet] = []
        for part in (SheetPart(format_.sheet, format_.header_row), *format_.parts):
            before = sum(len(sheet.rows) for sheet in self._sheets)
            above = self._sheets[-1].header if self._sheets else []
            self._sheets.append(_open_sheet(book, path, name, part, before, above))
        self.header = list(dict.fromkeys(h for sheet in self._sheets for h in sheet.header))
        for sheet in self._sheets:
            self._note_merged(book, sheet)
        if len(self._sheets) > 1:
            self.notes.append(_sheet_order_note(self._sheets))

    def _note_merged(self, book: CalamineWorkbook, sheet: _OpenSheet) -> None:
        """Record merged ranges that span several rows."""
        for (first, left), (last, right) in merged_ranges(book, sheet.name):
            top = first - sheet.header_row
            if last == first or not 0 <= top < len(sheet.rows):
                continue
            numbers = sheet.before + top + 1, sheet.before + last - sheet.header_row + 1
            text = sheet.cells(top)[left] if left < len(sheet.rows[top]) else None
            if text is not None:
                for header in sheet.header[left : right + 1]:
                    self.merged.setdefault(header, {})[numbers] = text

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = text_schema(columns)
        return pa.RecordBatchReader.from_batches(schema, self._batches(columns))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        for sheet in self._sheets:
            places = _column_positions(sheet, self.header)
            last = sheet.before + len(sheet.rows)
            for number in sorted(n for n in numbers if sheet.before < n <= last):
                cells = [cell or "" for cell in sheet.cells(number - sheet.before - 1)]
                if sheet.header == self.header:
                    yield number, cells
                else:
                    own = [cells[p] if p is not None and p < len(cells) else "" for p in places]
                    yield number, own + cells[len(sheet.header) :]

    def _batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        total, count = self.path.stat().st_size, sum(len(sheet.rows) for sheet in self._sheets)
        buffer = RowBuffer(columns, _BATCH_ROWS)
        for sheet in self._sheets:
            places = _column_positions(sheet, columns)
            ids = [at for at, header in enumerate(sheet.header) if header in self.ids]
            for place in range(len(sheet.rows)):
                number = sheet.before + place + 1
                cells = _cells_with_shown_dates(sheet, place, ids)
                malformed = self._malformed(sheet, number, cells, places)
                if malformed is not None:
                    self.add_malformed(malformed)
                elif not any(cells):
                    self.blank_rows += 1
                else:
                    buffer.add(number, [None if p is None else cells[p] for p in places])
                if buffer.is_full():
                    yield from buffer.flush()
                if number % _BATCH_ROWS == 0 or number == count:
                    self.report_progress(total * number // count, total)
        yield from buffer.flush()

    def _malformed(
        self,
        sheet: _OpenSheet,
        number: int,
        cells: Sequence[str | None],
        places: Sequence[int | None],
    ) -> Malformed | None:
        """Return why a row cannot be used; None when it can."""
        for fault in sheet.faults.get(number - sheet.before + sheet.header_row, []):
            if fault.shown is None and fault.column - 1 in places:
                return fault.malformed(number, sheet.name if len(self._sheets) > 1 else None)
        width = len(sheet.header)
        if any(cells[width:]):
            return wrong_width(number, width, len(cells))
        return malformed_cell(number, cells)


def _sheet_order_note(sheets: Sequence[_OpenSheet]) -> Bilingual:
    """Report the data row at which each sheet starts."""
    filled = [sheet for sheet in sheets if sheet.rows]
    said = (
        f"{sheet.name} from data row {sheet.before + 1:,}"
        + ("" if sheet.header_row else " (without a header, as the sheet before)")
        for sheet in filled
    )
    said_zh = (
        f"{sheet.name} 从第 {sheet.before + 1:,} 行数据起"
        + ("" if sheet.header_row else "（没有表头，沿用前一张）")
        for sheet in filled
    )
    return Bilingual(
        f"sheets are read one after the other: {', '.join(said)}",
        f"各工作表依次读取：{'，'.join(said_zh)}",
    )


def _open_sheet(
    book: CalamineWorkbook,
    path: Path,
    name: str,
    part: SheetPart,
    before: int,
    above: list[str],
) -> _OpenSheet:
    """Open one sheet. `above`: header of the previous sheet, used by a sheet without one."""
    cells_of_rows = read_cells(book, path, part.sheet)
    faults = find_cell_errors(path, part.sheet)
    shown = formatted_cells(path, part.sheet, cell_text)
    if part.header_row == 0:
        return _OpenSheet(part.sheet, above, cells_of_rows, 0, faults, shown, before)
    place = part.header_row - 1
    if place >= len(cells_of_rows):
        raise ExportError(
            f"{name}: it has no row {place + 1} for the header",
            f"{name}：没有第 {place + 1} 行，无法作为表头",
        )
    cells = [cell_text(cell) for cell in cells_of_rows[place]]
    while cells and cells[-1] is None:  # cells that were only ever formatted
        cells.pop()
    header = clean_header(cells, name)
    return _OpenSheet(
        part.sheet, header, cells_of_rows[place + 1 :], part.header_row, faults, shown, before
    )


def _column_positions(sheet: _OpenSheet, columns: Sequence[str]) -> list[int | None]:
    """Return the position of each of `columns` in the sheet; None for a missing one."""
    own = {title: place for place, title in enumerate(sheet.header)}
    return [own.get(column) for column in columns]


def _cells_with_shown_dates(sheet: _OpenSheet, place: int, ids: Sequence[int]) -> list[str | None]:
    """Return the cells of a row; dates in the columns `ids` as the sheet shows them."""
    cells, row = sheet.cells(place), sheet.rows[place]
    for at in ids:
        cell = row[at] if at < len(row) else None
        if isinstance(cell, date):
            cells[at] = f"{cell.year}年{cell.month}月{cell.day}日"
    return cells
