"""Infer the law of a lead time, late and lost orders included.

Contains the law, its fit from orders that arrived or are still awaited, the chance that an awaited
order arrives, and which orders a delivery without references was. Periods are whole: days, or
weeks. Not here: what a policy does with it (`models/replenishment/replay/learning_policy.py`),
reading receipts.

A lead time is fitted by hazards: of the orders still awaited after `age` periods, the share that
arrives in the next one. An order that has not arrived yet counts for as long as it was awaited
(right censoring), and one that is awaited for longer than any lead time counts as lost. Hazards are
shrunk towards a prior law that weighs as much as a number of orders, which gives the mean of a
beta-Stacy process (Walker and Muliere 1997, "Beta-Stacy processes and a generalization of the
Pólya-urn scheme", Annals of Statistics 25).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.params.replenishment import LeadTimeParams

# Sets of orders that are compared with a delivery: two to this power per delivery.
_MOST_CANDIDATES = 10


@dataclass(frozen=True)
class LeadTimeLaw:
    """Chance of each lead time from 0 periods up (last axis); what is missing to 1 never arrives.

    Further axes in front: one law per row. `evidence_orders`: orders that were seen, weighted.
    """

    chances: np.ndarray
    evidence_orders: np.ndarray

    @property
    def lost_share(self) -> np.ndarray:
        """Share of orders that never arrive."""
        return np.asarray(np.clip(1.0 - self.chances.sum(axis=-1), 0.0, 1.0))

    @property
    def mean_periods(self) -> np.ndarray:
        """Mean lead time of the orders that arrive; missing if none does."""
        total = self.chances.sum(axis=-1)
        weighted = (self.chances * np.arange(self.chances.shape[-1])).sum(axis=-1)
        return np.divide(weighted, total, out=np.full_like(total, np.nan), where=total > 0)

    @property
    def waiting_shares(self) -> np.ndarray:
        """Share of orders not arrived before each age: 1 at age 0, last axis one longer."""
        before = np.cumsum(self.chances, axis=-1)
        first = np.ones((*self.chances.shape[:-1], 1))
        return np.clip(np.concatenate([first, 1.0 - before], axis=-1), 0.0, 1.0)

    @property
    def hazards(self) -> np.ndarray:
        """Chance to arrive at each age of an order that did not arrive before."""
        waiting = self.waiting_shares[..., :-1]
        return np.divide(self.chances, waiting, out=np.zeros_like(waiting), where=waiting > 0)

    def chance_to_arrive(
        self, age_periods: int | np.ndarray, within_periods: int | np.ndarray
    ) -> np.ndarray:
        """Return the chance of an awaited order to arrive in the next `within_periods` periods.

        `age_periods`: periods since it was placed; a delivery of the current period is still to
        come. Ages beyond the longest lead time give 0.

        >>> law = LeadTimeLaw(np.array([0, 0.2, 0.3, 0.1]), np.array(10.0))
        >>> law.chance_to_arrive(2, 2).round(4), law.chance_to_arrive(3, 9).round(4)
        (np.float64(0.5), np.float64(0.2))
        """
        ages = self.chances.shape[-1]
        start = np.clip(age_periods, 0, ages)
        end = np.clip(np.asarray(age_periods) + within_periods, 0, ages)
        waiting = self.waiting_shares
        before, after = _at(waiting, start), _at(waiting, end)
        return np.divide(before - after, before, out=np.zeros_like(before), where=before > 0)


def _at(values: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """Return the value at an age, per row if there is one age per row."""
    if np.ndim(ages) == 0:
        return np.asarray(values[..., int(ages)])
    rows = np.broadcast_to(values, (*np.shape(ages), values.shape[-1]))
    return np.take_along_axis(rows, np.asarray(ages)[..., None], axis=-1)[..., 0]


@dataclass(frozen=True)
class LeadTimeCounts:
    """Orders by age (last axis): how many arrived at it, and how many were awaited until it."""

    arrived: np.ndarray
    awaited: np.ndarray

    def summed(self, groups: np.ndarray, count: int) -> LeadTimeCounts:
        """Return the sums of rows per group."""
        shape = (count, self.arrived.shape[-1])
        arrived, awaited = np.zeros(shape), np.zeros(shape)
        np.add.at(arrived, groups, self.arrived)
        np.add.at(awaited, groups, self.awaited)
        return LeadTimeCounts(arrived, awaited)


def count_lead_times(
    rows: np.ndarray,
    count: int,
    lead_periods: np.ndarray,
    age_periods: np.ndarray,
    longest_periods: int,
) -> LeadTimeCounts:
    """Count orders by row (supplier × SKU × warehouse, say, numbered 0 … `count` − 1).

    `lead_periods`: missing if the order has not arrived; `age_periods`: periods since it was
    placed. Longer lead times than `longest_periods` count as lost.

    >>> counts = count_lead_times(
    ...     np.zeros(3, int), 1, np.array([1.0, 2.0, np.nan]), np.array([5, 5, 2]), 3
    ... )
    >>> counts.arrived.tolist(), counts.awaited.tolist()
    ([[0.0, 1.0, 1.0, 0.0]], [[3.0, 3.0, 1.0, 0.0]])
    """
    ages = np.arange(longest_periods + 1)
    came = ~np.isnan(lead_periods)
    arrived = came[:, None] & (lead_periods[:, None] == ages)
    awaited = np.where(came[:, None], ages <= lead_periods[:, None], ages < age_periods[:, None])
    one_each = LeadTimeCounts(arrived.astype(float), awaited.astype(float))
    return one_each.summed(rows, count)


def fit_lead_times(counts: LeadTimeCounts, prior: LeadTimeLaw, prior_orders: float) -> LeadTimeLaw:
    """Fit a law per row, shrunk towards `prior`, which weighs as much as `prior_orders` orders.

    Two orders arrived after 1 period, one is awaited since 4, the prior expects 1 or 2 periods and
    weighs one order: (2 + 0.5) of 4 arrive after 1 period, 0.5 of the 1.5 left after 2.

    >>> prior = LeadTimeLaw(np.array([0, 0.5, 0.5]), np.array(0.0))
    >>> counts = LeadTimeCounts(np.array([0, 2.0, 0]), np.array([3.0, 3, 1]))
    >>> law = fit_lead_times(counts, prior, 1.0)
    >>> law.chances.round(4).tolist(), law.lost_share.round(4)
    ([0.0, 0.625, 0.125], np.float64(0.25))
    """
    expected = prior_orders * prior.chances
    waiting = prior_orders * prior.waiting_shares[..., :-1]
    total = counts.awaited + waiting
    arrived = counts.arrived + expected
    hazards = np.divide(arrived, total, out=np.zeros(np.shape(arrived)), where=total > 0)
    hazards = np.clip(hazards, 0.0, 1.0)
    before = np.cumprod(1.0 - hazards, axis=-1)
    waiting_before = np.concatenate([np.ones((*before.shape[:-1], 1)), before[..., :-1]], axis=-1)
    return LeadTimeLaw(hazards * waiting_before, np.asarray(counts.awaited[..., 0]))


def fit_grouped_lead_times(
    counts: LeadTimeCounts, groups: np.ndarray, prior: LeadTimeLaw, params: LeadTimeParams
) -> LeadTimeLaw:
    """Fit a law per row, shrunk towards its group's, which is shrunk towards `prior`.

    `groups`: number of the group of each row, such as its supplier.
    """
    count = int(groups.max()) + 1 if len(groups) else 0
    of_groups = fit_lead_times(counts.summed(groups, count), prior, params.prior_orders)
    own_prior = LeadTimeLaw(of_groups.chances[groups], of_groups.evidence_orders[groups])
    return fit_lead_times(counts, own_prior, params.group_prior_orders)


def promised_law(promised_periods: int, params: LeadTimeParams) -> LeadTimeLaw:
    """Return what is expected of a supplier who promises a lead time, before any order.

    Most orders are on time, some are lost, the rest is early or late, the less likely the further
    off. A promise of 0 periods leaves no room to be early.

    >>> law = promised_law(1, LeadTimeParams(on_time_share=0.6, lost_share=0.1, late_periods=2))
    >>> law.chances.round(3).tolist(), law.lost_share.round(3)
    ([0.12, 0.6, 0.12, 0.06], np.float64(0.1))
    """
    ages = np.arange(promised_periods + params.late_periods + 1)
    off = np.abs(ages - promised_periods)
    weights = np.where(off > 0, 0.5**off, 0.0)
    others = 1.0 - params.on_time_share - params.lost_share
    chances = np.where(off == 0, params.on_time_share, others * weights / weights.sum())
    return LeadTimeLaw(chances, np.zeros(()))


def arrived_orders(
    orders_units: np.ndarray, chances: np.ndarray, arrived_units: np.ndarray
) -> np.ndarray:
    """Return the chance of each awaited order to be part of a delivery, rows × orders.

    `orders_units`: rows × awaited orders (0: none); `chances`: of each to arrive in this period;
    `arrived_units`: per row, in total. Of all sets of orders whose units add up to the delivery,
    each has the chance that just its orders arrive. If no set does, the orders of the delivery are
    not known and no order counts as arrived. Beyond ten orders the least likely are left out.

    >>> units, chances = np.array([[5.0, 3, 2]] * 3), np.array([[0.5, 0.5, 0.2]] * 3)
    >>> arrived_orders(units, chances, np.array([0.0, 5.0, 7.0])).round(3).tolist()
    [[0.0, 0.0, 0.0], [0.8, 0.2, 0.2], [1.0, 0.0, 1.0]]
    """
    result = np.zeros(orders_units.shape)
    asked = np.flatnonzero(arrived_units > 0)
    if not len(asked) or not orders_units.shape[1]:
        return result
    possible = np.where(orders_units[asked] > 0, chances[asked], 0.0)
    chosen = np.argsort(-possible, axis=1, kind="stable")[:, :_MOST_CANDIDATES]
    units = np.take_along_axis(orders_units[asked], chosen, axis=1)
    p = np.take_along_axis(possible, chosen, axis=1)
    used = max(int((p > 0).sum(axis=1).max(initial=0)), 1)
    units, p, chosen = units[:, :used], p[:, :used], chosen[:, :used]
    sets = ((np.arange(2**used)[:, None] >> np.arange(used)) & 1).astype(float)
    fits = np.abs(units @ sets.T - arrived_units[asked][:, None]) < 0.5
    weights = np.where(fits, 1.0, 0.0)
    for order in range(used):
        weights *= np.where(sets[:, order] > 0, p[:, [order]], 1.0 - p[:, [order]])
    total = weights.sum(axis=1, keepdims=True)
    shares = np.divide(weights @ sets, total, out=np.zeros(p.shape), where=total > 0)
    rows = np.broadcast_to(asked[:, None], chosen.shape)
    result[rows, chosen] = shares
    return result
