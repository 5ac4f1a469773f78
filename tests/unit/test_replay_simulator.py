"""The simulator: courses worked out by hand, and what a policy may see."""

from __future__ import annotations

import doctest
from dataclasses import dataclass, replace

import numpy as np
import pytest

from models.replenishment.replay import figures, simulator
from models.replenishment.replay.figures import (
    figure_differences,
    mean_with_interval,
    profit_yuan,
    replay_columns,
    replay_figures,
    replay_totals,
)
from models.replenishment.replay.policies import Cover, NoOrders, PerfectForesight
from models.replenishment.replay.simulator import Items, Observation, Shop, replay_policy

NEVER = np.inf


@dataclass
class Scripted:
    """Orders given in advance, items × periods; keeps what it saw."""

    units: list[list[float]]

    def __post_init__(self) -> None:
        self.seen: list[Observation] = []

    def orders(self, seen: Observation) -> np.ndarray:
        self.seen.append(seen)
        return np.array(self.units, dtype=float)[:, seen.period]


def shop(demand: list[list[float]], lead: list[list[float]], **fields: object) -> Shop:
    items = Items.lasting(len(demand), price_yuan=5.0, holding_yuan=1.0, shortage_yuan=2.0)
    return Shop(items, np.array(demand, dtype=float), np.array(lead), **fields)  # type: ignore[arg-type]


def fresh(life: float, lifo: bool = False) -> Items:
    one = np.ones(1)
    return Items(
        price_yuan=5 * one,
        cost_yuan=3 * one,
        holding_yuan=0 * one,
        shortage_yuan=0 * one,
        salvage_yuan=1 * one,
        shelf_life_periods=life * one,
        is_lifo=np.array([lifo]),
    )


@pytest.mark.parametrize("module", [simulator, figures])
def test_doctests(module: object) -> None:
    vars(module)["replay_columns"] = replay_columns
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


def test_an_order_without_lead_time_serves_the_same_period() -> None:
    course = replay_policy(shop([[4, 6]], [[0, 0]]), Scripted([[5, 3]]))
    assert course.sold_units.tolist() == [[4, 4]]
    assert course.left_units.tolist() == [[1, 0]]
    assert course.lost_units.tolist() == [[0, 2]]


def test_an_order_serves_the_period_it_arrives_in_and_not_the_one_before() -> None:
    course = replay_policy(shop([[3, 3, 3]], [[1, 2, 0]]), Scripted([[4, 5, 0]]))
    assert course.arrived_units.tolist() == [[0, 4, 0]]
    assert course.sold_units.tolist() == [[0, 3, 1]]


def test_a_lost_order_never_arrives() -> None:
    course = replay_policy(shop([[3, 3]], [[NEVER, 0]]), Scripted([[4, 2]]))
    assert course.arrived_units.tolist() == [[0, 2]]


def test_orders_of_different_ages_arrive_together() -> None:
    course = replay_policy(shop([[0, 0, 9]], [[2, 1, 0]]), Scripted([[1, 2, 4]]))
    assert course.arrived_units.tolist() == [[0, 0, 7]]


def test_past_orders_arrive_in_the_replay() -> None:
    """Placed two and one periods before the start, both two periods on their way."""
    start = shop(
        [[1, 1]],
        [[2, 2, 2, 2]],
        past_orders_units=np.array([[3.0, 7.0]]),
        start_stock_units=np.array([[2.0]]),
    )
    course = replay_policy(start, NoOrders())
    assert course.arrived_units.tolist() == [[3, 7]]
    assert course.left_units.tolist() == [[4, 10]]
    assert course.start_units.tolist() == [2]


def test_an_item_is_ordered_only_in_its_periods() -> None:
    calendar = np.array([[False, True, False]])
    policy = Scripted([[5, 6, 7]])
    course = replay_policy(shop([[0, 0, 0]], [[0, 0, 0]], may_order=calendar), policy)
    assert course.orders_units.tolist() == [[0, 6, 0]]
    assert course.arrived_units.tolist() == [[0, 6, 0]]
    assert [seen.may_order.shape[1] for seen in policy.seen] == [3, 2, 1]
    assert policy.seen[2].orders_units.tolist() == [[0, 6]]


@pytest.mark.parametrize(
    ("life", "wasted"), [(1, [6, 0, 0]), (2, [0, 3, 0]), (3, [0, 0, 0]), (NEVER, [0, 0, 0])]
)
def test_a_batch_is_wasted_at_the_end_of_its_life(life: float, wasted: list[float]) -> None:
    """Ten units in period 0, demand 4, 3, 3: of a life of two periods three are left over."""
    fresh_shop = Shop(fresh(life), np.array([[4.0, 3.0, 3.0]]), np.zeros((1, 3)))
    course = replay_policy(fresh_shop, Scripted([[10, 0, 0]]))
    assert course.wasted_units.tolist() == [wasted]
    sold = 10 - sum(wasted)
    assert course.sold_units.sum() == sold
    money = 5 * sold - 3 * 10 + 1 * sum(wasted)
    assert profit_yuan(course).sum() == money


@pytest.mark.parametrize(("lifo", "wasted"), [(False, [0, 0, 1]), (True, [0, 4, 0])])
def test_which_batch_is_sold_first_decides_what_is_wasted(lifo: bool, wasted: list[float]) -> None:
    """Five units, then five more, a life of two periods, demand 1, 4, 4.

    The oldest first: 4 of the first batch are sold in period 1, 4 of the second in period 2.
    """
    fresh_shop = Shop(fresh(2, lifo), np.array([[1.0, 4.0, 4.0]]), np.zeros((1, 3)))
    course = replay_policy(fresh_shop, Scripted([[5, 5, 0]]))
    assert course.wasted_units.tolist() == [wasted]


def test_stock_at_the_start_has_an_age() -> None:
    """A life of three periods: what came two periods ago can be sold once more."""
    old = Shop(
        fresh(3),
        np.array([[1.0, 1.0]]),
        np.zeros((1, 2)),
        start_stock_units=np.array([[0.0, 5.0]]),
    )
    assert replay_policy(old, NoOrders()).wasted_units.tolist() == [[4, 0]]
    young = replace(old, start_stock_units=np.array([[5.0, 0.0]]))
    assert replay_policy(young, NoOrders()).wasted_units.tolist() == [[0, 3]]


def test_a_policy_sees_the_past_only() -> None:
    policy = Scripted([[1, 2, 3]])
    replay_policy(
        shop([[7, 8, 4, 5, 6]], [[0, 1, NEVER]], history_periods=2),
        policy,
    )
    second, third = policy.seen[1], policy.seen[2]
    assert policy.seen[0].demand_units.tolist() == [[7, 8]]
    assert second.demand_units.tolist() == [[7, 8, 4]]
    assert second.orders_units.tolist() == [[1]]
    assert second.arrived_units.tolist() == [[1]]
    assert third.arrived_units.tolist() == [[1, 0]]  # the order of period 1 is on its way
    assert third.on_hand_units.sum() == 0
    assert not hasattr(third, "lead_periods")


def test_sales_stand_in_for_demand_where_what_is_lost_is_not_seen() -> None:
    policy = Scripted([[2, 9, 0]])
    replay_policy(shop([[5, 4, 1]], [[0, 0, 0]], shows_lost_demand=False), policy)
    assert policy.seen[2].demand_units.tolist() == [[2, 4]]
    assert policy.seen[2].is_sold_out.tolist() == [[True, False]]


def test_what_is_wasted_was_not_sold_out() -> None:
    """A life of one period: 3 of 5 are sold and 2 wasted, then 5 of 5 are sold."""
    policy = Scripted([[5, 5, 0]])
    replay_policy(Shop(fresh(1), np.array([[3.0, 5, 0]]), np.zeros((1, 3))), policy)
    assert policy.seen[2].is_sold_out.tolist() == [[False, True]]


def test_lasting_stock_keeps_no_ages_and_loses_none() -> None:
    course = replay_policy(shop([[1] * 6], [[0] * 6]), Scripted([[4, 0, 3, 0, 0, 0]]))
    assert course.left_units.tolist() == [[3, 2, 4, 3, 2, 1]]


def test_sold_out_weeks_of_the_history_are_marked() -> None:
    policy = Scripted([[0]])
    replay_policy(
        shop([[5, 4, 1]], [[0]], history_periods=2, history_sold_out=np.array([[False, True]])),
        policy,
    )
    assert policy.seen[0].is_sold_out.tolist() == [[False, True]]


def test_a_policy_cannot_change_the_replay() -> None:
    class Vandal:
        def orders(self, seen: Observation) -> np.ndarray:
            seen.on_hand_units[:] = 99
            seen.orders_units[:] = 99
            seen.demand_units[:] = 0
            return np.ones(1)

    course = replay_policy(shop([[3, 3]], [[0, 0]]), Vandal())
    assert course.sold_units.tolist() == [[1, 1]]
    assert course.orders_units.tolist() == [[1, 1]]


@pytest.mark.parametrize("units", [-1.0, 0.5, np.nan, np.inf])
def test_orders_that_cannot_be_placed_are_refused(units: float) -> None:
    with pytest.raises(ValueError, match="whole and not negative"):
        replay_policy(shop([[1]], [[0]]), Scripted([[units]]))


def test_orders_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="1 orders"):
        replay_policy(shop([[1]], [[0]]), Scripted([[1], [2]]))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lead_periods": np.zeros((1, 3))}, "lead_periods"),
        ({"lead_periods": np.array([[0.5, 0]])}, "whole"),
        ({"lead_periods": np.array([[-1.0, 0]])}, "lead times"),
        ({"may_order": np.ones((1, 1), bool)}, "may_order"),
        ({"start_stock_units": np.ones(1)}, "start_stock_units"),
        ({"start_stock_units": np.ones((1, 2))}, "start_stock_units"),
    ],
)
def test_shapes_that_do_not_agree_are_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replay_policy(replace(shop([[1, 1]], [[0, 0]]), **fields), Scripted([[1, 1]]))


def test_a_past_order_that_would_have_arrived_is_refused() -> None:
    start = shop([[1]], [[1, 0]], past_orders_units=np.array([[3.0]]))
    assert replay_policy(start, NoOrders()).arrived_units.tolist() == [[3]]
    with pytest.raises(ValueError, match="before the replay"):
        replay_policy(replace(start, lead_periods=np.array([[0.0, 0.0]])), NoOrders())


def test_profit_counts_sales_holding_and_lost_demand() -> None:
    """Sold 4 and 4 at 5 yuan, 1 left at 1, 2 lost at 2; what is left at the end has a value."""
    course = replay_policy(shop([[4, 6]], [[0, 0]]), Scripted([[5, 3]]))
    assert profit_yuan(course).tolist() == [[19, 16]]
    left = replay_policy(shop([[4, 6]], [[0, 0]]), Scripted([[5, 8]]))
    assert profit_yuan(left, left_value_yuan=3.0).tolist() == [[19, 30 - 3 + 9]]


def test_figures_of_a_course() -> None:
    """Two items: 8 of 10 sold, stock 1 and 0; 6 of 6 sold, stock 4 and 1."""
    course = replay_policy(shop([[4, 6], [3, 3]], [[0, 0], [0, 0]]), Scripted([[5, 3], [7, 0]]))
    found = replay_figures(replay_totals(course))
    assert found["value"].to_dict() == {
        "profit_yuan": 35 + 30 - 5,
        "fill_rate": 14 / 16,
        "waste_share": 0.0,
        "turnover": 14 / 3,
        "stock_out_share": 0.25,
    }
    rate = found.loc["fill_rate"]
    assert (rate["low"], rate["high"]) == (0.8, 1.0)


def test_waste_is_a_share_of_what_was_supplied() -> None:
    old = Shop(
        fresh(2),
        np.array([[1.0, 1.0]]),
        np.zeros((1, 2)),
        start_stock_units=np.array([[5.0]]),
    )
    course = replay_policy(old, Scripted([[3, 0]]))
    found = replay_figures(replay_totals(course))
    assert found.loc["waste_share", "value"] == (4 + 2) / 8


def test_a_difference_is_drawn_in_pairs() -> None:
    """Every item earns one yuan more: the difference has no spread, though items differ."""
    random = np.random.default_rng(5)
    demand = random.integers(1, 30, (40, 6)).astype(float)
    lead = np.zeros((40, 6))
    theirs = replay_totals(replay_policy(shop(demand.tolist(), lead.tolist()), NoOrders()))
    ours = theirs.assign(profit_yuan=theirs["profit_yuan"] + 1)
    found = figure_differences(ours, theirs).loc["profit_yuan"]
    assert found.tolist() == pytest.approx([40, 40, 40])
    reverse = figure_differences(theirs, ours).loc["profit_yuan"]
    assert reverse["value"] == pytest.approx(-40)


def test_a_mean_lies_in_its_interval() -> None:
    value, low, high = mean_with_interval(np.random.default_rng(1).normal(3, 1, 400))
    assert low < value < high
    assert (high - low) / 2 == pytest.approx(1.96 / 20, rel=0.15)


def test_perfect_foresight_loses_and_holds_nothing_it_could_avoid() -> None:
    demand = np.array([[3.0, 1.0, 4.0, 1.0, 5.0]])
    course = replay_policy(shop(demand.tolist(), [[2] * 5]), PerfectForesight(demand, 2))
    assert course.lost_units.tolist() == [[3, 1, 0, 0, 0]]
    assert course.left_units.tolist() == [[0] * 5]
    stocked = replace(
        shop(demand.tolist(), [[1, *[1] * 5]]),
        past_orders_units=np.array([[5.0]]),
    )
    course = replay_policy(stocked, PerfectForesight(demand, 1))
    assert course.lost_units.sum() == 0
    assert course.left_units.tolist() == [[2, 1, 0, 0, 0]]


def test_cover_orders_up_to_recent_demand_of_days_with_stock() -> None:
    """Mean of 4 and 6, the sold-out period left out; two periods of cover less 3 on order."""
    policy = Cover(cover_periods=2, mean_periods=3, lead_periods=1)
    history = shop(
        [[1, 4, 0, 6, 0]],
        [[1, 1]],
        history_periods=4,
        history_sold_out=np.array([[False, False, True, False]]),
        past_orders_units=np.array([[3.0]]),
    )
    replayed = replace(history, lead_periods=np.array([[1.0, 1.0]]))
    assert replay_policy(replayed, policy).orders_units.tolist() == [[7]]
