"""Units of foreign exports into ours: fen into yuan, milliseconds into the platform's clock, 斤.

SQL text in, SQL text out; the result is text again, so that typing, rules and quarantine see one
kind of value. A text that is no number is handed on as it is, for typing to refuse.
"""

from __future__ import annotations

from data_contracts.mappings.transforms import Transform

_WHOLE = r"[+-]?\d{1,18}(\.0+)?"
_DECIMAL = r"[+-]?\d{1,14}(\.\d+)?"


def transformed(text: str, transform: Transform, *, utc_offset_minutes: int) -> str:
    """SQL giving `text` in our unit, as text; unchanged where it does not read as a number."""
    if transform is Transform.AS_IS:
        return text
    if transform is Transform.FEN:
        # decimal arithmetic: a fen is never half a float
        return _or_same(text, _DECIMAL, f"({text}::decimal(24, 4) * 0.01)::decimal(24, 4)::varchar")
    if transform in (Transform.EPOCH_MS, Transform.EPOCH_S):
        per_second = 1000 if transform is Transform.EPOCH_MS else 1
        seconds = f"({text}::decimal(24, 3) / {per_second})::double"
        moment = (
            f"strftime(TIMESTAMP '1970-01-01' + to_seconds({seconds}) "
            f"+ to_minutes({utc_offset_minutes}), '%Y-%m-%d %H:%M:%S')"
        )
        # an empty moment is written as 0
        return _or_same(text, _WHOLE, f"case when {text}::double > 0 then {moment} end")
    factor = {
        Transform.JIN: "0.5",
        Transform.PRICE_PER_JIN: "2",
        Transform.GRAM: "0.001",
        Transform.PERCENT: "0.01",
    }[transform]
    return _or_same(text, _DECIMAL, f"({text}::decimal(24, 4) * {factor}::decimal(6, 3))::varchar")


def _or_same(text: str, pattern: str, converted: str) -> str:
    return f"case when regexp_full_match({text}, '{pattern}') then {converted} else {text} end"
