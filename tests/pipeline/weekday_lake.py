"""A made platform with a weekday pattern and nothing else: its demand can be forecast."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from assets.resources.home import LinliHome
from tests.pipeline.demand_lake import order_line, put

AS_OF = date(2026, 9, 5)
DAYS = 70
WEEKDAY = (0.7, 0.8, 0.9, 1.0, 1.3, 2.0, 1.8)  # Monday to Sunday


def made_orders(last: date, *, seed: int = 7) -> list[dict[str, Any]]:
    """30 SKUs in 2 communities, Poisson around a weekday pattern; `late` is sold for 3 days only,
    `dead` not since 5 weeks, `gone` was delisted."""
    rng = np.random.default_rng(seed)
    lines: list[dict[str, Any]] = []
    first = AS_OF - timedelta(days=DAYS - 1)
    for community in ("c1", "c2"):
        for sku in [f"s{i:02}" for i in range(30)] + ["late", "dead", "gone"]:
            level = rng.uniform(3, 12)
            for offset in range((last - first).days + 1):
                day = first + timedelta(days=offset)
                units = float(rng.poisson(level * WEEKDAY[day.weekday()]))
                if sku == "late" and day < AS_OF - timedelta(days=2):
                    continue
                if sku == "dead" and day > AS_OF - timedelta(days=35):
                    continue
                if units:
                    lines.append(order_line(len(lines), day, sku, units, community=community))
    return lines


def put_references(home: LinliHome) -> None:
    soon = {"sku_id": "soon", "category": "fruit", "launched_on": AS_OF + timedelta(days=2)}
    gone = {"sku_id": "gone", "category": "fruit", "delisted_on": AS_OF}
    by_weight = {"sku_id": "s00", "category": "fruit", "sale_unit": "kg"}
    put(home, "products", [gone, soon, by_weight])
    put(
        home,
        "communities",
        [
            {"community_id": c, "warehouse_id": w, "region_id": "r"}
            for c, w in (("c1", "w1"), ("c2", "w2"))
        ],
    )
    put(home, "holidays", [{"day": date(2026, 10, 1), "name": "国庆", "kind": "public_holiday"}])
