"""How far past days were missed at an hour, beside plain peers, and the quantiles that follow.

Belongs here: telling each past day from earlier ones only, figures per day, bands around the rest
of a series and of a warehouse. Does not: the nowcast itself (`nowcast.py`).
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
    """Past days told at one moment, oldest first; arrays are (series, scored days).

    `days`: their columns. `warehouse`: (series,) number of its warehouse and sale unit.
    """

    hours_left: float
    days: range
    told: RestPrediction
    so_far_units: np.ndarray
    rest_units: np.ndarray
    total_units: np.ndarray
    is_closed: np.ndarray
    warehouse: np.ndarray


def scored_days(days: DayHistory, params: NowcastParams) -> range:
    """Columns of the past days that have enough days before them to be told; the open day, the
    last column, is none of them."""
    past = days.total_units.shape[1] - 1
    return range(max(1 + params.min_learn_days, past - params.scored_days), past)


def score_days(days: DayHistory, moment: Moment, params: NowcastParams) -> ScoredDays | None:
    """Tell every scored day as it would have been told then; None where no day can be.

    The curve of a day is learnt on the `learn_days` before it, the strengths on those before the
    first of them: no day is told by what was learnt on it or after it.
    """
    scored = scored_days(days, params)
    if not scored:
        return None
    before = slice(max(1, scored.start - params.learn_days), scored.start)
    strengths = fit_nowcast(days, moment, before, params).strengths
    told = []
    for day in scored:
        window = slice(max(1, day - params.learn_days), day)
        lesson = fit_nowcast(days, moment, window, params, strengths)
        told.append(predict_rest(days, moment, slice(day, day + 1), lesson))
    at = slice(scored.start, scored.stop)
    return ScoredDays(
        hours_left=moment.hours_left,
        days=scored,
        told=RestPrediction(
            *(
                np.concatenate([getattr(one, name) for one in told], axis=1)
                for name in ("rest_units", "on_sale_units", "prior_units", "to_come")
            )
        ),
        so_far_units=moment.so_far_units[:, at],
        rest_units=moment.rest_units[:, at],
        total_units=days.total_units[:, at],
        is_closed=moment.is_closed[:, at],
        warehouse=days.groups[WAREHOUSE_UNIT],
    )


def forecasts_by_model(scored: ScoredDays) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Model → rest and total of the day, (series, days), of the nowcast and of its peers.

    prior_less_ordered: what is left of the prior. ordered_by_share: orders so far ÷ share arrived
    (the prior, while nothing has). prior: as if nothing had been seen today.
    """
    so_far, prior, share = scored.so_far_units, scored.told.prior_units, scored.told.to_come
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(share < 1, so_far * share / (1 - share), prior)
    rests = {
        NOWCAST: scored.told.rest_units,
        PRIOR_LEFT: np.maximum(prior - so_far, 0.0),
        BY_SHARE: scaled,
    }
    found = {name: (rest, so_far + rest) for name, rest in rests.items()}
    return found | {PRIOR: (prior * share, prior)}


def backtest_rows(scored: ScoredDays, params: NowcastParams) -> Iterator[dict[str, Any]]:
    """Rows of NOWCAST_BACKTEST (without as_of; `day_no`: column of the day) of one moment.

    Coverage is that of quantiles fitted on the other parts of the scored days.
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
        for scope, (actual, told) in pairs.items():
            for place, day_no in enumerate(scored.days):
                low, high = covered[scope][place] if model == NOWCAST else (np.nan, np.nan)
                yield {
                    "hours_left": scored.hours_left,
                    "day_no": day_no,
                    "model": model,
                    "scope": scope,
                    "wape": wape(actual[:, place], told[:, place]),
                    "wpe": wpe(actual[:, place], told[:, place]),
                    "actual_units": float(actual[:, place].sum()),
                    "coverage_p10": low,
                    "coverage_p90": high,
                }


@dataclass(frozen=True)
class Bands:
    """Quantiles of the rest: of series on sale, of closed ones, of what one warehouse sells by
    the piece, or by weight."""

    on_sale: RatioQuantiles
    closed: RatioQuantiles
    warehouses: RatioQuantiles

    def of_series(self, rest_units: np.ndarray, is_closed: np.ndarray) -> np.ndarray:
        """Quantiles of each rest, (rows, percents), sale units, ≥ 0; 0 where the rest is."""
        found = self.on_sale.units(rest_units)
        if is_closed.any():
            found[is_closed] = self.closed.units(rest_units[is_closed])
        found[rest_units <= 0] = 0.0
        return found

    def of_warehouses(self, rest_units: np.ndarray) -> np.ndarray:
        """The same of the sums of warehouses."""
        found = self.warehouses.units(rest_units)
        found[rest_units <= 0] = 0.0
        return found


def fit_bands(
    scored: ScoredDays | None,
    percents: tuple[float, ...],
    params: NowcastParams,
    places: np.ndarray | None = None,
) -> Bands:
    """Bands from how far the scored days (those at `places`) missed; with none, those of a Poisson
    count, which are too narrow: say so."""
    if scored is None:
        none = RatioQuantiles(percents, (), ())
        return Bands(none, none, none)
    at = np.arange(len(scored.days)) if places is None else places
    actual, told = scored.rest_units[:, at], scored.told.rest_units[:, at]
    is_closed, is_told = scored.is_closed[:, at], told > 0
    on_sale, shut = is_told & ~is_closed, is_told & is_closed

    def fitted(of: np.ndarray) -> RatioQuantiles:
        return fit_ratio_quantiles(actual[of], told[of], percents, params.quantiles)

    warehouses = fit_ratio_quantiles(
        _of_warehouses(actual, scored.warehouse).ravel(),
        _of_warehouses(told, scored.warehouse).ravel(),
        percents,
        params.warehouse_quantiles,
    )
    return Bands(fitted(on_sale), fitted(shut), warehouses)


def _coverages(
    scored: ScoredDays, params: NowcastParams
) -> Mapping[str, list[tuple[float, float]]]:
    """Scope → per scored day the share of actuals at or under the 10 and the 90 % quantile, series
    and warehouses of which something is told."""
    places = np.arange(len(scored.days))
    found: dict[str, list[tuple[float, float]]] = {
        scope: [(np.nan, np.nan)] * len(places) for scope in (REST, TOTAL, WAREHOUSE_TOTAL)
    }
    told = _of_warehouses(scored.told.rest_units, scored.warehouse)
    actual = _of_warehouses(scored.rest_units, scored.warehouse)
    for fold in range(min(params.coverage_folds, len(places))):
        held = places[places % params.coverage_folds == fold]
        others = np.setdiff1d(places, held)
        if not len(others):
            continue
        bands = fit_bands(scored, (10.0, 90.0), params, others)
        for place in held:
            rest, of_day = scored.told.rest_units[:, place], scored.rest_units[:, place]
            asked = rest > 0
            series = bands.of_series(rest[asked], scored.is_closed[asked, place])
            sums = bands.of_warehouses(told[:, place])
            found[REST][place] = _under(of_day[asked], series)
            found[WAREHOUSE_TOTAL][place] = _under(actual[:, place], sums)
    found[TOTAL] = found[REST]  # what is ordered already moves both sides alike
    return found


def _under(actual: np.ndarray, quantiles: np.ndarray) -> tuple[float, float]:
    return coverage(actual, quantiles[:, 0]), coverage(actual, quantiles[:, 1])


def _of_warehouses(values: np.ndarray, warehouse: np.ndarray) -> np.ndarray:
    """Sums over the series of each warehouse, (warehouses, days)."""
    found = np.zeros((warehouse.max(initial=-1) + 1, values.shape[1]))
    np.add.at(found, warehouse, values)
    return found
