"""Forecast demand of an SKU without sales from similar SKUs and the uptake of earlier launches.

Takes figures of launches, returns units per day. Not here: which SKUs are similar
(`assets/predict/demand/launch_history.sql`), series with days of their own (`forecast.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.clock import HORIZON_DAYS
from models.params.demand import LaunchParams


def launch_uptake(launches: pd.DataFrame, params: LaunchParams) -> tuple[float, int]:
    """Estimate the uptake: first three days of past launches ÷ three days of similar SKUs.

    Returns the ratio and the number of pairs of SKU and warehouse it rests on; with too few pairs
    `params.default_uptake`. `launches`: similar_units (per day), first_days_units (of three days;
    empty: not over yet). Pairs that never sold count, because the buyer orders for them too.
    """
    over = launches[launches["first_days_units"].notna() & (launches["similar_units"] > 0)]
    if len(over) < params.min_launches:
        return params.default_uptake, len(over)
    expected = HORIZON_DAYS * over["similar_units"].sum()
    return float(over["first_days_units"].sum() / expected), len(over)


def launch_units(
    launches: pd.DataFrame, as_of: pd.Timestamp, share: float, params: LaunchParams
) -> pd.DataFrame:
    """Forecast every launch without a sale, per warehouse, SKU and horizon (1 to 3).

    Returns warehouse_id, sku_id, category, horizon, target_day, mean_units. Leaves out SKUs on
    offer for more than `params.given_up_after_days` without a sale. `share`: the uptake. n days on
    offer without a sale multiply it by k ÷ (n + k), k = `params.prior_days`.
    """
    waiting = _waiting(launches, as_of, share, params)
    parts = []
    for horizon in range(1, HORIZON_DAYS + 1):
        target = as_of + pd.Timedelta(days=horizon)
        ended = waiting["delisted_on"] < target
        offered = (waiting["launched_on"] <= target) & ~ended
        parts.append(
            waiting[["warehouse_id", "sku_id", "category"]].assign(
                horizon=horizon,
                target_day=target,
                mean_units=waiting["units_per_day"].where(offered, 0.0),
            )
        )
    return pd.concat(parts, ignore_index=True)


def launch_sums(
    launches: pd.DataFrame,
    as_of: pd.Timestamp,
    share: float,
    spans: Sequence[int],
    params: LaunchParams,
) -> pd.DataFrame:
    """Forecast the sum of the next days of every launch of `launch_units`, per span.

    Returns warehouse_id, sku_id, category, span_days, offered_days, offered_days_3 and mean_units:
    the daily forecast times the days on offer.
    """
    waiting = _waiting(launches, as_of, share, params)
    codes = waiting[["warehouse_id", "sku_id", "category"]]
    first = _offered_days(waiting, as_of, HORIZON_DAYS)
    parts = []
    for span in spans:
        offered = _offered_days(waiting, as_of, span)
        parts.append(
            codes.assign(
                span_days=span,
                offered_days=offered,
                offered_days_3=first,
                mean_units=waiting["units_per_day"] * offered,
            )
        )
    return pd.concat(parts, ignore_index=True)


def _waiting(
    launches: pd.DataFrame, as_of: pd.Timestamp, share: float, params: LaunchParams
) -> pd.DataFrame:
    """Return the launches that get a forecast, with dates and units per day on offer."""
    launched = pd.to_datetime(launches["launched_on"])
    waited = np.maximum((as_of - launched).dt.days + 1, 0)
    waiting = launches[~launches["has_sold"] & (waited <= params.given_up_after_days)]
    units = share * waiting["similar_units"] * params.prior_days
    units /= waited[waiting.index] + params.prior_days
    return waiting.assign(
        launched_on=pd.to_datetime(waiting["launched_on"]),
        delisted_on=pd.to_datetime(waiting["delisted_on"]),
        units_per_day=units,
    )


def _offered_days(waiting: pd.DataFrame, as_of: pd.Timestamp, days: int) -> pd.Series[int]:
    """Count the days on offer among the next `days`."""
    begins = (waiting["launched_on"] - as_of).dt.days.clip(lower=1)
    ends = (waiting["delisted_on"] - as_of).dt.days.fillna(days).clip(upper=days)
    return (ends - begins + 1).clip(lower=0).astype(int)
