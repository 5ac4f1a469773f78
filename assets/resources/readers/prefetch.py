"""Read a stream in a background thread, a few batches ahead of the consumer.

Parsing a file and processing its rows then share the cores instead of waiting for each other.
"""

from __future__ import annotations

import atexit
import queue
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

BATCHES_AHEAD = 2  # each holds about one block of a file in memory
_POLL_SECONDS = 0.2  # how often a blocked thread checks whether it was closed


@contextmanager
def read_ahead(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatchReader]:
    """Yield the same stream, read ahead while the block runs; the thread has ended afterwards.

    An error of the reader is raised where its next batch would be returned.
    """
    ahead = _PrefetchThread(reader)
    try:
        yield pa.RecordBatchReader.from_batches(reader.schema, ahead.batches())
    finally:
        ahead.close()


class _PrefetchThread:
    """The thread, and the queue of batches it has read."""

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self._reader = reader
        self._queue: queue.Queue[pa.RecordBatch | BaseException | None] = queue.Queue(BATCHES_AHEAD)
        self._is_closed = threading.Event()
        self._thread: threading.Thread | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        self._start()
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        """Stop the thread and wait for it."""
        self._is_closed.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        if self._is_closed.is_set():
            raise ValueError("the stream is closed")
        # a daemon, so that the end of the process stops it (`_close_all`) and does not wait for it
        self._thread = threading.Thread(target=self._read, name="linli-read-ahead", daemon=True)
        _OPEN.add(self)
        self._thread.start()

    def _read(self) -> None:
        try:
            for batch in self._reader:
                self._put(batch)
                if self._is_closed.is_set():
                    return
        except BaseException as error:  # raised again in the consumer
            self._put(error)
        else:
            self._put(None)

    def _put(self, item: pa.RecordBatch | BaseException | None) -> None:
        while not self._is_closed.is_set():
            try:
                self._queue.put(item, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return


_OPEN: weakref.WeakSet[_PrefetchThread] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Stop every thread before the interpreter exits: a thread inside Arrow would abort the
    process.
    """
    for one in list(_OPEN):
        one.close()
