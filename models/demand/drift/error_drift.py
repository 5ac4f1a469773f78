"""Detect forecast errors that are larger than normal.

Contains the scores of one day, the limit they are compared with, and the rule for an alarm. Not
here: which forecasts are scored (SQL of the asset), drift of inputs (`input_drift.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from data_contracts.codes.demand import DriftKind, Horizon
from models.demand.scoring import WHOLE_DAY_IN_STOCK
from models.evaluation.forecast_metrics import coverage, wape, wpe
from models.params.drift import ErrorDriftParams

DEMAND, SALES = DriftKind.DEMAND_ERROR.value, DriftKind.SALES_ERROR.value
# scope of the model's backtest with the same measure; demand of a sum has none
_SCOPES = {(DEMAND, False): "in_stock_days", (SALES, False): "all_days", (SALES, True): "sum_72h"}
BASELINE_COLUMNS: Mapping[str, str] = {
    "same_day_last_week": "last_week_units",
    "mean_7_days": "last_7_days_units",
}
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution


def score_issued_forecasts(lines: pd.DataFrame) -> pd.DataFrame:
    """Score issued forecasts: one row per kind of error and horizon.

    `lines`: forecasts whose days are over, one per series and horizon: horizon, forecast_as_of,
    target_day, model_version, fallback, mean_units, forecast_sold_units, p10_units, p90_units; of
    the day or the three days: sold_units, demand_units, in_stock_share (empty: not offered);
    last_week_units, last_7_days_units (the naive baselines). Demand of a day is scored on fully
    in-stock days, on which sales equal demand; demand of a sum is scored against uncensored demand.
    """
    rows = [
        row
        for name, group in lines.groupby("horizon", sort=True)
        for row in _score_horizon(str(name), group)
    ]
    return pd.DataFrame(rows)


def _score_horizon(name: str, lines: pd.DataFrame) -> Iterator[dict[str, Any]]:
    share = lines["in_stock_share"]
    offered = lines[share.notna()]
    is_sum = name == Horizon.SUM_72H.value
    in_stock = offered if is_sum else lines[share >= WHOLE_DAY_IN_STOCK]
    yield _scored(DEMAND, name, in_stock, "demand_units" if is_sum else "sold_units", "mean_units")
    yield _scored(SALES, name, offered, "sold_units", "forecast_sold_units")


def _scored(kind: str, name: str, lines: pd.DataFrame, actual: str, column: str) -> dict[str, Any]:
    lines = lines[lines[actual].notna() & lines[column].notna()]
    y = lines[actual].to_numpy(float)
    row: dict[str, Any] = {"kind": kind, "name": name, "rows": len(lines)}
    for name_of_fact in ("target_day", "forecast_as_of", "model_version"):
        row[name_of_fact] = lines[name_of_fact].iloc[0] if len(lines) else None
    row |= {"wape": wape(y, lines[column]), "wpe": wpe(y, lines[column])}
    row |= {
        f"wape_{baseline}": wape(y, lines[units].fillna(0.0))
        for baseline, units in BASELINE_COLUMNS.items()
    }
    row["fallback_share"] = float(lines["fallback"].notna().mean()) if len(lines) else np.nan
    if kind == DEMAND:
        # strictly below: at a quantile of 0, days without a sale equal it
        low = lines["p10_units"].to_numpy(float)
        row["below_p10"] = float((y < low).mean()) if len(lines) else np.nan
        row["coverage_p90"] = coverage(y, lines["p90_units"])
    return row


def flag_bad_days(
    scores: pd.DataFrame, past: pd.DataFrame, backtest: pd.DataFrame, params: ErrorDriftParams
) -> pd.DataFrame:
    """Add backtest_wape, limit_wape, bad_days and is_alarm to `scores`.

    bad_days counts bad days in succession, this one included; 0: not bad. `past`: earlier rows of
    DEMAND_DRIFT (as_of, kind, name, wape, bad_days). `backtest`: mean WAPE per forecast_as_of and
    scope of the models that issued the forecasts. A day without a score neither counts nor ends a
    run.
    """
    rows = []
    for row in scores.to_dict("records"):
        same = past[(past["kind"] == row["kind"]) & (past["name"] == row["name"])]
        same = same.dropna(subset=["wape"]).sort_values("as_of").tail(params.recent_days)
        expected = _expected(row, backtest)
        limit = limit_wape(
            same.loc[same["bad_days"] == 0, "wape"].to_numpy(float), expected, params
        )
        is_bad = row["rows"] >= params.min_rows and row["wape"] > limit
        bad_days_before = int(same["bad_days"].iloc[-1]) if len(same) else 0
        bad_days = bad_days_before + 1 if is_bad else 0
        rows.append(
            row
            | {"backtest_wape": expected, "limit_wape": limit, "bad_days": bad_days}
            | {"is_alarm": bad_days >= params.alarm_run_days}
        )
    return pd.DataFrame(rows)


def limit_wape(recent: np.ndarray, expected: float, params: ErrorDriftParams) -> float:
    """Return the WAPE above which a day is bad, a ratio; nan without history and backtest.

    `recent`: WAPE of recent days that were not bad; `expected`: WAPE of the backtest, or nan. The
    band is Shewhart's (1931) with median and median absolute deviation, so that one failed day does
    not widen it; the backtest bounds it, so that a slowly growing error does not raise its own
    limit. Small days have larger errors than large ones, so before a week of own days only the
    bound of the backtest applies.

    >>> limit_wape(np.array([0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.4]), 0.3, ErrorDriftParams())
    0.345
    """
    least, most = params.least_over_backtest * expected, params.most_over_backtest * expected
    if len(recent) < params.min_recent_days:
        return round(most, 6)
    middle = float(np.median(recent))
    deviation = _MAD_TO_DEVIATION * float(np.median(np.abs(recent - middle)))
    limit = middle + params.deviations * max(deviation, params.least_deviation_share * middle)
    return round(limit if np.isnan(expected) else min(max(limit, least), most), 6)


def _expected(row: Mapping[Any, Any], backtest: pd.DataFrame) -> float:
    scope = _SCOPES.get((row["kind"], row["name"] == Horizon.SUM_72H.value))
    same = (backtest["scope"] == scope) & (backtest["forecast_as_of"] == row["forecast_as_of"])
    backtest_wape = backtest.loc[same, "wape"]
    return float(backtest_wape.iloc[0]) if len(backtest_wape) else float("nan")
