"""Simulate purchase orders from what the stock policy ordered; build them and SUPPLY_TERMS.

Goods arrive when the stock file says so. An order for them was placed that many days before, and
on an order day of the supplier: its declared lead time and the delay that was drawn. Some orders
never arrive and were placed again, some arrive in part. Orders of pre-sale goods are placed every
evening and arrive the next morning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_contracts.codes.supply import PurchaseOrderStatus
from data_contracts.exports import PURCHASE_ORDERS, SUPPLY_TERMS
from models.simulate import arrow
from models.simulate.assortment import PRESALE
from models.simulate.catalogue import Catalogue
from models.simulate.neighbourhoods import Communities
from models.simulate.shortage import Shortage
from models.simulate.simulated_days import DAY_SECONDS, Timeline
from models.simulate.stock import Deliveries, first_stock_day, follow_stock
from models.simulate.suppliers import (
    MOST_DELAY_DAYS,
    WEEK,
    Suppliers,
    days_since_order_day,
)

HISTORY_DAYS = 90  # of purchase orders, before the days of the stock file
_HOUR = 3600
_OFFICE_SECOND, _OFFICE_SECONDS = 9 * _HOUR, 6 * _HOUR  # 9:00 to 15:00
_FRESH_SECOND = 22 * _HOUR + 600
_RECEIVED_SECOND, _RECEIVED_SECONDS = 5 * _HOUR, 5 * _HOUR
_PATIENCE_DAYS = (2, 5)  # beyond the declared lead time, until a lost order is placed again
_CANCELLED_AFTER_DAYS = 7  # beyond it, half of the lost orders are cancelled
_BACKUP_SHARE = 0.35  # SKUs that a backup supplies as well
_BACKUP_COST, _EMERGENCY_COST = 1.06, 1.25
_NEW_PACK_SHARE = 0.06  # SKUs whose pack changed size
_HALF_PACK_SHARE = 0.3  # SKUs whose pack may be halved
_OPEN, _PARTLY, _RECEIVED, _CANCELLED = range(4)
_STATUSES = (
    PurchaseOrderStatus.OPEN, PurchaseOrderStatus.PARTLY_RECEIVED, PurchaseOrderStatus.RECEIVED,
    PurchaseOrderStatus.CANCELLED,
)  # fmt: skip


@dataclass(frozen=True)
class Purchases:
    """One entry per line. Days are day numbers; `arrival_day` is -1 for orders that are lost."""

    warehouse: np.ndarray
    sku: np.ndarray
    order_day: np.ndarray
    arrival_day: np.ndarray
    ordered_units: np.ndarray
    received_units: np.ndarray

    def take(self, rows: np.ndarray) -> Purchases:
        return Purchases(*(values[rows] for values in vars(self).values()))


def build_purchases(
    deliveries: Deliveries,
    sold_milli: np.ndarray,
    shortage: Shortage,
    catalogue: Catalogue,
    suppliers: Suppliers,
    offered: np.ndarray,
    timeline: Timeline,
    rng: np.random.Generator,
) -> Purchases:
    """Build the orders behind `deliveries`, which the stock file shows, and those before them."""
    first = first_stock_day(timeline)
    before = range(max(0, first - HISTORY_DAYS), first)
    earlier = follow_stock(sold_milli, shortage, catalogue, offered, before, rng).deliveries
    earlier = earlier.take(earlier.arrival_day < first)
    fresh = _fresh_deliveries(sold_milli, catalogue, range(before.start, timeline.days))
    every = Deliveries(
        *(
            np.concatenate([getattr(part, name) for part in (earlier, deliveries, fresh)])
            for name in ("warehouse", "sku", "arrival_day", "units")
        )
    )
    placed = _ordered(every, catalogue, suppliers, timeline, rng)
    lost = _lost(placed, catalogue, suppliers, timeline, rng)
    joined = Purchases(
        *(np.concatenate([values, vars(lost)[name]]) for name, values in vars(placed).items())
    )
    joined = joined.take((joined.order_day >= 0) & (joined.order_day < timeline.days))
    supplier = suppliers.usual_of(catalogue)[joined.sku]
    order = np.lexsort(
        (joined.arrival_day, joined.sku, joined.warehouse, supplier, joined.order_day)
    )
    return joined.take(order)


def _fresh_deliveries(sold_milli: np.ndarray, catalogue: Catalogue, days: range) -> Deliveries:
    """Return what was sold of pre-sale goods, arriving the day after."""
    sold = sold_milli[:, :, days.start : days.stop] * (catalogue.mode() == PRESALE)[None, :, None]
    warehouse, sku, day = np.nonzero(sold > 0)
    units = sold[warehouse, sku, day] / 1000
    units = np.where(catalogue.is_kg[sku], np.round(units, 3), np.ceil(units))
    return Deliveries(warehouse, sku, day + days.start + catalogue.lead_days[sku], units)


def _ordered(
    deliveries: Deliveries,
    catalogue: Catalogue,
    suppliers: Suppliers,
    timeline: Timeline,
    rng: np.random.Generator,
) -> Purchases:
    """Place the order of each delivery, and draw whether more had been ordered than came."""
    sku = deliveries.sku
    supplier = suppliers.usual_of(catalogue)[sku]
    delay = _drawn(suppliers.delay_shares[supplier], rng)
    is_fresh = catalogue.mode()[sku] == PRESALE
    wanted = deliveries.arrival_day - catalogue.lead_days[sku] - np.where(is_fresh, 0, delay)
    order_day = _order_day(wanted, supplier, suppliers, timeline)
    arrival_day = deliveries.arrival_day + np.where(is_fresh, delay, 0)
    is_short = (rng.random(len(sku)) < suppliers.short_share[supplier]) & ~is_fresh
    more = catalogue.pack[sku] * rng.integers(1, 3, len(sku))
    ordered = deliveries.units + np.where(is_short, more, 0)
    return Purchases(deliveries.warehouse, sku, order_day, arrival_day, ordered, deliveries.units)


def _lost(
    placed: Purchases,
    catalogue: Catalogue,
    suppliers: Suppliers,
    timeline: Timeline,
    rng: np.random.Generator,
) -> Purchases:
    """Draw orders that never arrived; one that arrived was placed after such an order."""
    supplier = suppliers.usual_of(catalogue)[placed.sku]
    share = suppliers.lost_share[supplier]
    again = placed.take(rng.random(len(placed.sku)) < share / (1 - share))
    waited = catalogue.lead_days[again.sku] + rng.integers(*_PATIENCE_DAYS, len(again.sku))
    order_day = _order_day(
        again.order_day - waited, suppliers.usual_of(catalogue)[again.sku], suppliers, timeline
    )
    never = np.full(len(again.sku), -1)
    return Purchases(
        again.warehouse, again.sku, order_day, never, again.ordered_units, np.zeros(len(never))
    )


def _drawn(shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the days of delay of each row."""
    levels = np.cumsum(shares, axis=1)
    drawn = (rng.random(len(shares))[:, None] >= levels).sum(axis=1)
    return np.minimum(drawn, MOST_DELAY_DAYS)


def _order_day(
    wanted: np.ndarray, supplier: np.ndarray, suppliers: Suppliers, timeline: Timeline
) -> np.ndarray:
    """Return the last order day of the supplier up to the day wanted."""
    weekday = (timeline.start.weekday() + wanted) % WEEK
    return wanted - days_since_order_day(suppliers.takes_orders)[supplier, weekday]


def purchase_orders_export(
    purchases: Purchases,
    catalogue: Catalogue,
    suppliers: Suppliers,
    communities: Communities,
    timeline: Timeline,
    rng: np.random.Generator,
) -> pa.Table:
    """Build PURCHASE_ORDERS as of the end of the data; later events are empty."""
    supplier = suppliers.usual_of(catalogue)[purchases.sku]
    order = np.stack([purchases.order_day, supplier, purchases.warehouse], axis=1)
    starts = np.append(True, (order[1:] != order[:-1]).any(axis=1))
    number = np.cumsum(starts) - 1
    line = np.arange(len(number)) - np.flatnonzero(starts)[number] + 1
    is_fresh = catalogue.mode()[purchases.sku] == PRESALE
    office = _OFFICE_SECOND + rng.integers(0, _OFFICE_SECONDS, int(starts.sum()))[number]
    ordered = purchases.order_day * DAY_SECONDS + np.where(is_fresh, _FRESH_SECOND, office)
    unloaded = rng.integers(0, _RECEIVED_SECONDS, int(starts.sum()))[number]
    received = purchases.arrival_day * DAY_SECONDS + _RECEIVED_SECOND + unloaded
    is_lost = purchases.arrival_day < 0
    is_in = ~is_lost & (received < timeline.end_second)
    promised = purchases.order_day + catalogue.lead_days[purchases.sku]
    cancelled = (promised + _CANCELLED_AFTER_DAYS) * DAY_SECONDS + _OFFICE_SECOND
    is_cancelled = is_lost & (rng.random(len(is_lost)) < 0.5) & (cancelled < timeline.end_second)
    is_partly = is_in & (purchases.received_units < purchases.ordered_units)
    status = np.select([is_cancelled, is_partly, is_in], [_CANCELLED, _PARTLY, _RECEIVED], _OPEN)
    updated = np.select([is_cancelled, is_in], [cancelled, received], ordered)
    return arrow.table_of(
        PURCHASE_ORDERS,
        {
            "po_id": arrow.numbered("CG", number + 1, 7),
            "line_id": arrow.numbered("", line, 1),
            "supplier_id": suppliers.ids.take(pa.array(supplier)),
            "warehouse_id": arrow.pick(communities.warehouse_ids, purchases.warehouse),
            "sku_id": arrow.pick(catalogue.ids, purchases.sku),
            "ordered_at": arrow.moments(timeline, ordered),
            "ordered_units": arrow.reals(purchases.ordered_units),
            "promised_on": arrow.days(timeline, promised),
            "received_at": arrow.moments(timeline, received, ~is_in),
            "received_units": arrow.reals(purchases.received_units, ~is_in),
            "po_status": arrow.pick([one.value for one in _STATUSES], status),
            "cost_yuan": arrow.yuan(catalogue.cost_fen[purchases.sku]),
            "updated_at": arrow.moments(timeline, updated),
        },
    )


def least_order_yuan(
    purchases: Purchases, catalogue: Catalogue, suppliers: Suppliers
) -> np.ndarray:
    """Return each supplier's least order: what was drawn, at most its smallest order."""
    supplier = suppliers.usual_of(catalogue)[purchases.sku]
    order = np.stack([purchases.order_day, supplier, purchases.warehouse], axis=1)
    _, first, number = np.unique(order, axis=0, return_index=True, return_inverse=True)
    fen = np.bincount(
        number.reshape(-1), purchases.ordered_units * catalogue.cost_fen[purchases.sku]
    )
    least = np.full(len(suppliers.number), np.inf)
    np.minimum.at(least, supplier[first], fen / 100)
    drawn = suppliers.least_order_yuan
    return np.where(drawn <= least, drawn, 0)


def supply_terms_export(
    purchases: Purchases,
    catalogue: Catalogue,
    suppliers: Suppliers,
    timeline: Timeline,
    rng: np.random.Generator,
) -> pa.Table:
    """Build SUPPLY_TERMS: the usual supplier of every SKU, the backup of some, an earlier pack."""
    size, stored = catalogue.size, catalogue.mode() != PRESALE
    packs, least = _packs_ordered(purchases, catalogue)
    minimum = np.minimum(least, rng.choice((1, 2, 3), size)) * catalogue.pack
    is_halved = (catalogue.pack % 2 == 0) & (rng.random(size) < _HALF_PACK_SHARE)
    step = np.where(is_halved, catalogue.pack // 2, catalogue.pack)
    most = np.where(rng.random(size) < 0.3, 8 * np.maximum(packs, 2) * catalogue.pack, 0)
    has_backup = stored & (rng.random(size) < _BACKUP_SHARE)
    changes = stored & (rng.random(size) < _NEW_PACK_SHARE)
    changed_day = rng.integers(timeline.days // 2, timeline.days - 1, size)
    sku = np.arange(size)
    parts = {"usual": sku, "earlier": np.flatnonzero(changes), "backup": np.flatnonzero(has_backup)}
    sku = np.concatenate(list(parts.values()))
    kind = np.repeat(list(parts), [len(rows) for rows in parts.values()])
    order = np.lexsort((kind, sku))
    sku, kind = sku[order], kind[order]
    is_backup, is_earlier = kind == "backup", kind == "earlier"
    supplier = np.where(
        is_backup, suppliers.backup_of(catalogue)[sku], suppliers.usual_of(catalogue)[sku]
    )
    cost = np.round(catalogue.cost_fen[sku] * np.where(is_backup, _BACKUP_COST, 1.0)).astype(int)
    no_step, on_demand = ~stored[sku] | is_backup, ~stored[sku]
    has_from = changes[sku] & (kind == "usual")
    return arrow.table_of(
        SUPPLY_TERMS,
        {
            "supplier_id": suppliers.ids.take(pa.array(supplier)),
            "sku_id": arrow.pick(catalogue.ids, sku),
            "valid_from": arrow.days(timeline, changed_day[sku], ~has_from),
            "valid_until": arrow.days(timeline, changed_day[sku] - 1, ~is_earlier),
            "cost_yuan": arrow.yuan(cost),
            "lead_time_days": arrow.integers(catalogue.lead_days[sku] + is_backup),
            "min_order_units": arrow.reals(minimum[sku], on_demand),
            "pack_size_units": arrow.reals(catalogue.pack[sku] * np.where(is_earlier, 2, 1)),
            "order_step_units": arrow.reals(step[sku] * np.where(is_earlier, 2, 1), no_step),
            "max_order_units": arrow.reals(most[sku], on_demand | (most[sku] == 0)),
            "emergency_cost_yuan": arrow.yuan(np.round(cost * _EMERGENCY_COST), on_demand),
            "is_preferred": arrow.flags(~is_backup),
            "is_paused": arrow.flags(np.zeros(len(sku), bool)),
        },
    )


def _packs_ordered(purchases: Purchases, catalogue: Catalogue) -> tuple[np.ndarray, np.ndarray]:
    """Return the most and the fewest packs of an order, per SKU."""
    packs = np.ceil(purchases.ordered_units / catalogue.pack[purchases.sku]).astype(np.int64)
    most, least = np.ones(catalogue.size, np.int64), np.full(catalogue.size, np.iinfo(np.int64).max)
    np.maximum.at(most, purchases.sku, packs)
    np.minimum.at(least, purchases.sku, packs)
    return most, np.minimum(least, most)
