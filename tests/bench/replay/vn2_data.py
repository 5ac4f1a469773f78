"""The VN2 inventory planning challenge as a shop of the simulator, and its official benchmark.

599 store-products, weekly. An order of round r is placed after week r − 1 and arrives at the start
of week r + 2; six rounds, weeks 3 to 8 are scored: 0.2 per unit left at the end of a week, 1 per
unit of lost demand. The state at the start and what is on order are known.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from models.replenishment.replay.figures import profit_yuan
from models.replenishment.replay.policies import up_to_level
from models.replenishment.replay.simulator import (
    Course,
    Items,
    Observation,
    Policy,
    Shop,
    replay_policy,
)

HOLDING_YUAN, SHORTAGE_YUAN = 0.2, 1.0
LEAD_WEEKS, ROUNDS, WEEKS = 2, 6, 8
HISTORY_WEEKS = 157
WARM_UP_WEEKS = 8
MEAN_WEEKS = 13


@dataclass(frozen=True)
class State:
    """Stock on hand, and what arrives at the start of the first and of the second week."""

    on_hand: np.ndarray
    due: np.ndarray


@dataclass(frozen=True)
class Vn2:
    """Sales of 157 + 8 weeks, which of them were in stock, and the state after week 157."""

    sales: np.ndarray
    in_stock: np.ndarray
    mondays: pd.DatetimeIndex
    state: State
    master: pd.DataFrame

    def known_sales(self) -> np.ndarray:
        """Return sales, missing where a week was out of stock."""
        return np.where(self.in_stock, self.sales, np.nan)

    def empty(self) -> State:
        """Return a state without stock and orders."""
        return State(np.zeros(len(self.sales)), np.zeros((len(self.sales), LEAD_WEEKS)))


def read_vn2(folder: Path) -> Vn2:
    """Read the challenge's files."""
    keys = ["Store", "Product"]
    sales = pd.read_parquet(folder / "week_8_2024_06_03_sales.parquet").set_index(keys)

    def of_items(name: str) -> pd.DataFrame:
        return pd.read_parquet(folder / f"week_0_{name}.parquet").set_index(keys).loc[sales.index]

    state = of_items("2024_04_08_initial_state")
    return Vn2(
        sales=sales.to_numpy(float),
        in_stock=of_items("in_stock")[sales.columns].to_numpy(bool),
        mondays=pd.DatetimeIndex(pd.to_datetime(sales.columns)),
        state=State(
            state["End Inventory"].to_numpy(float),
            state[["In Transit W+1", "In Transit W+2"]].to_numpy(float),
        ),
        master=of_items("master").reset_index(),
    )


def shop_at(data: Vn2, start: int, state: State) -> Shop:
    """Return weeks `start` … `start` + 7 as a shop with all earlier weeks known."""
    count = len(data.sales)
    may_order = np.zeros((count, WEEKS), bool)
    may_order[:, :ROUNDS] = True
    return Shop(
        items=Items.lasting(count, holding_yuan=HOLDING_YUAN, shortage_yuan=SHORTAGE_YUAN),
        demand_units=data.sales[:, : start + WEEKS],
        history_periods=start,
        history_sold_out=~data.in_stock[:, :start],
        past_orders_units=state.due,
        lead_periods=np.full((count, LEAD_WEEKS + WEEKS), float(LEAD_WEEKS)),
        start_stock_units=state.on_hand[:, None],
        may_order=may_order,
    )


def cost_of_scored_weeks(course: Course) -> float:
    """Return holding and shortage of weeks 3 to 8."""
    return -float(profit_yuan(course)[:, LEAD_WEEKS:].sum())


def cost_of(data: Vn2, policy: Policy, start: int, state: State) -> float:
    """Play a window and return its cost."""
    return cost_of_scored_weeks(replay_policy(shop_at(data, start, state), policy))


@dataclass(frozen=True)
class OfficialBenchmark:
    """The organiser's rule: 13-week mean of deseasonalised in-stock sales, cover of 4 weeks."""

    data: Vn2
    cover_weeks: int = 4

    def orders(self, seen: Observation) -> np.ndarray:
        """Order up to the forecast of the covered weeks."""
        level = self.forecast(seen.demand_units).sum(axis=1)
        return up_to_level(seen, level, LEAD_WEEKS)

    def forecast(self, demand: np.ndarray) -> np.ndarray:
        """Return expected demand, items × covered weeks, from items × past weeks."""
        past = demand.shape[1]
        sales = np.where(self.data.in_stock[:, :past], demand, np.nan)
        week = self.data.mondays[:past].isocalendar().week.to_numpy(int)
        season = pd.Series(np.nanmean(sales, axis=0)).groupby(week).mean()
        season /= season.mean()
        with warnings.catch_warnings():  # an item may have been out of stock for 13 weeks
            warnings.simplefilter("ignore", RuntimeWarning)
            mean = np.nanmean((sales / season.loc[week].to_numpy())[:, -MEAN_WEEKS:], axis=1)
        days = pd.to_timedelta(7 * np.arange(1, self.cover_weeks + 1), "D")
        ahead = (self.data.mondays[past - 1] + days).isocalendar().week.to_numpy(int)
        return np.nan_to_num(mean)[:, None] * season.loc[ahead].to_numpy()


def warm_state(data: Vn2, start: int) -> State:
    """Return the state that the benchmark leaves after eight weeks, started without stock."""
    shop = shop_at(data, start - WARM_UP_WEEKS, data.empty())
    assert shop.may_order is not None
    shop.may_order[:] = True
    course = replay_policy(shop, OfficialBenchmark(data))
    return State(course.left_units[:, -1], course.orders_units[:, -LEAD_WEEKS:])
