"""Forecast demand of an SKU without sales from similar SKUs and the uptake of earlier launches.

Takes figures of launches, returns units per day. Not here: which SKUs are similar
(`assets/predict/demand/launch_history.sql`), series with days of their own (`forecast.py`).
"""

from __future__ import annotations

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
    launched = pd.to_datetime(launches["launched_on"])
    waited = np.maximum((as_of - launched).dt.days + 1, 0)
    waiting = launches[~launches["has_sold"] & (waited <= params.given_up_after_days)]
    parts = []
    for horizon in range(1, HORIZON_DAYS + 1):
        target = as_of + pd.Timedelta(days=horizon)
        ended = pd.to_datetime(waiting["delisted_on"]) < target
        offered = (pd.to_datetime(waiting["launched_on"]) <= target) & ~ended
        units = share * waiting["similar_units"] * params.prior_days
        units /= waited[waiting.index] + params.prior_days
        parts.append(
            waiting[["warehouse_id", "sku_id", "category"]].assign(
                horizon=horizon, target_day=target, mean_units=units.where(offered, 0.0)
            )
        )
    return pd.concat(parts, ignore_index=True)
