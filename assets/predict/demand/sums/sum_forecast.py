"""Forecast lines of longer sums, beside those of days and of the 72-hour sum.

Contains the use of the stored model, and of what replaces it for single series. Not here: fitting
(`fit_sums.py`), the 72-hour forecast (`demand_forecast_steps.py`).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from assets.predict.demand.sums.fit_sums import SumModel
from data_contracts.codes.demand import SUM_HORIZONS
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from models.demand.sums.sum_lines import KEY, expected_sales, from_daily_rate, rising_sums

_QUANTILES = [quantile_column(percent) for percent in QUANTILE_PERCENTS]
_UNITS = ["mean_units", "sold_units", *_QUANTILES]
_CODES = [*KEY, "category", "span_days", "offered_days", "offered_days_3"]


def longer_sum_lines(
    windows: pd.DataFrame,
    launched: pd.DataFrame,
    three_days: pd.DataFrame,
    model: SumModel,
    as_of: date,
    young_days: int,
    threads: int,
) -> pd.DataFrame:
    """Return the lines of DEMAND_FORECAST for every longer sum.

    `windows`: rows of `coming_sums` with warehouse_id and sku_id; `launched`: sums of launches;
    `three_days`: lines of the 72-hour sum. A series younger than `young_days` keeps the daily rate
    of its 72-hour forecast, and each line its fallback.
    """
    own = windows[[*KEY]].merge(three_days[[*KEY, "mean_units"]], on=KEY, how="left")
    units = model.forecast(windows, threads)
    kept = from_daily_rate(windows, own["mean_units"])
    young = windows["panel_days"].to_numpy() < young_days
    units = np.where(young & ~np.isnan(kept), kept, units)
    lines = pd.concat(
        [windows[_CODES].assign(mean_units=units), launched[[*_CODES, "mean_units"]]],
        ignore_index=True,
    )
    first = lines[KEY].merge(three_days, on=KEY, how="left")
    mean = lines["mean_units"].to_numpy(float)
    quantiles = model.quantiles.units(
        lines["span_days"].to_numpy(), mean, lines["category"].to_numpy(str)
    )
    lines = lines.assign(
        sold_units=expected_sales(mean, first),
        **dict(zip(_QUANTILES, quantiles.T, strict=True)),
    )
    lines = rising_sums(three_days, lines, _UNITS)
    carried = three_days[[*KEY, "model_version", "fallback"]]
    target = pd.Timestamp(as_of) + pd.to_timedelta(lines["span_days"], unit="D")
    horizons = {span: horizon.value for span, horizon in SUM_HORIZONS.items()}
    return (
        lines.assign(target_day=target, horizon=lines["span_days"].map(horizons))
        .merge(carried, on=KEY, how="inner")
        .drop(columns=["span_days", "offered_days", "offered_days_3"])
    )
