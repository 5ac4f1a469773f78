"""Calibration: recovers a known distortion, keeps the order, survives JSON."""

from __future__ import annotations

import doctest
import json

import numpy as np
import pytest

from models.evaluation import calibration
from models.evaluation.classification_metrics import expected_calibration_error


@pytest.fixture
def distorted() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores too bold by slope 2 and shifted: true p = sigmoid(0.5 · logit(score) + 0.3)."""
    random = np.random.default_rng(11)
    scores = random.uniform(0.02, 0.98, size=20_000)
    true = 1 / (1 + np.exp(-(0.5 * calibration.logit(scores) + 0.3)))
    return scores, (random.uniform(size=20_000) < true).astype(float), true


def test_doctests() -> None:
    result = doctest.testmod(calibration)
    assert result.attempted >= 2
    assert result.failed == 0


def test_platt_finds_the_distortion(distorted) -> None:
    scores, happened, _ = distorted
    fitted = calibration.fit_platt(scores, happened)
    assert fitted.slope == pytest.approx(0.5, abs=0.05)
    assert fitted.intercept == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("fit", [calibration.fit_platt, calibration.fit_isotonic])
def test_either_map_is_monotone_and_calibrated(fit, distorted) -> None:
    scores, happened, true = distorted
    fitted = fit(scores, happened)
    applied = fitted.apply(np.sort(scores))
    assert (np.diff(applied) >= 0).all()
    assert applied.min() >= 0
    assert applied.max() <= 1
    assert expected_calibration_error(happened, scores) > 0.08
    assert np.abs(fitted.apply(scores) - true).mean() < 0.02


@pytest.mark.parametrize("fit", [calibration.fit_platt, calibration.fit_isotonic])
def test_json_gives_the_same_numbers_back(fit, distorted) -> None:
    scores, happened, _ = distorted
    fitted = fit(scores, happened)
    again = calibration.from_json(json.loads(json.dumps(fitted.to_json())))
    assert again == fitted
    assert (again.apply(scores) == fitted.apply(scores)).all()


def test_a_score_that_points_the_wrong_way_becomes_the_base_rate(distorted) -> None:
    scores, happened, _ = distorted
    fitted = calibration.fit_platt(1 - scores, happened)
    assert np.unique(fitted.apply(scores)).tolist() == pytest.approx([happened.mean()])


def test_a_perfect_split_stays_finite() -> None:
    fitted = calibration.fit_platt([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    assert np.isfinite([fitted.slope, fitted.intercept]).all()
    assert 0 < fitted.apply([0.15])[0] < fitted.apply([0.85])[0] < 1


@pytest.mark.parametrize("fit", [calibration.fit_platt, calibration.fit_isotonic])
@pytest.mark.parametrize("outcome", [0, 1])
def test_one_outcome_is_refused(fit, outcome: int) -> None:
    with pytest.raises(ValueError, match="both outcomes"):
        fit([0.1, 0.5, 0.9], [outcome] * 3)


@pytest.mark.parametrize("fit", [calibration.fit_platt, calibration.fit_isotonic])
@pytest.mark.parametrize("happened", [[0, 0, 1], [0, 1, 1]])
def test_an_outcome_that_occurs_once_is_enough(fit, happened: list[int]) -> None:
    applied = fit([0.1, 0.5, 0.9], happened).apply([0.1, 0.9])
    assert 0 <= applied[0] < applied[1] <= 1


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="spline"):
        calibration.from_json({"kind": "spline"})


def test_certain_scores_have_a_finite_logit() -> None:
    assert calibration.logit([0.0, 1.0]) == pytest.approx([-13.8155096, 13.8155096])
    fitted = calibration.fit_platt([0.0, 0.2, 0.5, 0.9, 1.0], [0, 0, 1, 0, 1])
    applied = fitted.apply([0.0, 0.5, 1.0])
    assert (np.diff(applied) > 0).all()
    assert applied[0] > 0 and applied[-1] < 1


def test_platt_is_where_the_likelihood_is_flat() -> None:
    """Three happened and five did not: outcomes count as 4/5 and 1/7, and what is predicted sums
    up to them, by itself and weighed with the logit of the score."""
    scores = np.array([0.1, 0.3, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9])
    happened = np.array([0, 0, 1, 0, 0, 1, 0, 1])
    fitted = calibration.fit_platt(scores, happened)
    wanted = np.where(happened == 1, 4 / 5, 1 / 7)
    gap = fitted.apply(scores) - wanted
    assert gap.sum() == pytest.approx(0, abs=1e-7)
    assert (gap * np.log(scores / (1 - scores))).sum() == pytest.approx(0, abs=1e-7)
    assert fitted.slope == round(fitted.slope, 9) and fitted.intercept == round(fitted.intercept, 9)


def test_a_sigmoid_of_a_huge_logit_is_no_overflow() -> None:
    with np.errstate(over="raise"):
        steep = calibration.Platt(1_000.0, 0.0)
        assert steep.apply([0.0, 1.0]) == pytest.approx([0.0, 1.0], abs=1e-17)
