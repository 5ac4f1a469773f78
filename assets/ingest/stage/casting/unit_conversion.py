"""Convert texts in foreign units to ours: fen to yuan, milliseconds to the platform's clock, 斤.

Not here: dates in another order (`year_last_dates.py`). SQL in, SQL out; the result is text again,
so that casting, rules and quarantine handle one kind of value. What is no number gets a mark that
no repair accepts: `１９９９` fen must never become 1,999 yuan. A number that needed cleaning gets a
sign that casting removes and counts as a repair.
"""

from __future__ import annotations

from assets.ingest.stage.casting.consent_flags import ANSWERS, refusal_answer
from assets.ingest.stage.casting.type_casting import half_width, plain_number, strip_invisible
from assets.ingest.stage.casting.year_last_dates import join_day_and_clock, year_first_text
from data_contracts.mappings.transforms import DATE_ORDERS, Transform

_NUMBER = r"[+-]?(\d{1,18}\.?\d*|\.\d+)([eE][+-]?\d{1,2})?"
_UNREADABLE = "?"
_MENDED_NUMBER, _MENDED_MOMENT = "¥", " "


def converted_text(text: str, transform: Transform, *, utc_offset_minutes: int) -> str:
    """Write `text` in our unit, as text."""
    if transform in (Transform.AS_IS, Transform.KILOGRAM):
        return text
    if transform in ANSWERS:
        return refusal_answer(text, transform)
    if transform is Transform.ONE:
        return f"case when {text} is not null then '1' end"
    if transform is Transform.DATE_AND_TIME:
        return join_day_and_clock(text)
    if transform in DATE_ORDERS:
        return year_first_text(text, transform)
    if transform in (Transform.EPOCH_MS, Transform.EPOCH_S):
        per_second = 1000 if transform is Transform.EPOCH_MS else 1

        def moment(number: str) -> str:
            seconds = f"floor(try_cast({number} as decimal(24, 3)) / {per_second})"
            shown = (
                f"strftime(TIMESTAMP '1970-01-01' + to_seconds({seconds}) "
                f"+ to_minutes({utc_offset_minutes}), '%Y-%m-%d %H:%M:%S')"
            )
            # a missing time is written as 0
            return f"case when try_cast({number} as double) > 0 then {shown} end"

        cleaned = f"replace({half_width(strip_invisible(text))}, ' ', '')"
        return _cases(text, cleaned, moment, f"|| '{_MENDED_MOMENT}'", "")
    factor = {
        Transform.FEN: "0.01",
        Transform.JIN: "0.5",
        Transform.PRICE_PER_JIN: "2",
        Transform.FEN_PER_JIN: "0.02",
        Transform.GRAM: "0.001",
        Transform.PERCENT: "0.01",
    }[transform]

    def amount(number: str) -> str:
        # decimal arithmetic keeps fen exact
        return f"(try_cast({number} as decimal(24, 6)) * {factor}::decimal(6, 3))::varchar"

    return _cases(
        text, plain_number(half_width(strip_invisible(text))), amount, "", f"'{_MENDED_NUMBER}' || "
    )


def _cases(text: str, cleaned: str, convert, after: str, before: str) -> str:
    def is_number(of: str) -> str:
        return f"regexp_full_match({of}, '{_NUMBER}')"

    return (
        f"case when {text} is null then null when {is_number(text)} then {convert(text)} "
        f"when {is_number(cleaned)} then {before}{convert(cleaned)}{after} "
        f"else '{_UNREADABLE}' || {text} end"
    )
