"""Cast a text to a column's type: strictly, or after an unambiguous repair.

SQL in, SQL out. The strict cast comes first and is enough for clean rows. Repairs are tried in
order where it gives NULL; each has a kind, so that every repair is counted. Ambiguous texts
(`03/04/2026`, `1.234,50`) are not cast; the file's mapping or `platform.toml` states what they
mean.
"""

from __future__ import annotations

from dataclasses import dataclass

from assets.ingest.stage.casting.dates_and_times import (
    DAY,
    at_offset,
    day_at_midnight,
    excel_serial,
    is_canonical_timestamp,
    iso_separators,
    local_timestamp,
    named_month,
    when_matches,
    within_years,
)
from assets.ingest.stage.casting.order_calendar import form_repairs
from assets.ingest.stage.casting.rounding import as_money, as_rounded
from assets.ingest.stage.casting.twelve_hour_clock import half_day
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.mappings.consent import NOT_REFUSED
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Personal, Type
from data_contracts.units import Unit

TRUE_WORDS = ["true", "t", "1", "yes", "y", "是"]
FALSE_WORDS = ["false", "f", "0", "no", "n", "否"]
# unambiguous words of some exports
MORE_TRUE_WORDS = ["√", "✓", "有", "已", "true()", "1.0", "on"]
MORE_FALSE_WORDS = ["×", "✗", "无", "未", "false()", "0.0", "off"]

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_INTEGER = r"[+-]?\d{1,18}(\.0+)?"
_GROUPED = r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"

_FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "　￥"
_HALF_WIDTH = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + " ¥"
# Tabs, line ends, no-break space, zero-width characters, direction marks, byte order mark: no id or
# name contains one.
_UNSEEN = r"[\x{0009}-\x{000D}\x{0085}\x{00A0}\x{200B}-\x{200F}\x{2028}-\x{202E}\x{2060}\x{FEFF}]"
_WIDE_SPACES = r"[ \x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]+"  # nothing, at an end
_AT_ENDS = f"^{_WIDE_SPACES}|{_WIDE_SPACES}$"
_ODD_TEXT = f"{_UNSEEN}|{_AT_ENDS}"


@dataclass(frozen=True)
class ColumnCast:
    """How a text is cast to a column's type.

    `strict`: typed SQL, NULL where the text is not in canonical form. `repaired`: (kind, typed
    SQL), tried in order where `strict` is NULL and the text is not.
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
    """Return how `text` (SQL of a trimmed text, NULL when empty) is cast to `column`'s type.

    `cleaned`: columns with the cleaned text, if the query has them.
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
    """Replace full-width letters, digits and signs by ASCII ones."""
    return f"translate({text}, {literal(_FULL_WIDTH)}, {literal(_HALF_WIDTH)})"


def strip_invisible(text: str) -> str:
    """Remove invisible characters and trim; NULL when nothing is left."""
    bare = f"regexp_replace({text}, {literal(_UNSEEN)}, '', 'g')"
    return f"nullif(regexp_replace({bare}, {literal(_AT_ENDS)}, '', 'g'), '')"


def is_id_or_code(column: Column) -> bool:
    """Whether a text column holds ids or codes, which are cleaned more than other texts."""
    named = column.name.endswith("_id") or column.codes is not None
    return named and column.personal in (Personal.NO, Personal.IDENTIFIER)


def _text(column: Column, text: str, clean: CleanedText) -> ColumnCast:
    """Strip guards and full-width letters of ids and codes, only invisible characters of others."""
    if column.form is not None:
        repairs = form_repairs(column.form, clean.half)
        return ColumnCast(when_matches(text, str(column.pattern), text), repairs)
    plain = f"not regexp_matches({text}, {literal(_ODD_TEXT)})"
    if not is_id_or_code(column):
        if column.personal is Personal.FREE_TEXT:
            # free text stays unchanged
            return ColumnCast(
                f"case when not {_spaced(text)} then {text} end",
                ((RepairKind.INVISIBLE, clean.visible),),
            )
        # bytes and characters differ only in texts beyond ASCII
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
    # a text that fails the quick test may still need no repair, as 商品1001
    is_bare = (
        f"{_bare(column, drop_decimal_tail(strip_text_guard(strip_invisible(text))))} = {text}"
    )
    return ColumnCast(f"case when not {odd} or {is_bare} then {text} end", steps)


def strip_text_guard(text: str) -> str:
    """Remove the sign that a spreadsheet puts before text."""
    bare = f"""regexp_replace(regexp_replace({text}, '^="(.*)"$', '\\1'), '^[''`]+', '')"""
    return f"nullif({bare}, '')"


def drop_decimal_tail(text: str) -> str:
    """Remove the decimal tail of an id that was held as a number, after its text guard."""
    return rf"regexp_replace({text}, '^(\d+)\.0+$', '\1')"


def _bare(column: Column, text: str) -> str:
    """Reduce a text without guard and tail to the id or code: half-width; codes in lower case."""
    bare = f"nullif({drop_decimal_tail(f'trim({half_width(text)})')}, '')"
    return f"lower({bare})" if column.codes is not None else bare


def _spaced(text: str) -> str:
    """Condition: a space or tab at either end, or a tab anywhere."""
    return f"({text} < '!' or ends_with({text}, ' ') or contains({text}, chr(9)))"


def _ended(text: str) -> str:
    """Condition: a space or control character at either end, or a tab or line end anywhere."""
    inside = " or ".join(f"contains({text}, chr({sign}))" for sign in (*range(9, 14), 127))
    return f"({text} < '!' or right({text}, 1) < '!' or {inside})"


def _if_plain(column: Column, text: str, *, tail: bool = False, wide: bool = False) -> str:
    """Return `text` if it needs no further repair: no guard, tail or full-width character."""
    wants = [f"{half_width(text)} = {text}"]
    if not wide:
        wants.append(rf"not regexp_matches({text}, '^\d+\.0+$')")
        if not tail:
            wants.append(f"not regexp_matches({text}, '^([''`]|=\")')")
    return f"case when {' and '.join(wants)} then {text} end"


def plain_number(half: str) -> str:
    """Remove currency, thousands separators and spaces from a half-width text."""
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
            return when_matches(text, _INTEGER, f"try_cast({whole} as bigint)")
        case Type.REAL:
            return when_matches(text, _NUMBER, f"try_cast({text} as double)")
        case _:
            return when_matches(text, _NUMBER, as_money(text))


def _boolean(column: Column, text: str, bare: str) -> ColumnCast:
    def truth(yes: list[str], no: list[str], of: str) -> str:
        return (
            f"case when lower({of}) in {text_list(yes)} then true "
            f"when lower({of}) in {text_list(no)} then false end"
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
        when_matches(
            text, DAY + r"( 0{1,2}:00(:00)?)?", within_years(f"try_cast({text} as date)", "DATE")
        ),
        (
            (
                RepairKind.FULL_WIDTH,
                when_matches(
                    bare,
                    DAY + midnight,
                    within_years(f"try_cast(left({bare}, 10) as date)", "DATE"),
                ),
            ),
            (
                RepairKind.DATE_STYLE,
                when_matches(
                    clean.iso,
                    DAY + midnight,
                    within_years(f"try_cast({clean.iso} as timestamp)::date", "DATE"),
                ),
            ),
            (RepairKind.DATE_STYLE, day_at_midnight(named_month(bare))),
            (RepairKind.EXCEL_SERIAL, f"{excel_serial(bare)}::date"),
        ),
    )


def _with_moments(day: ColumnCast, moment: ColumnCast) -> ColumnCast:
    """Add the casts of a timestamp to those of a date."""
    tries = ((RepairKind.DATE_STYLE, moment.strict), *moment.repaired)
    return ColumnCast(
        day.strict, (*day.repaired, *((kind, f"({one})::date") for kind, one in tries))
    )


def _moment(text: str, clean: CleanedText, utc_offset_minutes: int) -> ColumnCast:
    hours, minutes = divmod(abs(utc_offset_minutes), 60)
    own = f"{'-' if utc_offset_minutes < 0 else '+'}{hours:02d}:{minutes:02d}"
    local = f"regexp_replace({text}, '\\{own}$', '')"
    other = (
        f"case when ends_with({text}, '{own}') then {local_timestamp(local)} "
        f"else {local_timestamp(text)} end"
    )
    return ColumnCast(
        f"case when {text} is null then null when {is_canonical_timestamp(text)} "
        f"then try_cast({text} as timestamp) else {other} end",
        (
            (RepairKind.FULL_WIDTH, local_timestamp(clean.half)),
            (RepairKind.DATE_STYLE, local_timestamp(clean.iso)),
            (RepairKind.DATE_STYLE, named_month(clean.half)),
            (RepairKind.DATE_STYLE, within_years(half_day(clean.iso))),
            (RepairKind.TIME_ZONE, at_offset(clean.iso, utc_offset_minutes)),
            (RepairKind.EXCEL_SERIAL, excel_serial(clean.half)),
        ),
    )
