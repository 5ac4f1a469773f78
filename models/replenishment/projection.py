"""Project stock day by day: what is sold, what is missing, what spoils, until the next arrival.

Contains the run over the days ahead in every scenario. Not here: the scenarios themselves
(`demand_sums.py`, `protection.py`), the choice of a quantity (`expected_profit.py`).

A day: goods that arrive are put on the shelf, demand takes the units that expire first, the units
whose last day it was are thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.replenishment.demand_sums import LAST_DAY, DemandSums
from models.replenishment.protection import ProtectionPeriod
from models.replenishment.scenarios import correlated_share

_EPSILON_UNITS = 1e-6
_MOST_CORRELATED = 0.95


@dataclass(frozen=True)
class StockAhead:
    """What is there and what is coming, per line; units, day 1 is the first day ahead.

    `expiring_units`: on hand by last day of sale, shape (lines, LAST_DAY + 2): column d for day d,
    the last one for later days and unknown ones; column 0 is not used. None of it lasts longer than
    what arrives on `as_of` would. `arriving_units`: expected
    arrivals by day, shape (lines, LAST_DAY + 1), column 0 not used. `claimed_units`: ordered by
    users and still to be handed out, shape (lines,): they come first, and they wait.
    """

    expiring_units: np.ndarray
    arriving_units: np.ndarray
    claimed_units: np.ndarray

    def rows(self, chosen: slice) -> StockAhead:
        """Return the stock of some lines."""
        return StockAhead(
            self.expiring_units[chosen], self.arriving_units[chosen], self.claimed_units[chosen]
        )


@dataclass(frozen=True)
class Projection:
    """The days ahead, per line.

    Without the order, per scenario: `need_units`, demand of the protection period that finds no
    stock; `need_in_life_units`, the same until the order itself would expire. Per day 1 …
    LAST_DAY: `stock_units`, mean at the end of the day; `short_share`, share of scenarios in which
    demand has gone unmet by then. `short_before_units`, mean unmet demand before the arrival;
    `short_in_period_share`, share of scenarios with unmet demand in the protection period.
    `wasted_units`, mean thrown away until the end of the protection period.
    """

    need_units: np.ndarray
    need_in_life_units: np.ndarray
    stock_units: np.ndarray
    short_share: np.ndarray
    short_before_units: np.ndarray
    short_in_period_share: np.ndarray
    wasted_units: np.ndarray


@dataclass(frozen=True)
class DemandScenarios:
    """Demand of single days in every scenario, by factors on the day's mean.

    `mean_until`: (lines, LAST_DAY + 1), see `DemandSums.mean_until`. Demand ÷ mean, (lines,
    scenarios): `factor_before` the arrival, `factor_within` the protection period, `factor_later`
    after it.
    """

    mean_until: np.ndarray
    factor_before: np.ndarray
    factor_within: np.ndarray
    factor_later: np.ndarray

    def day_units(self, day: int, period: ProtectionPeriod) -> np.ndarray:
        """Return the demand of a day, (lines, scenarios)."""
        mean = (self.mean_until[:, day] - self.mean_until[:, day - 1])[:, None]
        within = np.where(day > period.last_day, self.factor_later, self.factor_within)
        return np.asarray(mean * np.where(day < period.first_day, self.factor_before, within))

    def units_until_next_arrival(self, period: ProtectionPeriod) -> np.ndarray:
        """Return the demand of the days 1 … last covered one, (lines, scenarios)."""
        before = np.take_along_axis(self.mean_until, period.first_day - 1, axis=1)
        whole = np.take_along_axis(self.mean_until, period.last_day, axis=1)
        return np.asarray(before * self.factor_before + (whole - before) * self.factor_within)


def demand_scenarios(
    sums: DemandSums, period: ProtectionPeriod, last_offer_day: np.ndarray, shares: np.ndarray
) -> DemandScenarios:
    """Draw the demand before the arrival and in the protection period, per scenario.

    `last_offer_day`: see `project`. `shares`: percentiles, shape (2, scenarios). The two sums are
    correlated as the variances of the sum before, the sum in the period and the sum of both imply.
    """
    before = np.maximum(period.first_day - 1, 1)
    within = period.last_day - period.first_day + 1
    middle_before, middle_within = np.median(before, axis=1), np.median(within, axis=1)
    mean = sums.mean_until(last_offer_day=last_offer_day)
    line = np.arange(len(mean))
    days_before = np.median(period.first_day, axis=1).astype(int) - 1
    to_arrival = mean[line, days_before]
    whole_days = np.minimum(days_before + middle_within, LAST_DAY)
    whole = mean[line, whole_days.astype(int)]
    rest = np.maximum(whole - to_arrival, 0.0)
    first = sums.variance(middle_before) * to_arrival**2
    second = sums.variance(middle_within) * rest**2
    both = sums.variance(whole_days) * whole**2
    product = 2 * np.sqrt(first * second)
    correlation = np.divide(
        both - first - second, product, out=np.zeros_like(product), where=product > 0
    )
    correlation = np.clip(np.nan_to_num(correlation), 0.0, _MOST_CORRELATED)
    before_share = np.broadcast_to(shares[0], before.shape)
    after_share = correlated_share(shares[0], shares[1], correlation)
    later = np.full(within.shape, float(LAST_DAY))
    return DemandScenarios(
        mean,
        factor_before=sums.ratio(before, before_share),
        factor_within=sums.ratio(within, after_share),
        factor_later=sums.ratio(later, after_share),
    )


def project(
    demand: DemandScenarios,
    period: ProtectionPeriod,
    stock: StockAhead,
    life_days: np.ndarray,
    last_offer_day: np.ndarray,
    order_units: np.ndarray | None = None,
) -> Projection:
    """Run the days 1 … LAST_DAY, with or without the order.

    `life_days`: days a new delivery may be sold, its arrival included; missing: no end.
    `last_offer_day`: last day ahead on offer; missing: no end. `order_units`: arrives on the first
    day of each scenario's protection period.

    Units leave first expired, first out. With B(e) units expiring by day e and D(e+1 … d) the
    demand after it, max over e of B(e) + D(e+1 … d) units are gone by day d; the run does the same
    day by day.
    """
    lines, scenarios = period.first_day.shape
    order = np.zeros(lines) if order_units is None else order_units
    life = np.where(np.isnan(life_days), np.inf, np.maximum(life_days, 1.0))
    end_of_offer = np.where(np.isnan(last_offer_day), np.inf, last_offer_day)
    order_expires = period.first_day + life[:, None] - 1
    order_ends = np.minimum(order_expires, end_of_offer[:, None])
    expired_by = expired_units_by_day(stock, life)
    shape = (lines, scenarios)
    on_hand = stock.expiring_units.sum(axis=1)
    brought = np.broadcast_to(on_hand[:, None], shape).copy()
    need, need_in_life, unmet_before, wasted = (np.zeros(shape) for _ in range(4))
    handed_out = np.minimum(stock.claimed_units, on_hand)[:, None]
    gone = np.broadcast_to(handed_out, shape).copy()
    backlog = stock.claimed_units[:, None] - gone
    has_missed = np.zeros(shape, bool)
    missed_in_period = np.zeros(shape, bool)
    left, short = np.zeros((lines, LAST_DAY)), np.zeros((lines, LAST_DAY))
    for day in range(1, LAST_DAY + 1):
        is_arrival = period.first_day == day
        brought += stock.arriving_units[:, day][:, None] + np.where(is_arrival, order[:, None], 0.0)
        handed_out = np.minimum(backlog, np.maximum(brought - gone, 0.0))
        gone += handed_out
        backlog = backlog - handed_out
        waiting = np.where(is_arrival, backlog, 0.0)  # the order would hand it out
        need, need_in_life, backlog = need + waiting, need_in_life + waiting, backlog - waiting
        wanted = demand.day_units(day, period)
        sold = np.minimum(wanted, np.maximum(brought - gone, 0.0))
        unmet = wanted - sold
        is_covered = (day >= period.first_day) & (day <= period.last_day)
        need += np.where(is_covered & (day <= order_ends), unmet, 0.0)
        need_in_life += np.where((day >= period.first_day) & (day <= order_ends), unmet, 0.0)
        unmet_before += np.where(day < period.first_day, unmet, 0.0)
        gone += sold
        ended = expired_by[:, day][:, None] + np.where(order_expires <= day, order[:, None], 0.0)
        spoiled = np.maximum(ended - gone, 0.0)
        wasted += np.where(day <= period.last_day, spoiled, 0.0)
        gone += spoiled
        missed = unmet + waiting > _EPSILON_UNITS
        has_missed |= missed
        missed_in_period |= missed & is_covered
        left[:, day - 1] = np.maximum(brought - gone, 0.0).mean(axis=1)
        short[:, day - 1] = has_missed.mean(axis=1)
    # beyond the last day, demand goes on at the rate of the last days and takes what is left first
    rate = (demand.mean_until[:, LAST_DAY] - demand.mean_until[:, LAST_DAY - 7])[:, None] / 7
    later_days = np.maximum(order_ends - LAST_DAY, 0.0)
    endless = np.isinf(later_days)
    later = np.where(endless, 0.0, later_days) * rate * demand.factor_later
    need_in_life += np.maximum(later - np.maximum(brought - gone, 0.0), 0.0)
    return Projection(
        need_units=need,
        need_in_life_units=np.where(endless & (rate > 0), np.inf, need_in_life),
        stock_units=left,
        short_share=short,
        short_before_units=unmet_before.mean(axis=1),
        short_in_period_share=missed_in_period.mean(axis=1),
        wasted_units=wasted.mean(axis=1),
    )


def expired_units_by_day(stock: StockAhead, life_days: np.ndarray) -> np.ndarray:
    """Return the units whose last day of sale is day d or earlier, (lines, LAST_DAY + 1).

    What is on hand has arrived by `as_of`, so that day `life_days` is its last one, whatever its
    date says. What arrives later then never expires earlier, and the order in which units leave is
    that in which they came.
    """
    on_hand = stock.expiring_units.copy()
    on_hand[:, 0] = 0.0
    days = np.arange(LAST_DAY + 2)
    is_over = days > life_days[:, None]
    rows = np.flatnonzero(is_over.any(axis=1))
    on_hand[rows, life_days[rows].astype(int)] += np.where(is_over, on_hand, 0.0).sum(axis=1)[rows]
    on_hand = np.where(is_over, 0.0, on_hand)[:, : LAST_DAY + 1]
    arriving = np.zeros_like(on_hand)
    for day in range(1, LAST_DAY + 1):
        ends = day + life_days - 1
        inside = ends <= LAST_DAY
        rows = np.flatnonzero(inside)
        arriving[rows, ends[rows].astype(int)] += stock.arriving_units[rows, day]
    return np.asarray(np.cumsum(on_hand + arriving, axis=1))
