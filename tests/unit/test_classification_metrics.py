"""Metrics against slow definitions written out, and the cases in which they have no value."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from models.evaluation import classification_metrics as metrics


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    predicted = random.uniform(size=300).round(2)  # rounding makes ties
    return (random.uniform(size=300) < predicted).astype(int), predicted


def test_doctests() -> None:
    result = doctest.testmod(metrics)
    assert result.attempted >= 9
    assert result.failed == 0


def test_auc_counts_pairs_and_half_of_the_ties(sample) -> None:
    happened, predicted = sample
    up, down = predicted[happened == 1], predicted[happened == 0]
    pairs = [(a > b) + 0.5 * (a == b) for a in up for b in down]
    assert metrics.auc(happened, predicted) == pytest.approx(np.mean(pairs))


def test_average_precision_is_the_step_sum(sample) -> None:
    happened, predicted = sample
    total, area, recall_before = happened.sum(), 0.0, 0.0
    for cut in sorted(set(predicted), reverse=True):
        chosen = predicted >= cut
        recall = happened[chosen].sum() / total
        area += (recall - recall_before) * happened[chosen].mean()
        recall_before = recall
    assert metrics.average_precision(happened, predicted) == pytest.approx(area)


def test_lift_does_not_depend_on_the_order_of_tied_rows(sample) -> None:
    happened, predicted = sample
    coarse = (predicted * 4).round()
    lifts = {
        round(metrics.lift_top_decile(happened[order], coarse[order]), 12)
        for order in (np.random.default_rng(seed).permutation(300) for seed in range(5))
    }
    assert len(lifts) == 1


def test_calibration_error_is_zero_for_true_rates_and_the_shift_for_shifted_ones() -> None:
    happened = np.tile([1, 0, 0, 0, 1, 1, 1, 0], 10)
    rate = np.tile([0.25] * 4 + [0.75] * 4, 10)
    assert metrics.expected_calibration_error(happened, rate, bins=2) == pytest.approx(0)
    assert metrics.expected_calibration_error(happened, rate + 0.1, bins=2) == pytest.approx(0.1)


def test_bootstrap_is_repeatable_and_narrows_with_more_users(sample) -> None:
    happened, predicted = sample
    once = metrics.bootstrap(metrics.auc, happened, predicted, draws=100, seed=5)
    assert once == metrics.bootstrap(metrics.auc, happened, predicted, draws=100, seed=5)
    wide = metrics.bootstrap(metrics.auc, happened[:60], predicted[:60], draws=100, seed=5)
    assert once.low < once.value < once.high
    assert wide.high - wide.low > once.high - once.low


def test_one_outcome_has_no_ranking() -> None:
    assert np.isnan(metrics.auc([0, 0], [0.1, 0.2]))
    assert np.isnan(metrics.lift_top_decile([0, 0], [0.1, 0.2]))
    assert metrics.brier([0, 0], [0.0, 1.0]) == 0.5


@pytest.mark.parametrize(
    ("happened", "predicted"),
    [([0, 1], [0.5]), ([], []), ([0, 2], [0.1, 0.2]), ([0, 1], [0.5, float("nan")])],
    ids=["unequal", "empty", "not 0 or 1", "empty prediction"],
)
def test_refuses_what_is_no_prediction(happened, predicted) -> None:
    with pytest.raises(ValueError, match=r"columns|outcomes"):
        metrics.brier(happened, predicted)


def test_lift_of_several_places_is_a_rate() -> None:
    """20 users, four of whom it happened to; of the two highest, one: 0.5 against 0.2."""
    happened = [1, 0, 1, 1, 1, *[0] * 15]
    assert metrics.lift_top_decile(happened, range(20, 0, -1)) == pytest.approx(2.5)
    assert metrics.lift_top_decile([1, 0, 0], [0.9, 0.2, 0.1]) == 3.0, "one place at least"


def test_fewer_users_than_bins_have_a_calibration_error() -> None:
    with np.errstate(all="raise"):
        assert metrics.expected_calibration_error([0, 1, 1], [0.2, 0.7, 1.0]) == pytest.approx(
            (0.2 + 0.3 + 0.0) / 3
        )


def test_bounds_of_the_bootstrap_are_those_of_its_draws() -> None:
    """A rate of 400 users with half of them: about two standard errors of 0.025 to each side."""
    happened = np.tile([0, 1], 200)
    found = metrics.bootstrap(metrics.base_rate, happened, happened, draws=4_000, seed=1)
    assert (found.low, found.high) == (
        pytest.approx(0.451, abs=4e-3),
        pytest.approx(0.549, abs=4e-3),
    )


def test_draws_without_a_value_do_not_count() -> None:
    found = metrics.bootstrap(metrics.auc, [0, 0, 1], [0.1, 0.2, 0.9], draws=50, seed=1)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    none = metrics.bootstrap(metrics.auc, [0, 0], [0.1, 0.2], draws=5, seed=1)
    assert np.isnan([none.value, none.low, none.high]).all()


@pytest.mark.filterwarnings("error")
def test_what_has_no_value_has_none_without_a_warning() -> None:
    for outcomes in ([0, 0], [1, 1]):
        assert np.isnan(metrics.auc(outcomes, [0.1, 0.2]))
    assert np.isnan(metrics.lift_top_decile([0, 0], [0.1, 0.2]))
    assert np.isnan(metrics.average_precision([0, 0], [0.1, 0.2]))
    assert metrics.average_precision([1, 1], [0.1, 0.2]) == 1
    assert metrics.lift_top_decile([1, 1], [0.1, 0.2]) == 1, "all of them are positive"


@pytest.mark.parametrize(
    ("hit", "lift"),
    [(9, 10.0), (10, 0.0)],
    ids=["the last of the highest tenth", "the first below it"],
)
def test_the_highest_tenth_of_a_hundred_users_are_ten(hit: int, lift: float) -> None:
    happened = np.arange(100) == hit
    assert metrics.lift_top_decile(happened, range(100, 0, -1)) == pytest.approx(lift)


def test_users_tied_at_the_cut_share_the_places_that_are_left() -> None:
    """Two places of twenty users: one is the best, and four tie for the other, a positive one."""
    happened = [1, 1, 0, 0, 0, *[0] * 15]
    scores = [9, 5, 5, 5, 5, *[1] * 15]
    assert metrics.lift_top_decile(happened, scores) == pytest.approx((1 + 1 / 4) / 2 / (2 / 20))


def test_every_user_may_be_drawn() -> None:
    found = metrics.bootstrap(metrics.base_rate, [1], [0.5], draws=3, seed=1)
    assert (found.value, found.low, found.high) == (1, 1, 1)
    two = metrics.bootstrap(metrics.base_rate, [1, 0], [0.5, 0.5], draws=200, seed=1)
    assert (two.low, two.high) == (0, 1)
