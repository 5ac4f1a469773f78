"""Find ids that a spreadsheet or a program turned into a number or a date.

SQL in, SQL out. Such a row is quarantined, because the original id is unknown.
"""

from __future__ import annotations

from assets.ingest.stage.casting.type_casting import is_id_or_code
from assets.resources.lakehouse.sql_text import literal
from data_contracts.table import Column, Personal, Table, Type

LOST_DIGITS, MADE_A_DATE = "lost_digits", "made_a_date"

# Java writes no sign: 1.2345E17. Without a point it is an id with a letter.
_SCIENTIFIC = r"[+-]?(\d(\.\d+)?[eE]\+\d+|\d\.\d+[eE]\d{1,3})"
# A whole number held as a double; beyond 2^53 it may be rounded.
_DOUBLE_TAIL = r"\d{16,}\.0+"
_EXACT_DOUBLES = 2**53
_SHOWN_DAY = r"(\d{4}年)?\d{1,2}月\d{1,2}日"


def id_columns(table: Table) -> set[str]:
    """Names of the text columns with ids: key columns and everything called `…_id`."""
    return {
        column.name
        for column in table.columns
        if column.type is Type.TEXT
        and column.personal in (Personal.NO, Personal.IDENTIFIER)
        and (column.name in table.key or column.name.endswith("_id"))
    }


def lost_id_conditions(column: Column, text: str) -> list[tuple[str, str]]:
    """List the ways an id may have been lost, each with its condition on `text`."""
    conditions = [(LOST_DIGITS, lost_digits(text))]
    return [*conditions, (MADE_A_DATE, made_a_date(text))] if is_date_free(column) else conditions


def is_date_free(column: Column) -> bool:
    """Whether ids of a column never look like dates; a campaign may be called after its day."""
    return (
        column.type is Type.TEXT
        and is_id_or_code(column)
        and column.codes is None
        and column.name not in ("campaign_id", "activity_id", "promotion_id")
    )


def lost_digits(text: str) -> str:
    """Write the condition of an id that was held, and so rounded, as a number."""
    whole_part = f"try_cast(regexp_replace({text}, '\\.0+$', '') as decimal(38, 0))"
    return (
        f"(contains(lower({text}), 'e') and regexp_full_match({text}, {literal(_SCIENTIFIC)})) "
        f"or (ends_with({text}, '0') and contains({text}, '.') "
        f"and regexp_full_match({text}, {literal(_DOUBLE_TAIL)}) "
        f"and coalesce({whole_part} >= {_EXACT_DOUBLES}, true))"
    )


def made_a_date(text: str) -> str:
    """Write the condition of an id that a spreadsheet turned into a date."""
    return f"(ends_with({text}, '日') and regexp_full_match({text}, {literal(_SHOWN_DAY)}))"
