"""Compare the columns and types of a stored table with those of its contract.

Reading casts to the contract's types, so only the stored schema itself can show a difference.
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
    """Return `column:type` of every column that the contract stores."""
    return [f"{name}:{_STORED_AS[kind]}" for name, kind in stored_columns(table).items()]


def actual_columns(lake: Lakehouse, table: Table) -> list[str] | None:
    """Return `column:type` of every stored column; None while the table does not exist."""
    snapshot = lake.snapshot(table)
    if snapshot is None:
        return None
    return [
        f"{item.name}:{getattr(item.type, 'type', item.type)}" for item in snapshot.schema().fields
    ]


def missing_columns(actual: list[str], table: Table) -> list[str]:
    """Return the contract's columns that storage lacks, whatever their type."""
    stored = {column.split(":")[0] for column in actual}
    return [name for name in stored_columns(table) if name not in stored]


def frame_of_columns(columns: list[str]) -> pd.DataFrame:
    """Return an empty frame with these column names, for an expectation on columns."""
    return pd.DataFrame(columns=columns)
