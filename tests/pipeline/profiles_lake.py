"""A platform small enough to work its profiles out by hand, and what happened on it later."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.pipeline.small_lake import at

AS_OF = date(2026, 9, 30)
Tables = dict[str, list[dict[str, Any]]]


def line(user: str | None, order: str, when: str, sku: str, units: float = 1, **more: Any) -> dict:
    price = {"milk": 5, "milk_organic": 15, "nappy": 60, "apple": 8}.get(sku, 1)
    return {
        "order_id": order,
        "line_id": sku,
        "user_id": user,
        "ordered_at": at(when),
        "community_id": "c1",
        "sku_id": sku,
        "quantity_units": units,
        "unit_price_yuan": price,
        **more,
    }


def view(user: str, event: str, when: str, sku: str | None, **more: Any) -> dict:
    row = {"event_id": event, "user_id": user, "occurred_at": at(when), "sku_id": sku}
    return row | {"action": "view_detail"} | more


def shipment(order: str, day: str, **more: Any) -> dict:
    row = {
        "shipment_id": f"{order}-{day}",
        "order_id": order,
        "dispatched_at": at(f"{day} 06:00"),
        "promised_at": at(f"{day} 11:30"),
        "arrived_at": at(f"{day} 11:00"),
        "updated_at": at(f"{day} 18:00"),
        "shipment_status": "arrived",
    }
    return row | more


def platform() -> Tables:
    """Mei orders every week, Bo once long ago, Li is only in the file, Ann only in the orders."""
    return {
        "users": [
            {"user_id": "mei", "community_id": "c1", "registered_at": at("2026-01-01 09:00"),
             "gender": "female", "household_size": 3},
            {"user_id": "bo", "registered_at": at("2025-01-01 09:00")},
            {"user_id": "li", "community_id": "c2", "registered_at": at("2026-09-30 22:59")},
            {"user_id": "later", "registered_at": at("2026-09-30 23:00")},
            {"user_id": "undated"},
        ],
        "communities": [
            {"community_id": "c1", "warehouse_id": "w1", "region_id": "r1"},
            {"community_id": "c2", "warehouse_id": "w2", "region_id": "r2"},
        ],
        "products": [
            {"sku_id": "milk", "category": "dairy", "list_price_yuan": 6},
            {"sku_id": "milk_organic", "category": "dairy", "list_price_yuan": 15},
            {"sku_id": "nappy", "category": "baby", "launched_on": date(2026, 9, 1)},
            {"sku_id": "postage", "category": "fee", "is_goods": False},
        ],
        "orders": [
            line("mei", "m1", "2026-09-01 10:00", "milk", 2),
            line("mei", "m2", "2026-09-08 10:30", "milk", 1, coupon_yuan=1, paid_amount_yuan=4),
            line("mei", "m3", "2026-09-15 10:10", "milk_organic", 1),
            line("mei", "m4", "2026-09-26 20:00", "milk", 1, refund_yuan=5,
                  refunded_at=at("2026-09-28 10:00")),
            line("mei", "m4", "2026-09-26 20:00", "nappy", 1),
            line("mei", "m4", "2026-09-26 20:00", "postage", 1),
            line("mei", "m5", "2026-09-29 10:00", "apple", 1, cancelled_units=1,
                  cancelled_at=at("2026-09-29 12:00")),
            line("bo", "b1", "2025-03-01 10:00", "milk", 1),
            line("bo", "b2", "2026-09-01 10:00", "milk", 1, cancelled_units=1,
                  cancelled_at=at("2026-09-01 10:05")),
            line("ann", "a1", "2026-09-30 22:30", "milk", 1, community_id="c2"),
            line(None, "w1", "2026-09-20 10:00", "milk", 1),
        ],
        "browse": [
            view("mei", "e1", "2026-09-20 21:00", "apple", dwell_seconds=121.0),
            view("mei", "e2", "2026-09-10 21:00", "nappy", dwell_seconds=500.0),
            view("mei", "e3", "2026-09-27 21:00", "milk", dwell_seconds=5.0),
            view("mei", "e4", "2026-09-27 21:01", "milk"),
            view("mei", "e5", "2026-09-28 21:02", "milk"),
            view("mei", "e6", "2026-09-28 20:00", None, action="search", search_text="有机纸尿裤"),
            view("mei", "e7", "2026-09-28 20:05", "milk", action="share"),
        ],
        "chat": [
            {"message_id": "t1", "sent_at": at("2026-09-02 12:00"), "channel": "review",
             "user_id": "mei", "text": "牛奶很新鲜，好喝", "stars": 5},
            {"message_id": "t2", "sent_at": at("2026-09-27 12:00"), "channel": "service",
             "user_id": "mei", "text": "牛奶漏了，要退款"},
            {"message_id": "t3", "sent_at": at("2026-09-27 12:05"), "channel": "service",
             "sender_role": "service", "user_id": "mei", "text": "抱歉，马上赔偿"},
        ],
        "logistics": [
            shipment("m1", "2026-09-02", picked_up_at=at("2026-09-02 13:00")),
            shipment("m2", "2026-09-09", picked_up_at=at("2026-09-09 17:00")),
            shipment("m3", "2026-09-16", issue="late"),
            shipment("m4", "2026-09-27", issue="damaged"),
            shipment("m4", "2026-09-28", shipment_status="lost", arrived_at=None),
            shipment("m5", "2026-09-30", shipment_status="in_transit", arrived_at=None),
        ],
        "weather": [
            {"area_id": "r1", "day": date(2026, 9, 1), "rain_mm": 12},
            {"area_id": "r1", "day": date(2026, 9, 1), "issued_at": at("2026-08-31 08:00"),
             "rain_mm": 0},
            {"area_id": "r1", "day": date(2026, 9, 8), "issued_at": at("2026-09-07 08:00"),
             "rain_mm": 9},
            {"area_id": "r1", "day": date(2026, 9, 8), "issued_at": at("2026-09-08 08:00"),
             "rain_mm": 0.2},
            {"area_id": "r1", "day": date(2026, 9, 15), "rain_mm": 3},
            {"area_id": "c1", "day": date(2026, 9, 15), "rain_mm": 0},
        ],
        "holidays": [
            {"day": date(2026, 9, 26), "name": "中秋", "kind": "public_holiday"},
            {"day": date(2026, 9, 8), "name": "上班", "kind": "makeup_workday"},
            {"day": date(2026, 9, 1), "name": "外地", "kind": "public_holiday", "area_id": "r2"},
        ],
    }  # fmt: skip


def later() -> Tables:
    """What happens after the last instant of `as_of`, in every table that has a time."""
    return {
        "orders": [
            line("mei", "x1", "2026-09-30 23:00", "apple", 9, coupon_yuan=3),
            line("later", "x2", "2026-10-01 08:00", "milk", 1),
            line(None, "x3", "2026-10-02 08:00", "milk_organic", 5, unit_price_yuan=1),
        ],
        "browse": [view("mei", "x1", "2026-09-30 23:10", "nappy", dwell_seconds=900.0)],
        "chat": [
            {"message_id": "x1", "sent_at": at("2026-10-01 09:00"), "channel": "review",
             "user_id": "mei", "text": "差评", "stars": 1},
            {"message_id": "x2", "sent_at": at("2026-10-01 09:00"), "channel": "review",
             "user_id": "li", "text": "差评", "stars": 1},
        ],
        "logistics": [
            shipment("a1", "2026-10-01", issue="late"),
            shipment("m1", "2026-10-02", issue="late"),
        ],
        "weather": [
            {"area_id": "r1", "day": date(2026, 9, 8), "issued_at": at("2026-10-01 08:00"),
             "rain_mm": 50},
            {"area_id": "r1", "day": date(2026, 10, 1), "rain_mm": 50},
        ],
        "holidays": [{"day": date(2026, 10, 1), "name": "国庆", "kind": "public_holiday"}],
    }  # fmt: skip
