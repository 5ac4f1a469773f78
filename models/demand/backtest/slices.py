"""Label scored rows by kind of series and day: turnover class, pattern, age, promotion, weather.

Contains labels from what the origin knew. Not here: figures per label (`report_figures.py`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data_contracts.codes.backtest import DemandPattern, SeriesAge, TurnoverClass
from models.demand.backtest.similar_day_average import RAINY_MM
from models.params.backtest import SliceParams


def add_slices(rows: pd.DataFrame, params: SliceParams) -> pd.DataFrame:
    """Add turnover_class, pattern, age, is_new_warehouse, is_promoted, is_rainy and is_holiday.

    `rows`: features, and `warehouse_days`: days since the first sale of the warehouse.
    """
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
    """Return A, B or C by units of the 28 days before the origin, among the series of that
    origin.
    """
    result = pd.Series(TurnoverClass.C.value, rows.index)
    for _, of_origin in rows.groupby("origin"):
        units = of_origin.groupby("series_no")["sold_mean_28"].first().fillna(0.0)
        ranked = units.sort_values(ascending=False, kind="stable")
        before = (ranked.cumsum() - ranked) / max(float(ranked.sum()), 1e-9)
        classes = np.where(
            before < params.a_share,
            TurnoverClass.A.value,
            np.where(before < params.b_share, TurnoverClass.B.value, TurnoverClass.C.value),
        )
        result[of_origin.index] = of_origin["series_no"].map(
            dict(zip(ranked.index, classes, strict=True))
        )
    return result


def pattern(rows: pd.DataFrame, params: SliceParams) -> np.ndarray:
    """Classify demand as smooth, erratic, intermittent or lumpy over 28 days; "" if unknown.

    Uses the mean gap between sales and the squared variation of sizes of days with a sale.
    """
    sells = 1 - rows["zero_share_28"].to_numpy(float)
    mean, deviation = rows["mean_28"].to_numpy(float), rows["deviation_28"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = 1 / sells
        size = mean / sells
        variation = np.maximum((deviation**2 + mean**2) / sells - size**2, 0) / size**2
    rare, varied = gap >= params.adi_limit, variation >= params.cv2_limit
    classes = np.select(
        [rare & varied, rare, varied],
        [DemandPattern.LUMPY.value, DemandPattern.INTERMITTENT.value, DemandPattern.ERRATIC.value],
        DemandPattern.SMOOTH.value,
    )
    return np.where(np.isnan(gap) | np.isnan(mean), "", classes)


def _age(rows: pd.DataFrame, params: SliceParams) -> np.ndarray:
    days = rows["panel_days"].to_numpy()
    return np.select(
        [days < params.first_week_days, days < params.first_month_days],
        [SeriesAge.FIRST_WEEK.value, SeriesAge.FIRST_MONTH.value],
        SeriesAge.OLDER.value,
    )
