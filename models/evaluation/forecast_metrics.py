"""Forecast metrics: arrays in, one number out.

Not here: which rows are scored (`models/demand/scoring.py`), metrics of classifiers
(`classification_metrics.py`). Every function raises ValueError for arrays of different length and
returns nan if its denominator is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Values = npt.ArrayLike


def _pair(actual: Values, forecast: Values) -> tuple[np.ndarray, np.ndarray]:
    y, p = np.asarray(actual, float), np.asarray(forecast, float)
    if y.shape != p.shape:
        raise ValueError(f"actual has shape {y.shape}, forecast {p.shape}")
    return y, p


def wape(actual: Values, forecast: Values) -> float:
    """Compute the weighted absolute percentage error Σ|p − y| ÷ Σy, a ratio.

    >>> wape([2, 0, 2], [1, 1, 2])
    0.5
    >>> wape([0, 0], [1, 1])
    nan
    """
    y, p = _pair(actual, forecast)
    return float(np.abs(p - y).sum() / y.sum()) if y.sum() else float("nan")


def wpe(actual: Values, forecast: Values) -> float:
    """Compute the weighted percentage error Σ(p − y) ÷ Σy, a ratio; positive: forecast too high.

    >>> wpe([2, 0, 2], [1, 1, 3])
    0.25
    """
    y, p = _pair(actual, forecast)
    return float((p - y).sum() / y.sum()) if y.sum() else float("nan")


def mean_over_days(
    measure: Callable[[Values, Values], float], days: Sequence[tuple[Values, Values]]
) -> float:
    """Average `wape` or `wpe` over days, each (actual, forecast).

    If a day has no sale, its error is undefined, and all days are pooled instead. nan if no day has
    a sale.

    >>> round(mean_over_days(wape, [([2], [1]), ([4], [4])]), 3)
    0.25
    >>> round(mean_over_days(wape, [([2], [1]), ([0], [3])]), 3)  # (1 + 3) ÷ 2
    2.0
    """
    if not days:
        return float("nan")
    if all(np.asarray(actual, float).sum() for actual, _ in days):
        return float(np.mean([measure(actual, forecast) for actual, forecast in days]))
    actual, forecast = (
        np.concatenate([np.asarray(part, float) for part in x]) for x in zip(*days, strict=True)
    )
    return measure(actual, forecast)


def pinball(actual: Values, quantile: Values, percent: float) -> float:
    """Compute the mean pinball loss of a quantile, in the unit of the values; `percent` in 0..100.

    With τ = percent ÷ 100 a row costs τ·(y − q) if y ≥ q, else (1 − τ)·(q − y)
    (Koenker and Bassett 1978).

    >>> pinball([10, 10], [8, 14], 90)
    1.1
    """
    y, q = _pair(actual, quantile)
    if not 0 < percent < 100:
        raise ValueError(f"percent must lie between 0 and 100, got {percent}")
    share = percent / 100
    return (
        float(np.maximum(share * (y - q), (1 - share) * (q - y)).mean()) if len(y) else float("nan")
    )


def coverage(actual: Values, quantile: Values) -> float:
    """Compute the share of rows at or under the quantile.

    >>> coverage([1, 2, 3, 4], [2, 2, 2, 2])
    0.5
    """
    y, q = _pair(actual, quantile)
    return float((y <= q).mean()) if len(y) else float("nan")
