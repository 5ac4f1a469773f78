"""Store tables in the lake: Delta tables written by delta-rs and read by DuckDB from explicit file
lists.

This is the only access to storage. One logical change is one commit; a reader sees the snapshot it
opened. One DuckDB file is not used because an open notebook would block the pipeline (see
`pipelines/decisions`).
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from assets.resources.files.atomic_file import remove_abandoned
from assets.resources.files.private_files import FOLDER_MODE, scratch_folder, sweep
from assets.resources.lakehouse.delta_commit import partition_column
from assets.resources.lakehouse.query_errors import QueryError as QueryError  # re-exported
from assets.resources.lakehouse.query_errors import QueryMemoryError
from assets.resources.lakehouse.safe_paths import built_at_safe_path, literal_pattern, table_address
from assets.resources.lakehouse.sql_text import literal, render
from assets.resources.lakehouse.table_writer import Change, RowCounter, rewrite_table, write_rows
from assets.resources.lakehouse.undo_journal import all_or_nothing, undo
from data_contracts.exports import BY_NAME as EXPORTS_BY_NAME
from data_contracts.stored_tables import STORED_BY_NAME, STORED_TABLES
from data_contracts.table import Table, Type

if TYPE_CHECKING:
    import pandas as pd

_WORD = re.compile(r"\w+")
_T = TypeVar("_T")

# Columns that ingest adds to every export: where a row came from, what was repaired on the way
# (`column:kind`, separated by spaces), and its business date.
LINEAGE_TYPES = {"file_sha256": "VARCHAR", "row_number": "BIGINT", "repairs": "VARCHAR"}


# Rows that a write by day buffers per thread; the default of the engine would keep a file that is
# not sorted by time in memory almost completely.
FLUSH_ROWS = 131_072
BATCH_ROWS = 100_000  # of a streamed result


# Errors of a query: raised by the engine or, while its stream is read, by Arrow.
_FAILED = (duckdb.Error, pa.ArrowException, OSError)


def engine_version() -> str:
    """Return the version of the engine; its hashes are valid for one version only."""
    return str(duckdb.__version__)


def _quoted(name: str) -> str:
    return f'"{name}"'


def stored_columns(table: Table) -> dict[str, str]:
    """Map each stored column to its DuckDB type, including the lineage columns of exports."""
    columns = {column.name: column.type.duckdb for column in table.lake_columns}
    if table.name in EXPORTS_BY_NAME:
        if table.partition == "business_date":
            columns["business_date"] = Type.DATE.duckdb
        columns |= LINEAGE_TYPES
    return columns


def _batches_or_query_error(
    batches: pa.RecordBatchReader, rendered: str
) -> Iterator[pa.RecordBatch]:
    """Yield the batches; raise QueryError with the SQL when reading fails."""
    try:
        yield from batches
    except _FAILED as error:
        raise QueryError(f"{error}\n--- the SQL that failed ---\n{rendered}") from error


class Session:
    """One in-memory DuckDB connection over a fixed snapshot of every table.

    Each table of the contracts is a view with its name; a missing table is an empty view with the
    columns of the contract, so that SQL need not test whether an export exists. A view takes
    milliseconds to create, so each is created when SQL first mentions it. `sources`: SQL of the
    views by name.
    """

    def __init__(
        self,
        lakehouse: Lakehouse,
        connection: duckdb.DuckDBPyConnection,
        sources: Mapping[str, str],
    ) -> None:
        self._lakehouse = lakehouse
        self._connection = connection
        self._pending_views = dict(sources)

    def secret(self, name: str, value: bytes) -> None:
        """Make `value` readable as `getvariable(name)`, so that no SQL or error contains it."""
        self._connection.execute(f"set variable {name} = ?", [value])

    def run(self, sql: str, **params: object) -> duckdb.DuckDBPyConnection:
        """Execute rendered SQL; raise QueryError with the SQL."""
        return self._execute(sql, params, lambda text: self._connection.execute(text))

    def _execute(self, sql: str, params: Mapping[str, object], execute: Callable[[str], _T]) -> _T:
        """Create the views that the SQL mentions, then call `execute` with the rendered SQL."""
        rendered = render(sql, params)
        try:
            for name in self._pending_views.keys() & set(_WORD.findall(rendered.lower())):
                self._connection.execute(
                    f'create view "{name}" as from {self._pending_views.pop(name)}'
                )
            return execute(rendered)
        except duckdb.OutOfMemoryException as error:
            raise QueryMemoryError(f"{error}\n--- the SQL that failed ---\n{rendered}") from error
        except _FAILED as error:
            raise QueryError(f"{error}\n--- the SQL that failed ---\n{rendered}") from error

    def view(self, name: str, sql: str, **params: object) -> None:
        """Define a step as a view, without computing it."""
        self.run(f'create or replace temp view "{name}" as {sql}', **params)

    def table(self, name: str, sql: str, **params: object) -> None:
        """Compute a step once; for steps that are read more than once."""
        self.run(f'create or replace temp table "{name}" as {sql}', **params)

    def empty(self, name: str, table: Table) -> None:
        """Create an empty step with the stored columns of `table`."""
        columns = ", ".join(f"{_quoted(c)} {kind}" for c, kind in stored_columns(table).items())
        self.run(f"create or replace temp table {_quoted(name)} ({columns})")

    def append(self, name: str, sql: str, /, **params: object) -> None:
        """Append the rows of the query, by column name, to a step created by `table` or `empty`."""
        self.run(f"insert into {_quoted(name)} by name ({sql})", **params)

    def register(self, name: str, frame: pd.DataFrame | pa.Table | pa.RecordBatchReader) -> None:
        """Make a frame readable by SQL as `name`."""
        self._connection.register(name, frame)

    def unregister(self, name: str) -> None:
        """Release the frame registered as `name`, which the engine otherwise keeps in memory."""
        self._connection.unregister(name)

    def frame(self, sql: str, **params: object) -> pd.DataFrame:
        return self.run(sql, **params).df()

    def arrow(self, sql: str, **params: object) -> pa.Table:
        return self._execute(sql, params, lambda text: self._connection.sql(text).to_arrow_table())

    def rows(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        return self.run(sql, **params).fetchall()

    def scalar(self, sql: str, **params: object) -> Any:
        """Return the first column of the first row; None when there are no rows."""
        rows = self.rows(sql, **params)
        return rows[0][0] if rows else None

    def reader(self, sql: str, **params: object) -> pa.RecordBatchReader:
        """Stream record batches. QueryError may be raised as late as the last row."""
        return self.stream(sql, BATCH_ROWS, **params)

    def stream(self, sql: str, batch_rows: int, /, **params: object) -> pa.RecordBatchReader:
        """Stream batches of `batch_rows` rows, for results with long texts."""
        batches = self._execute(
            sql, params, lambda text: self._connection.sql(text).to_arrow_reader(batch_rows)
        )
        return pa.RecordBatchReader.from_batches(
            batches.schema, _batches_or_query_error(batches, render(sql, params))
        )

    def replace(self, table: Table, day: date, sql: str, /, **params: object) -> int:
        """Replace partition `day` (`as_of`) of `table` by the rows of the query; return their
        number.
        """
        columns = stored_columns(table)
        listed = ", ".join(
            f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items()
        )
        reader = self.reader(f"select {listed} from ({sql})", **params)
        return self._lakehouse.replace(table, day, reader)


class Lakehouse:
    """Delta tables under `root`; `threads` and `memory_limit` limit every DuckDB session.

    `place`: the path that users see, when `root` is a link (`safe_paths`).
    """

    def __init__(
        self,
        root: Path,
        *,
        threads: int,
        memory_limit: str,
        scratch: Path,
        place: Path | None = None,
    ) -> None:
        self.root = root
        self.place = place or root
        self.threads = threads
        self.memory_limit = memory_limit
        self.scratch = scratch

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the write lock of this lake, so that two runs never load the same files twice.

        Partial changes and scratch files of a run that died while holding the lock are removed
        first.
        """
        for folder in (*self.root.parents[1::-1], self.root):  # including the home
            folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            undo(self.root)
            sweep(self.scratch)
            yield

    @contextmanager
    def all_or_nothing(self, *tables: Table, notes: Iterable[str] = ()) -> Iterator[None]:
        """Change several tables and note files as one; see `undo_journal`. Requires the lock."""
        with all_or_nothing(self.root, [table.name for table in tables], notes):
            yield

    def path(self, table: Table) -> Path:
        return self.root / table.name

    def snapshot(self, table: Table) -> DeltaTable | None:
        """Return the current snapshot; None when the table does not exist."""
        if not self.path(table).is_dir():
            return None  # same result as below, a hundred times faster
        try:
            return DeltaTable(table_address(self.path(table)))
        except TableNotFoundError:
            return None

    def scan(self, table: Table, *, is_published: bool = False) -> str:
        """Return SQL over the files of the snapshot. `is_published`: it outlives this process."""
        snapshot = self.snapshot(table)
        # joined here: `file_uris` percent-encodes a folder called 订单
        paths = pa.table(snapshot.get_add_actions()).column("path").to_pylist() if snapshot else []
        files = sorted(self._file_path(table, path, is_published) for path in paths)
        columns = stored_columns(table)
        if not files:
            empty = ", ".join(f'NULL::{kind} as "{name}"' for name, kind in columns.items())
            return f"(select {empty} where false)"
        absent = self._missing_columns(table, snapshot)
        listed = ", ".join(
            f'{"NULL" if name in absent else _quoted(name)}::{kind} as "{name}"'
            for name, kind in columns.items()
        )
        return f"(select {listed} from read_parquet({literal(files)}, hive_partitioning = true))"

    def _file_path(self, table: Table, path: str, is_published: bool) -> str:
        if is_published:
            return literal_pattern(self.place / table.name / path)
        return str(self.path(table) / path)

    def _missing_columns(self, table: Table, snapshot: DeltaTable | None) -> set[str]:
        """Return the columns of the contract that a table of an earlier version lacks."""
        if snapshot is None:
            return set()
        return set(stored_columns(table)) - {field.name for field in snapshot.schema().fields}

    def _float_money_columns(self, table: Table, snapshot: DeltaTable | None) -> set[str]:
        """Return the money columns that an earlier version stored as floats."""
        if snapshot is None:
            return set()
        fields = snapshot.schema().fields
        floats = {field.name for field in fields if getattr(field.type, "type", "") == "double"}
        return floats & {column.name for column in table.columns if column.type is Type.MONEY}

    @contextmanager
    def session(self, *only: Table) -> Iterator[Session]:
        """Open a connection over one snapshot of `only` these tables, or all; clean up on exit."""
        with scratch_folder(self.scratch) as spill:
            connection = duckdb.connect(
                ":memory:",
                config={
                    "threads": self.threads,
                    "memory_limit": self.memory_limit,
                    "temp_directory": str(spill),
                    "preserve_insertion_order": False,
                },
            )
            try:
                connection.execute("set enable_progress_bar = false")
                connection.execute(f"set partitioned_write_flush_threshold = {FLUSH_ROWS}")
                tables = only or STORED_TABLES
                yield Session(self, connection, {table.name: self.scan(table) for table in tables})
            finally:
                connection.close()

    def has_rows(self, table: Table) -> bool:
        snapshot = self.snapshot(table)
        return snapshot is not None and snapshot.count() > 0

    def size_bytes(self, table: Table) -> int:
        """Return the bytes of the files of the current snapshot; 0 without a table."""
        snapshot = self.snapshot(table)
        if snapshot is None:
            return 0
        sizes = pa.table(snapshot.get_add_actions()).column("size_bytes").to_pylist()
        return sum(sizes)

    def replace(
        self,
        table: Table,
        day: date,
        data: pa.Table | pa.RecordBatchReader,
        *,
        step: str | None = None,
    ) -> int:
        """Replace the rows of `table` for `as_of` = `day` (and `step`) by `data`."""
        return self._write(table, data, partition="as_of", days=[day], step=step)

    def replace_days(
        self, table: Table, days: list[date], data: pa.Table | pa.RecordBatchReader, *, by: str
    ) -> int:
        """Replace the rows of `table` for `days` by `data` in one commit."""
        if not days:
            return 0
        return self._write(table, data, partition=by, days=days)

    def overwrite(self, table: Table, data: pa.Table | pa.RecordBatchReader) -> int:
        """Replace the whole table by `data` in one commit."""
        return self._write(table, data, partition=None)

    def _write(
        self,
        table: Table,
        data: pa.Table | pa.RecordBatchReader,
        *,
        partition: str | None,
        days: list[date] | None = None,
        step: str | None = None,
    ) -> int:
        counter = RowCounter(data)
        self.migrate(table)
        path, columns = self.path(table), stored_columns(table)
        change = Change(counter.reader(), partition, days, step)
        write_rows(path, columns, change, self.scratch)
        return counter.rows

    def migrate(self, table: Table) -> bool:
        """Rewrite a table of an earlier version to its contract; return whether it was."""
        snapshot = self.snapshot(table)
        if not (
            self._missing_columns(table, snapshot) or self._float_money_columns(table, snapshot)
        ):
            return False
        partition = partition_column(self.path(table))
        with self.session(table) as session:
            rows = session.reader(f"select * from {table.name}")
            change = Change(rows, partition)
            rewrite_table(self.path(table), stored_columns(table), change, self.scratch)
        return True

    def publish(self, target: Path, views: Mapping[str, str] | None = None) -> None:
        """Build the database that users open: views over the snapshots, replaced atomically."""
        building = target.with_name(f".{target.name}.{os.getpid()}")
        remove_abandoned(target)
        try:
            with built_at_safe_path(building) as place:
                place.unlink(missing_ok=True)
                with duckdb.connect(str(place)) as connection:
                    for table in STORED_TABLES:
                        source = self.scan(table, is_published=True)
                        connection.execute(f'create view "{table.name}" as from {source}')
                        meaning = literal(table.meaning)
                        connection.execute(f'comment on view "{table.name}" is {meaning}')
                    for name, sql in (views or {}).items():
                        connection.execute(f'create view "{name}" as {sql}')
            os.replace(building, target)
        finally:
            for leftover in (building, building.with_name(f"{building.name}.wal")):
                leftover.unlink(missing_ok=True)


def table_by_name(name: str) -> Table:
    """Return the export or computed table with that name; raise KeyError."""
    table = STORED_BY_NAME.get(name)
    if table is None:
        raise KeyError(f"no table named {name}")
    return table
