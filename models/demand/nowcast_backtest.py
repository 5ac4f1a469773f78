"""Backtest the nowcast at one time of day against simple baselines, and fit its quantiles.

Contains the prediction of each past day from earlier days only, figures per day, and bands around
the rest of a series and of a warehouse. Not here: the nowcast itself (`nowcast.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.demand.nowcast import DayHistory, Moment, RestPrediction, fit_nowcast, predict_rest
from models.demand.quantiles import RatioQuantiles, fit_ratio_quantiles
from models.evaluation.forecast_metrics import coverage, wape, wpe
from models.params.nowcast import NowcastParams

NOWCAST, PRIOR_LEFT, BY_SHARE, PRIOR = "nowcast", "prior_less_ordered", "ordered_by_share", "prior"
WAREHOUSE_UNIT = "warehouse_unit"  # group: a warehouse's pieces, or its kilograms
REST, TOTAL, WAREHOUSE_TOTAL = "rest", "total", "warehouse_total"


@dataclass(frozen=True)
class ScoredDays:
    """Past days predicted at one moment, oldest first; arrays are (series, scored days).

    `days`: their columns. `warehouse`: (series,) number of its warehouse and sale unit.
    """

    hours_left: float
    days: range
    predicted: RestPrediction
    observed_units: np.ndarray
    rest_units: np.ndarray
    total_units: np.ndarray
    is_closed: np.ndarray
    warehouse: np.ndarray


def scored_days(days: DayHistory, params: NowcastParams) -> range:
    """Return the columns of the past days with enough earlier days to predict them.

    The open day, the last column, is never one of them.
    """
    past = days.total_units.shape[1] - 1
    return range(max(1 + params.min_learn_days, past - params.scored_days), past)


def score_days(days: DayHistory, moment: Moment, params: NowcastParams) -> ScoredDays | None:
    """Predict every scored day as on that day; None if no day can be predicted.

    The curve of a day is fitted on the `learn_days` before it, the strengths on those before the
    first scored day. No day is predicted with anything fitted on that day or later.
    """
    scored = scored_days(days, params)
    if not scored:
        return None
    before = slice(max(1, scored.start - params.learn_days), scored.start)
    strengths = fit_nowcast(days, moment, before, params).strengths
    predicted = []
    for day in scored:
        window = slice(max(1, day - params.learn_days), day)
        fitted = fit_nowcast(days, moment, window, params, strengths)
        predicted.append(predict_rest(days, moment, slice(day, day + 1), fitted))
    at = slice(scored.start, scored.stop)
    return ScoredDays(
        hours_left=moment.hours_left,
        days=scored,
        predicted=RestPrediction(
            *(
                np.concatenate([getattr(one, name) for one in predicted], axis=1)
                for name in ("rest_units", "on_sale_units", "prior_units", "remaining_share")
            )
        ),
        observed_units=moment.observed_units[:, at],
        rest_units=moment.rest_units[:, at],
        total_units=days.total_units[:, at],
        is_closed=moment.is_closed[:, at],
        warehouse=days.groups[WAREHOUSE_UNIT],
    )


def forecasts_by_model(scored: ScoredDays) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return model → rest and total of the day, (series, days), for the nowcast and its baselines.

    `prior_less_ordered`: the prior less observed orders. `ordered_by_share`: observed orders ÷
    share arrived (the prior while nothing has arrived). `prior`: ignores the orders of the day.
    """
    observed, prior, share = (
        scored.observed_units,
        scored.predicted.prior_units,
        scored.predicted.remaining_share,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(share < 1, observed * share / (1 - share), prior)
    rests = {
        NOWCAST: scored.predicted.rest_units,
        PRIOR_LEFT: np.maximum(prior - observed, 0.0),
        BY_SHARE: scaled,
    }
    result = {name: (rest, observed + rest) for name, rest in rests.items()}
    return result | {PRIOR: (prior * share, prior)}


def backtest_rows(scored: ScoredDays, params: NowcastParams) -> Iterator[dict[str, Any]]:
    """Yield the rows of NOWCAST_BACKTEST (without as_of; `day_no`: column of the day) of one
    moment.

    Coverage uses quantiles fitted on the other folds of the scored days.
    """
    covered = _coverages(scored, params)
    actual_total = _of_warehouses(scored.total_units, scored.warehouse)
    for model, (rest, total) in forecasts_by_model(scored).items():
        added = _of_warehouses(total, scored.warehouse)
        pairs = {
            REST: (scored.rest_units, rest),
            TOTAL: (scored.total_units, total),
            WAREHOUSE_TOTAL: (actual_total, added),
        }
        for scope, (actual, predicted) in pairs.items():
            for position, day_no in enumerate(scored.days):
                low, high = covered[scope][position] if model == NOWCAST else (np.nan, np.nan)
                yield {
                    "hours_left": scored.hours_left,
                    "day_no": day_no,
                    "model": model,
                    "scope": scope,
                    "wape": wape(actual[:, position], predicted[:, position]),
                    "wpe": wpe(actual[:, position], predicted[:, position]),
                    "actual_units": float(actual[:, position].sum()),
                    "coverage_p10": low,
                    "coverage_p90": high,
                }


@dataclass(frozen=True)
class Bands:
    """Quantiles of the rest for series on sale, closed series, and warehouse totals per sale
    unit.
    """

    on_sale: RatioQuantiles
    closed: RatioQuantiles
    warehouses: RatioQuantiles

    def of_series(self, rest_units: np.ndarray, is_closed: np.ndarray) -> np.ndarray:
        """Return quantiles of each rest, (rows, percents), sale units, ≥ 0; 0 where the rest
        is 0.
        """
        result = self.on_sale.units(rest_units)
        if is_closed.any():
            result[is_closed] = self.closed.units(rest_units[is_closed])
        result[rest_units <= 0] = 0.0
        return result

    def of_warehouses(self, rest_units: np.ndarray) -> np.ndarray:
        """Return the same for warehouse totals."""
        result = self.warehouses.units(rest_units)
        result[rest_units <= 0] = 0.0
        return result


def fit_bands(
    scored: ScoredDays | None,
    percents: tuple[float, ...],
    params: NowcastParams,
    positions: np.ndarray | None = None,
) -> Bands:
    """Fit bands on the errors of the scored days, or of those at `positions`.

    Without scored days the bands are those of a Poisson count, which are too narrow; the caller
    must report that.
    """
    if scored is None:
        none = RatioQuantiles(percents, (), ())
        return Bands(none, none, none)
    at = np.arange(len(scored.days)) if positions is None else positions
    actual, predicted = scored.rest_units[:, at], scored.predicted.rest_units[:, at]
    is_closed, is_predicted = scored.is_closed[:, at], predicted > 0
    on_sale, shut = is_predicted & ~is_closed, is_predicted & is_closed

    def fitted(of: np.ndarray) -> RatioQuantiles:
        return fit_ratio_quantiles(actual[of], predicted[of], percents, params.quantiles)

    warehouses = fit_ratio_quantiles(
        _of_warehouses(actual, scored.warehouse).ravel(),
        _of_warehouses(predicted, scored.warehouse).ravel(),
        percents,
        params.warehouse_quantiles,
    )
    return Bands(fitted(on_sale), fitted(shut), warehouses)


def _coverages(
    scored: ScoredDays, params: NowcastParams
) -> Mapping[str, list[tuple[float, float]]]:
    """Compute per scope and scored day the share of actuals at or under the 10 % and 90 %
    quantiles.

    Counts series and warehouses with a predicted rest.
    """
    positions = np.arange(len(scored.days))
    result: dict[str, list[tuple[float, float]]] = {
        scope: [(np.nan, np.nan)] * len(positions) for scope in (REST, TOTAL, WAREHOUSE_TOTAL)
    }
    predicted = _of_warehouses(scored.predicted.rest_units, scored.warehouse)
    actual = _of_warehouses(scored.rest_units, scored.warehouse)
    for fold in range(min(params.coverage_folds, len(positions))):
        held = positions[positions % params.coverage_folds == fold]
        others = np.setdiff1d(positions, held)
        if not len(others):
            continue
        bands = fit_bands(scored, (10.0, 90.0), params, others)
        for position in held:
            rest, of_day = scored.predicted.rest_units[:, position], scored.rest_units[:, position]
            has_rest = rest > 0
            series = bands.of_series(rest[has_rest], scored.is_closed[has_rest, position])
            sums = bands.of_warehouses(predicted[:, position])
            result[REST][position] = _under(of_day[has_rest], series)
            result[WAREHOUSE_TOTAL][position] = _under(actual[:, position], sums)
    result[TOTAL] = result[REST]  # what is ordered already moves both sides alike
    return result


def _under(actual: np.ndarray, quantiles: np.ndarray) -> tuple[float, float]:
    return coverage(actual, quantiles[:, 0]), coverage(actual, quantiles[:, 1])


def _of_warehouses(values: np.ndarray, warehouse: np.ndarray) -> np.ndarray:
    """Sum over the series of each warehouse; shape (warehouses, days)."""
    result = np.zeros((warehouse.max(initial=-1) + 1, values.shape[1]))
    np.add.at(result, warehouse, values)
    return result
