"""The forecast metrics: their doctests, and what they refuse."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from models.demand import forecast, quantiles, scoring
from models.evaluation import forecast_metrics


@pytest.mark.parametrize("module", [forecast_metrics, forecast, quantiles, scoring])
def test_the_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    "metric", [forecast_metrics.wape, forecast_metrics.wpe, forecast_metrics.coverage]
)
def test_arrays_of_different_length_are_refused(metric: Callable[..., float]) -> None:
    with pytest.raises(ValueError, match="shape"):
        metric([1, 2], [1])


def test_pinball_is_least_at_the_quantile_it_asks_for() -> None:
    actual = np.random.default_rng(0).gamma(2.0, 3.0, 20_000)
    loss = {
        q: forecast_metrics.pinball(actual, np.full(len(actual), np.quantile(actual, q)), 90)
        for q in (0.5, 0.8, 0.9, 0.97)
    }
    assert min(loss, key=loss.__getitem__) == 0.9


@pytest.mark.parametrize("percent", [0, 100, -5])
def test_pinball_refuses_a_percent_that_is_no_quantile(percent: float) -> None:
    with pytest.raises(ValueError, match="percent"):
        forecast_metrics.pinball([1.0], [1.0], percent)


def test_any_percent_between_0_and_100_is_a_quantile() -> None:
    """Also one below 1 and one above 99; each side of the quantile costs its own share."""
    pinball = forecast_metrics.pinball
    assert pinball([10, 10], [6, 14], 0.5) == pytest.approx((0.005 * 4 + 0.995 * 4) / 2)
    assert pinball([10], [6], 99.5) == pytest.approx(0.995 * 4)
    assert pinball([10], [14], 99.5) == pytest.approx(0.005 * 4)
    assert pinball([3], [3], 50) == 0


def test_nothing_sold_and_no_rows_give_no_figure() -> None:
    for of_nothing in (
        forecast_metrics.wape([0, 0], [1, 1]),
        forecast_metrics.wpe([0, 0], [1, 1]),
        forecast_metrics.wape([], []),
        forecast_metrics.wpe([], []),
        forecast_metrics.coverage([], []),
        forecast_metrics.pinball([], [], 50),
        forecast_metrics.mean_over_days(forecast_metrics.wpe, [([0], [1]), ([0], [2])]),
    ):
        assert np.isnan(of_nothing)
    assert forecast_metrics.wpe([2, 2], [1, 1]) == -0.5
    with pytest.raises(ValueError, match="shape"):
        forecast_metrics.pinball([1, 2], [1], 50)


def test_a_mean_over_no_days_is_not_known() -> None:
    mean_over_days, wape = forecast_metrics.mean_over_days, forecast_metrics.wape
    assert np.isnan(mean_over_days(wape, []))
    assert mean_over_days(wape, [([2], [1]), ([4], [4])]) == 0.25


@pytest.mark.parametrize("percent", [0.001, 99.999])
def test_a_percent_next_to_the_end_is_a_quantile(percent: float) -> None:
    assert forecast_metrics.pinball([1.0], [1.0], percent) == 0
    assert forecast_metrics.pinball([2.0], [1.0], percent) == pytest.approx(percent / 100)
    assert forecast_metrics.pinball([1.0], [2.0], percent) == pytest.approx(1 - percent / 100)


def test_an_actual_at_the_quantile_is_covered() -> None:
    assert forecast_metrics.coverage([1.0, 2.0, 3.0], [2.0, 2.0, 2.0]) == pytest.approx(2 / 3)
    assert forecast_metrics.coverage([2.5], [2.0]) == 0


def test_days_with_and_without_sales_are_pooled_and_others_averaged() -> None:
    """Errors of 100 % and 0 %; with a day of no sale 1 + 0 + 1 units for 5."""
    mean_over_days = forecast_metrics.mean_over_days
    days = [([1], [2]), ([4], [4])]
    assert mean_over_days(forecast_metrics.wape, days) == 0.5
    assert mean_over_days(forecast_metrics.wpe, days) == 0.5
    assert mean_over_days(forecast_metrics.wape, [*days, ([0], [1])]) == pytest.approx(2 / 5)
    assert mean_over_days(forecast_metrics.wpe, [*days, ([0], [1])]) == pytest.approx(2 / 5)
