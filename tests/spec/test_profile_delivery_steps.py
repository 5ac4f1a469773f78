"""The steps of deliveries and pick-ups in a profile, each alone.

The day is 30 September 2026 and closes at 23:00; 90 days reach back to 3 July,
180 to 4 April.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import step

AS_OF = date(2026, 9, 30)
DAY: dict[str, object] = {
    "as_of": AS_OF,
    "as_of_end": datetime(2026, 9, 30, 23),
    "since_90": date(2026, 7, 3),
    "since_180": date(2026, 4, 4),
}
SHAPES = {"lines_of_part": "assets/core/order_lines_as_of.sql"}


def _made(path: str, wanted: str, **given: str) -> list[tuple[object, ...]]:
    return step(f"assets/profiles/{path}.sql", given, wanted, SHAPES, **DAY)


# a shipment            status       issue    arrived             last changed         failed (None: not known)
SHIPMENTS = [
    ("arrived",              "",          "",        "2026-09-30 11:00", "2026-09-30 12:00", 0),
    ("arrived by its status", "arrived",  "",        "",                 "2026-09-30 12:00", 0),
    ("picked up",            "picked_up", "none",    "",                 "2026-09-30 12:00", 0),
    ("late",                 "arrived",   "late",    "2026-09-30 11:00", "2026-09-30 12:00", 1),
    ("damaged",              "",          "damaged", "",                 "2026-09-30 12:00", 1),
    ("lost",                 "lost",      "",        "",                 "2026-09-30 12:00", 1),
    ("returned",             "returned",  "",        "",                 "2026-09-30 12:00", 1),
    ("under way",            "shipped",   "",        "",                 "2026-09-30 12:00", None),
    ("known the next day",   "lost",      "",        "",                 "2026-09-30 23:00", None),
    ("arrives later",        "",          "",        "2026-09-30 23:00", "2026-09-30 12:00", None),
    ("no change, arrived",   "",          "",        "2026-09-30 22:59", "",                 0),
    ("no change, not yet",   "arrived",   "",        "2026-09-30 23:00", "",                 None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "issue", "arrived", "changed", "failed"),
    [row[1:] for row in SHIPMENTS],
    ids=[str(row[0]) for row in SHIPMENTS],
)
def test_how_a_purchase_ended(
    status: str, issue: str, arrived: str, changed: str, failed: int | None
) -> None:
    logistics = f"""
        order_id | business_date | dispatched_at    | shipment_status | issue   | arrived_at | updated_at
        1        | 2026-09-30    | 2026-09-30 06:00 | {status}        | {issue} | {arrived}  | {changed}
    """
    lines = "user_id | order_id\nann | 1\nann | 1\nbo | 2"
    found = _made(
        "emotion/emotion_purchases",
        "user_id order_id shipments failed",
        lines_of_part=lines,
        logistics=logistics,
    )
    assert found == ([] if failed is None else [("ann", "1", 1, failed)])


def test_an_order_fails_with_any_of_its_shipments() -> None:
    logistics = """
        order_id | business_date | dispatched_at    | shipment_status | updated_at
        1        | 2026-09-29    | 2026-09-29 06:00 | arrived         | 2026-09-29 12:00
        1        | 2026-09-30    | 2026-09-30 06:00 | lost            | 2026-09-30 12:00
        2        | 2026-04-04    | 2026-04-04 06:00 | lost            | 2026-04-04 12:00
        3        | 2026-04-03    | 2026-04-03 06:00 | lost            | 2026-04-04 12:00
        4        | 2026-10-01    | 2026-09-30 06:00 | lost            | 2026-09-30 12:00
        5        | 2026-09-30    | 2026-09-30 23:00 | lost            | 2026-09-30 12:00
        6        | 2026-09-30    | 2026-09-30 06:00 | lost            | 2026-09-30 12:00
    """
    rows = "\n".join(f"ann | {order}" for order in range(1, 6))
    found = _made(
        "emotion/emotion_purchases",
        "order_id dispatched_at shipments failed",
        lines_of_part=f"user_id | order_id\n{rows}",
        logistics=logistics,
    )
    assert found == [
        ("1", datetime(2026, 9, 30, 6), 2, 1),
        ("2", datetime(2026, 4, 4, 6), 1, 1),
    ]


def test_orders_picked_up_and_how_long_they_waited() -> None:
    logistics = """
        order_id | business_date | arrived_at       | picked_up_at
        1        | 2026-09-30    | 2026-09-30 11:00 | 2026-09-30 12:30
        2        | 2026-07-03    | 2026-07-03 11:00 | 2026-07-03 11:00
        3        | 2026-07-02    | 2026-07-02 11:00 | 2026-07-02 12:00
        4        | 2026-10-01    | 2026-09-30 11:00 | 2026-09-30 12:00
        5        | 2026-09-30    | 2026-09-30 11:00 | 2026-09-30 10:00
        6        | 2026-09-30    | 2026-09-30 11:00 | 2026-09-30 23:00
        7        | 2026-09-30    |                  | 2026-09-30 12:00
        8        | 2026-09-30    | 2026-09-30 11:00 | 2026-09-30 12:00
    """
    rows = "\n".join(f"ann | {order}" for order in (1, 1, 2, 3, 4, 5, 6, 7))
    found = _made(
        "scene/scene_pick_ups",
        "user_id picked_up_at hour delay_hours",
        lines_of_part=f"user_id | order_id\n{rows}",
        logistics=logistics,
    )
    assert found == [
        ("ann", datetime(2026, 7, 3, 11), 11, 0),
        ("ann", datetime(2026, 9, 30, 12, 30), 12, 1.5),
    ]
