"""Parse timestamps of a twelve-hour clock: 下午3:20, 3:20 PM. SQL in, SQL out."""

from __future__ import annotations

from assets.resources.lakehouse.rule_sql import text_list

_MORNING, _AFTERNOON = ("上午", "早上", "早晨", "凌晨", "am"), ("下午", "傍晚", "晚上", "pm")
_HALVES = "|".join((*_MORNING, *_AFTERNOON, "中午"))
_HALF_DAY = (
    rf"^(\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}})[ t]*({_HALVES})\s*(\d{{1,2}})"
    r"(?::(\d{1,2}))?(?::(\d{1,2}))?$"
)
_HALF_BEHIND = r"^(\d{4}[-/]\d{1,2}[-/]\d{1,2})[ t]+(\d{1,2}:\d{2}(?::\d{2})?)\s*([ap])\.?m\.?$"


def half_day(dashed_text: str) -> str:
    """Parse a timestamp of a twelve-hour clock: 2026-10-31 下午3:20, 2026/10/31 3:20 PM.

    Twelve at night may belong to either day, and 上午 15:00 contradicts itself: both give NULL.
    """
    ahead = f"regexp_replace(lower({dashed_text}), '{_HALF_BEHIND}', '\\1 \\3m \\2')"
    parts = f"regexp_extract({ahead}, '{_HALF_DAY}', ['day', 'half', 'hour', 'minute', 'second'])"
    # a list of one struct, so that the long text is evaluated once
    return f"list_transform([{parts}], lambda one: {_of_half_day()})[1]"


def _of_half_day() -> str:
    hour, afternoon = "try_cast(one.hour as integer)", text_list(list(_AFTERNOON))
    on_24_hours = (
        f"case when one.half in {text_list(list(_MORNING))} and {hour} <= 12 then {hour} % 12 "
        f"when one.half = '中午' and {hour} in (11, 12) then {hour} "
        f"when one.half = '中午' and {hour} in (1, 2) then {hour} + 12 "
        f"when one.half in ('下午', 'pm') and {hour} = 12 then 12 "
        f"when one.half in {afternoon} and {hour} between 1 and 11 then {hour} + 12 "
        f"when one.half in {afternoon} and {hour} between 13 and 23 then {hour} end"
    )
    minute, second = (
        f"coalesce(try_cast(nullif(one.{part}, '') as integer), 0)" for part in ("minute", "second")
    )
    moment = (
        "try_cast(replace(one.day, '/', '-') as timestamp) + to_hours("
        f"{on_24_hours}) + to_minutes({minute}) + to_seconds({second})"
    )
    return f"case when {minute} < 60 and {second} < 60 then {moment} end"
