"""Read a stream on a thread of its own, a few batches ahead of whoever takes them.

Taking a file apart and working on its rows then share the cores instead of waiting for each other.
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
_LOOKS_UP_SECONDS = 0.2  # how long a reader nobody listens to any more stays


@contextmanager
def read_ahead(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatchReader]:
    """The same stream while the block lasts; behind it the thread is gone.

    What stops the reader is raised where its next batch would be taken.
    """
    ahead = _Ahead(reader)
    try:
        yield pa.RecordBatchReader.from_batches(reader.schema, ahead.batches())
    finally:
        ahead.close()


class _Ahead:
    """The thread, and the batches it has read and nobody has taken yet."""

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self._reader = reader
        self._taken: queue.Queue[pa.RecordBatch | BaseException | None] = queue.Queue(BATCHES_AHEAD)
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        self._start()
        while (item := self._taken.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        """Stop the thread and wait for it."""
        self._is_over.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        if self._is_over.is_set():
            raise ValueError("the stream is closed")
        # a daemon, so that the end of the process stops it (`_close_all`) and does not wait for it
        self._thread = threading.Thread(target=self._read, name="linli-read-ahead", daemon=True)
        _OPEN.add(self)
        self._thread.start()

    def _read(self) -> None:
        try:
            for batch in self._reader:
                self._hand_on(batch)
                if self._is_over.is_set():
                    return
        except BaseException as error:  # raised again by whoever takes the batches
            self._hand_on(error)
        else:
            self._hand_on(None)

    def _hand_on(self, item: pa.RecordBatch | BaseException | None) -> None:
        while not self._is_over.is_set():
            try:
                self._taken.put(item, timeout=_LOOKS_UP_SECONDS)
            except queue.Full:
                continue
            return


_OPEN: weakref.WeakSet[_Ahead] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """End every thread before the interpreter does: one within Arrow would abort the process."""
    for one in list(_OPEN):
        one.close()
