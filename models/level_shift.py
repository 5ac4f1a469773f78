"""When a whole category moves and the trees do not: their forecasts, put right by the last days.

Belongs here: by how much the last days' one-day-ahead forecasts of a category missed, beyond what
chance would do. Does not: the forecasts (`demand.py`), drift of single features (`drift/`).

Trees cannot say more than they have seen: when stationery sells four times as much at the start of
a term that the history does not hold, lags tell them to go up, and they go up too little. What is
left is seen in the errors of the days just over. A miss within one standard error is left alone,
one beyond it counts for what it is beyond (soft threshold: Donoho 1995), so that quiet categories
stay as they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.backtest import WHOLE_DAY_IN_STOCK
from models.params.demand import ShiftParams


def shift_factors(
    category: np.ndarray, day: np.ndarray, sold: np.ndarray, said: np.ndarray, params: ShiftParams
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
    error = np.sqrt(params.dispersion / (found["said"] + 1) + params.day_scatter**2 / found["days"])
    factors = np.exp(np.sign(miss) * np.maximum(miss.abs() - error, 0.0))
    return factors.clip(1 / params.most, params.most)


def factors_of(
    asked: pd.DataFrame, recent: pd.DataFrame, said: np.ndarray, params: ShiftParams
) -> np.ndarray:
    """Factor of each row of `asked`, by the last days before its own origin.

    `asked`: origin, category. `recent`: rows one day ahead (target_day, category, sold_units,
    in_stock_share) of past days; `said`: what the same model forecasts for them. Of an origin only
    days up to it count, and only those wholly on sale.
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
        factors = shift_factors(
            rows["category"].to_numpy(str)[seen],
            rows["target_day"].to_numpy()[seen],
            rows["sold_units"].to_numpy(float)[seen],
            units[seen],
            params,
        )
        mine = origins == origin
        found[mine] = factors.reindex(asked["category"].to_numpy(str)[mine]).fillna(1.0).to_numpy()
    return found
