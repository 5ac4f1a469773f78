"""Rewrite dates with the year last, two-digit years, or date and time in two cells, as ISO text.

SQL in, SQL out. `31/12/2026 8:05` becomes `2026-12-31 08:05:00`, which casting takes unchanged.
Only dates that a mapping declares day first or month first are rewritten. A text with its year
first, an Excel serial number and a month name are unambiguous and passed on. An invalid date is
passed on with a mark that no repair accepts, and with the order it was read in, so that the
quarantine shows why.
"""

from __future__ import annotations

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.casting.type_casting import half_width, strip_invisible
from assets.resources.lakehouse.sql_text import literal
from data_contracts.mappings.transforms import Transform
from data_contracts.table import Table, Type

ORDER_NAMES = {
    Transform.DAY_FIRST: "day_first: day/month/year",
    Transform.MONTH_FIRST: "month_first: month/day/year",
    Transform.YEAR_FIRST: "year_first: year/month/day, the year of two digits",
}
_YEAR_FIRST = ("year first: year-month-day", "年-月-日(year first)")
# The date format of a source, in English and Chinese.
_READ_AS = {
    Transform.AS_IS: _YEAR_FIRST,
    Transform.DATE_AND_TIME: _YEAR_FIRST,
    Transform.DAY_FIRST: (ORDER_NAMES[Transform.DAY_FIRST], "日/月/年(day_first)"),
    Transform.MONTH_FIRST: (ORDER_NAMES[Transform.MONTH_FIRST], "月/日/年(month_first)"),
    Transform.YEAR_FIRST: (ORDER_NAMES[Transform.YEAR_FIRST], "年/月/日，年份两位(year_first)"),
    Transform.EPOCH_MS: ("milliseconds since 1970", "1970年起的毫秒数"),
    Transform.EPOCH_S: ("seconds since 1970", "1970年起的秒数"),
}
_SHOWN = "%Y-%m-%d %H:%M:%S"
_DAY_MONTH = r"(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?"
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?"
_YEAR_LAST = _DAY_MONTH + r"(\d{4})(?:[\sT,]+" + _CLOCK + r"\s*(?:([AaPp])\.?[Mm]\.?)?)?"
# Two-digit years up to 89 are 20xx; later ones could be 19xx.
_SHORT_YEAR = rf"^({_DAY_MONTH})([0-8]\d)(\D|$)"
_LOOKS_YEAR_LAST = rf"^\s*{_DAY_MONTH}(\d{{4}}|\d{{2}})(\D|$)"
_SHORT_IN_FRONT = r"^\s*([0-8]\d)\s?[/.年-]\s?(\d{1,2})\s?[/.月-]\s?(\d{1,2})\s?日?([\sT,]+.*)?$"
_USUAL = r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}( \d.*)?"
_LATE = _DAY_MONTH + r"(\d{4}) 24:00(:00)?"
_SEPARATORS = "/-."
_CLOCK_FORMATS = (" %H:%M", " %H:%M:%S", "", " %I:%M %p", " %I:%M:%S %p")
_WHOLE_FORMATS = tuple(
    "%Y-%m-%d " + clock for clock in (":: M", "%H:%M: M", "%H:%M:%S M", "%I:%M: %p", "%I:%M:%S %p")
)
# What a spreadsheet adds to a time without a date, and to a date without a time.
_NO_DAY = r"^(1899-12-3[01]|1900-01-0[01])[ T]"
_NO_CLOCK = r"[ T]0{1,2}:00(:00(\.0+)?)?$"
_CELLS = " / "  # separates two joined cells
_EXCEL_EPOCH = "1899-12-30"


def year_first_text(text: str, order: Transform) -> str:
    """Rewrite `text` with its year first, if the year is last.

    Each step is written once and works on the result of the one before: the engine evaluates a
    repeated expression for every row, and a regular expression costs fifty casts.
    """
    if order is Transform.YEAR_FIRST:
        return _with_whole_year(text)
    usual = (
        f"case when regexp_full_match({text}, {literal(_USUAL)}) then {_as_usual(text, order)} end"
    )
    unread = (
        f"case when regexp_matches({text}, {literal(_LOOKS_YEAR_LAST)}) "
        f"then '?' || {text} || ' ({ORDER_NAMES[order]})' else {join_day_and_clock(text)} end"
    )
    tries = f"{usual}, {_as_unusual(text, order)}, {_midnight(text, order)}, {unread}"
    is_ours = f"{text} like '____-__-__%' and not contains({text}, '{_CELLS}')"
    return f"case when {is_ours} then {text} else coalesce({tries}) end"


def _with_whole_year(text: str) -> str:
    """Rewrite a two-digit year in front with four digits; its dots make casting count a repair."""
    whole = f"{half_width(strip_invisible(join_day_and_clock(text)))}"
    short = f"regexp_full_match({whole}, {literal(_SHORT_IN_FRONT)})"
    shown = f"regexp_replace({whole}, {literal(_SHORT_IN_FRONT)}, '20\\1.\\2.\\3\\4')"
    is_ours = f"{text} like '____-__-__%' and not contains({text}, '{_CELLS}')"
    other = join_day_and_clock(text)
    return f"case when {is_ours} then {text} when {short} then {shown} else {other} end"


def _as_usual(text: str, order: Transform) -> str:
    """Parse the most common separators and times without a regular expression."""
    day = "%d{0}%m{0}%Y" if order is Transform.DAY_FIRST else "%m{0}%d{0}%Y"
    formats = [day.format(sign) + clock for sign in _SEPARATORS for clock in _CLOCK_FORMATS]
    return f"strftime(try_strptime({text}, {literal(formats)}), '{_SHOWN}')"


def _as_unusual(text: str, order: Transform) -> str:
    """Parse two cells, two-digit years, full-width digits and p.m.; NULL for invalid dates."""
    cleaned = f"trim({half_width(strip_invisible(join_day_and_clock(text)))})"
    whole = f"regexp_replace({cleaned}, {literal(_SHORT_YEAR)}, '\\120\\4\\5')"
    day, month = (1, 2) if order is Transform.DAY_FIRST else (2, 1)
    shape = literal(f"^{_YEAR_LAST}$")
    shown = f"regexp_replace({whole}, {shape}, '\\3-\\{month}-\\{day} \\4:\\5:\\6 \\7M')"
    moment = f"try_strptime({shown}, {literal(list(_WHOLE_FORMATS))})"
    # a trailing space makes casting count a repair
    mark = f"case when regexp_full_match({text}, '[0-9].*[0-9AaPpMm.]') then '' else ' ' end"
    return f"strftime({moment}, '{_SHOWN}') || {mark}"


def _midnight(text: str, order: Transform) -> str:
    """Rewrite 24:00, which casting takes for 0:00 of the next day."""
    day, month = (1, 2) if order is Transform.DAY_FIRST else (2, 1)
    return (
        f"case when regexp_full_match({text}, {literal(_LATE)}) then regexp_replace({text}, "
        f"{literal(f'^{_LATE}$')}, '\\3-\\{month}-\\{day} 24:00:00') end"
    )


def join_day_and_clock(text: str) -> str:
    """Join date and time in two cells into one text; other texts are returned unchanged.

    If the second cell holds the whole timestamp already, it is returned alone.
    """
    day, clock = (f"split_part({text}, '{_CELLS}', {place})" for place in (1, 2))
    bare_day = f"regexp_replace({day}, {literal(_NO_CLOCK)}, '')"
    serial = f"try_cast({day} as double)"
    shown_day = (
        rf"case when regexp_full_match({day}, '\d{{5}}(\.0+)?') then strftime("
        f"DATE '{_EXCEL_EPOCH}' + ({serial})::integer, '%Y-%m-%d') else {bare_day} end"
    )
    bare_clock = f"trim(regexp_replace({clock}, {literal(_NO_DAY)}, ''))"
    fraction = f"try_cast({clock} as double)"
    of_day = f"least(round({fraction} * 86400), 86399)"
    shown_clock = (
        rf"case when regexp_full_match({clock}, '0?\.\d+|0') then strftime("
        f"TIMESTAMP '1970-01-01' + to_seconds({of_day}), '%H:%M:%S') "
        f"else {bare_clock} end"
    )
    halves = literal(["%I:%M %p", "%I:%M:%S %p"])
    half_day = f"strftime(try_strptime({clock}, {halves}), '%H:%M:%S')"
    is_whole = rf"regexp_matches({bare_clock}, '^(\d{{4}}[-/.年]|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d)')"
    return (
        f"case when not contains({text}, '{_CELLS}') or {clock} = '' then {text} "
        f"when {is_whole} then {clock} else ({shown_day}) || ' ' || "
        f"coalesce({half_day}, {shown_clock}) end"
    )


def with_date_format(
    reason: tuple[str, str], code: str, table: Table, match: HeaderMatch
) -> tuple[str, str]:
    """Add the expected date format to the reason of a date that does not parse.

    Other reasons are returned unchanged.
    """
    name, _, kind = code.partition(".")
    if kind != "type" or table.column(name).type not in (Type.DATE, Type.TIMESTAMP):
        return reason
    transforms = dict.fromkeys(source.transform for source in match.columns.get(name, ()))
    ways = dict.fromkeys(_READ_AS[transform] for transform in transforms if transform in _READ_AS)
    if not ways:
        return reason
    english, chinese = reason
    return (
        f"{english}; dates of the file are read as {' or '.join(way for way, _ in ways)}",
        f"{chinese}；该文件的日期按{'或'.join(way for _, way in ways)}读取",
    )
