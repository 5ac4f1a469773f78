"""The mixture of small models: it finds the pattern, and its draws say how sure it is."""

from __future__ import annotations

import doctest
from dataclasses import replace

import numpy as np
import pytest

from models.demand import online_mixture
from models.demand.online_mixture import fit_mixture
from models.params.demand import MixtureParams

PARAMS = MixtureParams()
LEVELS = len(PARAMS.level_discounts)
TRENDS = slice(LEVELS, LEVELS + len(PARAMS.trend_discounts))
SEASONS = slice(TRENDS.stop, TRENDS.stop + len(PARAMS.season_periods))


def test_doctests() -> None:
    result = doctest.testmod(online_mixture)
    assert result.attempted > 0
    assert result.failed == 0


def test_a_line_is_continued() -> None:
    line = 100.0 + 10 * np.arange(20)[None, :]
    noise = np.random.default_rng(1).normal(0, 5, line.shape)
    mixture = fit_mixture(line + noise, PARAMS)
    assert mixture.weights[0, TRENDS].sum() > 0.9
    assert mixture.draws(3, 400, seed=1).mean(axis=1)[0] == pytest.approx([300, 310, 320], abs=12)


def test_a_season_is_continued() -> None:
    turns = 2 * np.pi * np.arange(43) / 10
    noise = np.random.default_rng(2).normal(0, 8, 43)
    mixture = fit_mixture((100 + 40 * np.sin(turns) + noise)[None, :], PARAMS)
    assert mixture.weights[0, SEASONS].sum() > 0.9
    told = mixture.draws(5, 400, seed=1).mean(axis=1)[0]
    ahead = 100 + 40 * np.sin(2 * np.pi * np.arange(43, 48) / 10)
    assert told == pytest.approx(ahead, abs=12)


def test_a_jump_is_followed_by_what_forgets_quickly() -> None:
    noise = np.random.default_rng(3).normal(0, 5, 30)
    jump = np.where(np.arange(30) < 25, 100.0, 200.0) + noise
    mixture = fit_mixture(jump[None, :], PARAMS)
    assert mixture.draws(1, 400, seed=1).mean() == pytest.approx(200, abs=15)


def test_demand_that_returns_to_its_mean_is_told_from_a_jump() -> None:
    """After a high day of demand that returns by two thirds, the next one is told in between."""
    random = np.random.default_rng(4)
    values = [100.0]
    for shock in random.normal(0, 10, 60):
        values.append(100 + 0.65 * (values[-1] - 100) + shock)
    history = np.array([[*values, 150.0]])
    told = fit_mixture(history, PARAMS).draws(6, 800, seed=1).mean(axis=1)[0]
    assert 100 < told[5] < told[0] < 150


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_quantiles_of_sums_hold(share: float) -> None:
    """1,000 items of normal demand whose level is known from 25 periods: three periods ahead."""
    random = np.random.default_rng(5)
    demand = random.normal(100, 25, (1_000, 28))
    draws = fit_mixture(demand[:, :25], PARAMS).draws(3, 400, seed=1).sum(axis=2)
    covered = (demand[:, 25:].sum(axis=1) <= np.quantile(draws, share, axis=1)).mean()
    assert covered == pytest.approx(share, abs=0.05)


def test_sums_are_wider_than_independent_days() -> None:
    """The level is not known for sure, so errors of the same draw add up."""
    demand = np.random.default_rng(6).normal(100, 25, (200, 10))
    draws = fit_mixture(demand, PARAMS).draws(4, 400, seed=1)
    independent = np.sqrt((draws.var(axis=1)).sum(axis=1))
    assert (draws.sum(axis=2).std(axis=1) > 1.15 * independent).mean() > 0.9


def test_draws_are_repeatable_and_not_negative() -> None:
    demand = np.array([[0.0, 3, 0, 0, 1, 0, 2], [5.0, 5, 5, 5, 5, 5, 5]])
    first, again = (fit_mixture(demand, PARAMS).draws(2, 50, seed=9) for _ in range(2))
    assert (first == again).all()
    assert first.min() == 0.0
    assert (first != fit_mixture(demand, PARAMS).draws(2, 50, seed=10)).any()


def test_an_item_is_forecast_alike_alone_and_among_others() -> None:
    demand = np.random.default_rng(7).normal(50, 10, (3, 12))
    together = fit_mixture(demand, PARAMS).draws(2, 60, seed=1)
    alone = fit_mixture(demand[1:2], PARAMS).draws(2, 60, seed=1)
    assert alone[0] == pytest.approx(together[1])


def test_constant_demand_keeps_some_scatter() -> None:
    draws = fit_mixture(np.full((1, 12), 40.0), PARAMS).draws(1, 400, seed=1)
    assert 0.5 < draws.std() < 3


def test_one_period_is_too_few() -> None:
    with pytest.raises(ValueError, match="two past periods"):
        fit_mixture(np.ones((2, 1)), PARAMS)


def test_the_shares_of_kinds_come_to_one() -> None:
    shares = PARAMS.level_share + PARAMS.trend_share + PARAMS.season_share + PARAMS.returning_share
    assert shares == pytest.approx(1)
    with pytest.raises(ValueError, match="together 1"):
        replace(PARAMS, level_share=0.9)
    with pytest.raises(ValueError, match="memory"):
        replace(PARAMS, memory=1.5)
    with pytest.raises(ValueError, match="discount"):
        replace(PARAMS, season_discount=0.0)
