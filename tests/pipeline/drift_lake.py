"""A small platform with all the demand model looks at, and faults to put into its exports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from assets.resources.home import LinliHome
from tests.pipeline.demand_lake import home_at, order_line, put

FIRST = date(2026, 9, 5)  # a Saturday; the first forecast
DAYS_BEFORE, DAYS_AFTER = 64, 15
WEEK = (0.7, 0.8, 0.9, 1.0, 1.3, 2.0, 1.8)  # Monday to Sunday
COMMUNITIES, SKUS = ("c1", "c2"), tuple(f"s{number:02}" for number in range(20))
DAYS = [FIRST + timedelta(days=n) for n in range(-DAYS_BEFORE, DAYS_AFTER + 1)]
_ROW = list[dict[str, Any]]


def orders() -> _ROW:
    """Poisson around a weekday pattern, 1.5 times as much under an offer."""
    random, lines = np.random.default_rng(7), []
    for community in COMMUNITIES:
        for number, sku in enumerate(SKUS):
            for day in DAYS:
                rate = (
                    (4 + number % 9) * WEEK[day.weekday()] * (1.5 if on_offer(number, day) else 1)
                )
                units = float(random.poisson(rate)) + 0.01
                lines.append(order_line(len(lines), day, sku, units, community=community))
    return lines


def on_offer(number: int, day: date) -> bool:
    return (number + day.toordinal() // 7) % 4 == 0


def weather() -> _ROW:
    """Per community and day, forecast at 18:00 one, two and three days before."""
    random, rows = np.random.default_rng(8), []
    for community in COMMUNITIES:
        for day in (*DAYS, *(DAYS[-1] + timedelta(days=n) for n in (1, 2, 3))):
            rain = float(max(0, random.normal(0, 8)))
            known = {"area_id": community, "day": day, "rain_mm": rain, "warning": "none"}
            known |= {"temperature_celsius": float(random.normal(24, 3)), "humidity_percent": 70.0}
            for ahead in (1, 2, 3):
                issued = datetime(day.year, day.month, day.day, 18) - timedelta(days=ahead)
                rows.append(known | {"issued_at": issued, "wind_level": float(random.integers(5))})
    return rows


def browse() -> _ROW:
    random, rows = np.random.default_rng(9), []
    for day in DAYS:
        for user, sku in zip(random.integers(0, 30, 90), random.choice(SKUS, 90), strict=True):
            at = datetime(day.year, day.month, day.day, 10)
            rows.append(
                {"event_id": f"e{len(rows)}", "user_id": f"u{user}", "occurred_at": at}
                | {"business_date": day, "action": "view_detail", "sku_id": sku}
                | {"community_id": COMMUNITIES[user % 2]}
            )
    return rows


def availability() -> _ROW:
    """One series in twelve runs out at 18 o'clock."""
    random = np.random.default_rng(10)
    return [
        {"day": day, "warehouse_id": warehouse, "sku_id": sku}
        | {"hours_status": "A" * 18 + "S" * 6 if random.random() < 1 / 12 else "A" * 24}
        for day in DAYS
        for warehouse in ("w1", "w2")
        for sku in SKUS
    ]


def products() -> _ROW:
    return [{"sku_id": sku, "category": "fruit", "list_price_yuan": 10} for sku in SKUS]


def promotions() -> _ROW:
    return [
        {"promotion_id": f"p{sku}{week}", "kind": "discount", "sku_id": sku, "offer_price_yuan": 8}
        | {"starts_on": date.fromordinal(week * 7), "ends_on": date.fromordinal(week * 7 + 6)}
        for number, sku in enumerate(SKUS)
        for week in range(DAYS[0].toordinal() // 7, DAYS[-1].toordinal() // 7 + 2)
        if on_offer(number, date.fromordinal(week * 7))
    ]


def communities() -> _ROW:
    pairs = zip(COMMUNITIES, ("w1", "w2"), strict=True)
    return [{"community_id": c, "warehouse_id": w, "region_id": "r"} for c, w in pairs]


EXPORTS: dict[str, Callable[[], _ROW]] = {
    made.__name__: made
    for made in (orders, weather, browse, availability, products, promotions, communities)
}


def platform(root: Path) -> LinliHome:
    home = home_at(root)
    home = LinliHome(home=home.home, exports=home.exports, threads=1, memory_limit="1GB")
    for name, made in EXPORTS.items():
        put(home, name, made())
    put(home, "holidays", [{"day": date(2026, 10, 1), "name": "国庆", "kind": "public_holiday"}])
    return home


def fahrenheit(row: dict[str, Any], day: date) -> dict[str, Any]:
    hot = row["temperature_celsius"] * 1.8 + 32
    return row | {"temperature_celsius": hot} if row["day"] > day else row


def all_sold_out(row: dict[str, Any], day: date) -> dict[str, Any]:
    return row | {"hours_status": "S" * 24} if row["day"] == day else row


def in_fen(row: dict[str, Any], day: date) -> dict[str, Any]:
    return row | {"list_price_yuan": 1000}


def ten_times_in_one_warehouse(row: dict[str, Any], day: date) -> dict[str, Any]:
    hit = row["business_date"] == day and row["community_id"] == "c2"
    return row | {"quantity_units": row["quantity_units"] * 10} if hit else row


def gone(row: dict[str, Any], day: date) -> dict[str, Any] | None:
    return None


def not_ahead(row: dict[str, Any], day: date) -> dict[str, Any] | None:
    """Nothing is known of target days in one of the areas."""
    return None if row["day"] > day and row["area_id"] == "c2" else row


def spoil(
    home: LinliHome,
    name: str,
    day: date,
    change: Callable[[dict[str, Any], date], dict[str, Any] | None],
) -> None:
    """Put export `name` into the lake anew, every row changed or left out."""
    changed = [change(row, day) for row in EXPORTS[name]()]
    put(home, name, [row for row in changed if row is not None])
