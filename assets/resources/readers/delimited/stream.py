"""Stream the rows of a CSV file after the header as clean UTF-8 bytes, and parse them with Arrow.

`NeedsRowReaderError` is raised at content that Arrow must not see.
"""

from __future__ import annotations

import atexit
import codecs
import csv
import io
import secrets
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from assets.resources.readers.decompress import BROKEN_FILE, open_decompressed
from assets.resources.readers.file_format import FileFormat
from assets.resources.readers.rows import ProgressCallback

BLOCK_BYTES = 4 << 20
# Appended after the last row: if it is not returned as its own row, an open quote swallowed it.
END = f"end of file {secrets.token_hex(16)}"


class NeedsRowReaderError(Exception):
    """The fast reader cannot parse this file."""


class CsvByteStream(io.RawIOBase):
    """Stream the rows after the header as UTF-8 bytes without a byte order mark, and report
    progress.

    The stream ends with a row of `width` cells that are END. Raises `NeedsRowReaderError` at
    content that the fast reader must not see.
    """

    def __init__(
        self, path: Path, format_: FileFormat, on_progress: ProgressCallback, width: int
    ) -> None:
        self._format = format_
        self._on_progress = on_progress
        self._binary = open_decompressed(path, format_)
        self._total = path.stat().st_size
        encoding = codec(format_.encoding)
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        end = (format_.delimiter or ",").join([END] * width)
        self._end = f"\n{end}\n".encode()
        self._tail = b""
        self.failure: BaseException | None = None
        self._is_stopped = False
        self._rest = self._after_header()
        if self._rest.startswith(codecs.BOM_UTF8):
            # part of the first cell; the fast reader would take it for a byte order mark
            self._rest = b"\n" + self._rest

    def readable(self) -> bool:
        return True

    def stop(self) -> None:
        """End the stream for its reader."""
        self._is_stopped = True

    def read(self, size: int = -1) -> bytes:
        if self._is_stopped:
            return b""
        try:
            return self._take(size)
        except (NeedsRowReaderError, *BROKEN_FILE, UnicodeError) as error:
            self.failure = error
            raise

    def close(self) -> None:
        self._binary.close()
        super().close()

    def _take(self, size: int) -> bytes:
        if self._rest:
            block, self._rest = self._rest, b""
        else:
            block = self._block(BLOCK_BYTES if size < 0 else size)
        if b"\0" in block or (b"\r" in block and _has_lone_cr(block)):
            raise NeedsRowReaderError
        if not block:
            block, self._end = self._end, b""
        if 0 <= size < len(block):
            block, self._rest = block[:size], block[size:]
        return block

    def _block(self, size: int) -> bytes:
        while True:
            block = self._binary.read(size)
            self._on_progress(_bytes_read(self._binary), self._total)
            if self._decoder is None:
                self._tail = _require_utf8(self._tail + block, final=not block)
                return block
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.encode("utf-8")

    def _after_header(self) -> bytes:
        """Return the content of the first blocks after the header."""
        head = self._block(BLOCK_BYTES).removeprefix(codecs.BOM_UTF8)
        while True:
            if b"\r" in head and _has_lone_cr(head):
                raise NeedsRowReaderError
            end = _end_of_records(head, self._format.header_row, self._format.delimiter or ",")
            if end is not None:
                return head[end:]
            more = self._block(BLOCK_BYTES)
            if not more:
                return b""
            head += more
            if len(head) > 4 * BLOCK_BYTES:
                raise NeedsRowReaderError


class CsvBatchReader:
    """Parse a `CsvByteStream` into batches with Arrow.

    Arrow reads ahead on a thread that calls back into Python. If that thread is active when the
    interpreter exits, the process aborts or hangs: `close` stops it and waits for it. Only this
    object holds the Arrow reader, so that an error with its frames cannot keep it open. Readers
    that are open when the process ends are closed then.
    """

    def __init__(
        self,
        stream: CsvByteStream,
        read: pa_csv.ReadOptions,
        parse: pa_csv.ParseOptions,
        convert: pa_csv.ConvertOptions,
    ) -> None:
        self._stream = stream
        file = pa.PythonFile(stream, mode="r")
        self._reader: pa_csv.CSVStreamingReader | None = None
        self._reader = pa_csv.open_csv(file, read, parse, convert)
        _OPEN.add(self)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while self._reader is not None:
            try:
                batch = self._reader.read_next_batch()
            except StopIteration:
                return
            yield batch

    def close(self) -> None:
        """Stop reading; return when Arrow's thread has released the file."""
        self._stream.stop()
        self._reader = None
        self._stream.close()


_OPEN: weakref.WeakSet[CsvBatchReader] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for one in list(_OPEN):
        one.close()


def _require_utf8(content: bytes, *, final: bool) -> bytes:
    """Raise UnicodeError unless `content` is UTF-8; return the bytes of a character cut off at the
    end.

    The CSV reader checks only the cells it keeps: a bad byte in a skipped row would go unnoticed.
    Arrow's check is many times faster than decoding.
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
        content[:whole].decode("utf-8")  # raises with the byte position
        raise
    return content[whole:]


def _end_of_records(block: bytes, count: int, delimiter: str) -> int | None:
    """Return the position after the first `count` records; None when it is not in `block`."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        while (line_end := block.find(b"\n", end)) >= 0:
            start, end = end, line_end + 1
            yield block[start:end].decode("utf-8", "replace")
        end = len(block) + 1  # the record continues beyond this block

    reader = csv.reader(lines(), delimiter=delimiter)
    try:
        for _ in range(count):
            next(reader)
    except (StopIteration, csv.Error):
        return None
    return end if end <= len(block) else None


def _has_lone_cr(block: bytes) -> bool:
    # the last byte may be the first half of CRLF
    return block.count(b"\r", 0, len(block) - 1) != block.count(b"\r\n")


def codec(encoding: str | None) -> str:
    return (encoding or "utf-8").lower()


def _bytes_read(binary: Any) -> int:
    raw = getattr(binary, "fileobj", None) or binary
    try:
        return int(raw.tell())
    except (OSError, AttributeError, ValueError):
        return 0
