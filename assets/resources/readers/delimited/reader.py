"""Read CSV: pyarrow streams blocks; a slower row reader handles what pyarrow cannot.

The fast reader parses blocks in C++ on one thread, so that row numbers are known. NUL characters,
cells larger than a block and lone carriage returns need the row reader, which uses Python's csv
module and quarantines single rows. It is about twenty times slower and adds a note.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from assets.resources.readers import limits
from assets.resources.readers.decompress import BROKEN_FILE, damage
from assets.resources.readers.delimited.row_reader import (
    OpenQuoteError,
    header_cells,
    numbered_rows,
    unreadable_line,
)
from assets.resources.readers.delimited.stream import (
    BLOCK_BYTES,
    END,
    CsvBatchReader,
    CsvByteStream,
    NeedsRowReaderError,
)
from assets.resources.readers.file_format import FileFormat
from assets.resources.readers.headers import clean_header
from assets.resources.readers.rows import (
    ROW_NUMBER,
    Malformed,
    ProgressCallback,
    RowBuffer,
    Rows,
    malformed_cell,
    text_schema,
    too_long,
    wrong_width,
)
from data_contracts.errors import ExportError
from data_contracts.messages import Bilingual

_BATCH_ROWS = 20_000


class CsvRows(Rows):
    """Rows of a CSV file."""

    def __init__(
        self, path: Path, format_: FileFormat, name: str, on_progress: ProgressCallback | None
    ) -> None:
        super().__init__(path, format_, name, on_progress)
        try:
            cells = header_cells(path, format_)
        except (OpenQuoteError, csv.Error, *BROKEN_FILE, UnicodeError) as error:
            raise self._read_error(error) from error
        self.header = clean_header([*cells, *[""] * format_.trailing] if cells else [], name)
        # names of columns that rows have beyond the header, all of them empty
        self._extra_columns = self.header[len(cells) :] if cells else []

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = text_schema(columns)
        return pa.RecordBatchReader.from_batches(schema, self._batches(list(columns), schema))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        wanted = set(numbers)
        last = max(wanted, default=0)
        for number, cells in numbered_rows(self.path, self.format):
            if number in wanted:
                yield number, cells
            if number >= last:
                return

    # -- the fast reader -------------------------------------------------------------------------

    def _batches(self, columns: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        self._position = 0
        self._skipped: list[Malformed] = []
        self._is_ragged = False
        try:
            yield from self._block_batches(columns, schema)
        except NeedsRowReaderError:
            # rows already emitted cannot be withdrawn
            yield from self._row_batches(columns, schema, after=self._position)

    def _block_batches(self, columns: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        stream = None
        wanted = list(dict.fromkeys([*columns, *self._extra_columns, self.header[0]]))
        try:
            stream = CsvByteStream(self.path, self.format, self.report_progress, len(self.header))
            batches = CsvBatchReader(
                stream,
                pa_csv.ReadOptions(
                    use_threads=False,
                    block_size=BLOCK_BYTES,
                    column_names=self.header,
                    skip_rows=0,
                ),
                pa_csv.ParseOptions(
                    delimiter=self.format.delimiter or ",",
                    newlines_in_values=True,
                    invalid_row_handler=self._skip,
                ),
                pa_csv.ConvertOptions(
                    include_columns=wanted,
                    column_types={name: pa.string() for name in wanted},
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            )
            self._open = batches
            with closing(batches):
                for batch in self._numbered(batches):
                    kept = self._drop_overwide_rows(batch)
                    kept = pa.RecordBatch.from_arrays(
                        [kept.column(name) for name in schema.names], schema=schema
                    )
                    yield self._drop_oversized_cells(self.without_blanks(kept))
        except (NeedsRowReaderError, ExportError):
            raise
        except (pa.ArrowException, *BROKEN_FILE, UnicodeError) as error:
            failure = stream.failure if stream is not None else None
            if isinstance(failure, NeedsRowReaderError) or "straddl" in str(error):
                raise NeedsRowReaderError from error
            self.malformed += self._skipped
            self.check_malformed_limit()
            raise self._read_error(failure or error) from error

    def _numbered(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the batches with ROW_NUMBER, up to the end marker row."""
        passed = 0  # malformed rows already counted into the position
        is_whole = False
        for batch in batches:
            if batch.num_rows and batch.column(self.header[0])[-1].as_py() == END:
                batch, is_whole = batch.slice(0, batch.num_rows - 1), True
            if self._is_ragged:
                raise NeedsRowReaderError
            # malformed rows up to the end of this batch are known before it is handed out
            last = self._position + batch.num_rows
            skipped = []
            while passed < len(self._skipped) and self._skipped[passed].row_number <= last:
                skipped.append(self._skipped[passed].row_number)
                self.malformed.append(self._skipped[passed])
                passed += 1
                last += 1
            self.check_malformed_limit()
            numbers = np.setdiff1d(
                np.arange(self._position + 1, last + 1), skipped, assume_unique=True
            )
            yield batch.append_column(ROW_NUMBER, pa.array(numbers, pa.int64()))
            self._position = last
        for row in self._skipped[passed:]:
            self.add_malformed(row)
        if self._is_ragged:
            raise NeedsRowReaderError
        if not is_whole:
            self._raise_for_open_quote()

    def _drop_overwide_rows(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Drop and record rows that have values beyond the last header column."""
        for name in self._extra_columns:
            filled = batch.column(name).is_valid()
            if pc.any(filled).as_py():
                own = len(self.header) - len(self._extra_columns)
                for number in batch.column(ROW_NUMBER).filter(filled).to_pylist():
                    self.add_malformed(wrong_width(number, own, len(self.header)))
                batch = batch.filter(pc.invert(filled))
        return batch

    def _drop_oversized_cells(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Drop and record rows with a cell over the limit; the block size bounds what can pass."""
        giant = None
        for column in batch.columns[:-1]:
            largest = pc.max(pc.binary_length(column)).as_py()  # characters are counted when needed
            if largest is not None and largest > limits.MAX_CELL_CHARACTERS:
                sizes = pc.utf8_length(column)
                over = pc.fill_null(pc.greater(sizes, limits.MAX_CELL_CHARACTERS), False)
                giant = over if giant is None else pc.or_(giant, over)
        if giant is None:
            return batch
        for number in batch.column(ROW_NUMBER).filter(giant).to_pylist():
            self.add_malformed(too_long(number))
        return batch.filter(pc.invert(giant))

    def _raise_for_open_quote(self) -> None:
        """Raise ExportError for a quote that is never closed, with the row where it opens."""
        try:
            for _ in numbered_rows(self.path, self.format):
                pass
        except (OpenQuoteError, csv.Error, *BROKEN_FILE, UnicodeError) as error:
            raise self._read_error(error) from error
        raise self.fail(
            "its last rows are lost because of unmatched quotes; export it again",
            "末尾若干行因引号不配对而丢失；请重新导出",
        )

    def _skip(self, row: pa_csv.InvalidRow) -> str:
        # Arrow counts the first row of the stream as 1; the stream begins after the header
        self._skipped.append(wrong_width(row.number, row.expected_columns, row.actual_columns))
        ends = (self.format.delimiter or ",", f'{self.format.delimiter or ","}""')
        if row.actual_columns + len(self._extra_columns) == row.expected_columns or (
            row.actual_columns > row.expected_columns and row.text.rstrip("\r\n").endswith(ends)
        ):
            self._is_ragged = True  # maybe only trailing separators
        # skipped rows never fill a batch, so the limit must be enforced here
        return "skip" if len(self._skipped) <= limits.MAX_MALFORMED_ROWS else "error"

    # -- the row reader --------------------------------------------------------------------------

    def _row_batches(
        self, columns: list[str], schema: pa.Schema, *, after: int
    ) -> Iterator[pa.RecordBatch]:
        self.notes.append(
            Bilingual(
                "read row by row: the file has NUL characters, oversized cells, lone CR, or rows "
                "with extra trailing separators",
                "逐行读取：文件含 NUL 字符、超大单元格、单独的 CR，或有些行末多出分隔符",
            )
        )
        places = [self.header.index(column) for column in columns]
        buffer = RowBuffer(columns, _BATCH_ROWS)
        self.malformed = [row for row in self.malformed if row.row_number <= after]
        try:
            for number, cells in numbered_rows(self.path, self.format):
                if number <= after:
                    continue
                whole = self._fit_to_header(cells)
                if whole is None:
                    own = len(self.header) - len(self._extra_columns)
                    self.add_malformed(wrong_width(number, own, len(cells)))
                elif (malformed := malformed_cell(number, whole)) is not None:
                    self.add_malformed(malformed)
                elif any(read := [whole[place] for place in places]):
                    buffer.add(number, list(read))
                else:
                    self.blank_rows += 1
                if buffer.is_full():
                    yield from buffer.flush()
        except ExportError:
            raise
        except (OpenQuoteError, csv.Error, *BROKEN_FILE, UnicodeError) as error:
            raise self._read_error(error) from error
        yield from buffer.flush()

    def _fit_to_header(self, cells: list[str]) -> list[str] | None:
        """Return as many cells as the header has; None when the row has too few or too many."""
        own = len(self.header) - len(self._extra_columns)
        if len(cells) < own or any(cells[own:]):
            return None
        return cells[:own] + [""] * len(self._extra_columns)

    def _read_error(self, error: BaseException) -> ExportError:
        if isinstance(error, OpenQuoteError):
            place = f"data row {error.row_number}" if error.row_number > 0 else "the header's row"
            place_zh = f"第 {error.row_number} 行数据" if error.row_number > 0 else "表头行"
            return self.fail(
                f"a quote opened in {place} is never closed, and the rows after it "
                "would be lost; close it, or export the file again",
                f"{place_zh}开始的引号没有闭合，其后的行会丢失；请补上引号，或重新导出文件",
                error,
            )
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        if isinstance(error, UnicodeError) or "UTF8" in text or "UTF-8" in text:
            line = unreadable_line(self.path, self.format)
            place = f"line {line:,}" if line else "a byte"
            place_zh = f"第 {line:,} 行" if line else "有字节"
            return self.fail(
                f"{place} cannot be decoded as {self.format.encoding}; save it as CSV UTF-8, "
                "or state its encoding in platform.toml [[files]]",
                f"{place_zh}无法按 {self.format.encoding} 解读；请另存为 CSV UTF-8，或在"
                " platform.toml 的 [[files]] 中指明编码",
                error,
            )
        if isinstance(error, BROKEN_FILE):
            return self.fail(*damage(error), error)
        return self.fail(
            f"cannot be read as CSV ({text[:160]}); export it again",
            f"无法按 CSV 读取（{text[:160]}）；请重新导出",
            error,
        )
