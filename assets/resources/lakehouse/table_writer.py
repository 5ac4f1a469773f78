"""Replace rows of a table in one commit.

delta-rs does this, except for a table whose folder it cannot address (`safe_paths`): there the data
files are written here, and delta-rs only commits them.
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
    commit_files,
    files_of,
    partition_column,
)
from assets.resources.lakehouse.safe_paths import is_unaddressable
from assets.resources.lakehouse.sql_text import literal

BATCH_ROWS = 100_000


class RowCounter:
    """Count rows while they are streamed, so that the written data need not be read again."""

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
    """Rows, and the rows of the table that they replace.

    The change replaces the rows of `days`, limited to those written by `step`; without days, all
    rows. `by`: the partition column of a new table.
    """

    data: pa.RecordBatchReader
    by: str | None
    days: Sequence[date] | None = None
    step: str | None = None


def write_rows(path: Path, columns: dict[str, str], change: Change, scratch: Path) -> None:
    """Apply the change to the table at `path`. `columns`: column → DuckDB type."""
    if is_unaddressable(path):
        _replace_files(path, columns, change, scratch)
        return
    try:
        existing: DeltaTable | None = DeltaTable(str(path))
    except TableNotFoundError:
        existing = None
    write_deltalake(
        existing or str(path),
        change.data,
        mode="overwrite",
        configuration=NO_VALUES_IN_LOG if existing is None else None,
        partition_by=[change.by] if change.by else None,
        predicate=_predicate(change) if existing is not None else None,
    )


def rewrite_table(path: Path, columns: dict[str, str], change: Change, scratch: Path) -> None:
    """Replace the whole table at `path`, including its columns."""
    if is_unaddressable(path):
        _replace_files(path, columns, change, scratch)
        return
    write_deltalake(
        str(path),
        change.data,
        mode="overwrite",
        schema_mode="overwrite",
        partition_by=[change.by] if change.by else None,
    )


def _predicate(change: Change) -> str | None:
    """Return the SQL condition of the rows that are replaced; None: all."""
    if change.by is None or change.days is None:
        return None
    listed = ", ".join(f"'{day.isoformat()}'" for day in change.days)
    of_step = f" and step = {literal(change.step)}" if change.step is not None else ""
    return f"{change.by} in ({listed}){of_step}"


def _replace_files(path: Path, columns: dict[str, str], change: Change, scratch: Path) -> None:
    by, days, step = partition_column(path) or change.by, change.days, change.step
    existing = files_of(path, by)
    removed = existing if days is None else [file for file in existing if file.partition in days]
    building = scratch / f"rows-{uuid.uuid4().hex}"
    building.mkdir(parents=True, mode=0o700)
    try:
        added = _write_files(change.data, by, building)
        if step is not None and removed:
            added += _write_files(_other_steps(removed, by, step), by, building)
        commit_files(path, columns, by, added, removed, overwrites=days is None)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write_files(data: pa.RecordBatchReader, by: str | None, folder: Path) -> list[StoredFile]:
    """Write the rows to one file per day, or to one file; no file for no rows."""
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
    """Return the rows of `files` that other steps wrote."""
    parts = []
    for file in files:
        rows = pq.read_table(file.path, partitioning=None)
        rows = rows.filter(pc.fill_null(pc.not_equal(rows.column("step"), step), True))
        if by is not None:
            days = pa.array([file.partition] * rows.num_rows, pa.date32())
            rows = rows.append_column(by, days)
        parts.append(rows)
    return pa.concat_tables(parts).to_reader(BATCH_ROWS)
