"""How long does the forecast take, beside mlforecast, how does it grow, what does sampling cost?

    linli import frn50k ../shared/data/frn50k --out /tmp/frn
    LINLI_PEERS_PYTHON=.venv-peers/bin/python python -m tests.bench.demand_speed \\
        --exports /tmp/frn --folder /tmp/frn-home [--as-of 2024-06-02]

First the job's own steps, fitted anew: `demand_model` (features, backtest, four fits, calibration)
and `demand_forecast` (three days and their sum, seven quantiles). Then mlforecast, for the same
series and day: its features, a booster for the mean and one per quantile, as many rows per fit,
trees, leaves and features per tree, on as many threads; once fitted for a backtest as well, as ours
is, once forecasting only. Then fits on an eighth to all of the rows a fit may have: seconds, and
WAPE on days in stock of the last three origins, which none of them saw.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from data_contracts.tables.demand import QUANTILE_PERCENTS
from models.demand import forecast
from models.demand.scoring import backtest_origins
from models.evaluation.forecast_metrics import wape
from models.params.demand import DEFAULTS
from tests.bench.demand_72h import history, home_of, materialise
from tests.flow import assets_named


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exports", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2024, 6, 2))
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    home = home_of(chosen.folder, chosen.exports, chosen.threads)
    history(home, chosen.as_of)
    shutil.rmtree(home.models_dir / "demand", ignore_errors=True)
    materialise(assets_named("demand_model", "demand_forecast"), chosen.as_of, home)
    ours = step_seconds(home, chosen.as_of)
    model = DEFAULTS.model
    scored = backtest_origins(chosen.as_of, model.backtest_origins, model.backtest_spacing_days)
    for what, days in (
        ("with a backtest", [min(scored), chosen.as_of]),
        ("without", [chosen.as_of]),
    ):
        theirs = mlforecast_seconds(home, chosen.as_of, days, chosen.threads)
        print(
            f"ours {ours:.0f} s, mlforecast {what} {theirs:.0f} s, ratio {ours / theirs:.2f} "
            f"({chosen.threads} threads)"
        )
    growth(home, chosen.as_of)


def step_seconds(home, day: date) -> float:
    """Seconds of the two steps."""
    from data_contracts.tables.bookkeeping import RUN_STEPS

    with home.lakehouse.session(RUN_STEPS) as session:
        steps = session.rows(
            "select step, seconds, peak_memory_mib from run_steps where as_of = $day and step in "
            "('demand_model', 'demand_forecast') order by step",
            day=day,
        )
    print(", ".join(f"{step} {seconds:.0f} s, {peak:,.0f} MiB" for step, seconds, peak in steps))
    return sum(seconds for _, seconds, _ in steps)


def mlforecast_seconds(home, day: date, origins: list[date], threads: int) -> float:
    """Seconds of mlforecast on the history of `day`, fitted at each of `origins`, reading its file
    included."""
    from assets.evaluate.rolling_origin.baselines import external_forecasts
    from data_contracts.tables import BY_NAME

    with home.lakehouse.session(BY_NAME["demand_day"]) as session:
        days = session.frame(
            "select dense_rank() over (order by warehouse_id, sku_id) as series_no, day, "
            "sold_units, discount_ratio as discount, 0 as weekday, isodow(day) >= 6 as is_free, "
            "0 as is_holiday, 0.0 as rain_mm, 0.0 as temperature_celsius "
            "from demand_day where as_of = $day order by series_no, day",
            day=day,
        )
    days = days.assign(is_free=days["is_free"].astype(float))
    started = time.perf_counter()
    external_forecasts(
        os.environ["LINLI_PEERS_PYTHON"],
        days,
        ["mlforecast"],
        origins,
        threads,
        quantile_percents=QUANTILE_PERCENTS,
    )
    return time.perf_counter() - started


def growth(home, day: date) -> None:
    """Print seconds and WAPE of fits on parts of the rows, on one thread."""
    from assets.framework.day_asset import DayRun
    from assets.predict.demand.demand_features import create_panel_series, feature_rows
    from assets.predict.demand.demand_model_steps import plan_origins

    run = DayRun(step="demand_model", as_of=day, home=home, log=print)
    with home.lakehouse.session() as session:
        create_panel_series(session, run)
        first = session.scalar("select min(day) from demand_day where as_of = $d", d=day)
        series = session.scalar("select count(*) from panel_series")
        plan = plan_origins(first, day, series, DEFAULTS)
        rows = feature_rows(session, run, plan.origins)
    scored = forecast.fully_in_stock_rows(rows[rows["is_scored"]])
    known = rows[rows["is_training"] & (rows["target_day"] <= pd.Timestamp(plan.first_scored))]
    fitting = forecast.fully_in_stock_rows(known)
    order = np.random.default_rng(0).permutation(len(fitting))
    for part in (8, 4, 2, 1):
        some = fitting.iloc[np.sort(order[: len(fitting) // part])]
        started = time.perf_counter()
        booster = forecast.fit_booster(some, DEFAULTS.model, 1, lambda done, trees: None)
        seconds = time.perf_counter() - started
        boosters = forecast.Boosters(booster, booster)
        made = forecast.forecast(scored, boosters, DEFAULTS.model, 1).mean_units
        print(
            f"{len(some):,} rows: {seconds:.1f} s, {1e6 * seconds / len(some):.0f} s per million, "
            f"WAPE {wape(scored['sold_units'], made):.2%}"
        )


if __name__ == "__main__":
    main()
