"""Commit existing Parquet files to a Delta table: add some and remove others in one commit.

Ingest writes each row once, in its final form, and then only moves files into the folder of the
table. A file that was moved but never committed is invisible to readers; vacuum removes it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from assets.resources.lakehouse.safe_paths import LOG, is_unaddressable, table_address

# The log of a table would keep the minimum and maximum of every column, including pseudonyms of
# erased people. Nothing reads them; the engine uses the statistics of the files.
NO_VALUES_IN_LOG = {"delta.dataSkippingNumIndexedCols": "0"}

_ARROW_OF = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "DECIMAL(18,4)": pa.decimal128(18, 4),
}


@dataclass(frozen=True)
class StoredFile:
    """A Parquet file of one partition. `partition`: its day; None when the table has no days."""

    path: Path
    rows: int
    partition: date | None


def files_of(path: Path, by: str | None, version: int | None = None) -> list[StoredFile]:
    """List the files of the table at `path`, at `version` or now; empty when it does not exist."""
    try:
        snapshot = DeltaTable(table_address(path), version=version)
    except TableNotFoundError:
        return []
    actions = pa.table(snapshot.get_add_actions(flatten=True)).to_pylist()
    return [
        StoredFile(
            path / row["path"], row["num_records"], _day(row[f"partition.{by}"]) if by else None
        )
        for row in actions
    ]


def partition_column(path: Path) -> str | None:
    """Return the column that partitions the table by day; None without one or without a table."""
    try:
        columns = DeltaTable(table_address(path)).metadata().partition_columns
    except TableNotFoundError:
        return None
    return columns[0] if columns else None


def purge(path: Path) -> int:
    """Delete every file without current rows; return their number.

    A reader with an older snapshot open loses it.
    """
    try:
        table = DeltaTable(table_address(path))
    except TableNotFoundError:
        return 0
    if is_unaddressable(path):  # vacuum looks for files next to the log, which is a link here
        return _remove_unlisted_files(path, table)
    gone = table.vacuum(
        retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True
    )
    return len(gone)


def _remove_unlisted_files(path: Path, table: DeltaTable) -> int:
    listed = {path / name for name in pa.table(table.get_add_actions()).column("path").to_pylist()}
    gone = [
        file
        for file in path.rglob("*.parquet")
        if file not in listed and LOG not in file.relative_to(path).parts
    ]
    for file in gone:
        file.unlink()
    return len(gone)


def commit_files(
    path: Path,
    columns: dict[str, str],
    by: str | None,
    add: Iterable[StoredFile],
    remove: Iterable[StoredFile],
    *,
    overwrites: bool = False,
) -> int:
    """Move the files `add` into the table at `path` and commit them in place of `remove`.

    `columns`: column → DuckDB type of the table. `overwrites`: `add` is the entire new content, and
    `columns` its columns. Returns the version of the table after the commit.
    """
    adds = [_move(path, by, file) for file in add]
    now = _now_ms(path)
    removes = [RemoveAction(str(file.path.relative_to(path)), True, now) for file in remove]
    schema = pa.schema([(name, _ARROW_OF[kind]) for name, kind in columns.items()])
    try:
        table = DeltaTable(table_address(path))
    except TableNotFoundError:
        create_table_with_add_actions(
            table_address(path, is_new=True),
            DeltaSchema.from_arrow(schema),
            adds,
            mode="error",
            partition_by=[by] if by else None,
            configuration=NO_VALUES_IN_LOG,
        )
        return DeltaTable(table_address(path)).version()
    if overwrites:
        table.create_write_transaction(
            [*adds], "overwrite", DeltaSchema.from_arrow(schema), partition_by=[by] if by else None
        )
        table.update_incremental()
    elif adds or removes:
        table.create_write_transaction(
            [*removes, *adds], "append", table.schema(), partition_by=[by] if by else None
        )
        table.update_incremental()
    return table.version()


def version_of(path: Path) -> int:
    """Return the version of the current snapshot; -1 when the table does not exist."""
    try:
        return DeltaTable(table_address(path)).version()
    except TableNotFoundError:
        return -1


def _move(path: Path, by: str | None, file: StoredFile) -> AddAction:
    folder = f"{by}={file.partition}/" if by else ""
    relative = f"{folder}part-{uuid.uuid4().hex}.parquet"
    target = path / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    file.path.replace(target)
    stat = target.stat()
    return AddAction(
        path=relative,
        size=stat.st_size,
        partition_values={by: str(file.partition)} if by else {},
        modification_time=stat.st_mtime_ns // 1_000_000,
        data_change=True,
        stats=json.dumps({"numRecords": file.rows}),
    )


def _now_ms(path: Path) -> int:
    """Return the time of the file system, which vacuum compares with; nothing else uses it."""
    marker = path / ".exchanged"
    path.mkdir(parents=True, exist_ok=True)
    marker.touch()
    return marker.stat().st_mtime_ns // 1_000_000


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
