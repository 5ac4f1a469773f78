"""InventoryBench's synthetic games as shops of the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from models.replenishment.replay.figures import profit_yuan
from models.replenishment.replay.simulator import Course, Items, Shop

# what the supplier promises, which is all that a policy is told of lead times
PROMISED = {"0": 0, "4": 4, "stochastic": 2}
TRAIN_PERIODS, PERIODS = 5, 50


@dataclass(frozen=True)
class Games:
    """Games of one setting in the order of their names; `numbers` from 1 over all of the file."""

    setting: str
    names: list[str]
    numbers: np.ndarray
    demand: np.ndarray
    lead: np.ndarray
    profit: np.ndarray
    holding: np.ndarray

    @property
    def patterns(self) -> list[str]:
        return [name.split("/")[1] for name in self.names]

    def kept(self, which: np.ndarray) -> Games:
        places = np.flatnonzero(which)
        arrays = (self.numbers, self.demand, self.lead, self.profit, self.holding)
        names = [self.names[place] for place in places]
        return Games(self.setting, names, *(values[places] for values in arrays))

    def shop(self) -> Shop:
        """Stock starts at 0; five past demands are known."""
        items = Items.lasting(len(self.names), price_yuan=self.profit, holding_yuan=self.holding)
        return Shop(items, self.demand, self.lead, history_periods=TRAIN_PERIODS)

    def scores(self, course: Course) -> np.ndarray:
        """Return max(0, reward ÷ (profit × total demand)) per game."""
        reward = profit_yuan(course).sum(axis=1)
        return np.maximum(reward / (self.profit * course.demand_units.sum(axis=1)), 0.0)


def read_games(path: Path) -> list[Games]:
    """Read all games, numbered from 1 in the order of their sorted names, one part per setting."""
    rows = pd.read_parquet(path).sort_values(["game", "period"])
    number = {name: place for place, name in enumerate(sorted(rows["game"].unique()), 1)}
    games = []
    for setting in PROMISED:
        part = rows[rows["setting"] == setting]
        names = sorted(part["game"].unique())
        train, test = (part[part["split"] == split] for split in ("train", "test"))

        def grid(frame: pd.DataFrame, column: str, count: int = len(names)) -> np.ndarray:
            return frame[column].to_numpy(float).reshape(count, -1)

        games.append(
            Games(
                setting=setting,
                names=names,
                numbers=np.array([number[name] for name in names]),
                demand=np.hstack([grid(train, "demand"), grid(test, "demand")]),
                lead=grid(test, "lead_time"),
                profit=grid(test, "profit")[:, 0],
                holding=grid(test, "holding_cost")[:, 0],
            )
        )
    return games
