"""Columns and types a table has in storage, and those its contract asks for, as comparable words.

Reading casts to the contract's types, so that only the stored schema itself can show a drift.
"""

from __future__ import annotations

import pandas as pd

from assets.resources.lakehouse.lakehouse import Lakehouse, stored_columns
from data_contracts.table import Table

# DuckDB type of a contract → type as the stored table names it.
_STORED_AS = {
    "VARCHAR": "string",
    "BIGINT": "long",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp_ntz",
    "DECIMAL(18,4)": "decimal(18,4)",
}


def expected_columns(table: Table) -> list[str]:
    """`column:type` of every column the contract stores."""
    return [f"{name}:{_STORED_AS[kind]}" for name, kind in stored_columns(table).items()]


def actual_columns(lake: Lakehouse, table: Table) -> list[str] | None:
    """`column:type` of every stored column; None while the table does not exist."""
    snapshot = lake.snapshot(table)
    if snapshot is None:
        return None
    return [
        f"{item.name}:{getattr(item.type, 'type', item.type)}" for item in snapshot.schema().fields
    ]


def missing_columns(actual: list[str], table: Table) -> list[str]:
    """Columns that the contract stores and storage has not under any type."""
    there = {column.split(":")[0] for column in actual}
    return [name for name in stored_columns(table) if name not in there]


def frame_of_columns(columns: list[str]) -> pd.DataFrame:
    """An empty frame whose columns are the words, for an expectation on columns."""
    return pd.DataFrame(columns=columns)
