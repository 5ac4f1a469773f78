"""Spread scenarios evenly over what is uncertain: demand, lead times, lost orders.

The same points for every line and every run, so that two runs on the same data give the same
orders. The points are an additive recurrence: in dimension j the n-th one is n · φ⁻ʲ modulo 1, with
φ the root of x^(d+1) = x + 1, which fills the cube more evenly than random points (Niederreiter
1978, "Quasi-Monte Carlo methods and pseudo-random numbers", Bulletin of the AMS 84).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

SCENARIOS = 64
_ITERATIONS = 60


@lru_cache(maxsize=4)
def scenario_shares(dimensions: int, scenarios: int = SCENARIOS) -> np.ndarray:
    """Return percentiles between 0 and 1, shape (dimensions, scenarios).

    Each row holds one point in each of `scenarios` equal parts of the line, at its middle.

    >>> np.sort(scenario_shares(2, 4), axis=1).tolist()
    [[0.125, 0.375, 0.625, 0.875], [0.125, 0.375, 0.625, 0.875]]
    """
    root = 2.0
    for _ in range(_ITERATIONS):
        root = (1 + root) ** (1 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1)
    points = np.outer(steps, np.arange(1, scenarios + 1)) % 1.0
    shares: np.ndarray = (points.argsort(axis=1).argsort(axis=1) + 0.5) / scenarios
    shares.setflags(write=False)
    return shares


def correlated_share(share: np.ndarray, other: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Return percentiles that follow `share` with a given rank correlation (Gaussian copula).

    `share`, `other`: independent percentiles, shape (scenarios,). `correlation`: per line. Shape
    (lines, scenarios).
    """
    from scipy.special import ndtr, ndtri

    rho = correlation[:, None]
    return np.asarray(ndtr(rho * ndtri(share) + np.sqrt(1 - rho**2) * ndtri(other)))
