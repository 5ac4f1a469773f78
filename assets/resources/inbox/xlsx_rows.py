"""XLSX: a sheet of a workbook, every cell as the text a person sees in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from assets.resources.inbox.file_format import FileFormat
from assets.resources.inbox.headers import clean_header
from assets.resources.inbox.rows import (
    Gathered,
    Rows,
    Tell,
    text_schema,
    unfit,
    wrong_width,
)
from assets.resources.inbox.sheet_faults import Fault, faults_of
from assets.resources.inbox.workbooks import cells_of, open_workbook, text_of
from data_contracts.errors import ExportError

_BATCH_ROWS = 20_000


class XlsxRows(Rows):
    """Rows of one sheet. The sheet is held in memory; its size was judged before."""

    def __init__(self, path: Path, format_: FileFormat, name: str, tell: Tell | None) -> None:
        super().__init__(path, format_, name, tell)
        assert format_.sheet is not None
        sheet = cells_of(open_workbook(path), path, format_.sheet)
        place = format_.header_row - 1
        if place >= len(sheet):
            raise ExportError(f"{name}: there is no row {place + 1} for the header")
        cells = [text_of(cell) for cell in sheet[place]]
        while cells and cells[-1] is None:  # cells that were only ever formatted
            cells.pop()
        self.header = clean_header(cells, name)
        self._rows = sheet[place + 1 :]
        self._faults = faults_of(path, format_.sheet)

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = text_schema(columns)
        return pa.RecordBatchReader.from_batches(schema, self._batches(columns))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        for number in sorted(numbers):
            yield number, [text_of(cell) or "" for cell in self._rows[number - 1]]

    def _batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        places = [self.header.index(column) for column in columns]
        width = len(self.header)
        total, count = self.path.stat().st_size, len(self._rows)
        gathered = Gathered(columns, _BATCH_ROWS)
        for number, row in enumerate(self._rows, start=1):
            cells = [text_of(cell) for cell in row]
            cells += [None] * (width - len(cells))
            fault = self._fault(number, places)
            if fault is not None:
                self.set_aside(fault.malformed(number))
            elif not any(cells):
                self.blank_rows += 1
            elif any(cells[width:]):
                self.set_aside(wrong_width(number, width, len(cells)))
            elif (malformed := unfit(number, cells)) is not None:
                self.set_aside(malformed)
            else:
                gathered.add(number, [cells[place] for place in places])
            if gathered.is_full():
                yield from gathered.taken()
            if number % _BATCH_ROWS == 0 or number == count:
                self.tell(total * number // count, total)
        yield from gathered.taken()

    def _fault(self, number: int, places: Sequence[int]) -> Fault | None:
        """The first cell of the row that only seems to be empty, among the columns read."""
        faults = self._faults.get(number + self.format.header_row, [])
        return next((fault for fault in faults if fault.column - 1 in places), None)
