"""From whom a restock line is ordered, and what is still awaited from purchase orders.

The day is 30 September 2026 and closes at 23:00.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

from tests.steps import step

ROOM = "assets/decide/replenishment"
AS_OF, END = date(2026, 9, 30), datetime(2026, 9, 30, 23)


def test_a_line_is_ordered_from_its_first_choice_with_the_lead_time_of_that_supplier() -> None:
    options = """
        as_of      | warehouse_id | sku_id | supplier_id | supplier_name | choice_rank | is_paused | cost_yuan | min_order_yuan
        2026-09-30 | w1           | rice   | v1          | 甲            | 2           | false     | 3         |
        2026-09-30 | w1           | rice   | v2          |               | 1           | false     | 4         | 200
        2026-09-30 | w2           | rice   | v1          | 甲            | 1           | true      | 5         |
        2026-09-29 | w1           | rice   | v3          | 乙            | 1           | false     | 1         |
        2026-09-30 | w1           | egg    |             |               | 1           | false     |           |
    """
    laws = """
        as_of      | warehouse_id | sku_id | supplier_id | lead_time_source | declared_days | p50_days
        2026-09-30 | w1           | rice   | v1          | learnt           | 1             | 1
        2026-09-30 | w1           | rice   | v2          | declared         | 3             | 4
        2026-09-29 | w1           | rice   | v2          | default          | 9             | 9
        2026-09-30 | w2           | rice   | v2          | default          | 9             | 9
        2026-09-30 | w1           | egg    |             | default          | 5             | 5
    """
    wanted = "warehouse_id sku_id supplier_id supplier_name is_paused cost_yuan min_order_yuan lead_time_source p50_days"
    rows = step(
        f"{ROOM}/chosen_supply.sql",
        {"supply_options": options, "lead_times": laws},
        wanted,
        as_of=AS_OF,
    )
    assert rows == [
        ("w1", "egg", None, None, False, None, None, "default", 5),
        ("w1", "rice", "v2", "v2", False, 4, 200, "declared", 4),
        ("w2", "rice", "v1", "甲", True, 5, None, None, None),
    ]


def _awaited(orders: str) -> list[tuple[object, ...]]:
    return step(
        f"{ROOM}/awaited_orders.sql",
        {"purchase_orders": orders, "products": "sku_id | supplier_id\nrice | v9"},
        "warehouse_id sku_id supplier_id age_days promised_in_days awaited_units",
        as_of=AS_OF,
        as_of_end=END,
        since=date(2026, 9, 1),
    )


HEAD = "warehouse_id | sku_id | supplier_id | business_date | ordered_at | promised_on | ordered_units | received_at | received_units | po_status | updated_at"

# what became of an order of 10                       received at        units  status           changed at          awaited
STATES = [
    ("nothing has come",                              "",                "",    "",              "",                 10),
    ("open",                                          "",                "",    "open",          "2026-09-30 10:00", 10),
    ("all has come",                                  "2026-09-30 09:00", "",    "received",      "2026-09-30 10:00",  0),
    ("comes after the day",                           "2026-09-30 23:00", "10",  "received",      "2026-09-30 23:30", 10),
    ("four have come, the rest is said to follow",    "2026-09-29 09:00", "4",   "partly_received", "2026-09-30 10:00", 6),
    ("four have come, and that is all",               "2026-09-29 09:00", "4",   "received",      "2026-09-30 10:00",  0),
    ("four have come, no status",                     "2026-09-29 09:00", "4",   "",              "",                  0),
    ("called off",                                    "",                "",    "cancelled",     "2026-09-30 10:00",  0),
    ("called off after the day",                      "",                "",    "cancelled",     "2026-09-30 23:00", 10),
    ("more has come than was ordered",                "2026-09-29 09:00", "12",  "partly_received", "2026-09-30 10:00", 0),
]  # fmt: skip


def test_what_is_awaited_of_an_order() -> None:
    for name, received_at, received, status, changed, awaited in STATES:
        row = f"w1 | rice | v1 | 2026-09-28 | 2026-09-28 10:00 | 2026-10-02 | 10 | {received_at} | {received} | {status} | {changed}"
        expected = [("w1", "rice", "v1", 2, 2, awaited)] if awaited else []
        assert _awaited(f"{HEAD}\n{row}") == expected, name


def test_awaited_orders_are_added_up_by_their_day() -> None:
    orders = f"""
        {HEAD}
        w1 | rice | v1 | 2026-09-28 | 2026-09-28 10:00 | 2026-10-02 | 10   |  |  |  |
        w1 | rice | v1 | 2026-09-28 | 2026-09-28 12:00 | 2026-10-02 | 2.5  |  |  |  |
        w1 | rice | v1 | 2026-09-30 | 2026-09-30 12:00 | 2026-10-02 | 100  |  |  |  |
        w1 | rice |    | 2026-09-30 | 2026-09-30 12:00 |            | 7    |  |  |  |
        w2 | rice | v1 | 2026-09-01 | 2026-09-01 12:00 |            | 1000 |  |  |  |
        w2 | rice | v1 | 2026-08-31 | 2026-08-31 12:00 |            | 5    |  |  |  |
        w2 | rice | v1 | 2026-10-01 | 2026-09-30 23:00 |            | 5    |  |  |  |
    """
    assert _awaited(orders) == [
        ("w1", "rice", "v1", 0, 2, 100),
        ("w1", "rice", "v1", 2, 2, 12.5),
        ("w1", "rice", "v9", 0, None, 7),
        ("w2", "rice", "v1", 29, None, 1000),
    ]
