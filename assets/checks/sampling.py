"""Which rows a check looks at: those of the day, or of days a load changed; above a stated size a
hash sample of the key.

Nothing at or after the end of `as_of` is looked at where a row has a time; reference files without
days are looked at whole.
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

SAMPLE_ROWS = 200_000  # more rows than this are sampled by hash of the key


@dataclass(frozen=True)
class Scope:
    """Rows of a table by an SQL condition: how many there are, and one key of how many is taken."""

    where: str
    rows: int
    every: int = 1

    @property
    def share(self) -> float:
        """Share of the keys that is looked at."""
        return 1 / self.every

    def sampled(self, table: Table) -> str:
        """The condition, narrowed to the sample. Rows of one key are taken or left together."""
        if self.every == 1:
            return self.where
        return f"{self.where} and hash({', '.join(table.key)}) % {self.every} = 0"


def every_of(rows: int) -> int:
    """One key of how many is looked at.

    >>> every_of(200_000), every_of(200_001), every_of(10_000_000)
    (1, 2, 50)
    """
    return max(1, -(-rows // SAMPLE_ROWS))


def scope_of_day(session: Session, table: Table, as_of: date, as_of_end: datetime) -> Scope:
    """Rows of the day's partition; of a table without days, all rows that `as_of` may see."""
    if table.partition:
        return _scope(session, table, f"{table.partition} = {literal(as_of)}")
    if table.event_time:
        before = f"{table.event_time} < {literal(as_of_end)}"
        return _scope(session, table, f"({table.event_time} is null or {before})")
    return _scope(session, table, "true")


def scope_of_days(session: Session, table: Table, days: Iterable[date]) -> Scope:
    """Rows of all of `days` of a table that is stored by day."""
    return _scope(session, table, f"({within_days(str(table.partition), days)})")


def within_days(column: str, days: Iterable[date]) -> str:
    """SQL: whether `column` is one of `days`.

    The engine asks it of every file, one for each day. Days in a row are asked as one: a year by
    two comparisons, not by 365.

    >>> within_days("day", [date(2026, 3, 1), date(2026, 2, 28), date(2026, 3, 5)])
    "day between DATE '2026-02-28' and DATE '2026-03-01' or day = DATE '2026-03-05'"
    >>> within_days("day", [])
    'false'
    """
    rows: list[list[date]] = []
    for day in sorted(set(days)):
        if rows and day - rows[-1][-1] == timedelta(days=1):
            rows[-1].append(day)
        else:
            rows.append([day])
    asked = (
        f"{column} between {literal(row[0])} and {literal(row[-1])}"
        if len(row) > 1
        else f"{column} = {literal(row[0])}"
        for row in rows
    )
    return " or ".join(asked) or "false"


def _scope(session: Session, table: Table, where: str) -> Scope:
    rows = session.scalar(f"select count(*) from {table.name} where {where}")
    return Scope(where, rows, every_of(rows))


def frame_of(session: Session, table: Table, scope: Scope, columns: Iterable[str]) -> pd.DataFrame:
    """The sampled rows with the named columns; money as double, which is what ranges compare."""
    stored = stored_columns(table)
    listed = ", ".join(
        f"{name}::double as {name}" if stored[name] == Type.MONEY.duckdb else name
        for name in dict.fromkeys(columns)
    )
    found = session.arrow(f"select {listed} from {table.name} where {scope.sampled(table)}")
    return pd.DataFrame({name: _series(found.column(name)) for name in found.column_names})


def _series(column: pa.ChunkedArray) -> pd.Series:
    """The column in the type `Session.frame` gives it, in half the time: a text goes from Arrow to
    pandas as it is, not as an object of its own in between."""
    if pa.types.is_date(column.type):
        return column.cast(pa.timestamp("us")).to_pandas()
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    return column.to_pandas(types_mapper=nullable.get if column.null_count else None)
