"""Replay a replenishment policy on given demand: one simulator over items × periods.

Contains the shop (`Shop`), what a policy sees of it (`Observation`), what it is (`Policy`) and the
course of a replay (`Course`). Not here: policies (`policies.py`), figures (`figures.py`).

Order of events in a period: the policy orders; what is due arrives, an order of this period with
lead time 0 too; demand is served from stock and the rest is lost; batches at the end of their life
are wasted, and what is left is counted. A policy sees its own orders, what arrived in total, stock
on hand by age and past demand. It sees neither lead times nor what is in transit: a lost order
looks like a late one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Items:
    """Money and shelf life, one value per item.

    `price_yuan` per unit sold, `cost_yuan` per unit that arrived, `holding_yuan` per unit left at
    the end of a period, `shortage_yuan` per unit of lost demand, on top of the price,
    `salvage_yuan` per wasted unit (negative: disposal costs). `shelf_life_periods`: periods in
    which a batch can be sold, the one of its arrival included; infinite: it lasts. `is_lifo`:
    customers take the youngest batch first.
    """

    price_yuan: np.ndarray
    cost_yuan: np.ndarray
    holding_yuan: np.ndarray
    shortage_yuan: np.ndarray
    salvage_yuan: np.ndarray
    shelf_life_periods: np.ndarray
    is_lifo: np.ndarray

    def __len__(self) -> int:
        return len(self.price_yuan)

    @classmethod
    def lasting(
        cls,
        count: int,
        price_yuan: float | np.ndarray = 0.0,
        holding_yuan: float | np.ndarray = 0.0,
        shortage_yuan: float | np.ndarray = 0.0,
    ) -> Items:
        """Return items without a shelf life that cost nothing."""

        def each(value: float | np.ndarray) -> np.ndarray:
            return np.broadcast_to(np.asarray(value, dtype=float), (count,))

        return cls(
            price_yuan=each(price_yuan),
            cost_yuan=each(0.0),
            holding_yuan=each(holding_yuan),
            shortage_yuan=each(shortage_yuan),
            salvage_yuan=each(0.0),
            shelf_life_periods=each(np.inf),
            is_lifo=np.zeros(count, bool),
        )


@dataclass(frozen=True)
class Shop:
    """Items with all that happens to them; the policy must not see it.

    `demand_units`: items × (history + periods); the first `history_periods` columns are known at
    the start, `history_sold_out` marks those whose demand may have been higher.
    `past_orders_units`: items × orders placed in the periods before the first, the last one just
    before it. `lead_periods`: items × (past orders + periods), infinite: the order never arrives.
    `may_order`: items × periods, all if None. `start_stock_units`: items × age, column 0 arrived in
    the period before the first. `shows_lost_demand`: the policy sees demand in full, not only
    sales.
    """

    items: Items
    demand_units: np.ndarray
    lead_periods: np.ndarray
    history_periods: int = 0
    history_sold_out: np.ndarray | None = None
    past_orders_units: np.ndarray | None = None
    start_stock_units: np.ndarray | None = None
    may_order: np.ndarray | None = None
    shows_lost_demand: bool = True

    @property
    def periods(self) -> int:
        """Number of periods that are played."""
        return self.demand_units.shape[1] - self.history_periods


@dataclass(frozen=True)
class Observation:
    """What a policy sees before it orders in `period` (0: the first that is played).

    `demand_units`, `is_sold_out`: items × (history + past periods), sales where the shop does not
    show lost demand; sold out: nothing was left. `orders_units`: items × (past orders + past
    periods). `arrived_units`: items × past periods, in total per period. `on_hand_units`: items ×
    periods since arrival. `may_order`: items × periods, from this one to the last.
    """

    period: int
    items: Items
    demand_units: np.ndarray
    is_sold_out: np.ndarray
    orders_units: np.ndarray
    arrived_units: np.ndarray
    on_hand_units: np.ndarray
    may_order: np.ndarray


class Policy(Protocol):
    """Decide orders from what is seen; one that remembers forgets all in period 0."""

    def orders(self, seen: Observation) -> np.ndarray:
        """Return units per item, whole and not negative."""
        ...


@dataclass(frozen=True)
class Course:
    """Units per item and period of a replay; `left_units` at the end of each period."""

    items: Items
    start_units: np.ndarray
    demand_units: np.ndarray
    orders_units: np.ndarray
    arrived_units: np.ndarray
    sold_units: np.ndarray
    wasted_units: np.ndarray
    left_units: np.ndarray

    @property
    def lost_units(self) -> np.ndarray:
        """Demand that was not served."""
        return self.demand_units - self.sold_units


@dataclass
class _State:
    """What changes from period to period."""

    stock: np.ndarray
    due: np.ndarray
    seen_demand: np.ndarray
    sold_out: np.ndarray
    orders: np.ndarray
    arrived: np.ndarray
    sold: np.ndarray
    wasted: np.ndarray
    left: np.ndarray
    lead: np.ndarray
    past: int
    may_order: np.ndarray = field(repr=False)


def replay_policy(shop: Shop, policy: Policy) -> Course:
    """Replay `policy` in `shop`. Orders of periods in which an item may not be ordered count as 0.

    Raises ValueError if shapes do not agree, if the policy orders negative units or parts of one.
    """
    state = _start(shop)
    start_units = state.stock.sum(axis=1)
    demand = shop.demand_units[:, shop.history_periods :].astype(float)
    for period in range(shop.periods):
        asked = _checked(policy.orders(_observation(shop, state, period)), len(shop.items))
        _order(state, period, np.where(state.may_order[:, period], asked, 0.0))
        _serve(shop, state, period, demand[:, period])
    return Course(
        items=shop.items,
        start_units=start_units,
        demand_units=demand,
        orders_units=state.orders[:, state.past :],
        arrived_units=state.arrived,
        sold_units=state.sold,
        wasted_units=state.wasted,
        left_units=state.left,
    )


def _start(shop: Shop) -> _State:
    count, periods, history = len(shop.items), shop.periods, shop.history_periods
    past = np.zeros((count, 0)) if shop.past_orders_units is None else shop.past_orders_units
    placed = past.shape[1]
    may_order = np.ones((count, periods), bool) if shop.may_order is None else shop.may_order
    if shop.lead_periods.shape != (count, placed + periods):
        raise ValueError(f"lead_periods must have the shape {(count, placed + periods)}")
    if may_order.shape != (count, periods):
        raise ValueError(f"may_order must have the shape {(count, periods)}")
    life = shop.items.shelf_life_periods
    ages = int(max(2.0, life[np.isfinite(life)].max(initial=0.0)))
    stock = np.zeros((count, ages))
    if shop.start_stock_units is not None:
        start = np.asarray(shop.start_stock_units, dtype=float)
        if start.ndim != 2 or start.shape[1] >= ages:
            raise ValueError("start_stock_units must be items × age, no older than the shelf life")
        stock[:, 1 : start.shape[1] + 1] = start
    seen = np.zeros((count, history + periods))
    seen[:, :history] = shop.demand_units[:, :history]
    sold_out = np.zeros(seen.shape, bool)
    if shop.history_sold_out is not None:
        sold_out[:, :history] = shop.history_sold_out

    def nothing() -> np.ndarray:
        return np.zeros((count, periods))

    state = _State(
        stock=stock,
        due=nothing(),
        seen_demand=seen,
        sold_out=sold_out,
        orders=np.zeros((count, placed + periods)),
        arrived=nothing(),
        sold=nothing(),
        wasted=nothing(),
        left=nothing(),
        lead=shop.lead_periods,
        past=placed,
        may_order=may_order,
    )
    for number in range(placed):
        _order(state, number - placed, past[:, number].astype(float))
    return state


def _observation(shop: Shop, state: _State, period: int) -> Observation:
    """Copy what is known, so that a policy cannot change the replay."""
    seen_periods = shop.history_periods + period
    return Observation(
        period=period,
        items=shop.items,
        demand_units=state.seen_demand[:, :seen_periods].copy(),
        is_sold_out=state.sold_out[:, :seen_periods].copy(),
        orders_units=state.orders[:, : state.past + period].copy(),
        arrived_units=state.arrived[:, :period].copy(),
        on_hand_units=state.stock.copy(),
        may_order=state.may_order[:, period:].copy(),
    )


def _checked(orders: np.ndarray, count: int) -> np.ndarray:
    asked = np.asarray(orders, dtype=float)
    if asked.shape != (count,):
        raise ValueError(f"a policy must return {count} orders, not the shape {asked.shape}")
    if not (np.isfinite(asked).all() and (asked >= 0).all() and (asked == np.floor(asked)).all()):
        raise ValueError("orders must be whole and not negative")
    return asked


def _order(state: _State, period: int, units: np.ndarray) -> None:
    """Note the orders of a period; those that arrive within the replay become due."""
    lead = state.lead[:, state.past + period]
    at = period + lead
    if (at < 0).any() or (lead < 0).any() or (lead[np.isfinite(lead)] % 1 > 0).any():
        raise ValueError("lead times must be whole, and no order may arrive before the replay")
    state.orders[:, state.past + period] = units
    rows = np.flatnonzero(at < state.due.shape[1])
    state.due[rows, at[rows].astype(int)] += units[rows]


def _serve(shop: Shop, state: _State, period: int, demand: np.ndarray) -> None:
    """Let arrive, sell, waste and age."""
    stock = state.stock
    stock[:, 0] += state.due[:, period]
    sold = batches_sold(stock, demand, shop.items.is_lifo)
    stock -= sold
    ages = np.arange(stock.shape[1])
    over = ages >= shop.items.shelf_life_periods[:, None] - 1
    state.arrived[:, period] = state.due[:, period]
    state.sold[:, period] = sold.sum(axis=1)
    state.wasted[:, period] = np.where(over, stock, 0.0).sum(axis=1)
    stock[over] = 0.0
    state.left[:, period] = stock.sum(axis=1)
    at = shop.history_periods + period
    state.sold_out[:, at] = state.left[:, period] + state.wasted[:, period] <= 0
    state.seen_demand[:, at] = demand if shop.shows_lost_demand else state.sold[:, period]
    oldest = stock[:, -1].copy()
    stock[:, 1:] = stock[:, :-1].copy()
    stock[:, 0] = 0.0
    stock[:, -1] += oldest


def batches_sold(stock_units: np.ndarray, demand: np.ndarray, is_lifo: np.ndarray) -> np.ndarray:
    """Take demand from batches: the oldest first, or the youngest.

    `stock_units`: items × age, the youngest first. Returns units taken in the same shape.

    >>> stock = np.array([[2.0, 3.0, 1.0]] * 2)
    >>> batches_sold(stock, np.array([2.0, 3.0]), np.array([False, True])).tolist()
    [[0.0, 1.0, 1.0], [2.0, 1.0, 0.0]]
    """
    lifo = is_lifo[:, None]
    in_turn = np.where(lifo, stock_units, stock_units[:, ::-1])
    before = np.cumsum(in_turn, axis=1) - in_turn
    taken = np.clip(demand[:, None] - before, 0.0, in_turn)
    return np.where(lifo, taken, taken[:, ::-1])
