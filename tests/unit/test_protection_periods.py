"""Which days an order covers: calendars, closed days, lead times, lost orders; scenarios."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from models.replenishment.demand_sums import LAST_DAY
from models.replenishment.protection import OrderCalendar, ProtectionPeriod, protection_periods
from models.replenishment.scenarios import SCENARIOS, correlated_share, scenario_shares

WEDNESDAY = date(2026, 9, 30)
DAILY = OrderCalendar()
TWICE = OrderCalendar(order_weekdays=frozenset({3, 6}))


def _periods(
    calendar: OrderCalendar,
    lead_days: list[tuple[float, int]],
    lost: float = 0.0,
    shares: tuple[list[float], ...] = ([0.5], [0.5], [0.5]),
    closed: tuple[date, ...] = (),
) -> ProtectionPeriod:
    """`lead_days`: shares of orders up to 1 and their days."""
    cdf = np.zeros((1, LAST_DAY + 1))
    for share, days in lead_days:
        cdf[0, days:] += share
    return protection_periods(
        [DAILY, calendar], np.array([1]), cdf, np.array([lost]), WEDNESDAY, 23 * 60,
        np.array(shares), closed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("calendar", "lead", "first", "last"),
    [
        (DAILY, 0, 1, 1),  # ordered tonight, there tomorrow; tomorrow's order tomorrow as well
        (DAILY, 1, 1, 1),
        (DAILY, 5, 5, 5),
        (TWICE, 2, 2, 4),  # Wednesday's order on Friday, Saturday's on Monday, day 5
        (OrderCalendar(order_weekdays=frozenset({3})), 2, 2, 8),  # once a week
        (OrderCalendar(order_weekdays=frozenset({1})), 2, 7, 13),  # the order leaves on Monday
        (OrderCalendar(order_weekdays=frozenset({7})), 1, 5, 11),  # on Sunday, day 4
        (OrderCalendar(frozenset({3, 6}), cutoff_minutes=22 * 60), 2, 5, 8),
        (OrderCalendar(frozenset({3, 6}), cutoff_minutes=23 * 60), 2, 2, 4),
        (OrderCalendar(frozenset({3, 6}), frozenset({1})), 1, 5, 5),  # both on Monday
        (OrderCalendar(frozenset(), frozenset()), 2, 2, 2),  # nothing said: every day
    ],
)
def test_from_one_arrival_to_the_next(
    calendar: OrderCalendar, lead: int, first: int, last: int
) -> None:
    found = _periods(calendar, [(1.0, lead)])
    assert (found.first_day.item(), found.last_day.item()) == (first, last)
    assert not found.is_cut.item()


def test_what_lies_beyond_the_days_ahead_is_cut_and_said() -> None:
    slow = _periods(DAILY, [(1.0, 28)])
    assert (slow.first_day.item(), slow.last_day.item(), slow.is_cut.item()) == (28, 28, False)
    # a lead time of 40 days is not in the table of 28
    beyond = _periods(DAILY, [])
    assert (beyond.first_day.item(), beyond.last_day.item(), beyond.is_cut.item()) == (28, 28, True)
    monthly = _periods(OrderCalendar(order_weekdays=frozenset({3})), [(1.0, 25)])
    assert (monthly.first_day.item(), monthly.last_day.item()) == (25, 28)
    assert monthly.is_cut.item()


def test_days_without_delivery_put_off_the_arrival() -> None:
    closed = (date(2026, 10, 2), date(2026, 10, 3))
    found = _periods(TWICE, [(1.0, 2)], closed=closed)
    assert (found.first_day.item(), found.last_day.item()) == (4, 4)


def test_lead_times_are_drawn_from_their_law() -> None:
    """A quarter arrives after 1 day, the rest after 4; the next order leaves on day 3."""
    shares = ([0.25, 0.26, 0.9], [0.9, 0.2, 0.9], [0.5, 0.5, 0.5])
    found = _periods(TWICE, [(0.25, 1), (0.75, 4)], shares=shares)
    assert found.first_day.tolist() == [[1, 4, 4]]
    # the next one on day 7, on day 4 and on day 7
    assert found.last_day.tolist() == [[6, 4, 6]]


def test_a_lost_order_leaves_this_one_to_last_longer() -> None:
    """Half are lost: one next order in two, two in succession in one case of four."""
    shares = ([0.5] * 4, [0.5] * 4, [0.2, 0.3, 0.49, 0.51])
    found = _periods(TWICE, [(1.0, 2)], lost=0.5, shares=shares)
    # orders leave on the days 3, 7 and 10, arrive two days later
    assert found.last_day.tolist() == [[11, 8, 8, 4]]


def test_scenarios_hold_one_point_in_every_part() -> None:
    shares = scenario_shares(5)
    assert shares.shape == (5, SCENARIOS)
    even = (np.arange(SCENARIOS) + 0.5) / SCENARIOS
    for row in shares:
        assert sorted(row) == pytest.approx(even)
    between = np.corrcoef(shares) - np.eye(5)
    assert np.abs(between).max() < 0.2
    with pytest.raises(ValueError, match="read-only"):
        shares[0, 0] = 0.0


@pytest.mark.parametrize("wanted", [0.0, 0.5, 0.9])
def test_shares_follow_each_other_as_much_as_asked(wanted: float) -> None:
    first, other = scenario_shares(2, 512)
    found = correlated_share(first, other, np.array([wanted]))[0]
    # rank correlation of a normal pair: 6 ÷ π · arcsin(ρ ÷ 2)
    assert np.corrcoef(first, found)[0, 1] == pytest.approx(
        6 / np.pi * np.arcsin(wanted / 2), abs=0.02
    )
    assert found.mean() == pytest.approx(0.5, abs=0.01)
