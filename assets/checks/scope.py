"""Which rows a check looks at: those of the day, or of days a load changed; above a stated size a
hash sample of the key.

Nothing at or after the end of `as_of` is looked at where a row has a time; reference files without
days are looked at whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from assets.resources.lakehouse import Session, literal, stored_columns
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
    listed = ", ".join(literal(day) for day in sorted(days))
    return _scope(session, table, f"{table.partition} in ({listed})")


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
    return session.frame(f"select {listed} from {table.name} where {scope.sampled(table)}")
