"""Map scores to calibrated probabilities, stored as plain numbers.

Contains the fit and use of a monotone map, and its JSON form. Not here: the rows it is fitted on;
callers pass predictions for rows that the scoring model has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_EDGE = 1e-6  # a probability is kept this far from 0 and 1 before its logit is taken


@dataclass(frozen=True)
class Platt:
    """p = 1 / (1 + exp(−(slope · logit(score) + intercept))), Platt 1999 on the logit scale."""

    slope: float
    intercept: float

    def apply(self, scores: ArrayLike) -> NDArray[np.float64]:
        """Return probabilities for raw scores in 0..1; keeps their order if slope > 0."""
        return _sigmoid(self.slope * logit(scores) + self.intercept)

    def to_json(self) -> dict[str, Any]:
        return {"kind": "platt", "slope": self.slope, "intercept": self.intercept}


@dataclass(frozen=True)
class Isotonic:
    """A piecewise linear, non-decreasing map: `probabilities` at `scores`, constant outside
    them.
    """

    scores: tuple[float, ...]
    probabilities: tuple[float, ...]

    def apply(self, scores: ArrayLike) -> NDArray[np.float64]:
        return np.interp(np.asarray(scores, dtype=float), self.scores, self.probabilities)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "isotonic",
            "scores": list(self.scores),
            "probabilities": list(self.probabilities),
        }


Calibration = Platt | Isotonic


def logit(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Compute log(p / (1 − p)), clipped to stay finite.

    >>> logit([0.5, 0.75]).round(4).tolist()
    [0.0, 1.0986]
    """
    p = np.clip(np.asarray(probabilities, dtype=float), _EDGE, 1 - _EDGE)
    return np.log(p / (1 - p))


def fit_platt(scores: ArrayLike, outcomes: ArrayLike) -> Platt:
    """Fit slope and intercept by Newton's method on the log-likelihood; the slope is at least 0.

    Outcomes are smoothed as in Platt 1999 ((n₊+1)/(n₊+2) and 1/(n₋+2)), so that a perfect split
    stays finite. Raises ValueError if only one outcome occurs.
    """
    x, happened = logit(scores), np.asarray(outcomes, dtype=float)
    positives = happened.sum()
    negatives = len(happened) - positives
    if positives == 0 or negatives == 0:
        raise ValueError("calibration needs both outcomes")
    target = np.where(happened > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.column_stack([x, np.ones_like(x)])
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        p = _sigmoid(design @ weights)
        gradient = design.T @ (p - target)
        curvature = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    if weights[0] <= 0:
        return Platt(0.0, float(round(np.log(positives / negatives), 9)))
    return Platt(float(round(weights[0], 9)), float(round(weights[1], 9)))


def fit_isotonic(scores: ArrayLike, outcomes: ArrayLike) -> Isotonic:
    """Fit by pool-adjacent-violators; raises ValueError if only one outcome occurs."""
    from sklearn.isotonic import IsotonicRegression

    happened = np.asarray(outcomes, dtype=float)
    if happened.min() == happened.max():
        raise ValueError("calibration needs both outcomes")
    fitted = IsotonicRegression(out_of_bounds="clip").fit(np.asarray(scores, float), happened)
    return Isotonic(
        tuple(float(value) for value in fitted.X_thresholds_),
        tuple(float(value) for value in fitted.y_thresholds_),
    )


def from_json(stored: Mapping[str, Any]) -> Calibration:
    """Read what `to_json` returned; raises ValueError for an unknown kind.

    >>> from_json(Platt(1.5, -0.25).to_json())
    Platt(slope=1.5, intercept=-0.25)
    """
    if stored["kind"] == "platt":
        return Platt(stored["slope"], stored["intercept"])
    if stored["kind"] == "isotonic":
        return Isotonic(tuple(stored["scores"]), tuple(stored["probabilities"]))
    raise ValueError(f"no calibration of kind {stored['kind']!r}")


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-np.clip(values, -40.0, 40.0)))
