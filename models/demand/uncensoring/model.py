"""Fit and apply the model of demand lost in stock-out hours.

Contains the choice of training days, label, weight and prediction. Not here: which hours are
masked for training (`hour_masking.py`), features (`day_features.py`), when a model is fitted
(`assets/core/demand`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.demand.uncensoring.day_features import DayFeatures
from models.demand.uncensoring.hour_masking import mask_hours
from models.demand.uncensoring.hourly_panel import Days, HourlyPanel
from models.params.demand import UncensoringParams
from models.registry.lightgbm_settings import tweedie_settings

if TYPE_CHECKING:
    from lightgbm import Booster


@dataclass(frozen=True)
class UncensoringModel:
    """A fitted model; `rows`: training days with masked hours."""

    booster: Booster
    rows: int


def fit_uncensoring_model(
    panel: HourlyPanel, params: UncensoringParams, threads: int
) -> UncensoringModel | None:
    """Fit the sales of masked hours; None with fewer than `min_rows` training days.

    Days sell out because they sell well, so fully in-stock days alone are a biased training set.
    The first model, fitted on those, estimates what the other days lost; the next is fitted on all
    days with these estimates added, `rounds` fits in all: expectation–maximisation for censored
    data (Dempster, Laird, Rubin 1977).
    """
    day_features = DayFeatures(panel)
    model = _fit(panel, day_features, None, params, threads)
    for _ in range(params.rounds - 1):
        if model is None or not panel.hidden().any():
            break
        model = _fit(panel, day_features, model, params, threads)
    return model


def estimate_lost_units(panel: HourlyPanel, model: UncensoringModel, threads: int) -> Days:
    """Estimate units of demand lost in stock-out hours, series × days; 0 on fully in-stock days.

    Units sold during a stock-out hour are not counted as lost.
    """
    lost = np.zeros(panel.sold_units.shape[:2], dtype=np.float32)
    where = np.argwhere(panel.hidden().any(2))
    if len(where):
        lost[where[:, 0], where[:, 1]] = _lost(panel, DayFeatures(panel), where, model, threads)
    return lost


def _fit(
    panel: HourlyPanel,
    day_features: DayFeatures,
    previous: UncensoringModel | None,
    params: UncensoringParams,
    threads: int,
) -> UncensoringModel | None:
    """Fit on fully in-stock days, or on all days completed by the `previous` model."""
    import lightgbm as lgb

    masked = mask_hours(panel, params, whole_days=previous is None)
    if len(masked.where) < params.min_rows:
        return None
    at = masked.where[:, 0], masked.where[:, 1]
    units = masked.hidden_units
    if previous is not None:
        sold_out = panel.hidden()[at].any(1)
        units = units.copy()
        units[sold_out] += _lost(panel, day_features, masked.where[sold_out], previous, threads)
    rows = day_features.rows(masked.where, masked.units, masked.part)
    level = day_features.level_units[at]
    data = lgb.Dataset(rows, label=units / level, weight=level, params={"max_bin": params.bins})
    settings = tweedie_settings(params, params.leaves, threads)
    return UncensoringModel(lgb.train(settings, data, params.trees), len(rows))


def _lost(
    panel: HourlyPanel,
    day_features: DayFeatures,
    where: NDArray[np.int64],
    model: UncensoringModel,
    threads: int,
) -> NDArray[np.float32]:
    """Estimate the units lost on the days `where` (rows of series, day)."""
    if not len(where):
        return np.zeros(0, np.float32)
    at = where[:, 0], where[:, 1]
    rates = np.asarray(model.booster.predict(day_features.rows(where), num_threads=threads))
    all_out = panel.is_offered[at] & (panel.on_sale[at] == 0)
    sold = np.sum(panel.sold_units[at], axis=1, where=all_out)
    return np.asarray(np.maximum(rates * day_features.level_units[at] - sold, 0), np.float32)
