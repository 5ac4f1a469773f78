"""How far the order-arrival nowcast misses the rest of a day, beside plain peers.

    linli sample --days 200 --users 2000 --seed 5 --out sample
    python -m tests.bench.nowcast --exports sample --home nowcast-home --forecasts 56
    linli import uci_online_retail …/uci_online_retail --out uci
    python -m tests.bench.nowcast --exports uci --home nowcast-home --as-of 2011-11-30

Past days are scored as the nowcast itself scores them: each told from earlier ones only, priors
included; with `--forecasts N` the forecast of each of the last N days is made first, as the nightly
run would have (some seconds a day), else means of past days stand in. `--weeks` times three weeks
are scored. Printed per hours left: WAPE and WPE of the rest, of the day's total and of the total of
a warehouse; how the strength of the day's orders is chosen; how often quantiles hold, and their
pinball loss beside those of a negative binomial with one dispersion.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
from scipy.stats import nbinom

from assets.core.demand.demand_day import demand_day
from assets.framework.day_asset import DayRun
from assets.ingest.coverage import last_business_day
from assets.ingest.identify_inbox import identify_inbox
from assets.ingest.load import load
from assets.predict.demand.demand_forecast import demand_forecast
from assets.predict.demand.demand_model import demand_model
from assets.predict.nowcast.nowcast_panel import Panel, create_order_lines, read_panel
from assets.resources.home import LinliHome
from data_contracts.exports import EXPORTS
from data_contracts.tables.demand import QUANTILE_PERCENTS
from models.demand.nowcast_backtest import NOWCAST, ScoredDays, backtest_rows, fit_bands, score_days
from models.evaluation.forecast_metrics import pinball
from models.params.nowcast import DEFAULTS, NowcastParams
from pipelines.settings import Settings

FOLDS = 3
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def make_forecasts(home: LinliHome, last: date, days: int) -> None:
    """Store the forecasts made at the end of each of the `days` days before `last`."""
    for back in range(days, 0, -1):
        dg.materialize(
            [demand_day, demand_model, demand_forecast],
            partition_key=(last - timedelta(days=back)).isoformat(),
            resources={"linli": home},
            instance=dg.DagsterInstance.ephemeral(),
            run_config=QUIET,
        )


def panel_of(home: LinliHome, open_day: date) -> Panel:
    """The arrays as of an hour before the cut-off of `open_day`."""
    run = DayRun(step="bench", as_of=open_day, home=home, log=lambda line: None)
    until = run.as_of_end - timedelta(hours=1)
    with home.lakehouse.session() as session:
        first_day = create_order_lines(session, run, until, DEFAULTS)
        return read_panel(session, run, until, first_day, DEFAULTS)


def scores(panels: list[Panel], params: NowcastParams) -> Iterator[ScoredDays]:
    for panel in panels:
        for moment in panel.moments:
            scored = score_days(panel.days, moment, params)
            if scored is not None:
                yield scored


def table_of(scored: list[ScoredDays]) -> pd.DataFrame:
    """Rows of NOWCAST_BACKTEST."""
    return pd.DataFrame([row for one in scored for row in backtest_rows(one, DEFAULTS)])


def pooled(rows: pd.DataFrame, by: list[str], columns: list[str]) -> pd.DataFrame:
    """Means over days, each with the weight of its units: Σ|p−y| ÷ Σy over all of them."""
    known = rows[rows["actual_units"] > 0]
    weighted = known[columns].mul(known["actual_units"], axis=0)
    sums = pd.concat([known[by], weighted], axis=1).groupby(by).sum()
    return sums.div(known.groupby(by)["actual_units"].sum(), axis=0)


def errors(rows: pd.DataFrame) -> str:
    """WAPE by scope, hours left and model; WPE and coverage of the nowcast."""
    by = ["scope", "hours_left"]
    pivot = pooled(rows, [*by, "model"], ["wape"])["wape"].unstack("model")
    pivot = pivot[[NOWCAST, *(name for name in pivot if name != NOWCAST)]]
    told = rows[rows["model"] == NOWCAST]
    pivot["wpe"] = pooled(told, by, ["wpe"])["wpe"]
    for percent in (10, 90):
        pivot[f"p{percent} holds"] = told.groupby(by)[f"coverage_p{percent}"].mean()
    shown = pivot.sort_index(level=by, ascending=[True, False])
    return str(shown.map(lambda value: f"{value:.1%}").to_string())


def choices(panels: list[Panel]) -> str:
    """WAPE of a warehouse's total by how the strength of the day's orders is chosen."""
    variants = {
        "curve alone": replace(DEFAULTS, strengths_units=()),
        "best fit": replace(DEFAULTS, doubt_errors=0.0),
        "one standard error": DEFAULTS,
    }
    found = {}
    for name, params in variants.items():
        rows = table_of(list(scores(panels, params)))
        rows = rows[rows["model"] == NOWCAST]
        for scope in ("total", "warehouse_total"):
            of_scope = pooled(rows[rows["scope"] == scope], ["hours_left"], ["wape"])["wape"]
            found[f"{name}, {scope}"] = of_scope.sort_index(ascending=False)
    return str(pd.DataFrame(found).map(lambda value: f"{value:.2%}").to_string())


def negative_binomial(told: np.ndarray, actual: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Quantiles of `asked`; variance μ + μ² ÷ k with k by moments of (told, actual)."""
    excess = float(((actual - told) ** 2 - told).sum() / (told**2).sum())
    shape = 1 / max(excess, 1e-6)
    shares = np.array(QUANTILE_PERCENTS) / 100
    return np.asarray(nbinom.ppf(shares[None, :], shape, shape / (shape + asked[:, None])))


def quantile_rows(scored: list[ScoredDays]) -> Iterator[dict[str, float]]:
    """Per moment: how often each quantile holds, and the mean pinball loss of both kinds, on days
    they were not fitted on."""
    for one in scored:
        places = np.arange(len(one.days))
        pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        for fold in range(FOLDS):
            held, others = places[places % FOLDS == fold], places[places % FOLDS != fold]
            bands = fit_bands(one, QUANTILE_PERCENTS, DEFAULTS, others)
            told, actual = one.predicted.rest_units, one.rest_units
            use = (told > 0) & ~one.is_closed
            fitted, asked = use[:, others], use[:, held]
            p, y = told[:, held][asked], actual[:, held][asked]
            ratio = bands.of_series(p, np.zeros(len(p), bool))
            nb = negative_binomial(told[:, others][fitted], actual[:, others][fitted], p)
            pairs.append((y, ratio, nb))
        y, ratio, nb = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        row = {"hours_left": one.hours_left}
        for i, percent in enumerate(QUANTILE_PERCENTS):
            row[f"{percent:g}"] = float((y <= ratio[:, i]).mean())
            row[f"nb {percent:g}"] = float((y <= nb[:, i]).mean())
        for name, of in (("pinball", ratio), ("nb pinball", nb)):
            row[name] = float(
                np.mean([pinball(y, of[:, i], p) for i, p in enumerate(QUANTILE_PERCENTS)])
            )
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--exports", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, help="day taken as open [the last]")
    parser.add_argument("--forecasts", type=int, default=0, help="past days to forecast first")
    parser.add_argument("--weeks", type=int, default=2, help="times three weeks to score")
    asked = parser.parse_args()
    settings = Settings.from_environment(home=asked.home, exports=asked.exports)
    settings.prepare_home()
    home = settings.linli_home()
    for table in EXPORTS:
        load(home, table, lambda line: None)
    last = asked.as_of or last_business_day(home, identify_inbox(home))
    make_forecasts(home, last, asked.forecasts)
    spacing = timedelta(days=DEFAULTS.scored_days)
    panels = [panel_of(home, last - spacing * number) for number in range(asked.weeks)]
    scored = list(scores(panels, DEFAULTS))
    rows = table_of(scored)
    days = DEFAULTS.scored_days * len(panels)
    with_forecast = panels[0].days_with_forecast
    print(f"{len(panels[0].series)} series, {days} days scored, open day {last}")
    print(f"days with a stored forecast among the last {DEFAULTS.history_days}: {with_forecast}\n")
    print(errors(rows), "\n")
    print(choices(panels), "\n")
    quantiles = pd.DataFrame(list(quantile_rows(scored))).groupby("hours_left").mean()
    print(quantiles.sort_index(ascending=False).round(3).to_string())


if __name__ == "__main__":
    main()
