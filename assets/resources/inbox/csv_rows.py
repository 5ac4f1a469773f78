"""CSV: text with separators, streamed in blocks by pyarrow; a careful reader for what it cannot.

The fast reader takes blocks apart in C++ on one thread, so that row numbers are known. A NUL, a
cell larger than a block or a lone carriage return needs the careful one, which reads row by row
with Python's csv module and sets single rows aside; it is some twenty times slower and says so.
"""

from __future__ import annotations

import codecs
import csv
import io
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from assets.resources.inbox import limits
from assets.resources.inbox.formats import BROKEN_FILE, FileFormat, opened
from assets.resources.inbox.rows import (
    ROW_NUMBER,
    Rows,
    Tell,
    clean_header,
    holds_nul,
    text_schema,
    too_long,
    wrong_width,
)
from data_contracts.errors import ExportError

_BLOCK_BYTES = 4 << 20
_CAREFUL_ROWS = 20_000
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _NeedsCareError(Exception):
    """The fast reader cannot take this file apart."""


class CsvRows(Rows):
    """Rows of a CSV file."""

    def __init__(self, path: Path, format_: FileFormat, name: str, tell: Tell | None) -> None:
        super().__init__(path, format_, name, tell)
        cells = next(self._careful_cells(upto_header=True), (0, []))[1]
        self.header = clean_header(cells, name)

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = text_schema(columns)
        return pa.RecordBatchReader.from_batches(schema, self._batches(list(columns), schema))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        wanted = set(numbers)
        last = max(wanted, default=0)
        for number, cells in self._careful_cells():
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
        except _NeedsCareError:
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
            stream = _Plain(self)
            with pa_csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                read_options=pa_csv.ReadOptions(
                    use_threads=False,
                    block_size=_BLOCK_BYTES,
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
        except (_NeedsCareError, ExportError):
            raise
        except (pa.ArrowException, *BROKEN_FILE, UnicodeError) as error:
            failure = stream.failure if stream is not None else None
            if isinstance(failure, _NeedsCareError) or "straddl" in str(error):
                raise _NeedsCareError from error
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
            for number, _ in self._careful_cells(strict=True):
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
            for number, cells in self._careful_cells():
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

    def _careful_cells(
        self, *, upto_header: bool = False, strict: bool = False
    ) -> Iterator[tuple[int, list[str]]]:
        """Rows with their numbers; with `upto_header` the header alone, as row 0.

        `strict`: a quote open at the end raises csv.Error.
        """
        csv.field_size_limit(1 << 30)
        try:
            with opened(self.path, self.format) as binary:
                text = io.TextIOWrapper(
                    binary, encoding=_codec(self.format.encoding), errors="strict", newline=""
                )
                if text.read(1) != "\ufeff":
                    text.seek(0)
                reader = csv.reader(text, delimiter=self.format.delimiter or ",", strict=strict)
                number = -self.format.header_row
                for cells in reader:
                    number += 1
                    if number < 0:
                        continue
                    if number == 0:
                        if upto_header:
                            yield 0, cells
                            return
                        continue
                    if not cells:
                        number -= 1  # a blank line is no row
                        continue
                    yield number, cells
        except (csv.Error, *BROKEN_FILE, UnicodeError) as error:
            if upto_header:
                raise self._broken(error) from error
            raise

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


class _Plain(io.RawIOBase):
    """The file's rows after the header, as UTF-8 bytes without a mark; tells how far it is.

    Stops with `_NeedsCareError` at what the fast reader must not see.
    """

    def __init__(self, rows: CsvRows) -> None:
        self._rows = rows
        self._binary = opened(rows.path, rows.format)
        self._total = rows.path.stat().st_size
        encoding = _codec(rows.format.encoding)
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self.quotes = 0
        self._tail = b""
        self.failure: BaseException | None = None
        self._rest = self._after_header()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self._take(size)
        except (_NeedsCareError, *BROKEN_FILE, UnicodeError) as error:
            self.failure = error
            raise

    def _take(self, size: int) -> bytes:
        if self._rest:
            block, self._rest = self._rest, b""
        else:
            block = self._block(_BLOCK_BYTES if size < 0 else size)
        if b"\0" in block or (b"\r" in block and _has_lone_cr(block)):
            raise _NeedsCareError
        if 0 <= size < len(block):
            block, self._rest = block[:size], block[size:]
        self.quotes += block.count(b'"')
        return block

    def _block(self, size: int) -> bytes:
        while True:
            block = self._binary.read(size)
            self._rows.tell(_done(self._binary), self._total)
            if self._decoder is None:
                self._tail = _checked_utf8(self._tail + block, final=not block)
                return block
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.encode("utf-8")

    def _after_header(self) -> bytes:
        """What follows the header in the first blocks."""
        head = self._block(_BLOCK_BYTES)
        head = head.removeprefix(codecs.BOM_UTF8)
        if b"\r" in head and _has_lone_cr(head):
            raise _NeedsCareError
        for _ in range(self._rows.format.header_row):
            end = _end_of_record(head)
            while end is None:
                more = self._block(_BLOCK_BYTES)
                if not more:
                    return b""
                head += more
                if len(head) > 16 * _BLOCK_BYTES:
                    raise _NeedsCareError
                end = _end_of_record(head)
            head = head[end:]
        return head


def _checked_utf8(content: bytes, *, final: bool) -> bytes:
    """Raise UnicodeError unless `content` is UTF-8; the start of a character cut off is given back.

    The CSV reader itself checks only the cells it keeps: a bad byte in a row it leaves out would
    be lost without a word. Arrow's check is many times faster than decoding.
    """
    cut = 0
    for back in range(1, min(4, len(content) + 1)):
        byte = content[-back]
        if byte >= 0xC0:
            cut = back if back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) else 0
            break
        if byte < 0x80:
            break
    whole = len(content) - cut
    if final and cut:
        raise UnicodeError("the last character is cut off")
    offsets = pa.py_buffer(np.array([0, whole], np.int32))
    try:
        pa.Array.from_buffers(pa.binary(), 1, [None, offsets, pa.py_buffer(content)]).cast(
            pa.string()
        )
    except pa.ArrowInvalid:
        content[:whole].decode("utf-8")  # names the byte
        raise
    return content[whole:]


def _end_of_record(block: bytes) -> int | None:
    """Position after the first record; a line break within quotes ends none."""
    quoted = False
    start = 0
    while True:
        end = block.find(b"\n", start)
        if end < 0:
            return None
        if block.count(b'"', start, end) % 2:
            quoted = not quoted
        if not quoted:
            return end + 1
        start = end + 1


def _has_lone_cr(block: bytes) -> bool:
    # the last byte may be the first half of CRLF
    return block.count(b"\r", 0, len(block) - 1) != block.count(b"\r\n")


def _codec(encoding: str | None) -> str:
    return (encoding or "utf-8").lower()


def _done(binary: Any) -> int:
    raw = getattr(binary, "fileobj", None) or getattr(binary, "_fp", None) or binary
    try:
        return int(raw.tell())
    except (OSError, AttributeError, ValueError):
        return 0


def _batch(rows: list[list[str]], numbers: list[int], schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        pa.array([cell or None for cell in column], pa.string())
        for column in zip(*rows, strict=True)
    ]
    return pa.RecordBatch.from_arrays([*columns, pa.array(numbers, pa.int64())], schema=schema)
