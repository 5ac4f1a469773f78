"""Write the value of a row in yuan, so that the money of a file is accounted for to the fen.

Contains the two amounts of an order line. Other exports have no amounts.
"""

from __future__ import annotations

from data_contracts.exports import ORDERS
from data_contracts.table import Table

# The amount paid for the line before refunds; without such a column, price × quantity less the
# coupon.
_AMOUNT = (
    "coalesce(paid_amount_yuan, "
    "round(quantity_units * unit_price_yuan, 4)::decimal(18, 4) - coalesce(coupon_yuan, 0))"
)

# The refund, else the cancelled share of the line; never more than the line.
_RETURNED = (
    "case when coalesce(refund_yuan, 0) > 0 then refund_yuan "
    f"when order_status in ('cancelled', 'refunded', 'unpaid') then {_AMOUNT} "
    "when coalesce(cancelled_units, 0) > 0 and quantity_units > 0 then "
    f"round({_AMOUNT}::double * least(cancelled_units / quantity_units, 1), 4)::decimal(18, 4) "
    "else 0 end"
)


def amount(table: Table) -> str:
    """Write a row's amount in yuan, NULL where unknown and for tables without amounts."""
    return _AMOUNT if has_money(table) else "NULL::decimal(18, 4)"


def returned_amount(table: Table) -> str:
    """Write the part of that amount that was refunded or cancelled."""
    return f"least({_RETURNED}, {_AMOUNT})" if has_money(table) else "NULL::decimal(18, 4)"


def has_money(table: Table) -> bool:
    """Whether rows of `table` have an amount."""
    return table is ORDERS


def rows_without(table: Table) -> str:
    """Write the count of rows whose amount is missing or unparsed; 0 for tables without amounts."""
    return f"(count(*) - count({_AMOUNT}))::bigint" if has_money(table) else "0::bigint"
