"""Calibrate quantiles of forecasts from many origins, each by the errors of the origins before it.

Contains sums of the horizon, quantiles of days and of sums, and their pinball loss compared with
baselines. Not here: the forecasts (`models/demand/forecast.py`), slices (`report_figures.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data_contracts.codes.demand import Horizon
from data_contracts.tables.backtest import BASELINES_ZH, DEMAND_ROLLING, baseline_column
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from models.clock import HORIZON_DAYS
from models.demand.backtest.quantile_baselines import (
    RESIDUALS,
    TREES,
    residual_quantiles,
    tree_column,
)
from models.demand.forecast import fit_quantiles
from models.demand.scoring import WHOLE_DAY_IN_STOCK
from models.evaluation.forecast_metrics import coverage, pinball
from models.params.backtest import BacktestParams
from models.params.demand import DemandParams

LINLI = "linli"
_HORIZONS = {1: Horizon.DAY_1.value, 2: Horizon.DAY_2.value, 3: Horizon.DAY_3.value}
_SUM = Horizon.SUM_72H.value
_ADDED = (
    "sold_units",
    "demand_units",
    "mean_units",
    "forecast_sold_units",
    *(baseline_column(baseline) for baseline in BASELINES_ZH),
)
_ANY = ("is_promoted", "is_rainy", "is_holiday")
_QUANTILES = [quantile_column(percent) for percent in QUANTILE_PERCENTS]


@dataclass(frozen=True)
class CalibratedForecasts:
    """`lines`: days and sums of the scored origins, with quantiles; `quantiles`: rows of
    ROLLING_QUANTILES without as_of.
    """

    lines: pd.DataFrame
    quantiles: pd.DataFrame


def calibrate_forecasts(
    forecasts: pd.DataFrame, scored: Sequence[date], rolling: BacktestParams, params: DemandParams
) -> CalibratedForecasts:
    """Fit the quantiles of each scored origin on errors of the `calibration_origins` before it.

    `forecasts`: rows of horizon 1 to 3 of all origins, with forecasts, baselines and slices.
    """
    days = forecasts.assign(
        horizon_days=forecasts["horizon"], horizon=forecasts["horizon"].map(_HORIZONS)
    )
    sums = horizon_rows(days)
    origins = sorted(forecasts["origin"].unique())
    lines, figures = [], []
    for origin in (pd.Timestamp(day) for day in scored):
        position = origins.index(origin)
        earlier = origins[max(0, position - rolling.calibration_origins) : position]
        for rows, actual, in_stock in (
            (days, "sold_units", True),
            (sums, "demand_units", False),
        ):
            past = rows[rows["origin"].isin(earlier)]
            past = past[_is_known(past, actual, in_stock)]
            requested = rows[rows["origin"] == origin]
            ours = fit_quantiles(past, actual, "mean_units", QUANTILE_PERCENTS, params.quantiles)
            units = ours.units(
                requested["mean_units"].to_numpy(float), requested["category"].to_numpy(str)
            )
            requested = requested.assign(**dict(zip(_QUANTILES, units.T, strict=True)))
            lines.append(requested)
            with_actual = requested[_is_known(requested, actual, in_stock)]
            figures += list(
                _figures(with_actual, past, actual, "in_stock_days" if in_stock else _SUM)
            )
    return CalibratedForecasts(
        pd.concat(lines, ignore_index=True),
        pd.DataFrame(
            figures,
            columns=[
                "model",
                "scope",
                "origin",
                "category",
                "percent",
                "share_under",
                "pinball_units",
                "rows",
            ],
        ),
    )


def _is_known(rows: pd.DataFrame, actual: str, in_stock: bool) -> pd.Series:
    """Return whether the actual is known: a fully in-stock day, or a sum of three known days."""
    has_actual = rows[actual].notna()
    return has_actual & (rows["in_stock_share"] >= WHOLE_DAY_IN_STOCK) if in_stock else has_actual


def _figures(
    with_actual: pd.DataFrame, past: pd.DataFrame, actual: str, scope: str
) -> Iterator[dict[str, Any]]:
    """Yield coverage and pinball loss per model, category and percent of one origin."""
    if not len(with_actual) or not len(past):
        return
    models = {
        LINLI: with_actual[_QUANTILES].to_numpy(float),
        RESIDUALS: residual_quantiles(
            (past[actual] - past["mean_units"]).to_numpy(float),
            past["category"].to_numpy(str),
            with_actual["mean_units"].to_numpy(float),
            with_actual["category"].to_numpy(str),
            QUANTILE_PERCENTS,
        ),
    }
    columns = [tree_column(percent) for percent in QUANTILE_PERCENTS]
    if set(columns) <= set(with_actual.columns) and with_actual[columns].notna().all(axis=None):
        models[TREES] = with_actual[columns].to_numpy(float)
    y, category = with_actual[actual].to_numpy(float), with_actual["category"].to_numpy(str)
    for model, units in models.items():
        for name in np.unique(category):
            mine = category == name
            for i, percent in enumerate(QUANTILE_PERCENTS):
                yield {
                    "model": model,
                    "scope": scope,
                    "origin": with_actual["origin"].iloc[0],
                    "category": name,
                    "percent": percent,
                    "share_under": coverage(y[mine], units[mine, i]),
                    "pinball_units": pinball(y[mine], units[mine, i], percent),
                    "rows": int(mine.sum()),
                }


def horizon_rows(days: pd.DataFrame) -> pd.DataFrame:
    """Sum the three days of each series and origin; empty if one of them is empty.

    On promotion, rainy or a holiday if one of the days is. Quantiles of trees are summed too, as a
    baseline without quantiles of the sum would do.
    """
    keys = ["series_no", "origin"]
    trees = [column for column in days if str(column).startswith(TREES)]
    added = [column for column in (*_ADDED, *trees) if column in days]
    whole = days[days.groupby(keys)["horizon"].transform("size") == HORIZON_DAYS]
    grouped = whole.groupby(keys, sort=True)
    total = grouped[added].sum(min_count=HORIZON_DAYS)
    kept = whole.columns.difference([*added, *_ANY, *keys, "horizon", "target_day"])
    rest = grouped[list(kept)].first()
    rest["in_stock_share"] = grouped["in_stock_share"].mean()
    rest["target_day"] = grouped["target_day"].max()
    for name in _ANY:
        rest[name] = grouped[name].max()
    return rest.join(total).assign(horizon=_SUM).reset_index()


def stored_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of DEMAND_ROLLING without as_of; empty for baselines that were not run."""
    names = [column.name for column in DEMAND_ROLLING.columns if column.name != "as_of"]
    return lines.reindex(columns=names)
