"""A stream read on a thread of its own is the same stream, its errors included."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pyarrow as pa
import pytest

from assets.resources.inbox.reading_ahead import BATCHES_AHEAD, read_ahead
from data_contracts.errors import ExportError

SCHEMA = pa.schema([("n", pa.int64())])


def stream(count: int, made: list[int], error: Exception | None = None) -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(count):
            made.append(number)
            yield pa.record_batch({"n": [number]}, schema=SCHEMA)
        if error is not None:
            raise error

    return pa.RecordBatchReader.from_batches(SCHEMA, batches())


def threads() -> int:
    return sum(thread.name == "linli-read-ahead" for thread in threading.enumerate())


def test_all_batches_come_in_their_order() -> None:
    assert read_ahead(stream(50, [])).read_all().column("n").to_pylist() == list(range(50))
    assert threads() == 0


def test_an_error_comes_after_the_batches_before_it() -> None:
    reader = read_ahead(stream(3, [], ExportError("orders.csv: broken")))
    assert [reader.read_next_batch().column("n")[0].as_py() for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ExportError, match=r"orders\.csv: broken"):
        reader.read_next_batch()


def test_it_is_only_so_far_ahead_and_stops_when_nobody_takes_more() -> None:
    made: list[int] = []
    reader = read_ahead(stream(1_000, made))
    reader.read_next_batch()
    time.sleep(0.2)  # time enough to run ahead of everybody
    reader.close()
    del reader
    assert threads() == 0
    assert len(made) <= BATCHES_AHEAD + 3
