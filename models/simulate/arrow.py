"""Build Arrow columns from numpy arrays: the last step from simulated numbers to an export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.table import Table, Type
from models.simulate.simulated_days import Timeline


def pick(pool: Sequence[str | None] | pa.Array, index: np.ndarray) -> pa.Array:
    """Return texts of `pool` by index; a negative index is null."""
    values = pool if isinstance(pool, pa.Array) else pa.array(pool, pa.string())
    positions = np.asarray(index, np.int64)
    missing = positions < 0
    return values.take(pa.array(np.where(missing, 0, positions), mask=missing))


def numbered(prefix: str, numbers: np.ndarray, width: int) -> pa.Array:
    """Return ids such as `U000017`; a negative number is null."""
    values = np.asarray(numbers, np.int64)
    digits = pc.utf8_lpad(pa.array(values, mask=values < 0).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")


def yuan(fen: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Return decimal yuan of whole fen, written directly in Arrow's 128-bit layout."""
    amounts = np.asarray(fen, np.int64) * 100  # fen to ten-thousandths of a yuan
    words = np.empty((len(amounts), 2), np.int64)
    words[:, 0] = amounts
    words[:, 1] = amounts >> 63
    valid = None
    if missing is not None and missing.any():
        valid = pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes())
    return pa.Array.from_buffers(
        Type.MONEY.arrow, len(amounts), [valid, pa.py_buffer(words.tobytes())]
    )


def moments(timeline: Timeline, second: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Timestamps of moments in seconds."""
    return pa.array(
        timeline.second64(np.asarray(second, np.int64)).astype("datetime64[us]"),
        type=Type.TIMESTAMP.arrow,
        mask=missing,
    )


def days(timeline: Timeline, day: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Dates of day numbers."""
    return pa.array(timeline.day64(np.asarray(day, np.int64)), type=Type.DATE.arrow, mask=missing)


def reals(values: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    return pa.array(np.asarray(values, np.float64), type=Type.REAL.arrow, mask=missing)


def integers(values: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    return pa.array(np.asarray(values, np.int64), type=Type.INTEGER.arrow, mask=missing)


def flags(values: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    return pa.array(np.asarray(values, bool), type=Type.BOOLEAN.arrow, mask=missing)


def table_of(contract: Table, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Build the contract's table: its columns in order; a missing optional column is null.

    Raises KeyError for a column that the contract does not have, or a missing required one.
    """
    for name in columns:
        contract.column(name)
    rows = len(next(iter(columns.values())))
    for column in contract.columns:
        if column.required and column.name not in columns:
            raise KeyError(f"{contract.name}: required column {column.name} was not simulated")
    arrays = [
        columns[column.name] if column.name in columns else pa.nulls(rows, column.type.arrow)
        for column in contract.columns
    ]
    return pa.Table.from_arrays(
        [
            array.cast(column.type.arrow)
            for array, column in zip(arrays, contract.columns, strict=True)
        ],
        schema=contract.arrow_schema(),
    )
