"""Decide orders in a replay: plain rules and bounds.

Contains policies that need no forecast of their own: none, cover of recent means, and the bound of
one who knows demand. Not here: the policy that learns demand and lead times
(`learning_policy.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.replenishment.replay.simulator import Observation


class NoOrders:
    """Order nothing: the lower bound."""

    def orders(self, seen: Observation) -> np.ndarray:
        """Return zeros."""
        return np.zeros(len(seen.items))


@dataclass(frozen=True)
class PerfectForesight:
    """Order what demand will lack, knowing it: the upper bound for lasting items.

    `demand_units`: items × periods of the replay. Lead times must be fixed, `lead_periods`, and
    orders allowed in every period.
    """

    demand_units: np.ndarray
    lead_periods: int

    def orders(self, seen: Observation) -> np.ndarray:
        """Return what stock on arrival lacks of that period's demand."""
        at = seen.period + self.lead_periods
        if at >= self.demand_units.shape[1]:
            return np.zeros(len(seen.items))
        before = self.demand_units[:, seen.period : at]
        stock = projected_stock(seen, before, self.lead_periods)
        return np.ceil(np.maximum(self.demand_units[:, at] - stock, 0.0))


@dataclass(frozen=True)
class Cover:
    """Order up to a number of periods of mean demand, counting all orders as still to come.

    The mean is that of the last `mean_periods` periods that were not sold out. Orders older than
    `lead_periods` count as arrived.
    """

    cover_periods: float
    mean_periods: int
    lead_periods: int

    def orders(self, seen: Observation) -> np.ndarray:
        """Return the level minus stock on hand and on order."""
        past = seen.demand_units[:, -self.mean_periods :]
        in_stock = ~seen.is_sold_out[:, -self.mean_periods :]
        total = np.where(in_stock, past, 0.0).sum(axis=1)
        mean = np.divide(
            total, in_stock.sum(axis=1), out=past.mean(axis=1), where=in_stock.any(axis=1)
        )
        return up_to_level(seen, self.cover_periods * mean, self.lead_periods)


def up_to_level(seen: Observation, level_units: np.ndarray, lead_periods: int) -> np.ndarray:
    """Return whole orders that raise stock on hand and on order to a level."""
    on_order = seen.orders_units[:, max(seen.orders_units.shape[1] - lead_periods, 0) :]
    position = seen.on_hand_units.sum(axis=1) + (on_order.sum(axis=1) if lead_periods else 0.0)
    return np.round(np.maximum(level_units - position, 0.0))


def projected_stock(seen: Observation, demand_units: np.ndarray, lead_periods: int) -> np.ndarray:
    """Return stock at the start of the period in which an order of now arrives.

    `demand_units`: items × the `lead_periods` periods before. What stock does not cover is lost.
    For lasting items and a fixed lead time.
    """
    stock = seen.on_hand_units.sum(axis=1)
    for ahead in range(lead_periods):
        due = _due(seen.orders_units, lead_periods - ahead)
        stock = np.maximum(stock + due - demand_units[:, ahead], 0.0)
    return stock


def _due(orders_units: np.ndarray, back: int) -> np.ndarray:
    """Return the orders placed `back` periods ago."""
    count, placed = orders_units.shape
    return orders_units[:, placed - back] if back <= placed else np.zeros(count)
