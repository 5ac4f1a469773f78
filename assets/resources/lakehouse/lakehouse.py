"""The lake: Delta tables written by delta-rs, read by DuckDB through explicit file lists.

The only door to storage. One logical change is one commit; a reader sees the snapshot it opened.
Why not one DuckDB file: an open notebook would stop the pipeline (see `pipelines/decisions`).
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

from assets.resources.atomic_file import remove_abandoned
from assets.resources.lakehouse.delta_commit import partition_column
from assets.resources.lakehouse.errors import QueryError as QueryError  # others know it from here
from assets.resources.lakehouse.errors import QueryMemoryError
from assets.resources.lakehouse.safe_paths import built_elsewhere, pattern_of, table_address
from assets.resources.lakehouse.sql_text import literal, render
from assets.resources.lakehouse.table_writer import Change, Counter, store_anew, write_rows
from assets.resources.lakehouse.undo_journal import all_or_nothing, undo
from assets.resources.private_files import FOLDER_MODE, own_folder, sweep
from data_contracts.exports import BY_NAME as EXPORTS_BY_NAME
from data_contracts.exports import EXPORTS
from data_contracts.table import Table, Type
from data_contracts.tables import BY_NAME as TABLES_BY_NAME
from data_contracts.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

_WORD = re.compile(r"\w+")
_T = TypeVar("_T")

# Columns that ingest adds to every export: where a row came from, what was repaired on the way
# (`column:kind`, separated by spaces), and its business date.
LINEAGE_TYPES = {"file_sha256": "VARCHAR", "row_number": "BIGINT", "repairs": "VARCHAR"}


# Rows a write by day holds back per thread before it hands them to its files; the engine's own
# default keeps a file that is not in order of time in memory almost whole.
FLUSH_ROWS = 131_072
BATCH_ROWS = 100_000  # of a streamed result


# What a query raises, by the engine or, while a stream of it is pulled, by Arrow.
_FAILED = (duckdb.Error, pa.ArrowException, OSError)


def engine_version() -> str:
    """Version of the engine; what it hashes holds for one version only."""
    return str(duckdb.__version__)


def _quoted(name: str) -> str:
    return f'"{name}"'


def stored_columns(table: Table) -> dict[str, str]:
    """Column → DuckDB type as stored: the contract's but for sensitive ones, and what ingest
    adds to exports."""
    columns = {column.name: column.type.duckdb for column in table.lake_columns}
    if table.name in EXPORTS_BY_NAME:
        if table.partition == "business_date":
            columns["business_date"] = Type.DATE.duckdb
        columns |= LINEAGE_TYPES
    return columns


def _pulled(found: pa.RecordBatchReader, rendered: str) -> Iterator[pa.RecordBatch]:
    """The batches; raises QueryError with the SQL when what the query reads breaks meanwhile."""
    try:
        yield from found
    except _FAILED as error:
        raise QueryError(f"{error}\n--- the SQL that failed ---\n{rendered}") from error


class Session:
    """One in-memory DuckDB connection over a fixed snapshot of every table.

    Each table of the contracts is a view of its own name; an absent one is an empty view with the
    contract's columns, so that SQL never has to ask whether an export came. Of the fifty, one is
    made when SQL first speaks of it: a view takes milliseconds. `sources`: their SQL by name.
    """

    def __init__(
        self,
        lakehouse: Lakehouse,
        connection: duckdb.DuckDBPyConnection,
        sources: Mapping[str, str],
    ) -> None:
        self._lakehouse = lakehouse
        self._connection = connection
        self._unmade = dict(sources)

    def secret(self, name: str, value: bytes) -> None:
        """Make `value` readable by SQL as `getvariable(name)`, so that no SQL text, and so no
        error, ever holds it."""
        self._connection.execute(f"set variable {name} = ?", [value])

    def run(self, sql: str, **params: object) -> duckdb.DuckDBPyConnection:
        """Execute rendered SQL; raises QueryError with the SQL."""
        return self._asked(sql, params, lambda text: self._connection.execute(text))

    def _asked(self, sql: str, params: Mapping[str, object], how: Callable[[str], _T]) -> _T:
        """What `how` makes of the rendered SQL; the tables it may be speaking of are made before.
        Raises QueryError with the SQL, QueryMemoryError where memory does not do."""
        rendered = render(sql, params)
        try:
            for name in self._unmade.keys() & set(_WORD.findall(rendered.lower())):
                self._connection.execute(f'create view "{name}" as from {self._unmade.pop(name)}')
            return how(rendered)
        except duckdb.OutOfMemoryException as error:
            raise QueryMemoryError(f"{error}\n--- the SQL that failed ---\n{rendered}") from error
        except _FAILED as error:
            raise QueryError(f"{error}\n--- the SQL that failed ---\n{rendered}") from error

    def view(self, name: str, sql: str, **params: object) -> None:
        """Name a step without computing it."""
        self.run(f'create or replace temp view "{name}" as {sql}', **params)

    def table(self, name: str, sql: str, **params: object) -> None:
        """Compute a step once, for steps that are read more than once."""
        self.run(f'create or replace temp table "{name}" as {sql}', **params)

    def empty(self, name: str, table: Table) -> None:
        """Make an empty step with the stored columns of `table`."""
        columns = ", ".join(f"{_quoted(c)} {kind}" for c, kind in stored_columns(table).items())
        self.run(f"create or replace temp table {_quoted(name)} ({columns})")

    def append(self, name: str, sql: str, /, **params: object) -> None:
        """Put the query's rows, by name of column, to a step that `table` or `empty` made."""
        self.run(f"insert into {_quoted(name)} by name ({sql})", **params)

    def register(self, name: str, frame: pd.DataFrame | pa.Table | pa.RecordBatchReader) -> None:
        """Make a frame readable by SQL under `name`."""
        self._connection.register(name, frame)

    def unregister(self, name: str) -> None:
        """Let go of what was registered under `name`: the engine keeps it alive otherwise."""
        self._connection.unregister(name)

    def frame(self, sql: str, **params: object) -> pd.DataFrame:
        return self.run(sql, **params).df()

    def arrow(self, sql: str, **params: object) -> pa.Table:
        return self._asked(sql, params, lambda text: self._connection.sql(text).to_arrow_table())

    def rows(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        return self.run(sql, **params).fetchall()

    def scalar(self, sql: str, **params: object) -> Any:
        """First column of the first row; None when there is no row."""
        rows = self.rows(sql, **params)
        return rows[0][0] if rows else None

    def reader(self, sql: str, **params: object) -> pa.RecordBatchReader:
        """Stream of record batches, for results larger than memory; raises QueryError, also while
        it is pulled: what the query reads may break at its last row."""
        return self.stream(sql, BATCH_ROWS, **params)

    def stream(self, sql: str, batch_rows: int, /, **params: object) -> pa.RecordBatchReader:
        """`reader` with batches of `batch_rows`, where texts may be long."""
        found = self._asked(
            sql, params, lambda text: self._connection.sql(text).to_arrow_reader(batch_rows)
        )
        return pa.RecordBatchReader.from_batches(found.schema, _pulled(found, render(sql, params)))

    def replace(self, table: Table, day: date, sql: str, /, **params: object) -> int:
        """Replace the `as_of` partition `day` of `table` by the query's rows; returns rows."""
        columns = stored_columns(table)
        listed = ", ".join(
            f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items()
        )
        reader = self.reader(f"select {listed} from ({sql})", **params)
        return self._lakehouse.replace(table, day, reader)


class Lakehouse:
    """Delta tables under `root`; `threads` and `memory_limit` bound every DuckDB session.

    `place`: where people find `root`, when that is a detour (`odd_paths`).
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
        """Hold the one write lock of this lake: two runs never load the same files twice.

        What a run that died under the lock had changed by halves is undone first, and the rows it
        left in the scratch folder, some of them as they stood, are removed.
        """
        for folder in (*self.root.parents[1::-1], self.root):  # of the home, too
            folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            undo(self.root)
            sweep(self.scratch)
            yield

    @contextmanager
    def all_or_nothing(self, *tables: Table, notes: Iterable[str] = ()) -> Iterator[None]:
        """Change several tables, and notes beside them, as one; see `journal`. Needs the lock."""
        with all_or_nothing(self.root, [table.name for table in tables], notes):
            yield

    def path(self, table: Table) -> Path:
        return self.root / table.name

    def snapshot(self, table: Table) -> DeltaTable | None:
        """The current snapshot, or None while the table does not exist."""
        if not self.path(table).is_dir():
            return None  # the same answer as below, in a hundredth of the time
        try:
            return DeltaTable(table_address(self.path(table)))
        except TableNotFoundError:
            return None

    def scan(self, table: Table, *, is_for_people: bool = False) -> str:
        """SQL source over the current snapshot: the exact files, never a glob.

        `is_for_people`: it is to be read after this process is gone.
        """
        snapshot = self.snapshot(table)
        # joined by hand: `file_uris` writes a folder called 订单 in percent signs
        paths = pa.table(snapshot.get_add_actions()).column("path").to_pylist() if snapshot else []
        files = sorted(self._named(table, path, is_for_people) for path in paths)
        columns = stored_columns(table)
        if not files:
            empty = ", ".join(f'NULL::{kind} as "{name}"' for name, kind in columns.items())
            return f"(select {empty} where false)"
        absent = self._absent(table, snapshot)
        listed = ", ".join(
            f'{"NULL" if name in absent else _quoted(name)}::{kind} as "{name}"'
            for name, kind in columns.items()
        )
        return f"(select {listed} from read_parquet({literal(files)}, hive_partitioning = true))"

    def _named(self, table: Table, path: str, is_for_people: bool) -> str:
        if is_for_people:
            return pattern_of(self.place / table.name / path)
        return str(self.path(table) / path)

    def _absent(self, table: Table, snapshot: DeltaTable | None) -> set[str]:
        """Columns of the contract that the table, stored by an earlier version, does not have."""
        if snapshot is None:
            return set()
        return set(stored_columns(table)) - {field.name for field in snapshot.schema().fields}

    def _were_floats(self, table: Table, snapshot: DeltaTable | None) -> set[str]:
        """Columns of money that an earlier version stored as floats."""
        if snapshot is None:
            return set()
        fields = snapshot.schema().fields
        floats = {field.name for field in fields if getattr(field.type, "type", "") == "double"}
        return floats & {column.name for column in table.columns if column.type is Type.MONEY}

    @contextmanager
    def session(self, *only: Table) -> Iterator[Session]:
        """A connection over one snapshot; closed, with its temporary files, on exit.

        `only`: the tables it is to know; to look up the snapshot of one takes a millisecond.
        """
        with own_folder(self.scratch) as spill:
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
                tables = only or (*EXPORTS, *TABLES)
                yield Session(self, connection, {table.name: self.scan(table) for table in tables})
            finally:
                connection.close()

    def has_rows(self, table: Table) -> bool:
        snapshot = self.snapshot(table)
        return snapshot is not None and snapshot.count() > 0

    def size_bytes(self, table: Table) -> int:
        """Bytes of the current snapshot's files; 0 while the table does not exist."""
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
        """Put `data` in place of what `table` holds for `as_of` = `day` (and `step`)."""
        return self._write(table, data, partition="as_of", days=[day], step=step)

    def replace_days(
        self, table: Table, days: list[date], data: pa.Table | pa.RecordBatchReader, *, by: str
    ) -> int:
        """Put `data` in place of what `table` holds for `days`, in one commit."""
        if not days:
            return 0
        return self._write(table, data, partition=by, days=days)

    def overwrite(self, table: Table, data: pa.Table | pa.RecordBatchReader) -> int:
        """Put `data` in place of the whole table, in one commit."""
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
        counter = Counter(data)
        self.migrate(table)
        path, columns = self.path(table), stored_columns(table)
        change = Change(counter.reader(), partition, days, step)
        write_rows(path, columns, change, self.scratch)
        return counter.rows

    def migrate(self, table: Table) -> bool:
        """Rewrite a table of an earlier version as its contract is now; return whether it was.

        Columns that the contract gained are empty in its rows, and money becomes decimal.
        """
        snapshot = self.snapshot(table)
        if not (self._absent(table, snapshot) or self._were_floats(table, snapshot)):
            return False
        partition = partition_column(self.path(table))
        with self.session(table) as session:
            rows = session.reader(f"select * from {table.name}")
            change = Change(rows, partition)
            store_anew(self.path(table), stored_columns(table), change, self.scratch)
        return True

    def publish(self, target: Path, views: Mapping[str, str] | None = None) -> None:
        """Build the database people open: views over the current snapshots, moved into place.

        A reader that has the old file open keeps its own consistent view of it.
        """
        building = target.with_name(f".{target.name}.{os.getpid()}")
        remove_abandoned(target)
        try:
            with built_elsewhere(building) as place:
                place.unlink(missing_ok=True)
                with duckdb.connect(str(place)) as connection:
                    for table in (*EXPORTS, *TABLES):
                        source = self.scan(table, is_for_people=True)
                        connection.execute(f'create view "{table.name}" as from {source}')
                        meaning = literal(table.meaning)
                        connection.execute(f'comment on view "{table.name}" is {meaning}')
                    for name, sql in (views or {}).items():
                        connection.execute(f'create view "{name}" as {sql}')
            os.replace(building, target)
        finally:
            for left in (building, building.with_name(f"{building.name}.wal")):
                left.unlink(missing_ok=True)


def table_named(name: str) -> Table:
    """Export or computed table of that name; raises KeyError naming what exists."""
    found = EXPORTS_BY_NAME.get(name) or TABLES_BY_NAME.get(name)
    if found is None:
        raise KeyError(f"no table named {name}")
    return found
