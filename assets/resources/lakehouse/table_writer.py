"""Put rows in place of what a table holds, in one commit.

delta-rs does both, but for a table whose folder it cannot name (`odd_paths`): there the files of
rows are written here, and delta-rs commits them.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import TableNotFoundError

from assets.resources.lakehouse.delta_commit import (
    NO_VALUES_IN_LOG,
    StoredFile,
    exchange,
    files_of,
    partition_column,
)
from assets.resources.lakehouse.safe_paths import is_odd
from assets.resources.lakehouse.sql_text import literal

BATCH_ROWS = 100_000


class Counter:
    """Counts rows while they stream past, so that a write need not be read again."""

    def __init__(self, data: pa.Table | pa.RecordBatchReader) -> None:
        self._data = data.to_reader() if isinstance(data, pa.Table) else data
        self.rows = 0

    def reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self._data.schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self._data:
            self.rows += batch.num_rows
            yield batch


@dataclass(frozen=True)
class Change:
    """Rows, and what of a table they take the place of: its `days`, of them what `step` wrote;
    without days all of it. `by`: the column a new table is to store its days by."""

    data: pa.RecordBatchReader
    by: str | None
    days: Sequence[date] | None = None
    step: str | None = None


def write_rows(path: Path, columns: dict[str, str], change: Change, scratch: Path) -> None:
    """Make the change of the table at `path`. `columns`: column → DuckDB type."""
    if is_odd(path):
        _put_in_place(path, columns, change, scratch)
        return
    try:
        standing: DeltaTable | None = DeltaTable(str(path))
    except TableNotFoundError:
        standing = None
    write_deltalake(
        standing or str(path),
        change.data,
        mode="overwrite",
        configuration=NO_VALUES_IN_LOG if standing is None else None,
        partition_by=[change.by] if change.by else None,
        predicate=_predicate(change) if standing is not None else None,
    )


def store_anew(path: Path, columns: dict[str, str], change: Change, scratch: Path) -> None:
    """Put the rows in place of all the table at `path` holds, with the columns they have."""
    if is_odd(path):
        _put_in_place(path, columns, change, scratch)
        return
    write_deltalake(
        str(path),
        change.data,
        mode="overwrite",
        schema_mode="overwrite",
        partition_by=[change.by] if change.by else None,
    )


def _predicate(change: Change) -> str | None:
    """SQL of the rows that are replaced; None: all."""
    if change.by is None or change.days is None:
        return None
    listed = ", ".join(f"'{day.isoformat()}'" for day in change.days)
    of_step = f" and step = {literal(change.step)}" if change.step is not None else ""
    return f"{change.by} in ({listed}){of_step}"


def _put_in_place(path: Path, columns: dict[str, str], change: Change, scratch: Path) -> None:
    by, days, step = partition_column(path) or change.by, change.days, change.step
    standing = files_of(path, by)
    removed = standing if days is None else [file for file in standing if file.partition in days]
    building = scratch / f"rows-{uuid.uuid4().hex}"
    building.mkdir(parents=True, mode=0o700)
    try:
        added = _written(change.data, by, building)
        if step is not None and removed:
            added += _written(_other_steps(removed, by, step), by, building)
        exchange(path, columns, by, added, removed, overwrites=days is None)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _written(data: pa.RecordBatchReader, by: str | None, folder: Path) -> list[StoredFile]:
    """The rows in one file per day, or in one file; none for no row."""
    counts: dict[date | None, int] = {}
    paths: dict[date | None, Path] = {}
    kept = [name for name in data.schema.names if name != by]
    schema = pa.schema([data.schema.field(name) for name in kept])
    with ExitStack() as stack:
        writers: dict[date | None, pq.ParquetWriter] = {}
        for batch in data:
            for day, rows in _by_day(batch, by):
                if day not in writers:
                    paths[day] = folder / f"{uuid.uuid4().hex}.parquet"
                    writers[day] = stack.enter_context(pq.ParquetWriter(paths[day], schema))
                writers[day].write_batch(rows.select(kept))
                counts[day] = counts.get(day, 0) + rows.num_rows
    return [StoredFile(paths[day], count, day) for day, count in counts.items()]


def _by_day(batch: pa.RecordBatch, by: str | None) -> Iterator[tuple[date | None, pa.RecordBatch]]:
    if by is None:
        if batch.num_rows:
            yield None, batch
        return
    days = batch.column(batch.schema.get_field_index(by))
    for day in pc.unique(days):
        yield day.as_py(), batch.filter(pc.equal(days, day))


def _other_steps(files: Sequence[StoredFile], by: str | None, step: str) -> pa.RecordBatchReader:
    """Rows of `files` that other steps wrote."""
    parts = []
    for file in files:
        rows = pq.read_table(file.path, partitioning=None)
        rows = rows.filter(pc.fill_null(pc.not_equal(rows.column("step"), step), True))
        if by is not None:
            days = pa.array([file.partition] * rows.num_rows, pa.date32())
            rows = rows.append_column(by, days)
        parts.append(rows)
    return pa.concat_tables(parts).to_reader(BATCH_ROWS)
