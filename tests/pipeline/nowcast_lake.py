"""A platform whose days are up or down together, with orders to the minute, for the nowcast."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from assets.predict.nowcast.order_nowcast import order_nowcast
from assets.resources.home import LinliHome
from data_contracts.table import Table
from data_contracts.tables import BY_NAME
from pipelines.jobs import nowcast_config
from tests.events import QUIET, materialize
from tests.pipeline.demand_lake import home_at, put

OPEN_DAY = date(2026, 9, 4)  # a Friday
DAYS = 64
SKUS = 10
WAREHOUSES = {"c1": "w1", "c2": "w2"}
CUTOFF_MINUTES = {"20:00": 1200, "23:00": 1380, "24:00": 1440}


def opening(day: date, cutoff: str) -> datetime:
    """First instant of business day `day`."""
    midnight = datetime.combine(day, datetime.min.time())
    return midnight + timedelta(minutes=CUTOFF_MINUTES[cutoff] - 1440)


@cache
def made_orders(cutoff: str, *, seed: int = 11) -> list[dict[str, Any]]:
    """Lines of one unit or two; two thirds of a day come in its last quarter, one line in twelve is
    cancelled, mostly within hours; the last day is whole, as a file that came later holds it."""
    rng = np.random.default_rng(seed)
    level = {(c, sku): rng.uniform(2, 8) for c in WAREHOUSES for sku in range(SKUS)}
    lines: list[dict[str, Any]] = []
    for back in range(DAYS, -1, -1):
        day = OPEN_DAY - timedelta(days=back)
        strong = rng.gamma(14.0, 1 / 14.0)
        for (community, sku), mean in level.items():
            for _ in range(rng.poisson(mean * strong)):
                part = rng.uniform(0.75, 1) if rng.random() < 2 / 3 else rng.uniform(0, 0.75)
                at = opening(day, cutoff) + timedelta(seconds=int(part * 86_400))
                units = float(rng.integers(1, 3))
                line = {
                    "order_id": f"o{len(lines)}",
                    "line_id": "1",
                    "ordered_at": at,
                    "business_date": day,
                    "community_id": community,
                    "sku_id": f"s{sku:02}",
                    "category": f"k{sku % 3}",
                    "quantity_units": units,
                }
                if rng.random() < 1 / 12:
                    later = timedelta(seconds=int(rng.exponential(3 * 3600)))
                    line |= {"cancelled_units": units, "cancelled_at": at + later}
                lines.append(line)
    return lines


def lake_of(root: Path, orders: list[dict[str, Any]], *, cutoff: str = "23:00") -> LinliHome:
    """A home with these orders and the warehouses of its communities; no forecast is stored."""
    home = home_at(root, cutoff=cutoff)
    put(home, "orders", orders)
    put(
        home,
        "communities",
        [{"community_id": c, "warehouse_id": w, "region_id": "r"} for c, w in WAREHOUSES.items()],
    )
    return home


def put_forecast(home: LinliHome, as_of: date, units: dict[tuple[str, str], float]) -> None:
    """Store a forecast of the day after `as_of`: (warehouse, SKU) → expected sales."""
    rows = [
        {
            "as_of": as_of,
            "warehouse_id": warehouse,
            "sku_id": sku,
            "horizon": "day_1",
            "target_day": as_of + timedelta(days=1),
            "mean_units": value * 3,  # demand; the nowcast starts from sales
            "sold_units": value,
            "model_version": "made",
        }
        for (warehouse, sku), value in units.items()
    ]
    table = BY_NAME["demand_forecast"]
    home.lakehouse.replace(table, as_of, pa.Table.from_pylist(rows, schema=table.arrow_schema()))


def nowcast(home: LinliHome, known_until: datetime, day: date = OPEN_DAY) -> dict[str, Any]:
    """Run the asset for `day` at a clock time; its metadata. Raises what it raises."""
    result = materialize(
        [order_nowcast],
        partition_key=day.isoformat(),
        resources={"linli": home},
        run_config=nowcast_config(known_until) | QUIET,
    )
    (event,) = result.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


def stored(home: LinliHome, table: Table) -> pd.DataFrame:
    """The rows of OPEN_DAY, by key."""
    with home.lakehouse.session(table) as session:
        return session.frame(
            f"select * from {table.name} where as_of = $d order by {', '.join(table.key)}",
            d=OPEN_DAY,
        )
