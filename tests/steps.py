"""One step of SQL alone, on tables drawn as text.

    given = {"stock": '''
        warehouse_id | sku_id | counted_at       | on_hand_units
        w1           | rice   | 2026-09-30 21:00 | 8
    '''}
    step("assets/….sql", given, "sku_id on_hand_units", as_of=AS_OF)

A cell is read as its column's type, an empty one is null, and so is a column that is not drawn. A
table that is not drawn is empty. Tables of the contracts have their columns as stored; what other
steps make has the columns that their SQL gives it (`MADE_BY`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from assets.resources.lakehouse.lakehouse import stored_columns
from assets.resources.lakehouse.sql_text import render
from data_contracts.stored_tables import STORED_BY_NAME

ROOT = Path(__file__).resolve().parents[1]

# SQL that creates a table without a contract.
MADE_BY = {
    "order_lines": "assets/core/order_lines.sql",
    "order_lines_as_of": "assets/core/order_lines_as_of.sql",
    "off_offer": "assets/core/off_offer.sql",
    "counted_batches": "assets/decide/replenishment/counted_batches.sql",
    "recent_demand": "assets/decide/replenishment/recent_demand.sql",
    "latest_stock": "assets/decide/replenishment/latest_stock.sql",
    "orders_in_hand": "assets/decide/replenishment/orders_in_hand.sql",
    "restock_skus": "assets/decide/replenishment/restock_skus.sql",
    "contact_history": "assets/decide/wake_up/contact_history.sql",
    "refusals_in_answers": "assets/decide/wake_up/refusals_in_answers.sql",
    "supply_pairs": "assets/core/supply/supply_pairs.sql",
    "terms_of_day": "assets/core/supply/terms_of_day.sql",
    "named_suppliers": "assets/core/supply/named_suppliers.sql",
    "typical_purchases": "assets/decide/wake_up/typical_purchases.sql",
}
# Integers of order lines that follow from the units and yuan that are drawn.
_AMOUNTS = {"ordered": "units", "cancelled": "units", "sold": "units"} | dict.fromkeys(
    ("gross", "refund", "net"), "yuan"
)
_INTEGERS = ", ".join(
    f"{name}_e4 = round({name}_{unit} * 10000)" for name, unit in _AMOUNTS.items()
)
_WORD = re.compile(r"[a-z_0-9]+")

Rows = list[tuple[Any, ...]]
# Called after each step with the tables given, the columns wanted and the rows found.
WATCHERS: list[Callable[[Mapping[str, str], list[str], Rows], None]] = []


def step(
    path: str,
    given: Mapping[str, str],
    wanted: str,
    shapes: Mapping[str, str] | None = None,
    sql: str | None = None,
    **params: object,
) -> list[tuple[Any, ...]]:
    """The columns `wanted` of what the step makes of the tables `given`, in order of the rows.

    `shapes`: columns and types of tables that are neither of the contracts nor in `MADE_BY`, or the
    SQL file that makes them. `sql`: what the file's text becomes, where it is a template.
    """
    sql = sql or (ROOT / path).read_text("utf-8")
    columns, made = wanted.split(), MADE_BY | (shapes or {})
    with duckdb.connect(":memory:") as connection:
        for name in sorted({*_tables_of(sql, made), *given}):
            _make(connection, name, made, params)
        for name, text in given.items():
            _fill(connection, name, text)
        found = connection.execute(f"select {', '.join(columns)} from ({render(sql, params)})")
        rows = [tuple(_plain(value) for value in row) for row in found.fetchall()]
    rows.sort(key=lambda row: [(value is not None, str(value)) for value in row])
    for watcher in WATCHERS:
        watcher(given, columns, rows)
    return rows


def _tables_of(sql: str, made: Mapping[str, str]) -> set[str]:
    known = {*STORED_BY_NAME, *made}
    return known & set(_WORD.findall(re.sub(r"--[^\n]*", "", sql)))


def _make(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    made: Mapping[str, str],
    params: Mapping[str, object],
) -> None:
    """Make the table `name` without rows, unless it is there."""
    if connection.execute("from duckdb_tables() where table_name = ?", [name]).fetchall():
        return
    if name in made and not made[name].endswith(".sql"):
        connection.execute(f"create table {name} ({made[name]})")
    elif name in made:
        sql = (ROOT / made[name]).read_text("utf-8")
        for other in sorted(_tables_of(sql, made) - {name}):
            _make(connection, other, made, params)
        text = render(sql, _Any(params))
        connection.execute(f"create table {name} as select * from ({text}) limit 0")
    else:
        stored = stored_columns(STORED_BY_NAME[name])
        columns = ", ".join(f'"{column}" {kind}' for column, kind in stored.items())
        connection.execute(f"create table {name} ({columns})")


def _fill(connection: duckdb.DuckDBPyConnection, name: str, text: str) -> None:
    described = connection.execute(f"describe {name}").fetchall()
    kinds = {str(row[0]): str(row[1]) for row in described}
    for row in drawn(text):
        casts = ", ".join(f"cast(? as {kinds[column]})" for column in row)
        names = ", ".join(f'"{column}"' for column in row)
        connection.execute(f"insert into {name} ({names}) values ({casts})", list(row.values()))
    if name == "order_lines_as_of":
        connection.execute(f"update order_lines_as_of set {_INTEGERS}")


def drawn(text: str) -> Iterator[dict[str, str | None]]:
    """Rows of a table drawn with bars, its first line the names of the columns."""
    header, *lines = [line for line in text.splitlines() if line.strip()]
    names = [cell.strip() for cell in header.split("|")]
    for line in lines:
        cells = [cell.strip() or None for cell in line.split("|")]
        yield dict(zip(names, cells, strict=True))


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


class _Any(dict[str, object]):
    """The parameters, and a value for every other one, where only the columns matter."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> object:
        if name.endswith("_end"):
            return datetime(2026, 10, 1)
        if name.endswith(("as_of", "day", "since")) or name.startswith("day_"):
            return date(2026, 9, 30)
        return 1 if not name.startswith("has_") else True
