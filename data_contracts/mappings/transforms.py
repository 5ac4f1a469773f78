"""List the transforms that may be applied to a foreign value before it is cast."""

from __future__ import annotations

from enum import StrEnum


class Transform(StrEnum):
    """Transforms of foreign values; `as_is` for values already in our units."""

    AS_IS = "as_is"
    FEN = "fen"  # hundredths of a yuan
    EPOCH_MS = "epoch_ms"  # milliseconds since 1970-01-01 UTC; 0: no time
    EPOCH_S = "epoch_s"  # seconds since 1970-01-01 UTC; 0: no time
    JIN = "jin"  # a quantity in 斤, half a kilogram
    PRICE_PER_JIN = "price_per_jin"  # yuan per 斤
    FEN_PER_JIN = "fen_per_jin"  # hundredths of a yuan per 斤
    GRAM = "gram"  # a quantity in grams, into kilograms
    KILOGRAM = "kilogram"  # a quantity in kilograms
    BOX = "box"  # a quantity in purchase packs of the size in the product file
    PRICE_PER_BOX = "price_per_box"  # yuan per such pack
    PERCENT = "percent"  # 85 for .85
    DAY_FIRST = "day_first"  # 31/12/2026 08:00
    MONTH_FIRST = "month_first"  # 12/31/2026 8:00 AM
    YEAR_FIRST = "year_first"  # 26/12/31 8:00: a two-digit year first
    DATE_AND_TIME = "date_and_time"  # `Date+Time`: the date in one cell, the time in another
    ONE = "one"  # every row is one unit: 1 if the cell is not empty
    REFUSAL = "refusal"  # any word but a clear no: the person refused
    CONSENT = "consent"  # any word but a clear yes: the person refused
    CONSENT_MOMENT = "consent_moment"  # likewise, but a time is no refusal
    REFUSAL_IN_WORDS = "refusal_in_words"  # only a word that clearly refuses: 已退订, VIP;黑名单
    REFUSAL_IN_RESULT = "refusal_in_result"  # likewise, for the result of a contact: 用户拒绝
    REFUSAL_IN_REPLY = "refusal_in_reply"  # likewise, for a reply to a message: T, TD, STOP


# Transforms of a quantity that is weighed.
WEIGHTS = (Transform.JIN, Transform.GRAM, Transform.KILOGRAM)
# Transforms that search words for refusals under headers that are not about consent.
IN_WORDS = (
    Transform.REFUSAL_IN_WORDS,
    Transform.REFUSAL_IN_RESULT,
    Transform.REFUSAL_IN_REPLY,
)
# Date orders that may be stated for all dates of a file.
DATE_ORDERS = (Transform.DAY_FIRST, Transform.MONTH_FIRST, Transform.YEAR_FIRST)
