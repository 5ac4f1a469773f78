"""The model of what sold-out hours hid: its fit, and its use on hours that were really lost.

Belongs here: which days are learnt from, label, weight, prediction. Does not: which hours are
hidden to learn (`hiding.py`), features (`features.py`), when a model is fitted (`assets/profiles`).
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from models.hidden_demand.features import Known
from models.hidden_demand.hiding import lesson
from models.hidden_demand.panel import Days, HourlyPanel
from models.params.demand import RecoveryParams
from models.trees import tweedie_settings


@dataclass(frozen=True)
class Recovery:
    """A fitted model; `rows`: days with hidden hours it learnt from."""

    booster: lgb.Booster
    rows: int


def fit_recovery(panel: HourlyPanel, params: RecoveryParams, threads: int) -> Recovery | None:
    """Learn what hidden hours sold; None with fewer than `min_rows` days to learn from.

    Days sell out because they sell well: whole days alone would teach too little. So the first
    model, of whole days, tells what the others lost, and the next learns from all days made whole
    by it, `rounds` times in all: expectation and maximisation for censored data (Dempster, Laird,
    Rubin 1977).
    """
    known = Known(panel)
    model = _fit(panel, known, None, params, threads)
    for _ in range(params.rounds - 1):
        if model is None or not panel.hidden().any():
            break
        lost = lost_units(panel, model, threads, known)
        model = _fit(panel, known, lost, params, threads)
    return model


def _fit(
    panel: HourlyPanel, known: Known, lost: Days | None, params: RecoveryParams, threads: int
) -> Recovery | None:
    taught = lesson(panel, lost, params)
    where = np.argwhere(taught.is_taught)
    if len(where) < params.min_rows:
        return None
    order = np.random.default_rng(params.seed).permutation(len(where))[: params.max_rows]
    chosen = where[np.sort(order)]
    at = chosen[:, 0], chosen[:, 1]
    rows, level = known.rows(chosen, taught.units[at], taught.part[at]), known.level_units[at]
    units = taught.hidden_units[at]
    data = lgb.Dataset(rows, label=units / level, weight=level, params={"max_bin": params.bins})
    settings = tweedie_settings(params, params.leaves, threads)
    return Recovery(lgb.train(settings, data, params.trees), len(chosen))


def lost_units(
    panel: HourlyPanel, model: Recovery, threads: int, known: Known | None = None
) -> Days:
    """Units of demand lost to sold-out hours, series × days; 0 on whole days.

    What was sold in a sold-out hour all the same is not lost. `known`: of the panel, where it has
    been made already.
    """
    known = known or Known(panel)
    lost = np.zeros(panel.sold_units.shape[:2], dtype=np.float32)
    where = np.argwhere(panel.hidden().any(2))
    if len(where):
        at = where[:, 0], where[:, 1]
        found = np.asarray(model.booster.predict(known.rows(where), num_threads=threads))
        all_out = panel.is_offered[at] & (panel.on_sale[at] == 0)
        sold = np.sum(panel.sold_units[at], axis=1, where=all_out)
        lost[at] = np.maximum(found * known.level_units[at] - sold, 0)
    return lost
