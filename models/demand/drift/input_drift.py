"""Compare the features of today's rows with the rows the model was fitted on.

Contains the reference a model carries, and the comparison of a day with it. Not here: the features
themselves, where a reference is stored, forecast errors (`error_drift.py`).

Compares what the trees see: a series' own past as multiples of its level. Levels themselves
(`LEVEL_FEATURES`) are divided by their mean over the day's rows, so that growth of the platform is
not drift; a rising week shows in the ratios. The calendar is left out, because it differs from day
to day. Features shared by whole regions vary almost as much, so a day is compared with how far
single days of the fit differed from the reference. The weather of a day is a few values on many
rows and is checked only for missing and out-of-range values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from models.demand.feature_names import DAY, FEATURES, LEVELS, WEATHER
from models.params.drift import InputDriftParams

# Sales on the target's kind of day (free or not): as calendar-driven as DAY.
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
    """Compute the population stability index Σ (a − e) · ln(a ÷ e) over bins; 0: alike, no unit.

    e, a: shares of the bins, each at least `least_share` (Siddiqi 2006, Credit Risk Scorecards).

    >>> round(population_stability(np.array([0.5, 0.5]), np.array([0.25, 0.75]), 0.001), 4)
    0.2747
    """
    e, a = np.maximum(expected, least_share), np.maximum(actual, least_share)
    return float(((a - e) * np.log(a / e)).sum())


def feature_reference(
    inputs: pd.DataFrame, days: pd.Series, params: InputDriftParams
) -> dict[str, dict[str, Any]]:
    """Summarise the rows a model was fitted on, per watched feature; JSON-compatible.

    `edges` (inner edges of bins), `shares` of the bins among known values, `lowest`, `highest`,
    `mean`, `missing` (share), and the largest difference of a single day: `usual_psi`,
    `usual_missing` (keys of stored manifests). `inputs`: rows as the trees see them; `days`: the
    origin of each.
    """
    order = np.unique(days.to_numpy(), return_inverse=True)[1]
    reference = {}
    for name in WATCHED:
        if name in inputs:
            reference[name] = _reference_of_feature(_comparable(inputs, name, order), order, params)
    return reference


def _reference_of_feature(
    column: np.ndarray, order: np.ndarray, params: InputDriftParams
) -> dict[str, Any]:
    is_present = ~np.isnan(column)
    missing = np.bincount(order, ~is_present) / np.bincount(order)
    summary: dict[str, Any] = {
        "missing": float((~is_present).mean()) if len(column) else 0.0,
        "usual_missing": float(missing.max(initial=0.0)),
    }
    if not is_present.any():
        return summary
    values, days = column[is_present], int(order.max()) + 1
    edges = _edges(values, params.bins)
    width = len(edges) + 1
    places = order[is_present] * width + np.searchsorted(edges, values, side="left")
    counts = np.bincount(places, minlength=days * width).reshape(days, width)
    shares = counts.sum(0) / counts.sum()
    day_psi = [
        population_stability(shares, day / day.sum(), params.least_share)
        for day in counts[counts.sum(1) >= params.min_rows]
    ]
    return summary | {
        "edges": edges.tolist(),
        "shares": shares.tolist(),
        "lowest": float(values.min()),
        "highest": float(values.max()),
        "mean": float(values.mean()),
        "usual_psi": max(day_psi, default=0.0),
    }


def compare_features(
    inputs: pd.DataFrame, reference: Mapping[str, Mapping[str, Any]], params: InputDriftParams
) -> pd.DataFrame:
    """Compare the rows of one day with the reference: COLUMNS, one row per feature.

    `inputs`: rows as the trees see them. Empty with fewer than `min_rows` rows. A feature without a
    known value on either side has no `psi`.
    """
    if len(inputs) < params.min_rows:
        return pd.DataFrame(columns=list(COLUMNS))
    one_day = np.zeros(len(inputs), dtype=int)
    rows = [
        _compared(name, _comparable(inputs, name, one_day), reference[name], params)
        for name in WATCHED
        if name in inputs and name in reference
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _compared(
    name: str, column: np.ndarray, reference: Mapping[str, Any], params: InputDriftParams
) -> dict[str, Any]:
    present = column[~np.isnan(column)]
    missing = 1 - len(present) / len(column)
    row: dict[str, Any] = {
        "name": name,
        "rows": len(column),
        "missing_share": missing,
        "usual_missing_share": reference["usual_missing"],
    }
    is_alarm = missing > reference["usual_missing"] + params.alarm_missing_share
    if len(present) and "edges" in reference:
        counts = np.bincount(
            np.searchsorted(reference["edges"], present, side="left"),
            minlength=len(reference["shares"]),
        )
        psi = population_stability(
            np.array(reference["shares"]), counts / len(present), params.least_share
        )
        margin = params.range_margin * (reference["highest"] - reference["lowest"])
        outside = float(
            (
                (present < reference["lowest"] - margin) | (present > reference["highest"] + margin)
            ).mean()
        )
        enough = len(present) >= params.min_rows
        row |= {"psi": psi, "usual_psi": reference["usual_psi"], "outside_share": outside}
        most = max(params.alarm_psi, params.baseline_psi_factor * reference["usual_psi"])
        is_alarm |= enough and psi > most and name not in WEATHER
        is_alarm |= outside > params.alarm_outside_share
    return row | {"is_alarm": bool(is_alarm)}


def _comparable(inputs: pd.DataFrame, name: str, order: np.ndarray) -> np.ndarray:
    """Return the values of a feature; a level as multiples of its mean over the rows of the day."""
    values = inputs[name].to_numpy(float)
    if name not in LEVEL_FEATURES:
        return values
    is_present = ~np.isnan(values)
    days = int(order.max(initial=0)) + 1
    sums = np.bincount(order[is_present], values[is_present], minlength=days)
    means = sums / np.maximum(np.bincount(order[is_present], minlength=days), 1)
    return np.asarray(values / np.where(means > 0, means, np.nan)[order])


def _edges(present: np.ndarray, bins: int) -> np.ndarray:
    """Return inner bin edges by quantile; fewer if many values are equal.

    A value on an edge belongs to the lower bin, so a value shared by many rows has its own bin.
    """
    edges = np.unique(np.quantile(present, np.arange(1, bins) / bins, method="lower"))
    return np.asarray(edges[edges < present.max()] if len(edges) else edges)
