"""Forecasts of the model's peers for the same series and origins.

Belongs here: the arrays and files peers start from. Does not: the methods
(`models/demand/backtest/similar_day_average.py`, `external_baselines.py` beside this), figures
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

# everything a peer may know of a day: `panel` and `weather_days` are steps of the features
_DAYS = """
select
    p.series_no, p.day, p.sold_e4 / 10000.0 as sold_units, p.discount_e4 / 10000.0 as discount,
    k.weekday, k.is_free, k.is_holiday, coalesce(w.rain_mm, 0) as rain_mm,
    coalesce(w.temperature_celsius, 0) as temperature_celsius
from demand_panel as p
inner join day_kinds as k on p.warehouse_no = k.warehouse_no and p.day = k.day
left join weather_days as w
    on p.warehouse_no = w.warehouse_no and p.day = w.day and w.horizon = 1
order by p.series_no, p.day
"""
_SCRIPT = Path(__file__).parent / "external_baselines.py"


def add_baselines(
    session: Session, run: DayRun, made: pd.DataFrame, asked: Sequence[str]
) -> pd.DataFrame:
    """`made` with a column per peer, sale units. Peers know weather one day ahead and discounts of
    the target days, which favours them a little."""
    for peer, column in BASELINES.items():
        made = made.assign(**{baseline_column(peer): made[column]})
    if not {"ssa", *EXTERNAL_BASELINES} & set(asked):
        return made
    days = session.frame(_DAYS)
    if "ssa" in asked:
        run.log("peers: similar-day average")
        made = made.merge(_similar_day_forecasts(days, made), how="left")
    outside = [peer for peer in EXTERNAL_BASELINES if peer in asked]
    return _add_external(run, days, made, outside) if outside else made


def _similar_day_forecasts(days: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """series_no, origin, horizon and the forecast of SSA."""
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
    for origin in made["origin"].unique():
        last = (origin - first).days
        for horizon in range(1, HORIZON_DAYS + 1):
            units = similar_day_average(facts, last, last + horizon)
            found = {"series_no": series, "origin": origin, "horizon": horizon}
            parts.append(pd.DataFrame(found | {baseline_column("ssa"): units}))
    return pd.concat(parts, ignore_index=True)


def external_forecasts(
    python: str,
    days: pd.DataFrame,
    peers: Sequence[str],
    origins: Sequence[date],
    threads: int,
    **more: object,
) -> tuple[pd.DataFrame, list[str]]:
    """Ask peers of OUTSIDE_PEERS through files: peer, series_no, origin, horizon, units (sale
    units), and a line per peer with its seconds.

    `days`: series_no, day, sold_units and what is known of the day (`_DAYS`); `more`: what
    `external_baselines.py` may be asked besides. Raises LinliError where their python fails.
    """
    request = {
        "origins": [day.isoformat() for day in origins],
        "horizon_days": HORIZON_DAYS,
        "peers": list(peers),
        "threads": threads,
        "auto_ets_series": DEFAULTS.auto_ets_series,
        "model": asdict(DEMAND_DEFAULTS.model),
    } | more
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        days.to_parquet(home / "days.parquet", index=False)
        (home / "request.json").write_text(json.dumps(request), "utf-8")
        done = subprocess.run([python, str(_SCRIPT), folder], capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise LinliError(
                f"the peers' environment failed: {last}; make it anew with `make peers`",
                f"对比方法的环境运行失败：{last}；请用 make peers 重新建立",
            )
        return pd.read_parquet(home / "units.parquet"), done.stdout.splitlines()


def _add_external(
    run: DayRun, days: pd.DataFrame, made: pd.DataFrame, peers: Sequence[str]
) -> pd.DataFrame:
    """Ask the peers that live in an environment of their own; raises LinliError without one."""
    python = run.home.peers_python
    if not python:
        raise LinliError(
            f"{', '.join(peers)} live in an environment of their own (they need an older pandas): "
            "make it with `make peers`, or name its python in LINLI_PEERS_PYTHON",
            f"{', '.join(peers)} 需要单独的环境（依赖较旧的 pandas）：请运行 make "
            "peers 建立，或用 LINLI_PEERS_PYTHON 指明其 python",
        )
    run.log(f"peers: {', '.join(peers)}, in an environment of their own")
    origins = [day.date() for day in sorted(made["origin"].unique())]
    units, said = external_forecasts(
        python, days, peers, origins, fit_threads(run, DEMAND_DEFAULTS)
    )
    for line in said:
        run.log(f"peers: {line}")
    wide = units.pivot(index=["series_no", "origin", "horizon"], columns="peer", values="units")
    wide = wide.rename(columns=baseline_column).reset_index()
    wide["origin"] = wide["origin"].astype(made["origin"].dtype)
    return made.merge(wide, how="left", on=["series_no", "origin", "horizon"])
