"""The nowcast by numbers worked by hand, and what holds for any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.demand.nowcast import (
    FACTORS,
    DayHistory,
    FittedNowcast,
    Moment,
    RestPrediction,
    fit_nowcast,
    fit_remaining_share,
    mean_priors,
    predict_rest,
)
from models.demand.nowcast_backtest import (
    BY_SHARE,
    NOWCAST,
    PRIOR,
    PRIOR_LEFT,
    REST,
    TOTAL,
    WAREHOUSE_UNIT,
    Bands,
    ScoredDays,
    backtest_rows,
    fit_bands,
    forecasts_by_model,
    score_days,
    scored_days,
)
from models.demand.quantiles import RatioQuantiles
from models.params.nowcast import NowcastParams

PARAMS = NowcastParams(learn_days=14, scored_days=9)
FIRM = dict.fromkeys(FACTORS, 1e12)


def days_of(
    total: list[list[float]], prior: list[list[float]], *, warehouse: list[int] | None = None
) -> DayHistory:
    series = len(total)
    zeros, own = np.zeros(series, int), np.arange(series)
    groups = {"platform": zeros, "warehouse": np.array(warehouse or zeros), "sku": own}
    groups |= {"category": zeros, WAREHOUSE_UNIT: np.array(warehouse or zeros)}
    return DayHistory(
        np.array(total, float), np.array(prior), np.zeros((series, len(total[0])), int), groups
    )


def moment_of(
    so_far: list[list[float]], rest: list[list[float]], *, hours_left: float = 6.0
) -> Moment:
    shape = (len(so_far), len(so_far[0]))
    return Moment(hours_left, np.array(so_far, float), np.array(rest, float), np.zeros(shape, bool))


def lesson_of(to_come: float, **strengths: float) -> FittedNowcast:
    return FittedNowcast(np.full((2, 1), to_come), FIRM | strengths, 0.0)


def test_the_rest_is_the_prior_times_what_is_to_come_where_nothing_is_believed() -> None:
    told = predict_rest(
        days_of([[0.0]], [[20.0]]), moment_of([[50.0]], [[0.0]]), slice(0, 1), lesson_of(0.4)
    )
    assert told.rest_units[0, 0] == pytest.approx(8.0)


def test_a_series_is_moved_by_its_own_orders_as_far_as_its_strength_lets_it() -> None:
    """Prior 20, 60 % come: 12 awaited, 30 ordered, shape 6: (6 + 30) ÷ (6 + 12) = 2; 20·2·0.4."""
    told = predict_rest(
        days_of([[0.0]], [[20.0]]),
        moment_of([[30.0]], [[0.0]]),
        slice(0, 1),
        lesson_of(0.4, series=6.0),
    )
    assert told.rest_units[0, 0] == pytest.approx(16.0)


def test_the_day_of_the_platform_moves_a_series_that_nobody_ordered_yet() -> None:
    """Awaited 6 + 6, ordered 24 + 0, shape 12: (12 + 24) ÷ (12 + 12) = 1.5."""
    told = predict_rest(
        days_of([[0.0], [0.0]], [[10.0], [10.0]]),
        moment_of([[24.0], [0.0]], [[0.0], [0.0]]),
        slice(0, 1),
        lesson_of(0.4, platform=12.0),
    )
    assert told.rest_units[:, 0] == pytest.approx([6.0, 6.0])


def test_a_warehouse_is_judged_by_what_the_platform_left() -> None:
    """Platform: (0⁺ + 24) ÷ (0⁺ + 12) = 2; warehouse 0 awaits 12 then, has 24: (12+24)÷(12+12)."""
    told = predict_rest(
        days_of([[0.0], [0.0]], [[10.0], [10.0]], warehouse=[0, 1]),
        moment_of([[24.0], [0.0]], [[0.0], [0.0]]),
        slice(0, 1),
        lesson_of(0.4, platform=1e-9, warehouse=12.0),
    )
    assert told.rest_units[:, 0] == pytest.approx([10 * 0.4 * 2 * 1.5, 10 * 0.4 * 2 * 0.5])


def test_nothing_is_to_come_at_the_cut_off() -> None:
    days = days_of([[4.0, 4.0, 0.0]], [[np.nan, 4.0, 4.0]])
    at_the_end = moment_of([[4.0, 4.0, 9.0]], [[0.0, 0.0, 0.0]], hours_left=0.0)
    params = replace(PARAMS, curve_kind_units=1e-9, curve_category_units=1e-9)
    told = predict_rest(
        days, at_the_end, slice(2, 3), fit_nowcast(days, at_the_end, slice(0, 2), params)
    )
    assert told.rest_units[0, 0] == 0.0
    assert (
        fit_bands(None, (10, 90), PARAMS).of_series(told.rest_units[:, 0], np.array([False])).sum()
        == 0
    )


def test_a_closed_series_sells_what_such_did_and_wants_what_it_would() -> None:
    days = days_of([[0.0]], [[20.0]])
    closed = replace(moment_of([[3.0]], [[0.0]]), is_closed=np.array([[True]]))
    lesson = replace(lesson_of(0.4, series=6.0), closed_share=0.25)
    told = predict_rest(days, closed, slice(0, 1), lesson)
    # 3 ordered of 12 awaited says little of a series that ran out: its factor stays 1
    assert told.on_sale_units[0, 0] == pytest.approx(8.0)
    assert told.rest_units[0, 0] == pytest.approx(2.0)


def test_the_share_closed_series_still_sell_is_learnt_and_small_without_evidence() -> None:
    days = days_of([[6.0] * 3, [10.0] * 3], [[10.0] * 3, [10.0] * 3])
    moment = moment_of([[5.0] * 3, [5.0] * 3], [[1.0] * 3, [5.0] * 3])
    closed = np.array([[True] * 3, [False] * 3])
    params = replace(PARAMS, curve_kind_units=1e-9, curve_category_units=1e-9, closed_units=5.0)
    lesson = fit_nowcast(days, replace(moment, is_closed=closed), slice(0, 3), params, FIRM)
    assert lesson.remaining_share[0, 0] == pytest.approx(0.5)  # of the series on sale alone
    assert lesson.closed_share == pytest.approx(3.0 / (3 * 10 * 0.5 + 5.0))


def test_a_newcomer_gets_the_mean_of_its_category_once_it_is_ordered() -> None:
    days = days_of([[0.0]] * 4, [[6.0], [10.0], [np.nan], [np.nan]])
    told = predict_rest(
        days, moment_of([[1.0], [1.0], [2.0], [0.0]], [[0.0]] * 4), slice(0, 1), lesson_of(0.5)
    )
    assert told.prior_units[:, 0].tolist() == [6.0, 10.0, 8.0, 0.0]


def test_a_small_category_is_drawn_to_its_kind_of_day() -> None:
    """Kind: 60 of 100 to come. Category 1: 0 of 10, drawn by 30: (0 + 30·0.6) ÷ (10 + 30)."""
    days = days_of([[90.0], [10.0]], [[90.0], [10.0]])
    days = replace(days, groups={**days.groups, "category": np.array([0, 1])})
    moment = moment_of([[30.0], [10.0]], [[60.0], [0.0]])
    params = replace(PARAMS, curve_kind_units=1e-9, curve_category_units=30.0)
    found = fit_remaining_share(days, moment, slice(0, 1), params)
    assert found[0] == pytest.approx([(60 + 18) / 120, 18 / 40])


def test_means_see_earlier_days_only_and_know_free_days() -> None:
    total = np.array([[4.0, 4.0, 10.0, 10.0, 4.0, 0.0]])
    kind = np.array([[0, 0, 1, 1, 0, 1]])
    found = mean_priors(total, kind, 28)[0]
    mean = 32 / 5
    assert found[5] == pytest.approx(mean * 10 / mean)
    changed = total.copy()
    changed[0, 4:] = 99.0
    assert np.array_equal(mean_priors(changed, kind, 28)[0, :5], found[:5], equal_nan=True)


def drawn(
    series: int = 40, days: int = 40, *, seed: int = 5, is_moved: bool = True
) -> tuple[DayHistory, Moment]:
    """Poisson series whose days are up or down together (unless not `is_moved`); half of a day's
    orders are to come."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(2, 12, (series, 1))
    day = rng.gamma(12.0, 1 / 12.0, (1, days)) if is_moved else np.ones((1, days))
    so_far, rest = (rng.poisson(level * day / 2).astype(float) for _ in range(2))
    total = so_far + rest
    rest[:, -1] = total[:, -1] = 0.0
    zeros, own = np.zeros(series, int), np.arange(series)
    groups = {"platform": zeros, "warehouse": own % 2, "sku": own // 2, "category": own % 3}
    groups[WAREHOUSE_UNIT] = groups["warehouse"]
    kind = np.zeros((series, days), int)
    prior = np.repeat(level, days, axis=1)
    return (
        DayHistory(total, prior, kind, groups),
        Moment(6.0, so_far, rest, np.zeros(so_far.shape, bool)),
    )


def test_a_day_that_moves_all_series_is_learnt_from_all_and_not_from_each() -> None:
    days, moment = drawn()
    strengths = fit_nowcast(days, moment, slice(1, 30), PARAMS).strengths
    assert strengths["platform"] <= 100.0
    assert strengths["series"] >= 100.0 and strengths["warehouse"] >= 100.0


def test_where_days_are_all_alike_the_forecast_is_left_as_it_is() -> None:
    """Chance alone makes some strength fit best: what is within its error is not believed."""
    found = []
    for seed in range(6):
        days, moment = drawn(seed=seed, is_moved=False)
        found += fit_nowcast(days, moment, slice(1, 30), PARAMS).strengths.values()
    assert np.mean(np.array(found) == PARAMS.firm_units) > 0.9, found


def test_no_day_is_told_by_itself_or_by_later_ones() -> None:
    days, moment = drawn()
    told = score_days(days, moment, PARAMS)
    assert told is not None and told.days == scored_days(days, PARAMS)
    place = 4
    changed, total = moment.rest_units.copy(), days.total_units.copy()
    changed[:, told.days[place] :] *= 7
    total[:, told.days[place] :] *= 7
    other = score_days(
        replace(days, total_units=total), replace(moment, rest_units=changed), PARAMS
    )
    assert other is not None
    before = slice(0, place + 1)
    assert np.array_equal(
        told.predicted.rest_units[:, before], other.predicted.rest_units[:, before]
    )
    assert not np.array_equal(told.predicted.rest_units[:, 5:], other.predicted.rest_units[:, 5:])


def test_figures_are_of_the_days_scored_and_the_nowcast_beats_its_peers() -> None:
    days, moment = drawn()
    scored = score_days(days, moment, PARAMS)
    assert scored is not None
    rows = list(backtest_rows(scored, PARAMS))
    assert {row["day_no"] for row in rows} == set(scored_days(days, PARAMS))
    wape = {
        (model, scope): np.mean(
            [row["wape"] for row in rows if (row["model"], row["scope"]) == (model, scope)]
        )
        for model in forecasts_by_model(scored)
        for scope in (REST, TOTAL)
    }
    for scope in (REST, TOTAL):
        best = min(wape[model, scope] for model in forecasts_by_model(scored) if model != NOWCAST)
        assert wape[NOWCAST, scope] < best
    assert forecasts_by_model(scored)[PRIOR][1].shape == scored.total_units.shape


def test_bands_hold_what_they_say_on_days_they_were_not_fitted_on() -> None:
    days, moment = drawn(series=120, days=60)
    scored = score_days(days, moment, replace(PARAMS, scored_days=24))
    assert scored is not None
    rows = [
        row
        for row in backtest_rows(scored, PARAMS)
        if row["model"] == NOWCAST and row["scope"] == REST
    ]
    assert np.mean([row["coverage_p90"] for row in rows]) == pytest.approx(0.9, abs=0.03)


def test_too_few_days_score_nothing_and_believe_the_forecast() -> None:
    days, moment = drawn(days=8)
    assert score_days(days, moment, PARAMS) is None
    assert fit_nowcast(days, moment, slice(1, 7), PARAMS).strengths == FIRM


def test_peers_of_the_nowcast_by_hand() -> None:
    """10 expected on each of three days: 4 ordered at share 0.5, 4 at 1.0, 12 at 0.0."""
    share = np.array([[0.5, 1.0, 0.0]])
    told = RestPrediction(
        np.array([[3.0, 3, 3]]), np.array([[3.0, 3, 3]]), np.full((1, 3), 10.0), share
    )
    so_far = np.array([[4.0, 4, 12]])
    scored = ScoredDays(
        6.0, range(3), told, so_far, so_far, so_far, np.zeros((1, 3), bool), np.zeros(1, int)
    )
    found = {name: (rest[0].tolist(), total[0].tolist()) for name, (rest, total) in
             forecasts_by_model(scored).items()}  # fmt: skip
    assert found == {
        NOWCAST: ([3, 3, 3], [7, 7, 15]),
        PRIOR_LEFT: ([6, 6, 0], [10, 10, 12]),
        BY_SHARE: ([4, 10, 0], [8, 14, 12]),
        PRIOR: ([5, 10, 0], [10, 10, 10]),
    }


def test_a_rest_of_nothing_has_no_band() -> None:
    poisson = RatioQuantiles((10.0, 90.0), (2.0,), ((0.5, 1.5), (0.8, 1.2)))
    closed = RatioQuantiles((10.0, 90.0), (2.0,), ((0.1, 0.2), (0.3, 0.4)))
    bands = Bands(poisson, closed, poisson)
    rest = np.array([0.0, 1.0, 10.0, -1.0, 1.0, 10.0, 0.0])
    is_closed = np.array([False, False, False, False, True, True, True])
    assert bands.of_series(rest, is_closed).tolist() == [
        [0, 0], [0.5, 1.5], [8, 12], [0, 0], [0.1, 0.2], [3, 4], [0, 0],
    ]  # fmt: skip
    assert bands.of_warehouses(np.array([0.0, 1.0])).tolist() == [[0, 0], [0.5, 1.5]]


def test_scored_days_have_enough_days_before_them() -> None:
    """Of 30 columns the last is open: the 9 past days before it, none before min_learn_days + 1."""
    many, few = (days_of([[1.0] * n], [[1.0] * n]) for n in (30, PARAMS.min_learn_days + 4))
    assert scored_days(many, PARAMS) == range(20, 29)
    assert list(scored_days(few, PARAMS)) == [PARAMS.min_learn_days + 1, PARAMS.min_learn_days + 2]
