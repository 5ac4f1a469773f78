"""Fits in a quarter of the time, for tests that are about something else than trees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import lightgbm as lgb
import pandas as pd

from models import demand
from models.params.demand import ModelParams

_FIT = demand.fit


def quick_fit(rows: pd.DataFrame, params: ModelParams, *rest: Any) -> lgb.Booster:
    """`demand.fit` with a quarter of the trees, each learning three times as much."""
    return _FIT(rows, replace(params, trees=params.trees // 4, learning_rate=0.18), *rest)
