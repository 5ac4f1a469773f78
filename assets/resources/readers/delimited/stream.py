"""A CSV file's rows after the header as clean UTF-8 bytes, and the fast reader of them.

The bytes stop with `NeedsCareError` at what that reader must not see.
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

from assets.resources.readers.decompress import BROKEN_FILE, opened
from assets.resources.readers.file_format import FileFormat
from assets.resources.readers.rows import Tell

BLOCK_BYTES = 4 << 20
# Put after a file's last row: where it does not come out alone, an open quote has swallowed it.
END = f"end of file {secrets.token_hex(16)}"


class NeedsCareError(Exception):
    """The fast reader cannot take this file apart."""


class PlainCsv(io.RawIOBase):
    """The file's rows after the header, as UTF-8 bytes without a mark; tells how far it is.

    Ends with a row of `width` cells that are END. Stops with `NeedsCareError` at what the fast
    reader must not see.
    """

    def __init__(self, path: Path, format_: FileFormat, tell: Tell, width: int) -> None:
        self._format = format_
        self._tell = tell
        self._binary = opened(path, format_)
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
            # of the first row's first cell; the fast reader would take it for the file's own
            self._rest = b"\n" + self._rest

    def readable(self) -> bool:
        return True

    def stop(self) -> None:
        """Let whoever reads on find the end of the file."""
        self._is_stopped = True

    def read(self, size: int = -1) -> bytes:
        if self._is_stopped:
            return b""
        try:
            return self._take(size)
        except (NeedsCareError, *BROKEN_FILE, UnicodeError) as error:
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
            raise NeedsCareError
        if not block:
            block, self._end = self._end, b""
        if 0 <= size < len(block):
            block, self._rest = block[:size], block[size:]
        return block

    def _block(self, size: int) -> bytes:
        while True:
            block = self._binary.read(size)
            self._tell(_done(self._binary), self._total)
            if self._decoder is None:
                self._tail = _checked_utf8(self._tail + block, final=not block)
                return block
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.encode("utf-8")

    def _after_header(self) -> bytes:
        """What follows the header in the first blocks."""
        head = self._block(BLOCK_BYTES).removeprefix(codecs.BOM_UTF8)
        while True:
            if b"\r" in head and _has_lone_cr(head):
                raise NeedsCareError
            end = _end_of_records(head, self._format.header_row, self._format.delimiter or ",")
            if end is not None:
                return head[end:]
            more = self._block(BLOCK_BYTES)
            if not more:
                return b""
            head += more
            if len(head) > 4 * BLOCK_BYTES:
                raise NeedsCareError


class FastCsv:
    """Batches of a `PlainCsv`, taken apart by Arrow.

    Arrow reads ahead on a thread that calls back into Python. Where that thread is at work when the
    interpreter ends, the process aborts or hangs: `close` stops it and waits for it. Nothing but
    this object holds Arrow's reader, so that an error with its frames cannot keep it open, and
    whatever is open when the process ends is closed then.
    """

    def __init__(
        self,
        stream: PlainCsv,
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
        """Stop reading; returns when Arrow's thread is done with the file."""
        self._stream.stop()
        self._reader = None
        self._stream.close()


_OPEN: weakref.WeakSet[FastCsv] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for one in list(_OPEN):
        one.close()


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


def _end_of_records(block: bytes, count: int, delimiter: str) -> int | None:
    """Position after the first `count` records as the csv module counts them; None: not here."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        while (found := block.find(b"\n", end)) >= 0:
            start, end = end, found + 1
            yield block[start:end].decode("utf-8", "replace")
        end = len(block) + 1  # a record that asks for more does not end here

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


def _done(binary: Any) -> int:
    raw = getattr(binary, "fileobj", None) or binary
    try:
        return int(raw.tell())
    except (OSError, AttributeError, ValueError):
        return 0
