"""What a line of the demand forecast had to do without, and what stands in for missing weather.

Belongs here: the order of gravity, which lines miss their weather, what they get instead. Does not:
the means that stand in for a model (`forecast.py`), where figures come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from data_contracts.codes import ForecastFallback
from models.demand.feature_names import WEATHER
from models.demand.forecast import Boosters

NEW_PRODUCT: str = ForecastFallback.NEW_PRODUCT.value
LAST_GOOD_MODEL: str = ForecastFallback.LAST_GOOD_MODEL.value
NO_WEATHER: str = ForecastFallback.NO_WEATHER.value

# gravest first: no_model > new_product > short_history > last_good_model > no_weather
_SEVERITY = {code: place for place, code in enumerate((*ForecastFallback.values(), ""))}


def severity(codes: pd.Series) -> pd.Series:
    """Place of each code in the order of gravity, the gravest 0, so that a minimum is the gravest
    of several; `code_of_severity` says what a place means."""
    return codes.map(_SEVERITY)


def code_of_severity(places: pd.Series) -> pd.Series:
    """The code of each place in the order of gravity; empty where there was none.

    >>> of_gravity(gravity(pd.Series(["", "no_weather", "last_good_model"])).cummin()).tolist()
    ['', 'no_weather', 'last_good_model']
    """
    return places.map(dict(enumerate(_SEVERITY)))


def with_fallback(codes: np.ndarray, rows: np.ndarray, code: str) -> np.ndarray:
    """`codes` with `code` on those of `rows` (bool) that carry nothing graver."""
    lighter = np.array([_SEVERITY[have] > _SEVERITY[code] for have in codes], dtype=bool)
    return np.where(rows & lighter, code, codes)


def weather_features_used(boosters: Boosters) -> list[str]:
    """Weather features that any tree of the model asks about; none where it was fitted without."""
    used = np.zeros(len(boosters.features))
    for booster in (boosters.demand, boosters.sales):
        used += booster.feature_importance("split")
    return [
        name
        for name, splits in zip(boosters.features, used, strict=True)
        if splits and name in WEATHER
    ]


def lacks_weather(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Rows (bool) for whose target day nothing of the weather `names` is known."""
    return np.asarray(rows[list(names)].isna().all(axis=1)) & bool(names)


def with_recent_weather(
    rows: pd.DataFrame,
    lacking: np.ndarray,
    usual: pd.DataFrame,
    fitted_means: Mapping[str, float],
) -> pd.DataFrame:
    """`rows` whose `lacking` ones (bool) carry the weather their warehouse had lately.

    `rows` with warehouse_no; `usual`: per warehouse_no (index) the mean of its last known days;
    what is not known there is the mean over the warehouses, then that of the rows the model was
    fitted on. Missing values would not be missing to the model: LightGBM takes them as 0 where none
    was missing in the fit.
    """
    if not lacking.any():
        return rows
    filled = rows.copy()
    for name in WEATHER:
        own = rows["warehouse_no"].map(usual[name]).to_numpy(float)
        mean = usual[name].mean()
        mean = fitted_means.get(name, np.nan) if np.isnan(mean) else mean
        filled.loc[lacking, name] = np.where(np.isnan(own), mean, own)[lacking].astype(np.float32)
    return filled
