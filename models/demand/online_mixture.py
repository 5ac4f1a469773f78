"""Forecast items with few periods of history: a mixture of small models, weighted by their record.

Contains the models, their weights and draws of future demand. Not here: the forecast of series with
months of days and known drivers (`models/demand/forecast.py`).

Every model is a dynamic linear model with discounting: a level, a level with a trend, a level with
a season, a level that demand returns to, each quick or slow to forget (West and Harrison 1997,
"Bayesian Forecasting and Dynamic Linear Models", chapters 6 and 10). A model's weight is the chance
it gave to past periods, old ones forgotten by and by (Raftery, Kárný and Ettler 2010, "Online
prediction under model uncertainty via dynamic model averaging", Technometrics 52). Draws carry what
is uncertain: the model, its state, the scatter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import lgamma, log, pi

import numpy as np

from models.params.demand import MixtureParams


@dataclass(frozen=True)
class _Structure:
    """What the state of a model means: demand = `reads` · state, state moves by `moves`."""

    reads: np.ndarray
    moves: np.ndarray
    spread: np.ndarray  # variances of the first state, in those of demand
    discount: float
    returns: float  # share of the last deviation that stays
    prior: float


@dataclass
class _Fitted:
    """Per item: state, scatter and the log of the weight."""

    structure: _Structure
    state: np.ndarray
    covariance: np.ndarray  # in variances of demand, shared by all items
    variance: np.ndarray
    freedom: float
    log_weight: np.ndarray
    last: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class DemandMixture:
    """Fitted models of every item; `weights`: items × models."""

    fitted: tuple[_Fitted, ...]
    weights: np.ndarray

    def draws(self, periods: int, count: int, seed: int) -> np.ndarray:
        """Return draws of the next periods' demand, items × draws × periods, not negative.

        All items share the random numbers, so that items of the same past have the same draws.
        """
        random = np.random.default_rng(seed)
        which = _models_of(self.weights, (random.permutation(count) + 0.5) / count)
        demand = np.empty((*which.shape, periods))
        for number, model in enumerate(self.fitted):
            size = len(model.state[0])
            scale = model.freedom / random.chisquare(model.freedom, count)
            start = random.standard_normal((count, size))
            moves = random.standard_normal((periods, count, size))
            noise = random.standard_normal((periods, count))
            at = np.nonzero(which == number)
            if len(at[0]):
                demand[at] = _walk(model, at, scale, start, moves, noise)
        return np.maximum(demand, 0.0)


def fit_mixture(demand_units: np.ndarray, params: MixtureParams) -> DemandMixture:
    """Fit on items × past periods (at least two), each known in full.

    >>> steady = fit_mixture(np.array([[10.0, 11, 9, 10, 12, 10, 9, 11]]), MixtureParams())
    >>> round(float(steady.draws(1, 400, seed=1).mean()), 1)
    10.3
    """
    if demand_units.shape[1] < 2:
        raise ValueError("a mixture needs at least two past periods")
    first = demand_units[:, : params.first_periods]
    level = first.mean(axis=1)
    variance = np.maximum(
        np.diff(first, axis=1).var(axis=1) / 2, (params.least_scatter * np.maximum(level, 1.0)) ** 2
    )
    fitted = [_begin(structure, level, variance, params) for structure in _structures(params)]
    for period in range(demand_units.shape[1]):
        for model in fitted:
            _learn(model, demand_units[:, period], params)
    logs = np.stack([model.log_weight for model in fitted], axis=1)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return DemandMixture(tuple(fitted), weights / weights.sum(axis=1, keepdims=True))


def _structures(params: MixtureParams) -> Iterator[_Structure]:
    one = np.ones((1, 1))
    level = params.level_spread
    for discount in params.level_discounts:
        share = params.level_share / len(params.level_discounts)
        yield _Structure(np.ones(1), one, np.array([level]), discount, 0.0, share)
    for discount in params.trend_discounts:
        share = params.trend_share / len(params.trend_discounts)
        moves = np.array([[1.0, 1.0], [0.0, 1.0]])
        spread = np.array([level, params.trend_spread])
        yield _Structure(np.array([1.0, 0.0]), moves, spread, discount, 0.0, share)
    for length in params.season_periods:
        share = params.season_share / len(params.season_periods)
        turn = 2 * pi / length
        moves = np.eye(3)
        moves[1:, 1:] = [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        spread = np.array([level, params.season_spread, params.season_spread])
        reads = np.array([1.0, 1.0, 0.0])
        yield _Structure(reads, moves, spread, params.season_discount, 0.0, share)
    for returns in params.returning_shares:
        share = params.returning_share / len(params.returning_shares)
        spread = np.array([level])
        yield _Structure(np.ones(1), one, spread, params.returning_discount, returns, share)


def _begin(
    structure: _Structure, level: np.ndarray, variance: np.ndarray, params: MixtureParams
) -> _Fitted:
    state = np.zeros((len(level), len(structure.reads)))
    state[:, 0] = level * (1 - structure.returns)
    return _Fitted(
        structure=structure,
        state=state,
        covariance=np.diag(structure.spread),
        variance=variance.copy(),
        freedom=params.first_freedom,
        log_weight=np.full(len(level), log(structure.prior)),
        last=level.copy(),
    )


def _learn(model: _Fitted, demand: np.ndarray, params: MixtureParams) -> None:
    """Predict a period, weigh the model by the chance it gave, and learn."""
    structure = model.structure
    told = model.state @ structure.moves.T
    covariance = structure.moves @ model.covariance @ structure.moves.T / structure.discount
    width = float(structure.reads @ covariance @ structure.reads) + 1.0
    error = demand - told @ structure.reads - structure.returns * model.last
    gain = covariance @ structure.reads / width
    squares = error**2 / width
    chance = _log_student(squares / model.variance, model.freedom)
    chance = chance - 0.5 * np.log(width * model.variance)
    usual = (1 - params.memory) * log(structure.prior)
    model.log_weight = params.memory * model.log_weight + usual + chance
    model.state = told + error[:, None] * gain
    model.covariance = covariance - np.outer(gain, gain) * width
    freedom = params.scatter_memory * model.freedom + 1.0
    model.variance = (params.scatter_memory * model.freedom * model.variance + squares) / freedom
    model.variance = np.maximum(
        model.variance, (params.least_scatter * np.maximum(demand, 1.0)) ** 2
    )
    model.freedom = freedom
    model.last = demand


def _log_student(squares: np.ndarray, freedom: float) -> np.ndarray:
    """Return the log density of Student's t at the square of a deviation, of scale 1."""
    constant = lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - 0.5 * log(freedom * pi)
    return constant - (freedom + 1) / 2 * np.log1p(squares / freedom)


def _models_of(weights: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the model of each item's draw: as many draws as the weight says."""
    bounds = np.cumsum(weights, axis=1)[:, :-1]
    return (places[None, :, None] > bounds[:, None, :]).sum(axis=2)


def _walk(
    model: _Fitted,
    at: tuple[np.ndarray, ...],
    scale: np.ndarray,
    start: np.ndarray,
    moves: np.ndarray,
    noise: np.ndarray,
) -> np.ndarray:
    """Draw the demand of the next periods for pairs of item and draw."""
    items, draws = at
    structure = model.structure
    deviation = np.sqrt(model.variance[items] * scale[draws])
    state = model.state[items] + deviation[:, None] * (start[draws] @ _root(model.covariance).T)
    step = structure.moves @ model.covariance @ structure.moves.T
    step = _root(step * (1 / structure.discount - 1))
    last = model.last[items]
    demand = np.empty((len(items), len(noise)))
    for period in range(len(noise)):
        state = state @ structure.moves.T
        state = state + deviation[:, None] * (moves[period, draws] @ step.T)
        last = state @ structure.reads + structure.returns * last + deviation * noise[period, draws]
        demand[:, period] = last
    return demand


def _root(covariance: np.ndarray) -> np.ndarray:
    """Return a matrix whose product with its transpose is the covariance."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return vectors * np.sqrt(np.maximum(values, 0.0))
