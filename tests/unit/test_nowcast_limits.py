"""The nowcast where there is little to go by: few days, new series, closed series, no orders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.demand.nowcast import (
    RestPrediction,
    fit_nowcast,
    fit_remaining_share,
    mean_priors,
    predict_rest,
    with_newcomers,
)
from models.demand.nowcast_backtest import (
    NOWCAST,
    REST,
    TOTAL,
    WAREHOUSE_TOTAL,
    ScoredDays,
    backtest_rows,
    fit_bands,
    score_days,
)
from models.params.demand import QuantileParams
from models.params.nowcast import NowcastParams
from tests.unit.test_nowcast import FIRM, PARAMS, days_of, drawn, lesson_of, moment_of

NOT_KNOWN = float("nan")
NO_PRIOR_UNITS = {"curve_kind_units": 1e-9, "curve_category_units": 1e-9}


def priors(total: list[list[float]], kind: list[int], mean_days: int = 28) -> list[list[float]]:
    found = mean_priors(np.array(total), np.tile(kind, (len(total), 1)), mean_days)
    return [[round(value, 6) for value in row] for row in found.tolist()]


def test_a_mean_is_of_the_last_days_since_the_first_sale() -> None:
    """A day without a sale counts once the series has begun."""
    ((first, second, *found),) = priors([[0, 6, 0, 3, 9, 0]], [0] * 6, mean_days=2)
    assert np.isnan([first, second]).all()
    assert found == [6, 3, 1.5, 6]


@pytest.mark.parametrize(
    ("kind", "prior"),
    [
        ([0, 0, 0], 8.0),
        ([0, 1, 0], 4.0),  # workdays sold 4, an average day 8
        ([0, 1, 1], 12.0),
        ([0, 0, 1], 8.0),  # no free day is known: as on any day
        ([1, 1, 0], 8.0),
    ],
)
def test_a_mean_is_raised_by_what_such_days_sell(kind: list[int], prior: float) -> None:
    assert priors([[4, 12, 0]], kind)[0][2] == prior


def test_the_kind_of_a_day_moves_every_series_as_it_moves_the_platform() -> None:
    """Free days sell 30, workdays 10, so an average day 20; each series has its own mean."""
    total = [[6, 14, 0], [4, 16, 0]]
    assert [row[2] for row in priors(total, [0, 1, 1])] == [15, 15]
    assert [row[2] for row in priors(total, [0, 1, 0])] == [5, 5]


@pytest.mark.parametrize(("hours_left", "share"), [(6.0, 0.25), (12.0, 0.5), (24.0, 1.0)])
def test_without_a_unit_sold_hours_say_what_is_to_come(hours_left: float, share: float) -> None:
    moment = moment_of([[0.0]], [[0.0]], hours_left=hours_left)
    found = fit_remaining_share(days_of([[0.0]], [[1.0]]), moment, slice(0, 1), PARAMS)
    assert found == pytest.approx(np.full((2, 1), share))


def test_each_kind_of_day_has_its_curve_drawn_to_that_of_all_days() -> None:
    """60 of 100 units to come on a workday, 20 of 100 on a free day: 40 % in all."""
    days = replace(days_of([[100.0] * 2], [[100.0] * 2]), kind=np.array([[0, 1]]))
    moment = moment_of([[40.0, 80.0]], [[60.0, 20.0]])
    apart = fit_remaining_share(days, moment, slice(0, 2), replace(PARAMS, **NO_PRIOR_UNITS))
    assert apart[:, 0] == pytest.approx([0.6, 0.2])
    half = replace(PARAMS, curve_kind_units=100.0, curve_category_units=1e12)
    together = fit_remaining_share(days, moment, slice(0, 2), half)
    assert together[:, 0] == pytest.approx([(60 + 40) / 200, (20 + 40) / 200])


def test_closed_series_do_not_shape_the_curve() -> None:
    days = days_of([[10.0], [10.0]], [[10.0], [10.0]])
    moment = moment_of([[5.0], [10.0]], [[5.0], [0.0]])
    closed = replace(moment, is_closed=np.array([[False], [True]]))
    params = replace(PARAMS, **NO_PRIOR_UNITS)
    assert fit_remaining_share(days, closed, slice(0, 1), params)[0, 0] == pytest.approx(0.5)
    assert fit_remaining_share(days, moment, slice(0, 1), params)[0, 0] == pytest.approx(0.25)


def test_a_newcomer_of_a_new_category_gets_the_mean_of_all() -> None:
    days = days_of([[0.0]] * 4, [[6.0], [10.0], [NOT_KNOWN], [NOT_KNOWN]])
    days = replace(days, groups={**days.groups, "category": np.array([0, 0, 1, 1])})
    ordered = np.array([[0.0], [0.0], [1.0], [0.0]])
    assert with_newcomers(days, ordered, slice(0, 1))[:, 0].tolist() == [6, 10, 8, 0]
    nothing = replace(days, prior_units=np.full((4, 1), NOT_KNOWN))
    assert with_newcomers(nothing, ordered, slice(0, 1))[:, 0].tolist() == [0, 0, 0, 0]


def test_a_closed_series_moves_no_other_and_only_upwards_itself() -> None:
    """Awaited 6 each. Platform of the one on sale: (12 + 0) ÷ (12 + 6) = 2/3. The closed one has
    24 where 6 · 2/3 = 4 were awaited: (12 + 24) ÷ (12 + 4) = 2.25."""
    days = days_of([[0.0], [0.0]], [[10.0], [10.0]])
    moment = replace(
        moment_of([[24.0], [0.0]], [[0.0], [0.0]]), is_closed=np.array([[True], [False]])
    )
    lesson = replace(lesson_of(0.4, platform=12.0, series=12.0), closed_share=0.5)
    found = predict_rest(days, moment, slice(0, 1), lesson)
    assert found.on_sale_units[:, 0] == pytest.approx([4 * 2 / 3 * 2.25, 4 * 2 / 3 * 12 / 16])
    assert found.rest_units[:, 0] == pytest.approx([2 * 2 / 3 * 2.25, 4 * 2 / 3 * 12 / 16])


def test_closed_series_never_sell_more_than_if_they_were_on_sale() -> None:
    days = days_of([[30.0], [10.0]], [[10.0], [10.0]])
    moment = replace(
        moment_of([[0.0], [5.0]], [[30.0], [5.0]]), is_closed=np.array([[True], [False]])
    )
    params = replace(PARAMS, **NO_PRIOR_UNITS, closed_units=5.0)
    assert fit_nowcast(days, moment, slice(0, 1), params, FIRM).closed_share == 1.0


@pytest.mark.parametrize(("min_learn_days", "is_learnt"), [(29, True), (30, False)])
def test_strengths_are_learnt_from_just_enough_days(min_learn_days: int, is_learnt: bool) -> None:
    days, moment = drawn()
    params = replace(PARAMS, min_learn_days=min_learn_days)
    strengths = fit_nowcast(days, moment, slice(1, 30), params).strengths
    assert (strengths != FIRM) is is_learnt


def test_days_on_which_nothing_was_on_sale_teach_no_strength() -> None:
    days, moment = drawn()
    shut = replace(moment, is_closed=np.ones_like(moment.is_closed))
    assert fit_nowcast(days, shut, slice(1, 30), PARAMS).strengths == FIRM


def test_the_first_day_has_no_prior_and_is_never_learnt_from() -> None:
    days, moment = drawn(days=16)
    found = score_days(days, moment, PARAMS)
    other = moment.rest_units.copy()
    other[:, 0] *= 50
    changed = score_days(days, replace(moment, rest_units=other), PARAMS)
    assert found is not None and changed is not None and found.days == range(8, 15)
    assert np.array_equal(found.predicted.rest_units, changed.predicted.rest_units)
    other[:, 1] *= 50
    second = score_days(days, replace(moment, rest_units=other), PARAMS)
    assert second is not None
    assert not np.array_equal(found.predicted.rest_units[:, 0], second.predicted.rest_units[:, 0])


FEW = QuantileParams(max_bins=1, min_rows=1)
FOLDS = NowcastParams(coverage_folds=2, quantiles=FEW, warehouse_quantiles=FEW)


def scored(rest: list[list[float]], predicted: list[list[float]]) -> ScoredDays:
    """Series of two warehouses, the last series in one of its own."""
    foreseen = np.array(predicted)
    shape = foreseen.shape
    return ScoredDays(
        hours_left=6.0,
        days=range(10, 10 + shape[1]),
        predicted=RestPrediction(foreseen, foreseen, np.ones(shape), np.full(shape, 0.5)),
        observed_units=np.ones(shape),
        rest_units=np.array(rest),
        total_units=np.array(rest) + 1,
        is_closed=np.zeros(shape, bool),
        warehouse=np.array([0] * (shape[0] - 1) + [1]),
    )


def test_a_day_is_covered_by_bands_of_the_other_days() -> None:
    """Twice what was predicted came on the first day, as predicted on the second.

    A series without a predicted rest is not counted.
    """
    of_days = scored([[20.0, 10.0], [9.0, 9.0], [20.0, 10.0]], [[10.0] * 2, [0.0] * 2, [10.0] * 2])
    rows = [row for row in backtest_rows(of_days, FOLDS) if row["model"] == NOWCAST]
    covered = {
        (row["scope"], row["day_no"]): (row["coverage_p10"], row["coverage_p90"]) for row in rows
    }
    assert {day_no for _, day_no in covered} == {10, 11}
    for scope in (REST, TOTAL):
        assert covered[scope, 10] == (0, 0), "the band of the second day is too low"
        assert covered[scope, 11] == (1, 1)
    # 29 and 20 came to the warehouses where 10 and 10 were predicted, then 19 and 10
    assert covered[WAREHOUSE_TOTAL, 10] == (0, 0)
    assert covered[WAREHOUSE_TOTAL, 11] == (1, 1)
    totals = {(row["scope"], row["day_no"]): row["actual_units"] for row in rows}
    assert totals == {
        (REST, 10): 49, (REST, 11): 29, (TOTAL, 10): 52, (TOTAL, 11): 32,
        (WAREHOUSE_TOTAL, 10): 52, (WAREHOUSE_TOTAL, 11): 32,
    }  # fmt: skip


def test_a_single_day_and_other_models_have_no_coverage() -> None:
    rows = list(backtest_rows(scored([[20.0], [9.0]], [[10.0], [5.0]]), FOLDS))
    assert rows and np.isnan([row["coverage_p10"] for row in rows]).all()
    two = list(backtest_rows(scored([[20.0] * 2, [9.0] * 2], [[10.0] * 2, [5.0] * 2]), FOLDS))
    others = [row["coverage_p90"] for row in two if row["model"] != NOWCAST]
    assert others and np.isnan(others).all()


def test_bands_of_closed_series_are_of_closed_series() -> None:
    """Closed series sold half of the prediction, those on sale twice as much."""
    of_days = scored([[20.0], [5.0], [7.0]], [[10.0], [10.0], [0.0]])
    closed = np.array([[False], [True], [True]])
    bands = fit_bands(replace(of_days, is_closed=closed), (50.0,), FOLDS)
    found = bands.of_series(np.array([10.0, 10.0]), np.array([False, True]))
    assert found.tolist() == [[20.0], [5.0]]
    # the first warehouse: 25 of 20 came
    assert bands.of_warehouses(np.array([20.0])).max() >= 25


def test_an_sku_moves_its_series_in_all_warehouses() -> None:
    """The first two series are one SKU: awaited 6 + 6, ordered 24 + 0, shape 12: 36 ÷ 24 = 1.5."""
    days = days_of([[0.0]] * 3, [[10.0]] * 3, warehouse=[0, 1, 1])
    days = replace(days, groups={**days.groups, "sku": np.array([0, 0, 1])})
    moment = moment_of([[24.0], [0.0], [6.0]], [[0.0]] * 3)
    found = predict_rest(days, moment, slice(0, 1), lesson_of(0.4, sku=12.0))
    assert found.rest_units[:, 0] == pytest.approx([6, 6, 4])
