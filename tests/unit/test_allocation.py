"""Budget, capacity and order minimums: against trying everything, and against an upper bound."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from models.replenishment.allocation import (
    Ladders,
    OrderMinimum,
    Resource,
    allocate,
    best_rungs,
)


def _ladders(units: list[list[float]], profit: list[list[float]], least: int = 0) -> Ladders:
    return Ladders(np.array(units), np.array(profit), np.full(len(units), least))


# two lines in packs of 10 at 1 yuan a unit: the first earns 8 and then 3, the second 6 and then 5
TWO = _ladders([[0, 10, 20], [0, 10, 20]], [[0, 8, 11], [0, 6, 11]])
COST = np.array([1.0, 1.0])
TOGETHER = np.array([0, 0])


@pytest.mark.parametrize(
    ("budget_yuan", "units"),
    [(40, [20, 20]), (39, [10, 20]), (30, [10, 20]), (20, [10, 10]), (10, [10, 0]), (9, [0, 0])],
)
def test_a_budget_goes_to_what_earns_most(budget_yuan: float, units: list[float]) -> None:
    rung = allocate(TWO, [Resource(COST, TOGETHER, np.array([budget_yuan]))])
    assert TWO.at(rung).tolist() == units


def test_a_line_outside_a_group_does_not_use_its_capacity() -> None:
    resource = Resource(COST, np.array([0, -1]), np.array([10.0]))
    assert TWO.at(allocate(TWO, [resource])).tolist() == [10, 20]


@pytest.mark.parametrize(
    ("least_yuan", "units"),
    [
        (40, [20, 20]),  # reached as it is
        (45, [20, 30]),  # topped up by the pack that loses least
        (60, [30, 30]),  # topped up by both: earns 11 + 11 − 3 − 1
        (61, [0, 0]),  # out of reach
    ],
)
def test_an_order_reaches_its_minimum_or_is_left_out(least_yuan: float, units: list[float]) -> None:
    ladders = _ladders([[0, 10, 20, 30], [0, 10, 20, 30]], [[0, 8, 11, 8], [0, 6, 11, 10]])
    minimum = OrderMinimum(COST, TOGETHER, np.array([float(least_yuan)]))
    assert ladders.at(allocate(ladders, [], minimum)).tolist() == units


def test_an_order_that_would_lose_money_is_left_out() -> None:
    ladders = _ladders([[0, 10, 20]], [[0, 2, -3]])
    minimum = OrderMinimum(np.array([1.0]), np.array([0]), np.array([15.0]))
    assert allocate(ladders, [], minimum).tolist() == [0]


def test_what_users_paid_for_comes_whatever_the_limits() -> None:
    ladders = Ladders(np.array([[0, 10, 20.0]]), np.array([[0, -5, -9.0]]), np.array([1]))
    budget = Resource(np.array([1.0]), np.array([0]), np.array([0.0]))
    out_of_reach = OrderMinimum(np.array([1.0]), np.array([0]), np.array([100.0]))
    assert allocate(ladders, [budget], out_of_reach).tolist() == [1]
    topped_up = OrderMinimum(np.array([1.0]), np.array([0]), np.array([15.0]))
    assert allocate(ladders, [], topped_up).tolist() == [2]


def _drawn(
    seed: int, lines: int, rungs: int, orders: int, warehouses: int
) -> tuple[Ladders, list[Resource], OrderMinimum]:
    """Lines with need drawn from a gamma distribution, a budget, two capacities, minimums."""
    random = np.random.default_rng(seed)
    units = random.choice([1, 4, 6, 12, 24], lines)[:, None] * np.arange(float(rungs))
    need = random.gamma(3, random.gamma(2, 4, lines)[:, None], (lines, 32))
    price = random.uniform(2, 15, lines)
    cost = price * random.uniform(0.4, 0.9, lines)
    sold = np.stack([np.minimum(units[:, [j]], need).mean(axis=1) for j in range(rungs)], axis=1)
    profit = (price - cost)[:, None] * sold - 0.3 * cost[:, None] * (units - sold)
    ladders = Ladders(units, profit, np.zeros(lines, int))
    free = ladders.at(best_rungs(ladders))
    warehouse, order = random.integers(0, warehouses, lines), random.integers(0, orders, lines)
    load = np.bincount(warehouse, free, minlength=warehouses)
    value = np.bincount(order, cost * free, minlength=orders)
    resources = [
        Resource(cost, np.zeros(lines, int), np.array([value.sum() * random.uniform(0.5, 1.1)])),
        Resource(np.ones(lines), warehouse, load * random.uniform(0.6, 1.2, warehouses)),
    ]
    return ladders, resources, OrderMinimum(cost, order, value * random.uniform(0, 1.3, orders))


def _is_allowed(units: np.ndarray, resources: list[Resource], minimum: OrderMinimum) -> bool:
    values = minimum.values_yuan(units)
    return all((each.use(units) <= each.capacity + 1e-6).all() for each in resources) and bool(
        ((values < 1e-9) | (values >= minimum.least_yuan - 1e-3)).all()
    )


def _profit(ladders: Ladders, rung: np.ndarray) -> float:
    return float(ladders.profit_yuan[np.arange(len(rung)), rung].sum())


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_best_of_all_allowed_choices(seed: int) -> None:
    ladders, resources, minimum = _drawn(seed, lines=5, rungs=4, orders=2, warehouses=2)
    rung = allocate(ladders, resources, minimum)
    assert _is_allowed(ladders.at(rung), resources, minimum)
    tried = (np.array(choice) for choice in product(range(4), repeat=5))
    best = max(
        _profit(ladders, choice)
        for choice in tried
        if _is_allowed(ladders.at(choice), resources, minimum)
    )
    assert _profit(ladders, rung) == pytest.approx(best, rel=1e-3)


def _upper_bound(ladders: Ladders, resources: list[Resource]) -> float:
    """Lagrange bound: at any prices, profit less charges plus the capacities' worth is above."""
    budget = resources[0]
    bounds = []
    for price in np.linspace(0, 0.4, 81):
        charge = price * budget.use_per_unit[:, None] * ladders.units
        value = (ladders.profit_yuan - charge).max(axis=1).sum()
        bounds.append(value + price * budget.capacity[0])
    return float(min(bounds))


def test_a_large_allocation_is_within_half_a_percent_of_its_bound() -> None:
    ladders, resources, _ = _drawn(3, lines=600, rungs=10, orders=1, warehouses=1)
    resources[0] = Resource(
        resources[0].use_per_unit, resources[0].group, resources[0].capacity * 0.7
    )
    resources[1] = Resource(
        resources[1].use_per_unit, resources[1].group, resources[1].capacity * 9
    )
    rung = allocate(ladders, resources)
    assert resources[0].use(ladders.at(rung))[0] <= resources[0].capacity[0] + 1e-6
    assert _profit(ladders, rung) > 0.995 * _upper_bound(ladders, resources)


def test_a_large_allocation_keeps_every_limit() -> None:
    ladders, resources, minimum = _drawn(7, lines=600, rungs=10, orders=30, warehouses=3)
    rung = allocate(ladders, resources, minimum)
    assert _is_allowed(ladders.at(rung), resources, minimum)
    assert (rung > 0).any()
    again = allocate(ladders, resources, minimum)
    assert (rung == again).all()
