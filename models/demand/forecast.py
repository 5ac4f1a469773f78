"""Forecast demand of the next three days: the model, its fallback means, and its quantiles.

Takes frames of features (names: `models/demand/feature_names.py`) and returns forecasts. Not here:
how features are computed, where models are stored, which origins are scored.

One global LightGBM model covers every series and horizon. It predicts demand ÷ recent level with a
Tweedie loss, and each row is weighted by that level. The loss then counts units, as WAPE does; the
trees see series of every size on one scale; and the forecast is a mean, not a median, even for
series that sell only now and then. The demand model is fitted on fully in-stock days, so it
predicts sales of a fully in-stock day. A second model, fitted on all offered days, predicts sales
with stock as it was. Quantiles of single days also come from fully in-stock days. Quantiles of the
72-hour sum come from uncensored demand, because purchases are planned for the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data_contracts.codes.demand import ForecastFallback
from models.clock import HORIZON_DAYS
from models.demand.bias_correction import correction_factors
from models.demand.feature_names import FEATURES, MEASURED_BY_LEVEL
from models.demand.naive_forecasts import MEAN_OF_DAYS, METHODS
from models.demand.quantiles import RatioQuantiles, fit_ratio_quantiles
from models.demand.scoring import (
    SCORE_COLUMNS,
    SCORED_LEVELS,
    WHOLE_DAY_IN_STOCK,
    horizon_sums,
    leave_one_out_coverage,
    score_forecasts,
)
from models.params.demand import DEFAULTS, DemandParams, ModelParams, QuantileParams, ShiftParams
from models.registry.lightgbm_settings import tweedie_settings

if TYPE_CHECKING:
    from lightgbm import Booster

MODEL = "lightgbm"
MEANS = "mean_of_days"
BASELINES: Mapping[str, str] = {
    "same_day_last_week": "sold_last_week",
    "mean_7_days": "sold_mean_7",
}

SHORT_HISTORY: str = ForecastFallback.SHORT_HISTORY.value
NO_MODEL: str = ForecastFallback.NO_MODEL.value

_LEVEL_FLOOR_UNITS = 0.1
_HALVINGS = 20
_UPPER_PERCENT = 90
_SALES, _CATEGORY = "of sales", "category"  # columns


@dataclass(frozen=True)
class Forecast:
    """Forecast per row of features.

    `mean_units`: expected demand, `sold_units`: expected sales (at most the demand), both ≥ 0.
    `fallback`: code of what replaced the model; empty: the model.
    """

    mean_units: np.ndarray
    sold_units: np.ndarray
    fallback: np.ndarray


@dataclass(frozen=True)
class Boosters:
    """The two fitted boosters and their `features`, in order.

    `demand` is fitted on `fully_in_stock_rows`, `sales` on `offered_rows`.
    """

    demand: Booster
    sales: Booster
    features: tuple[str, ...] = FEATURES


@dataclass(frozen=True)
class Evaluation:
    """Results of a backtest: `scores` as DEMAND_BACKTEST (without as_of), and the quantiles."""

    scores: pd.DataFrame
    day_quantiles: RatioQuantiles
    sum_quantiles: RatioQuantiles


def fully_in_stock_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Select rows whose target day is known and was fully in stock."""
    return rows[rows["in_stock_share"] >= WHOLE_DAY_IN_STOCK]


def offered_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Select rows whose target day is known and on which the SKU was offered, sold out or not."""
    return rows[rows["in_stock_share"].notna()]


def hash_sample(rows: pd.DataFrame, limit: int) -> pd.DataFrame:
    """Sample about `limit` rows by a hash of series, origin and horizon; all if there are no more.

    The sample does not depend on the order of the rows.
    """
    if len(rows) <= limit:
        return rows
    key = rows["series_no"].to_numpy(np.uint64) * np.uint64(1_000_003)
    key += rows["origin"].to_numpy("datetime64[D]").astype(np.uint64) * np.uint64(HORIZON_DAYS + 1)
    key += rows["horizon"].to_numpy(np.uint64)
    return rows[pd.util.hash_array(key) < np.uint64(limit / len(rows) * 2.0**64)]


def fit_booster(
    rows: pd.DataFrame, params: ModelParams, threads: int, progress: Callable[[int, int], None]
) -> Booster:
    """Fit a booster on `fully_in_stock_rows` or `offered_rows`.

    The same rows in the same order give the same trees.

    `progress(done, trees)` is called after each tree.
    """
    import lightgbm as lgb

    level = level_units(rows)
    data = lgb.Dataset(
        design_matrix(rows),
        label=rows["sold_units"].to_numpy(float) / level,
        weight=level,
        params={"max_bin": params.bins},
        free_raw_data=True,
    )
    settings = tweedie_settings(params, leaves_for(len(rows), params), threads)
    report = [lambda env: progress(env.iteration + 1, params.trees)]
    return lgb.train(settings, data, params.trees, callbacks=report)


def leaves_for(rows: int, params: ModelParams) -> int:
    """Return leaves per tree: one per `rows_per_leaf` rows, within limits; few rows get small
    trees.

    >>> [leaves_for(rows, ModelParams()) for rows in (2_000, 30_000, 400_000)]
    [7, 20, 63]
    """
    return min(max(rows // params.rows_per_leaf, params.min_leaves), params.max_leaves)


def design_matrix(rows: pd.DataFrame, features: tuple[str, ...] = FEATURES) -> pd.DataFrame:
    """Build the trees' inputs: `features`, with the series' own units as multiples of its level."""
    level, own = level_units(rows), set(MEASURED_BY_LEVEL)
    inputs = np.empty((len(rows), len(features)), np.float32)  # the trees' own type: no copy
    for position, name in enumerate(features):
        units = rows[name].to_numpy(float)
        inputs[:, position] = units / level if name in own else units
    return pd.DataFrame(inputs, index=rows.index, columns=list(features), copy=False)


def level_units(rows: pd.DataFrame) -> np.ndarray:
    """Estimate the recent level of a series, units per day, above zero; demand is scaled by it.

    (n·own + k·similar) ÷ (n + k) with n known days of the last 28: a series without days of its own
    has the level of similar SKUs.
    """
    own, similar = rows["mean_28"].to_numpy(float), rows["similar_mean"].to_numpy(float)
    days = np.minimum(rows["panel_days"].to_numpy(float), DEFAULTS.level.days)
    days, prior = np.where(np.isnan(own), 0.0, days), DEFAULTS.level.similar_days
    total = days * np.nan_to_num(own) + prior * np.nan_to_num(similar)
    return np.asarray(total / (days + prior) + _LEVEL_FLOOR_UNITS)


def forecast(
    rows: pd.DataFrame,
    boosters: Boosters | None,
    params: ModelParams,
    threads: int,
    naive: str = MEAN_OF_DAYS,
) -> Forecast:
    """Forecast every row by the models, or without them by the `naive` method.

    Marks young series that the models predict, because most of their features come from similar
    SKUs. Without models the mean of a young series is shrunk towards similar SKUs, and sales are
    demand times the share of demand that was sold in the last weeks.
    """
    sold_part = _sold_share(rows)
    if boosters is None:
        mean, reason = METHODS[naive](rows), np.full(len(rows), NO_MODEL, object)
        sold = mean * sold_part
    else:
        inputs, level = design_matrix(rows, boosters.features), level_units(rows)
        mean = _units(boosters.demand, inputs, level, threads)
        sold = _units(boosters.sales, inputs, level, threads)
        reason = np.full(len(rows), "", object)
    young = rows["panel_days"].to_numpy() < params.short_history_days
    if boosters is None:
        shrunk = shrunk_mean(rows, params)
        mean, sold = np.where(young, shrunk, mean), np.where(young, shrunk * sold_part, sold)
    else:
        reason[young] = SHORT_HISTORY
    mean = np.maximum(mean, 0.0)
    return Forecast(mean, _sold_of_demand(np.maximum(sold, 0.0), mean), reason)


def _units(booster: Booster, inputs: pd.DataFrame, level: np.ndarray, threads: int) -> np.ndarray:
    return np.maximum(np.asarray(booster.predict(inputs, num_threads=threads)) * level, 0.0)


def bias_corrected_forecast(
    rows: pd.DataFrame,
    recent: pd.DataFrame,
    boosters: Boosters | None,
    params: ModelParams,
    shift: ShiftParams,
    threads: int,
    naive: str = MEAN_OF_DAYS,
) -> Forecast:
    """Forecast, then correct each category and SKU by the errors of the days before the origin.

    `rows`, `recent`: with category and sku_no; `recent`: one-day-ahead rows of past days.
    """
    base = forecast(rows, boosters, params, threads, naive)
    if boosters is None or not len(recent):
        return base
    inputs, level = design_matrix(recent, boosters.features), level_units(recent)
    predicted = _units(boosters.demand, inputs, level, threads)
    factors = correction_factors(rows, recent, predicted, shift)
    return Forecast(base.mean_units * factors, base.sold_units * factors, base.fallback)


def _sold_of_demand(sold: np.ndarray, demand: np.ndarray) -> np.ndarray:
    """Cap sales at demand row by row, and keep their total.

    The two models disagree by chance: capping alone removes what is too high and keeps what is too
    low (4 % of all sales were missing). So all sales are scaled by one factor, found by bisection,
    until the total is restored or reaches the total demand.
    """
    total = min(float(sold.sum()), float(demand.sum()))
    low, high = 1.0, 2.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if np.minimum(middle * sold, demand).sum() < total else (low, middle)
        )
    return np.asarray(np.minimum(high * sold, demand))


def _sold_share(rows: pd.DataFrame) -> np.ndarray:
    """Return the share of demand that was sold in the last four weeks, 0 to 1; 1 if unknown."""
    demand, sold = rows["mean_28"].to_numpy(float), rows["sold_mean_28"].to_numpy(float)
    all_sold = np.ones(len(rows))
    part = np.divide(sold, demand, all_sold, where=(demand > 0) & ~np.isnan(sold))
    return np.clip(part, 0.0, 1.0)


def shrunk_mean(rows: pd.DataFrame, params: ModelParams) -> np.ndarray:
    """Shrink the mean of a young series' few days towards the sales of similar SKUs.

    (n·own + k·similar) ÷ (n + k) with n known days and k = `prior_days`.
    """
    similar = np.nan_to_num(rows["similar_mean"].to_numpy(float))
    own = rows["mean_7"].to_numpy(float)
    days = np.where(np.isnan(own), 0.0, rows["panel_days"].to_numpy(float))
    total = days * np.nan_to_num(own) + params.prior_days * similar
    return total / (days + params.prior_days)


def evaluate(
    rows: pd.DataFrame,
    forecasts: Forecast,
    name: str,
    percents: tuple[float, ...],
    params: DemandParams,
) -> Evaluation:
    """Score a forecast of backtest rows against its baselines, and fit quantiles on its residuals.

    `rows` must not contain a target day of the fit; with columns of codes (SCORED_LEVELS) the
    levels are scored too. Coverage of an origin uses quantiles fitted on the other origins. Scopes
    that include days with stock-outs score the sales forecast, because sales on such days are below
    demand.
    """
    baselines = {baseline: rows[column].to_numpy(float) for baseline, column in BASELINES.items()}
    columns = ["series_no", "origin", "horizon", "sold_units", "in_stock_share", "demand_units"]
    columns += [code for code in (_CATEGORY, *SCORED_LEVELS.values()) if code in rows]
    scored = rows[columns].assign(
        **{name: forecasts.mean_units, _SALES: forecasts.sold_units}, **baselines
    )
    days = fully_in_stock_rows(scored)
    sums = horizon_sums(scored, ["demand_units", name])
    if _CATEGORY in scored:
        sums = sums.merge(scored[["series_no", _CATEGORY]].drop_duplicates(), on="series_no")
    scores = score_forecasts(scored, [name, *baselines], sales={name: _SALES})
    scores = _with_coverage(
        scores, name, "coverage_p90", _coverage(days, "sold_units", name, params)
    )
    scores = _with_coverage(scores, name, "sum_72h", _coverage(sums, "demand_units", name, params))
    return Evaluation(
        scores,
        day_quantiles=fit_quantiles(days, "sold_units", name, percents, params.quantiles),
        sum_quantiles=fit_quantiles(sums, "demand_units", name, percents, params.quantiles),
    )


def no_evaluation(percents: tuple[float, ...]) -> Evaluation:
    """Return an empty evaluation: no figures, and quantiles of a Poisson count."""
    unknown = RatioQuantiles(percents, (), ())
    return Evaluation(pd.DataFrame(columns=list(SCORE_COLUMNS)), unknown, unknown)


def fit_quantiles(
    rows: pd.DataFrame, actual: str, name: str, percents: tuple[float, ...], params: QuantileParams
) -> RatioQuantiles:
    """Fit quantiles of `actual` ÷ forecast `name` on backtest rows, per category if known."""
    return fit_ratio_quantiles(
        rows[actual].to_numpy(float),
        rows[name].to_numpy(float),
        percents,
        params,
        categories_of(rows),
    )


def categories_of(rows: pd.DataFrame) -> np.ndarray | None:
    """Return the category of each row, which selects its quantiles; None if unknown."""
    return rows[_CATEGORY].to_numpy(str) if _CATEGORY in rows else None


def _coverage(
    rows: pd.DataFrame, actual: str, name: str, params: DemandParams
) -> dict[Any, tuple[float, int]]:
    groups = categories_of(rows)

    def upper(fitted: np.ndarray, requested: np.ndarray) -> np.ndarray:
        result = fit_quantiles(rows[fitted], actual, name, (_UPPER_PERCENT,), params.quantiles)
        units = result.units(
            rows[name].to_numpy(float)[requested], None if groups is None else groups[requested]
        )
        return np.asarray(units[:, 0])

    return leave_one_out_coverage(rows["origin"].to_numpy(), rows[actual].to_numpy(float), upper)


def _with_coverage(
    scores: pd.DataFrame, name: str, scope: str, result: dict[Any, tuple[float, int]]
) -> pd.DataFrame:
    """Add coverage to the rows of (`name`, `scope`); adds rows if the scope has none."""
    scores = scores.copy()
    for origin, (share, count) in result.items():
        at = (scores["model"] == name) & (scores["scope"] == scope) & (scores["origin"] == origin)
        if at.any():
            scores.loc[at, "coverage"] = share
        else:
            row = {
                "model": name,
                "scope": scope,
                "origin": origin,
                "coverage": share,
                "rows": count,
            }
            scores = pd.concat([scores, pd.DataFrame([row])], ignore_index=True)
    return scores
