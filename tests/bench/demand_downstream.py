"""Is a forecast better for history with sold-out hours made up for?

    linli import frn50k ../shared/data/frn50k --out /tmp/frn
    python -m tests.bench.demand_downstream --exports /tmp/frn --folder /tmp/frn-home

The same features, trees and rows twice: history as recovered, and history as sold. Both are fitted
on days wholly on sale, up to the first of the origins, and scored on such days after each of them;
the origins lie before those of `demand_72h`. One series in three, to be done in minutes.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from models.demand import forecast
from models.evaluation.forecast_metrics import wape, wpe
from models.params.demand import DEFAULTS
from tests.bench.demand_72h import history, home_of

AS_OF = date(2024, 6, 2)
ORIGINS = [AS_OF - timedelta(days=days) for days in (12, 9, 6, 3)]
ONE_IN = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exports", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    home = home_of(chosen.folder, chosen.exports, chosen.threads)
    history(home, AS_OF)
    for name, column in (("as recovered", "demand_units"), ("as sold", "sold_units")):
        rows = feature_rows_of(home, column)
        known = rows[rows["is_training"] & (rows["target_day"] <= pd.Timestamp(ORIGINS[0]))]
        booster = forecast.fit_booster(
            forecast.fully_in_stock_rows(known),
            DEFAULTS.model,
            chosen.threads,
            lambda done, trees: None,
        )
        scored = forecast.fully_in_stock_rows(rows[rows["is_scored"]])
        boosters = forecast.Boosters(booster, booster)
        made = forecast.forecast(scored, boosters, DEFAULTS.model, chosen.threads).mean_units
        parts = [
            (scored["sold_units"][mine], made[mine.to_numpy()])
            for mine in (scored["origin"] == pd.Timestamp(day) for day in ORIGINS)
        ]
        errors = np.mean([wape(y, p) for y, p in parts])
        biases = [wpe(y, p) for y, p in parts]
        print(
            f"history {name}: WAPE {errors:.2%}, WPE "
            + " ".join(f"{bias:+.1%}" for bias in biases)
            + f", mean |WPE| {np.mean(np.abs(biases)):.2%} ({len(scored):,} series-days)"
        )
        for peer, level in (("mean of 7 days", "mean_7"), ("mean of 28 days", "mean_28")):
            units = scored[level].fillna(0)
            print(
                f"  {peer} of that history: WAPE {wape(scored['sold_units'], units):.2%}, "
                f"WPE {wpe(scored['sold_units'], units):+.1%}"
            )


def feature_rows_of(home, column: str) -> pd.DataFrame:
    """Feature rows of a history whose demand is `column` of DEMAND_DAY."""
    from assets.framework.day_asset import DayRun
    from assets.predict.demand.demand_features import Origin, create_panel_series, feature_rows
    from data_contracts.tables.demand import DEMAND_DAY

    run = DayRun(step="demand_model", as_of=AS_OF, home=home, log=print)
    with home.lakehouse.session() as session:
        stored = home.lakehouse.scan(DEMAND_DAY)
        session.view(
            "demand_day",
            f"select * replace (case when demand_units is not null then {column} end "
            f"as demand_units) from {stored}",
        )
        create_panel_series(session, run)
        first = session.scalar("select min(day) from demand_day where as_of = $d", d=AS_OF)
        begin = DEFAULTS.model.min_lookback_days - 1
        days = [first + timedelta(days=i) for i in range(begin, (ORIGINS[0] - first).days)]
        return feature_rows(
            session,
            run,
            [
                *(Origin(day, 3 * ONE_IN, 0) for day in days),
                *(Origin(day, 0, ONE_IN) for day in ORIGINS),
            ],
        )


if __name__ == "__main__":
    main()
