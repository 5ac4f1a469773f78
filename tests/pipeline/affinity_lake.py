"""A platform drawn for what is bought together: fans, pairs, and a crowd that buys at random."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

AS_OF = date(2026, 9, 30)
CATEGORY = {"beer": "酒水", "snacks": "零食", "charcoal": "烧烤", "meat": "肉类"}
Tables = dict[str, list[dict[str, Any]]]


def line(user: str | None, day: str | date, order: str, sku: str, **more: Any) -> dict[str, Any]:
    """An order line at noon; without `order` shared between users."""
    on = day if isinstance(day, date) else date.fromisoformat(f"2026-{day}")
    return {
        "order_id": f"{user}-{on}-{order}",
        "line_id": f"{sku}-{more.get('line', 0)}",
        "user_id": user,
        "ordered_at": datetime.combine(on, time(12)),
        "community_id": "c1",
        "sku_id": sku,
        "quantity_units": 1.0,
        "unit_price_yuan": 2,
        **{name: value for name, value in more.items() if name != "line"},
    }


def _day(first: str, after: int) -> date:
    return date.fromisoformat(f"2026-{first}") + timedelta(days=after)


def beer_then_snacks(users: int = 12) -> Iterable[dict[str, Any]]:
    """Beer on 1 September, snacks for the first time 3, 4, 5 or 6 days later."""
    for i in range(users):
        yield line(f"fan{i:02}", "09-01", "a", "beer")
        yield line(f"fan{i:02}", _day("09-01", 3 + i % 4), "b", "snacks")


def charcoal_with_meat(users: int = 24) -> Iterable[dict[str, Any]]:
    """Charcoal and meat in one order, twice: bought together, not one after the other."""
    for i in range(users):
        for day in ("09-05", "09-12"):
            yield line(f"grill{i:02}", day, "a", "charcoal")
            yield line(f"grill{i:02}", day, "a", "meat")


def crowd(users: int = 150, skus: int = 25, seed: int = 4) -> Iterable[dict[str, Any]]:
    """Users with few or many orders, small or large ones, of SKUs drawn at random."""
    rng = np.random.default_rng(seed)
    names = [*(f"s{i:02}" for i in range(skus)), *CATEGORY]
    for user in range(users):
        for order in range(1 + rng.poisson(rng.gamma(0.7, 6))):
            day = AS_OF - timedelta(days=int(rng.integers(0, 170)))
            for sku in set(rng.choice(names, 1 + rng.poisson(1.2)).tolist()):
                yield line(f"user{user:03}", day, f"o{order}", sku)


def products() -> list[dict[str, Any]]:
    listed = [{"sku_id": sku, "category": what} for sku, what in CATEGORY.items()]
    return listed + [{"sku_id": f"s{i:02}", "category": f"类{i % 9}"} for i in range(25)]


def people() -> list[dict[str, Any]]:
    """Fans are 25 to 34, grillers give no age, half of the crowd is under 18."""
    long_ago = datetime(2026, 1, 1, 9)
    fans = [(f"fan{i:02}", "25_34") for i in range(12)]
    children = [(f"user{i:03}", "under_18" if i % 2 else "35_44") for i in range(150)]
    return [
        {"user_id": user, "age_band": band, "registered_at": long_ago}
        for user, band in fans + children
    ]


def platform() -> Tables:
    orders = [*beer_then_snacks(), *charcoal_with_meat(), *crowd()]
    return {"orders": orders, "products": products(), "users": people()}


def map_lines(users: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    """One line per user of each (community, SKU), every user in one cell only."""
    return [
        line(f"{place}-{sku}-{i:02}", "09-20", "a", sku, community_id=place)
        for (place, sku), count in users.items()
        for i in range(count)
    ]
