"""Correct forecasts of whole categories and SKUs by the errors of the last days.

Contains the factors by which one-day-ahead forecasts of a category, and of an SKU in all
warehouses, missed beyond chance. Not here: the forecasts (`forecast.py`), drift of single features
(`drift/`).

Trees cannot extrapolate. When stationery sells four times as much at the start of a term and the
history holds no such term, the lags raise the forecast, but too little; the remainder shows in the
errors of the last days. A category's error within one standard error is ignored, and beyond it
only the excess counts (soft threshold: Donoho 1995), so quiet categories stay unchanged. An SKU's
error beyond its category's is shrunk by the error that chance gives it (empirical Bayes, as Efron
and Morris 1975), and half of the rest is applied, because half of it has passed by the next day.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.demand.scoring import WHOLE_DAY_IN_STOCK
from models.params.demand import ShiftParams


def estimate_dispersion(
    category: np.ndarray, sold: np.ndarray, predicted: np.ndarray, params: ShiftParams
) -> float:
    """Estimate variance ÷ mean of a series-day.

    Σ(sold − predicted)² ÷ Σ predicted of each category, and of these the median weighted by units,
    which one moving category does not change. `usual_dispersion` with fewer than `min_rows` rows.
    """
    if len(sold) < params.min_rows:
        return params.usual_dispersion
    rows = pd.DataFrame(
        {"category": category, "square": (sold - predicted) ** 2, "predicted": predicted}
    )
    sums = rows.groupby("category").sum()
    sums = sums[sums["predicted"] > 0]
    if not len(sums):
        return params.usual_dispersion
    ratios = (
        (sums["square"] / sums["predicted"]).to_frame("ratio").assign(predicted=sums["predicted"])
    )
    ordered = ratios.sort_values("ratio")
    reached = ordered["predicted"].cumsum() >= ordered["predicted"].sum() / 2
    return float(ordered["ratio"][reached].iloc[0])


def category_correction(
    category: np.ndarray,
    day: np.ndarray,
    sold: np.ndarray,
    predicted: np.ndarray,
    dispersion: float,
    params: ShiftParams,
) -> pd.Series:
    """Compute a factor per category from rows of past days: sold and predicted sale units.

    With S and F their sums over d days and l = ln((S + 1) ÷ (F + 1)), the standard error of l is
    √(dispersion ÷ (F + 1) + day_scatter² ÷ d), and the factor is exp(sign(l)·max(|l| − standard
    error, 0)), clipped to 1 ÷ `most` and `most`.
    """
    rows = pd.DataFrame({"category": category, "day": day, "sold": sold, "predicted": predicted})
    sums = rows.groupby("category").agg(
        sold=("sold", "sum"), predicted=("predicted", "sum"), days=("day", "nunique")
    )
    miss = pd.Series(np.log((sums["sold"] + 1) / (sums["predicted"] + 1)), sums.index)
    error = np.sqrt(dispersion / (sums["predicted"] + 1) + params.day_scatter**2 / sums["days"])
    factors = np.exp(np.sign(miss) * np.maximum(miss.abs() - error, 0.0))
    return factors.clip(1 / params.most, params.most)


def sku_correction(
    sku: np.ndarray, sold: np.ndarray, predicted: np.ndarray, dispersion: float, params: ShiftParams
) -> pd.Series:
    """Compute a factor per SKU from sold units, and units predicted with the category's factor.

    With S and F their sums, l = ln((S + ½) ÷ (F + ½)) and k = dispersion ÷ sku_scatter², the
    forecast at which chance moves an SKU as much as all other causes, the factor is exp(sku_share ·
    F ÷ (F + k) · l), clipped to 1 ÷ `most` and `most`.
    """
    sums = pd.DataFrame({"sku": sku, "sold": sold, "predicted": predicted}).groupby("sku").sum()
    miss = np.log((sums["sold"] + 0.5) / (sums["predicted"] + 0.5))
    weight = sums["predicted"] / (sums["predicted"] + dispersion / params.sku_scatter**2)
    factors = pd.Series(np.exp(params.sku_share * weight * miss), sums.index)
    return factors.clip(1 / params.most, params.most)


def correction_factors(
    asked: pd.DataFrame, recent: pd.DataFrame, predicted: np.ndarray, params: ShiftParams
) -> np.ndarray:
    """Compute the factor of each row of `asked` from the last days before its own origin.

    `asked`: origin, category, sku_no. `recent`: one-day-ahead rows of past days (horizon,
    target_day, category, sku_no, sold_units, in_stock_share); `predicted`: forecasts of the same
    model for them. An origin uses only fully in-stock days up to it.
    """
    result = np.ones(len(asked))
    usable = (
        (recent["horizon"] == 1)
        & (recent["in_stock_share"] >= WHOLE_DAY_IN_STOCK)
        & recent["sold_units"].notna()
    ).to_numpy()
    rows, recent_units = recent[usable], predicted[usable]
    origins = asked["origin"].to_numpy()
    for origin in np.unique(origins):
        back = (origin - rows["target_day"].to_numpy()) / np.timedelta64(1, "D")
        in_window = (back >= 0) & (back < params.days)
        if not in_window.any():
            continue
        category, sku = (
            rows["category"].to_numpy(str)[in_window],
            rows["sku_no"].to_numpy()[in_window],
        )
        day, sold = (
            rows["target_day"].to_numpy()[in_window],
            rows["sold_units"].to_numpy(float)[in_window],
        )
        dispersion = estimate_dispersion(category, sold, recent_units[in_window], params)
        of_category = category_correction(
            category, day, sold, recent_units[in_window], dispersion, params
        )
        corrected = recent_units[in_window] * of_category.reindex(category).to_numpy()
        of_sku = sku_correction(sku, sold, corrected, dispersion, params)
        mine = origins == origin
        codes = asked["category"].to_numpy(str)[mine], asked["sku_no"].to_numpy()[mine]
        for factors, code in zip((of_category, of_sku), codes, strict=True):
            result[mine] *= factors.reindex(code).fillna(1.0).to_numpy()
    return result
