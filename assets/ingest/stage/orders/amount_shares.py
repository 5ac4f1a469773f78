"""Write SQL that shares an amount of the whole order out to its lines.

Not here: deciding which amounts are the order's (`whole_orders.py`), the order's total
(`order_totals.py`), freight (`order_freight.py`).
"""

from __future__ import annotations

from assets.ingest.stage.orders.order_freight import without_freight
from assets.ingest.stage.orders.order_probe import NEAR_YUAN, SpooledOrders
from assets.ingest.stage.orders.order_totals import share_of_total
from assets.ingest.stage.orders.order_wording import Placement
from data_contracts.mappings.presets import FREIGHT

# Layouts whose amounts are shared out in proportion to quantity × price.
_SHARED = (Placement.FIRST_LINE, Placement.EVERY_LINE, Placement.MERGED_CELL, Placement.SOME_LINES)


def share_of_line(orders: SpooledOrders, to: str, placement: Placement) -> str:
    """Write SQL of a line's share of the order's amount `to`, as text.

    A text that does not parse is kept as it is. Amounts are shared in proportion to quantity ×
    price, refunds in proportion to what was paid; the shares add up to the order's amount to the
    fen.
    """
    read = value = f"v_{orders.amounts[to]}"
    over = "over (partition by order_key)"
    lines = f"count(*) filter (copy_no = 1) {over}"
    if placement in (Placement.FIRST_LINE, Placement.SOME_LINES):
        # zero on the other lines means the same as an empty cell
        value = f"nullif({read}, 0)"
    whole = f"coalesce(max({value}) {over}, max({read}) {over})"
    freight = orders.of_order(FREIGHT)
    if placement == Placement.ORDER_TOTAL:
        return share_of_total(orders)
    if to == "paid_amount_yuan" and freight != "0":
        freight = f"max({freight}) {over}"
        is_bare = f"abs({whole} - sum(gross) filter (copy_no = 1) {over}) <= 0.011"
        whole = f"case when coalesce({is_bare}, false) then {whole} else {whole} - {freight} end"
    # refunds are shared in proportion to what was paid
    weight = "owed" if to == "refund_yuan" else "gross"
    sum_so_far = "owed_so_far" if to == "refund_yuan" else "so_far"
    shared = "null"
    if placement in _SHARED:
        mine = f"case when copy_no = 1 then {weight} end"
        summed = f"sum({mine}) {over}"
        is_known = f"count({mine}) {over} = {lines} and {summed} > 0"
        # a repeated row gets the share of the row it repeats: either of them may be kept
        of_line = "max(case when copy_no = 1 then {} end) over (partition by first_copy)"
        so_far, weight = of_line.format(sum_so_far), of_line.format(weight)
        # differences of rounded running sums add up to the order's amount, to the fen
        shared = (
            f"case when {is_known} then round({whole} * {so_far} / {summed}, 2) "
            f"- round({whole} * ({so_far} - {weight}) / {summed}, 2) end"
        )
    text = f"r_{orders.amounts[to]}"
    source_texts = [n for n in orders.texts.amounts.sources() if n.startswith(text)]
    raw = f"coalesce({', '.join([*(source_texts or [text]), 'NULL'])})::varchar"
    if placement is Placement.WITH_FREIGHT:
        return without_freight(orders, raw)
    is_unread = f"({read} is null and {raw} is not null)"
    unlike = f"max({value}) {over} - min({value}) {over} >= 0.005"
    # several unequal values, or several cells that are not merged, are the lines' own
    is_own = "true" if placement == Placement.MERGED_CELL else unlike
    is_contrary = f"(count({value}) {over} > 1 and {is_own})"
    if placement == Placement.SOME_LINES:
        # an amount above quantity × price of its line is the order's
        own = orders.most_of_line(to)
        theirs = f"max(case when {value} > 0 then {own} end) {over}"
        is_higher = f"coalesce({whole} > {theirs} + {NEAR_YUAN}, false)"
        is_contrary = f"(count({value}) {over} > 1 or not {is_higher})"
    plain = f"case when {is_unread} or order_key is null or {is_contrary} then {raw}"
    return (
        f"{plain} when {lines} = 1 then ({whole})::decimal(18, 2)::varchar "
        f"else ({shared})::decimal(18, 2)::varchar end"
    )
