"""Forecast the same series and origins with the baselines.

Contains the arrays and files that baselines start from. Not here: the methods
(`models/demand/backtest/similar_day_average.py`, `external_baselines.py`), figures
(`models/demand/backtest/report_figures.py`).
"""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from assets.framework.day_asset import DayRun
from assets.predict.demand.fit import fit_threads
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.errors import LinliError
from data_contracts.tables.backtest import EXTERNAL_BASELINES, baseline_column
from models.clock import HORIZON_DAYS
from models.demand.backtest.similar_day_average import (
    RAINY_MM,
    DayGrid,
    day_kind,
    similar_day_average,
)
from models.demand.forecast import BASELINES
from models.params.backtest import DEFAULTS
from models.params.demand import DEFAULTS as DEMAND_DEFAULTS

# what a baseline may know of a day: `demand_panel` and `weather_days` are steps of the features
_DAYS = """
select
    p.series_no, p.day, p.sold_e4 / 10000.0 as sold_units, p.discount_e4 / 10000.0 as discount,
    k.weekday, k.is_free, k.is_holiday, coalesce(w.rain_mm, 0) as rain_mm,
    coalesce(w.temperature_celsius, 0) as temperature_celsius
from demand_panel as p
inner join warehouse_day_kinds as k on p.warehouse_no = k.warehouse_no and p.day = k.day
left join weather_days as w
    on p.warehouse_no = w.warehouse_no and p.day = w.day and w.horizon = 1
order by p.series_no, p.day
"""
_SCRIPT = Path(__file__).parent / "external_baselines.py"


def add_baselines(
    session: Session, run: DayRun, forecasts: pd.DataFrame, requested: Sequence[str]
) -> pd.DataFrame:
    """Add a column per baseline to `forecasts`, sale units.

    Baselines know weather one day ahead and discounts of the target days, which favours them a
    little.
    """
    for baseline, column in BASELINES.items():
        forecasts = forecasts.assign(**{baseline_column(baseline): forecasts[column]})
    if not {"ssa", *EXTERNAL_BASELINES} & set(requested):
        return forecasts
    days = session.frame(_DAYS)
    if "ssa" in requested:
        run.log("baselines: similar-day average")
        forecasts = forecasts.merge(_similar_day_forecasts(days, forecasts), how="left")
    external = [baseline for baseline in EXTERNAL_BASELINES if baseline in requested]
    return _add_external(run, days, forecasts, external) if external else forecasts


def _similar_day_forecasts(days: pd.DataFrame, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return series_no, origin, horizon and the forecast of SSA."""
    series, row = np.unique(days["series_no"].to_numpy(), return_inverse=True)
    first = days["day"].min()
    at = (days["day"] - first).dt.days.to_numpy()
    shape = (len(series), int(at.max()) + 1)

    def grid(values: pd.Series, missing: float) -> np.ndarray:
        filled = np.full(shape, missing)
        filled[row, at] = values.to_numpy(float)
        return filled

    free = grid(days["is_free"], 0.0) > 0
    weekday = np.broadcast_to((first.weekday() + np.arange(shape[1])) % 7, shape)
    facts = DayGrid(
        sold=grid(days["sold_units"], np.nan),
        discount=grid(days["discount"], 1.0),
        rainy=grid(days["rain_mm"], 0.0) > RAINY_MM,
        kind=day_kind(weekday, free),
    )
    parts = []
    for origin in forecasts["origin"].unique():
        last = (origin - first).days
        for horizon in range(1, HORIZON_DAYS + 1):
            units = similar_day_average(facts, last, last + horizon)
            keys = {"series_no": series, "origin": origin, "horizon": horizon}
            parts.append(pd.DataFrame(keys | {baseline_column("ssa"): units}))
    return pd.concat(parts, ignore_index=True)


def external_forecasts(
    python: str,
    days: pd.DataFrame,
    baselines: Sequence[str],
    origins: Sequence[date],
    threads: int,
    **more: object,
) -> tuple[pd.DataFrame, list[str]]:
    """Run baselines of EXTERNAL_BASELINES through files.

    Returns peer, series_no, origin, horizon, units (sale units), and a line per baseline with its
    seconds. `days`: series_no, day, sold_units and features of the day (`_DAYS`); `more`: further
    fields of the request. Raises LinliError if their Python fails.
    """
    request = {
        "origins": [day.isoformat() for day in origins],
        "horizon_days": HORIZON_DAYS,
        "peers": list(baselines),
        "threads": threads,
        "auto_ets_series": DEFAULTS.auto_ets_series,
        "model": asdict(DEMAND_DEFAULTS.model),
    } | more
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        days.to_parquet(home / "days.parquet", index=False)
        (home / "request.json").write_text(json.dumps(request), "utf-8")
        completed = subprocess.run([python, str(_SCRIPT), folder], capture_output=True, text=True)
        if completed.returncode:
            last = (completed.stderr.strip().splitlines() or ["no output"])[-1]
            raise LinliError(
                f"the baselines' environment failed: {last}; recreate it with `make peers`",
                f"基准方法的环境运行失败：{last}；请用 make peers 重新建立",
            )
        return pd.read_parquet(home / "units.parquet"), completed.stdout.splitlines()


def _add_external(
    run: DayRun, days: pd.DataFrame, forecasts: pd.DataFrame, baselines: Sequence[str]
) -> pd.DataFrame:
    """Run the baselines that need their own environment; raises LinliError without one."""
    python = run.home.peers_python
    if not python:
        raise LinliError(
            f"{', '.join(baselines)} need their own Python environment (with an older pandas): "
            "create it with `make peers`, or set LINLI_PEERS_PYTHON to its python",
            f"{', '.join(baselines)} 需要单独的环境（依赖较旧的 pandas）：请运行 make "
            "peers 建立，或用 LINLI_PEERS_PYTHON 指明其 python",
        )
    run.log(f"baselines: {', '.join(baselines)}, in their own environment")
    origins = [day.date() for day in sorted(forecasts["origin"].unique())]
    units, lines = external_forecasts(
        python, days, baselines, origins, fit_threads(run, DEMAND_DEFAULTS)
    )
    for line in lines:
        run.log(f"baselines: {line}")
    wide = units.pivot(index=["series_no", "origin", "horizon"], columns="peer", values="units")
    wide = wide.rename(columns=baseline_column).reset_index()
    wide["origin"] = wide["origin"].astype(forecasts["origin"].dtype)
    return forecasts.merge(wide, how="left", on=["series_no", "origin", "horizon"])
