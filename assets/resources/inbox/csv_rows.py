"""CSV: text with separators, streamed in blocks by pyarrow; a careful reader for what it cannot.

The fast reader takes blocks apart in C++ on one thread, so that row numbers are known. A NUL, a
cell larger than a block or a lone carriage return needs the careful one, which reads row by row
with Python's csv module and sets single rows aside; it is some twenty times slower and says so.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from assets.resources.inbox import limits
from assets.resources.inbox.csv_careful import careful_cells, header_cells
from assets.resources.inbox.csv_stream import BLOCK_BYTES, NeedsCareError, PlainCsv
from assets.resources.inbox.file_format import FileFormat
from assets.resources.inbox.headers import clean_header
from assets.resources.inbox.rows import (
    ROW_NUMBER,
    Rows,
    Tell,
    holds_nul,
    text_schema,
    too_long,
    wrong_width,
)
from assets.resources.inbox.unpacking import BROKEN_FILE
from data_contracts.errors import ExportError

_CAREFUL_ROWS = 20_000


class CsvRows(Rows):
    """Rows of a CSV file."""

    def __init__(self, path: Path, format_: FileFormat, name: str, tell: Tell | None) -> None:
        super().__init__(path, format_, name, tell)
        try:
            cells = header_cells(path, format_)
        except (csv.Error, *BROKEN_FILE, UnicodeError) as error:
            raise self._broken(error) from error
        self.header = clean_header(cells, name)

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = text_schema(columns)
        return pa.RecordBatchReader.from_batches(schema, self._batches(list(columns), schema))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        wanted = set(numbers)
        last = max(wanted, default=0)
        for number, cells in careful_cells(self.path, self.format):
            if number in wanted:
                yield number, cells
            if number >= last:
                return

    # -- the fast reader -------------------------------------------------------------------------

    def _batches(self, columns: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        passed = 0
        try:
            for batch in self._fast(columns, schema):
                passed += 1
                yield batch
        except NeedsCareError:
            if passed:
                # rows went out already; what was handed on cannot be taken back
                yield from self._carefully(columns, schema, after=self._position)
            else:
                self.malformed.clear()
                yield from self._carefully(columns, schema, after=0)

    def _fast(self, columns: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        self._position = 0
        stream = None
        try:
            stream = PlainCsv(self.path, self.format, self.tell)
            with pa_csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                read_options=pa_csv.ReadOptions(
                    use_threads=False,
                    block_size=BLOCK_BYTES,
                    column_names=self.header,
                    skip_rows=0,
                ),
                parse_options=pa_csv.ParseOptions(
                    delimiter=self.format.delimiter or ",",
                    newlines_in_values=True,
                    invalid_row_handler=self._skip,
                ),
                convert_options=pa_csv.ConvertOptions(
                    include_columns=columns,
                    column_types={name: pa.string() for name in columns},
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            ) as reader:
                yield from self._numbered(reader, schema)
            if stream.quotes % 2:
                self._refuse_open_quote()
        except (NeedsCareError, ExportError):
            raise
        except (pa.ArrowException, *BROKEN_FILE, UnicodeError) as error:
            failure = stream.failure if stream is not None else None
            if isinstance(failure, NeedsCareError) or "straddl" in str(error):
                raise NeedsCareError from error
            if "Empty CSV" in str(error):
                return
            raise self._broken(failure or error) from error

    def _numbered(
        self, batches: Iterable[pa.RecordBatch], schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        passed = 0  # malformed rows already counted into the position
        for batch in batches:
            # malformed rows up to the end of this batch are known before it is handed out
            last = self._position + batch.num_rows
            skipped = []
            while passed < len(self.malformed) and self.malformed[passed].row_number <= last:
                skipped.append(self.malformed[passed].row_number)
                passed += 1
                last += 1
            numbers = np.setdiff1d(
                np.arange(self._position + 1, last + 1), skipped, assume_unique=True
            )
            self._position = last
            columns = [*batch.columns, pa.array(numbers, pa.int64())]
            yield self._without_giants(pa.RecordBatch.from_arrays(columns, schema=schema))

    def _without_giants(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Set aside rows with a cell beyond the limit; the block size bounds what can pass."""
        batch = self.without_blanks(batch)
        giant = None
        for column in batch.columns[:-1]:
            sizes = pc.binary_length(column)
            largest = pc.max(sizes).as_py()
            if largest is not None and largest > limits.MAX_CELL_CHARACTERS:
                over = pc.fill_null(pc.greater(sizes, limits.MAX_CELL_CHARACTERS), False)
                giant = over if giant is None else pc.or_(giant, over)
        if giant is None:
            return batch
        numbers = batch.column(ROW_NUMBER).filter(giant).to_pylist()
        self.malformed += [too_long(number) for number in numbers]
        return batch.filter(pc.invert(giant))

    def _refuse_open_quote(self) -> None:
        """Raise ExportError when a quote is never closed: it would swallow the rows after it."""
        last = 0
        try:
            for number, _ in careful_cells(self.path, self.format, strict=True):
                last = number
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise self.fail(
                    f"a quote opened in row {last + 1} is never closed, so that the rows after it "
                    "would be lost; close it, or export the file again",
                    error,
                ) from error

    def _skip(self, row: pa_csv.InvalidRow) -> str:
        # Arrow counts the first row of the stream as 1; the stream begins after the header
        self.malformed.append(wrong_width(row.number, row.expected_columns, row.actual_columns))
        return "skip"

    # -- the careful reader ----------------------------------------------------------------------

    def _carefully(
        self, columns: list[str], schema: pa.Schema, *, after: int
    ) -> Iterator[pa.RecordBatch]:
        self.notes.append("read row by row: it holds NUL characters, giant cells or lone CR")
        places = [self.header.index(column) for column in columns]
        kept: list[list[str]] = []
        numbers: list[int] = []
        self.malformed = [row for row in self.malformed if row.row_number <= after]
        try:
            for number, cells in careful_cells(self.path, self.format):
                if number <= after:
                    continue
                if len(cells) != len(self.header):
                    self.malformed.append(wrong_width(number, len(self.header), len(cells)))
                elif any(len(cell) > limits.MAX_CELL_CHARACTERS for cell in cells):
                    self.malformed.append(too_long(number))
                elif any("\0" in cell for cell in cells):
                    self.malformed.append(holds_nul(number))
                else:
                    kept.append([cells[place] for place in places])
                    numbers.append(number)
                if len(kept) >= _CAREFUL_ROWS:
                    yield self.without_blanks(_batch(kept, numbers, schema))
                    kept, numbers = [], []
            self._refuse_open_quote()
            if kept:
                yield self.without_blanks(_batch(kept, numbers, schema))
        except ExportError:
            raise
        except (csv.Error, *BROKEN_FILE, UnicodeError) as error:
            raise self._broken(error) from error

    def _broken(self, error: BaseException) -> ExportError:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        if isinstance(error, UnicodeError) or "UTF8" in text or "UTF-8" in text:
            return self.fail(
                f"a byte does not read as {self.format.encoding} ({text[:120]}); save it as CSV "
                "UTF-8, or state its encoding in platform.toml [[files]]",
                error,
            )
        if isinstance(error, zlib.error):
            return self.fail("its gzip is damaged; copy it again", error)
        if isinstance(error, EOFError) or "end-of-stream" in text or "CRC" in text:
            return self.fail("ends in the middle; it was cut off on its way, copy it again", error)
        return self.fail(f"cannot be read as CSV ({text[:160]}); export it again", error)


def _batch(rows: list[list[str]], numbers: list[int], schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        pa.array([cell or None for cell in column], pa.string())
        for column in zip(*rows, strict=True)
    ]
    return pa.RecordBatch.from_arrays([*columns, pa.array(numbers, pa.int64())], schema=schema)
