"""Churn model: ratios, snapshots, folds, the rule without a model, a fit that finds a signal."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.customers import churn
from models.evaluation.classification_metrics import auc
from models.params.churn import ChurnParams, RhythmParams, TreeParams

PARAMS = ChurnParams(tree=TreeParams(trees=30, users_per_leaf=20), bootstrap_draws=20)


def history(rows: int, **columns: Any) -> pd.DataFrame:
    """Counted history of one-order users, all else as given."""
    frame = pd.DataFrame(0.0, index=range(rows), columns=[*churn.COUNTED, *churn._INGREDIENTS])
    frame["gap_median_days"] = np.nan
    frame["user_id"] = [f"u{row}" for row in range(rows)]
    frame["snapshot"] = pd.Timestamp("2026-06-01")
    return frame.assign(**columns)


def population(rows: int, seed: int, snapshot: str = "2026-06-01") -> pd.DataFrame:
    """Users whose churn depends on how overdue they are, not on how long they are silent."""
    random = np.random.default_rng(seed)
    rhythm = random.choice([3.0, 10.0, 30.0], size=rows)
    overdue = random.exponential(1.5, size=rows)
    churned = random.uniform(size=rows) < 1 / (1 + np.exp(2.0 - 1.5 * overdue))
    return history(
        rows,
        recency_days=(overdue * rhythm).round(),
        tenure_days=200.0,
        gap_median_days=rhythm,
        order_days=(200 / rhythm).round(),
        churned=churned,
        snapshot=pd.Timestamp(snapshot),
    )


def test_doctests() -> None:
    result = doctest.testmod(churn)
    assert result.attempted >= 4
    assert result.failed == 0


def test_features_are_the_declared_ones_and_nothing_over_nothing_is_unknown() -> None:
    features = churn.feature_matrix(history(2, recency_days=[5, 9], orders=1, order_days=1))
    assert features.columns.tolist() == list(churn.FEATURES)
    assert features["overdue_ratio"].isna().all()
    assert features["gap_mean_days"].isna().all()
    assert features["mean_stars"].isna().all()
    assert not np.isinf(features.to_numpy()).any()


def test_gap_mean_and_spread_come_from_the_two_sums() -> None:
    gaps = np.array([2, 3, 7, 4])
    frame = history(
        1, gaps=len(gaps), gap_sum_days=gaps.sum(), gap_square_sum=(gaps**2).sum(), order_days=5
    )
    features = churn.feature_matrix(frame).iloc[0]
    assert features["gap_mean_days"] == pytest.approx(gaps.mean())
    assert features["gap_sd_days"] == pytest.approx(gaps.std(ddof=1))


def test_an_absent_export_stays_empty_through_the_matrix() -> None:
    frame = history(3, browse_recency_days=pd.array([1, None, None], dtype="Int64"))
    assert churn.feature_matrix(frame)["browse_recency_days"].isna().tolist() == [False, True, True]


def test_snapshots_keep_the_weekday_and_need_history() -> None:
    newest = date(2026, 9, 1)
    days = churn.snapshot_days(date(2026, 5, 1), newest, PARAMS)
    assert days[-1] == newest
    assert {day.weekday() for day in days} == {newest.weekday()}
    assert days[0] >= date(2026, 5, 1) + timedelta(days=PARAMS.min_history_days)
    assert len(churn.snapshot_days(date(2010, 1, 1), newest, PARAMS)) == PARAMS.max_snapshots
    assert churn.snapshot_days(newest, newest, PARAMS) == []


def test_a_user_never_stands_in_two_folds() -> None:
    users = pd.Series([f"u{number % 50}" for number in range(200)])
    folds = pd.DataFrame({"user": users, "fold": churn.user_folds(users, 3)})
    assert folds.groupby("user")["fold"].nunique().eq(1).all()
    assert set(folds["fold"]) == {0, 1, 2}


@pytest.mark.parametrize(
    ("rows", "churned", "why"),
    [
        (100, 50, "100 users"),
        (400, 10, "10 rows of the rarer"),
        (400, 395, "5 rows"),
        (400, 200, None),
    ],
)
def test_too_little_says_what_is_missing(rows: int, churned: int, why: str | None) -> None:
    labelled = history(rows, churned=np.arange(rows) < churned)
    found = churn.reason_not_to_fit(labelled, PARAMS)
    assert found is None if why is None else why in str(found)


def test_model_finds_what_recency_cannot_and_is_calibrated() -> None:
    training, scored = population(3000, seed=1, snapshot="2026-05-01"), population(2000, seed=2)
    probabilities = churn.fit(training, PARAMS).probabilities(scored)
    assert (
        auc(scored["churned"], probabilities)
        > auc(scored["churned"], scored["recency_days"]) + 0.03
    )
    assert probabilities.mean() == pytest.approx(scored["churned"].mean(), abs=0.04)


def test_fit_does_not_depend_on_the_order_of_the_rows() -> None:
    training, scored = population(1500, seed=1), population(100, seed=2)
    shuffled = training.sample(frac=1.0, random_state=4)
    first, second = (churn.fit(rows, PARAMS).probabilities(scored) for rows in (training, shuffled))
    assert (first == second).all()


def test_backtest_scores_both_models_on_the_same_users() -> None:
    table = churn.backtest(population(1500, seed=1), population(800, seed=2), PARAMS)
    value = table.set_index(["model", "metric"])["value"].to_dict()
    assert value["lightgbm", "auc"] > value["recency", "auc"]
    assert value["lightgbm", "brier"] < value["recency", "brier"]
    assert value["lightgbm", "base_rate"] == population(800, seed=2)["churned"].mean()
    assert (table["low"] <= table["value"] + 1e-9).all()
    assert not table.duplicated(["model", "metric"]).any()


def test_rule_rises_with_silence_and_spares_the_reliable() -> None:
    silence = pd.Series([0, 5, 10, 20, 60, 200])
    weekly = churn.rhythm_churn(silence, pd.Series([7.0] * 6), RhythmParams(), label_days=30)
    monthly = churn.rhythm_churn(silence, pd.Series([30.0] * 6), RhythmParams(), label_days=30)
    assert (np.diff(weekly) >= 0).all()
    assert ((weekly >= 0) & (weekly <= 1)).all()
    assert weekly[0] < 0.05
    assert weekly[3] > weekly[0] + 0.3
    assert monthly[3] == monthly[0]  # 20 days are nothing to one who comes once a month


def test_rule_lends_a_user_without_rhythm_that_of_the_others() -> None:
    rhythm = pd.Series([4.0, 8.0, np.nan])
    lent = churn.rhythm_churn(pd.Series([9, 9, 9]), rhythm, RhythmParams(), label_days=30)
    own = churn.rhythm_churn(pd.Series([9]), pd.Series([6.0]), RhythmParams(), label_days=30)
    assert lent[2] == own[0]


def test_parameters_refuse_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="multiple of 7"):
        replace(PARAMS, snapshot_step_days=10)
    with pytest.raises(TypeError, match="leafs"):
        TreeParams(leafs=3)  # type: ignore[call-arg]
