"""Forecast by plain means of past days where no model exists, and choose the best of them.

Contains the methods and the choice. Not here: young series, whose few days are shrunk towards
similar SKUs (`forecast.shrunk_mean`), the baselines a model is compared with
(`forecast.BASELINES`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from models.demand.scoring import score_forecasts

MEAN_OF_DAYS = "weekdays_and_7_days"
_SUBSTITUTES = (
    "mean_7",
    "mean_28",
    "warehouse_category_mean_28",
)  # if the method's own is unknown


def mean_of_days(rows: pd.DataFrame) -> np.ndarray:
    """Average the mean of the same weekdays of up to four weeks and the mean of the last 7 days.

    Uses the 7 days alone while the same weekday is known less than twice.
    """
    week = _first_known(rows, *_SUBSTITUTES)
    weekday = rows["same_weekday_mean"].to_numpy(float)
    twice = rows[["same_weekday_1", "same_weekday_2"]].notna().all(axis=1).to_numpy()
    return np.where(twice, (week + weekday) / 2, week)


def _column(name: str) -> Callable[[pd.DataFrame], np.ndarray]:
    return lambda rows: _first_known(rows, name, *_SUBSTITUTES)


def _first_known(rows: pd.DataFrame, *names: str) -> np.ndarray:
    candidates = rows[list(dict.fromkeys(names))]
    return candidates.bfill(axis=1).iloc[:, 0].fillna(0.0).to_numpy(float)


# In order of preference among ties, with the Chinese name of the fallback.
METHODS: Mapping[str, Callable[[pd.DataFrame], np.ndarray]] = {
    MEAN_OF_DAYS: mean_of_days,
    "mean_7_days": _column("mean_7"),
    "mean_3_days": _column("mean_3"),
    "mean_14_days": _column("mean_14"),
    "mean_28_days": _column("mean_28"),
    "same_weekday_mean": _column("same_weekday_mean"),
    "same_day_last_week": _column("same_weekday_1"),
}
METHODS_ZH: Mapping[str, str] = {
    MEAN_OF_DAYS: "同星期与近7天均值",
    "mean_7_days": "近7天均值",
    "mean_3_days": "近3天均值",
    "mean_14_days": "近14天均值",
    "mean_28_days": "近28天均值",
    "same_weekday_mean": "同星期均值",
    "same_day_last_week": "上周同日",
}


def best_method(scored: pd.DataFrame) -> str:
    """Return the method with the lowest mean WAPE over origins on in-stock days.

    `MEAN_OF_DAYS` if nothing could be scored. `scored`: rows of features with units sold
    (`models/demand/scoring.py`).
    """
    columns = ["series_no", "origin", "horizon", "sold_units", "in_stock_share"]
    forecast = scored[columns].assign(**{name: units(scored) for name, units in METHODS.items()})
    scores = score_forecasts(forecast, list(METHODS))
    wape = scores[scores["scope"] == "in_stock_days"].groupby("model", sort=False)["wape"].mean()
    wape = wape.reindex(list(METHODS)).dropna().astype(float)
    return MEAN_OF_DAYS if wape.empty else str(wape.idxmin())
