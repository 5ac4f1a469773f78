"""Write SQL for what is kept of a bad row besides its reason: value, row and key, redacted.

A row shifted by one column puts a phone into a column without personal data, so whatever looks like
a Chinese mobile number is masked in every column. The key is kept as a keyed fingerprint, because
such a row may hold anything in its key too. Pure text; nothing is executed here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from assets.ingest.stage import sql_expressions as ex
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.table import Column, Table

SHOWN_CHARACTERS = 200
_DIGIT = "[0-9０-９]"
# 1[3-9] and nine more digits, not within a longer run; with +86, spaces and dashes.
_MOBILE = (
    r"(^|[^0-9０-９])((?:(?:[+＋]|00)?(?:86|８６)[ -]?)?[1１][3-9３-９]"
    rf"{_DIGIT})[ -]?{_DIGIT}{{4}}[ -]?({_DIGIT}{{4}})($|[^0-9０-９])"
)
_ROW_KEY_CHARACTERS = 16
# the column of a reason code, or the first of several
_FIRST_COLUMN = "regexp_extract(reason_code, '^[a-z0-9_]+')"


def without_phones(value: str) -> str:
    """Mask the middle four digits of every mobile number in `value`."""
    once = f"regexp_replace({value}, {literal(_MOBILE)}, '\\1\\2****\\3\\4', 'g')"
    # the separator of two numbers belongs to the first match, so the second needs another pass
    return f"regexp_replace({once}, {literal(_MOBILE)}, '\\1\\2****\\3\\4', 'g')"


def mask_phones_in(text: str) -> str:
    """Mask the middle four digits of every mobile number, as `without_phones` does in SQL.

    >>> mask_phones_in("the header has 13812345678,13912345678")
    'the header has 138****5678,139****5678'
    """
    for _ in range(2):
        text = re.sub(_MOBILE, r"\1\2****\3\4", text)
    return text


def shown_texts(columns: Sequence[Column]) -> str:
    """List the texts that may be shown, in the order of `columns`."""
    texts = ", ".join(f"r_{column.name}::varchar" for column in _showing(columns))
    shown = f"left({without_phones('shown')}, {SHOWN_CHARACTERS})"
    return f"list_transform([{texts}]::varchar[], lambda shown: {shown})"


def shown_value(columns: Sequence[Column], texts: str) -> str:
    """Select the offending value of `reason_code`, for columns without personal data.

    `texts`: SQL of the list that `shown_texts` gives.
    """
    names = literal([column.name for column in _showing(columns)])
    place = f"list_position({names}::varchar[], {_FIRST_COLUMN})"
    return f"case when {place} is null then '***' else coalesce({texts}[{place}], '') end"


def row_text(columns: Sequence[Column], texts: str) -> str:
    """Write `header=value` of the whole row, without personal values.

    `texts`: SQL of the list that `shown_texts` gives.
    """
    places = {column.name: place for place, column in enumerate(_showing(columns), 1)}
    cells = []
    for column in columns:
        label = literal(f"{column.zh}=")
        if column.name in places:
            cells.append(f"{label} || {texts}[{places[column.name]}]")
        else:
            cells.append(f"case when r_{column.name} is not null then {label} || '***' end")
    return f"concat_ws(' | ', {', '.join(cells)})"


def _showing(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if ex.shows_value(column)]


def row_key(table: Table, absent: Collection[str] = ()) -> str:
    """Compute the keyed fingerprint of a row's natural key, equal for equal keys of a table.

    `absent`: key columns that the file does not have.
    """
    parts = ", ".join(
        "chr(30)" if name in absent else f"coalesce({name}::varchar, chr(30))" for name in table.key
    )
    text = f"concat_ws(chr(31), {literal(table.name)}, {parts})"
    return f"left(sha256(getvariable('{ex.ADDRESS}') || encode({text})), {_ROW_KEY_CHARACTERS})"


def readable_row_key(table: Table, present: Collection[str]) -> str:
    """Return `row_key` of a bad row whose key parses and is not the column at fault, else ''."""
    absent = [name for name in table.key if name not in present]
    required = [name for name in table.key if table.column(name).required]
    is_there = " and ".join(f"{name} is not null" for name in required)
    wrong = f"{_FIRST_COLUMN} in {text_list(list(table.key))}"
    return f"case when {is_there} and not {wrong} then {row_key(table, absent)} else '' end"
