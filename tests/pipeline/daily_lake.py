"""A platform of some forty users drawn at random, and changes that may come about overnight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from tests.pipeline.small_lake import at

AS_OF = date(2026, 9, 30)  # a Wednesday
Tables = dict[str, list[dict[str, Any]]]

USERS = 40
SKUS = 24
DAYS = 200
ISSUES = (None, None, None, "late", "damaged")
TEXTS = ("很新鲜，好吃", "送晚了，失望", "包装坏了，要投诉", "几点能提货", "价格便宜，满意")
SEARCHES = ("有机蔬菜", "便宜鸡蛋", "新品", "苹果")


def platform(seed: int = 7) -> Tables:
    """Orders, shipments, browsing, messages, products, people, weather, holidays."""
    rng = np.random.default_rng(seed)
    orders: list[dict[str, Any]] = []
    shipments: list[dict[str, Any]] = []
    browse: list[dict[str, Any]] = []
    chat: list[dict[str, Any]] = []
    for user in range(USERS):
        days = rng.choice(DAYS, size=int(rng.integers(1, 14)), replace=False)
        for back in sorted(days.tolist()):
            placed = _moment(AS_OF - timedelta(days=back), rng)
            orders += _order(user, back, placed, rng)
            if rng.random() < 0.8:
                shipments.append(_shipment(user, back, placed, rng))
            if rng.random() < 0.3:
                chat.append(_message(user, back, placed, rng))
        browse += [
            _event(user, number, AS_OF - timedelta(days=int(rng.integers(0, 100))), rng)
            for number in range(int(rng.integers(0, 6)))
        ]
    return {
        "orders": orders,
        "logistics": shipments,
        "browse": browse,
        "chat": chat,
        "products": [
            {
                "sku_id": f"s{sku}",
                "category": ("蔬菜", "水果", "零食")[sku % 3],
                "launched_on": AS_OF - timedelta(days=10 * sku) if sku % 4 == 0 else None,
            }
            for sku in range(SKUS)
        ],
        "communities": [
            {"community_id": f"c{one}", "warehouse_id": "w", "region_id": f"r{one % 2}"}
            for one in range(3)
        ],
        "users": [
            {"user_id": f"u{user:02}", "registered_at": at("2026-01-01 08:00")}
            for user in range(0, USERS, 2)
        ],
        "weather": [
            {
                "area_id": f"r{region}",
                "day": AS_OF - timedelta(days=back),
                "rain_mm": float(rng.choice([0.0, 0.0, 6.0])),
            }
            for region in range(2)
            for back in range(100)
        ],
        "holidays": [
            {"day": AS_OF - timedelta(days=back), "name": "x", "kind": kind}
            for back, kind in ((2, "public_holiday"), (20, "school_season"), (60, "public_holiday"))
        ],
    }


def _moment(day: date, rng: np.random.Generator) -> datetime:
    return datetime.combine(day, time(int(rng.integers(7, 23)), int(rng.integers(0, 60))))


def _order(
    user: int, back: int, placed: datetime, rng: np.random.Generator
) -> list[dict[str, Any]]:
    lines = []
    for line, sku in enumerate(rng.choice(SKUS, size=int(rng.integers(1, 4)), replace=False)):
        price = 3 + 2 * int(sku)
        is_cancelled = rng.random() < 0.08
        lines.append(
            {
                "order_id": f"o{user:02}-{back}",
                "line_id": str(line),
                "user_id": f"u{user:02}",
                "ordered_at": placed,
                "community_id": f"c{user % 3}",
                "sku_id": f"s{sku}",
                "category": ("蔬菜", "水果", "零食")[int(sku) % 3],
                "quantity_units": int(rng.integers(1, 4)),
                "unit_price_yuan": price,
                "list_price_yuan": price + 2 if sku % 2 else None,
                "cancelled_units": 1 if is_cancelled else None,
                "cancelled_at": placed + timedelta(hours=20) if is_cancelled else None,
                "updated_at": placed + timedelta(hours=20) if is_cancelled else placed,
            }
        )
    return lines


def _shipment(user: int, back: int, placed: datetime, rng: np.random.Generator) -> dict[str, Any]:
    arrived = placed + timedelta(hours=18)
    return {
        "shipment_id": f"p{user:02}-{back}",
        "order_id": f"o{user:02}-{back}",
        "dispatched_at": placed + timedelta(hours=8),
        "arrived_at": arrived,
        "picked_up_at": arrived + timedelta(hours=int(rng.integers(1, 20))),
        "shipment_status": "picked_up",
        "issue": ISSUES[int(rng.integers(0, len(ISSUES)))],
        "updated_at": arrived + timedelta(hours=20),
    }


def _message(user: int, back: int, placed: datetime, rng: np.random.Generator) -> dict[str, Any]:
    return {
        "message_id": f"m{user:02}-{back}",
        "user_id": f"u{user:02}",
        "sent_at": placed + timedelta(hours=30),
        "channel": "app",
        "order_id": f"o{user:02}-{back}",
        "text": TEXTS[int(rng.integers(0, len(TEXTS)))],
        "stars": int(rng.integers(1, 6)) if rng.random() < 0.5 else None,
    }


def _event(user: int, number: int, day: date, rng: np.random.Generator) -> dict[str, Any]:
    action = ("view_list", "view_detail", "search", "share")[int(rng.integers(0, 4))]
    sku = f"s{int(rng.integers(0, SKUS))}"
    return {
        "event_id": f"e{user:02}-{number}",
        "user_id": f"u{user:02}",
        "occurred_at": _moment(day, rng),
        "action": action,
        "sku_id": sku if action == "view_detail" else None,
        "search_text": SEARCHES[int(rng.integers(0, 4))] if action == "search" else None,
        "dwell_seconds": float(rng.integers(1, 300)) if action == "view_detail" else None,
    }


def _first(tables: Tables, name: str, **where: object) -> dict[str, Any]:
    return next(r for r in tables[name] if all(r[k] == v for k, v in where.items()))


def nothing(tables: Tables) -> None:
    """The sun rose."""


def late_line(tables: Tables) -> None:
    """A line of three weeks ago comes in late."""
    line = {**tables["orders"][0], "order_id": "late", "ordered_at": at("2026-09-09 10:00")}
    tables["orders"].append(line)


def corrected_line(tables: Tables) -> None:
    tables["orders"][3]["quantity_units"] += 5


def line_of_another(tables: Tables) -> None:
    """A correction says that somebody else had ordered."""
    tables["orders"][0]["user_id"] = "u39"


def lost_user(tables: Tables) -> None:
    """Somebody's every row is taken back."""
    for name in ("orders", "browse", "chat", "users"):
        tables[name] = [row for row in tables[name] if row["user_id"] != "u07"]


def new_user(tables: Tables) -> None:
    tables["users"].append({"user_id": "new", "registered_at": at("2026-09-20 09:00")})


def other_launch(tables: Tables) -> None:
    tables["products"][5]["launched_on"] = AS_OF - timedelta(days=15)


def other_rain(tables: Tables) -> None:
    """An observation comes in for a day of last week."""
    _first(tables, "weather", area_id="r1", day=AS_OF - timedelta(days=7))["rain_mm"] = 30.0


def other_region(tables: Tables) -> None:
    tables["communities"][0]["region_id"] = "r1"


def other_issue(tables: Tables) -> None:
    tables["logistics"][2]["issue"] = "wrong_item"


def other_words(tables: Tables) -> None:
    tables["chat"][1]["text"] = "烂了，要求退款，投诉"


def other_wish(tables: Tables) -> None:
    """A message of ten days ago comes in late and asks for something organic."""
    message = {"message_id": "wish", "user_id": "u11", "sent_at": at("2026-09-15 10:00")}
    tables["chat"].append({**message, "channel": "app", "text": "有没有有机蔬菜"})


def another_search(tables: Tables) -> None:
    search = {"event_id": "late", "user_id": "u03", "action": "search", "search_text": "有机"}
    tables["browse"].append({**search, "occurred_at": at("2026-09-21 20:00")})


def corrected_search(tables: Tables) -> None:
    """What somebody had searched for was written down wrongly."""
    _first(tables, "browse", user_id="u06", action="search")["search_text"] = "特价"


def dearer_sku(tables: Tables) -> None:
    """Prices of a SKU in the past are corrected: its rank, and that of others, is another."""
    for line in tables["orders"]:
        if line["sku_id"] == "s2":
            line["unit_price_yuan"] = 90


def no_chat(tables: Tables) -> None:
    """The chat export is gone."""
    tables["chat"] = []


MORNINGS: tuple[tuple[Callable[[Tables], None], ...], ...] = (
    (nothing,),
    (late_line, other_words),
    (corrected_line, another_search, corrected_search),
    (new_user, other_issue, other_wish),
    (line_of_another, other_rain),
    (lost_user, other_launch),
    (other_region,),
    (dearer_sku,),
    (no_chat,),
)
