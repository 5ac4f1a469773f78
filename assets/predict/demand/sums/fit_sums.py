"""Fit and backtest the model of longer sums, as a part of the demand model.

Contains the fit, and what the demand model's artifact keeps of it. Not here: the rows
(`sum_rows.py`), the model (`models/demand/sums`), its use (`sum_forecast.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from assets.framework.day_asset import DayRun
from assets.predict.demand.fit import fit_threads, log_progress
from assets.predict.demand.sums.sum_rows import PastSums
from data_contracts.tables.demand import QUANTILE_PERCENTS
from models.demand.forecast import MEANS, MODEL
from models.demand.quantiles import RatioQuantiles
from models.demand.scoring import SCORE_COLUMNS
from models.demand.sums.naive_sums import MEAN_7_DAYS, USUAL, best_methods, naive_sums
from models.demand.sums.sum_feature_names import SUM_FEATURES
from models.demand.sums.sum_model import (
    fit_sum_booster,
    predicted_sums,
    steadied,
    windows_in_a_row,
)
from models.demand.sums.sum_quantiles import SumQuantiles, fit_sum_quantiles
from models.demand.sums.sum_scores import score_sums
from models.params.demand import NAIVE, DemandParams
from models.registry.artifacts import Artifact
from models.registry.fit_errors import named_failures

if TYPE_CHECKING:
    from models.registry.fit_errors import Booster

SUMS = "sums"


@dataclass(frozen=True)
class SumModel:
    """What forecasts longer sums: the booster with its features, or a naive method per span."""

    booster: Booster | None
    quantiles: SumQuantiles
    naive: dict[int, str]
    features: tuple[str, ...] = SUM_FEATURES
    windows: dict[int, float] = field(default_factory=dict)  # fitted, one after another

    def forecast(self, rows: pd.DataFrame, threads: int) -> np.ndarray:
        """Forecast the sum of each row, sale units."""
        if self.booster is not None:
            units = predicted_sums(self.booster, rows, self.features, threads)
            return steadied(units, naive_sums(rows, MEAN_7_DAYS), rows, self.windows)
        result = np.zeros(len(rows))
        spans = rows["span_days"].to_numpy()
        for span in np.unique(spans):
            mine = spans == span
            result[mine] = naive_sums(rows[mine], self._method(int(span)))
        return result

    def _method(self, span: int) -> str:
        """Return the method of the span; of the longest shorter one that was scored, else usual."""
        shorter = [days for days in self.naive if days <= span]
        return self.naive[max(shorter)] if shorter else USUAL

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a model's manifest."""
        return {
            "features": list(self.features),
            "windows": {str(span): count for span, count in self.windows.items()},
            "naive": {str(span): method for span, method in self.naive.items()},
            "quantiles": {
                str(span): own.as_dict() for span, own in self.quantiles.of_spans.items()
            },
        }


@dataclass(frozen=True)
class FittedSums:
    """A `SumModel`, and the rows of its backtest (DEMAND_BACKTEST without as_of)."""

    model: SumModel
    scores: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(SCORE_COLUMNS)))


NO_SUMS = FittedSums(SumModel(None, SumQuantiles(QUANTILE_PERCENTS, {}), {}))


def fit_sums(run: DayRun, past: PastSums, params: DemandParams) -> FittedSums:
    """Backtest a model on the sums that are over, and fit one on all of them.

    With fewer than `min_training_rows` sums before the first scored origin, the naive method that
    was best for each span serves.
    """
    booster = params.sums.booster
    if len(past.before) < booster.min_training_rows:
        return naive_model(run, past, params)
    scored = past.scored
    first = _fit(run, past.before, params, "backtest")
    naive = best_methods(scored)
    none = SumQuantiles(QUANTILE_PERCENTS, {})
    tested = SumModel(first, none, naive, windows=windows_in_a_row(past.before))
    forecast = tested.forecast(scored, run.threads)
    quantiles = fit_sum_quantiles(scored, forecast, QUANTILE_PERCENTS, params.quantiles)
    scores = score_sums(scored, forecast, MODEL, params.quantiles)
    serving = _fit(run, past.fitting, params, "training")
    windows = windows_in_a_row(past.fitting)
    return FittedSums(SumModel(serving, quantiles, naive, windows=windows), scores)


def naive_model(run: DayRun, past: PastSums, params: DemandParams) -> FittedSums:
    """Choose the best naive method per span on all known sums, with quantiles of its own errors."""
    sums = past.fitting
    naive = best_methods(sums)
    run.log(f"demand: longer sums by means of past days: {naive or USUAL}")
    model = SumModel(None, SumQuantiles(QUANTILE_PERCENTS, {}), naive)
    forecast = model.forecast(sums, run.threads)
    quantiles = fit_sum_quantiles(sums, forecast, QUANTILE_PERCENTS, NAIVE.quantiles)
    scores = score_sums(sums, forecast, MEANS, NAIVE.quantiles)
    return FittedSums(SumModel(None, quantiles, naive), scores)


def _fit(run: DayRun, rows: pd.DataFrame, params: DemandParams, what: str) -> Booster:
    threads = fit_threads(run, params)
    run.log(f"demand: {what} model of longer sums on {len(rows):,} rows, {threads} threads")
    with named_failures(f"{what} model of longer sums"):
        progress = log_progress(run, f"{what} trees of longer sums")
        return fit_sum_booster(rows, params.sums.booster, threads, progress)


def sum_model_of(artifact: Artifact | None) -> SumModel:
    """Return the model of longer sums in an artifact.

    The usual mean, with quantiles of a count, for an artifact that is older than longer sums or
    whose features are no longer computed.
    """
    stored = None if artifact is None else artifact.details.get(SUMS)
    if artifact is None or not stored:
        return NO_SUMS.model
    features = tuple(stored["features"])
    is_known = set(features) <= set(SUM_FEATURES)
    booster = artifact.boosters.get(SUMS) if is_known else None
    spans = {
        int(span): RatioQuantiles.from_dict(own)
        for span, own in stored["quantiles"].items()
        if tuple(own["percents"]) == QUANTILE_PERCENTS
    }
    quantiles = SumQuantiles(QUANTILE_PERCENTS, spans)
    naive = {int(span): str(method) for span, method in stored["naive"].items()}
    windows = {int(span): float(count) for span, count in stored["windows"].items()}
    return SumModel(booster, quantiles, naive, features, windows)
