"""A stream of rows stands in one file or more per day, whatever their order."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.resources.lakehouse import partition_writer
from assets.resources.lakehouse.partition_writer import PartitionWriter

FIRST = date(2026, 1, 1)


def batches(days: list[int | None], rows_each: int) -> list[pa.RecordBatch]:
    """Rows numbered in order; `days`: days after FIRST, None for a row without a day."""
    found, number = [], 0
    for start in range(0, len(days), rows_each):
        part = days[start : start + rows_each]
        moments = [None if d is None else FIRST + timedelta(d) for d in part]
        numbers = list(range(number, number + len(part)))
        number += len(part)
        found.append(
            pa.record_batch(
                {
                    "n": pa.array(numbers),
                    "day": pa.array(moments, pa.date32()),
                    "t": ["x"] * len(part),
                }
            )
        )
    return found


def written(folder: Path, days: list[int | None], rows_each: int) -> dict[date | None, list[int]]:
    """Day → numbers of the rows in its files; checks what is said of each file."""
    held: dict[date | None, list[int]] = {}
    for file in PartitionWriter(folder, "day", ["t"]).write(batches(days, rows_each)):
        table = pq.ParquetFile(file.path).read()
        assert table.num_rows == file.rows
        assert table.column_names == ["n", "t"]
        held.setdefault(file.partition, []).extend(table.column("n").to_pylist())
    return held


def expected(days: list[int | None]) -> dict[date | None, list[int]]:
    found: dict[date | None, list[int]] = {}
    for number, day in enumerate(days):
        found.setdefault(None if day is None else FIRST + timedelta(day), []).append(number)
    return found


@pytest.mark.parametrize("rows_each", [1, 7, 1000])
@pytest.mark.parametrize(
    "days",
    [
        [0] * 50,
        sorted([0, 1, 2] * 30),
        [5, 1, None, 3, 1, 5, None] * 20,
        [None] * 9,
        [],
    ],
    ids=["one day", "in order", "out of order", "no day at all", "nothing"],
)
def test_every_row_stands_once_under_its_day(
    tmp_path: Path, days: list[int | None], rows_each: int
) -> None:
    held = written(tmp_path, days, rows_each)
    assert {day: sorted(numbers) for day, numbers in held.items()} == expected(days)


def test_a_column_for_rows_without_a_day_is_written_for_them_only(tmp_path: Path) -> None:
    rows = batches([0, None, 1, None, 0], 2)
    files = PartitionWriter(tmp_path, "day", [], without_day_only=["t"]).write(rows)
    columns = {file.partition: pq.ParquetFile(file.path).schema_arrow.names for file in files}
    assert columns.pop(None) == ["n", "t"]
    assert columns == {FIRST: ["n"], FIRST + timedelta(1): ["n"]}
    held = {file.partition: pq.ParquetFile(file.path).read(["n"]) for file in files}
    assert held[None].column("n").to_pylist() == [1, 3]
    assert held[FIRST].column("n").to_pylist() == [0, 4]


def test_neither_memory_nor_open_files_grow_with_the_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition_writer, "BUFFER_BYTES", 2_000)
    monkeypatch.setattr(partition_writer, "OPEN_FILES", 3)
    most_open = 0
    close = PartitionWriter._close

    def watched(self: PartitionWriter, day: date | None) -> None:
        nonlocal most_open
        most_open = max(most_open, len(self._open))
        assert self._bytes <= 2_000 + 1_000  # and what one batch brings
        close(self, day)

    monkeypatch.setattr(PartitionWriter, "_close", watched)
    days: list[int | None] = [(n * 7) % 40 for n in range(2_000)]
    held = written(tmp_path, days, 25)
    assert {day: sorted(numbers) for day, numbers in held.items()} == expected(days)
    assert most_open == 4  # one more is open while the oldest is closed


def test_no_value_of_a_person_stands_in_a_file_s_statistics(tmp_path: Path) -> None:
    files = PartitionWriter(tmp_path, "day", []).write(batches([0, 0, 1], 3))
    for file in files:
        group = pq.ParquetFile(file.path).metadata.row_group(0)
        assert all(group.column(place).statistics is None for place in range(group.num_columns))
