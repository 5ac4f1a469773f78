"""Build ORDERS: sold lines as of the export time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_contracts.codes.orders import OrderStatus
from data_contracts.codes.products import FulfilmentMode, SaleUnit
from data_contracts.exports import ORDERS
from models.simulate import arrow
from models.simulate.baskets import MILLI
from models.simulate.catalogue import Catalogue
from models.simulate.generated_lines import Sales
from models.simulate.neighbourhoods import Communities
from models.simulate.promotions import Promotions
from models.simulate.simulated_days import Timeline
from models.simulate.users import Users, addresses, phones

_STATUSES = (
    OrderStatus.UNPAID, OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.ARRIVED,
    OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.REFUNDED,
)  # fmt: skip
_OVERRIDE_EVERY = 97  # one line in so many states its fulfilment mode itself


def orders_export(
    sales: Sales,
    users: Users,
    communities: Communities,
    catalogue: Catalogue,
    promotions: Promotions,
    timeline: Timeline,
) -> pa.Table:
    """Build ORDERS: one row per sold line, in order of time."""
    lines, orders, end = sales.lines, sales.orders, timeline.end_second
    number = orders.order_number[lines.order]
    unpaid = sales.paid_second > end
    not_cancelled = sales.cancelled_second > end
    not_refunded = sales.refunded_second > end
    status, updated = _state(sales, timeline)
    is_kg = np.append(catalogue.is_kg, False)[lines.sku]
    line = np.arange(lines.size)
    walk_in = lines.user >= users.real
    receiver = np.where(walk_in, -1, lines.user)
    paid_fen = np.where(unpaid, 0, sales.amount_fen - sales.coupon_fen)
    modes = FulfilmentMode.values()
    mode_of = np.append([modes.index(mode) for mode in catalogue.mode()], -1)
    return arrow.table_of(
        ORDERS,
        {
            "order_id": arrow.numbered("", number, 16),
            "line_id": arrow.numbered("", number * 100 + sales.line_number, 18),
            "ordered_at": arrow.moments(timeline, lines.second),
            "paid_at": arrow.moments(timeline, np.where(unpaid, 0, sales.paid_second), unpaid),
            "updated_at": arrow.moments(timeline, updated),
            "user_id": users.user_ids(lines.user),
            "community_id": arrow.pick(communities.ids, orders.community[lines.order]),
            "sku_id": arrow.pick(catalogue.ids, lines.sku),
            "sku_name": arrow.pick(catalogue.line_names, lines.sku),
            "category": arrow.pick(catalogue.line_categories, lines.sku),
            "quantity_units": arrow.reals(lines.milli / MILLI),
            "sale_unit": arrow.pick(SaleUnit.values(), is_kg.astype(np.int64)),
            "unit_price_yuan": arrow.yuan(lines.price_fen),
            "list_price_yuan": arrow.yuan(lines.list_fen),
            "coupon_yuan": arrow.yuan(sales.coupon_fen),
            "paid_amount_yuan": arrow.yuan(paid_fen),
            "cancelled_units": arrow.reals(
                np.where(not_cancelled, 0, sales.cancelled_milli) / MILLI
            ),
            "cancelled_at": arrow.moments(
                timeline, np.where(not_cancelled, 0, sales.cancelled_second), not_cancelled
            ),
            "refund_yuan": arrow.yuan(np.where(not_refunded, 0, sales.refund_fen)),
            "refunded_at": arrow.moments(
                timeline, np.where(not_refunded, 0, sales.refunded_second), not_refunded
            ),
            "order_status": arrow.pick([s.value for s in _STATUSES], status),
            "activity_id": arrow.pick(promotions.activity_ids, lines.promotion),
            "fulfilment_mode": arrow.pick(
                modes, np.where(line % _OVERRIDE_EVERY == 0, mode_of[lines.sku], -1)
            ),
            "receiver_name": arrow.pick(users.names, receiver),
            "receiver_phone": arrow.pick(phones(users), receiver),
            "receiver_address": arrow.pick(addresses(users, communities), receiver),
        },
    )


def _state(sales: Sales, timeline: Timeline) -> tuple[np.ndarray, np.ndarray]:
    """(position in `_STATUSES`, second of the last change) of every line when the data end."""
    lines, orders, end = sales.lines, sales.orders, timeline.end_second
    travels = orders.ships[lines.order] & (sales.cancelled_milli < lines.milli)
    lost = orders.issue[lines.order] == 5
    status = np.zeros(lines.size, np.int64)
    updated = lines.second.copy()
    steps = (
        (1, sales.paid_second),
        (2, np.where(travels, orders.dispatched[lines.order], end + 1)),
        (3, np.where(travels & ~lost, orders.arrived[lines.order], end + 1)),
        (4, np.where(travels & ~lost, orders.picked_up[lines.order], end + 1)),
    )
    for code, second in steps:
        happened = second <= end
        status = np.where(happened, code, status)
        updated = np.where(happened, np.maximum(updated, second), updated)
    cancelled = sales.cancelled_second <= end
    whole = cancelled & (sales.cancelled_milli >= lines.milli)
    refunded = sales.refunded_second <= end
    full = refunded & (sales.refund_fen >= sales.amount_fen - sales.coupon_fen) & ~whole
    status = np.where(whole, 5, np.where(full, 6, status))
    updated = np.where(cancelled, np.maximum(updated, sales.cancelled_second), updated)
    return status, np.where(refunded, np.maximum(updated, sales.refunded_second), updated)
