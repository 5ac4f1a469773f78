"""Estimate the error of a perfect forecast: the scatter of sales that no feature explains.

Contains a dispersion fitted on pairs of similar days, and the WAPE of a forecast that knows every
mean exactly. Not here: how the pairs are read (`assets/publish/reports`).

Two days of one series a week apart, both fully in stock at one price, differ by twice the variance
of a day, plus any change in between; the floor is therefore an upper estimate. Daily sales are
taken as Tweedie, compound Poisson–gamma, Var = φ·μᵖ with 1 < p < 2 (Jørgensen 1987).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_BINS = 30
_DRAWS = 20_000
_GRID = 60
_MIN_PAIRS = 500
_POWER = (1.01, 1.99)


@dataclass(frozen=True)
class Dispersion:
    """Var(y) = `phi` · μ^`power`; `pairs`: pairs of days in the fit."""

    phi: float
    power: float
    pairs: int


def fit_dispersion(
    units: np.ndarray, units_before: np.ndarray, mean_units: np.ndarray
) -> Dispersion | None:
    """Fit on pairs of days, sale units, with the mean of their series; None with too few pairs.

    Regresses half the mean squared difference on the mean in thirty bins by size, log on log, then
    fits the level with the power held within its bounds.
    """
    usable = mean_units > 0
    y, z, m = units[usable], units_before[usable], mean_units[usable]
    if len(y) < _MIN_PAIRS:
        return None
    order = np.argsort(m, kind="stable")
    parts = np.array_split(order, _BINS)
    size = np.array([m[part].mean() for part in parts])
    variance = np.array([((y[part] - z[part]) ** 2).mean() / 2 for part in parts])
    varies = variance > 0
    if varies.sum() < 2 or np.ptp(np.log(size[varies])) == 0:
        return None
    slope, height = np.polyfit(np.log(size[varies]), np.log(variance[varies]), 1)
    power = float(np.clip(slope, *_POWER))
    # with the power held in its bounds, the level that fits best
    height = float(np.mean(np.log(variance[varies]) - power * np.log(size[varies])))
    return Dispersion(float(np.exp(height)), power, len(y))


def floor_wape(mean_units: np.ndarray, dispersion: Dispersion, seed: int = 0) -> float:
    """Simulate the WAPE of a forecast that equals the mean of each row: Σ E|y − μ| ÷ Σ μ.

    `mean_units`: means, as a good forecast gives them; rows of zero are ignored.
    """
    means = mean_units[mean_units > 0]
    if not len(means):
        return float("nan")
    grid = np.geomspace(means.min(), means.max() + 1e-9, _GRID)
    rng = np.random.default_rng(seed)
    errors = np.array([_mean_absolute_error(mean, dispersion, rng) for mean in grid])
    return float(np.interp(means, grid, errors).sum() / means.sum())


def _mean_absolute_error(mean: float, dispersion: Dispersion, rng: np.random.Generator) -> float:
    phi, p = dispersion.phi, dispersion.power
    counts = rng.poisson(mean ** (2 - p) / (phi * (2 - p)), _DRAWS)
    shape, scale = (2 - p) / (p - 1), phi * (p - 1) * mean ** (p - 1)
    draws = np.where(counts > 0, rng.gamma(np.maximum(counts, 1) * shape, scale), 0.0)
    return float(np.abs(draws - mean).mean())
