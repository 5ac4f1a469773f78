"""mlforecast and AutoETS on the rows of a bench, asked as the rolling backtest asks them."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from assets.train.rolling import peers
from models.clock import HORIZON_DAYS
from models.params.demand import DEFAULTS as DEMAND
from models.params.rolling import DEFAULTS as ROLLING

PEERS = ("mlforecast", "auto_ets")


def asked_outside(
    days: pd.DataFrame, origins: Sequence[date], series: int, python: Path, threads: int
) -> dict[str, dict[date, np.ndarray]]:
    """Forecasts by peer and origin, series × horizon; nan where a peer was not asked.

    `days`: series_no (0 to `series` − 1), day, sold_units, discount, weekday, is_free, is_holiday,
    rain_mm, temperature_celsius, the target days too. Prints a line per peer with its seconds.
    """
    request = {
        "origins": [origin.isoformat() for origin in origins],
        "horizon_days": HORIZON_DAYS,
        "peers": PEERS,
        "threads": threads,
        "auto_ets_series": ROLLING.auto_ets_series,
        "model": asdict(DEMAND.model),
    }
    script = Path(peers.__file__).parent / "outside_peers.py"
    with tempfile.TemporaryDirectory() as folder:
        days.to_parquet(f"{folder}/days.parquet", index=False)
        Path(folder, "request.json").write_text(json.dumps(request), "utf-8")
        subprocess.run([str(python), str(script), folder], check=True)
        units = pd.read_parquet(f"{folder}/units.parquet")
    found: dict[str, dict[date, np.ndarray]] = {}
    for (peer, origin), mine in units.groupby(["peer", "origin"]):
        made = np.full((series, HORIZON_DAYS), np.nan)
        made[mine["series_no"].to_numpy(), mine["horizon"].to_numpy() - 1] = mine["units"]
        found.setdefault(str(peer), {})[pd.Timestamp(origin).date()] = made
    return found
