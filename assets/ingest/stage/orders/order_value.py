"""What a row is worth, so that the money of a file can be accounted for to the fen.

Belongs here: the two amounts of an order line. Only orders carry money; other exports have none.
"""

from __future__ import annotations

from data_contracts.exports import ORDERS
from data_contracts.table import Table

# Paid for the line before refunds; where the export has no such column, price times quantity less
# the coupon.
_AMOUNT = (
    "coalesce(paid_amount_yuan, "
    "round(quantity_units * unit_price_yuan, 4)::decimal(18, 4) - coalesce(coupon_yuan, 0))"
)

# Refunded, else the cancelled share of the line; never more than the line.
_RETURNED = (
    "case when coalesce(refund_yuan, 0) > 0 then refund_yuan "
    f"when order_status in ('cancelled', 'refunded', 'unpaid') then {_AMOUNT} "
    "when coalesce(cancelled_units, 0) > 0 and quantity_units > 0 then "
    f"round({_AMOUNT}::double * least(cancelled_units / quantity_units, 1), 4)::decimal(18, 4) "
    "else 0 end"
)


def amount(table: Table) -> str:
    """SQL of a row's amount in yuan, NULL where not known and for tables without money."""
    return _AMOUNT if has_money(table) else "NULL::decimal(18, 4)"


def returned_amount(table: Table) -> str:
    """SQL of what was given back of that amount, at most all of it."""
    return f"least({_RETURNED}, {_AMOUNT})" if has_money(table) else "NULL::decimal(18, 4)"


def has_money(table: Table) -> bool:
    """Whether rows of `table` carry an amount at all."""
    return table is ORDERS


def rows_without(table: Table) -> str:
    """SQL counting rows whose amount is absent or not readable; 0 for tables without money."""
    return f"(count(*) - count({_AMOUNT}))::bigint" if has_money(table) else "0::bigint"
