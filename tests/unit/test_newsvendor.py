"""The textbook's formulas: published values, and costs that are least at the optimum."""

from __future__ import annotations

import doctest
from itertools import product

import numpy as np
import pytest

from models.replenishment import newsvendor
from models.replenishment.newsvendor import (
    base_stock_normal,
    critical_ratio,
    economic_order_quantity,
    lot_size_cost,
    newsvendor_normal,
    newsvendor_normal_cost,
    reorder_point_cost_poisson,
)


def test_published_values() -> None:
    result = doctest.testmod(newsvendor)
    assert result.attempted >= 8
    assert result.failed == 0


@pytest.mark.parametrize(("underage", "overage"), [(-1, 2), (1, -2), (0, 0)])
def test_costs_that_make_no_ratio_are_refused(underage: float, overage: float) -> None:
    with pytest.raises(ValueError, match="negative"):
        critical_ratio(underage, overage)


@pytest.mark.parametrize("away", [-3.0, -0.5, 0.5, 3.0])
def test_the_newsvendor_level_costs_least(away: float) -> None:
    best = newsvendor_normal(50, 8, 0.70, 0.18)
    least = newsvendor_normal_cost(best, 50, 8, 0.70, 0.18)
    assert newsvendor_normal_cost(best + away, 50, 8, 0.70, 0.18) > least


def test_the_cost_of_a_level_is_what_draws_of_demand_cost() -> None:
    demand = np.random.default_rng(3).normal(50, 8, 400_000)
    drawn = 0.18 * np.maximum(55 - demand, 0) + 0.70 * np.maximum(demand - 55, 0)
    assert newsvendor_normal_cost(55, 50, 8, 0.70, 0.18) == pytest.approx(drawn.mean(), rel=0.01)


def test_base_stock_without_lead_time_is_the_newsvendor() -> None:
    assert base_stock_normal(50, 8, 0, 0.7, 0.18) == newsvendor_normal(50, 8, 0.7, 0.18)


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 2.0])
def test_the_economic_lot_costs_least(factor: float) -> None:
    best = economic_order_quantity(8, 0.225, 1300)
    assert lot_size_cost(best * factor, 8, 0.225, 1300) > lot_size_cost(best, 8, 0.225, 1300)


def test_the_published_reorder_point_costs_least() -> None:
    """Snyder and Shen, example 4.7: s = 4, S = 10 for K = 5, h = 1, p = 4, Poisson demand of 6."""
    costs = {
        (low, high): reorder_point_cost_poisson(low, high, 5, 6, 4, 1)
        for low, high in product(range(9), range(1, 16))
        if low < high
    }
    assert min(costs, key=lambda pair: costs[pair]) == (4, 10)


def test_the_cost_of_a_reorder_point_is_what_a_simulation_costs() -> None:
    random = np.random.default_rng(7)
    stock, total, periods = 9, 0.0, 200_000
    for demand in random.poisson(6, periods):
        if stock <= 3:
            stock, total = 9, total + 5
        stock -= demand
        total += max(stock, 0) + 4 * max(-stock, 0)
    assert reorder_point_cost_poisson(3, 9, 5, 6, 4, 1) == pytest.approx(total / periods, rel=0.01)


def test_a_reorder_point_at_the_level_is_refused() -> None:
    with pytest.raises(ValueError, match="below the level"):
        reorder_point_cost_poisson(10, 10, 5, 6, 4, 1)
