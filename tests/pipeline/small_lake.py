"""A lake of a handful of rows, written as ingest would write it, for tests of single assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import stored_columns
from data_contracts.stored_tables import STORED_BY_NAME
from data_contracts.table import Table, Type
from data_contracts.tables.bookkeeping import FALLBACKS
from models.clock import business_date
from tests.events import materialize

_ARROW = {kind.duckdb: kind.arrow for kind in Type}


def linli_home(root: Path, cutoff: str = "23:00") -> LinliHome:
    """A home under `root` whose platform closes its day at `cutoff`."""
    exports = root / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    (exports / "platform.toml").write_text(f'name = "test"\ncutoff = "{cutoff}"\n', "utf-8")
    return LinliHome(home=str(root / "home"), exports=str(exports), threads=1, memory_limit="1GB")


def fill(home: LinliHome, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Overwrite tables of the lake; columns not named are empty, the business date is derived."""
    for name, rows in tables.items():
        table = STORED_BY_NAME[name]
        home.lakehouse.overwrite(table, _arrow(table, list(rows), home.platform().cutoff_minutes))


def _arrow(table: Table, rows: list[Mapping[str, Any]], cutoff_minutes: int) -> pa.Table:
    columns = stored_columns(table)
    schema = pa.schema([pa.field(name, _ARROW[kind]) for name, kind in columns.items()])
    full = []
    for row in rows:
        unknown = set(row) - set(columns)
        if unknown:
            raise KeyError(f"{table.name} has no column {sorted(unknown)[0]}")
        stored = {name: _value(row.get(name), columns[name]) for name in columns}
        if "business_date" in columns and table.event_time:
            stored["business_date"] = business_date(row[table.event_time], cutoff_minutes)
        full.append(stored)
    return pa.Table.from_pylist(full, schema=schema)


def _value(value: Any, kind: str) -> Any:
    if kind == Type.MONEY.duckdb and isinstance(value, int | float):
        return Decimal(str(value))
    if kind == Type.REAL.duckdb and isinstance(value, int):
        return float(value)
    return value


def materialise(
    home: LinliHome, assets: list[dg.AssetsDefinition], as_of: date
) -> dg.ExecuteInProcessResult:
    """Run assets for one day in this process; raises what the asset raises."""
    return materialize(
        assets, partition_key=as_of.isoformat(), resources={"linli": home}, raise_on_error=True
    )


def read(home: LinliHome, table: Table, as_of: date) -> pd.DataFrame:
    """The `as_of` rows of a computed table, by key."""
    order = ", ".join(table.key)
    with home.lakehouse.session(table) as session:
        return session.frame(
            f"select * from {table.name} where as_of = $as_of order by {order}", as_of=as_of
        )


def fallback_codes(home: LinliHome, step: str, as_of: date) -> list[str]:
    """What `step` had to do without."""
    with home.lakehouse.session(FALLBACKS) as session:
        rows = session.rows(
            "select code from fallbacks where step = $step and as_of = $as_of order by code",
            step=step,
            as_of=as_of,
        )
    return [code for (code,) in rows]


def at(text: str) -> datetime:
    """Moment written as `2026-09-01 10:30`."""
    return datetime.fromisoformat(text)
