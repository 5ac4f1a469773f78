"""Convert typed columns (Parquet) whose type is not the one our column needs.

An id held as a floating-point number is exact up to 2^53 (2^24 for four bytes) and rounded beyond:
exact values become their digits, others are written in scientific notation, which casting rejects
as lost digits. A user id held as an integer becomes text too, so that 0 is recognised as no user. A
timestamp with a time zone is converted to the platform's clock. NaN becomes empty.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import read_columns
from data_contracts.table import Personal, Table, Type

_EXACT_BELOW = {pa.float64(): 2**53, pa.float32(): 2**24}
_SHOWN_DECIMALS = {pa.float64(): 16, pa.float32(): 6}  # digits that the type can hold
_MOMENT = pa.timestamp("us")


class TypedColumns:
    """Converts the typed columns of one file of `table`."""

    def __init__(self, table: Table, match: HeaderMatch, utc_offset_minutes: int) -> None:
        self._column = {header: column for header, column, _ in read_columns(table, match)}
        self._ahead = pa.scalar(utc_offset_minutes * 60_000_000, pa.duration("us"))

    def field(self, field: pa.Field) -> pa.Field:
        """Return the field with the type it has in the stream."""
        return pa.field(field.name, self._type(field))

    def columns(self, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        """Return the columns of the batch by header, with the types that `field` returns."""
        return {
            field.name: self._convert(field)(batch.column(place))
            for place, field in enumerate(batch.schema)
        }

    def _type(self, field: pa.Field) -> pa.DataType:
        if (self._is_id(field) and field.type in _EXACT_BELOW) or self._is_whole_user(field):
            return pa.string()
        return _MOMENT if pa.types.is_timestamp(field.type) else field.type

    def _is_id(self, field: pa.Field) -> bool:
        column = self._column.get(field.name)
        return column is not None and column.type is Type.TEXT

    def _is_whole_user(self, field: pa.Field) -> bool:
        is_whole = pa.types.is_integer(field.type) or pa.types.is_decimal(field.type)
        column = self._column.get(field.name)
        return is_whole and column is not None and column.personal is Personal.IDENTIFIER

    def _convert(self, field: pa.Field) -> Callable[[pa.Array], pa.Array]:
        if pa.types.is_timestamp(field.type):
            return self._local
        if pa.types.is_floating(field.type):
            return digits if self._is_id(field) and field.type in _EXACT_BELOW else _without_nan
        if self._is_whole_user(field):
            return lambda array: array.cast(pa.string())
        return lambda array: array

    def _local(self, array: pa.Array) -> pa.Array:
        if array.type.tz is None:
            return array.cast(_MOMENT, safe=False)
        instant = array.cast(pa.timestamp("us", tz="UTC"), safe=False).cast(_MOMENT)
        return pc.add(instant, self._ahead)


def digits(array: pa.Array) -> pa.Array:
    """Write ids held as floating-point numbers as texts.

    >>> digits(pa.array([1001.0, 9123456789012344.0, None, 1.5])).to_pylist()
    ['1001', '9.1234567890123440E+15', None, '1.5']
    """
    exact, decimals = _EXACT_BELOW[array.type], _SHOWN_DECIMALS[array.type]

    def text(value: float | None) -> str | None:
        if value is None or value != value:
            return None
        if abs(value) >= exact:
            return f"{value:.{decimals}E}"
        return str(int(value)) if value.is_integer() else repr(value)

    return pa.array([text(value) for value in array.to_pylist()], pa.string())


def _without_nan(array: pa.Array) -> pa.Array:
    is_nan = pc.is_nan(array)
    if not pc.any(is_nan).as_py():
        return array
    return pc.if_else(is_nan, pa.scalar(None, array.type), array)
