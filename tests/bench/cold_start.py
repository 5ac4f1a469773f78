"""New series: is what similar SKUs sell worth having, and may the trees speak of them?

    python -m tests.bench.cold_start --folder /tmp/cold

A simulated platform with many launches (600 SKUs, 8,000 users). Fitted on targets up to the middle
of September, scored on every third day after it, on days wholly on sale, by days since the first
sale: the mean of a series' few days drawn towards its category, the same drawn towards similar
SKUs, and trees that see what similar SKUs sell or do not. Nothing was tuned on the scored days but
the choice between these four.

Then new communities: a platform whose communities are its warehouses, and the rolling backtest of
its last two weeks, twice: as it is, and with every order of one community in five taken out up to
eighteen days before the end, as if they had opened then. Both are scored on those communities.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from models.demand import forecast
from models.demand.scoring import WHOLE_DAY_IN_STOCK
from models.evaluation.forecast_metrics import wape, wpe
from models.params.demand import DEFAULTS
from tests.bench.demand_72h import materialise
from tests.flow import assets_named

AGES = ((1, 7), (7, 14), (14, 28), (28, 99))
SCORED_DAYS = 45
OPEN_FOR_DAYS, NEW_ONE_IN = 18, 5
OF_SIMILAR = [
    "similar_mean",
    "price_ratio",
    *(name for name in forecast.FEATURES if name.startswith("warehouse_subcategory_")),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    rows = feature_rows_of(chosen.folder)
    first = rows["origin"][rows["is_scored"]].min()
    known = rows[rows["is_training"] & (rows["target_day"] <= first)]
    scored = rows[rows["is_scored"] & (rows["in_stock_share"] >= WHOLE_DAY_IN_STOCK)]
    model = DEFAULTS.model

    def trees(fitted: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
        booster = forecast.fit_booster(
            forecast.fully_in_stock_rows(fitted), model, chosen.threads, lambda done, total: None
        )
        boosters = forecast.Boosters(booster, booster)
        return forecast.forecast(asked, boosters, model, chosen.threads).mean_units

    def blind(some: pd.DataFrame) -> pd.DataFrame:
        """Rows that know of similar SKUs nothing but the category's level."""
        return some.assign(
            **dict.fromkeys(OF_SIMILAR, np.nan)
            | {"similar_mean": some["warehouse_category_mean_28"]}
        )

    made = {
        "mean, towards its category": forecast.shrunk_mean(blind(scored), model),
        "mean, towards similar SKUs": forecast.shrunk_mean(scored, model),
        "trees without similar SKUs": trees(blind(known), blind(scored)),
        "trees with similar SKUs": trees(known, scored),
    }
    ages, sold = scored["panel_days"].to_numpy(), scored["sold_units"].to_numpy()
    for low, high in AGES:
        mine = (ages >= low) & (ages < high)
        print(f"{low} to {high - 1} days since the first sale, {mine.sum():,} rows")
        for name, units in made.items():
            print(
                f"  {name}: WAPE {wape(sold[mine], units[mine]):.1%}, "
                f"WPE {wpe(sold[mine], units[mine]):+.1%}"
            )
    new_communities(chosen.folder)


def new_communities(folder: Path) -> None:
    """Print how well communities are forecast that opened a few days ago, and the same with their
    past."""
    from assets.evaluate.rolling_origin.demand_backtest import demand_rolling
    from assets.ingest.exports import INGEST_ASSETS
    from assets.resources.home import LinliHome
    from data_contracts.tables.backtest import DEMAND_ROLLING
    from models.simulate.config import SimulationConfig
    from pipelines.sample import write_sample

    config = SimulationConfig(days=150, users=8_000, communities=40, skus=120, seed=6)
    opened = pd.Timestamp(config.end) - pd.Timedelta(days=OPEN_FOR_DAYS)
    for name in ("with their past", "opened a few days ago"):
        exports = folder / name.replace(" ", "-")
        home = LinliHome(home=str(folder / f"{exports.name}-home"), exports=str(exports))
        if not exports.exists():
            write_sample(exports, config)
            orders = pd.read_csv(exports / "orders.csv", dtype=str)
            chosen = orders["community_id"].map(lambda code: int(code[1:]) % NEW_ONE_IN == 0)
            if name != "with their past":
                orders = orders[~chosen | (pd.to_datetime(orders["ordered_at"]) >= opened)]
            orders.to_csv(exports / "orders.csv", index=False)
            places = pd.read_csv(exports / "communities.csv", dtype=str)
            places.drop(columns="warehouse_id").to_csv(exports / "communities.csv", index=False)
            for file in ("availability.csv", "stock.csv", "browse.csv", "chat.csv"):
                (exports / file).unlink()
        materialise(
            [*INGEST_ASSETS, *assets_named("demand_day"), demand_rolling],
            config.end,
            home,
            ops={"demand_rolling": {"config": {"origins": 4, "peers": []}}},
        )
        with home.lakehouse.session(DEMAND_ROLLING) as session:
            lines = session.frame("select * from demand_rolling where as_of = $d", d=config.end)
        new = lines["warehouse_id"].map(lambda code: int(code[1:]) % NEW_ONE_IN == 0)
        for scope, mine in (
            ("days", lines["horizon"] != "sum_72h"),
            ("sums of 72 h", lines["horizon"] == "sum_72h"),
        ):
            some = lines[new & mine & lines["sold_units"].notna()]
            told = ", ".join(
                f"{who} WAPE {wape(some['sold_units'], some[column]):.1%} "
                f"WPE {wpe(some['sold_units'], some[column]):+.1%}"
                for who, column in (
                    ("linli", "mean_units"),
                    ("mean of 7 days", "mean_7_days_units"),
                )
            )
            print(f"communities {name}, {scope} ({len(some):,} rows): {told}")
    flagged = int(lines["is_new_warehouse"].sum())
    print(f"{flagged:,} lines of the last are told as a new warehouse's")


def feature_rows_of(folder: Path) -> pd.DataFrame:
    """Every second series of the platform: origins to fit on, and every third day to score."""
    from assets.framework.day_asset import DayRun
    from assets.ingest.exports import INGEST_ASSETS
    from assets.predict.demand.demand_features import Origin, create_panel_series, feature_rows
    from assets.resources.home import LinliHome
    from models.simulate.config import SimulationConfig
    from pipelines.sample import write_sample

    config = SimulationConfig(days=160, skus=600, users=8_000, communities=60, seed=5)
    exports = folder / "exports"
    home = LinliHome(home=str(folder / "home"), exports=str(exports))
    if not exports.exists():
        write_sample(exports, config)
    materialise([*INGEST_ASSETS, *assets_named("demand_day")], config.end, home)
    run = DayRun(step="demand_model", as_of=config.end, home=home, log=print)
    with home.lakehouse.session() as session:
        create_panel_series(session, run)
        first = session.scalar("select min(day) from demand_day where as_of = $d", d=config.end)
        begin = DEFAULTS.model.min_lookback_days - 1
        days = [first + timedelta(days=i) for i in range(begin, (config.end - first).days - 2)]
        split = config.end - timedelta(days=SCORED_DAYS)
        return feature_rows(
            session,
            run,
            [
                Origin(day, 2, 0) if day < split else Origin(day, 0, 2)
                for day in days
                if day < split or (config.end - day).days % 3 == 0
            ],
        )


if __name__ == "__main__":
    main()
