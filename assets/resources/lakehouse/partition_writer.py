"""Write a stream of rows into Parquet files, one or more per day.

The engine's own write by partitions costs three times as much: it copies every row into a buffer
of its partition, where here a batch is cut where its day ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.resources.lakehouse.delta_commit import StoredFile

ROW_GROUP_ROWS = 20_480  # a table is read by day; a day of a mid-sized platform is one or two
# What waits in memory until its row group is whole. A file that is not in order of time has every
# day waiting; then the fullest are written before they are whole.
WAITING_BYTES = 192 << 20
OPEN_FILES = 200  # of 1,024 that a process may have
NO_DAY = "without"
_EPOCH = date(1970, 1, 1)


class DayFiles:
    """Files under `folder`, one or more per day, in a folder `by=day` of each day.

    Rows without a day have a folder of their own. `by`: the column of days, which is not written.
    `repeating`: columns worth a dictionary. `without_day_only`: columns that are written for rows
    without a day only.
    """

    def __init__(
        self,
        folder: Path,
        by: str,
        repeating: Sequence[str],
        without_day_only: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._by = by
        self._repeating = list(repeating)
        self._without_day_only = list(without_day_only)
        self._waiting: dict[date | None, _Waiting] = {}
        self._open: dict[date | None, _Growing] = {}
        self._done: list[StoredFile] = []
        self._bytes = 0

    def write(self, batches: Iterable[pa.RecordBatch]) -> list[StoredFile]:
        """Write all of `batches`; a StoredFile with `partition` None holds rows without a day."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            for batch in batches:
                for day, rows in _by_day(batch, self._by, self._without_day_only):
                    self._add(day, rows)
            for day in list(self._waiting):
                self._flush(day)
        finally:
            for day in list(self._open):
                self._close(day)
        return self._done

    def _add(self, day: date | None, rows: pa.Table) -> None:
        waiting = self._waiting.setdefault(day, _Waiting())
        waiting.add(rows)
        self._bytes += rows.nbytes
        if waiting.rows >= ROW_GROUP_ROWS:
            self._flush(day)
        while self._bytes > WAITING_BYTES:
            self._flush(max(self._waiting, key=lambda one: self._waiting[one].rows))

    def _flush(self, day: date | None) -> None:
        waiting = self._waiting.pop(day)
        self._bytes -= waiting.bytes
        rows = pa.concat_tables(waiting.parts)
        growing = self._open.pop(day, None) or self._opened(day, rows.schema)
        self._open[day] = growing  # the last one used stands last
        growing.rows += rows.num_rows
        growing.writer.write_table(rows, row_group_size=max(rows.num_rows, 1))
        if len(self._open) > OPEN_FILES:
            self._close(next(iter(self._open)))

    def _opened(self, day: date | None, schema: pa.Schema) -> _Growing:
        number = len(self._done) + len(self._open)
        path = self._folder / f"{self._by}={day or NO_DAY}" / f"part-{number}.parquet"
        path.parent.mkdir(exist_ok=True)
        repeating = [name for name in self._repeating if name in schema.names]
        writer = pq.ParquetWriter(
            path,
            schema,
            use_dictionary=repeating,
            # the smallest and largest of ids are people's, and nothing looks for rows by them
            write_statistics=False,
            store_decimal_as_integer=True,
        )
        return _Growing(path, writer)

    def _close(self, day: date | None) -> None:
        growing = self._open.pop(day)
        growing.writer.close()
        self._done.append(StoredFile(growing.path, growing.rows, day))


class _Waiting:
    """Rows of one day that wait for their row group."""

    def __init__(self) -> None:
        self.parts: list[pa.Table] = []
        self.rows = 0
        self.bytes = 0

    def add(self, rows: pa.Table) -> None:
        self.parts.append(rows)
        self.rows += rows.num_rows
        self.bytes += rows.nbytes


class _Growing:
    """A file that is being written."""

    def __init__(self, path: Path, writer: pq.ParquetWriter) -> None:
        self.path = path
        self.writer = writer
        self.rows = 0


def _by_day(
    batch: pa.RecordBatch, by: str, without_day_only: list[str]
) -> Iterable[tuple[date | None, pa.Table]]:
    """The rows of `batch` of each day, in their order, without the column of days."""
    place = batch.schema.get_field_index(by)
    rows = pa.Table.from_batches([batch.remove_column(place)])
    column = batch.column(place)
    if column.null_count:
        has_day = column.is_valid()
        yield None, rows.filter(pc.invert(has_day))
        rows = rows.drop_columns(without_day_only).filter(has_day)
        column = column.filter(has_day)
    else:
        rows = rows.drop_columns(without_day_only)
    days = column.cast(pa.int32()).to_numpy()
    if not len(days):
        return
    if (days[1:] < days[:-1]).any():
        order = np.argsort(days, kind="stable")
        rows, days = rows.take(pa.array(order)), days[order]
    ends = [*(np.flatnonzero(days[1:] != days[:-1]) + 1).tolist(), len(days)]
    start = 0
    for end in ends:
        yield _EPOCH + timedelta(int(days[start])), rows.slice(start, end - start)
        start = end
