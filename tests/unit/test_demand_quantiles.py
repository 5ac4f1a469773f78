"""Quantiles from residual ratios: ascending, covering what they claim, each size with its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.demand.quantiles import RatioQuantiles, fit_ratio_quantiles
from models.evaluation.forecast_metrics import coverage
from models.params.demand import QuantileParams

PERCENTS = (10, 25, 50, 75, 90, 95)


def residuals(seed: int, rows: int = 12_000) -> tuple[np.ndarray, np.ndarray]:
    """Counts around forecasts from 0.2 to 40: small ones scatter far more than large ones."""
    rng = np.random.default_rng(seed)
    forecast = np.exp(rng.uniform(np.log(0.2), np.log(40), rows))
    return rng.poisson(forecast).astype(float), forecast


def test_every_quantile_covers_its_share_on_rows_it_was_not_fitted_on() -> None:
    fitted = fit_ratio_quantiles(*residuals(1), PERCENTS, QuantileParams())
    actual, forecast = residuals(2)
    units = fitted.units(forecast)
    large = forecast > 10  # counts of few pieces cannot hit a share exactly
    for column, percent in enumerate(PERCENTS):
        assert coverage(actual[large], units[large, column]) == pytest.approx(
            percent / 100, abs=0.03
        )


def test_quantiles_ascend_and_are_never_negative() -> None:
    fitted = fit_ratio_quantiles(*residuals(3), PERCENTS, QuantileParams())
    units = fitted.units(np.array([0.0, 0.01, 0.3, 2.0, 17.0, 900.0]))
    assert (np.diff(units, axis=1) >= 0).all()
    assert (units >= 0).all()


def test_a_small_forecast_has_relatively_wider_quantiles_than_a_large_one() -> None:
    fitted = fit_ratio_quantiles(*residuals(4), PERCENTS, QuantileParams())
    forecast = np.array([0.5, 30.0])
    small, large = fitted.units(forecast) / forecast[:, None]
    assert small[-1] > 2 * large[-1]


def test_without_residuals_they_are_those_of_a_count() -> None:
    fitted = fit_ratio_quantiles(np.array([]), np.array([]), PERCENTS, QuantileParams())
    units = fitted.units(np.array([100.0]))[0]
    assert units[2] == pytest.approx(100.0)
    assert units[4] == pytest.approx(100 + 1.2816 * 10, abs=0.01)
    assert not fitted.units(np.array([0.0])).any()


def test_equal_forecasts_do_not_leave_an_empty_bin() -> None:
    forecast = np.r_[np.full(5_000, 1.0), np.full(20, 2.0)]
    actual = np.asarray(np.random.default_rng(5).poisson(forecast), float)
    fitted = fit_ratio_quantiles(actual, forecast, PERCENTS, QuantileParams())
    assert np.isfinite(fitted.units(np.array([0.5, 1.0, 2.0, 3.0]))).all()


def test_rows_without_an_actual_do_not_count() -> None:
    actual, forecast = residuals(6)
    hidden = np.r_[actual, np.full(500, np.nan)]
    with_hidden = fit_ratio_quantiles(
        hidden, np.r_[forecast, np.full(500, 1e6)], PERCENTS, QuantileParams()
    )
    assert with_hidden == fit_ratio_quantiles(actual, forecast, PERCENTS, QuantileParams())


def test_they_survive_the_manifest() -> None:
    fitted = fit_ratio_quantiles(*residuals(7), PERCENTS, QuantileParams())
    assert RatioQuantiles.from_dict(fitted.as_dict()) == fitted


def test_a_category_that_scatters_more_has_quantiles_of_its_own() -> None:
    """Half of the rows scatter three times as much; a third category is too rare for its own."""
    rng = np.random.default_rng(5)

    def drawn(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        forecast = rng.uniform(10, 40, rows)
        category = rng.choice(["calm", "wild", "rare"], rows, p=[0.55, 0.44, 0.01])
        shape = np.where(category == "wild", 2.0, 20.0)
        return rng.gamma(shape, forecast / shape), forecast, category

    actual, forecast, category = drawn(12_000)
    fitted = fit_ratio_quantiles(actual, forecast, PERCENTS, QuantileParams(), category)
    assert set(fitted.groups) == {"calm", "wild"}
    actual, forecast, category = drawn(12_000)
    units, pooled = fitted.units(forecast, category), fitted.units(forecast)
    for name in ("calm", "wild"):
        rows = category == name
        for column, percent in enumerate(PERCENTS):
            found = coverage(actual[rows], units[rows, column])
            assert found == pytest.approx(percent / 100, abs=0.03)
    assert coverage(actual[category == "wild"], pooled[category == "wild", 0]) > 0.15
    assert (units[category == "rare"] == pooled[category == "rare"]).all()
    stored = RatioQuantiles.from_dict(fitted.as_dict())
    assert (stored.units(forecast, category) == units).all()


PARAMS = QuantileParams(min_rows=2, min_rows_per_bin=2, max_bins=5, min_rows_per_group=100)


def _binned(forecast: np.ndarray, **changes: int) -> RatioQuantiles:
    return fit_ratio_quantiles(forecast, forecast, (50,), replace(PARAMS, **changes))


def test_a_small_bin_joins_the_one_above_it_and_the_last_the_one_below() -> None:
    """Ten rows in five bins of two; three are wanted in each: 2 + 2, 2 + 2 and the last two."""
    forecast = np.arange(1.0, 11)
    even = _binned(forecast)
    assert even.edges == pytest.approx((2.8, 4.6, 6.4, 8.2))
    joined = _binned(forecast, min_rows=3)
    assert joined.edges == pytest.approx((4.6,))
    assert joined.ratios == ((1.0,), (1.0,))
    assert joined.units(np.array([1.0, 4.6, 99.0])).tolist() == [[1.0], [4.6], [99.0]]
    assert _binned(forecast, max_bins=2).edges == (5.5,)
    assert _binned(forecast, min_rows_per_bin=4).edges == (5.5,)


def test_the_fewest_rows_that_do() -> None:
    assert _binned(np.array([5.0, 5.0])).ratios == ((1.0,),)
    assert _binned(np.array([5.0])).ratios == ()


def test_a_forecast_of_next_to_nothing_counts_as_a_twentieth() -> None:
    fitted = fit_ratio_quantiles(np.array([1.0, 1.0]), np.array([0.0, 0.0]), (50,), PARAMS)
    assert fitted.ratios == ((pytest.approx(20.0),),)
    assert fitted.units(np.array([0.0, 0.1])) == pytest.approx(np.array([[1.0], [2.0]]))


def test_rows_for_less_than_one_bin_make_one() -> None:
    forecast = np.array([1.0, 2.0, 3.0])
    assert _binned(forecast, min_rows=1, min_rows_per_bin=4).edges == ()
    assert _binned(forecast, min_rows=1, min_rows_per_bin=1, max_bins=1).edges == ()
    assert _binned(forecast, min_rows=1, min_rows_per_bin=1, max_bins=2).edges == (2.0,)


@pytest.mark.parametrize(("rows", "has_own"), [(3, True), (2, False)])
def test_a_category_of_just_enough_rows_has_its_own(rows: int, has_own: bool) -> None:
    """All rows sell as forecast, those of the category twice as much."""
    params = replace(PARAMS, min_rows_per_group=3)
    category = np.array(["fish"] * rows + ["fruit"] * 2)
    forecast = np.full(len(category), 10.0)
    actual = np.where(category == "fish", 20.0, 10.0)
    fitted = fit_ratio_quantiles(actual, forecast, (50,), params, category)
    assert set(fitted.groups) == ({"fish"} if has_own else set())
    if has_own:
        assert fitted.units(np.array([5.0]), np.array(["fish"])).tolist() == [[10.0]]
        assert fitted.groups["fish"].groups == {}


def test_rows_without_an_actual_do_not_count_for_their_category_either() -> None:
    params = replace(PARAMS, min_rows_per_group=3)
    category = np.array(["fish", "fish", "fish", "fruit", "fruit"])
    actual = np.array([20.0, np.nan, 20.0, 10.0, 10.0])
    assert not fit_ratio_quantiles(actual, np.full(5, 10.0), (50,), params, category).groups


def test_a_first_bin_of_few_rows_joins_the_second() -> None:
    """One row at 1, nine at 2: an edge at 2 leaves one row below it."""
    forecast = np.array([1.0] + [2.0] * 9)
    assert _binned(forecast).edges == ()
    assert _binned(forecast, min_rows=1).edges == (2.0,)


def test_quantiles_are_the_next_higher_ratio_that_was_seen() -> None:
    """Ratios 0, 1, 2 and 3: of four steps between them the half is 1.5, and 2 was seen."""
    fitted = fit_ratio_quantiles(
        np.array([0.0, 10.0, 20.0, 30.0]),
        np.full(4, 10.0),
        (0, 50, 100),
        replace(PARAMS, max_bins=1),
    )
    assert fitted.ratios == ((0.0, 2.0, 3.0),)
