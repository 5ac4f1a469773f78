"""The policy that learns: the textbook where it applies, lost orders where it does not."""

from __future__ import annotations

import doctest
from dataclasses import replace

import numpy as np
import pytest

from models.params.replenishment import LeadTimeParams, LearningParams
from models.replenishment.lead_times import LeadTimeLaw, promised_law
from models.replenishment.newsvendor import newsvendor_normal
from models.replenishment.replay import learning_policy
from models.replenishment.replay.figures import profit_yuan
from models.replenishment.replay.learning_policy import (
    AwaitedOrders,
    Draws,
    LearningPolicy,
    arrival_draws,
    order_by_worth,
    unserved_demand,
)
from models.replenishment.replay.policies import Cover, NoOrders
from models.replenishment.replay.simulator import Items, Observation, Shop, replay_policy

ONE = np.ones(1)


def draws(
    demand: list[list[float]], arrives: list[int], then: list[int], due: float = 0.0
) -> Draws:
    """Futures of one item: draws × periods; `due` arrives in the first period of each."""
    units = np.array([demand], dtype=float)
    arriving = np.zeros_like(units)
    arriving[:, :, 0] = due
    return Draws(units, arriving, np.array([arrives]), np.array([then]))


def item(price: float = 4.0, holding: float = 1.0, count: int = 1) -> Items:
    return Items.lasting(count, price_yuan=price, holding_yuan=holding)


def game(
    demand: np.ndarray, lead: np.ndarray, profit: float, known: int = 5, **fields: object
) -> Shop:
    items = item(profit, 1.0, len(demand))
    return Shop(items, demand, lead, history_periods=known, **fields)  # type: ignore[arg-type]


def test_demand_is_lost_after_stock_and_arrivals() -> None:
    """Stock 5 and 2 due: demand 4, 4, 3 leaves 3, 0 and lacks 1, then 3."""
    assert unserved_demand(np.array([5.0]), draws([[4, 4, 3]], [0], [1], 2)).tolist() == [
        [[0, 1, 3]]
    ]


@pytest.mark.parametrize(("price", "level"), [(1.0, 5), (4.0, 8), (9.0, 9), (0.4, 3)])
def test_without_lead_time_it_is_the_newsvendor(price: float, level: int) -> None:
    """Demand 1 to 10, each as likely: the smallest level that covers price ÷ (price + holding)."""
    futures = draws([[float(units)] for units in range(1, 11)], [0] * 10, [1] * 10)
    assert order_by_worth(np.zeros(1), futures, item(price)).tolist() == [level]
    assert order_by_worth(np.array([2.0]), futures, item(price)).tolist() == [level - 2]


def test_normal_demand_gives_the_textbook_level() -> None:
    demand = np.random.default_rng(1).normal(500, 80, 20_000)
    futures = draws(demand[:, None].tolist(), [0] * 20_000, [1] * 20_000)
    ordered = order_by_worth(np.zeros(1), futures, item(0.70, 0.18))
    assert ordered[0] == pytest.approx(newsvendor_normal(500, 80, 0.70, 0.18), rel=0.01)


def test_what_the_periods_before_cannot_sell_is_not_ordered_for() -> None:
    """Lead time 1, stock 0: the demand of today is lost whatever is ordered, only 6 is needed."""
    futures = draws([[9, 6]], [1], [2])
    assert order_by_worth(np.zeros(1), futures, item()).tolist() == [6]
    assert order_by_worth(np.array([12.0]), futures, item()).tolist() == [3]


def test_a_longer_wait_for_the_next_order_covers_more() -> None:
    assert order_by_worth(np.zeros(1), draws([[5, 5, 5]], [0], [2]), item()).tolist() == [10]
    assert order_by_worth(np.zeros(1), draws([[5, 5, 5]], [0], [10_000]), item()).tolist() == [15]


def test_a_unit_that_waits_longer_than_it_earns_is_not_ordered() -> None:
    """Sold in the fourth period it costs 3 of holding: at a price of 2 it is not worth it."""
    futures = draws([[5, 0, 0, 5]], [0], [4])
    assert order_by_worth(np.zeros(1), futures, item(4.0)).tolist() == [10]
    assert order_by_worth(np.zeros(1), futures, item(2.0)).tolist() == [5]


@pytest.mark.parametrize(("cost", "shortage", "level"), [(2.0, 0.0, 8), (5.0, 0.0, 5), (5.0, 3, 8)])
def test_a_sale_earns_its_margin_and_saves_the_shortage(
    cost: float, shortage: float, level: int
) -> None:
    """Price 6, holding 1, demand 1 to 10: a margin of 4 covers 0.8, one of 1 covers 0.5."""
    futures = draws([[float(units)] for units in range(1, 11)], [0] * 10, [1] * 10)
    items = replace(item(6.0), cost_yuan=cost * ONE, shortage_yuan=shortage * ONE)
    assert order_by_worth(np.zeros(1), futures, items).tolist() == [level]


def test_orders_placed_before_the_start_are_awaited() -> None:
    """Lead time 2, demand 7: 7 and 9 are on their way, so the first order brings 5."""

    def seven(seen: Observation, periods: int) -> np.ndarray:
        return np.full((len(seen.items), 4, periods), 7.0)

    law = LeadTimeLaw(np.array([0.0, 0.0, 1.0]), np.array(0.0))
    shop = game(
        np.full((1, 6), 7.0),
        np.full((1, 8), 2.0),
        4.0,
        known=0,
        past_orders_units=np.array([[7.0, 9.0]]),
    )
    course = replay_policy(shop, LearningPolicy(2, fixed_law=law, demand_draws=seven))
    assert course.orders_units.tolist() == [[5, 7, 7, 7, 0, 0]]
    assert course.lost_units.sum() == 0
    assert course.left_units.tolist() == [[0, 2, 0, 0, 0, 0]]


def test_an_order_that_comes_after_the_next_one_earns_nothing() -> None:
    assert order_by_worth(np.zeros(1), draws([[5, 5, 5]], [2], [1]), item()).tolist() == [0]


def test_arrivals_are_drawn_by_their_chance() -> None:
    """Half after 1 period, a quarter after 2; one that missed the first comes in 1 of 2 cases."""
    law = LeadTimeLaw(np.array([[0.0, 0.5, 0.25]]), ONE)
    places = (np.arange(8) + 0.5) / 8
    new = arrival_draws(law, 0, ONE, places)
    assert new[0].tolist() == [1, 1, 1, 1, 2, 2, 10_000, 10_000]
    waited = arrival_draws(law, 2, ONE, places)
    assert waited[0].tolist() == [0] * 4 + [10_000] * 4
    doubtful = arrival_draws(law, 2, 0.5 * ONE, places)
    assert doubtful[0].tolist() == [0] * 2 + [10_000] * 6


def test_awaited_orders_are_closed_by_deliveries_and_lost_by_time() -> None:
    """Orders of 5 and 8: 8 arrives, so 5 is still awaited, and later counts as lost."""
    memory = AwaitedOrders.at_start(1, promised_law(1, LeadTimeParams(late_periods=1)), 2.0)
    orders = np.zeros((1, 0))
    for placed, came in [(5, 0), (8, 0), (0, 8), (0, 0), (0, 0)]:
        orders = np.hstack([orders, [[float(placed)]]])
        memory.learn(orders, np.array([float(came)]))
    assert memory.awaited[0].tolist() == [1, 0, 0, 0, 0]
    assert memory.counts.awaited[0].tolist() == [2, 2, 1]
    assert memory.counts.arrived[0].tolist() == [0, 1, 0]
    assert memory.law.lost_share[0] > promised_law(1, LeadTimeParams()).lost_share


def _random_orders_until(periods: int, policy: LearningPolicy, lead: np.ndarray) -> LeadTimeLaw:
    random = np.random.default_rng(5)
    demand = random.normal(100, 25, (lead.shape[0], periods + 5)).round()
    replay_policy(game(demand, lead, 4.0), policy)
    assert policy._memory is not None
    return policy._memory.law


def test_the_share_of_lost_orders_is_inferred() -> None:
    """Promised 2 periods; truly 1, 2 or 3, and three orders in ten never come."""
    random = np.random.default_rng(8)
    lead = random.choice([1.0, 2.0, 3.0, np.inf], (60, 50), p=[0.25, 0.25, 0.2, 0.3])
    law = _random_orders_until(50, LearningPolicy(2, LearningParams(draws=60)), lead)
    assert law.lost_share.mean() == pytest.approx(0.3, abs=0.04)
    assert law.chances.mean(axis=0)[1:4] == pytest.approx([0.25, 0.25, 0.2], abs=0.05)


def test_a_promise_that_is_kept_is_believed() -> None:
    law = _random_orders_until(
        50, LearningPolicy(4, LearningParams(draws=60)), np.full((20, 50), 4.0)
    )
    assert law.chances.mean(axis=0)[4] > 0.9
    assert law.lost_share.mean() < 0.05


def test_it_earns_nearly_what_is_possible_without_lead_time() -> None:
    """Normal demand of 100 ± 25, profit 4, holding 1: the newsvendor with known demand earns
    400 − 5 · 25 · φ(0.84) = 365 of 400 per period.
    """
    demand = np.random.default_rng(2).normal(100, 25, (80, 55)).round()
    course = replay_policy(game(demand, np.zeros((80, 50)), 4.0), LearningPolicy(0))
    assert 355 < profit_yuan(course).mean() < 367


def test_it_beats_cover_where_orders_are_lost() -> None:
    random = np.random.default_rng(3)
    demand = random.normal(100, 25, (60, 55)).round()
    lead = random.choice([1.0, 2.0, 3.0, np.inf], (60, 50), p=[0.25, 0.25, 0.2, 0.3])
    shop = game(demand, lead, 4.0)
    ours = profit_yuan(replay_policy(shop, LearningPolicy(2))).sum(axis=1)
    best = max(
        profit_yuan(replay_policy(shop, Cover(periods, 13, lead_periods=3))).sum(axis=1).mean()
        for periods in (2, 3, 4, 5, 6)
    )
    assert ours.mean() > best * 1.05


def test_a_replay_is_repeatable_and_a_policy_starts_each_one_afresh() -> None:
    demand = np.random.default_rng(2).normal(100, 25, (3, 20)).round()
    shop = game(demand, np.ones((3, 15)), 4.0)
    policy = LearningPolicy(1, LearningParams(draws=50))
    first, again = (replay_policy(shop, policy).orders_units for _ in range(2))
    assert (first == again).all()
    fresh = replay_policy(shop, LearningPolicy(1, LearningParams(draws=50))).orders_units
    assert (first == fresh).all()


def test_no_lead_time_is_given_away() -> None:
    """Orders of a period are the same whatever happens to them later."""
    demand = np.random.default_rng(2).normal(100, 25, (2, 15)).round()
    kept, lost = np.full((2, 10), 2.0), np.full((2, 10), 2.0)
    lost[:, 4] = np.inf
    policy = LearningPolicy(2, LearningParams(draws=50))
    first, second = (
        replay_policy(game(demand, lead, 4.0), policy).orders_units for lead in (kept, lost)
    )
    assert (first[:, :7] == second[:, :7]).all()
    assert (first[:, 7:] != second[:, 7:]).any()


def test_the_calendar_is_kept_and_the_gap_is_covered() -> None:
    """Orders every third period cover three: about three periods of demand at a time."""
    demand = np.full((1, 20), 100.0)
    may_order = np.arange(15)[None, :] % 3 == 0
    shop = game(demand, np.zeros((1, 15)), 9.0, may_order=may_order)
    course = replay_policy(shop, LearningPolicy(0))
    assert (course.orders_units[~may_order] == 0).all()
    assert course.orders_units[may_order].mean() == pytest.approx(300, rel=0.05)
    assert profit_yuan(course).sum() > profit_yuan(replay_policy(shop, NoOrders())).sum()


def test_other_draws_of_demand_and_a_known_law_can_be_given() -> None:
    """Demand 7 in every future, lead time 1 for sure: after the first period all is served."""

    def seven(seen: Observation, periods: int) -> np.ndarray:
        return np.full((len(seen.items), 4, periods), 7.0)

    law = LeadTimeLaw(np.array([0.0, 1.0]), np.array(0.0))
    policy = LearningPolicy(1, fixed_law=law, demand_draws=seven)
    shop = game(np.full((1, 11), 7.0), np.ones((1, 6)), 4.0)
    course = replay_policy(shop, policy)
    assert course.orders_units.tolist() == [[7, 7, 7, 7, 7, 0]]
    assert course.lost_units.tolist() == [[7, 0, 0, 0, 0, 0]]


def test_doctests() -> None:
    assert doctest.testmod(learning_policy).failed == 0
