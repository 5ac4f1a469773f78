"""How good are forecasts of 7- and 14-day sums on FreshRetailNet-50K, beside means and peers?

    linli import frn50k ../shared/data/frn50k --out /tmp/frn
    python -m tests.bench.demand_sums --exports /tmp/frn --folder /tmp/frn-home \\
        --data ../shared/data/frn50k/frn50k.parquet [--threads 2] [--fresh | --as-stored] \\
        [--peers-python .venv-peers/bin/python]

Each origin is a day of its own: history, recovery, fit, calibration and forecast see nothing after
it. A sum is scored if the demand of each of its days is known: on days in stock what was sold, on
others what the history of the last target day of all recovers. Peers forecast each day from what
was sold, knowing weather and discount of the days ahead, and are added up: Dingdong's similar-day
average (SSA), the mean of 7 days, and mlforecast (`make peers`) with the lags of the demand model.
`mean of 7 days of demand` knows what was recovered at the origin. Coverage is the percent of sums
at or under each quantile, minus the percent of the quantile.
"""

from __future__ import annotations

import argparse
import resource
import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from data_contracts.codes.demand import SUM_HORIZONS
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from models.evaluation.forecast_metrics import coverage, pinball, wape, wpe
from tests.bench.demand_72h import Source, forecast, history, home_of, of_horizon, similar_days
from tests.bench.external_baselines import asked_outside

ORIGINS = [date(2024, 5, 20), date(2024, 5, 24), date(2024, 5, 28)]
SPANS = (7, 14)


def known_demand(home, source: Source, history_of: date, known_at: date) -> np.ndarray:
    """Demand of every day, series × days: sold on days in stock, else what the history of
    `history_of` recovers; empty where too little was seen, and after `known_at`."""
    from data_contracts.tables import BY_NAME

    with home.lakehouse.session(BY_NAME["demand_day"]) as session:
        rows = session.frame(
            "select warehouse_id || '/' || sku_id as name, day, demand_units from demand_day "
            "where as_of = $last",
            last=history_of,
        )
    wide = rows.pivot(index="name", columns="day", values="demand_units")
    days = pd.to_datetime(pd.Index(source.days))
    recovered = wide.reindex(index=source.names, columns=days).to_numpy()
    demand = np.where(source.in_stock, source.sold, recovered)
    demand[:, source.at(known_at) + 1 :] = np.nan
    return demand


def peers_of(
    source: Source, origin: date, span: int, demand: np.ndarray, outside: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Sums of the peers, one per series. `demand`: as known at the origin."""
    at = source.at(origin)
    targets = [origin + timedelta(days=ahead) for ahead in range(1, span + 1)]
    week = slice(at - 6, at + 1)
    days_known = ~np.isnan(demand[:, week])
    of_demand = np.nansum(demand[:, week], axis=1) / np.maximum(days_known.sum(1), 1)
    return {
        "SSA": np.sum([similar_days(source, origin, day) for day in targets], axis=0),
        "mean of 7 days": source.sold[:, week].mean(1) * span,
        "mean of 7 days of demand": of_demand * span,
    } | {name: days[:, :span].sum(axis=1) for name, days in outside.items()}


def quantile_figures(actual: np.ndarray, quantiles: np.ndarray) -> dict[str, float]:
    """Coverage minus percent of each quantile in points, and the weighted quantile loss."""
    found = {
        f"p{percent:g}": 100 * coverage(actual, quantiles[:, i]) - percent
        for i, percent in enumerate(QUANTILE_PERCENTS)
    }
    losses = [pinball(actual, quantiles[:, i], p) for i, p in enumerate(QUANTILE_PERCENTS)]
    return found | {"WQL %": 100 * 2 * float(np.mean(losses)) / float(np.mean(actual))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exports", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="fit anew for every origin")
    parser.add_argument("--as-stored", action="store_true", help="score what an earlier run left")
    parser.add_argument("--peers-python", type=Path, help="mlforecast beside")
    parser.add_argument("--origins", type=date.fromisoformat, nargs="+", default=ORIGINS)
    chosen = parser.parse_args()
    source = Source(chosen.data)
    home = home_of(chosen.folder, chosen.exports, chosen.threads)
    made_of = {}
    for origin in chosen.origins:
        if not chosen.as_stored:
            history(home, origin)
        if chosen.fresh:
            shutil.rmtree(home.models_dir, ignore_errors=True)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        made_of[origin] = forecast(home, origin, chosen.as_stored)
        spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
        print(f"{origin}: {spent:.0f} s of user CPU for fit, backtest and forecast")
    last = max(chosen.origins) + timedelta(days=max(SPANS))
    if not chosen.as_stored:
        history(home, last)
    outside: dict[str, dict[date, np.ndarray]] = {}
    if chosen.peers_python:
        outside = asked_outside(
            source.as_days(),
            chosen.origins,
            len(source.names),
            chosen.peers_python,
            home.threads,
            peers=("mlforecast",),
            days_ahead=max(SPANS),
        )
    actual_days = known_demand(home, source, last, last)
    errors, covered = [], []
    for origin, made in made_of.items():
        demand = known_demand(home, source, origin, origin)
        of_origin = {name: made_by[origin] for name, made_by in outside.items()}
        for span in SPANS:
            at = source.at(origin) + 1
            actual = actual_days[:, at : at + span].sum(axis=1)
            known = ~np.isnan(actual)
            horizon = SUM_HORIZONS[span].value
            models = {"linli": of_horizon(source, made, horizon, "mean_units")}
            models |= peers_of(source, origin, span, demand, of_origin)
            for name, units in models.items():
                said = np.nan_to_num(units[known])
                errors.append(
                    {
                        "span": span,
                        "model": name,
                        "origin": str(origin),
                        "WAPE %": 100 * wape(actual[known], said),
                        "WPE %": 100 * wpe(actual[known], said),
                    }
                )
            quantiles = np.stack(
                [
                    of_horizon(source, made, horizon, quantile_column(percent))
                    for percent in QUANTILE_PERCENTS
                ],
                axis=1,
            )
            row = {"span": span, "origin": str(origin), "sums": int(known.sum())}
            covered.append(row | quantile_figures(actual[known], quantiles[known]))
    show(pd.DataFrame(errors), pd.DataFrame(covered))


def show(errors: pd.DataFrame, covered: pd.DataFrame) -> None:
    """Print both tables per origin and averaged."""
    keys = ["span", "model"]
    per_origin = errors.pivot(index=keys, columns="origin", values=["WAPE %", "WPE %"])
    print(per_origin.round(2).to_string())
    means = errors.groupby(keys, sort=False)[["WAPE %", "WPE %"]].mean()
    ours = means.xs("linli", level="model")["WAPE %"]
    means["÷ peer"] = (
        ours.reindex(means.index.get_level_values("span")).to_numpy() / means["WAPE %"]
    )
    print(means.round(3).to_string())
    print(covered.set_index(["span", "origin"]).round(2).to_string())
    print(covered.drop(columns=["origin"]).groupby("span").mean().round(2).to_string())


if __name__ == "__main__":
    main()
