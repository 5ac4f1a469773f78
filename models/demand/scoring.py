"""Scoring of forecasts on days they were not fitted on, beside their naive peers, row by row alike.

Belongs here: which rows count for which scope, and the mean over days. Does not: the metrics
(`forecast_metrics.py`), how a forecast is made.

A scored frame has one row per series, origin and horizon, with columns series_no, origin, horizon,
sold_units, in_stock_share, demand_units, and one column per forecast. Errors are those against what
was sold: what is hidden by a sold-out hour is known to nobody.
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
# Levels at which forecasts of sales, added up, are scored: scope → column of codes. What is
# forecast is added up from series, so every level agrees with the one below it.
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
    """The last `count` origins whose three target days are all over at `as_of`, oldest first.

    >>> backtest_origins(date(2024, 6, 8), 2, 3)
    [datetime.date(2024, 6, 2), datetime.date(2024, 6, 5)]
    """
    last = as_of - timedelta(days=HORIZON_DAYS)
    return [last - timedelta(days=i * spacing_days) for i in reversed(range(count))]


def score_forecasts(
    scored: pd.DataFrame, forecasts: Sequence[str], sales: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Rows of DEMAND_BACKTEST (without as_of) for scopes all_days, in_stock_days and sum_72h.

    `sales`: forecast → column of its forecast of sales, which is scored where days with sold-out
    hours count (all_days, sum_72h).

    all_days and in_stock_days: WAPE and WPE per day, then the mean over the days of the origin; the
    days together where one of them has no sale.
    sum_72h: the three days of a series added up first, series with all three days only. LEVELS, for
    those of which `scored` holds the codes: the series of a level added up per day.
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
    """Per origin: share of `actual` at or under a quantile fitted on the *other* origins, and rows.

    `upper(fitted, asked)` fits the quantile on the rows of the first mask and gives it for those of
    the second. Rows without an actual are in neither; with a single origin there is nothing to fit
    on: empty.
    """
    known = ~np.isnan(actual)
    found = {}
    for origin in pd.unique(origins[known]):
        held = known & (origins == origin)
        if (held == known).all():
            continue
        quantile = upper(known & ~held, held)
        found[origin] = (coverage(actual[held], quantile), int(held.sum()))
    return found


def horizon_sums(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Sum of `columns` over the horizon per (series_no, origin); none where a day is missing."""
    grouped = rows.groupby(["series_no", "origin"], sort=True)[list(columns)]
    return grouped.sum(min_count=HORIZON_DAYS).dropna().reset_index()
