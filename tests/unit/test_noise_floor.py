"""The noise floor on sales whose scatter is known."""

from __future__ import annotations

import numpy as np
import pytest

from models.demand.backtest.noise_floor import Dispersion, fit_dispersion, floor_wape


def drawn(mean: np.ndarray, phi: float, power: float, rng: np.random.Generator) -> np.ndarray:
    counts = rng.poisson(mean ** (2 - power) / (phi * (2 - power)))
    shape, scale = (2 - power) / (power - 1), phi * (power - 1) * mean ** (power - 1)
    return np.where(counts > 0, rng.gamma(np.maximum(counts, 1) * shape, scale), 0.0)


def test_the_scatter_that_was_drawn_is_found_again() -> None:
    rng = np.random.default_rng(1)
    mean = rng.lognormal(0.5, 1.0, 40_000)
    once, again = (drawn(mean, 1.2, 1.4, rng) for _ in range(2))
    found = fit_dispersion(once, again, mean)
    assert found is not None
    assert (found.phi, found.power) == (pytest.approx(1.2, rel=0.05), pytest.approx(1.4, abs=0.05))
    true = np.abs(once - mean).sum() / once.sum()
    assert floor_wape(mean, found) == pytest.approx(true, abs=0.01)


def test_counts_of_a_poisson_kind_have_a_power_near_one() -> None:
    rng = np.random.default_rng(2)
    mean = rng.uniform(1, 30, 20_000)
    found = fit_dispersion(rng.poisson(mean), rng.poisson(mean), mean)
    assert found is not None and found.power == pytest.approx(1.0, abs=0.06)
    true = np.abs(rng.poisson(mean) - mean).sum() / mean.sum()
    assert floor_wape(mean, found) == pytest.approx(true, abs=0.01)


def test_a_few_pairs_tell_nothing() -> None:
    assert fit_dispersion(np.ones(20), np.zeros(20), np.ones(20)) is None


def test_more_scatter_is_a_higher_floor() -> None:
    mean = np.full(10, 4.0)
    floors = [floor_wape(mean, Dispersion(phi, 1.3, 1_000)) for phi in (0.5, 1.0, 2.0)]
    assert floors == sorted(floors) and floors[2] > 1.5 * floors[0]
