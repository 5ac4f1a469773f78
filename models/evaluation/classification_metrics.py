"""Metrics of predicted probabilities against outcomes, with bootstrap intervals.

Takes outcomes (1 = it happened) and predictions, returns one number. Not here: which model is
scored on which day. Every function takes `outcomes` (n,) of 0/1 and `predicted` (n,), higher =
more likely. `brier` and `expected_calibration_error` need probabilities, the others only ranks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Metric = Callable[[NDArray[np.float64], NDArray[np.float64]], float]


def auc(outcomes: ArrayLike, predicted: ArrayLike) -> float:
    """Compute the area under the ROC curve: P(a positive is ranked above a negative).

    nan if only one outcome occurs.

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    from sklearn.metrics import roc_auc_score

    happened, scores = _arrays(outcomes, predicted)
    return float(roc_auc_score(happened, scores)) if 0 < happened.mean() < 1 else float("nan")


def average_precision(outcomes: ArrayLike, predicted: ArrayLike) -> float:
    """Compute the mean precision over the recall steps (no interpolation); nan without a positive.

    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    from sklearn.metrics import average_precision_score

    happened, scores = _arrays(outcomes, predicted)
    return float(average_precision_score(happened, scores)) if happened.any() else float("nan")


def lift_top_decile(outcomes: ArrayLike, predicted: ArrayLike) -> float:
    """Compute the rate among the 10 % highest predictions ÷ overall rate; nan without a positive.

    Users tied at the cut share the remaining places, so the order of rows does not matter.

    >>> lift_top_decile([1, 0, 0, 0, 0, 0, 0, 0, 0, 1], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    5.0
    >>> lift_top_decile([1, 0, 0, 0, 0, 0, 0, 0, 0, 1], [1] * 10)
    1.0
    """
    happened, scores = _arrays(outcomes, predicted)
    base = happened.mean()
    if base == 0:
        return float("nan")
    places = max(1, round(len(scores) / 10))
    cut = np.partition(scores, -places)[-places]
    above, at_cut = scores > cut, scores == cut
    hits = happened[above].sum() + (places - above.sum()) * happened[at_cut].mean()
    return float(hits / places / base)


def brier(outcomes: ArrayLike, predicted: ArrayLike) -> float:
    """Compute the mean squared error of the probability (Brier 1950).

    >>> round(brier([0, 1], [0.2, 0.9]), 4)
    0.025
    """
    happened, scores = _arrays(outcomes, predicted)
    return float(np.mean((scores - happened) ** 2))


def expected_calibration_error(
    outcomes: ArrayLike, predicted: ArrayLike, *, bins: int = 10
) -> float:
    """Sum over equal-count bins (share of users) · |mean probability − observed rate|.

    >>> round(expected_calibration_error([0, 1, 1, 1], [0.4, 0.4, 0.9, 0.9], bins=2), 4)
    0.1
    """
    happened, scores = _arrays(outcomes, predicted)
    order = np.argsort(scores, kind="stable")
    gaps = [
        len(part) * abs(scores[part].mean() - happened[part].mean())
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return float(sum(gaps) / len(scores))


def base_rate(outcomes: ArrayLike, predicted: ArrayLike | None = None) -> float:
    """Compute the share of positive outcomes; `predicted` is ignored.

    >>> base_rate([0, 1, 1, 1])
    0.75
    """
    return float(np.asarray(outcomes, dtype=float).mean())


RANKING: Mapping[str, Metric] = {
    "auc": auc,
    "average_precision": average_precision,
    "lift_top_decile": lift_top_decile,
}
PROBABILITY: Mapping[str, Metric] = {"brier": brier, "ece": expected_calibration_error}


@dataclass(frozen=True)
class Interval:
    """A metric with its 2.5 % and 97.5 % bootstrap bounds (nan: not computable)."""

    value: float
    low: float
    high: float


def bootstrap(
    metric: Metric, outcomes: ArrayLike, predicted: ArrayLike, *, draws: int, seed: int
) -> Interval:
    """Compute a percentile bootstrap over users (Efron 1979), `draws` samples with replacement.

    >>> happened = [0, 1] * 200
    >>> interval = bootstrap(base_rate, happened, happened, draws=200, seed=1)
    >>> interval.value, 0.40 < interval.low < 0.5 < interval.high < 0.60
    (0.5, True)
    """
    happened, scores = _arrays(outcomes, predicted)
    random = np.random.default_rng(seed)
    values = np.empty(draws)
    for draw in range(draws):
        rows = random.integers(0, len(happened), len(happened))
        values[draw] = metric(happened[rows], scores[rows])
    values = values[~np.isnan(values)]
    if not len(values):
        return Interval(metric(happened, scores), float("nan"), float("nan"))
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(metric(happened, scores), float(low), float(high))


def _arrays(
    outcomes: ArrayLike, predicted: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    happened, scores = np.asarray(outcomes, dtype=float), np.asarray(predicted, dtype=float)
    if happened.shape != scores.shape or happened.ndim != 1 or not len(happened):
        raise ValueError(f"need two equal, non-empty columns: {happened.shape}, {scores.shape}")
    if np.isnan(scores).any() or not np.isin(happened, (0.0, 1.0)).all():
        raise ValueError("outcomes must be 0 or 1 and no prediction may be empty")
    return happened, scores
