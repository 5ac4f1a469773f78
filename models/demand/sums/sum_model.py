"""Forecast demand of the next 5 to 28 days: one model for every series and span.

Takes rows of `models/demand/sums/sum_feature_names.py`, returns units. Not here: how the rows are
computed, quantiles (`sum_quantiles.py`), means of past days (`naive_sums.py`).

The model predicts the sum ÷ (level × weight_days). Level is the series' recent mean; weight_days
counts the days on offer, free days and workdays at what their kind sells. What is left to learn is
near 1 for every span, so few origins are enough, and a span reaches over holidays of another length
than those seen. It is fitted on sums of uncensored demand, so it needs no model of each day and no
rule that adds days up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.demand.feature_names import MEASURED_BY_LEVEL
from models.demand.forecast import leaves_for, level_units
from models.demand.sums.sum_feature_names import SUM_FEATURES
from models.params.demand import DEFAULTS, ModelParams
from models.registry.lightgbm_settings import tweedie_settings

if TYPE_CHECKING:
    from lightgbm import Booster

_DAYS_IN_KEY = 64  # more than the longest span


def wanted_sums(pairs: pd.DataFrame, spans: Sequence[int]) -> pd.DataFrame:
    """Return series_no, origin and span_days of every span of each pair of series and origin."""
    repeated = pairs.loc[pairs.index.repeat(len(spans)), ["series_no", "origin"]]
    return repeated.assign(span_days=np.tile(np.array(spans, np.int64), len(pairs))).reset_index(
        drop=True
    )


def over_at(wanted: pd.DataFrame, day: pd.Timestamp) -> np.ndarray:
    """Return which sums (bool) are over at the end of `day`."""
    last_day = wanted["origin"] + pd.to_timedelta(wanted["span_days"], unit="D")
    return np.asarray(last_day <= day)


def in_hash_sample(wanted: pd.DataFrame, limit: int) -> np.ndarray:
    """Return a sample (bool) of about `limit` sums by a hash; all if there are no more.

    The sample does not depend on the order of the rows.
    """
    if len(wanted) <= limit:
        return np.ones(len(wanted), bool)
    key = wanted["series_no"].to_numpy(np.uint64) * np.uint64(1_000_003)
    key += wanted["origin"].to_numpy("datetime64[D]").astype(np.uint64) * np.uint64(_DAYS_IN_KEY)
    key += wanted["span_days"].to_numpy(np.uint64)
    return np.asarray(pd.util.hash_array(key) < np.uint64(limit / len(wanted) * 2.0**64))


def with_origin_features(windows: pd.DataFrame, day_rows: pd.DataFrame) -> pd.DataFrame:
    """Add the features of the origin, and the weather of the days it has a forecast for.

    `windows`: rows of `sum_windows.sql`; `day_rows`: rows of the same series and origins with
    horizon 1 to 3.
    """
    weather = day_rows.groupby(["series_no", "origin"], sort=False)[["rain_mm", "warning_level"]]
    origins = day_rows[day_rows["horizon"] == 1].merge(
        weather.mean().add_suffix("_3").reset_index(), on=["series_no", "origin"]
    )
    columns = [name for name in origins if name not in windows or name in ("series_no", "origin")]
    rows = windows.merge(origins[columns], on=["series_no", "origin"], how="left")
    offered = rows["offered_days"].to_numpy(float)
    return rows.assign(
        weight_per_day=rows["weight_days"] / np.where(offered > 0, offered, np.nan),
        discount_change=rows["discount_ahead"] - rows["discount_mean_28"],
    )


def known_sums(rows: pd.DataFrame) -> pd.DataFrame:
    """Select sums that are over, with known demand on every day."""
    return rows[rows["demand_units"].notna() & (rows["weight_days"] > 0)]


def sum_design_matrix(rows: pd.DataFrame, features: Sequence[str] = SUM_FEATURES) -> pd.DataFrame:
    """Build the trees' inputs: `features`, with the series' own units as multiples of its level."""
    level, own = level_units(rows), set(MEASURED_BY_LEVEL)
    inputs = np.empty((len(rows), len(features)), np.float32)
    for position, name in enumerate(features):
        units = rows[name].to_numpy(float)
        inputs[:, position] = units / level if name in own else units
    return pd.DataFrame(inputs, index=rows.index, columns=list(features), copy=False)


def fit_sum_booster(
    rows: pd.DataFrame, params: ModelParams, threads: int, progress: Callable[[int, int], None]
) -> Booster:
    """Fit the booster on `known_sums`; the same rows in the same order give the same trees.

    `progress(done, trees)` is called after each tree.
    """
    import lightgbm as lgb

    level = level_units(rows)
    data = lgb.Dataset(
        sum_design_matrix(rows),
        label=rows["demand_units"].to_numpy(float) / (level * rows["weight_days"].to_numpy(float)),
        weight=level,
        params={"max_bin": params.bins},
        free_raw_data=True,
    )
    settings = tweedie_settings(params, leaves_for(len(rows), params), threads)
    report = [lambda env: progress(env.iteration + 1, params.trees)]
    return lgb.train(settings, data, params.trees, callbacks=report)


def predicted_sums(
    booster: Booster, rows: pd.DataFrame, features: Sequence[str], threads: int
) -> np.ndarray:
    """Forecast the sum of each row, sale units, ≥ 0; 0 without a day on offer."""
    ratio = np.asarray(booster.predict(sum_design_matrix(rows, features), num_threads=threads))
    return np.maximum(ratio, 0.0) * level_units(rows) * rows["weight_days"].to_numpy(float)


def windows_in_a_row(rows: pd.DataFrame) -> dict[int, float]:
    """Count per span how many sums fit one after another into the days of `rows`."""
    counts = {}
    for span, of_span in rows.groupby("span_days", sort=True):
        days = (of_span["origin"].max() - of_span["origin"].min()).days + int(str(span))
        counts[int(str(span))] = days / int(str(span))
    return counts


def steadied(
    units: np.ndarray, usual: np.ndarray, rows: pd.DataFrame, windows: Mapping[int, float]
) -> np.ndarray:
    """Draw the total of each origin and span towards that of the last week.

    What all series rise by together is learnt from as many cases as sums fit one after another into
    the fitted days (`windows`): two to five in two months. The total is multiplied by (usual ÷
    forecast) to the power k ÷ (k + windows), k = `steady_windows`; a span never fitted keeps the
    total of the last week. `usual`: the mean of 7 days, as a sum.
    """
    totals = (
        pd.DataFrame({"p": units, "u": usual})
        .groupby([rows["origin"].to_numpy(), rows["span_days"].to_numpy()])
        .transform("sum")
    )
    both_positive = ((totals["p"] > 0) & (totals["u"] > 0)).to_numpy()
    ratio = np.where(both_positive, totals["u"] / totals["p"].where(both_positive, 1.0), 1.0)
    count = rows["span_days"].map(dict(windows)).fillna(0.0).to_numpy(float)
    steady = DEFAULTS.sums.steady_windows
    return np.asarray(units * ratio ** (steady / (steady + count)))
