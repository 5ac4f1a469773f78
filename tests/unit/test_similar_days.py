"""SSA by hand: what a day counts for, and how it is rescaled."""

from __future__ import annotations

import numpy as np
import pytest

from models.demand.backtest.similar_day_average import DayGrid, day_kind, similar_day_average


def grid(sold: list[float], **more: object) -> DayGrid:
    shape = (1, len(sold))
    facts = {
        "discount": np.ones(shape),
        "rainy": np.zeros(shape, bool),
        "kind": np.zeros(shape, int),
    } | {name: np.array([value]) for name, value in more.items()}
    return DayGrid(sold=np.array([sold], float), **facts)


def test_like_days_count_by_their_age() -> None:
    """Two days of one class: distance 18 − 88/5 − 6 → 1 (clipped) for both, so equal weights."""
    found = similar_day_average(grid([2.0, 4.0, 0.0]), 1, 2)
    assert found[0] == pytest.approx(3.0)


def test_a_day_of_another_price_counts_less() -> None:
    """near = 17 on both days; the weight falls from e^17 to e^(17·0.8²) at a price a fifth off."""
    found = similar_day_average(grid([2.0, 4.0, 0.0], discount=[1.0, 0.8, 1.0]), 1, 2)
    weight = np.exp(17 * (0.8**2 - 1))
    assert found[0] == pytest.approx((2 + 4 * weight) / (1 + weight))


def test_rain_on_one_side_only_makes_a_day_unlike() -> None:
    """Far back, where nothing is clipped: s counts 9 for the day 80 before the last."""
    sold = [10.0] + [np.nan] * 79 + [20.0, 0.0]
    rainy = [True] + [False] * 81
    found = similar_day_average(grid(sold, rainy=rainy), 80, 81)
    old = 18 - (18 - 9 / 5 - 6 + 3)  # same side of the holiday, same class, rain differs
    new = 17  # 18 − 89/5 − 6, clipped to 1
    weights = np.exp([old, new])
    assert found[0] == pytest.approx((10 * weights[0] + 20 * weights[1]) / weights.sum())


def test_days_of_another_class_are_rescaled() -> None:
    """A series that sells twice as much on free days: a free day tells half of a workday."""
    kind = np.array([[5, 1, 1]])
    two = DayGrid(
        np.array([[4.0, np.nan, 0.0], [4.0, 2.0, 0.0]]),
        np.ones((2, 3)),
        np.zeros((2, 3), bool),
        np.repeat(kind, 2, axis=0),
    )
    found = similar_day_average(two, 1, 2)
    ratio = np.median([(0 + 0.001) / (4 + 0.001), (2 + 0.001) / (4 + 0.001)])
    assert found[0] == pytest.approx(4 * ratio)


def test_a_series_without_a_day_has_no_forecast() -> None:
    assert np.isnan(similar_day_average(grid([np.nan, np.nan, 1.0]), 1, 2))[0]


def test_a_weekend_day_that_is_worked_is_a_class_of_its_own() -> None:
    assert day_kind(np.array([0, 6]), np.array([True, False])).tolist() == [5, 0]


def slowly(days: DayGrid, series: int, last: int, target: int) -> float:
    """The forecast of one series, day by day as the description has it."""

    def mean_of(other: int, kind: int) -> float:
        known = [
            days.sold[other, day]
            for day in range(last + 1)
            if days.kind[other, day] == kind and not np.isnan(days.sold[other, day])
        ]
        return (sum(known) / len(known) if known else 0.0) + 0.001

    total = weights = 0.0
    wanted, rain, price = (a[series, target] for a in (days.kind, days.rainy, days.discount))
    for day in range(last + 1):
        sold, kind = days.sold[series, day], days.kind[series, day]
        if np.isnan(sold):
            continue
        distance = 18 - (89 - last + day) / 5
        if (kind == 5) == (wanted == 5):
            distance -= 3
        elif kind == 5:
            distance += 3
        if kind == wanted:
            distance -= 3
        if rain != days.rainy[series, day]:
            distance += 3
        elif rain:
            distance -= 3
        near = 18 - min(max(distance, 1), 18)
        weight = np.exp(near * (1 - abs(price - days.discount[series, day])) ** 2)
        ratio = np.median(
            [mean_of(other, wanted) / mean_of(other, kind) for other in range(len(days.sold))]
        )
        total, weights = total + weight * ratio * sold, weights + weight
    return total / weights


@pytest.mark.parametrize("last", [89, 60, 20])
def test_the_description_day_by_day_comes_to_the_same(last: int) -> None:
    random = np.random.default_rng(last)
    shape = (5, last + 4)
    sold = random.gamma(2.0, 3.0, shape)
    sold[random.uniform(size=shape) < 0.1] = np.nan
    days = DayGrid(
        sold, random.choice([1.0, 0.9, 0.6], shape), random.uniform(size=shape) < 0.4,
        random.integers(0, 6, shape),
    )  # fmt: skip
    for target in (last + 1, last + 2, last + 3):
        found = similar_day_average(days, last, target)
        wanted = [slowly(days, series, last, target) for series in range(5)]
        assert found == pytest.approx(wanted)


def test_the_classes_of_a_week() -> None:
    free = np.zeros(7, bool)
    assert day_kind(np.arange(7), free).tolist() == [0, 1, 2, 3, 4, 0, 0]
    assert day_kind(np.arange(7), ~free).tolist() == [5] * 7


def test_a_class_without_a_day_sells_a_thousandth() -> None:
    """A free day with only workdays before it: each tells a thousandth of what it sold."""
    found = similar_day_average(grid([2.0, 2.0, 0.0], kind=[1, 1, 5]), 1, 2)
    assert found[0] == pytest.approx(2 * 0.001 / 2.001)
