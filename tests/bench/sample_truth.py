"""Does the forecast know what rain and the school season do? Beside the truth of the sample.

    python -m tests.bench.sample_truth --folder /tmp/truth

The rolling backtest of `linli sample`, an origin a day from mid August to mid September: the last
school season, and what fell of rain. The truth is the simulator's multiplier on those days, of the
whole traffic and of the category. What the forecast tells is that multiplier times forecast ÷ sold
on those days, over forecast ÷ sold on the other days of the category: 1 where it knows nothing, the
truth where it knows all. Forecasts are those of their day; the season's first days are told apart,
because nothing in the four months before them was like it.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from tests.flow import assets_named

AS_OF = date(2026, 9, 14)
ORIGINS = 28
LEAST_UNITS = 60.0
FIRST_DAYS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    lines, truth = forecasts(chosen.folder)
    lines = lines[(lines["horizon"] != "sum_72h") & (lines["in_stock_share"] >= 0.9999)]
    lines = lines.assign(day=pd.to_datetime(lines["target_day"]).astype("datetime64[s]"))
    wet = true_multiplier(lines, truth, ("rain", "storm"))
    school = true_multiplier(lines, truth, ("school_season",))
    moved = set(lines["category"][school != 1])
    calm = ~lines["category"].isin(moved)
    told(lines[calm], wet[calm], wet[calm] != 1, "rain and storm, categories of no season")
    season = sorted(lines["day"][school != 1].unique())
    until = lines["day"] <= season[-1]  # after it forecasts are too high, which is told below
    for name, days in (("first days", season[:FIRST_DAYS]), ("after them", season[FIRST_DAYS:])):
        hit = (school != 1) & lines["day"].isin(days)
        told(lines[until], school[until], hit[until], f"school season, {name}")
    after = lines[(lines["day"] > season[-1]) & lines["category"].isin(moved)]
    sums = after.groupby("category")[["mean_units", "sold_units"]].sum()
    print("\nforecast ÷ sold on the days after the season")
    print((sums["mean_units"] / sums["sold_units"]).round(2).to_string())


def forecasts(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines of DEMAND_ROLLING, and the true effects."""
    import dagster as dg

    from assets.evaluate.rolling_origin.demand_backtest import demand_rolling
    from assets.ingest.exports import INGEST_ASSETS
    from assets.resources.home import LinliHome
    from data_contracts.tables.backtest import DEMAND_ROLLING
    from models.simulate.config import SimulationConfig
    from pipelines.sample import TRUTH_FOLDER, write_sample

    exports = folder / "exports"
    home = LinliHome(home=str(folder / "home"), exports=str(exports))
    if not exports.exists():
        write_sample(exports, SimulationConfig())
    dg.materialize(
        [*INGEST_ASSETS, *assets_named("demand_day"), demand_rolling],
        partition_key=AS_OF.isoformat(),
        resources={"linli": home},
        instance=dg.DagsterInstance.ephemeral(),
        run_config={
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            "ops": {
                "demand_rolling": {"config": {"origins": ORIGINS, "every_days": 1, "peers": []}}
            },
        },
    )
    with home.lakehouse.session(DEMAND_ROLLING) as session:
        lines = session.frame("select * from demand_rolling where as_of = $d", d=AS_OF)
    return lines, pd.read_parquet(exports / TRUTH_FOLDER / "effects.parquet")


def true_multiplier(
    lines: pd.DataFrame, truth: pd.DataFrame, effects: tuple[str, ...]
) -> np.ndarray:
    """What the simulator multiplied the demand of each line with; 1 where nothing."""
    mine = truth[truth["effect"].isin(effects)]
    traffic = mine[mine["level"] == "traffic"].groupby(["region_id", "day"])["multiplier"].prod()
    own = mine[mine["level"] == "category"]
    of_category = own.groupby(["region_id", "day", "target"])["multiplier"].prod()
    where = pd.MultiIndex.from_arrays([lines["region_id"], lines["day"]])
    what = pd.MultiIndex.from_arrays([lines["region_id"], lines["day"], lines["category"]])
    return np.asarray(
        traffic.reindex(where).fillna(1).to_numpy() * of_category.reindex(what).fillna(1).to_numpy()
    )


def told(lines: pd.DataFrame, true: np.ndarray, hit: pd.Series | np.ndarray, what: str) -> None:
    """Print per category the true multiplier on the days `hit`, and what forecasts make of it."""
    rows = lines.assign(true=true, hit=np.asarray(hit), quiet=true == 1)
    rows["base"] = rows["sold_units"] / rows["true"]
    found = []
    for category, mine in rows.groupby("category"):
        on, off = mine[mine["hit"]], mine[mine["quiet"]]
        if on["sold_units"].sum() < LEAST_UNITS or not len(off):
            continue
        usual = off["mean_units"].sum() / off["sold_units"].sum()
        truth = on["sold_units"].sum() / on["base"].sum()
        found.append(
            {
                "category": category,
                "units": on["sold_units"].sum(),
                "truth": truth,
                "told": truth * on["mean_units"].sum() / on["sold_units"].sum() / usual,
                "days": on["day"].nunique(),
            }
        )
    table = pd.DataFrame(found).set_index("category").sort_values("truth", ascending=False)
    agree = np.corrcoef(np.log(table["truth"]), np.log(table["told"]))[0, 1]
    moved = (table["truth"] - 1).abs() >= 0.1
    print(f"\n{what}: correlation of the logs {agree:.2f}")
    print(table[moved].round(2).to_string())


if __name__ == "__main__":
    main()
