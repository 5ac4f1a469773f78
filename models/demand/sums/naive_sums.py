"""Forecast longer sums by plain means of past days, and choose the best mean for each span.

Contains the methods and the choice. Not here: naive forecasts of single days
(`models/demand/naive_forecasts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.evaluation.forecast_metrics import wape

MEAN_7_DAYS = "mean_7_days"
_SUBSTITUTES = ("mean_28", "mean_7", "warehouse_category_mean_28")  # if the own mean is unknown
# In order of preference among ties: method → column with the mean per day.
METHODS: Mapping[str, str] = {
    "mean_28_days": "mean_28",
    "mean_14_days": "mean_14",
    MEAN_7_DAYS: "mean_7",
    "mean_56_days": "mean_56",
    "mean_3_days": "mean_3",
}
USUAL = "mean_28_days"


def naive_sums(rows: pd.DataFrame, method: str) -> np.ndarray:
    """Forecast sums as the mean of past days times the days on offer, weighted by their kind."""
    names = list(dict.fromkeys((METHODS[method], *_SUBSTITUTES)))
    mean = rows[names].bfill(axis=1).iloc[:, 0].fillna(0.0)
    return np.asarray(mean.to_numpy(float) * rows["weight_days"].to_numpy(float))


def best_methods(scored: pd.DataFrame) -> dict[int, str]:
    """Choose per span the method with the lowest mean WAPE over origins.

    `scored`: known sums with features. Spans without one are left out.
    """
    best = {}
    for span, rows in scored.groupby("span_days", sort=True):
        errors = {}
        for method in METHODS:
            units = naive_sums(rows, method)
            groups = pd.DataFrame({"y": rows["demand_units"], "p": units}, index=rows.index)
            of_origins = [
                wape(group["y"], group["p"]) for _, group in groups.groupby(rows["origin"])
            ]
            errors[method] = float(np.nanmean(of_origins)) if of_origins else np.nan
        measured = {method: error for method, error in errors.items() if not np.isnan(error)}
        if measured:
            best[int(str(span))] = min(measured, key=lambda method: measured[method])
    return best
