"""Read a stream on a thread of its own, a few batches ahead of whoever takes them.

Taking a file apart and working on its rows then share the cores instead of waiting for each other.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pyarrow as pa

BATCHES_AHEAD = 2  # each holds about one block of a file in memory
_LOOKS_UP_SECONDS = 0.2  # how long a reader nobody listens to any more stays


def read_ahead(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The same stream. What stops the reader is raised where its next batch would be taken."""
    return pa.RecordBatchReader.from_batches(reader.schema, _batches(reader))


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    taken: queue.Queue[pa.RecordBatch | BaseException | None] = queue.Queue(BATCHES_AHEAD)
    is_over = threading.Event()

    def hand_on(item: pa.RecordBatch | BaseException | None) -> None:
        while not is_over.is_set():
            try:
                taken.put(item, timeout=_LOOKS_UP_SECONDS)
            except queue.Full:
                continue
            return

    def read() -> None:
        try:
            for batch in reader:
                hand_on(batch)
                if is_over.is_set():
                    return
        except BaseException as error:  # raised again by whoever takes the batches
            hand_on(error)
        else:
            hand_on(None)

    thread = threading.Thread(target=read, name="linli-read-ahead", daemon=True)
    thread.start()
    try:
        while (item := taken.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        is_over.set()
        thread.join()
