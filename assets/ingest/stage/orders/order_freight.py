"""Deduct the freight of an order from what was paid for its lines, where that includes it.

Either all amounts paid in a file include the freight, or none does. The file's arithmetic decides:
quantity × price less the coupon is the amount paid without freight; with freight, more is paid than
the line comes to, by at most the freight.

Returns SQL over the lines and their running sums in `order_spool.py`.
"""

from __future__ import annotations

from assets.ingest.stage.orders.order_probe import NEAR_YUAN, SpooledOrders
from data_contracts.mappings.presets import FREIGHT

# Maximum share of orders that contradict the freight being included.
_EXCEPTIONS = 0.01
_ORDER = "over (partition by order_key)"
_LINES = "filter (copy_no = 1)"
_FREIGHT, _PAID = f"coalesce(v_{FREIGHT}, 0)", "v_paid_amount_yuan"


def rows_with_freight(orders: SpooledOrders) -> int:
    """Count the rows of orders with freight, if amounts paid include it; 0 if they do not."""
    coupon = "coalesce(v_coupon_yuan, 0)" if "coupon_yuan" in orders.amounts else "0"
    counts = orders.session.rows(
        f"""
with {orders.lines()},
orders as (
  select count(*) as rows, sum(gross) {_LINES} as gross, sum({_PAID}) {_LINES} as paid,
    count(gross) {_LINES} = count(*) {_LINES} and count({_PAID}) {_LINES} > 0 as is_priced,
    max({_FREIGHT}) as freight, sum({coupon}) {_LINES} as coupons, max({coupon}) as coupon,
    bool_and(coalesce({_balances(coupon)}, false)) as is_by_line
  from lines where order_key is not null group by order_key
),
judged as (
  select rows,
    is_by_line or {_near("paid", "gross - coupons + freight")}
      or {_near("paid", "gross - coupon + freight")}
      or paid > gross + {NEAR_YUAN} and paid <= gross + freight + {NEAR_YUAN} as is_in,
    {_near("paid", "gross - coupons")} or {_near("paid", "gross - coupon")} as is_out,
    is_priced
  from orders where freight > 0
)
select (sum(rows))::bigint as rows, (count(*) filter (is_priced and is_in))::bigint as shown,
  (count(*) filter (is_priced and is_out and not is_in))::bigint as contrary
from judged"""
    )
    rows, shown, contrary = counts[0]
    return int(rows) if shown and contrary <= _EXCEPTIONS * shown else 0


def without_freight(orders: SpooledOrders, raw: str) -> str:
    """Write the amount paid for the line, as text, less the freight where it is included.

    A freight on one line, or a different one on each, is deducted on its line. A freight repeated
    on every line is deducted from the one line that is paid more than it comes to, else from all
    lines in proportion to what was paid.
    """
    coupon = "coalesce(v_coupon_yuan, 0)" if "coupon_yuan" in orders.amounts else "0"
    freight = f"max({_FREIGHT}) {_ORDER}"
    freight_lines = f"count(*) filter (copy_no = 1 and {_FREIGHT} > 0) {_ORDER}"
    is_by_line = f"bool_and(coalesce({_balances(coupon)}, false)) {_ORDER}"
    is_unlike = f"min({_FREIGHT}) filter ({_FREIGHT} > 0) {_ORDER} < {freight}"
    is_more = f"{_PAID} > gross + {NEAR_YUAN}"
    carriers = f"count(*) filter (copy_no = 1 and {is_more}) {_ORDER}"
    paid = f"sum({_PAID}) {_LINES} {_ORDER}"
    whole = f"({paid} - {freight})"
    # differences of rounded running sums add up to the whole, to the fen
    of_line = "max(case when copy_no = 1 then {} end) over (partition by first_copy)"
    so_far, owed = of_line.format("owed_so_far"), of_line.format("owed")
    shared = (
        f"round({whole} * {so_far} / {paid}, 2) - round({whole} * ({so_far} - {owed}) / {paid}, 2)"
    )
    less = (
        f"case when {freight_lines} = 1 or {is_by_line} or {is_unlike} then {_PAID} - {_FREIGHT} "
        f"when {carriers} = 1 then {_PAID} - case when {is_more} then {freight} else 0 end "
        f"when {paid} > 0 then {shared} end"
    )
    return (
        f"case when {_PAID} is null or order_key is null or {freight} = 0 "
        f"or coalesce(({less}) < 0, true) then {raw} else ({less})::decimal(18, 2)::varchar end"
    )


def refund_without_freight(shared: str | None, paid: str) -> str:
    """Write a line's refund, as text, limited to what was `paid` for it without freight.

    The limit applies to orders with freight. `shared`: the line's share of the order's refund.
    """
    text = shared or "r_refund_yuan::varchar"
    back = f"try_cast({shared} as decimal(18, 4))" if shared else "v_refund_yuan"
    most = f"try_cast({paid} as decimal(18, 4))"
    is_beyond = f"max({_FREIGHT}) {_ORDER} > 0 and {back} > {most}"
    return f"case when coalesce({is_beyond}, false) then ({most})::varchar else {text} end"


def _balances(coupon: str) -> str:
    """Write the condition of a line whose amount paid is its gross less coupon plus freight."""
    return _near(_PAID, f"gross - {coupon} + {_FREIGHT}")


def _near(one: str, other: str) -> str:
    return f"abs({one} - ({other})) <= {NEAR_YUAN}"
