"""Churn within the label window: features, a small LightGBM, its calibration, its backtest.

Contains the steps from counted history to probabilities. Not here: counting (SQL in
`assets/predict`), storage of models. Frames have one row per snapshot and user with the columns of
`churn_features.sql`; a labelled frame also has `churned` (bool).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evaluation.calibration import Calibration, fit_isotonic, fit_platt
from models.evaluation.classification_metrics import PROBABILITY, RANKING, base_rate, bootstrap
from models.params.churn import ChurnParams, RhythmParams

if TYPE_CHECKING:
    import lightgbm as lgb

COUNTED = (
    "recency_days",
    "tenure_days",
    "orders",
    "orders_7d",
    "orders_14d",
    "orders_30d",
    "orders_60d",
    "orders_90d",
    "orders_180d",
    "orders_365d",
    "order_days",
    "gap_median_days",
    "last_gap_days",
    "last_basket_yuan",
    "spend_30d_yuan",
    "spend_90d_yuan",
    "spend_365d_yuan",
    "skus_90d",
    "categories_90d",
    "community_users_14d",
    "leader_messages_14d",
    "deliveries_180d",
    "failed_180d",
    "failed_run",
    "messages_30d",
    "reviews_180d",
    "complaints_180d",
    "complaints_30d",
    "browse_recency_days",
    "actions_7d",
    "actions_30d",
    "browse_days_30d",
    "carts_14d",
    "contacts_30d",
    "contacts_60d",
)
DERIVED = (
    "gap_mean_days",
    "gap_sd_days",
    "overdue_ratio",
    "overdue_spreads",
    "recency_share",
    "orders_missed",
    "day_rate",
    "orders_trend",
    "basket_yuan",
    "last_basket_ratio",
    "discount_share",
    "cancelled_share",
    "refunded_share",
    "weekend_share",
    "repeat_share",
    "community_trend",
    "leader_trend",
    "mean_stars",
    "opened_share",
)
FEATURES = COUNTED + DERIVED

_INGREDIENTS = (
    *("gaps", "gap_sum_days", "gap_square_sum", "orders_30d_before", "weekend_days"),
    *("gross_365d_yuan", "list_365d_yuan", "skus_365d", "kept_lines_365d"),
    *("lines_365d", "cancelled_lines_365d", "refunded_lines_365d"),
    *("community_users_14d_before", "leader_messages_14d_before", "stars_180d", "opened_60d"),
)


@dataclass(frozen=True)
class ChurnModel:
    """A booster that orders users, and the map from its score to a probability."""

    booster: lgb.Booster
    calibration: Calibration

    def probabilities(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """P(no kept order in the label window) per row of `frame`, 0..1."""
        raw = self.booster.predict(feature_matrix(frame), num_threads=1)
        return self.calibration.apply(np.asarray(raw))


def feature_matrix(frame: pd.DataFrame) -> pd.DataFrame:
    """The model's columns, in order, as float64; what is unknown stays nan.

    Ratios over nothing are nan, never 0: a user with one order day has no rhythm.
    """
    c = {name: frame[name].astype("float64") for name in (*COUNTED, *_INGREDIENTS)}
    gaps = c["gaps"]
    mean = _ratio(c["gap_sum_days"], gaps)
    variance = _ratio(c["gap_square_sum"] - c["gap_sum_days"] * mean, gaps - 1)
    basket = _ratio(c["spend_365d_yuan"], c["orders_365d"])
    day_rate = c["order_days"] / (np.minimum(c["tenure_days"], 365.0) + 7.0)
    derived = {
        "gap_mean_days": mean,
        "gap_sd_days": np.sqrt(variance.clip(lower=0.0)),
        "overdue_ratio": overdue_ratio(c["recency_days"], c["gap_median_days"]),
        "overdue_spreads": _ratio(
            c["recency_days"] - mean, np.sqrt(variance.clip(lower=0.0)) + 1.0
        ),
        "recency_share": c["recency_days"] / (c["tenure_days"] + 1.0),
        "orders_missed": c["recency_days"] * day_rate,
        "day_rate": day_rate,
        "orders_trend": (c["orders_30d"] + 0.5) / (c["orders_30d_before"] + 0.5),
        "basket_yuan": basket,
        "last_basket_ratio": _ratio(c["last_basket_yuan"], basket),
        "discount_share": 1 - _ratio(c["gross_365d_yuan"], c["list_365d_yuan"]),
        "cancelled_share": _ratio(c["cancelled_lines_365d"], c["lines_365d"]),
        "refunded_share": _ratio(c["refunded_lines_365d"], c["lines_365d"]),
        "weekend_share": _ratio(c["weekend_days"], c["order_days"]),
        "repeat_share": 1 - _ratio(c["skus_365d"], c["kept_lines_365d"]),
        "community_trend": (c["community_users_14d"] + 1.0)
        / (c["community_users_14d_before"] + 1.0),
        "leader_trend": (c["leader_messages_14d"] + 1.0) / (c["leader_messages_14d_before"] + 1.0),
        "mean_stars": _ratio(c["stars_180d"], c["reviews_180d"]),
        "opened_share": _ratio(c["opened_60d"], c["contacts_60d"]),
    }
    return pd.DataFrame({**{name: c[name] for name in COUNTED}, **derived})[list(FEATURES)]


def overdue_ratio(recency_days: pd.Series, rhythm_days: pd.Series) -> pd.Series:
    """Silence ÷ own rhythm; nan without a rhythm.

    >>> overdue_ratio(pd.Series([10.0, 10.0]), pd.Series([5.0, float("nan")])).tolist()
    [2.0, nan]
    """
    return _ratio(recency_days.astype("float64"), rhythm_days.astype("float64"))


def snapshot_days(first_day: date, newest: date, params: ChurnParams) -> list[date]:
    """Snapshots, oldest first: `newest` and steps back, each with enough history before it.

    >>> from models.params.churn import ChurnParams
    >>> snapshot_days(date(2026, 1, 1), date(2026, 2, 20), ChurnParams())
    [datetime.date(2026, 2, 6), datetime.date(2026, 2, 20)]
    """
    earliest = first_day + timedelta(days=params.min_history_days)
    steps = (
        newest - timedelta(days=params.snapshot_step_days * step)
        for step in range(params.max_snapshots)
    )
    return sorted(day for day in steps if day >= earliest)


def reason_not_to_fit(labelled: pd.DataFrame, params: ChurnParams) -> str | None:
    """Why no model can be fitted on these rows, or None when one can."""
    users = labelled["user_id"].nunique()
    if users < params.min_training_users:
        return f"{users} users with a label, {params.min_training_users} are needed"
    churned = int(labelled["churned"].sum())
    rarest = min(churned, len(labelled) - churned)
    if rarest < params.min_each_outcome:
        return f"{rarest} rows of the rarer outcome, {params.min_each_outcome} are needed"
    return None


def fit(
    labelled: pd.DataFrame,
    params: ChurnParams,
    *,
    progress: Callable[[str], None] = lambda message: None,
) -> ChurnModel:
    """Fit on every labelled row; calibrate on predictions of users left out of the fit.

    Folds are by user, so that no user helps to predict itself on another snapshot.
    """
    labelled = labelled.sort_values(["snapshot", "user_id"], ignore_index=True)
    features, outcomes = feature_matrix(labelled), labelled["churned"].to_numpy(float)
    folds = user_folds(labelled["user_id"], params.calibration_folds)
    held_out = np.full(len(labelled), np.nan)
    for fold in range(params.calibration_folds):
        progress(f"churn: calibration fold {fold + 1}/{params.calibration_folds}")
        inside = folds != fold
        if inside.any() and not inside.all():
            booster = _train(features[inside], outcomes[inside], params)
            held_out[~inside] = np.asarray(booster.predict(features[~inside], num_threads=1))
    predicted = ~np.isnan(held_out)
    calibration = fit_platt(held_out[predicted], outcomes[predicted])
    progress(f"churn: {params.tree.trees} trees on {len(labelled):,} rows")
    return ChurnModel(_train(features, outcomes, params), calibration)


def user_folds(user_ids: pd.Series, folds: int) -> NDArray[np.int64]:
    """Fold of each user, the same in every run: sha256 of the id modulo `folds`."""
    fold_of = {
        user: int(hashlib.sha256(str(user).encode()).hexdigest()[:8], 16) % folds
        for user in user_ids.unique()
    }
    return user_ids.map(fold_of).to_numpy(dtype="int64")


def backtest(training: pd.DataFrame, scored: pd.DataFrame, params: ChurnParams) -> pd.DataFrame:
    """Metrics of the model and of recency alone on the very same users of a later snapshot.

    Columns: model, metric, value, low, high (95 % bootstrap). Recency ranks by days since the last
    order; its probability is the isotonic churn rate per day of recency in `training`.
    """
    outcomes = scored["churned"].to_numpy(float)
    probabilities = fit(training, params).probabilities(scored)
    recency = scored["recency_days"].to_numpy(float)
    by_recency = fit_isotonic(training["recency_days"], training["churned"]).apply(recency)
    table = [
        *(("lightgbm", name, metric, probabilities) for name, metric in RANKING.items()),
        *(("lightgbm", name, metric, probabilities) for name, metric in PROBABILITY.items()),
        ("lightgbm", "base_rate", base_rate, probabilities),
        *(("recency", name, metric, recency) for name, metric in RANKING.items()),
        *(("recency", name, metric, by_recency) for name, metric in PROBABILITY.items()),
    ]
    rows = []
    for model, name, metric, predicted in table:
        interval = bootstrap(
            metric, outcomes, predicted, draws=params.bootstrap_draws, seed=params.bootstrap_seed
        )
        rows.append((model, name, interval.value, interval.low, interval.high))
    return pd.DataFrame(rows, columns=["model", "metric", "value", "low", "high"])


def rhythm_churn(
    recency_days: pd.Series, rhythm_days: pd.Series, params: RhythmParams, *, label_days: int
) -> NDArray[np.float64]:
    """P(no order in the label window) from the user's own rhythm alone: the rule without a model.

    A user who is still there orders like a Poisson process, once per rhythm r: silent for the
    window of w days with e^(−w/r). One who is overdue by d = max(0, recency − r) has left with
    1 − e^(−d/(k·r)), k = `patience_rhythms`. So p = left + (1 − left)·e^(−w/r). Users without a
    rhythm get the median of the others. Not calibrated: lists that use it say so.

    >>> from models.params.churn import RhythmParams
    >>> p = rhythm_churn(pd.Series([1, 40]), pd.Series([10.0, 10.0]), RhythmParams(), label_days=30)
    >>> p.round(3).tolist()
    [0.05, 0.65]
    """
    observed_rhythm = rhythm_days.astype("float64")
    usual = (
        observed_rhythm.median() if observed_rhythm.notna().any() else params.default_rhythm_days
    )
    rhythm = observed_rhythm.fillna(usual).clip(lower=1.0).to_numpy()
    overdue = np.maximum(0.0, recency_days.to_numpy(float) - rhythm)
    left = 1.0 - np.exp(-overdue / (params.patience_rhythms * rhythm))
    return left + (1.0 - left) * np.exp(-label_days / rhythm)


def _train(
    features: pd.DataFrame, outcomes: NDArray[np.float64], params: ChurnParams
) -> lgb.Booster:
    import lightgbm as lgb

    data = lgb.Dataset(features, label=outcomes, free_raw_data=True)
    return lgb.train(params.tree.lightgbm(), data, num_boost_round=params.tree.trees)


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole > 0)
