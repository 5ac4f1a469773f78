"""What kind of series and day a scored row is: turnover class, pattern, age, promotion, weather.

Belongs here: labels of rows of features, from what their origin knew. Does not: figures per label
(`report_figures.py`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data_contracts.codes import DemandPattern, SeriesAge, TurnoverClass
from models.demand.backtest.similar_day_average import RAINY_MM
from models.params.backtest import SliceParams


def add_slices(rows: pd.DataFrame, params: SliceParams) -> pd.DataFrame:
    """`rows` (features, and `warehouse_days`: days since the first sale of the warehouse) with
    turnover_class, pattern, age, is_new_warehouse, is_promoted, is_rainy, is_holiday."""
    return rows.assign(
        turnover_class=turnover_class(rows, params),
        pattern=pattern(rows, params),
        age=_age(rows, params),
        is_new_warehouse=rows["warehouse_days"] < params.first_month_days,
        is_promoted=(rows["discount_target"] < 1)
        | (rows["is_group_buy"] > 0)
        | (rows["is_coupon"] > 0),
        is_rainy=(rows["rain_mm"] > RAINY_MM).where(rows["rain_mm"].notna(), None),
        is_holiday=(rows["is_holiday"] > 0) | (rows["is_makeup"] > 0),
    )


def turnover_class(rows: pd.DataFrame, params: SliceParams) -> pd.Series:
    """A, B or C by units of the 28 days before the origin, among the series of that origin."""
    found = pd.Series(TurnoverClass.C.value, rows.index)
    for _, of_origin in rows.groupby("origin"):
        units = of_origin.groupby("series_no")["sold_mean_28"].first().fillna(0.0)
        ranked = units.sort_values(ascending=False, kind="stable")
        before = (ranked.cumsum() - ranked) / max(float(ranked.sum()), 1e-9)
        classes = np.where(
            before < params.a_share,
            TurnoverClass.A.value,
            np.where(before < params.b_share, TurnoverClass.B.value, TurnoverClass.C.value),
        )
        found[of_origin.index] = of_origin["series_no"].map(
            dict(zip(ranked.index, classes, strict=True))
        )
    return found


def pattern(rows: pd.DataFrame, params: SliceParams) -> np.ndarray:
    """Smooth, erratic, intermittent or lumpy: mean gap between sales, and squared variation of the
    sizes of days with a sale, over 28 days. "" where nothing is known."""
    sells = 1 - rows["zero_share_28"].to_numpy(float)
    mean, deviation = rows["mean_28"].to_numpy(float), rows["deviation_28"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = 1 / sells
        size = mean / sells
        variation = np.maximum((deviation**2 + mean**2) / sells - size**2, 0) / size**2
    rare, varied = gap >= params.adi_limit, variation >= params.cv2_limit
    found = np.select(
        [rare & varied, rare, varied],
        [DemandPattern.LUMPY.value, DemandPattern.INTERMITTENT.value, DemandPattern.ERRATIC.value],
        DemandPattern.SMOOTH.value,
    )
    return np.where(np.isnan(gap) | np.isnan(mean), "", found)


def _age(rows: pd.DataFrame, params: SliceParams) -> np.ndarray:
    days = rows["panel_days"].to_numpy()
    return np.select(
        [days < params.first_week_days, days < params.first_month_days],
        [SeriesAge.FIRST_WEEK.value, SeriesAge.FIRST_MONTH.value],
        SeriesAge.OLDER.value,
    )
