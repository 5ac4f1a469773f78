"""Round amounts of more than four decimals, as from a division: 3.3333333333333335.

SQL in, SQL out. A price is rounded to four decimals, which counts as a repair, so that no sale is
lost. Where the dropped digits times the quantity are worth half a fen or more, the exact sum is
kept as the amount paid. A price so small that rounding would change it by more than 1 % is not
rounded.
"""

from __future__ import annotations

from collections.abc import Collection

from assets.resources.lakehouse.sql_text import literal

# Noise of binary floating point; a larger difference is a real fifth decimal.
MONEY_NOISE_YUAN = 1e-6
# Largest share of a price that rounding may change.
_CHANGED_SHARE = 0.01
_HALF_A_FEN = 0.005


def as_money(text: str) -> str:
    """Cast a text of digits to an amount, NULL if it has more than four decimals."""
    money, real = _money(text), f"try_cast({text} as double)"
    return f"case when abs({money}::double - {real}) <= {MONEY_NOISE_YUAN} then {money} end"


def as_rounded(text: str, pattern: str) -> str:
    """Cast a number to an amount rounded to four decimals; NULL if that changes it by more than 1
    %.
    """
    money, real = _money(text), f"try_cast({text} as double)"
    is_near = f"abs({money}::double - {real}) <= {_CHANGED_SHARE} * abs({real})"
    is_number = f"regexp_full_match({text}, {literal(pattern)})"
    return f"case when {is_number} and {is_near} then {money} end"


def _money(text: str) -> str:
    return f"try_cast({text} as decimal(18, 4))"


def exact_paid(names: Collection[str]) -> str | None:
    """Write quantity × exact price less the coupon, where the rounded price gives another sum.

    NULL elsewhere; None if the file has no prices or quantities. For rows with the cleaned text
    `plain_` of the price, and the values `t_`.
    """
    if not {"quantity_units", "unit_price_yuan"} <= set(names):
        return None
    gross = "t_quantity_units * try_cast(plain_unit_price_yuan as double)"
    is_other = f"abs({gross} - t_quantity_units * t_unit_price_yuan::double) >= {_HALF_A_FEN}"
    coupon = "coalesce(t_coupon_yuan, 0)" if "coupon_yuan" in names else "0"
    return (
        f"case when s_unit_price_yuan is null and {is_other} and {gross} >= {coupon} "
        f"then round({gross}, 2)::decimal(18, 4) - {coupon} end"
    )
