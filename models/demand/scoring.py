"""Score forecasts on days they were not fitted on, on the same rows as their naive baselines.

Contains which rows count for which scope, and the mean over days. Not here: the metrics
(`forecast_metrics.py`), how a forecast is computed.

A scored frame has one row per series, origin and horizon, with columns series_no, origin, horizon,
sold_units, in_stock_share, demand_units, and one column per forecast. Errors compare with units
sold, because demand lost in a stock-out is not observed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from models.clock import HORIZON_DAYS
from models.evaluation.forecast_metrics import coverage, mean_over_days, wape, wpe

WHOLE_DAY_IN_STOCK = 0.9999
# Levels at which sales forecasts are scored: scope → column of codes. Forecasts are summed from
# series, so every level agrees with the one below it.
SCORED_LEVELS: Mapping[str, str] = {
    "warehouse_category_day": "warehouse_category_no",
    "sku_day": "sku_no",
    "category_day": "category_no",
    "warehouse_day": "warehouse_no",
    "region_day": "region_no",
    "platform_day": "platform_no",
}
SCORE_COLUMNS = ("model", "scope", "origin", "wape", "wpe", "coverage", "rows")


def backtest_origins(as_of: date, count: int, spacing_days: int) -> list[date]:
    """Return the last `count` origins whose three target days are over at `as_of`, oldest first.

    >>> backtest_origins(date(2024, 6, 8), 2, 3)
    [datetime.date(2024, 6, 2), datetime.date(2024, 6, 5)]
    """
    last = as_of - timedelta(days=HORIZON_DAYS)
    return [last - timedelta(days=i * spacing_days) for i in reversed(range(count))]


def score_forecasts(
    scored: pd.DataFrame, forecasts: Sequence[str], sales: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Compute the rows of DEMAND_BACKTEST (without as_of) for every scope.

    `sales`: forecast → column of its sales forecast, which is scored where days with stock-outs
    count (all_days, sum_72h).

    all_days and in_stock_days: WAPE and WPE per day, then the mean over the days of the origin; if
    a day has no sale, the days are pooled. sum_72h: the sum of three days per series, for series
    with all three days. SCORED_LEVELS: the series of a level summed per day, for levels whose codes
    are in `scored`.
    """
    offered = scored[scored["in_stock_share"].notna()]
    in_stock = offered[offered["in_stock_share"] >= WHOLE_DAY_IN_STOCK]
    of_sales = {name: (sales or {}).get(name, name) for name in forecasts}
    sums = horizon_sums(scored, ["sold_units", *of_sales.values()])
    rows: list[dict[str, Any]] = []
    for name in forecasts:
        rows += _daily(offered, name, "all_days", of_sales[name])
        rows += _daily(in_stock, name, "in_stock_days", name)
        rows += [
            {
                "model": name,
                "scope": "sum_72h",
                "origin": origin,
                "wape": wape(group["sold_units"], group[of_sales[name]]),
                "wpe": wpe(group["sold_units"], group[of_sales[name]]),
                "coverage": np.nan,
                "rows": len(group),
            }
            for origin, group in sums.groupby("origin")
        ]
    for scope, code in SCORED_LEVELS.items():
        if code in scored:
            columns = ["sold_units", *dict.fromkeys(of_sales.values())]
            added = offered.groupby(["origin", "horizon", code], as_index=False)[columns].sum()
            for name in forecasts:
                rows += _daily(added, name, scope, of_sales[name])
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _daily(rows: pd.DataFrame, name: str, scope: str, column: str) -> Iterator[dict[str, Any]]:
    for origin, of_origin in rows.groupby("origin"):
        days = [(day["sold_units"], day[column]) for _, day in of_origin.groupby("horizon")]
        yield {
            "model": name,
            "scope": scope,
            "origin": origin,
            "wape": mean_over_days(wape, days),
            "wpe": mean_over_days(wpe, days),
            "coverage": np.nan,
            "rows": len(of_origin),
        }


def leave_one_out_coverage(
    origins: np.ndarray,
    actual: np.ndarray,
    upper: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> dict[Any, tuple[float, int]]:
    """Return per origin the coverage of a quantile fitted on the *other* origins, and the rows.

    `upper(fitted, asked)` fits the quantile on the rows of the first mask and evaluates it on those
    of the second. Rows without an actual are in neither. Empty with a single origin.
    """
    has_actual = ~np.isnan(actual)
    coverages = {}
    for origin in pd.unique(origins[has_actual]):
        held = has_actual & (origins == origin)
        if (held == has_actual).all():
            continue
        quantile = upper(has_actual & ~held, held)
        coverages[origin] = (coverage(actual[held], quantile), int(held.sum()))
    return coverages


def horizon_sums(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Sum `columns` over the horizon per (series_no, origin); leaves out sums with a missing
    day.
    """
    grouped = rows.groupby(["series_no", "origin"], sort=True)[list(columns)]
    return grouped.sum(min_count=HORIZON_DAYS).dropna().reset_index()
