"""Quantities of most profit and their packs, against trying every quantity."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from models.params.replenishment import RestockParams
from models.replenishment.expected_profit import (
    UnitMoney,
    expected_profit,
    most_profitable_units,
)
from models.replenishment.line_money import line_money
from models.replenishment.order_sizes import OrderSteps, order_steps, orderable_units
from models.replenishment.scenarios import scenario_shares
from tests.restock_case import USUAL

NO = np.nan
LINES = 120


def _random(seed: int) -> tuple[np.ndarray, np.ndarray, UnitMoney]:
    random = np.random.default_rng(seed)
    need = random.gamma(1.5, 8.0, (LINES, 16)) * random.integers(0, 2, (LINES, 16))
    later = need + random.gamma(1.0, 8.0, (LINES, 16)) * random.integers(0, 3, (LINES, 1))
    later[random.random(LINES) < 0.2] = np.inf
    underage, overage = random.uniform(0, 9, (2, LINES))
    return need, later, UnitMoney(underage, overage * random.uniform(0, 1, LINES), overage)


def _profit_by_hand(units: float, need: np.ndarray, later: np.ndarray, yuan: list[float]) -> float:
    total = 0.0
    for wanted, in_life in zip(need, later, strict=True):
        sold = min(units, wanted)
        sold_late = min(units, in_life) - sold
        total += yuan[0] * sold - yuan[1] * sold_late - yuan[2] * (units - sold - sold_late)
    return total / len(need)


def _yuan(money: UnitMoney, row: int) -> list[float]:
    return [money.underage_yuan[row], money.holding_yuan[row], money.overage_yuan[row]]


def test_profit_is_the_mean_over_the_scenarios() -> None:
    need, later, money = _random(1)
    units = np.random.default_rng(2).uniform(0, 40, LINES)
    expected = [
        _profit_by_hand(units[row], need[row], later[row], _yuan(money, row))
        for row in range(LINES)
    ]
    assert expected_profit(units, need, later, money).tolist() == pytest.approx(expected)


def test_profit_rises_ever_less() -> None:
    need, later, money = _random(3)
    curve = np.array(
        [expected_profit(np.full(LINES, float(units)), need, later, money) for units in range(60)]
    )
    assert (np.diff(curve, n=2, axis=0) <= 1e-9).all()


def test_no_quantity_earns_more_than_the_best() -> None:
    need, later, money = _random(4)
    best = most_profitable_units(need, later, money)
    earned = expected_profit(best, need, later, money)
    for units in np.linspace(0, 80, 321):
        other = expected_profit(np.full(LINES, units), need, later, money)
        assert (other <= earned + 1e-6).all()
    assert (best > 0).sum() > 50


@pytest.mark.parametrize(("underage", "other"), [(0.70, 0.18), (1.0, 4.0), (3.0, 3.0)])
@pytest.mark.parametrize("spoils", [True, False])
def test_it_is_the_newsvendor_quantity(underage: float, other: float, spoils: bool) -> None:
    """N(50, 8²): what spoils loses its cost; what lasts for ever is held until it is sold."""
    demand = NormalDist(50, 8)
    need = np.array([[demand.inv_cdf(share) for share in scenario_shares(1, 2048)[0]]])
    later = need if spoils else np.full_like(need, np.inf)
    holding, overage = (0.0, other) if spoils else (other, 99.0)
    money = UnitMoney(np.array([underage]), np.array([holding]), np.array([overage]))
    assert most_profitable_units(need, later, money)[0] == pytest.approx(
        demand.inv_cdf(underage / (underage + other)), abs=0.02
    )


def test_no_allowed_quantity_earns_more_than_the_ordered_one() -> None:
    need, later, money = _random(5)
    random = np.random.default_rng(6)
    step = random.choice([1.0, 2.5, 6.0, 50.0], LINES)
    least = random.choice([0.0, 0.0, 7.0, 30.0], LINES)
    most = random.choice([np.inf, np.inf, 12.0, 40.0], LINES)
    forced = random.choice([0.0, 0.0, 3.0, 9.5], LINES)
    ideal = most_profitable_units(need, later, money)
    steps = OrderSteps(step, least, most)
    found = orderable_units(ideal, steps, need, later, money, forced, np.full(LINES, 1.0))
    for row in range(LINES):
        allowed = [
            step[row] * number
            for number in range(1, 200)
            if max(least[row], 1e-9) <= step[row] * number <= most[row]
        ]
        paid = [units for units in allowed if units >= forced[row]]
        # what is paid for comes, or as much of it as there is
        must_come = paid or allowed[-1:] or [0.0]
        candidates = must_come if forced[row] > 0 else allowed
        values = {
            units: _profit_by_hand(units, need[row], later[row], _yuan(money, row))
            for units in candidates
        }
        if forced[row] == 0 and max(values.values(), default=0.0) <= 1.0:
            assert found[row] == 0
        else:
            assert found[row] in candidates
            assert values[found[row]] == pytest.approx(max(values.values()), abs=1e-6)
    assert (found > 0).sum() > 50
    assert (found == 0).sum() > 10


def _frame(**columns: list[object]) -> pd.DataFrame:
    rows = len(next(iter(columns.values())))
    return pd.DataFrame({name: [value] * rows for name, value in USUAL.items()} | columns)


def test_pack_step_and_minimum_are_three_things() -> None:
    lines = _frame(
        sale_unit=["piece", "piece", "piece", "kg", "kg", "kg", "piece"],
        pack_size_units=[1.0, 6.0, 5.0, NO, 2.5, 0.125, 0.0],
        order_step_units=[NO, NO, 4.0, NO, 1.0, NO, NO],
        min_order_units=[NO, 20.0, 20.0, 1.0, NO, 1.0, NO],
    )
    steps = order_steps(lines)
    assert steps.step_units.tolist() == [1, 6, 20, 0.01, 5, 0.125, 1]
    assert steps.first_units().tolist() == pytest.approx([1, 24, 20, 1, 5, 1, 1])
    assert np.isinf(steps.most_units).all()


def test_what_a_unit_costs() -> None:
    lines = _frame(
        price_yuan=[9.0, 3.0, NO, 9.0, 9.0],
        cost_yuan=[4.0, 4.0, 4.0, NO, 4.0],
        emergency_cost_yuan=[NO, NO, NO, NO, 4.5],
        fulfilment_mode=["prestock", "prestock", "prestock", "instant", "instant"],
    )
    dear = RestockParams(holding_share_per_day=0.5, salvage_share=0.25)
    kept = line_money(lines, np.full(5, 3.0), dear).money
    assert kept.holding_yuan[0] == kept.overage_yuan[0] == 3.0  # no more than throwing it away
    params = RestockParams(
        substituted_share=0.2, salvage_share=0.25, holding_share_per_day=0.01, buys_at_once=True
    )
    found = line_money(lines, np.full(5, 3.0), params)
    # 5 × 0.8; at a loss, without a price and without a cost the service levels .5, .8 and .9;
    # at once for half a yuan more
    assert found.money.underage_yuan.tolist() == pytest.approx([4.0, 0.5, 0.8, 0.9, 0.5])
    assert found.money.holding_yuan.tolist() == pytest.approx([0.12, 0.5, 0.2, 0.1, 0.12])
    assert found.money.overage_yuan.tolist() == pytest.approx([3.0, 0.5, 0.2, 0.1, 3.0])
    assert found.is_loss.tolist() == [False, True, False, False, False]
    assert found.is_default_level.tolist() == [False, False, True, True, False]


def test_a_service_level_takes_the_place_of_money() -> None:
    found = line_money(_frame(cost_yuan=[4.0, NO]), np.ones(2), RestockParams(service_level=0.9))
    assert found.money.underage_yuan.tolist() == [0.9, 0.9]
    assert found.money.overage_yuan.tolist() == pytest.approx([0.1, 0.1])
    need = np.arange(1.0, 65.0)[None, :]
    money = found.money.rows(slice(0, 1))
    assert most_profitable_units(need, need, money)[0] == pytest.approx(58)  # 58 of 64 exceed .9


@pytest.mark.parametrize(
    "wrong",
    [
        {"highest_service_level": 1.0},
        {"service_level": 0.0},
        {"default_service_level_instant": 1.2},
        {"loss_service_level": 0.0},
        {"substituted_share": 1.5},
        {"salvage_share": -0.1},
        {"most_spoiled_share": 2.0},
        {"price_window_days": 0},
        {"in_hand_days": 0},
        {"far_from_last_weeks": 1.0},
        {"stale_after_days": -1},
        {"order_line_yuan": -1.0},
        {"holding_share_per_day": -0.1},
    ],
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        RestockParams(**wrong)  # type: ignore[arg-type]
