"""Choose the rows of a check: those of the day, or of days that a load changed.

Above `SAMPLE_ROWS` rows a hash sample of the key is checked. Rows with a time at or after the end
of `as_of` are left out; reference files without days are checked whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
import pyarrow as pa

from assets.resources.lakehouse.lakehouse import Session, stored_columns
from assets.resources.lakehouse.sql_text import literal
from data_contracts.table import Table, Type

SAMPLE_ROWS = 200_000  # larger scopes are sampled by hash of the key


@dataclass(frozen=True)
class Scope:
    """Rows of a table by an SQL condition. One key in `every` is sampled."""

    where: str
    rows: int
    every: int = 1

    @property
    def share(self) -> float:
        """Share of the keys that is checked, 0 to 1."""
        return 1 / self.every

    def sampled(self, table: Table) -> str:
        """Return the condition narrowed to the sample. All rows of one key are in or out."""
        if self.every == 1:
            return self.where
        return f"{self.where} and hash({', '.join(table.key)}) % {self.every} = 0"


def sampling_step(rows: int) -> int:
    """Return n such that one key in n is checked.

    >>> sampling_step(200_000), sampling_step(200_001), sampling_step(10_000_000)
    (1, 2, 50)
    """
    return max(1, -(-rows // SAMPLE_ROWS))


def scope_of_day(session: Session, table: Table, as_of: date, as_of_end: datetime) -> Scope:
    """Select the rows of the day; of a table without days, all rows known by `as_of`."""
    if table.partition:
        return _scope(session, table, f"{table.partition} = {literal(as_of)}")
    if table.event_time:
        before = f"{table.event_time} < {literal(as_of_end)}"
        return _scope(session, table, f"({table.event_time} is null or {before})")
    return _scope(session, table, "true")


def scope_of_days(session: Session, table: Table, days: Iterable[date]) -> Scope:
    """Select the rows of all `days` of a table that is stored by day."""
    return _scope(session, table, f"({within_days_sql(str(table.partition), days)})")


def within_days_sql(column: str, days: Iterable[date]) -> str:
    """Write the SQL condition that `column` is one of `days`.

    The engine evaluates it once per stored file, one per day. Consecutive days become one range: a
    year costs two comparisons instead of 365.

    >>> within_days_sql("day", [date(2026, 3, 1), date(2026, 2, 28), date(2026, 3, 5)])
    "day between DATE '2026-02-28' and DATE '2026-03-01' or day = DATE '2026-03-05'"
    >>> within_days_sql("day", [])
    'false'
    """
    ranges: list[list[date]] = []
    for day in sorted(set(days)):
        if ranges and day - ranges[-1][-1] == timedelta(days=1):
            ranges[-1].append(day)
        else:
            ranges.append([day])
    conditions = (
        f"{column} between {literal(span[0])} and {literal(span[-1])}"
        if len(span) > 1
        else f"{column} = {literal(span[0])}"
        for span in ranges
    )
    return " or ".join(conditions) or "false"


def _scope(session: Session, table: Table, where: str) -> Scope:
    rows = session.scalar(f"select count(*) from {table.name} where {where}")
    return Scope(where, rows, sampling_step(rows))


def sampled_frame(
    session: Session, table: Table, scope: Scope, columns: Iterable[str]
) -> pd.DataFrame:
    """Read the sampled rows with the named columns; money as double, as ranges compare it."""
    stored = stored_columns(table)
    selected = ", ".join(
        f"{name}::double as {name}" if stored[name] == Type.MONEY.duckdb else name
        for name in dict.fromkeys(columns)
    )
    rows = session.arrow(f"select {selected} from {table.name} where {scope.sampled(table)}")
    return pd.DataFrame({name: _series(rows.column(name)) for name in rows.column_names})


def _series(column: pa.ChunkedArray) -> pd.Series:
    """Convert the column to the type `Session.frame` gives it, in half the time.

    Text goes from Arrow to pandas without a Python object per value.
    """
    if pa.types.is_date(column.type):
        return column.cast(pa.timestamp("us")).to_pandas()
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    return column.to_pandas(types_mapper=nullable.get if column.null_count else None)
