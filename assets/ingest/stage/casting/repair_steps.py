"""Write the repairs of texts that do not cast strictly; each repair is evaluated once.

Returns SQL. Repairs are long and use the same cleaned text repeatedly; written out in every place,
planning a query takes longer than running it over a small file. So each cleaned text and each
repair is a column of its own, NULL where an earlier one succeeded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from assets.ingest.stage.casting.dates_and_times import iso_separators
from assets.ingest.stage.casting.type_casting import (
    CleanedText,
    ColumnCast,
    column_cast,
    drop_decimal_tail,
    half_width,
    is_id_or_code,
    plain_number,
    strip_invisible,
    strip_text_guard,
)
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Type


class RepairSteps:
    """Repairs of `columns`, in rows with the text `r_` and the strict value `s_` of each."""

    def __init__(self, columns: Sequence[Column], *, utc_offset_minutes: int) -> None:
        self._columns = list(columns)
        self._how: dict[str, ColumnCast] = {}
        for column in columns:
            name = column.name
            cleaned = CleanedText(*(f"{field.name}_{name}" for field in fields(CleanedText)))
            self._how[name] = column_cast(
                column, f"r_{name}", utc_offset_minutes=utc_offset_minutes, cleaned=cleaned
            )

    def steps(self, source: str) -> str:
        """Write common table expressions over `source`; the last is called `repaired`."""
        steps = []
        for step, made in enumerate(self._levels()):
            columns = "".join(f", {one}" for one in made)
            steps.append(f"repair_step_{step} as (select *{columns} from {source})")
            source = f"repair_step_{step}"
        return ",\n".join([*steps, f"repaired as (select * from {source})"])

    def value(self, name: str) -> str:
        """Write the value of a column: strict, or from the first repair that gives one."""
        return f"coalesce({', '.join([f's_{name}', *self._tries(name), 'NULL'])})"

    def kinds(self, name: str) -> list[tuple[RepairKind, str]]:
        """List the repairs of a column with their values, NULL where an earlier one succeeded."""
        kinds = [kind for kind, _ in self._how[name].repaired]
        return list(zip(kinds, self._tries(name), strict=True))

    def _tries(self, name: str) -> list[str]:
        return [f"try{place}_{name}" for place, _ in enumerate(self._how[name].repaired)]

    def _levels(self) -> Iterator[list[str]]:
        """Yield columns level by level; each level uses those before it."""
        repairable = [column for column in self._columns if self._how[column.name].repaired]
        names = [column.name for column in repairable]
        halved = [c.name for c in repairable if c.type is not Type.TEXT or c.form is not None]
        named = [c.name for c in repairable if c.type is Type.TEXT and is_id_or_code(c)]
        days = [c.name for c in repairable if c.type in (Type.DATE, Type.TIMESTAMP)]
        numbers = [c.name for c in repairable if c.type in (Type.INTEGER, Type.REAL, Type.MONEY)]
        yield [
            f"case when s_{name} is null then {strip_invisible(f'r_{name}')} end as visible_{name}"
            for name in names
        ]
        yield [
            *(f"{half_width(f'visible_{name}')} as half_{name}" for name in halved),
            *(f"{strip_text_guard(f'visible_{name}')} as unguarded_{name}" for name in named),
        ]
        yield [
            *(f"{drop_decimal_tail(f'unguarded_{name}')} as without_tail_{name}" for name in named),
            *(f"{iso_separators(f'half_{name}')} as iso_{name}" for name in days),
            *(f"{plain_number(f'half_{name}')} as plain_{name}" for name in numbers),
        ]
        for place in range(max((len(self._tries(name)) for name in names), default=0)):
            yield [self._try(name, place) for name in names if place < len(self._tries(name))]

    def _try(self, name: str, place: int) -> str:
        tries = self._tries(name)
        is_open = " and ".join(f"{one} is null" for one in [f"s_{name}", *tries[:place]])
        sql = self._how[name].repaired[place][1]
        return f"case when r_{name} is not null and {is_open} then {sql} end as {tries[place]}"
