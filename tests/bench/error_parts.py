"""What is the error of the 72-hour forecast made of: single shelves, or something common to many?

    python -m tests.bench.demand_72h --exports /tmp/frn --folder /tmp/frn-home --data … --fresh
    python -m tests.bench.error_parts --exports /tmp/frn --folder /tmp/frn-home --data …

The forecasts that bench left are scaled by what one who knew the total of a group on the scored
days would scale them by: all days in stock of a day, of a city on a day, of a category, of an SKU,
of a shop. The WAPE that is left is what stays within the groups. How much less it would be by
chance alone (groups are small) is told by the same on sales drawn around the forecast (gamma, with
the variance of like days a week apart). What is gained beyond chance is common to the group and was
not known from its past.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from models.clock import HORIZON_DAYS
from models.evaluation.forecast_metrics import wape
from tests.bench.demand_72h import ORIGINS, Source, dispersion, forecast, home_of, of_days

GROUPS = {
    "a day": ["day"],
    "a city on a day": ["day", "city"],
    "a category on a day": ["day", "category"],
    "an SKU on a day": ["day", "sku"],
    "an SKU over the three days": ["origin", "sku"],
    "an SKU in a city on a day": ["day", "city", "sku"],
    "a shop on a day": ["day", "shop"],
    "a shop over the three days": ["origin", "shop"],
}
SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exports", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--origins", type=date.fromisoformat, nargs="+", default=ORIGINS)
    chosen = parser.parse_args()
    source, home = Source(chosen.data), home_of(chosen.folder, chosen.exports, 1)
    rows = pd.concat([in_stock_rows(source, home, origin) for origin in chosen.origins])
    print(
        f"as it is: {by_day(rows, 'sold', 'said'):.2%}; "
        f"on drawn sales {by_day(rows, 'drawn', 'said'):.2%}"
    )
    for name, keys in GROUPS.items():
        known = scaled(rows, keys, "sold")
        chance = by_day(rows, "drawn", "said") - by_day(
            rows.assign(said=scaled(rows, keys, "drawn")), "drawn", "said"
        )
        gained = by_day(rows, "sold", "said") - by_day(rows.assign(said=known), "sold", "said")
        size = rows.groupby(keys)["sold"].transform("size").mean()
        print(
            f"total of {name} known ({size:,.0f} rows): {gained:.2%} less, {chance:.2%} by chance, "
            f"{gained - chance:.2%} of the error is common"
        )


def in_stock_rows(source: Source, home, origin: date) -> pd.DataFrame:
    """Days in stock after the origin: what was sold, said and, around it, drawn."""
    said = of_days(source, forecast(home, origin, as_stored=True), "mean_units")
    at = source.at(origin) + 1
    in_stock = source.in_stock[:, at : at + HORIZON_DAYS]
    series, ahead = np.nonzero(in_stock)
    names = pd.Series(source.names).str.split("/", expand=True).to_numpy()
    rows = pd.DataFrame(
        {
            "origin": pd.Timestamp(origin),
            "day": [origin + timedelta(days=int(h) + 1) for h in ahead],
            "shop": names[series, 0],
            "sku": names[series, 1],
            "city": source.city[series],
            "category": source.category[series],
            "sold": source.sold[:, at : at + HORIZON_DAYS][in_stock],
            "said": np.maximum(said[in_stock], 0.01),
        }
    )
    fitted = dispersion(source, origin)
    variance = fitted.phi * rows["said"] ** fitted.power
    draw = np.random.default_rng(SEED).gamma(rows["said"] ** 2 / variance, variance / rows["said"])
    return rows.assign(drawn=draw)


def scaled(rows: pd.DataFrame, keys: list[str], actual: str) -> pd.Series:
    """Forecasts with the totals of the groups put right."""
    groups = rows.groupby(["origin", *(key for key in keys if key != "origin")])
    return rows["said"] * groups[actual].transform("sum") / groups["said"].transform("sum")


def by_day(rows: pd.DataFrame, actual: str, said: str) -> float:
    """WAPE per day, then its mean."""
    days = rows.groupby(["origin", "day"])
    return float(np.mean([wape(day[actual], day[said]) for _, day in days]))


if __name__ == "__main__":
    main()
