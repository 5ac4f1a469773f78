"""Write the view `user_values`: one row per profile value of a user, with its evidence.

Derived from the contracts: the column of a value names the column that counts its rows and the
number of days they are from. A value without rows has `no_evidence`.
"""

from __future__ import annotations

from assets.resources.lakehouse.sql_text import literal
from data_contracts.codes.profiles import Evidence
from data_contracts.table import Column, Table, Type
from data_contracts.tables.emotion import PROFILE_EMOTION
from data_contracts.tables.profiles import PROFILE_BASIC, PROFILE_CONSUMPTION, PROFILE_SCENE
from data_contracts.units import Unit

DIMENSIONS: tuple[Table, ...] = (
    PROFILE_BASIC,
    PROFILE_CONSUMPTION,
    PROFILE_SCENE,
    PROFILE_EMOTION,
)


def user_values() -> str:
    """Write the SQL of the view, for the newest day of each dimension.

    Columns: as_of, user_id, dimension, dimension_zh, value_name, value_zh, value, unit, evidence,
    evidence_count, window_days (empty: no window, all known days).
    """
    return "\nunion all by name\n".join(_of(table) for table in DIMENSIONS)


def values_of(table: Table) -> list[Column]:
    """Return the columns of a profile table that are values with counted evidence."""
    return [column for column in table.columns if column.counted_by is not None]


def _of(table: Table) -> str:
    values = values_of(table)
    described = ",\n".join(
        "("
        + ", ".join(
            literal(item)
            for item in (
                position,
                column.name,
                column.zh,
                "" if column.unit in (Unit.NONE, Unit.COUNT) else column.unit.value,
            )
        )
        + f", {literal(column.window_days)}::integer)"
        for position, column in enumerate(values, 1)
    )
    shown = ", ".join(_shown(column) for column in values)
    counts = ", ".join(f"coalesce(p.{column.counted_by}, 0)::bigint" for column in values)
    return f"""
select
    u.as_of,
    u.user_id,
    {literal(table.name.removeprefix("profile_"))} as dimension,
    {literal(table.zh)} as dimension_zh,
    d.value_name,
    d.value_zh,
    u.shown[d.position] as value,
    d.unit,
    case when u.shown[d.position] is null then {literal(Evidence.NO_EVIDENCE.value)}
        else {literal(Evidence.EVIDENCE.value)} end as evidence,
    case when u.shown[d.position] is null then 0 else u.counts[d.position] end as evidence_count,
    d.window_days
from (
    select p.as_of, p.user_id, [{shown}] as shown, [{counts}] as counts
    from {table.name} as p
    where p.as_of = (select max(as_of) from {table.name})
) as u
cross join (values {described}) as d (position, value_name, value_zh, unit, window_days)"""


def _shown(column: Column) -> str:
    """Write the SQL of the displayed value: codes in Chinese, money to the fen, four decimals."""
    name = f"p.{column.name}"
    if column.codes is not None:
        pairs = ((member.value, member.zh) for member in column.codes)
        cases = " ".join(f"when {literal(value)} then {literal(zh)}" for value, zh in pairs)
        return f"case {name} {cases} end"
    if column.type is Type.REAL:
        digits = 2 if column.unit is Unit.YUAN else 4
        return f"round({name}, {digits})::varchar"
    return f"{name}::varchar"
