"""What the watch on the demand model says on ordinary days and of faults, and what stands in best.

    python -m tests.bench.drift --folder /tmp/drift            # the sample's last five weeks

On the sample of `linli sample`, per day: features that alarm, error of yesterday's forecast, its
limit. On the last day, faults put into the exports as loaded: the features that are named. Then,
for decision 0014: WAPE of days in stock when the weather ahead is unknown, by what stands in for
it; and of models by their age beside the means of past days.
"""

from __future__ import annotations

import argparse
import shutil
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd

from assets.framework.day_asset import DayRun, sql_beside
from assets.ingest.exports import INGEST_ASSETS
from assets.predict.demand import demand_forecast_steps as asset_file
from assets.predict.demand.demand_features import Origin, create_panel_series, feature_rows
from assets.predict.demand.serving_model import KIND, boosters_of
from assets.resources.home import LinliHome
from data_contracts.exports import BY_NAME
from models.demand import forecast
from models.demand.fallbacks import with_recent_weather
from models.demand.feature_names import WEATHER
from models.demand.scoring import WHOLE_DAY_IN_STOCK
from models.params.demand import DEFAULTS
from models.registry.artifacts import load_artifact, stored_days
from models.registry.champion_log import champion_entry
from models.simulate.config import SimulationConfig
from tests.flow import assets_named

STEPS = ("demand_day", "demand_model", "demand_forecast", "demand_drift")
# export → its rows with a fault, as SQL
FAULTS = {
    "weather in Fahrenheit": (
        "weather",
        "select * replace (case when day > $as_of then temperature_celsius * 1.8 + 32 "
        "else temperature_celsius end as temperature_celsius) from weather",
    ),
    "no weather ahead": ("weather", "select * from weather where day <= $as_of"),
    "browse missing": ("browse", "select * from browse where false"),
    "browse of the day missing": ("browse", "select * from browse where business_date < $as_of"),
    "all sold out": (
        "availability",
        "select * replace (case when day = $as_of then repeat('S', 24) else hours_status end "
        "as hours_status) from availability",
    ),
    "discounts in percent": (
        "promotions",
        "select * replace (discount_ratio * 100 as discount_ratio) from promotions",
    ),
    # the sample states discount ratios, so the model never sees list prices: nothing to name
    "list prices x 100": (
        "products",
        "select * replace (cast(list_price_yuan * 100 as decimal(18, 4)) as list_price_yuan) "
        "from products",
    ),
    "units x 10 in one warehouse": (
        "orders",
        "select * replace (case when business_date = $as_of and community_id in (select "
        "community_id from communities where warehouse_id = (select min(warehouse_id) from "
        "communities)) then 10 * quantity_units else quantity_units end as quantity_units) "
        "from orders",
    ),
}


def run_steps(home: LinliHome, day: date, *assets: dg.AssetsDefinition) -> None:
    dg.materialize(
        list(assets),
        partition_key=day.isoformat(),
        resources={"linli": home},
        instance=dg.DagsterInstance.ephemeral(),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


def ordinary(home: LinliHome, days: list[date]) -> None:
    """Every day run and shown in one line."""
    for day in days:
        run_steps(home, day, *assets_named(*STEPS))
        print(f"{day}: {alarms_of(home, day)}; {error_of(home, day)}", flush=True)


def alarms_of(home: LinliHome, day: date) -> str:
    with home.lakehouse.session() as session:
        rows = session.rows(
            "select name, reason from demand_drift where as_of = $day and is_alarm "
            "and kind = 'input' order by name",
            day=day,
        )
    shown = ", ".join(f"{name} ({reason})" for name, reason in rows[:3])
    return f"{len(rows)} features alarm{': ' if rows else ''}{shown}"


def error_of(home: LinliHome, day: date) -> str:
    with home.lakehouse.session() as session:
        rows = session.rows(
            "select wape, limit_wape, wape_mean_7_days, bad_days, (select count(*) from "
            "demand_drift where as_of = $day and is_alarm and kind <> 'input') "
            "from demand_drift where as_of = $day and kind = 'demand_error' and name = 'day_1'",
            day=day,
        )
    if not rows:
        return "not scored"
    wape, limit, naive, bad, alarms = rows[0]
    return (
        f"WAPE {wape:.1%}, limit {limit:.1%}, mean of 7 days {naive:.1%}, bad days {bad}, "
        f"{alarms} error alarms"
    )


def faults(folder: Path, home: LinliHome, day: date) -> None:
    for name, (export, sql) in FAULTS.items():
        faulty = LinliHome(home=str(folder / "faulty"), exports=home.exports, threads=home.threads)
        shutil.rmtree(faulty.root, ignore_errors=True)
        shutil.copytree(home.root, faulty.root)
        with faulty.lakehouse.session() as session:
            changed = session.arrow(sql, as_of=day)
        shutil.rmtree(faulty.lakehouse.path(BY_NAME[export]))
        faulty.lakehouse.overwrite(BY_NAME[export], changed)
        run_steps(faulty, day, *assets_named("demand_day", "demand_drift"))
        print(f"fault, {name}: {alarms_of(faulty, day)}", flush=True)


def asked(home: LinliHome, day: date, last: date) -> tuple[pd.DataFrame, dict[int, pd.DataFrame]]:
    """Rows of a day as they are asked about, with what was sold, days wholly on sale; and the usual
    weather of its warehouses by number of days."""
    run = DayRun(step="bench", as_of=day, home=home, log=lambda line: None)
    with home.lakehouse.session() as session:
        create_panel_series(session, run)
        rows = feature_rows(session, run, [Origin(day, 0, 1)])
        codes = session.frame(
            "select series_no, warehouse_id, sku_id, warehouse_no from panel_series"
        )
        sold = session.frame(
            "select warehouse_id, sku_id, day as target_day, sold_units, in_stock_share "
            "from demand_day where as_of = $last and in_stock_share >= $whole",
            last=last,
            whole=WHOLE_DAY_IN_STOCK,
        )
        sql = sql_beside(asset_file.__file__, "recent_weather.sql")
        usual = {
            days: session.frame(sql, as_of=day, days=days).set_index("warehouse_no")
            for days in (1, 3, 7, 14, 28)
        }
    rows = rows.drop(columns=["sold_units", "in_stock_share"]).merge(codes, on="series_no")
    return rows.merge(sold, on=["warehouse_id", "sku_id", "target_day"]), usual


def stand_ins(home: LinliHome, days: list[date]) -> None:
    """Weather ahead unknown; and models by their age."""
    last = days[-1]
    models = {
        day: load_artifact(home.models_dir, KIND, day) for day in stored_days(home.models_dir, KIND)
    }
    weather: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(4))
    ages: dict[int, np.ndarray] = defaultdict(lambda: np.zeros(3))
    for day in days[:-3]:
        rows, usual = asked(home, day, last)
        sold = rows["sold_units"].to_numpy(float)
        means = forecast.forecast(rows, None, DEFAULTS.model, 1).mean_units
        for trained, artifact in models.items():
            if trained <= day:
                made = forecast.forecast(rows, boosters_of(artifact), DEFAULTS.model, 1).mean_units
                week = (day - trained).days // 7
                ages[week] += [np.abs(made - sold).sum(), np.abs(means - sold).sum(), sold.sum()]
        entry = champion_entry(home.models_dir, KIND, day)
        if entry is None:
            continue
        artifact = models[entry.trained_as_of]
        carried = artifact.details["input_reference"]
        fitted = {name: carried[name]["mean"] for name in WEATHER}
        nothing, everywhere = pd.DataFrame(columns=list(WEATHER)), np.ones(len(rows), dtype=bool)
        seen = {"known": rows, "missing as it is": rows.assign(**dict.fromkeys(WEATHER, np.nan))}
        seen["mean of the fitted rows"] = with_recent_weather(rows, everywhere, nothing, fitted)
        for n, of in usual.items():
            seen[f"mean of the last {n} days"] = with_recent_weather(rows, everywhere, of, fitted)
        boosters = boosters_of(artifact)
        made = {
            name: forecast.forecast(some, boosters, DEFAULTS.model, 1).mean_units
            for name, some in seen.items()
        }
        for name, units in made.items():
            moved = np.abs(units - made["known"]).sum()
            weather[name] += [np.abs(units - sold).sum(), (units - sold).sum(), moved, sold.sum()]
    for name, (error, bias, moved, total) in weather.items():
        print(
            f"weather ahead, {name}: WAPE {error / total:.2%}, WPE {bias / total:+.1%}, "
            f"moves forecasts by {moved / total:.2%}"
        )
    for week, (error, of_means, total) in sorted(ages.items()):
        print(f"model of week {week}: WAPE {error / total:.2%}, means {of_means / total:.2%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--days", type=int, default=35)
    chosen = parser.parse_args()
    from pipelines.sample import write_sample

    config, exports = SimulationConfig(), chosen.folder / "exports"
    home = LinliHome(home=str(chosen.folder / "home"), exports=str(exports))
    if not exports.exists():
        write_sample(exports, config)
    days = [config.end - timedelta(days=back) for back in range(chosen.days - 1, -1, -1)]
    if not home.lakehouse.root.exists():
        run_steps(home, config.end, *INGEST_ASSETS)
        ordinary(home, days)
    else:
        for day in days:
            print(f"{day}: {alarms_of(home, day)}; {error_of(home, day)}")
    faults(chosen.folder, home, config.end)
    stand_ins(home, days)


if __name__ == "__main__":
    main()
