"""Draw suppliers: order days, lateness, losses, backups; build SUPPLIERS and their true lead times.

Every category and tier has its usual supplier, and every category one backup. Delay is counted in
days beyond the declared lead time. A supplier that takes orders on certain weekdays is later on
average: what is wanted on another day is ordered on the last order day before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts.exports import SUPPLIERS
from models.simulate import arrow
from models.simulate.assortment import CATEGORIES, PRESALE
from models.simulate.catalogue import Catalogue

TIERS = 3
BACKUP_FROM = 900  # backups are numbered from here on, one per category
MOST_DELAY_DAYS = 2
WEEK = 7
# Shares of delays of 0, 1 and 2 days: punctual, slow and poor suppliers, and how many there are.
DELAY_SHARES = ((0.95, 0.05, 0.0), (0.65, 0.25, 0.10), (0.40, 0.35, 0.25))
_KIND_SHARES = (0.55, 0.30, 0.15)
_FRESH_DELAY_SHARES = (0.985, 0.015, 0.0)
_LOST_SHARES = (0.005, 0.06)
_SHORT_SHARES = (0.02, 0.12)
CALENDARS = ((1, 2, 3, 4, 5, 6, 7), (1, 3, 5), (1, 2, 3, 4, 5), (2, 4, 6))
_CALENDAR_SHARES = (0.4, 0.25, 0.2, 0.15)
_CUTOFFS = ("16:00", "18:00", "20:00")
_FRESH_CUTOFF = "24:00"
_LEAST_ORDER_YUAN = (0, 50, 100, 200)


@dataclass(frozen=True)
class Suppliers:
    """One entry per supplier: the usual ones of each category and tier, then the backups."""

    number: np.ndarray
    category: np.ndarray
    is_backup: np.ndarray
    takes_orders: np.ndarray  # supplier × weekday, Monday first
    delay_shares: np.ndarray  # supplier × days of delay
    lost_share: np.ndarray
    short_share: np.ndarray
    cutoff: list[str]
    least_order_yuan: np.ndarray

    @property
    def ids(self) -> pa.Array:
        return arrow.numbered("SUP", self.number, 3)

    def usual_of(self, catalogue: Catalogue) -> np.ndarray:
        """Return the usual supplier of each SKU."""
        return np.searchsorted(self.number, catalogue.category * TIERS + catalogue.tier)

    def backup_of(self, catalogue: Catalogue) -> np.ndarray:
        """Return the backup of each SKU."""
        return np.searchsorted(self.number, BACKUP_FROM + catalogue.category)


def build_suppliers(catalogue: Catalogue, rng: np.random.Generator) -> Suppliers:
    """Draw the suppliers of a catalogue."""
    usual = np.unique(catalogue.category * TIERS + catalogue.tier)
    backup = BACKUP_FROM + np.unique(catalogue.category)
    number = np.concatenate([usual, backup])
    is_backup = number >= BACKUP_FROM
    category = np.where(is_backup, number - BACKUP_FROM, number // TIERS)
    is_fresh = np.array([CATEGORIES[index].mode == PRESALE for index in category])
    size = len(number)
    kind = rng.choice(len(DELAY_SHARES), size, p=_KIND_SHARES)
    calendar = np.where(is_fresh, 0, rng.choice(len(CALENDARS), size, p=_CALENDAR_SHARES))
    days = np.arange(1, WEEK + 1)
    delay = np.array(DELAY_SHARES)[kind]
    delay[is_fresh] = _FRESH_DELAY_SHARES
    cutoff = rng.choice(len(_CUTOFFS), size)
    return Suppliers(
        number=number,
        category=category,
        is_backup=is_backup,
        takes_orders=np.array([np.isin(days, one) for one in CALENDARS])[calendar],
        delay_shares=delay,
        lost_share=rng.uniform(*_LOST_SHARES, size) * np.where(is_fresh, 0.2, 1.0),
        short_share=rng.uniform(*_SHORT_SHARES, size),
        cutoff=[
            _FRESH_CUTOFF if fresh else _CUTOFFS[index]
            for fresh, index in zip(is_fresh, cutoff, strict=True)
        ],
        least_order_yuan=rng.choice(_LEAST_ORDER_YUAN, size),
    )


def days_since_order_day(takes_orders: np.ndarray) -> np.ndarray:
    """Return how many days ago a supplier last took orders, per weekday: 0 on an order day.

    >>> days_since_order_day(np.array([[True, False, True, False, False, False, False]])).tolist()
    [[0, 1, 0, 1, 2, 3, 4]]
    """
    back = np.arange(WEEK)
    weekday = (np.arange(WEEK)[:, None] - back) % WEEK
    return np.asarray(takes_orders[:, weekday].argmax(axis=2))


def lead_times_truth(suppliers: Suppliers, catalogue: Catalogue) -> pd.DataFrame:
    """One row per usual supplier and lead time: its true chance, losses included.

    `lead_days` empty: the order never arrives. Arrivals fall on all weekdays alike.
    """
    declared = np.zeros(len(suppliers.number), np.int64)
    declared[suppliers.usual_of(catalogue)] = catalogue.lead_days
    waits = days_since_order_day(suppliers.takes_orders)
    rows = []
    for index in np.flatnonzero(~suppliers.is_backup):
        first = int(declared[index])
        chances = np.zeros(first + MOST_DELAY_DAYS + WEEK)
        for weekday in range(WEEK):
            for delay, share in enumerate(suppliers.delay_shares[index]):
                wait = waits[index, (weekday - first - delay) % WEEK]
                chances[first + delay + wait] += share / WEEK
        lost = suppliers.lost_share[index]
        laws = [(day, chance * (1 - lost)) for day, chance in enumerate(chances) if chance > 0]
        for day, probability in [*laws, (None, lost)]:
            rows.append((f"SUP{suppliers.number[index]:03d}", first, day, probability))
    frame = pd.DataFrame(rows, columns=["supplier_id", "declared_days", "lead_days", "probability"])
    return frame.astype({"lead_days": "Int64"})


def suppliers_export(suppliers: Suppliers, least_order_yuan: np.ndarray) -> pa.Table:
    """Build SUPPLIERS; a supplier that takes orders every day has no weekdays."""
    every_day = np.asarray(suppliers.takes_orders.all(axis=1))
    names = [
        f"{CATEGORIES[category].zh}{'备选' if backup else ''}供应商{number:03d}"
        for category, backup, number in zip(
            suppliers.category, suppliers.is_backup, suppliers.number, strict=True
        )
    ]
    weekdays = [
        None if every else "|".join(str(day + 1) for day in np.flatnonzero(taken))
        for every, taken in zip(every_day, suppliers.takes_orders, strict=True)
    ]
    return arrow.table_of(
        SUPPLIERS,
        {
            "supplier_id": suppliers.ids,
            "supplier_name": pa.array(names),
            "order_weekdays": pa.array(weekdays, pa.string()),
            "order_cutoff": pa.array(suppliers.cutoff),
            "min_order_yuan": arrow.yuan(least_order_yuan * 100, least_order_yuan == 0),
            "backup_rank": arrow.integers(
                np.ones(len(suppliers.number), np.int64), ~suppliers.is_backup
            ),
            "is_paused": arrow.flags(np.zeros(len(suppliers.number), bool)),
        },
    )
