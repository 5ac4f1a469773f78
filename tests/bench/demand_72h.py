"""How good is the 72-hour forecast on FreshRetailNet-50K, beside its authors' average and means?

    linli import frn50k ../shared/data/frn50k --out /tmp/frn
    python -m tests.bench.demand_72h --exports /tmp/frn --folder /tmp/frn-home \\
        --data ../shared/data/frn50k/frn50k.parquet [--fresh | --as-stored] \\
        [--peers-python .venv-peers/bin/python]

Each origin is a day of its own: history, recovery, fit, calibration and forecast see nothing after
it; a history that an earlier run left in the folder is taken again. Every series of the source is
scored on the three days after it. `in stock`: days without a sold-out hour from 6 to 22, WAPE and
WPE per day, then their mean; `all`: every day; `72 h`: the sum of the three; the last two score the
forecast of sales. Quantiles of days are scored on days in stock, those of the sum on demand as the
history of the last target day tells it, each over all origins together; so is the category furthest
off, of those with 1,000 days in stock. SSA is the similar-day average of Dingdong, re-made from its
description. Peers outside (`make peers`) see the same rows; AutoETS is asked about 500 series, and
the others are told on these too.
"""

from __future__ import annotations

import argparse
import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from models.clock import HORIZON_DAYS
from models.demand.backtest.noise_floor import Dispersion, fit_dispersion, floor_wape
from models.demand.backtest.similar_day_average import (
    HOLIDAY,
    RAINY_MM,
    DayGrid,
    day_kind,
    similar_day_average,
)
from models.evaluation.forecast_metrics import coverage, pinball, wape, wpe
from tests.bench.external_baselines import asked_outside
from tests.flow import assets_named

ORIGINS = [date(2024, 6, 2), date(2024, 6, 5), date(2024, 6, 8)]
STEPS = ("demand_day", "demand_model", "demand_forecast")
LEAST_ROWS_OF_CATEGORY = 1_000


class Source:
    """Every series on every day, series × days."""

    def __init__(self, path: Path) -> None:
        with duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}) as connection:
            rows = connection.sql(
                "select store_id::bigint as store, product_id::bigint as product, dt::date as day, "
                "sale_amount, stock_hour6_22_cnt, discount, holiday_flag, precpt, avg_temperature, "
                "isodow(dt::date) - 1 as weekday, first_category_id as category, city_id as city "
                f"from read_parquet('{path}') order by store, product, day"
            ).df()
        self.days = [day.date() for day in sorted(rows["day"].unique())]
        series = rows[["store", "product"]].drop_duplicates()
        self.names = [f"{row.store}/{row.product}" for row in series.itertuples()]
        shape = (len(series), len(self.days))

        def grid(name: str) -> np.ndarray:
            return rows[name].to_numpy(float).reshape(shape)

        self.sold = grid("sale_amount")
        self.in_stock = grid("stock_hour6_22_cnt") == 0
        self.category, self.city = grid("category")[:, 0], grid("city")[:, 0]
        holiday, weekday = grid("holiday_flag") == 1, grid("weekday")
        self.temperature, self.rain = grid("avg_temperature"), grid("precpt")
        # the source flags every free day, weekends too
        self.grid = DayGrid(
            self.sold, grid("discount"), grid("precpt") > RAINY_MM, day_kind(weekday, holiday)
        )

    def at(self, day: date) -> int:
        return self.days.index(day)

    def as_days(self) -> pd.DataFrame:
        """A row per series and day, as peers outside want it."""
        series, day = np.indices(self.sold.shape).reshape(2, -1)
        weekday = np.array([day.weekday() for day in self.days])[day]
        free = (self.grid.kind == HOLIDAY).ravel().astype(float)
        return pd.DataFrame(
            {
                "series_no": series,
                "day": pd.to_datetime(self.days)[day],
                "sold_units": self.sold.ravel(),
                "discount": np.minimum(self.grid.discount.ravel(), 1.0),
                "weekday": weekday,
                "is_free": free,
                "is_holiday": free * (weekday < 5),
                "rain_mm": self.rain.ravel(),
                "temperature_celsius": self.temperature.ravel(),
            }
        )


def similar_days(source: Source, origin: date, target: date) -> np.ndarray:
    """SSA for one target day."""
    return similar_day_average(source.grid, source.at(origin), source.at(target))


def score(source: Source, origin: date, days: np.ndarray, sales: np.ndarray) -> dict[str, float]:
    """WAPE and WPE of `days` (demand) and `sales`, both series × horizon; of series that have a
    forecast."""
    at, told = source.at(origin) + 1, ~np.isnan(days).any(axis=1)
    sold = source.sold[told, at : at + HORIZON_DAYS]
    in_stock = source.in_stock[told, at : at + HORIZON_DAYS]
    days, sales = days[told], sales[told]
    each = range(HORIZON_DAYS)
    return {
        "in stock": np.mean([wape(sold[in_stock[:, h], h], days[in_stock[:, h], h]) for h in each]),
        "WPE": np.mean([wpe(sold[in_stock[:, h], h], days[in_stock[:, h], h]) for h in each]),
        "all": np.mean([wape(sold[:, h], sales[:, h]) for h in each]),
        "72 h": wape(sold.sum(1), sales.sum(1)),
    }


def home_of(folder: Path, exports: Path, threads: int):
    """A home with the exports in it."""
    from assets.ingest.exports import INGEST_ASSETS
    from assets.resources.home import LinliHome

    home = LinliHome(home=str(folder), exports=str(exports), threads=threads, memory_limit="4GB")
    if not (folder / "lake").exists():
        materialise(INGEST_ASSETS, ORIGINS[-1], home)
    return home


def history(home, day: date) -> None:
    """DEMAND_DAY of `day`, where an earlier bench did not leave it."""
    from data_contracts.tables.demand import DEMAND_DAY

    with home.lakehouse.session(DEMAND_DAY) as session:
        there = session.scalar("select count(*) from demand_day where as_of = $day", day=day)
    if not there:
        materialise(assets_named("demand_day"), day, home)


def forecast(home, origin: date, as_stored: bool) -> pd.DataFrame:
    """DEMAND_FORECAST of the origin, made as the job makes it, or as an earlier bench left it;
    prints seconds and memory."""
    from data_contracts.tables import BY_NAME
    from data_contracts.tables.bookkeeping import RUN_STEPS

    if not as_stored:
        history(home, origin)
        materialise(assets_named("demand_model", "demand_forecast"), origin, home)
    with home.lakehouse.session(RUN_STEPS, BY_NAME["demand_forecast"]) as session:
        steps = session.rows(
            "select step, seconds, peak_memory_mib from run_steps "
            "where as_of = $day and step in (select unnest($steps)) order by step",
            day=origin,
            steps=list(STEPS),
        )
        told = ", ".join(f"{step} {took:.0f} s" for step, took, _ in steps)
        seconds, peak = sum(took for _, took, _ in steps), max(peak for *_, peak in steps)
        print(f"{origin}: {seconds:.0f} s on {home.threads} threads, {peak:,.0f} MiB ({told})")
        return session.frame(
            "select warehouse_id || '/' || sku_id as name, * from demand_forecast "
            "where as_of = $day",
            day=origin,
        )


def demand_after(home, source: Source, origin: date, last: date) -> np.ndarray:
    """Demand of the three days after the origin as the history of `last` tells it, series ×
    horizon; empty where too little was seen."""
    from data_contracts.tables import BY_NAME

    with home.lakehouse.session(BY_NAME["demand_day"]) as session:
        rows = session.frame(
            "select warehouse_id || '/' || sku_id as name, day, demand_units from demand_day "
            "where as_of = $last and day > $origin and day <= $until",
            last=last,
            origin=origin,
            until=origin + timedelta(days=HORIZON_DAYS),
        )
    wide = rows.pivot(index="name", columns="day", values="demand_units")
    return wide.reindex(source.names).to_numpy()


def materialise(assets, day: date, home, ops: dict | None = None) -> None:
    import dagster as dg

    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, "ops": ops or {}}
    dg.materialize(
        assets,
        partition_key=day.isoformat(),
        resources={"linli": home},
        instance=dg.DagsterInstance.ephemeral(),
        run_config=quiet,
    )


def of_horizon(source: Source, made: pd.DataFrame, horizon: str, column: str) -> np.ndarray:
    """One value per series of the source; 0 for what is no longer forecast."""
    rows = made[made["horizon"] == horizon].set_index("name")[column]
    return rows.reindex(source.names).fillna(0).to_numpy()


def weeks_shift(source: Source, origin: date) -> pd.DataFrame:
    """Sales of the days after the origin ÷ those of the same weekday a week before, of series in
    stock on both: of the country, and how many of its larger cities sold less."""
    rows = []
    for ahead in range(1, HORIZON_DAYS + 1):
        at = source.at(origin) + ahead
        both = source.in_stock[:, at] & source.in_stock[:, at - 7]
        days = pd.DataFrame(
            {"city": source.city, "now": source.sold[:, at], "before": source.sold[:, at - 7]}
        )[both]
        cities = days.groupby("city").sum()[days.groupby("city").size() > 200]
        less = int((cities["now"] < cities["before"]).sum())
        rows.append(
            {
                "day": source.days[at],
                "week on week": days["now"].sum() / days["before"].sum(),
                "cities that sold less": f"{less} of {len(cities)}",
            }
        )
    return pd.DataFrame(rows)


def dispersion(source: Source, origin: date) -> Dispersion:
    """How like days a week apart scatter, up to the origin."""
    last = source.at(origin)
    now, before = slice(8, last + 1), slice(1, last - 6)
    like = source.in_stock[:, now] & source.in_stock[:, before]
    like &= source.grid.discount[:, now] == source.grid.discount[:, before]
    like &= source.grid.kind[:, now] == source.grid.kind[:, before]
    known = slice(0, last + 1)
    whole = np.where(source.in_stock[:, known], source.sold[:, known], np.nan)
    means = np.broadcast_to(np.nanmean(whole, axis=1)[:, None], like.shape)
    fitted = fit_dispersion(source.sold[:, now][like], source.sold[:, before][like], means[like])
    assert fitted is not None
    return fitted


def noise(source: Source, origin: date, days: np.ndarray) -> float:
    """WAPE of a forecast that knows every mean, on the days in stock after the origin; `days`: the
    means, series × horizon."""
    fitted = dispersion(source, origin)
    print(
        f"{origin}: variance of like days {fitted.phi:.2f}·mean^{fitted.power:.2f}, "
        f"{fitted.pairs:,} pairs"
    )
    at = source.at(origin) + 1
    in_stock = source.in_stock[:, at : at + HORIZON_DAYS]
    return floor_wape(days[in_stock], fitted)


def of_days(source: Source, made: pd.DataFrame, column: str) -> np.ndarray:
    """Series × horizon."""
    days = [of_horizon(source, made, f"day_{h + 1}", column) for h in range(HORIZON_DAYS)]
    return np.stack(days, axis=1)


def quantile_rows(
    source: Source, origin: date, made: pd.DataFrame, demand: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is needed to score quantiles of days, and of sums: category, actual, each quantile."""
    at = source.at(origin) + 1
    sold = source.sold[:, at : at + HORIZON_DAYS]
    in_stock = source.in_stock[:, at : at + HORIZON_DAYS]
    wanted = demand.sum(1)
    known = ~np.isnan(wanted)
    category = np.broadcast_to(source.category[:, None], sold.shape)
    days = {"category": category[in_stock], "actual": sold[in_stock]}
    sums = {"category": source.category[known], "actual": wanted[known]}
    for percent in QUANTILE_PERCENTS:
        name = quantile_column(percent)
        days[name] = of_days(source, made, name)[in_stock]
        sums[name] = of_horizon(source, made, "sum_72h", name)[known]
    return pd.DataFrame(days), pd.DataFrame(sums)


def calibration(days: pd.DataFrame, sums: pd.DataFrame) -> pd.DataFrame:
    """Percent of actuals at or under each quantile, that of the category furthest off, percent of
    the actuals whose category is within 4 points, and pinball loss, for days and for sums."""
    found = []
    for percent in QUANTILE_PERCENTS:
        row = {"quantile": percent}
        for what, rows in (("days", days), ("sums", sums)):
            units = rows[quantile_column(percent)]
            hits = (rows["actual"] <= units).groupby(rows["category"]).agg(["mean", "size"])
            large = 100 * hits["mean"][hits["size"] >= LEAST_ROWS_OF_CATEGORY]
            row[f"of {what}"] = 100 * coverage(rows["actual"], units)
            off = (100 * hits["mean"] - percent).abs()
            row[f"furthest, {what}"] = large.iloc[(large - percent).abs().argmax()]
            row[f"within 4, {what}"] = 100 * hits["size"][off <= 4].sum() / hits["size"].sum()
            row[f"pinball, {what}"] = pinball(rows["actual"], units, percent)
        found.append(row)
    return pd.DataFrame(found).set_index("quantile")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exports", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="fit anew for every origin")
    parser.add_argument("--as-stored", action="store_true", help="score what an earlier run left")
    parser.add_argument("--peers-python", type=Path, help="mlforecast and AutoETS beside")
    parser.add_argument("--origins", type=date.fromisoformat, nargs="+", default=ORIGINS)
    chosen = parser.parse_args()
    source = Source(chosen.data)
    home = home_of(chosen.folder, chosen.exports, chosen.threads)
    if chosen.fresh:
        shutil.rmtree(home.models_dir, ignore_errors=True)
    figures, scored = [], []
    made_of = {}
    for origin in chosen.origins:
        made_of[origin] = forecast(home, origin, chosen.as_stored)
        if chosen.fresh:
            shutil.rmtree(home.models_dir)
    last = max(chosen.origins) + timedelta(days=HORIZON_DAYS)
    if not chosen.as_stored:
        history(home, last)
    outside = {}
    if chosen.peers_python:
        outside = asked_outside(
            source.as_days(), chosen.origins, len(source.names), chosen.peers_python, home.threads
        )
    for origin, made in made_of.items():
        targets = [origin + timedelta(days=h + 1) for h in range(HORIZON_DAYS)]
        at = source.at(origin)
        models = {
            "linli": of_days(source, made, "mean_units"),
            "SSA": np.stack([similar_days(source, origin, day) for day in targets], axis=1),
            "mean of 7 days": np.repeat(
                source.sold[:, at - 6 : at + 1].mean(1)[:, None], HORIZON_DAYS, axis=1
            ),
            "same day last week": source.sold[:, [source.at(day) - 7 for day in targets]],
        }
        models |= {peer: made_by[origin] for peer, made_by in outside.items()}
        if "auto_ets" in models:
            few = np.isnan(models["auto_ets"])
            models |= {
                f"{name}, those of auto_ets": np.where(few, np.nan, models[name])
                for name in ("linli", "SSA", "mlforecast")
            }
        for name, days in models.items():
            sales = of_days(source, made, "sold_units") if name.startswith("linli") else days
            figures.append({"model": name, "origin": origin} | score(source, origin, days, sales))
        demand = demand_after(home, source, origin, last)
        scored.append(quantile_rows(source, origin, made, demand))
    shifts = [weeks_shift(source, origin) for origin in chosen.origins]
    print(pd.concat(shifts).round(3).to_string(index=False))
    floors = [
        noise(source, origin, of_days(source, made, "mean_units"))
        for origin, made in made_of.items()
    ]
    print(f"noise floor of days in stock: {np.mean(floors):.2%}")
    table = pd.DataFrame(figures)
    print((table.set_index(["model", "origin"]) * 100).round(2).to_string())
    means = table.drop(columns="origin").groupby("model", sort=False).mean()
    means["mean |WPE|"] = table.assign(bias=table["WPE"].abs()).groupby("model")["bias"].mean()
    means["÷ SSA"] = means["in stock"] / means.loc["SSA", "in stock"] / 100
    print((means * 100).round(2).to_string())
    days, sums = (pd.concat(rows) for rows in zip(*scored, strict=True))
    print(calibration(days, sums).round(4).to_string())


if __name__ == "__main__":
    main()
