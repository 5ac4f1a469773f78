"""Write a stream of rows into Parquet files, one or more per day.

The partitioned write of the engine takes three times as long: it copies every row into a buffer of
its partition, whereas here a batch is cut where its day ends.
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
# Rows buffered in memory until a row group is complete. A file that is not sorted by time buffers
# every day; then the fullest buffers are written early.
BUFFER_BYTES = 192 << 20
OPEN_FILES = 200  # of 1,024 that a process may have
NO_DAY = "without"
_EPOCH = date(1970, 1, 1)


class PartitionWriter:
    """Write files under `folder`, one or more per day, in a folder `by=day` for each day.

    Rows without a day get their own folder. `by`: the day column, which is not written.
    `repeating`: columns to dictionary-encode. `without_day_only`: columns written only for rows
    without a day.
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
        self._buffers: dict[date | None, _RowBuffer] = {}
        self._open: dict[date | None, _OpenFile] = {}
        self._done: list[StoredFile] = []
        self._bytes = 0

    def write(self, batches: Iterable[pa.RecordBatch]) -> list[StoredFile]:
        """Write all `batches`; a StoredFile with `partition` None holds rows without a day."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            for batch in batches:
                for day, rows in _by_day(batch, self._by, self._without_day_only):
                    self._add(day, rows)
            for day in list(self._buffers):
                self._flush(day)
        finally:
            for day in list(self._open):
                self._close(day)
        return self._done

    def _add(self, day: date | None, rows: pa.Table) -> None:
        buffered = self._buffers.setdefault(day, _RowBuffer())
        buffered.add(rows)
        self._bytes += rows.nbytes
        if buffered.rows >= ROW_GROUP_ROWS:
            self._flush(day)
        while self._bytes > BUFFER_BYTES:
            self._flush(max(self._buffers, key=lambda one: self._buffers[one].rows))

    def _flush(self, day: date | None) -> None:
        buffered = self._buffers.pop(day)
        self._bytes -= buffered.bytes
        rows = pa.concat_tables(buffered.parts)
        open_file = self._open.pop(day, None) or self._open_file(day, rows.schema)
        self._open[day] = open_file  # most recently used is last
        open_file.rows += rows.num_rows
        open_file.writer.write_table(rows, row_group_size=max(rows.num_rows, 1))
        if len(self._open) > OPEN_FILES:
            self._close(next(iter(self._open)))

    def _open_file(self, day: date | None, schema: pa.Schema) -> _OpenFile:
        number = len(self._done) + len(self._open)
        path = self._folder / f"{self._by}={day or NO_DAY}" / f"part-{number}.parquet"
        path.parent.mkdir(exist_ok=True)
        repeating = [name for name in self._repeating if name in schema.names]
        writer = pq.ParquetWriter(
            path,
            schema,
            use_dictionary=repeating,
            # minimum and maximum of ids would be personal data, and no query uses them
            write_statistics=False,
            store_decimal_as_integer=True,
        )
        return _OpenFile(path, writer)

    def _close(self, day: date | None) -> None:
        open_file = self._open.pop(day)
        open_file.writer.close()
        self._done.append(StoredFile(open_file.path, open_file.rows, day))


class _RowBuffer:
    """Rows of one day that are not yet a full row group."""

    def __init__(self) -> None:
        self.parts: list[pa.Table] = []
        self.rows = 0
        self.bytes = 0

    def add(self, rows: pa.Table) -> None:
        self.parts.append(rows)
        self.rows += rows.num_rows
        self.bytes += rows.nbytes


class _OpenFile:
    """A file that is being written."""

    def __init__(self, path: Path, writer: pq.ParquetWriter) -> None:
        self.path = path
        self.writer = writer
        self.rows = 0


def _by_day(
    batch: pa.RecordBatch, by: str, without_day_only: list[str]
) -> Iterable[tuple[date | None, pa.Table]]:
    """Yield the rows of `batch` for each day, in order, without the day column."""
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
