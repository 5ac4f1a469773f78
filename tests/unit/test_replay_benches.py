"""The benches' games: scoring and numbering on drawn games, and VN2's published figures."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.replenishment.replay.policies import NoOrders, PerfectForesight
from models.replenishment.replay.simulator import Items, Observation, replay_policy
from tests.bench.replay.games_data import PERIODS, TRAIN_PERIODS, Games, read_games
from tests.bench.replay.inventory_bench import CappedBaseStock
from tests.bench.replay.vn2_data import (
    HISTORY_WEEKS,
    LEAD_WEEKS,
    OfficialBenchmark,
    State,
    Vn2,
    cost_of,
    read_vn2,
)

SHARED = os.environ.get("LINLI_SHARED_DATA")


def _vn2(weeks: int, demand: float) -> Vn2:
    """One item of constant demand."""
    return Vn2(
        sales=np.full((1, weeks), demand),
        in_stock=np.ones((1, weeks), bool),
        mondays=pd.date_range("2021-04-12", periods=weeks, freq="7D"),
        state=State(np.array([4.0]), np.array([[1.0, 2.0]])),
        master=pd.DataFrame(),
    )


def test_a_window_of_the_challenge_costs_what_is_worked_out_by_hand() -> None:
    """Demand 2, stock 4, then 1 and 2 arrive: 3, 3, 1 are left, then 1, 2, 2, 2, 2 are lost."""
    data = _vn2(68, 2.0)
    cost = cost_of(data, NoOrders(), 60, data.state)
    assert cost == pytest.approx(0.2 * 1 + 1 + 2 + 2 + 2 + 2)
    best = cost_of(data, PerfectForesight(data.sales[:, 60:], LEAD_WEEKS), 60, data.state)
    assert best == pytest.approx(0.2)


def test_the_benchmark_orders_up_to_four_weeks() -> None:
    """Four weeks of 2 are 8, and 4 + 1 + 2 are there: 1 is ordered, then 2 a week. From the third
    week on 2 are left. Three weeks are 6: nothing, 1, then 2 a week, and 1 is left once.
    """
    data = _vn2(68, 2.0)
    cost = cost_of(data, OfficialBenchmark(data), 60, data.state)
    assert cost == pytest.approx(6 * 2 * 0.2)
    cover_of_three = cost_of(data, OfficialBenchmark(data, 3), 60, data.state)
    assert cover_of_three == pytest.approx(0.2 * 1)


def _frame(setting: str, name: str, demand: list[float], lead: list[float]) -> pd.DataFrame:
    train = pd.DataFrame({"split": "train", "period": range(1, 6), "demand": [10.0] * 5})
    test = pd.DataFrame(
        {
            "split": "test",
            "period": range(1, PERIODS + 1),
            "demand": demand,
            "lead_time": lead,
            "profit": 4.0,
            "holding_cost": 1.0,
        }
    )
    return pd.concat([train, test]).assign(setting=setting, game=name)


@pytest.fixture
def games(tmp_path: Path) -> list[Games]:
    """Three games, one per setting, out of order in the file."""
    steady = [10.0] * PERIODS
    rows = [
        _frame("stochastic", "c/p02/x", steady, [np.inf] * PERIODS),
        _frame("0", "a/p01/x", steady, [0.0] * PERIODS),
        _frame("4", "b/p01/x", steady, [4.0] * PERIODS),
    ]
    pd.concat(rows).sample(frac=1, random_state=1).to_parquet(tmp_path / "games.parquet")
    return read_games(tmp_path / "games.parquet")


class Ten:
    """Order ten units in every period."""

    def orders(self, seen: Observation) -> np.ndarray:
        return np.full(len(seen.items), 10.0)


def test_games_are_numbered_by_their_names(games: list[Games]) -> None:
    assert [part.setting for part in games] == ["0", "4", "stochastic"]
    assert [part.numbers.tolist() for part in games] == [[1], [2], [3]]
    assert [part.patterns for part in games] == [["p01"], ["p01"], ["p02"]]
    assert games[1].kept(games[1].numbers % 2 == 1).names == []


def test_the_score_is_the_share_of_what_all_demand_would_earn(games: list[Games]) -> None:
    """Ten units each period: all is sold, or all but the first four periods, or nothing."""
    scores = [part.scores(replay_policy(part.shop(), Ten()))[0] for part in games]
    assert scores == pytest.approx([1.0, 46 / 50, 0.0])


def test_a_game_that_loses_money_scores_nothing(games: list[Games]) -> None:
    class Hoard:
        def orders(self, seen: Observation) -> np.ndarray:
            return np.full(len(seen.items), 500.0)

    assert games[0].scores(replay_policy(games[0].shop(), Hoard())).tolist() == [0.0]


def test_capped_base_stock_is_the_authors_formula() -> None:
    """Demand 8 and 12: μ 10, σ 2.828; L = 2, ratio 0.8: 30 + 0.8416 · 4.899 = 34.12, less 5 on hand
    and 20 of 30 ordered on their way: 9; a cap of 10 + 1.645 · 2.828 = 14.65 binds without them.
    """
    seen = Observation(
        period=2,
        items=Items.lasting(1, price_yuan=4.0, holding_yuan=1.0),
        demand_units=np.array([[8.0, 12.0]]),
        is_sold_out=np.zeros((1, 2), bool),
        orders_units=np.array([[10.0, 20.0]]),
        arrived_units=np.array([[0.0, 10.0]]),
        on_hand_units=np.array([[0.0, 5.0]]),
        may_order=np.ones((1, 3), bool),
    )
    assert CappedBaseStock(2).orders(seen).tolist() == [9]
    none = Observation(**{**vars(seen), "orders_units": np.array([[10.0, 0.0]])})
    assert CappedBaseStock(2).orders(none).tolist() == [15]


@pytest.fixture(scope="module")
def vn2() -> Vn2:
    if SHARED is None:
        pytest.skip("LINLI_SHARED_DATA is not set: real data is not at hand")
    return read_vn2(Path(SHARED) / "vn2_inventory")


@pytest.mark.parametrize(
    ("policy", "cost"), [("cover 4", 4334.0), ("cover 3", 3901.0), ("none", 9961), ("best", 333)]
)
def test_the_challenge_costs_what_was_published(vn2: Vn2, policy: str, cost: float) -> None:
    """A simulator that gives an order one extra week of sales prints 5,335 for the benchmark."""
    policies = {
        "cover 4": OfficialBenchmark(vn2),
        "cover 3": OfficialBenchmark(vn2, 3),
        "none": NoOrders(),
        "best": PerfectForesight(vn2.sales[:, HISTORY_WEEKS:], LEAD_WEEKS),
    }
    measured = cost_of(vn2, policies[policy], HISTORY_WEEKS, vn2.state)
    assert measured == pytest.approx(cost, abs=0.05 if policy.startswith("cover") else 0.5)


@pytest.mark.skipif(SHARED is None, reason="LINLI_SHARED_DATA is not set: real data is not at hand")
def test_capped_base_stock_scores_what_its_authors_report() -> None:
    games = read_games(Path(str(SHARED)) / "inventory_bench" / "synthetic_games.parquet")
    promised = {"0": 0, "4": 4, "stochastic": 2}
    scores = [
        part.scores(replay_policy(part.shop(), CappedBaseStock(promised[part.setting]))).mean()
        for part in games
    ]
    assert scores == pytest.approx([0.818, 0.536, 0.107], abs=0.001)
    assert sum(len(part.names) for part in games) == 720
    assert games[0].demand.shape[1] == TRAIN_PERIODS + PERIODS
