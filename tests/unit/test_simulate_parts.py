"""The simulation's small parts against closed forms, plain loops and the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from data_contracts.exports import WEATHER
from models.clock import business_date
from models.simulate import arrow, campaign, catalogue, rhythm, seasons, shortage, stock
from models.simulate.config import SimulationConfig
from models.simulate.simulated_days import DAY_SECONDS, Timeline


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"days": 29}, "days must be 30 to 3650, got 29"),
        ({"users": 9}, "users must be 10"),
        ({"communities": 0}, "communities must be 1"),
        ({"communities": 3000}, "communities must be 1 to 2000"),
        ({"skus": 19}, "skus must be 20"),
        ({"seed": -1}, "seed must be 0"),
        ({"days": 30.5}, "days must be a whole number"),
        ({"cutoff": "25:00"}, 'cutoff = "25:00" is not a time of day'),
        ({"end": date(2027, 1, 1)}, "leave the decreed calendar"),
        ({"end": date(2004, 1, 15)}, "leave the decreed calendar"),
        ({"holdout_share": 0.0}, "holdout_share must be"),
        ({"lines_per_order": 0.5}, "lines_per_order must be"),
    ],
)
def test_nonsense_is_refused_with_its_name(changed, message):
    with pytest.raises(ValueError, match=message):
        SimulationConfig(**changed)


@pytest.mark.parametrize("cutoff", ["20:00", "23:00", "24:00"])
def test_business_day_agrees_with_the_clock(cutoff):
    config = SimulationConfig(days=30, cutoff=cutoff)
    timeline = Timeline.of(config)
    minutes = config.platform().cutoff_minutes
    for second in (0, 72_000 - 1, 72_000, 82_800 - 1, 82_800, 86_399, 86_400 * 3 + 82_801):
        moment = datetime.combine(config.start, datetime.min.time()) + timedelta(seconds=second)
        day = int(timeline.business_day(np.array([second]))[0])
        assert timeline.date_of(day) == business_date(moment, minutes)
        assert timeline.closing_second(np.array([day]))[0] > second


def test_yuan_writes_exact_decimals_and_nulls():
    column = arrow.yuan(np.array([0, 1, 1990, 10**12]), np.array([False, False, True, False]))
    assert column.to_pylist() == [Decimal("0"), Decimal("0.01"), None, Decimal(10**10)]
    assert column.type == pa.decimal128(18, 4)


def test_pick_and_numbered_read_negative_as_empty():
    assert arrow.pick(["a", "b"], np.array([1, -1, 0])).to_pylist() == ["b", None, "a"]
    assert arrow.numbered("U", np.array([7, -1]), 4).to_pylist() == ["U0007", None]


def test_table_of_refuses_a_column_the_contract_does_not_know_or_misses():
    day = pa.array([date(2026, 1, 1)])
    with pytest.raises(KeyError, match="rain_inch"):
        arrow.table_of(WEATHER, {"day": day, "area_id": pa.array(["R"]), "rain_inch": day})
    with pytest.raises(KeyError, match="required column area_id"):
        arrow.table_of(WEATHER, {"day": day})


@pytest.mark.parametrize(
    ("day", "name", "makeup"),
    [
        (date(2026, 2, 14), "Spring Festival", True),  # a Saturday at work
        (date(2026, 2, 17), "Spring Festival", False),
        (date(2026, 10, 1), "National Day", False),
        (date(2026, 10, 20), None, False),
        (date(2027, 2, 6), None, False),  # no decree yet: an ordinary day
    ],
)
def test_decrees(day, name, makeup):
    assert seasons.decree(day) == (name, makeup)


@pytest.mark.parametrize(
    ("month", "day", "inside"),
    [(8, 24, False), (8, 25, True), (9, 10, True), (9, 11, False), (3, 1, False)],
)
def test_school_season(month, day, inside):
    assert seasons.is_school_season(date(2026, month, day)) is inside


def test_season_that_crosses_new_year():
    months = catalogue._months("11-2")
    assert [index + 1 for index, inside in enumerate(months) if inside] == [1, 2, 11, 12]


def test_first_come_first_served_against_a_plain_loop():
    rng = np.random.default_rng(3)
    group, second = rng.integers(0, 20, 400), rng.integers(0, 50_000, 400)
    milli = rng.integers(0, 4, 400) * 1000
    capacity = rng.integers(0, 30, 20) * 1000
    kept, out = shortage._first_come(group, second, milli, capacity)
    for number in range(20):
        taken, ran_out = 0, -1
        rows = [r for r in np.lexsort((second, group)) if group[r] == number]
        for row in rows:
            taken += milli[row]
            over = taken > capacity[number] and milli[row] > 0
            assert kept[row] == (not over)
            if over and ran_out < 0:
                ran_out = second[row]
        assert out[number] == ran_out


def _flat_clock(rate: float, users: int, days: int) -> rhythm.Clocks:
    intensity = np.full((users, days), rate)
    return rhythm.Clocks(intensity, np.cumsum(intensity.ravel()))


class _Traits:
    """Just the traits that `rhythm` reads."""

    def __init__(self, users: int, shape: float) -> None:
        self.size = users
        self.shape = np.full(users, shape)
        self.layer = np.zeros(users, np.int64)
        self.hour = np.full(users, 20.0)
        self.hour_spread = np.ones(users)


@pytest.mark.parametrize("shape", [1.0, 2.0, 6.0])
def test_orders_come_at_the_rate_and_regularity_asked_for(shape):
    """Mean and coefficient of variation of gamma gaps: 1/rate and 1/√shape."""
    users, days, rate = 3000, 114, 0.2
    clock, traits = _flat_clock(rate, users, days), _Traits(users, shape)
    timeline = Timeline(date(2026, 1, 1), 100, 1440)
    orders = rhythm.draw_orders(clock, traits, timeline, np.random.default_rng(0))
    assert orders.size / (users * 100) == pytest.approx(rate, rel=0.02)
    gap = np.diff(orders.clock)[np.diff(orders.user) == 0]
    # gaps inside a window are cut off at its end; the window is 20 mean gaps long
    assert gap.std() / gap.mean() == pytest.approx(1 / np.sqrt(shape), rel=0.08)


def test_order_probability_of_a_memoryless_user_is_the_poisson_one():
    clock, traits = _flat_clock(0.3, 4, 60), _Traits(4, 1.0)
    nobody = rhythm.Orders(*(np.zeros(0) for _ in range(6))).take(np.zeros(0, bool))
    orders = rhythm.Orders(
        user=np.array([0, 1]), day=np.array([5, 39]), second=np.array([5, 39]) * DAY_SECONDS,
        clock=np.array([1.5, 11.7]), issue=np.zeros(2), from_campaign=np.zeros(2, bool),
    )  # fmt: skip
    user = np.arange(4)
    expected = 1 - np.exp(-0.3 * 7)
    assert nobody.size == 0
    found = rhythm.order_probability(clock, orders, traits, user, 40.0, 7)
    assert found == pytest.approx([expected] * 4)


def test_order_probability_is_calibrated_for_regular_users():
    """P(order in 7 days | history) against what then happens, in ten equal groups."""
    users, rate, shape = 20_000, 0.15, 4.0
    clock, traits = _flat_clock(rate, users, 114), _Traits(users, shape)
    timeline = Timeline(date(2026, 1, 1), 100, 1440)
    orders = rhythm.draw_orders(clock, traits, timeline, np.random.default_rng(1))
    given = rhythm.order_probability(clock, orders, traits, np.arange(users), 60.0, 7)
    happened = np.zeros(users)
    happened[orders.user[(orders.day >= 60) & (orders.day < 67)]] = 1
    groups = np.array_split(np.argsort(given), 10)
    for rows in groups:
        assert happened[rows].mean() == pytest.approx(given[rows].mean(), abs=0.04)
    assert given[groups[-1]].mean() - given[groups[0]].mean() > 0.3


def test_uplift_of_a_response():
    base = np.array([0.25, 0.25, 1.0])
    assert campaign.uplift_of(np.array([0.4, -0.4, 0.4]), base) == pytest.approx([0.3, -0.1, 0.0])


def test_shelf_sells_the_old_batch_first_and_an_expired_one_goes():
    shelf = stock._Shelf(
        old=np.array([[3.0]]), new=np.array([[5.0]]), old_day=np.array([[0]]),
        new_day=np.array([[4]]), coming=np.array([[2.0]]), arrives=np.array([[6]]),
    )  # fmt: skip
    stock._sell(shelf, np.array([[4.0]]), np.array([[False]]))
    assert (shelf.old[0, 0], shelf.new[0, 0]) == (0.0, 4.0)
    stock._receive(shelf, 6)
    assert (shelf.old[0, 0], shelf.old_day[0, 0], shelf.new[0, 0]) == (4.0, 4, 2.0)

    class Goods:
        shelf_days = np.array([3])

    stock._expire(shelf, 7, Goods())
    assert (shelf.old[0, 0], shelf.new[0, 0]) == (0.0, 2.0)
