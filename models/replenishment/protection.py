"""Work out which days an order has to cover: from its arrival to the arrival of the next one.

Contains order calendars (which weekdays, which cut-off, which delivery days) and the draw of
arrival days from lead times. Not here: how lead times are learnt, the demand of
those days (`demand_sums.py`).

Days are counted from `as_of`: day 1 is the first day ahead. Goods that arrive on a day may be sold
on that day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from models.replenishment.demand_sums import LAST_DAY

EVERY_DAY = frozenset(range(1, 8))
_LOOK_AHEAD_DAYS = 120
_ORDERS = 4  # this order and the next three


@dataclass(frozen=True)
class OrderCalendar:
    """When a supplier takes orders and delivers; weekdays are 1 (Monday) to 7.

    `cutoff_minutes`: minutes after midnight up to which the supplier takes an order for that day;
    None: as long as the platform itself.
    """

    order_weekdays: frozenset[int] = EVERY_DAY
    delivery_weekdays: frozenset[int] = EVERY_DAY
    cutoff_minutes: int | None = None

    def order_days(self, as_of: date, platform_cutoff_minutes: int) -> np.ndarray:
        """Return the days on which this order and the next three leave, counted from `as_of`.

        The list of `as_of` is made when the platform has closed the day: at its cut-off. The order
        leaves on the same day if the supplier takes orders on that weekday and still at that hour.

        >>> friday = date(2026, 10, 30)
        >>> OrderCalendar().order_days(friday, 23 * 60).tolist()
        [0, 1, 2, 3]
        >>> OrderCalendar(order_weekdays=frozenset({1, 5}), cutoff_minutes=16 * 60).order_days(
        ...     friday, 23 * 60
        ... ).tolist()
        [3, 7, 10, 14]
        """
        closes = self.cutoff_minutes
        is_too_late = closes is not None and closes < platform_cutoff_minutes
        weekdays = self.order_weekdays or EVERY_DAY
        days = [
            day
            for day in range(1 if is_too_late else 0, _LOOK_AHEAD_DAYS)
            if (as_of + timedelta(days=day)).isoweekday() in weekdays
        ]
        return np.array(days[:_ORDERS])

    def delivery_days(self, as_of: date, closed_days: Collection[date] = ()) -> np.ndarray:
        """Return for each day 0 … 90 the first day on or after it that brings goods.

        `closed_days`: days on which nobody delivers.

        >>> calendar = OrderCalendar(delivery_weekdays=frozenset({2}))
        >>> calendar.delivery_days(date(2026, 10, 31))[:5].tolist()  # Saturday; Tuesday is day 3
        [3, 3, 3, 3, 10]
        """
        weekdays = self.delivery_weekdays or EVERY_DAY
        following = np.empty(_LOOK_AHEAD_DAYS, int)
        first = _LOOK_AHEAD_DAYS
        for day in reversed(range(_LOOK_AHEAD_DAYS)):
            calendar_day = as_of + timedelta(days=day)
            if calendar_day.isoweekday() in weekdays and calendar_day not in closed_days:
                first = day
            following[day] = first
        return following[:91]


@dataclass(frozen=True)
class ProtectionPeriod:
    """First and last day that an order covers, per line and scenario: (lines, scenarios).

    Neither is later than LAST_DAY; `is_cut`, per line: one of them would be in half the scenarios.
    """

    first_day: np.ndarray
    last_day: np.ndarray
    is_cut: np.ndarray


def protection_periods(
    calendars: list[OrderCalendar],
    calendar_no: np.ndarray,
    lead_time_cdf: np.ndarray,
    lost_share: np.ndarray,
    as_of: date,
    platform_cutoff_minutes: int,
    shares: np.ndarray,
    closed_days: Collection[date] = (),
) -> ProtectionPeriod:
    """Draw the protection period of every line in every scenario.

    `calendar_no`: position in `calendars` per line. `lead_time_cdf`: P(lead time ≤ d days) for
    d = 0 …, of orders that arrive, shape (lines, days). `lost_share`: share of orders that never
    arrive. `shares`: percentiles of the scenarios, shape (3, scenarios): the lead time of this
    order, that of the next one, and whether the next one arrives at all.

    A next order that is lost leaves this one to last until the arrival of the one after it.
    """
    order_days = np.array([c.order_days(as_of, platform_cutoff_minutes) for c in calendars])
    delivery_days = np.array([c.delivery_days(as_of, closed_days) for c in calendars])
    leads = [_draw(lead_time_cdf, share) for share in shares[:2]]
    orders = order_days[calendar_no]
    delivered = delivery_days[calendar_no]

    def arrival(order_day: np.ndarray, lead: np.ndarray) -> np.ndarray:
        due = np.minimum(order_day + lead, delivered.shape[1] - 1)
        return np.maximum(np.take_along_axis(delivered, due, axis=1), 1)

    first = arrival(orders[:, :1], leads[0])
    lost = np.clip(lost_share, 0.0, 0.9)[:, None]
    # how many orders in succession are lost: geometric
    skipped = np.zeros_like(leads[1])
    for number in range(1, _ORDERS - 1):
        skipped += shares[2] < lost**number
    follower = arrival(np.take_along_axis(orders, 1 + skipped, axis=1), leads[1])
    last = np.clip(follower - 1, first, None)
    return ProtectionPeriod(
        np.minimum(first, LAST_DAY).astype(int),
        np.minimum(last, LAST_DAY).astype(int),
        is_cut=(last > LAST_DAY).mean(axis=1) >= 0.5,
    )


def _draw(cdf: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the lead time in days at each percentile: (lines, scenarios)."""
    return np.asarray((cdf[:, None, :] < shares[None, :, None] - 1e-9).sum(axis=2))
