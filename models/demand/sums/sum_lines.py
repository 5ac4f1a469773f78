"""Turn forecasts of longer sums into lines that agree with the 72-hour sum and with each other.

Contains sums of series without a forecast of their own, and the order among the sums of a series.
Not here: the forecasts (`sum_model.py`, `naive_sums.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

KEY = ["warehouse_id", "sku_id"]


def from_daily_rate(windows: pd.DataFrame, three_days: pd.Series) -> np.ndarray:
    """Extend the 72-hour forecast of each series to a longer sum, at the same rate per day.

    `windows`: weight_days and weight_days_3, those of the first three days; `three_days`: the
    forecast of these. nan without a day on offer among the three.
    """
    first = windows["weight_days_3"].to_numpy(float)
    rate = three_days.to_numpy(float) / np.where(first > 0, first, np.nan)
    return np.asarray(rate * windows["weight_days"].to_numpy(float))


def expected_sales(demand: np.ndarray, three_days: pd.DataFrame) -> np.ndarray:
    """Scale demand by the share of the next three days' demand that will be sold; at most 1."""
    mean, sold = three_days["mean_units"].to_numpy(float), three_days["sold_units"].to_numpy(float)
    share = np.divide(sold, mean, out=np.ones(len(mean)), where=mean > 0)
    return np.asarray(demand * np.clip(share, 0.0, 1.0))


def rising_sums(
    three_days: pd.DataFrame, sums: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Return `sums` with values of `columns` that do not fall as the sum gets longer.

    `three_days`: the line of 72 hours of each series; `sums`: lines with span_days and
    offered_days, and the `offered_days` of the 72 hours as offered_days_3. A sum without a further
    day on offer equals that of 72 hours. Else each value is the largest of the shorter sums: the
    demand of more days is at least that of fewer.
    """
    ordered = sums.sort_values([*KEY, "span_days"]).reset_index(drop=True)
    first = ordered[KEY].merge(three_days[[*KEY, *columns]], on=KEY, how="left")[list(columns)]
    least = np.nan_to_num(first.to_numpy(float))
    no_more = (ordered["offered_days"] <= ordered["offered_days_3"]).to_numpy()
    units = np.where(no_more[:, None], least, np.maximum(ordered[list(columns)], least))
    series = ordered[KEY].ne(ordered[KEY].shift()).any(axis=1).cumsum()
    rising = pd.DataFrame(units, columns=list(columns)).groupby(series.to_numpy()).cummax()
    return ordered.assign(**{name: rising[name].to_numpy() for name in columns})
