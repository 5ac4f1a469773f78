"""Cast weekdays and times of day to their normal form, as `1|3|5` (Monday is 1) and `18:00`.

SQL in, SQL out, of a half-width text. A text that could mean something else gives NULL: 15 may be a
day of the month, 三天 a number of days, and 工作日 follows the calendar of public holidays.
"""

from __future__ import annotations

from assets.resources.lakehouse.sql_text import literal
from data_contracts.repairs import RepairKind
from data_contracts.table import TextForm

# One weekday after its word (周, 星期, 礼拜) and before its digit.
_CHINESE, _DIGITS = "一二三四五六日天", "12345677"
_PREFIXES = r"每逢|每|逢|周|星期|礼拜|週"
_ENGLISH = {
    "mon(day)?s?": "1",
    "tue(s|sday)?s?": "2",
    "wed(s|nesday)?s?": "3",
    "thu(r|rs|rsday)?s?": "4",
    "fri(day)?s?": "5",
    "sat(urday)?s?": "6",
    "sun(day)?s?": "7",
}
_EVERY_DAY = r"每天|每日|天天|全周|全部|不限|daily|every ?day|all"
_SEPARATORS = r"[、,，;；/|和与及&+·. ]+"
_RANGE = r"(-|~|—|–|至|到|to)+"
_SPACES = r"\s+"
# Digits side by side are weekdays only where a word says so.
_BARE_NUMBER = r"[+-]?\d{2,}(\.\d*)?"
# 15日 is a day of the month, 三天 and 每三日 are a number of days.
_COUNTED_DAYS = r"\d *[日天号]|[一二三四五六]天|^每?[一二三四五六]日$"
_WEEKDAYS = r"[1-7]+(-[1-7])?(\|[1-7]+(-[1-7])?)*"

_HOUR_AND_MINUTE = r"^(\d{1,2}):([0-5]\d)(:00(\.0+)?)?$"
_HOUR_IN_WORDS = r"^(\d{1,2})[点點时時]整?$"
_HALF_PAST = r"^(\d{1,2})[点點时時]半$"
_MINUTES_IN_WORDS = r"^(\d{1,2})[点點时時]([0-5]?\d)分?$"


def form_repairs(form: TextForm, half: str) -> tuple[tuple[RepairKind, str], ...]:
    """Return the repairs of a text of that form; `half` is SQL of the half-width text."""
    if form is TextForm.WEEKDAYS:
        return ((RepairKind.WEEKDAY_STYLE, weekdays_of(half)),)
    return ((RepairKind.TIME_STYLE, time_of_day_of(half)),)


def weekdays_of(half: str) -> str:
    """Write SQL of the weekdays that a text names, NULL where it names anything else."""
    plain = _digits_of("word")
    parts = f"string_split({plain}, '|')"
    is_named = (
        f"not regexp_full_match(word, {literal(_BARE_NUMBER)}) "
        f"and not regexp_matches(word, {literal(_COUNTED_DAYS)}) "
        f"and regexp_full_match({plain}, {literal(_WEEKDAYS)})"
    )
    day_in_part = (
        "case when contains(part, '-') and length(part) = 3 then "
        "case when part[1] <= part[3] then day between part[1] and part[3] "
        "else day >= part[1] or day <= part[3] end "
        "else not contains(part, '-') and contains(part, day) end"
    )
    # 一三-五 says neither 一 and 三 to 五 nor anything else
    is_clear = (
        f"len(list_filter({parts}, lambda part: contains(part, '-') and length(part) <> 3)) = 0"
    )
    listed = (
        "array_to_string(list_filter(['1', '2', '3', '4', '5', '6', '7'], lambda day: "
        f"len(list_filter({parts}, lambda part: {day_in_part})) > 0), '|')"
    )
    answer = (
        f"case when regexp_full_match(word, {literal(_EVERY_DAY)}) then '1|2|3|4|5|6|7' "
        f"when {is_named} and {is_clear} then {listed} end"
    )
    lower = f"trim(regexp_replace(lower({half}), {literal(_SPACES)}, ' ', 'g'))"
    return f"list_extract(list_transform([{lower}], lambda word: {answer}), 1)"


def _digits_of(word: str) -> str:
    """Write the weekdays of a text as digits, with `|` between them and `-` in a range."""
    digits = f"replace(replace({word}, '周末', '六日'), '週末', '六日')"
    for pattern, digit in _ENGLISH.items():
        digits = rf"regexp_replace({digits}, '\b{pattern}\b', '{digit}', 'g')"
    digits = f"regexp_replace({digits}, {literal(rf' *{_RANGE} *')}, '-', 'g')"
    digits = f"regexp_replace({digits}, {literal(_PREFIXES)}, '', 'g')"
    digits = rf"regexp_replace({digits}, '^(\d)\.0+$', '\1')"
    digits = f"regexp_replace({digits}, {literal(_SEPARATORS)}, '|', 'g')"
    return f"translate({digits}, {literal(_CHINESE)}, {literal(_DIGITS)})"


def time_of_day_of(half: str) -> str:
    """Write SQL of the time of day that a text names, NULL where it names none up to 24:00."""

    def clock(pattern: str, minute: str) -> str:
        hour = f"lpad(regexp_extract(word, {literal(pattern)}, 1), 2, '0')"
        return f"when regexp_matches(word, {literal(pattern)}) then {hour} || {minute}"

    def minute_of(pattern: str) -> str:
        return f"':' || lpad(regexp_extract(word, {literal(pattern)}, 2), 2, '0')"

    tried = " ".join(
        (
            clock(_HOUR_AND_MINUTE, minute_of(_HOUR_AND_MINUTE)),
            clock(_HOUR_IN_WORDS, "':00'"),
            clock(_HALF_PAST, "':30'"),
            clock(_MINUTES_IN_WORDS, minute_of(_MINUTES_IN_WORDS)),
        )
    )
    bare = f"replace({half}, ' ', '')"
    return f"list_extract(list_transform([{bare}], lambda word: case {tried} end), 1)"
