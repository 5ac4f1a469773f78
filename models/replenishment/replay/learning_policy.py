"""Order what each further unit is worth, with demand and lead times learnt on the way.

Contains the order rule on draws of demand and arrivals (`order_by_worth`), the memory of awaited
orders, and the policy of both. For lasting items. Not here: the forecast
(`models/demand/online_mixture.py`), the law of lead times (`models/replenishment/lead_times.py`).

An awaited order counts by its chance of still arriving. What a unit earns is measured against
ordering it at the next opportunity: from its own arrival until that of the next order it fills the
first demand that would be lost, or it is held. A fixed lead time makes this the newsvendor on
projected stock (Morton 1971, "The near-myopic nature of the lagged-proportional-cost inventory
problem with lost sales", Operations Research 19).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from models.demand.online_mixture import fit_mixture
from models.params.demand import MixtureParams
from models.params.replenishment import LeadTimeParams, LearningParams
from models.replenishment.lead_times import (
    LeadTimeCounts,
    LeadTimeLaw,
    arrived_orders,
    fit_lead_times,
    promised_law,
)
from models.replenishment.replay.simulator import Items, Observation

_NEVER = 10_000


@dataclass(frozen=True)
class Draws:
    """Possible futures, the present period first.

    `demand_units`: items × draws × periods. `due_units`: arrivals of orders placed so far, the same
    shape. `arrives`, `next_arrives`: items × draws, the period in which an order of now and one of
    the next opportunity would arrive.
    """

    demand_units: np.ndarray
    due_units: np.ndarray
    arrives: np.ndarray
    next_arrives: np.ndarray


def unserved_demand(on_hand_units: np.ndarray, draws: Draws) -> np.ndarray:
    """Return demand lost per draw and period without further orders."""
    stock = np.repeat(on_hand_units[:, None], draws.demand_units.shape[1], axis=1)
    lost = np.empty_like(draws.demand_units)
    for period in range(lost.shape[2]):
        stock = stock + draws.due_units[:, :, period]
        lost[:, :, period] = np.maximum(draws.demand_units[:, :, period] - stock, 0.0)
        stock = np.maximum(stock - draws.demand_units[:, :, period], 0.0)
    return lost


def order_by_worth(on_hand_units: np.ndarray, draws: Draws, items: Items) -> np.ndarray:
    """Return the largest whole orders whose last unit earns more than holding it costs.

    A unit that is filled in earns price + shortage − cost; each period it waits costs its holding.
    """
    lost = unserved_demand(on_hand_units, draws)
    periods = np.arange(lost.shape[2])
    first, last = draws.arrives[:, :, None], draws.next_arrives[:, :, None]
    ahead = (periods >= first) & (periods < last)
    behind = (periods >= last) & (periods < first)  # the next order would arrive before this one
    sign = np.where(draws.next_arrives < draws.arrives, -1.0, 1.0)
    inside = ahead | behind
    filled = np.cumsum(np.where(inside, lost, 0.0), axis=2)
    gain = (items.price_yuan + items.shortage_yuan - items.cost_yuan)[:, None]
    hold = items.holding_yuan[:, None]

    def worth(units: np.ndarray) -> np.ndarray:
        sold = filled[:, :, -1] >= units[:, None]
        held = (inside & (filled < units[:, None, None])).sum(axis=2)
        return np.asarray((sign * (gain * sold - hold * held)).mean(axis=1))

    low = np.zeros(len(on_hand_units))
    high = np.ceil(filled[:, :, -1].max(axis=1)) + 1
    while (high - low > 1).any():
        unsure = high - low > 1
        middle = np.where(unsure, np.floor((low + high) / 2), low)
        earns = worth(middle) > 0
        low = np.where(unsure & earns, middle, low)
        high = np.where(unsure & ~earns, middle, high)
    return low


@dataclass
class AwaitedOrders:
    """Memory of one replay: the chance that each order is still awaited, and what arrived when."""

    prior: LeadTimeLaw
    prior_orders: float
    awaited: np.ndarray
    counts: LeadTimeCounts
    law: LeadTimeLaw
    known_periods: int = 0

    @classmethod
    def at_start(cls, count: int, prior: LeadTimeLaw, prior_orders: float) -> AwaitedOrders:
        """Return a memory of nothing."""
        ages = prior.chances.shape[-1]
        nothing = LeadTimeCounts(np.zeros((count, ages)), np.zeros((count, ages)))
        law = fit_lead_times(nothing, prior, prior_orders)
        return cls(prior, prior_orders, np.zeros((count, 0)), nothing, law)

    def learn(self, orders_units: np.ndarray, arrived_units: np.ndarray) -> None:
        """Learn from a period: `orders_units`: items × orders up to it, `arrived_units` in it."""
        new = orders_units.shape[1] - self.awaited.shape[1]
        placed = (orders_units[:, self.awaited.shape[1] :] > 0).astype(float)
        self.awaited = np.concatenate([self.awaited, placed], axis=1) if new else self.awaited
        ages = orders_units.shape[1] - 1 - np.arange(orders_units.shape[1])
        kept = np.flatnonzero(ages < self.law.chances.shape[-1])
        hazard = self.law.hazards[:, ages[kept]]
        chances = self.awaited[:, kept] * hazard
        came = arrived_orders(orders_units[:, kept], chances, arrived_units)
        self.counts.awaited[:, ages[kept]] += self.awaited[:, kept]
        self.counts.arrived[:, ages[kept]] += came
        stays = self.awaited[:, kept] - came
        self.awaited[:, kept] = np.clip(stays, 0.0, 1.0)
        self.law = fit_lead_times(self.counts, self.prior, self.prior_orders)


def arrival_draws(law: LeadTimeLaw, age: int, chance: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return after how many periods an order arrives, items × draws; a large number: never.

    `age`: periods since it was placed, the present delivery still to come; `chance` that it is
    awaited at all; `places`: uniform numbers, one per draw.
    """
    waiting = law.waiting_shares[:, age]
    shares = np.divide(
        law.chances[:, age:],
        waiting[:, None],
        out=np.zeros_like(law.chances[:, age:]),
        where=waiting[:, None] > 0,
    )
    bounds = np.cumsum(shares, axis=1) * chance[:, None]
    after = (places[None, :, None] >= bounds[:, None, :]).sum(axis=2)
    return np.where(after == bounds.shape[1], _NEVER, after)


@dataclass
class LearningPolicy:
    """Learn demand and lead times in the replay, and order by worth.

    `promised_periods`: what the supplier promises. `demand_draws`: other draws of demand than
    those of the mixture: items × draws × periods from what is seen and the number of periods.
    """

    promised_periods: int
    params: LearningParams = field(default_factory=LearningParams)
    lead_times: LeadTimeParams = field(default_factory=LeadTimeParams)
    mixture: MixtureParams = field(default_factory=MixtureParams)
    demand_draws: Callable[[Observation, int], np.ndarray] | None = None
    fixed_law: LeadTimeLaw | None = None
    _memory: AwaitedOrders | None = field(default=None, init=False, repr=False)

    def orders(self, seen: Observation) -> np.ndarray:
        """Return orders by worth; none where the item may not be ordered."""
        memory = self._updated(seen)
        draws = self._draws(seen, memory)
        on_hand = seen.on_hand_units.sum(axis=1)
        return np.where(seen.may_order[:, 0], order_by_worth(on_hand, draws, seen.items), 0.0)

    def _updated(self, seen: Observation) -> AwaitedOrders:
        if self._memory is None or seen.period == 0:
            prior = self.fixed_law or promised_law(self.promised_periods, self.lead_times)
            orders = self.lead_times.prior_orders if self.fixed_law is None else 1e9
            self._memory = AwaitedOrders.at_start(len(seen.items), prior, orders)
            self._memory.awaited = (seen.orders_units > 0).astype(float)
        if seen.period > 0:
            self._memory.learn(seen.orders_units, seen.arrived_units[:, -1])
        return self._memory

    def _draws(self, seen: Observation, memory: AwaitedOrders) -> Draws:
        law, count = memory.law, self.params.draws
        ages = law.chances.shape[-1]
        review = _periods_to_next(seen.may_order)
        most = min(ages + int(review[review < _NEVER].max(initial=0)), seen.may_order.shape[1])
        if self.demand_draws is None:
            mixture = fit_mixture(seen.demand_units, self.mixture)
            demand = mixture.draws(most, count, self.params.seed + seen.period)
        else:
            demand = self.demand_draws(seen, most)
            count = demand.shape[1]
        random = np.random.default_rng(self.params.seed + 7919 + seen.period)
        due = np.zeros_like(demand)
        placed = seen.orders_units.shape[1]
        for number in range(max(placed - ages + 1, 0), placed):
            units = seen.orders_units[:, number] * (memory.awaited[:, number] > 0)
            chance = memory.awaited[:, number]
            places = (random.permutation(count) + 0.5) / count
            if units.any():
                after = arrival_draws(law, placed - number, chance, places)
                rows, draws = np.nonzero(after < most)
                due[rows, draws, after[rows, draws]] += units[rows]
        everyone = np.ones(len(seen.items))
        own, other = ((random.permutation(count) + 0.5) / count for _ in range(2))
        arrives = arrival_draws(law, 0, everyone, own)
        later = arrival_draws(law, 0, everyone, other)
        next_arrives = np.minimum(later + review[:, None], _NEVER)
        return Draws(demand, due, arrives, next_arrives)


def _periods_to_next(may_order: np.ndarray) -> np.ndarray:
    """Return the periods until the next one in which each item may be ordered."""
    later = may_order.copy()
    later[:, 0] = False
    return np.where(later.any(axis=1), later.argmax(axis=1), _NEVER)
