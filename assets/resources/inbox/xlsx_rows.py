"""XLSX: a sheet of a workbook, every cell as the text a person sees in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from assets.resources.inbox import limits
from assets.resources.inbox.file_format import FileFormat
from assets.resources.inbox.headers import clean_header
from assets.resources.inbox.rows import (
    Rows,
    Tell,
    holds_nul,
    text_schema,
    too_long,
    wrong_width,
)
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
