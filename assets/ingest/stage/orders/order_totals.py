"""Share the total of an order out to its lines, where nothing else says what was paid for them.

Returns SQL over the lines and their running sums in `order_spool.py`. The amount paid for the
order, total − freight, is shared in proportion to what the lines owe, whatever the reason for a
difference, so an unknown discount column changes nothing.
"""

from __future__ import annotations

from assets.ingest.stage.orders.order_probe import NEAR_YUAN, SpooledOrders
from data_contracts.mappings.presets import DISCOUNT, FREIGHT, TOTAL

_ORDER = "over (partition by order_key)"
_LINES, _ROWS = "filter (copy_no = 1)", "filter (copy_no > 0)"


def owed_of_line(orders: SpooledOrders, *, is_coupon_own: bool, is_paid_own: bool) -> str:
    """Write what a line owes: its gross, less its own coupon, or the amount paid for it.

    `is_coupon_own`, `is_paid_own`: whether the coupon and the amount paid are the line's own.
    """
    owed = _less_coupon(orders, is_coupon_own)
    if is_paid_own and orders.amounts.get("paid_amount_yuan", TOTAL) != TOTAL:
        return f"coalesce(v_paid_amount_yuan, {owed})"
    return owed


def _less_coupon(orders: SpooledOrders, is_coupon_own: bool) -> str:
    if "coupon_yuan" in orders.amounts and is_coupon_own:
        return "greatest(gross - coalesce(v_coupon_yuan, 0), 0)"
    return "gross"


def share_of_total(orders: SpooledOrders) -> str:
    """Write the line's share of the order's total, as text; unparsed texts are kept.

    The total includes the freight, unless the lines come to the total without it. A total above the
    sum of the lines also pays for freight or lines that are not in the file; then lines are paid as
    priced, less their share of the discount.
    """
    value, freight = f"v_{TOTAL}", orders.of_order(FREIGHT)
    total, gross = f"max({value}) {_ROWS} {_ORDER}", f"sum(gross) {_LINES} {_ORDER}"
    lines = f"count(*) {_LINES} {_ORDER}"
    is_priced = f"count(gross) {_LINES} {_ORDER} = {lines}"
    discount = f"max({orders.of_order(DISCOUNT)}) {_ORDER}"
    net = f"({total} - max({freight}) {_ORDER})"
    is_bare = (
        f"abs({total} - {gross}) <= {NEAR_YUAN} and abs({net} + {discount} - {gross}) > {NEAR_YUAN}"
    )
    paid = f"case when coalesce({is_bare}, false) then {total} else {net} end"
    whole = (
        f"case when {is_priced} and ({paid}) + {discount} > {gross} + {NEAR_YUAN} "
        f"then {gross} * ({paid}) / (({paid}) + {discount}) else {paid} end"
    )
    # differences of rounded running sums add up to the whole, to the fen
    summed = f"sum(owed) {_LINES} {_ORDER}"
    of_line = "max(case when copy_no = 1 then {} end) over (partition by first_copy)"
    so_far, owed = of_line.format("owed_so_far"), of_line.format("owed")
    shared = (
        f"case when {is_priced} and {summed} > 0 then round(({whole}) * {so_far} / {summed}, 2) "
        f"- round(({whole}) * ({so_far} - {owed}) / {summed}, 2) end"
    )
    sources = [n for n in orders.texts.amounts.sources() if n.startswith(f"r_{TOTAL}")]
    raw = f"coalesce({', '.join([*sources, 'NULL'])})::varchar"
    unlike = f"max({value}) {_ROWS} {_ORDER} - min({value}) {_ROWS} {_ORDER} >= 0.005"
    # totals that differ within an order are the lines' own, at most what each comes to
    own = f"least({value} - {freight}, gross)"
    return (
        f"case when {value} is null and {raw} is not null then {raw} "
        f"when order_key is null or copy_no = 0 or coalesce({unlike}, false) "
        f"then ({own})::decimal(18, 2)::varchar "
        f"when ({paid}) < 0 then null "
        f"when {lines} = 1 then ({whole})::decimal(18, 2)::varchar "
        f"else ({shared})::decimal(18, 2)::varchar end"
    )


def orders_beyond_their_lines(orders: SpooledOrders) -> int:
    """Count the orders whose total is more than their lines and freight come to."""
    beyond = orders.session.scalar(
        f"with {orders.lines()} select count(*) from (select order_key from lines "
        f"where order_key is not null group by order_key "
        f"having max(v_{TOTAL}) {_ROWS} - max({orders.of_order(FREIGHT)}) "
        f"+ max({orders.of_order(DISCOUNT)}) > sum(gross) {_LINES} + {NEAR_YUAN} "
        f"and max(v_{TOTAL}) {_ROWS} > sum(gross) {_LINES} + {NEAR_YUAN} "
        f"and count(gross) {_LINES} = count(*) {_LINES})"
    )
    return int(beyond or 0)
