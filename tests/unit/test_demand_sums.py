"""Demand of any run of days: means between forecast sums, quantiles between stored ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

from data_contracts.tables.demand import QUANTILE_PERCENTS
from models.replenishment.demand_sums import DemandSums

NO = np.nan
EVEN = np.array(QUANTILE_PERCENTS) / 50  # of a demand between 0 and twice its mean
NARROW = 0.5 + np.array(QUANTILE_PERCENTS) / 100  # between half and one and a half times


def _sums(spans: list[int], means: list[float], *factors: np.ndarray) -> DemandSums:
    mean = np.array([means])
    return DemandSums.of(np.array(spans, float), mean, mean[:, :, None] * np.array(factors))


def _ratio(sums: DemandSums, span: float, share: float) -> float:
    return float(sums.ratio(np.array([[span]]), np.array([[share]]))[0, 0])


def test_means_lie_on_straight_lines_and_go_on_at_the_last_rate() -> None:
    sums = _sums([1, 3], [10, 24], EVEN, EVEN)
    assert sums.mean_until(5)[0].tolist() == [0, 10, 17, 24, 32, 40]


def test_a_longer_sum_is_never_less() -> None:
    sums = _sums([1, 3, 7], [10, 8, 21], EVEN, EVEN, EVEN)
    assert sums.mean_units.tolist() == [[10, 10, 21]]


@pytest.mark.parametrize(
    ("means", "filled"),
    [
        ([10, NO, NO], [10, 30, 70]),  # at the rate of day 1
        ([NO, 24, NO], [8, 24, 56]),
        ([NO, NO, 70], [10, 30, 70]),
        ([4, NO, 70], [4, 12, 70]),
        ([NO, NO, NO], [0, 0, 0]),
    ],
)
def test_a_missing_sum_has_the_rate_of_its_neighbour(
    means: list[float], filled: list[float]
) -> None:
    sums = _sums([1, 3, 7], means, EVEN, EVEN, EVEN)
    assert sums.mean_units[0].tolist() == pytest.approx(filled)
    assert not np.isnan(sums.ratios).any()


@pytest.mark.parametrize(
    ("last_offer_day", "until"),
    [
        (-2.0, [0, 0, 0, 0, 0]),
        (0.0, [0, 0, 0, 0, 0]),
        (1.0, [0, 10, 10, 10, 10]),
        (2.0, [0, 10, 24, 24, 24]),  # the forecast of three days knows the end
        (3.0, [0, 10, 17, 24, 24]),
        (4.0, [0, 10, 17, 24, 32]),  # no forecast knows it: 8 a day
        (NO, [0, 10, 17, 24, 32]),
    ],
)
def test_demand_ends_with_the_offer(last_offer_day: float, until: list[float]) -> None:
    sums = _sums([1, 3], [10, 24], EVEN, EVEN)
    assert sums.mean_until(4, np.array([last_offer_day]))[0].tolist() == pytest.approx(until)


def test_quantiles_between_stored_ones() -> None:
    sums = _sums([1, 4], [10, 40], EVEN, NARROW)
    assert _ratio(sums, 1, 0.5) == pytest.approx(1)
    assert _ratio(sums, 1, 0.3) == pytest.approx(0.6)
    assert _ratio(sums, 4, 0.3) == pytest.approx(0.8)
    assert _ratio(sums, 2, 0.3) == pytest.approx(0.7)  # 2 is half way from 1 to 4 in logarithms
    assert _ratio(sums, 9, 0.3) == _ratio(sums, 4, 0.3)
    assert _ratio(sums, 0.5, 0.3) == _ratio(sums, 1, 0.3)


def test_quantiles_beyond_stored_ones() -> None:
    """Down to 0 in a straight line; up with an exponential tail from 1.9 (95 %), 1.8 at 90 %."""
    sums = _sums([1], [10], EVEN)
    assert _ratio(sums, 1, 0.05) == pytest.approx(0.1)
    assert _ratio(sums, 1, 0.99) == pytest.approx(1.9 + 0.1 * math.log(0.05 / 0.01) / math.log(2))
    assert _ratio(sums, 1, 1.0) == pytest.approx(1.9 + 0.1 * math.log(0.05 / 0.001) / math.log(2))


def test_crossing_quantiles_are_straightened_upwards() -> None:
    crossing = np.array([0.1, 0.5, 0.4, 0.6, 0.55, 0.65, 0.7])
    sums = _sums([1], [10], crossing)
    found = [_ratio(sums, 1, share) for share in np.linspace(0, 1, 21)]
    assert found == sorted(found)


def test_without_quantiles_a_count_is_as_uncertain_as_chance() -> None:
    """16 pieces: standard deviation 4, so 84.1 % are below 20."""
    sums = _sums([1], [16], np.full(len(QUANTILE_PERCENTS), NO))
    assert _ratio(sums, 1, 0.5) == pytest.approx(1)
    # on the straight line between the quantiles of 83.3 and 90 %
    assert _ratio(sums, 1, 0.8413) == pytest.approx(20 / 16, rel=0.01)


def test_the_variance_of_an_even_demand() -> None:
    """Between 0 and 2: (2 − 0)² ÷ 12; the tail beyond 95 % adds a little."""
    assert _sums([1], [10], EVEN).variance(np.array([1.0]))[0] == pytest.approx(1 / 3, rel=0.06)
    assert _sums([1], [0], EVEN).variance(np.array([1.0]))[0] == 0
