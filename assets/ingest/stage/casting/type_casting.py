"""How a text reads as a column's type: exactly, or after a repair that cannot be mistaken.

SQL text in, SQL text out. Exact reading comes first and alone decides for clean rows; repairs are
tried where it gives NULL, in order, and each has its kind, so that every repair can be counted.
What could mean two things (`03/04/2026`, `1.234,50`) is not read at all; which of the two a file
means is said by its mapping or in `platform.toml`, never here.
"""

from __future__ import annotations

from dataclasses import dataclass

from assets.ingest.stage.casting.rounding import as_money, as_rounded
from assets.ingest.stage.casting.twelve_hour_clock import half_day
from assets.resources.lakehouse.rule_sql import words
from assets.resources.lakehouse.sql_text import literal
from data_contracts.mappings.consent import NOT_REFUSED
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Personal, Type
from data_contracts.units import Unit

TRUE_WORDS = ["true", "t", "1", "yes", "y", "是"]
FALSE_WORDS = ["false", "f", "0", "no", "n", "否"]
# said by some export somewhere, and not to be mistaken
MORE_TRUE_WORDS = ["√", "✓", "有", "已", "true()", "1.0", "on"]
MORE_FALSE_WORDS = ["×", "✗", "无", "未", "false()", "0.0", "off"]

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_INTEGER = r"[+-]?\d{1,18}(\.0+)?"
_GROUPED = r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"
_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_MOMENT = _DAY + rf"([ T]{_CLOCK})?"
_SERIAL = r"\d{5}(\.\d+)?"
FIRST_YEAR, LAST_YEAR = 1990, 2100
# Excel counts days from here (its day 60, 1900-02-29, never was; later days are right).
_EXCEL_EPOCH = "1899-12-30"
_FIRST_SERIAL, _LAST_SERIAL = 32_874, 73_415  # 1990-01-01 to 2100-12-31

_FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "　￥"
_HALF_WIDTH = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + " ¥"
# Tabs, line ends, no-break space, zero-width characters, marks of direction, byte order mark: no id
# or name holds one.
_UNSEEN = r"[\x{0009}-\x{000D}\x{0085}\x{00A0}\x{200B}-\x{200F}\x{2028}-\x{202E}\x{2060}\x{FEFF}]"
_WIDE_SPACES = r"[ \x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]+"  # nothing, at an end
_AT_ENDS = f"^{_WIDE_SPACES}|{_WIDE_SPACES}$"
_ODD_TEXT = f"{_UNSEEN}|{_AT_ENDS}"


@dataclass(frozen=True)
class ColumnCast:
    """`strict`: typed SQL, NULL where the text does not read exactly as the type.

    `repaired`: (kind, typed SQL), tried in order where `strict` is NULL and the text is not.
    """

    strict: str
    repaired: tuple[tuple[RepairKind, str], ...] = ()


@dataclass(frozen=True)
class CleanedText:
    """SQL of one text at each stage of cleaning. A query may keep each in a column of its own.

    `visible`: without invisible characters; `half`: half-width as well; `iso`: with the separators
    of an ISO date as well; `plain`: `half` without currency, thousands separators and spaces.
    `unguarded`: `visible` without a spreadsheet's text guard; `without_tail`: without a decimal
    tail as well.
    """

    visible: str
    half: str
    iso: str
    plain: str
    unguarded: str
    without_tail: str

    @classmethod
    def of(cls, text: str) -> CleanedText:
        bare = strip_invisible(text)
        half, free = half_width(bare), strip_text_guard(bare)
        return cls(
            bare, half, iso_separators(half), plain_number(half), free, drop_decimal_tail(free)
        )


def column_cast(
    column: Column, text: str, *, utc_offset_minutes: int, cleaned: CleanedText | None = None
) -> ColumnCast:
    """How `text` (a SQL expression: trimmed text, NULL when empty) reads as `column`'s type.

    `cleaned`: where the query has it cleaned; it is cleaned in place otherwise.
    """
    clean = cleaned or CleanedText.of(text)
    match column.type:
        case Type.TEXT:
            return _text(column, text, clean)
        case Type.INTEGER | Type.REAL | Type.MONEY:
            return _number(column, text, clean)
        case Type.BOOLEAN:
            return _boolean(column, text, clean.half)
        case Type.DATE:
            day = _day(text, clean)
            if not column.of_moment:
                return day
            return _with_moments(day, _moment(text, clean, utc_offset_minutes))
        case Type.TIMESTAMP:
            return _moment(text, clean, utc_offset_minutes)


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as their ASCII ones."""
    return f"translate({text}, {literal(_FULL_WIDTH)}, {literal(_HALF_WIDTH)})"


def strip_invisible(text: str) -> str:
    """The text without characters that cannot be seen, trimmed; NULL when nothing is left."""
    bare = f"regexp_replace({text}, {literal(_UNSEEN)}, '', 'g')"
    return f"nullif(regexp_replace({bare}, {literal(_AT_ENDS)}, '', 'g'), '')"


def is_id_or_code(column: Column) -> bool:
    """Whether a text column holds ids or codes, which may be cleaned more than what people read."""
    named = column.name.endswith("_id") or column.codes is not None
    return named and column.personal in (Personal.NO, Personal.IDENTIFIER)


def _text(column: Column, text: str, clean: CleanedText) -> ColumnCast:
    """Ids and codes lose every guard and full-width letter, other texts only what is unseen."""
    plain = f"not regexp_matches({text}, {literal(_ODD_TEXT)})"
    if not is_id_or_code(column):
        if column.personal is Personal.FREE_TEXT:
            # what people wrote stays as it is
            return ColumnCast(
                f"case when not {_spaced(text)} then {text} end",
                ((RepairKind.INVISIBLE, clean.visible),),
            )
        # bytes and characters differ only where something beyond ASCII stands
        odd = f"(strlen({text}) <> length({text}) or {_ended(text)})"
        return ColumnCast(
            f"case when not {odd} or {plain} then {text} end",
            ((RepairKind.INVISIBLE, clean.visible),),
        )
    odd = (
        f"(strlen({text}) <> length({text}) or starts_with({text}, '''') "
        f"or starts_with({text}, '=') or {_ended(text)} "
        f"or (ends_with({text}, '0') and contains({text}, '.')))"
    )
    steps = (
        (RepairKind.INVISIBLE, _if_plain(column, clean.visible)),
        (RepairKind.TEXT_GUARD, _if_plain(column, clean.unguarded, tail=True)),
        (RepairKind.DECIMAL_TAIL, _if_plain(column, clean.without_tail, wide=True)),
        (RepairKind.FULL_WIDTH, _bare(column, clean.without_tail)),
    )
    # what is odd at first sight may need nothing, as 商品1001
    is_bare = (
        f"{_bare(column, drop_decimal_tail(strip_text_guard(strip_invisible(text))))} = {text}"
    )
    return ColumnCast(f"case when not {odd} or {is_bare} then {text} end", steps)


def strip_text_guard(text: str) -> str:
    """The text without the guard a spreadsheet puts before what is to stay text."""
    bare = f"""regexp_replace(regexp_replace({text}, '^="(.*)"$', '\\1'), '^[''`]+', '')"""
    return f"nullif({bare}, '')"


def drop_decimal_tail(text: str) -> str:
    """An unguarded text without the decimal tail that an id read as a number has."""
    return rf"regexp_replace({text}, '^(\d+)\.0+$', '\1')"


def _bare(column: Column, text: str) -> str:
    """The id or code itself, of `text` without guard and tail: nothing full-width; a code in
    small."""
    bare = f"nullif({drop_decimal_tail(f'trim({half_width(text)})')}, '')"
    return f"lower({bare})" if column.codes is not None else bare


def _spaced(text: str) -> str:
    """Condition: a space or a tab at an end, or a tab anywhere."""
    return f"({text} < '!' or ends_with({text}, ' ') or contains({text}, chr(9)))"


def _ended(text: str) -> str:
    """Condition: a space or a control at an end, or a tab or a line end anywhere."""
    inside = " or ".join(f"contains({text}, chr({sign}))" for sign in (*range(9, 14), 127))
    return f"({text} < '!' or right({text}, 1) < '!' or {inside})"


def _if_plain(column: Column, text: str, *, tail: bool = False, wide: bool = False) -> str:
    """`text` when it needs no further repair: no guard, no tail, nothing full-width."""
    wants = [f"{half_width(text)} = {text}"]
    if not wide:
        wants.append(rf"not regexp_matches({text}, '^\d+\.0+$')")
        if not tail:
            wants.append(f"not regexp_matches({text}, '^([''`]|=\")')")
    return f"case when {' and '.join(wants)} then {text} end"


def plain_number(half: str) -> str:
    """A half-width text without currency, thousands separators and spaces."""
    bare = f"replace({half}, ' ', '')"
    styled = (
        rf"regexp_replace(regexp_replace({bare}, '^''?([+-]?)(¥|RMB|CNY|\$|£|€)', '\1', 'i'), "
        r"'(元|块|圆|yuan)$', '', 'i')"
    )
    return (
        f"(case when regexp_full_match({styled}, {literal(_GROUPED)}) "
        f"then replace({styled}, ',', '') else {styled} end)"
    )


def _number(column: Column, text: str, clean: CleanedText) -> ColumnCast:
    bare = f"replace({clean.half}, ' ', '')"
    repaired = [
        (RepairKind.INVISIBLE, _as_number(column, f"replace({clean.visible}, ' ', '')")),
        (RepairKind.FULL_WIDTH, _as_number(column, bare)),
        (RepairKind.NUMBER_STYLE, _as_number(column, clean.plain)),
    ]
    if column.type is Type.MONEY:
        repaired.append((RepairKind.ROUNDED, as_rounded(clean.plain, _NUMBER)))
    if column.unit is Unit.RATIO:
        hundredth = rf"regexp_extract({bare}, '^([+-]?\d+(\.\d+)?)%$', 1)"
        repaired.append((RepairKind.PERCENT, f"try_cast(nullif({hundredth}, '') as double) / 100"))
    return ColumnCast(_as_number(column, text), tuple(repaired))


def _as_number(column: Column, text: str) -> str:
    match column.type:
        case Type.INTEGER:
            whole = rf"regexp_replace({text}, '\.0+$', '')"
            return _when(text, _INTEGER, f"try_cast({whole} as bigint)")
        case Type.REAL:
            return _when(text, _NUMBER, f"try_cast({text} as double)")
        case _:
            return _when(text, _NUMBER, as_money(text))


def _boolean(column: Column, text: str, bare: str) -> ColumnCast:
    def truth(yes: list[str], no: list[str], of: str) -> str:
        return (
            f"case when lower({of}) in {words(yes)} then true "
            f"when lower({of}) in {words(no)} then false end"
        )

    repaired = [
        (RepairKind.FULL_WIDTH, truth(TRUE_WORDS, FALSE_WORDS, bare)),
        (RepairKind.BOOLEAN_WORD, truth(MORE_TRUE_WORDS, MORE_FALSE_WORDS, bare)),
    ]
    if column.doubt is not None:
        doubt = str(column.doubt).lower()
        is_no = f"regexp_full_match(lower({bare}), {literal(NOT_REFUSED)})"
        in_doubt = f"case when {is_no} then false when {bare} is not null then {doubt} end"
        repaired.append((RepairKind.BOOLEAN_WORD, in_doubt))
    return ColumnCast(truth(TRUE_WORDS, FALSE_WORDS, text), tuple(repaired))


def _day(text: str, clean: CleanedText) -> ColumnCast:
    bare = clean.half
    midnight = r"([ T]0{1,2}:00(:00(\.0+)?)?)?"
    return ColumnCast(
        _when(
            text, _DAY + r"( 0{1,2}:00(:00)?)?", _within_years(f"try_cast({text} as date)", "DATE")
        ),
        (
            (
                RepairKind.FULL_WIDTH,
                _when(
                    bare,
                    _DAY + midnight,
                    _within_years(f"try_cast(left({bare}, 10) as date)", "DATE"),
                ),
            ),
            (
                RepairKind.DATE_STYLE,
                _when(
                    clean.iso,
                    _DAY + midnight,
                    _within_years(f"try_cast({clean.iso} as timestamp)::date", "DATE"),
                ),
            ),
            (RepairKind.DATE_STYLE, _midnight(named_month(bare))),
            (RepairKind.EXCEL_SERIAL, f"{_serial(bare)}::date"),
        ),
    )


def _with_moments(day: ColumnCast, moment: ColumnCast) -> ColumnCast:
    """`day`, and the day of a moment where the text is one."""
    tries = ((RepairKind.DATE_STYLE, moment.strict), *moment.repaired)
    return ColumnCast(
        day.strict, (*day.repaired, *((kind, f"({one})::date") for kind, one in tries))
    )


def _moment(text: str, clean: CleanedText, utc_offset_minutes: int) -> ColumnCast:
    hours, minutes = divmod(abs(utc_offset_minutes), 60)
    own = f"{'-' if utc_offset_minutes < 0 else '+'}{hours:02d}:{minutes:02d}"
    local = f"regexp_replace({text}, '\\{own}$', '')"
    other = (
        f"case when ends_with({text}, '{own}') then {local_moment(local)} "
        f"else {local_moment(text)} end"
    )
    return ColumnCast(
        f"case when {text} is null then null when {_is_canonical_moment(text)} "
        f"then try_cast({text} as timestamp) else {other} end",
        (
            (RepairKind.FULL_WIDTH, local_moment(clean.half)),
            (RepairKind.DATE_STYLE, local_moment(clean.iso)),
            (RepairKind.DATE_STYLE, named_month(clean.half)),
            (RepairKind.DATE_STYLE, _within_years(half_day(clean.iso))),
            (RepairKind.TIME_ZONE, _shifted(clean.iso, utc_offset_minutes)),
            (RepairKind.EXCEL_SERIAL, _serial(clean.half)),
        ),
    )


def local_moment(text: str) -> str:
    """A moment without offset; 24:00 is 00:00 of the next day."""
    late = rf"regexp_full_match({text}, '{_DAY}[ T]24:00(:00(\.0+)?)?')"
    next_day = f"try_cast(regexp_extract({text}, '{_DAY}') as timestamp) + interval 1 day"
    moment = f"case when {late} then {next_day} else try_cast({text} as timestamp) end"
    return _when(text, _MOMENT, _within_years(moment))


_NAMED_DAYS = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%Y %b %d", "%Y %B %d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_NAMED = (
    r"(\d{1,2} [a-z]{3,9} \d{4}|[a-z]{3,9} \d{1,2} \d{4}|\d{4} [a-z]{3,9} \d{1,2})"
    r"( \d{1,2}:\d{2}(:\d{2})?( [ap]m)?)?"
)


def named_month(text: str) -> str:
    """A moment whose month is a word: 05-Oct-2026, Oct 5, 2026 8:00 PM. Only with a whole year."""
    bare = rf"regexp_replace(lower({text}), '^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[,. ]+', '')"
    spaced = rf"trim(regexp_replace({bare}, '[\s,./-]+', ' ', 'g'))"
    split = rf"regexp_replace(regexp_replace({spaced}, '(\d)([ap]m)$', '\1 \2'), 'sept ', 'sep ')"
    formats = literal([day + clock for day in _NAMED_DAYS for clock in _CLOCKS])
    return (
        f"case when regexp_matches({text}, '[A-Za-z]{{3}}') and "
        f"regexp_full_match({split}, {literal(_NAMED)}) "
        f"then {_within_years(f'try_strptime({split}, {formats})')} end"
    )


def _midnight(moment: str) -> str:
    """The day of a moment that has no time of day; NULL for any other."""
    return f"case when {moment} = date_trunc('day', {moment}) then ({moment})::date end"


def _is_canonical_moment(text: str) -> str:
    """Condition: 19 characters like 2026-10-31 10:05:00, which nearly every export writes.

    It decides without a regular expression, which would cost more than all else of a moment; the
    cast refuses what is no digit. In this shape the text itself says whether the year is sane.
    """
    years = f"{text} >= '{FIRST_YEAR}' and {text} < '{LAST_YEAR + 1}'"
    return f"({text} like '____-__-__ __:__:__' and {years})"


def iso_separators(text: str) -> str:
    """2026年10月31日 10时05分, 2026.10.31 and 20261031 as 2026-10-31; other texts as they are."""
    chinese = f"replace(translate({text}, '年月时点分', '--:::'), '日', ' ')"
    tidy = rf"trim(regexp_replace(regexp_replace({chinese}, '秒', ''), ':\s*$', ''))"
    spaced = rf"regexp_replace({tidy}, '^(\d{{4}}-\d{{1,2}}-\d{{1,2}})\s+', '\1 ')"
    dotted = rf"regexp_replace({spaced}, '^(\d{{4}})\.(\d{{1,2}})\.(\d{{1,2}})', '\1-\2-\3')"
    return rf"regexp_replace({dotted}, '^(\d{{4}})(\d{{2}})(\d{{2}})(\s|T|$)', '\1-\2-\3\4')"


def _shifted(text: str, utc_offset_minutes: int) -> str:
    """A moment with an offset of its own, on the platform's clock."""
    shape = rf"^({_DAY}[ T]{_CLOCK})\s*(Z|UTC|GMT|[+-]\d{{2}}:?(\d{{2}})?)$"
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
        f"{_within_years(f'({moment} + to_minutes({utc_offset_minutes} - ({own})))')} end"
    )


def _serial(text: str) -> str:
    """A day number of Excel with its fraction, to the second."""
    number = f"try_cast({text} as double)"
    return (
        f"case when regexp_full_match({text}, {literal(_SERIAL)}) "
        f"and {number} between {_FIRST_SERIAL} and {_LAST_SERIAL} then "
        f"TIMESTAMP '{_EXCEL_EPOCH}' + to_seconds(round({number} * 86400)) end"
    )


def _when(text: str, pattern: str, then: str) -> str:
    return f"case when regexp_full_match({text}, {literal(pattern)}) then {then} end"


def _within_years(moment: str, kind: str = "TIMESTAMP") -> str:
    """A moment or day of a year that can be meant, else NULL. `moment` is long and stands here
    once: the bounds take the place of what lies beyond them, and of nothing, and are taken out."""
    early = f"{FIRST_YEAR - 1}-12-31" + (" 23:59:59.999999" if kind == "TIMESTAMP" else "")
    early, late = f"{kind} '{early}'", f"{kind} '{LAST_YEAR + 1}-01-01'"
    return f"nullif(nullif(greatest(least({moment}, {late}), {early}), {late}), {early})"
