"""A stream read on a thread of its own is the same stream, its errors included."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from assets.resources.readers.prefetch import BATCHES_AHEAD, read_ahead
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
    with read_ahead(stream(50, [])) as reader:
        assert reader.read_all().column("n").to_pylist() == list(range(50))
    assert threads() == 0


def test_an_error_comes_after_the_batches_before_it() -> None:
    with read_ahead(stream(3, [], ExportError("orders.csv: broken"))) as reader:
        assert [reader.read_next_batch().column("n")[0].as_py() for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ExportError, match=r"orders\.csv: broken"):
            reader.read_next_batch()


def test_it_is_only_so_far_ahead_and_stops_when_nobody_takes_more() -> None:
    made: list[int] = []
    with read_ahead(stream(1_000, made)) as reader:
        reader.read_next_batch()
        time.sleep(0.2)  # time enough to run ahead of everybody
    assert threads() == 0  # though the stream is still held here
    assert len(made) <= BATCHES_AHEAD + 3


KEEPS_ITS_STREAM = """
import sys
import time
from pathlib import Path
from assets.resources.readers.delimited.reader import CsvRows
from assets.resources.readers.file_format import Container, FileFormat
from assets.resources.readers.prefetch import read_ahead

path = Path(sys.argv[1])
kind = FileFormat(Container.CSV, encoding="utf-8", delimiter=",")
rows = CsvRows(path, kind, path.name, lambda done, total: time.sleep(0.05))  # a slow disk
stream = rows.reader(rows.header)
if sys.argv[2] == "ahead":
    held = read_ahead(stream)
    stream = held.__enter__()
stream.read_next_batch()
sys.modules["held"] = [rows, stream]
print("over", flush=True)
"""


@pytest.mark.parametrize("how", ["plain", "ahead"])
def test_a_process_ends_well_with_a_stream_still_open(tmp_path: Path, how: str) -> None:
    """Arrow's own thread and ours read on: both have to be over before the interpreter is."""
    path = tmp_path / "orders.csv"
    line = b"1," + b"x" * 500 + b"\n"
    path.write_bytes(b"a,b\n" + line * 80_000)  # ten blocks
    command = [sys.executable, "-c", KEEPS_ITS_STREAM, str(path), how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "over\n", "")
