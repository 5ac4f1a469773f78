"""The model of what sold-out hours hid: its fit, and its use on hours that were really lost.

Belongs here: which days are learnt from, label, weight, prediction. Does not: which hours are
hidden to learn (`hour_masking.py`), features (`day_features.py`), when a model is fitted
(`assets/profiles`).
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
    """A fitted model; `rows`: days with hidden hours it learnt from."""

    booster: Booster
    rows: int


def fit_uncensoring_model(
    panel: HourlyPanel, params: UncensoringParams, threads: int
) -> UncensoringModel | None:
    """Learn what hidden hours sold; None with fewer than `min_rows` days to learn from.

    Days sell out because they sell well: whole days alone would teach too little. So the first
    model, of whole days, tells what the others lost, and the next learns from all days made whole
    by it, `rounds` times in all: expectation and maximisation for censored data (Dempster, Laird,
    Rubin 1977).
    """
    known = DayFeatures(panel)
    model = _fit(panel, known, None, params, threads)
    for _ in range(params.rounds - 1):
        if model is None or not panel.hidden().any():
            break
        model = _fit(panel, known, model, params, threads)
    return model


def estimate_lost_units(panel: HourlyPanel, model: UncensoringModel, threads: int) -> Days:
    """Units of demand lost to sold-out hours, series × days; 0 on whole days.

    What was sold in a sold-out hour all the same is not lost.
    """
    lost = np.zeros(panel.sold_units.shape[:2], dtype=np.float32)
    where = np.argwhere(panel.hidden().any(2))
    if len(where):
        lost[where[:, 0], where[:, 1]] = _lost(panel, DayFeatures(panel), where, model, threads)
    return lost


def _fit(
    panel: HourlyPanel,
    known: DayFeatures,
    before: UncensoringModel | None,
    params: UncensoringParams,
    threads: int,
) -> UncensoringModel | None:
    """Fit on whole days, or, with the model `before`, on all of them, made whole by it."""
    import lightgbm as lgb

    taught = mask_hours(panel, params, whole_days=before is None)
    if len(taught.where) < params.min_rows:
        return None
    at = taught.where[:, 0], taught.where[:, 1]
    units = taught.hidden_units
    if before is not None:
        sold_out = panel.hidden()[at].any(1)
        units = units.copy()
        units[sold_out] += _lost(panel, known, taught.where[sold_out], before, threads)
    rows = known.rows(taught.where, taught.units, taught.part)
    level = known.level_units[at]
    data = lgb.Dataset(rows, label=units / level, weight=level, params={"max_bin": params.bins})
    settings = tweedie_settings(params, params.leaves, threads)
    return UncensoringModel(lgb.train(settings, data, params.trees), len(rows))


def _lost(
    panel: HourlyPanel,
    known: DayFeatures,
    where: NDArray[np.int64],
    model: UncensoringModel,
    threads: int,
) -> NDArray[np.float32]:
    """Units lost on the days `where` (rows of series, day)."""
    if not len(where):
        return np.zeros(0, np.float32)
    at = where[:, 0], where[:, 1]
    found = np.asarray(model.booster.predict(known.rows(where), num_threads=threads))
    all_out = panel.is_offered[at] & (panel.on_sale[at] == 0)
    sold = np.sum(panel.sold_units[at], axis=1, where=all_out)
    return np.asarray(np.maximum(found * known.level_units[at] - sold, 0), np.float32)
