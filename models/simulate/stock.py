"""Simulate counted stock of the last two weeks: batches, goods in transit, expiry; build STOCK.

An order-up-to policy runs day by day over all warehouse × SKU at once; what it orders are the
purchase orders of `purchasing.py`. Pre-sale goods pass through
without storage, so they are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_contracts.exports import STOCK
from models.simulate import arrow
from models.simulate.assortment import PRESALE
from models.simulate.catalogue import Catalogue
from models.simulate.neighbourhoods import Communities
from models.simulate.shortage import Shortage
from models.simulate.simulated_days import DAY_SECONDS, Timeline

COUNTED_DAYS = 14
COUNT_SECOND = 22 * 3600 + 1800
_WARM_UP_DAYS = 14
_COVER_DAYS = 6


@dataclass
class _Shelf:
    """Warehouse × SKU state between two days: units on hand of the old and the new batch."""

    old: np.ndarray
    new: np.ndarray
    old_day: np.ndarray  # arrival day of each batch
    new_day: np.ndarray
    coming: np.ndarray
    arrives: np.ndarray


@dataclass(frozen=True)
class Deliveries:
    """Orders of the stock policy, in order of their day: what arrives where, when and how much."""

    warehouse: np.ndarray
    sku: np.ndarray
    arrival_day: np.ndarray
    units: np.ndarray

    def take(self, rows: np.ndarray) -> Deliveries:
        return Deliveries(
            self.warehouse[rows], self.sku[rows], self.arrival_day[rows], self.units[rows]
        )


@dataclass(frozen=True)
class StockFlow:
    """Counts of a number of days as columns of numbers, and the deliveries ordered meanwhile."""

    counts: dict[str, np.ndarray]
    deliveries: Deliveries


def first_stock_day(timeline: Timeline) -> int:
    """First day of the policy that makes the counts."""
    return max(0, timeline.days - COUNTED_DAYS - _WARM_UP_DAYS)


def follow_stock(
    sold_milli: np.ndarray,
    shortage: Shortage,
    catalogue: Catalogue,
    offered: np.ndarray,
    days: range,
    rng: np.random.Generator,
) -> StockFlow:
    """Follow stock day by day over all warehouses and SKUs; count it on the last 14 of `days`.

    `sold_milli` is warehouse × SKU × calendar day.
    """
    stored = catalogue.mode() != PRESALE
    shape = sold_milli.shape[:2]
    mean = sold_milli[:, :, days.start : days.stop].mean(axis=2) / 1000
    pack, lead = catalogue.pack[None, :], catalogue.lead_days[None, :]
    target = np.ceil(mean * (lead + _COVER_DAYS) + 2)
    begin = np.ceil(target * rng.uniform(0.4, 1.0, shape))
    shelf = _Shelf(
        old=np.zeros(shape), new=begin, old_day=np.full(shape, days.start - 3),
        new_day=np.full(shape, days.start - 1), coming=np.zeros(shape), arrives=np.full(shape, -1),
    )  # fmt: skip
    rows, ordered = [], []
    for day in days:
        _receive(shelf, day)
        sold = np.round(sold_milli[:, :, day] / 1000, 3)
        _sell(shelf, sold, shortage.first_out_hour[:, :, day] <= COUNT_SECOND // 3600)
        _expire(shelf, day, catalogue)
        on_offer = offered[day][None, :] & offered[min(day + 3, len(offered) - 1)][None, :]
        low = shelf.old + shelf.new + shelf.coming < mean * (lead + 2) + 1
        order = np.where(
            low & (shelf.coming == 0) & on_offer,
            np.ceil(np.maximum(target - shelf.old - shelf.new, 1) / pack) * pack,
            0,
        )
        shelf.arrives = np.where(order > 0, day + lead, shelf.arrives)
        shelf.coming = shelf.coming + order
        warehouse, sku = np.nonzero((order > 0) & stored)
        ordered.append((warehouse, sku, day + lead[0, sku], order[warehouse, sku]))
        if day >= days.stop - COUNTED_DAYS:
            rows.append(_count(shelf, day, stored & offered[day]))
    counts = {name: np.concatenate([part[name] for part in rows]) for name in rows[0]}
    columns = [np.concatenate(column) for column in zip(*ordered, strict=True)]
    return StockFlow(counts, Deliveries(*columns))


def stock_export(
    flow: StockFlow, catalogue: Catalogue, communities: Communities, timeline: Timeline
) -> pa.Table:
    """STOCK of prestock and instant SKUs at 22:30 of each of the last 14 days."""
    return _table(flow.counts, catalogue, communities, timeline)


def _receive(shelf: _Shelf, day: int) -> None:
    """Receive arrivals as the new batch; yesterday's new batch joins the old one."""
    arriving = (shelf.coming > 0) & (shelf.arrives <= day)
    empty = shelf.old <= 0
    shelf.old_day = np.where(arriving & empty, shelf.new_day, shelf.old_day)
    shelf.old = np.where(arriving, shelf.old + shelf.new, shelf.old)
    shelf.new = np.where(arriving, shelf.coming, shelf.new)
    shelf.new_day = np.where(arriving, day, shelf.new_day)
    shelf.coming = np.where(arriving, 0, shelf.coming)


def _sell(shelf: _Shelf, sold: np.ndarray, sold_out: np.ndarray) -> None:
    """Sell first in, first out; an empty shelf counts nothing."""
    from_old = np.minimum(shelf.old, sold)
    shelf.old = np.where(sold_out, 0, shelf.old - from_old)
    shelf.new = np.where(sold_out, 0, np.maximum(shelf.new - (sold - from_old), 0))


def _expire(shelf: _Shelf, day: int, catalogue: Catalogue) -> None:
    """Discard batches past their last day."""
    life = catalogue.shelf_days[None, :]
    shelf.old = np.where(shelf.old_day + life <= day, 0, shelf.old)
    shelf.new = np.where(shelf.new_day + life <= day, 0, shelf.new)


def _count(shelf: _Shelf, day: int, shown: np.ndarray) -> dict[str, np.ndarray]:
    """Rows of one count: a row per batch that holds anything or is the newest, one per delivery
    on its way."""
    parts = []
    for kind, units, born in ((0, shelf.old, shelf.old_day), (1, shelf.new, shelf.new_day)):
        warehouse, sku = np.nonzero((units > 0) & shown if kind == 0 else (units >= 0) & shown)
        parts.append((warehouse, sku, units[warehouse, sku], born[warehouse, sku], kind))
    warehouse, sku = np.nonzero((shelf.coming > 0) & shown)
    parts.append((warehouse, sku, shelf.coming[warehouse, sku], shelf.arrives[warehouse, sku], 2))
    return {
        "warehouse": np.concatenate([part[0] for part in parts]),
        "sku": np.concatenate([part[1] for part in parts]),
        "units": np.concatenate([part[2] for part in parts]),
        "born": np.concatenate([part[3] for part in parts]),
        "coming": np.concatenate([np.full(len(part[0]), part[4] == 2) for part in parts]),
        "day": np.full(sum(len(part[0]) for part in parts), day),
    }


def _table(
    rows: dict[str, np.ndarray], catalogue: Catalogue, communities: Communities, timeline: Timeline
) -> pa.Table:
    order = np.lexsort((rows["born"], rows["sku"], rows["warehouse"], rows["day"]))
    rows = {name: values[order] for name, values in rows.items()}
    coming = rows["coming"]
    # a batch is named after its arrival, counted from far enough back to stay positive
    batch = rows["born"] + 1000
    expires = rows["born"] + catalogue.shelf_days[rows["sku"]]
    return arrow.table_of(
        STOCK,
        {
            "warehouse_id": arrow.pick(communities.warehouse_ids, rows["warehouse"]),
            "sku_id": arrow.pick(catalogue.ids, rows["sku"]),
            "batch_id": arrow.numbered("B", batch, 5),
            "counted_at": arrow.moments(timeline, rows["day"] * DAY_SECONDS + COUNT_SECOND),
            "on_hand_units": arrow.reals(np.where(coming, 0, np.round(rows["units"], 3))),
            "in_transit_units": arrow.reals(np.where(coming, rows["units"], 0)),
            "expected_arrival_on": arrow.days(timeline, rows["born"], ~coming),
            "expires_on": arrow.days(timeline, expires, coming),
        },
    )
