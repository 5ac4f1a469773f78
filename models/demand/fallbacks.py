"""Fallback codes of a forecast line, and imputation of missing weather.

Contains the order of severity, which lines lack weather, and what replaces it. Not here: the means
that replace a model (`forecast.py`, `naive_forecasts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from data_contracts.codes.demand import ForecastFallback
from models.demand.feature_names import WEATHER
from models.demand.forecast import Boosters

NEW_PRODUCT: str = ForecastFallback.NEW_PRODUCT.value
LAST_GOOD_MODEL: str = ForecastFallback.LAST_GOOD_MODEL.value
NO_WEATHER: str = ForecastFallback.NO_WEATHER.value

# most severe first: no_model > new_product > short_history > last_good_model > no_weather
_SEVERITY = {code: rank for rank, code in enumerate((*ForecastFallback.values(), ""))}


def severity(codes: pd.Series) -> pd.Series:
    """Return the severity rank of each code, 0 the most severe, so that a minimum is the worst.

    `code_of_severity` is the inverse.
    """
    return codes.map(_SEVERITY)


def code_of_severity(ranks: pd.Series) -> pd.Series:
    """Return the code of each severity rank; empty for no fallback.

    >>> codes = pd.Series(["", "no_weather", "last_good_model"])
    >>> code_of_severity(severity(codes).cummin()).tolist()
    ['', 'no_weather', 'last_good_model']
    """
    return ranks.map(dict(enumerate(_SEVERITY)))


def with_fallback(codes: np.ndarray, rows: np.ndarray, code: str) -> np.ndarray:
    """Set `code` on the rows marked by `rows` (bool) that carry no more severe code."""
    lighter = np.array([_SEVERITY[have] > _SEVERITY[code] for have in codes], dtype=bool)
    return np.where(rows & lighter, code, codes)


def weather_features_used(boosters: Boosters) -> list[str]:
    """List the weather features that any tree of the model splits on."""
    used = np.zeros(len(boosters.features))
    for booster in (boosters.demand, boosters.sales):
        used += booster.feature_importance("split")
    return [
        name
        for name, splits in zip(boosters.features, used, strict=True)
        if splits and name in WEATHER
    ]


def lacks_weather(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Return the rows (bool) without a known value among the weather features `names`."""
    return np.asarray(rows[list(names)].isna().all(axis=1)) & bool(names)


def with_recent_weather(
    rows: pd.DataFrame,
    lacking: np.ndarray,
    recent: pd.DataFrame,
    fitted_means: Mapping[str, float],
) -> pd.DataFrame:
    """Fill the weather of `lacking` rows (bool) with the recent weather of their warehouse.

    `rows`: with warehouse_no. `recent`: per warehouse_no (index) the mean of its last known days.
    If that is missing, the mean over the warehouses is used, then the mean of the rows the model
    was fitted on. LightGBM would read missing values as 0 if the fit had none.
    """
    if not lacking.any():
        return rows
    filled = rows.copy()
    for name in WEATHER:
        own = rows["warehouse_no"].map(recent[name]).to_numpy(float)
        mean = recent[name].mean()
        mean = fitted_means.get(name, np.nan) if np.isnan(mean) else mean
        filled.loc[lacking, name] = np.where(np.isnan(own), mean, own)[lacking].astype(np.float32)
    return filled
