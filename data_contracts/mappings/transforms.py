"""List the transforms that may be applied to a foreign value before it is cast."""

from __future__ import annotations

from enum import StrEnum


class Transform(StrEnum):
    """Transforms of foreign values; `as_is` for values already in our units."""

    AS_IS = "as_is"
    FEN = "fen"  # hundredths of a yuan
    EPOCH_MS = "epoch_ms"  # milliseconds since 1970-01-01 UTC; 0: no moment
    EPOCH_S = "epoch_s"  # seconds since 1970-01-01 UTC; 0: no moment
    JIN = "jin"  # a quantity in 斤, half a kilogram
    PRICE_PER_JIN = "price_per_jin"  # yuan per 斤
    FEN_PER_JIN = "fen_per_jin"  # hundredths of a yuan per 斤
    GRAM = "gram"  # a quantity in grams, into kilograms
    KILOGRAM = "kilogram"  # a quantity in kilograms
    BOX = "box"  # a quantity in purchase packs, of the size the product file says
    PRICE_PER_BOX = "price_per_box"  # yuan per such pack
    PERCENT = "percent"  # 85 for .85
    DAY_FIRST = "day_first"  # 31/12/2026 08:00
    MONTH_FIRST = "month_first"  # 12/31/2026 8:00 AM
    YEAR_FIRST = "year_first"  # 26/12/31 8:00: a year of two digits in front
    DATE_AND_TIME = "date_and_time"  # `Date+Time`: a day in one cell, the clock in another
    ONE = "one"  # every row is one unit: 1 where anything stands
    REFUSAL = "refusal"  # any word but a clear no: the person refused
    CONSENT = "consent"  # any word but a clear yes: the person refused
    CONSENT_MOMENT = "consent_moment"  # likewise; a moment says nothing against
    REFUSAL_IN_WORDS = "refusal_in_words"  # only a word that clearly refuses: 已退订, VIP;黑名单
    REFUSAL_IN_RESULT = "refusal_in_result"  # likewise, of a contact: 用户拒绝
    REFUSAL_IN_REPLY = "refusal_in_reply"  # likewise, of a message answered: T, TD, STOP


# What a header says of a quantity that is weighed.
WEIGHTS = (Transform.JIN, Transform.GRAM, Transform.KILOGRAM)
# Words are asked for refusals under headers that say nothing of consent.
IN_WORDS = (
    Transform.REFUSAL_IN_WORDS,
    Transform.REFUSAL_IN_RESULT,
    Transform.REFUSAL_IN_REPLY,
)
# What may be said of all dates of a file.
DATE_ORDERS = (Transform.DAY_FIRST, Transform.MONTH_FIRST, Transform.YEAR_FIRST)
