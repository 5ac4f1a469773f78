"""Turn sold lines into order lines: money, payment, cancellations, refunds, delivery times.

Decides the whole life of a line; `orders_export` shows it as of the export time, with later events
empty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulate.baskets import MILLI, Lines
from models.simulate.campaign import OFFER_FEN
from models.simulate.catalogue import POSTAGE_FEN
from models.simulate.promotions import COUPON_DAY
from models.simulate.rhythm import Orders
from models.simulate.simulated_days import DAY_SECONDS, Timeline
from models.simulate.users import PRICE, Users

NOT_YET = np.iinfo(np.int64).max // 4  # the second of what never happens
UNPAID_SHARE = 0.007
POSTAGE_SHARE = 0.01
CANCEL_SHARE = 0.018
UNPAID_CLOSES_SECONDS = 1800
_LATE, _DAMAGED, _SHORT, _WRONG, _LOST = range(1, 6)
_COUPON_SHARE, _COUPON_SHARE_PRICE = 0.05, 0.22


@dataclass(frozen=True)
class Shipped:
    """One entry per order that was sold at all. Times are seconds; `ships` is False when every
    line was cancelled before the truck left."""

    order_number: np.ndarray
    user: np.ndarray
    community: np.ndarray
    second: np.ndarray
    dispatched: np.ndarray
    promised: np.ndarray
    arrived: np.ndarray
    picked_up: np.ndarray
    issue: np.ndarray
    ships: np.ndarray

    def shipments(self) -> Shipped:
        """Only the orders that travel."""
        return Shipped(**{name: getattr(self, name)[self.ships] for name in self.__annotations__})


@dataclass(frozen=True)
class Sales:
    """Sold lines in order of time; `lines.order` points into `orders`. Amounts in fen."""

    lines: Lines
    orders: Shipped
    line_number: np.ndarray
    amount_fen: np.ndarray
    coupon_fen: np.ndarray
    paid_second: np.ndarray  # NOT_YET: never paid
    cancelled_milli: np.ndarray
    cancelled_second: np.ndarray
    refund_fen: np.ndarray
    refunded_second: np.ndarray
    affected: np.ndarray  # the line the order's delivery issue struck


def build_order_lines(
    lines: Lines,
    sold_milli: np.ndarray,
    orders: Orders,
    users: Users,
    timeline: Timeline,
    postage_sku: int,
    rng: np.random.Generator,
) -> Sales:
    """Turn wanted lines into sold lines with their whole life; drops orders without a sold line."""
    kept = sold_milli > 0
    lines = _replaced(lines.take(kept), milli=sold_milli[kept])
    source, position = np.unique(lines.order, return_inverse=True)
    lines = _with_postage(_replaced(lines, order=position), postage_sku, len(source), rng)
    first = np.searchsorted(lines.order, np.arange(len(source)))
    count = np.diff(np.append(first, lines.size))
    line_number = np.arange(lines.size) - first[lines.order] + 1
    amount = np.round(lines.price_fen * lines.milli / MILLI).astype(np.int64)
    amount = np.maximum(amount, 1)
    coupon = _coupons(
        lines, line_number, amount, orders.from_campaign[source], users, timeline, rng
    )
    unpaid = rng.random(len(source)) < UNPAID_SHARE
    paid = lines.second + rng.integers(5, 180, len(source))[lines.order]
    paid = np.where(unpaid[lines.order], NOT_YET, paid)
    cancelled, cancelled_at = _cancels(lines, unpaid[lines.order], timeline, rng)
    all_gone = np.bincount(lines.order, cancelled < lines.milli, len(source)) == 0
    shipped = _journeys(orders.take(source), users, timeline, ~all_gone, rng)
    affected = np.zeros(lines.size, bool)
    struck = first + np.floor(rng.random(len(source)) * count).astype(np.int64)
    affected[struck] = True
    affected &= (cancelled == 0) & (lines.sku != postage_sku)
    affected = np.where(shipped.issue[lines.order] == _LOST, cancelled == 0, affected)
    affected &= shipped.issue[lines.order] > 0
    paid_fen = np.where(unpaid[lines.order], 0, amount - coupon)
    refund, refunded_at = _refunds(lines, shipped, affected, paid_fen, cancelled, cancelled_at, rng)
    return Sales(
        lines, shipped, line_number, amount, coupon, paid, cancelled, cancelled_at,
        refund, refunded_at, affected,
    )  # fmt: skip


def _replaced(lines: Lines, **changed: np.ndarray) -> Lines:
    return Lines(**{**{name: getattr(lines, name) for name in Lines.__annotations__}, **changed})


def _with_postage(lines: Lines, sku: int, orders: int, rng: np.random.Generator) -> Lines:
    """Add a postage line to a few orders, after their goods."""
    chosen = np.nonzero(rng.random(orders) < POSTAGE_SHARE)[0]
    at = np.searchsorted(lines.order, chosen)
    extra = {
        "order": chosen, "user": lines.user[at], "day": lines.day[at], "second": lines.second[at],
        "sku": np.full(len(chosen), sku), "milli": np.full(len(chosen), MILLI),
        "list_fen": np.full(len(chosen), POSTAGE_FEN),
        "price_fen": np.full(len(chosen), POSTAGE_FEN), "promotion": np.full(len(chosen), -1),
    }  # fmt: skip
    joined = {n: np.concatenate([getattr(lines, n), values]) for n, values in extra.items()}
    return Lines(**joined).take(np.argsort(joined["order"], kind="stable"))


def _coupons(
    lines: Lines,
    line_number: np.ndarray,
    amount: np.ndarray,
    from_campaign: np.ndarray,
    users: Users,
    timeline: Timeline,
    rng: np.random.Generator,
) -> np.ndarray:
    """Coupon per line in fen: at most one per order, on its first line, never above half of it
    (a campaign's own coupon: never above the line)."""
    month_day = np.array([timeline.date_of(day).day for day in range(timeline.days)])
    share = np.where(
        users.layer_on(lines.user, lines.day) == PRICE, _COUPON_SHARE_PRICE, _COUPON_SHARE
    )
    share = share * np.where(month_day[lines.day] == COUPON_DAY, 2, 1) * (lines.user < users.real)
    used = rng.random(lines.size) < share
    value = np.minimum(rng.choice((100, 200, 300, 500), lines.size), amount // 2)
    coupon = np.where(used, value, 0)
    coupon = np.where(from_campaign[lines.order], np.minimum(OFFER_FEN, amount), coupon)
    return np.where(line_number == 1, coupon, 0).astype(np.int64)


def _cancels(
    lines: Lines, unpaid: np.ndarray, timeline: Timeline, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return (cancelled thousandths, second) per line.

    Unpaid orders lapse; some lines are cancelled before the cut-off, some of those only in part.
    """
    closing = timeline.closing_second(timeline.business_day(lines.second))
    time_left = np.minimum(closing - lines.second - 60, 3 * 3600)
    chosen = (rng.random(lines.size) < CANCEL_SHARE) & (time_left > 240) & ~unpaid
    part = (lines.milli % MILLI == 0) & (lines.milli >= 2 * MILLI) & (rng.random(lines.size) < 0.5)
    amount = np.where(part, MILLI, lines.milli)
    wait = 180 + (rng.random(lines.size) * np.maximum(time_left - 180, 0)).astype(np.int64)
    cancelled = np.where(unpaid, lines.milli, np.where(chosen, amount, 0))
    second = lines.second + np.where(unpaid, UNPAID_CLOSES_SECONDS, wait)
    return cancelled, np.where(cancelled > 0, second, NOT_YET)


def _journeys(
    orders: Orders, users: Users, timeline: Timeline, ships: np.ndarray, rng: np.random.Generator
) -> Shipped:
    """Return numbers and times of each order's way to the pick-up point."""
    size = orders.size
    next_day = (timeline.business_day(orders.second) + 1) * DAY_SECONDS
    late = orders.issue == _LATE
    promised = next_day + 16 * 3600
    arrived = next_day + rng.integers(11 * 3600 + 1800, 16 * 3600 - 300, size)
    delay = np.minimum(1800 + rng.exponential(5 * 3600, size), 26 * 3600).astype(np.int64)
    arrived = np.where(late, promised + delay, arrived)
    evening = next_day + rng.integers(16 * 3600 + 1800, 21 * 3600, size)
    tomorrow = next_day + DAY_SECONDS + rng.integers(10 * 3600, 20 * 3600, size)
    picked = np.where(rng.random(size) < 0.88, evening, tomorrow)
    stamp = np.array(
        [int(timeline.date_of(day).strftime("%Y%m%d")) for day in range(timeline.days)]
    )
    return Shipped(
        order_number=stamp[orders.day] * 10**8 + np.arange(1, size + 1),
        user=orders.user,
        community=users.community[orders.user],
        second=orders.second,
        dispatched=next_day + rng.integers(5 * 3600, 7 * 3600 + 1800, size),
        promised=promised,
        arrived=arrived,
        picked_up=np.maximum(picked, arrived + rng.integers(900, 4 * 3600, size)),
        issue=orders.issue,
        ships=ships,
    )


def _refunds(
    lines: Lines,
    shipped: Shipped,
    affected: np.ndarray,
    paid_fen: np.ndarray,
    cancelled: np.ndarray,
    cancelled_at: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (fen, second) per line.

    Cancellations after payment are refunded at once; bad deliveries are refunded in part or in full
    some hours after arrival.
    """
    issue = np.where(affected, shipped.issue[lines.order], 0)
    back = np.array((0.0, 0.0, 1.0, 1.0, 1.0, 1.0))[issue]
    half = (rng.random(lines.size) < 0.4) & (issue >= _DAMAGED) & (issue <= _WRONG)
    issue_fen = np.round(paid_fen * np.where(half, 0.5, back)).astype(np.int64)
    issue_at = shipped.arrived[lines.order] + rng.integers(3600, 30 * 3600, lines.size)
    issue_at = np.where(issue == _LOST, shipped.promised[lines.order] + 26 * 3600, issue_at)
    cancel_fen = np.round(paid_fen * cancelled / lines.milli).astype(np.int64)
    fen = np.where(cancelled > 0, cancel_fen, issue_fen)
    second = np.where(cancelled > 0, cancelled_at + rng.integers(60, 1800, lines.size), issue_at)
    return fen, np.where(fen > 0, second, NOT_YET)
