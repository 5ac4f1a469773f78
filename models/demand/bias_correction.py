"""When a whole category or an SKU moves and the trees do not: forecasts put right by the last days.

Belongs here: by how much the last days' one-day-ahead forecasts of a category, and of an SKU in all
warehouses, missed, beyond what chance would do. Does not: the forecasts (`forecast.py`), drift of
single features (`drift/`).

Trees cannot say more than they have seen: when stationery sells four times as much at the start of
a term that the history does not hold, lags tell them to go up, and they go up too little. What is
left is seen in the errors of the days just over. A category's miss within one standard error is
left alone, one beyond it counts for what it is beyond (soft threshold: Donoho 1995), so that quiet
categories stay as they are. What an SKU misses on top of its category is drawn towards nothing by
the error that chance gives it (empirical Bayes, as Efron and Morris 1975), and half of the rest is
taken, because half of it is over the next day.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.demand.scoring import WHOLE_DAY_IN_STOCK
from models.params.demand import ShiftParams


def estimate_dispersion(
    category: np.ndarray, sold: np.ndarray, said: np.ndarray, params: ShiftParams
) -> float:
    """Variance ÷ mean of a series-day: Σ(sold − said)² ÷ Σsaid of each category, the median of them
    weighted by units, which one category that moves does not change. `usual_dispersion` where less
    than `min_rows` rows tell it."""
    if len(sold) < params.min_rows:
        return params.usual_dispersion
    rows = pd.DataFrame({"category": category, "square": (sold - said) ** 2, "said": said})
    found = rows.groupby("category").sum()
    found = found[found["said"] > 0]
    if not len(found):
        return params.usual_dispersion
    ratios = (found["square"] / found["said"]).to_frame("ratio").assign(said=found["said"])
    ordered = ratios.sort_values("ratio")
    reached = ordered["said"].cumsum() >= ordered["said"].sum() / 2
    return float(ordered["ratio"][reached].iloc[0])


def category_correction(
    category: np.ndarray,
    day: np.ndarray,
    sold: np.ndarray,
    said: np.ndarray,
    dispersion: float,
    params: ShiftParams,
) -> pd.Series:
    """Factor per category, from rows of past days: sold and forecast sale units.

    With S and F their sums over d days and l = ln((S + 1) ÷ (F + 1)), the standard error of l is
    √(dispersion ÷ (F + 1) + day_scatter² ÷ d), and the factor exp(sign(l)·max(|l| − standard error,
    0)), held within `most`.
    """
    rows = pd.DataFrame({"category": category, "day": day, "sold": sold, "said": said})
    found = rows.groupby("category").agg(
        sold=("sold", "sum"), said=("said", "sum"), days=("day", "nunique")
    )
    miss = pd.Series(np.log((found["sold"] + 1) / (found["said"] + 1)), found.index)
    error = np.sqrt(dispersion / (found["said"] + 1) + params.day_scatter**2 / found["days"])
    factors = np.exp(np.sign(miss) * np.maximum(miss.abs() - error, 0.0))
    return factors.clip(1 / params.most, params.most)


def sku_correction(
    sku: np.ndarray, sold: np.ndarray, said: np.ndarray, dispersion: float, params: ShiftParams
) -> pd.Series:
    """Factor per SKU, from rows of past days: sold, and forecast with its category's factor.

    With S and F their sums, l = ln((S + ½) ÷ (F + ½)) and k = dispersion ÷ sku_scatter², the
    forecast at which chance moves an SKU as much as anything else does, the factor is
    exp(sku_share · F ÷ (F + k) · l), held within `most`.
    """
    found = pd.DataFrame({"sku": sku, "sold": sold, "said": said}).groupby("sku").sum()
    miss = np.log((found["sold"] + 0.5) / (found["said"] + 0.5))
    known = found["said"] / (found["said"] + dispersion / params.sku_scatter**2)
    factors = pd.Series(np.exp(params.sku_share * known * miss), found.index)
    return factors.clip(1 / params.most, params.most)


def correction_factors(
    asked: pd.DataFrame, recent: pd.DataFrame, said: np.ndarray, params: ShiftParams
) -> np.ndarray:
    """Factor of each row of `asked`, by the last days before its own origin.

    `asked`: origin, category, sku_no. `recent`: rows one day ahead (target_day, category, sku_no,
    sold_units, in_stock_share) of past days; `said`: what the same model forecasts for them. Of an
    origin only days up to it count, and only those wholly on sale.
    """
    found = np.ones(len(asked))
    usable = (
        (recent["horizon"] == 1)
        & (recent["in_stock_share"] >= WHOLE_DAY_IN_STOCK)
        & recent["sold_units"].notna()
    ).to_numpy()
    rows, units = recent[usable], said[usable]
    origins = asked["origin"].to_numpy()
    for origin in np.unique(origins):
        back = (origin - rows["target_day"].to_numpy()) / np.timedelta64(1, "D")
        seen = (back >= 0) & (back < params.days)
        if not seen.any():
            continue
        category, sku = rows["category"].to_numpy(str)[seen], rows["sku_no"].to_numpy()[seen]
        day, sold = rows["target_day"].to_numpy()[seen], rows["sold_units"].to_numpy(float)[seen]
        dispersion = estimate_dispersion(category, sold, units[seen], params)
        of_category = category_correction(category, day, sold, units[seen], dispersion, params)
        put_right = units[seen] * of_category.reindex(category).to_numpy()
        of_sku = sku_correction(sku, sold, put_right, dispersion, params)
        mine = origins == origin
        codes = asked["category"].to_numpy(str)[mine], asked["sku_no"].to_numpy()[mine]
        for factors, code in zip((of_category, of_sku), codes, strict=True):
            found[mine] *= factors.reindex(code).fillna(1.0).to_numpy()
    return found
