"""What is kept of a bad row besides its reason: value, row and key, with nothing of a person.

A row shifted by one column puts a phone into a column that touches nobody: whatever looks like a
Chinese mobile number is masked wherever it stands. The key is kept as a keyed fingerprint, because
such a row may hold anything in its key too. Pure text; nothing is executed here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from assets.ingest import expressions as ex
from assets.resources.lakehouse import literal
from assets.resources.rule_sql import words
from data_contracts.table import Column, Table

SHOWN_CHARACTERS = 200
_DIGIT = "[0-9０-９]"
# 1[3-9] and nine more digits, not within a longer run; +86, spaces and dashes as people write them.
_MOBILE = (
    r"(^|[^0-9０-９])((?:(?:[+＋]|00)?(?:86|８６)[ -]?)?[1１][3-9３-９]"
    rf"{_DIGIT})[ -]?{_DIGIT}{{4}}[ -]?({_DIGIT}{{4}})($|[^0-9０-９])"
)
_ROW_KEY_CHARACTERS = 16


def without_phones(value: str) -> str:
    """`value` with the middle four digits of every mobile number masked."""
    once = f"regexp_replace({value}, {literal(_MOBILE)}, '\\1\\2****\\3\\4', 'g')"
    # what separates two numbers belongs to the first match: the second number needs another look
    return f"regexp_replace({once}, {literal(_MOBILE)}, '\\1\\2****\\3\\4', 'g')"


def shown_value(columns: Sequence[Column]) -> str:
    """The offending value of `verdict` as it stood, for columns that touch no person."""
    cases = " ".join(
        f"when regexp_matches(verdict, '^{column.name}[.+]') then {_shown(column)}"
        for column in columns
        if ex.shows_value(column)
    )
    return f"coalesce(case {cases} else '***' end, '')" if cases else "'***'"


def row_text(columns: Sequence[Column]) -> str:
    """`header=value` of the whole row; values that touch a person are not shown."""
    cells = []
    for column in columns:
        shown = _shown(column) if ex.shows_value(column) else "'***'"
        label = literal(f"{column.zh}=")
        cells.append(f"case when r_{column.name} is not null then {label} || {shown} end")
    return f"concat_ws(' | ', {', '.join(cells)})"


def _shown(column: Column) -> str:
    return f"left({without_phones(f'r_{column.name}::varchar')}, {SHOWN_CHARACTERS})"


def row_key(table: Table, absent: Collection[str] = ()) -> str:
    """Keyed fingerprint of a row's natural key, the same for the same key of the same table.

    `absent`: columns of the key that the file has not.
    """
    parts = ", ".join(
        "chr(30)" if name in absent else f"coalesce({name}::varchar, chr(30))" for name in table.key
    )
    text = f"concat_ws(chr(31), {literal(table.name)}, {parts})"
    return f"left(sha256(getvariable('{ex.ADDRESS}') || encode({text})), {_ROW_KEY_CHARACTERS})"


def readable_row_key(table: Table, present: Collection[str]) -> str:
    """`row_key` of a bad row whose key reads and is not what is wrong with it, else ''."""
    absent = [name for name in table.key if name not in present]
    required = [name for name in table.key if table.column(name).required]
    is_there = " and ".join(f"{name} is not null" for name in required)
    wrong = f"regexp_extract(verdict, '^[a-z0-9_]+') in {words(list(table.key))}"
    return f"case when {is_there} and not {wrong} then {row_key(table, absent)} else '' end"
