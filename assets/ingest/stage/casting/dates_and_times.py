"""Cast texts to dates and timestamps, in SQL.

SQL in, SQL out. Not here: dates in another order (`year_last_dates.py`), a twelve-hour clock
(`twelve_hour_clock.py`), the order in which casts are tried (`type_casting.py`).
"""

from __future__ import annotations

from assets.resources.lakehouse.sql_text import literal

DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_MOMENT = DAY + rf"([ T]{_CLOCK})?"
_SERIAL = r"\d{5}(\.\d+)?"
FIRST_YEAR, LAST_YEAR = 1990, 2100
# Excel counts days from here (its day 60, 1900-02-29, does not exist; later days are right).
_EXCEL_EPOCH = "1899-12-30"
_FIRST_SERIAL, _LAST_SERIAL = 32_874, 73_415  # 1990-01-01 to 2100-12-31


def local_timestamp(text: str) -> str:
    """Cast a timestamp without an offset; 24:00 is 00:00 of the next day."""
    late = rf"regexp_full_match({text}, '{DAY}[ T]24:00(:00(\.0+)?)?')"
    next_day = f"try_cast(regexp_extract({text}, '{DAY}') as timestamp) + interval 1 day"
    moment = f"case when {late} then {next_day} else try_cast({text} as timestamp) end"
    return when_matches(text, _MOMENT, within_years(moment))


_NAMED_DAYS = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%Y %b %d", "%Y %B %d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_NAMED = (
    r"(\d{1,2} [a-z]{3,9} \d{4}|[a-z]{3,9} \d{1,2} \d{4}|\d{4} [a-z]{3,9} \d{1,2})"
    r"( \d{1,2}:\d{2}(:\d{2})?( [ap]m)?)?"
)


def named_month(text: str) -> str:
    """Cast a timestamp with a month name and a whole year: 05-Oct-2026, Oct 5, 2026 8:00 PM."""
    bare = rf"regexp_replace(lower({text}), '^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[,. ]+', '')"
    spaced = rf"trim(regexp_replace({bare}, '[\s,./-]+', ' ', 'g'))"
    split = rf"regexp_replace(regexp_replace({spaced}, '(\d)([ap]m)$', '\1 \2'), 'sept ', 'sep ')"
    formats = literal([day + clock for day in _NAMED_DAYS for clock in _CLOCKS])
    return (
        f"case when regexp_matches({text}, '[A-Za-z]{{3}}') and "
        f"regexp_full_match({split}, {literal(_NAMED)}) "
        f"then {within_years(f'try_strptime({split}, {formats})')} end"
    )


def day_at_midnight(moment: str) -> str:
    """Return the day of a timestamp at midnight; NULL for any other."""
    return f"case when {moment} = date_trunc('day', {moment}) then ({moment})::date end"


def is_canonical_timestamp(text: str) -> str:
    """Condition: 19 characters like 2026-10-31 10:05:00, which nearly every export writes.

    It avoids a regular expression, which would cost more than the rest of the cast; the cast
    rejects what is no digit. In this format the text itself shows whether the year is plausible.
    """
    years = f"{text} >= '{FIRST_YEAR}' and {text} < '{LAST_YEAR + 1}'"
    return f"({text} like '____-__-__ __:__:__' and {years})"


def iso_separators(text: str) -> str:
    """Write 2026年10月31日 10时05分, 2026.10.31 and 20261031 as 2026-10-31; keep other texts."""
    chinese = f"replace(translate({text}, '年月时点分', '--:::'), '日', ' ')"
    tidy = rf"trim(regexp_replace(regexp_replace({chinese}, '秒', ''), ':\s*$', ''))"
    spaced = rf"regexp_replace({tidy}, '^(\d{{4}}-\d{{1,2}}-\d{{1,2}})\s+', '\1 ')"
    dotted = rf"regexp_replace({spaced}, '^(\d{{4}})\.(\d{{1,2}})\.(\d{{1,2}})', '\1-\2-\3')"
    return rf"regexp_replace({dotted}, '^(\d{{4}})(\d{{2}})(\d{{2}})(\s|T|$)', '\1-\2-\3\4')"


def at_offset(text: str, utc_offset_minutes: int) -> str:
    """Convert a timestamp with an offset to the platform's clock."""
    shape = rf"^({DAY}[ T]{_CLOCK})\s*(Z|UTC|GMT|[+-]\d{{2}}:?(\d{{2}})?)$"
    moment = f"try_cast(regexp_extract({text}, '{shape}', 1) as timestamp)"
    offset = rf"regexp_extract({text}, '([+-])(\d{{2}}):?(\d{{2}})?$', "
    minutes = (
        f"(coalesce(try_cast({offset}2) as integer), 0) * 60 "
        f"+ coalesce(try_cast({offset}3) as integer), 0)) "
        f"* case when {offset}1) = '-' then -1 else 1 end"
    )
    plain = f"regexp_matches({text}, '(Z|UTC|GMT)$', 'i')"
    own = f"case when {plain} then 0 else {minutes} end"
    return (
        f"case when regexp_full_match({text}, '{shape[1:-1]}') then "
        f"{within_years(f'({moment} + to_minutes({utc_offset_minutes} - ({own})))')} end"
    )


def excel_serial(text: str) -> str:
    """Cast an Excel serial number with its fraction, to the second."""
    number = f"try_cast({text} as double)"
    return (
        f"case when regexp_full_match({text}, {literal(_SERIAL)}) "
        f"and {number} between {_FIRST_SERIAL} and {_LAST_SERIAL} then "
        f"TIMESTAMP '{_EXCEL_EPOCH}' + to_seconds(round({number} * 86400)) end"
    )


def when_matches(text: str, pattern: str, then: str) -> str:
    return f"case when regexp_full_match({text}, {literal(pattern)}) then {then} end"


def within_years(moment: str, kind: str = "TIMESTAMP") -> str:
    """Return NULL for a date or timestamp outside plausible years.

    `moment` is long and is written once: the bounds replace values beyond them, and NULL, and are
    then removed.
    """
    early = f"{FIRST_YEAR - 1}-12-31" + (" 23:59:59.999999" if kind == "TIMESTAMP" else "")
    early, late = f"{kind} '{early}'", f"{kind} '{LAST_YEAR + 1}-01-01'"
    return f"nullif(nullif(greatest(least({moment}, {late}), {early}), {late}), {early})"
