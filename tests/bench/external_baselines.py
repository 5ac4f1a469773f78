"""mlforecast and AutoETS on the rows of a bench, asked as the rolling backtest asks them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from assets.evaluate.rolling_origin.baselines import external_forecasts
from data_contracts.tables.backtest import EXTERNAL_BASELINES
from models.clock import HORIZON_DAYS


def asked_outside(
    days: pd.DataFrame,
    origins: Sequence[date],
    series: int,
    python: Path,
    threads: int,
    peers: Sequence[str] = EXTERNAL_BASELINES,
    days_ahead: int = HORIZON_DAYS,
) -> dict[str, dict[date, np.ndarray]]:
    """Forecasts by peer and origin, series × day ahead; nan where a peer was not asked.

    `days`: series_no (0 to `series` − 1), day, sold_units, discount, weekday, is_free, is_holiday,
    rain_mm, temperature_celsius, the target days too. Prints a line per peer with its seconds.
    """
    units, said = external_forecasts(
        str(python), days, peers, origins, threads, horizon_days=days_ahead
    )
    print("\n".join(said))
    found: dict[str, dict[date, np.ndarray]] = {}
    for (peer, origin), mine in units.groupby(["peer", "origin"]):
        made = np.full((series, days_ahead), np.nan)
        made[mine["series_no"].to_numpy(), mine["horizon"].to_numpy() - 1] = mine["units"]
        found.setdefault(str(peer), {})[pd.Timestamp(origin).date()] = made
    return found
