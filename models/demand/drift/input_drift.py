"""Are the rows a model is asked about like those it was fitted on? Feature by feature.

Belongs here: the reference a model carries, and the comparison of a day with it. Does not: features
themselves, where a reference is stored, errors of the forecast (`error_drift.py`).

Compared is what the trees see: the own past of a series as multiples of its level. What a level is
itself (`LEVEL_FEATURES`) is divided by its mean over the day's rows, so that a platform that grows
does not drift by growing; that its week rises is seen by the ratios. The calendar is left
out: it differs from day to day by nature. What is shared by whole regions differs almost as
much, so a day is measured by how unlike the reference the single days of the reference were. The
weather of a day is a few values on many rows: it is judged by what is missing and out of range.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from models.demand.feature_names import DAY, FEATURES, LEVELS, WEATHER
from models.params.drift import InputDriftParams

# How the target's kind of day sold (free or not): as much the calendar's as DAY is.
_OF_THE_CALENDAR = (*DAY, "same_kind_mean_28", *(f"{level}_kind_ratio" for level in LEVELS))
WATCHED: tuple[str, ...] = tuple(name for name in FEATURES if name not in _OF_THE_CALENDAR)
LEVEL_FEATURES: tuple[str, ...] = ("mean_28", *(f"{level}_mean_28" for level in LEVELS))
COLUMNS = (
    "name",
    "rows",
    "psi",
    "usual_psi",
    "missing_share",
    "usual_missing_share",
    "outside_share",
    "is_alarm",
)


def population_stability(expected: np.ndarray, actual: np.ndarray, least_share: float) -> float:
    """Population stability index Σ (a − e) · ln(a ÷ e) over bins; 0: alike, no unit.

    e, a: shares of the bins, each at least `least_share` (Siddiqi 2006, Credit Risk Scorecards).

    >>> round(population_stability(np.array([0.5, 0.5]), np.array([0.25, 0.75]), 0.001), 4)
    0.2747
    """
    e, a = np.maximum(expected, least_share), np.maximum(actual, least_share)
    return float(((a - e) * np.log(a / e)).sum())


def feature_reference(
    seen: pd.DataFrame, days: pd.Series, params: InputDriftParams
) -> dict[str, dict[str, Any]]:
    """What a model carries of the rows it was fitted on: per watched feature `edges` (inner edges
    of bins), `shares` of the bins among known values, `lowest`, `highest`, `mean`, `missing`
    (share), and the most a single day differed from all: `usual_psi`, `usual_missing`. JSON.

    `seen`: rows as the trees see them; `days`: the origin of each.
    """
    order = np.unique(days.to_numpy(), return_inverse=True)[1]
    found = {}
    for name in WATCHED:
        if name in seen:
            found[name] = _reference_of_feature(_comparable(seen, name, order), order, params)
    return found


def _reference_of_feature(
    column: np.ndarray, order: np.ndarray, params: InputDriftParams
) -> dict[str, Any]:
    known = ~np.isnan(column)
    missing = np.bincount(order, ~known) / np.bincount(order)
    plain: dict[str, Any] = {
        "missing": float((~known).mean()) if len(column) else 0.0,
        "usual_missing": float(missing.max(initial=0.0)),
    }
    if not known.any():
        return plain
    values, days = column[known], int(order.max()) + 1
    edges = _edges(values, params.bins)
    width = len(edges) + 1
    places = order[known] * width + np.searchsorted(edges, values, side="left")
    counts = np.bincount(places, minlength=days * width).reshape(days, width)
    shares = counts.sum(0) / counts.sum()
    usual = [
        population_stability(shares, day / day.sum(), params.least_share)
        for day in counts[counts.sum(1) >= params.min_rows]
    ]
    return plain | {
        "edges": edges.tolist(),
        "shares": shares.tolist(),
        "lowest": float(values.min()),
        "highest": float(values.max()),
        "mean": float(values.mean()),
        "usual_psi": max(usual, default=0.0),
    }


def compare_features(
    seen: pd.DataFrame, carried: Mapping[str, Mapping[str, Any]], params: InputDriftParams
) -> pd.DataFrame:
    """The rows of one day beside the reference a model carries: COLUMNS, one row per feature.

    `seen`: rows as the trees see them. Empty with fewer than `min_rows` rows. A feature without a
    known value on either side has no `psi`.
    """
    if len(seen) < params.min_rows:
        return pd.DataFrame(columns=list(COLUMNS))
    one_day = np.zeros(len(seen), dtype=int)
    rows = [
        _compared(name, _comparable(seen, name, one_day), carried[name], params)
        for name in WATCHED
        if name in seen and name in carried
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _compared(
    name: str, column: np.ndarray, of: Mapping[str, Any], params: InputDriftParams
) -> dict[str, Any]:
    known = column[~np.isnan(column)]
    missing = 1 - len(known) / len(column)
    row: dict[str, Any] = {
        "name": name,
        "rows": len(column),
        "missing_share": missing,
        "usual_missing_share": of["usual_missing"],
    }
    is_alarm = missing > of["usual_missing"] + params.alarm_missing_share
    if len(known) and "edges" in of:
        counts = np.bincount(
            np.searchsorted(of["edges"], known, side="left"), minlength=len(of["shares"])
        )
        psi = population_stability(np.array(of["shares"]), counts / len(known), params.least_share)
        margin = params.range_margin * (of["highest"] - of["lowest"])
        outside = float(((known < of["lowest"] - margin) | (known > of["highest"] + margin)).mean())
        enough = len(known) >= params.min_rows
        row |= {"psi": psi, "usual_psi": of["usual_psi"], "outside_share": outside}
        most = max(params.alarm_psi, params.baseline_psi_factor * of["usual_psi"])
        is_alarm |= enough and psi > most and name not in WEATHER
        is_alarm |= outside > params.alarm_outside_share
    return row | {"is_alarm": bool(is_alarm)}


def _comparable(seen: pd.DataFrame, name: str, order: np.ndarray) -> np.ndarray:
    """Values of a feature; of a level, as multiples of its mean over the rows of the day."""
    values = seen[name].to_numpy(float)
    if name not in LEVEL_FEATURES:
        return values
    known = ~np.isnan(values)
    days = int(order.max(initial=0)) + 1
    sums = np.bincount(order[known], values[known], minlength=days)
    means = sums / np.maximum(np.bincount(order[known], minlength=days), 1)
    return np.asarray(values / np.where(means > 0, means, np.nan)[order])


def _edges(known: np.ndarray, bins: int) -> np.ndarray:
    """Inner edges by quantile; fewer where many values are equal. A value on an edge counts below
    it, so that a value many rows share is a bin of its own."""
    found = np.unique(np.quantile(known, np.arange(1, bins) / bins, method="lower"))
    return np.asarray(found[found < known.max()] if len(found) else found)
