"""The steps of the nowcast, each alone: orders until a moment of the day, and what could not be ordered.

A business day closes at 20:00; 5 September 2026 is open from 20:00 of the 4th on.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import step

ROOM = "assets/predict/nowcast"
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 5)
SHAPES = {
    "moments": "moment_no integer, elapsed_seconds integer, seen_day integer, seen_hour integer",
    "calendar": "day date",
    "exhausted_offers": "warehouse_id varchar, sku_id varchar, day date, hours_status varchar",
    "panel_series": "warehouse_id varchar, sku_id varchar, category varchar, series_no bigint, "
    "warehouse_no bigint, sku_no bigint, category_no bigint, platform_no bigint",
}
CALENDAR = "day\n" + "\n".join(f"2026-09-0{day}" for day in range(1, 6))


def _made(
    name: str, wanted: str, given: dict[str, str], **params: object
) -> list[tuple[object, ...]]:
    return step(f"{ROOM}/nowcast_{name}.sql", given, wanted, SHAPES, **params)


# a line of 4 units     ordered             called off  at                  so far  rest  total (at 08:00 of the 5th)
MOMENTS = [
    ("before",                   "2026-09-05 07:59", "0", "",                 4, 0, 4),
    ("at the moment",            "2026-09-05 08:00", "0", "",                 0, 4, 4),
    ("in the evening before",    "2026-09-04 20:00", "0", "",                 4, 0, 4),
    ("called off before",        "2026-09-05 07:00", "1", "2026-09-05 07:59", 3, 0, 3),
    ("called off at the moment", "2026-09-05 07:00", "1", "2026-09-05 08:00", 4, 0, 3),
    ("called off at the end",    "2026-09-05 07:00", "1", "2026-09-05 20:00", 4, 0, 4),
    ("just before the end",      "2026-09-05 07:00", "1", "2026-09-05 19:59", 4, 0, 3),
    ("ordered and off later",    "2026-09-05 09:00", "4", "2026-09-05 10:00", 0, 0, 0),
    ("ordered, off afterwards",  "2026-09-05 09:00", "4", "2026-09-06 10:00", 0, 4, 4),
]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "off", "off_at", "so_far", "rest", "total"),
    [row[1:] for row in MOMENTS],
    ids=[str(row[0]) for row in MOMENTS],
)
def test_units_until_a_moment_and_after_it(
    at: str, off: str, off_at: str, so_far: int, rest: int, total: int
) -> None:
    lines = f"""
        warehouse_id | sku_id | day        | ordered_at | ordered_units | cancelled_units | cancelled_at | is_goods
        w1           | apple  | 2026-09-05 | {at}       | 4             | {off}           | {off_at}     | true
    """
    moments = f"moment_no | elapsed_seconds\n0 | {12 * 3600}"
    found = _made(
        "arrivals",
        "observed_e4 rest_e4 total_e4",
        {"order_lines_as_of": lines, "moments": moments},
        first_day=FIRST,
        cutoff_minutes=20 * 60,
    )
    assert found == [(so_far * 10_000, rest * 10_000, total * 10_000)]


def test_lines_are_added_up_per_series_day_and_moment() -> None:
    lines = """
        warehouse_id | sku_id | day        | ordered_at       | ordered_units | cancelled_units | is_goods
        w1           | apple  | 2026-09-05 | 2026-09-05 07:00 | 1             | 0               | true
        w1           | apple  | 2026-09-05 | 2026-09-05 07:30 | 2             | 0               | true
        w1           | apple  | 2026-09-05 | 2026-09-05 09:00 | 4             | 0               | true
        w1           | apple  | 2026-09-05 | 2026-09-05 09:30 | 0.5           | 0               | true
        w1           | apple  | 2026-09-01 | 2026-09-01 07:00 | 16            | 0               | true
        w1           | apple  | 2026-08-31 | 2026-08-31 07:00 | 32            | 0               | true
        w1           | fee    | 2026-09-05 | 2026-09-05 07:00 | 64            | 0               | false
        w2           | apple  | 2026-09-05 | 2026-09-05 07:00 | 128           | 0               | true
    """
    moments = f"moment_no | elapsed_seconds\n0 | {12 * 3600}\n1 | {14 * 3600}"
    found = _made(
        "arrivals",
        "warehouse_id day moment_no observed_e4/10000 rest_e4/10000 total_e4/10000",
        {"order_lines_as_of": lines, "moments": moments},
        first_day=FIRST,
        cutoff_minutes=20 * 60,
    )
    assert found == [
        ("w1", FIRST, 0, 16, 0, 16),
        ("w1", FIRST, 1, 16, 0, 16),
        ("w1", LAST, 0, 3, 4.5, 7.5),
        ("w1", LAST, 1, 7.5, 0, 7.5),
        ("w2", LAST, 0, 128, 0, 128),
        ("w2", LAST, 1, 128, 0, 128),
    ]


SERIES = """
    warehouse_id | sku_id | category | series_no | warehouse_no | sku_no | category_no | platform_no
    w1           | apple  | fruit    | 1         | 10           | 20     | 30          | 0
    w2           | fig    | fruit    | 2         | 11           | 21     | 30          | 0
"""


def test_what_could_not_be_ordered_in_the_last_hour() -> None:
    """Moment 0 asks for the hour 7 of the day, 1 for the hour 21 of the day before, 2 for none."""
    moments = "moment_no | seen_day | seen_hour\n0 | 0 | 7\n1 | -1 | 21\n2 | |"
    evening = "A" * 21 + "N" + "AA"
    morning = "A" * 7 + "S" + "A" * 16
    availability = f"""
        warehouse_id | sku_id | day        | hours_status
        w1           | apple  | 2026-08-31 | {"S" * 24}
        w1           | apple  | 2026-09-01 | {evening}
        w1           | apple  | 2026-09-04 | {morning}
        w2           | apple  | 2026-09-05 | {"S" * 24}
    """
    used_up = f"""
        warehouse_id | sku_id | day        | hours_status
        w1           | apple  | 2026-09-04 | {"S" * 24}
        w2           | fig    | 2026-09-05 | {morning}
        w2           | fig    | 2026-09-06 | {"S" * 24}
    """
    given = {
        "moments": moments,
        "calendar": CALENDAR + "\n2026-09-06\n2026-08-30",
        "availability": availability,
        "exhausted_offers": used_up,
        "panel_series": SERIES,
    }
    found = _made(
        "unavailable", "series day_no moment_no letter", given, first_day=FIRST, last_day=LAST
    )
    assert found == [
        (0, 0, 1, "S"),
        (0, 1, 1, "N"),
        (0, 3, 0, "S"),
        (0, 3, 1, "S"),
        (1, 4, 0, "S"),
    ]


def test_a_series_is_called_as_its_product_or_its_lines() -> None:
    products = """
        sku_id | sku_name | sale_unit
        apple  | 苹果     | kg
    """
    lines = """
        sku_id | sku_name | sale_unit
        apple  | apple    | box
        fig    | 无花果   | box
        fig    | 一       | bag
    """
    wanted = "warehouse_id sku_id sku_name sale_unit warehouse_no sku_no category_no platform_no"
    found = _made(
        "series", wanted, {"panel_series": SERIES, "products": products, "order_lines_as_of": lines}
    )
    assert found == [
        ("w1", "apple", "苹果", "kg", 10, 20, 30, 0),
        ("w2", "fig", "无花果", "box", 11, 21, 30, 0),
    ]
    assert _made("series", "sku_id sku_name sale_unit", {"panel_series": SERIES})[0] == (
        "apple", "apple", "piece",
    )  # fmt: skip


def test_the_last_order_before_the_time_of_day() -> None:
    lines = """
        day        | ordered_at
        2026-09-04 | 2026-09-03 20:00
        2026-09-04 | 2026-09-04 07:59
        2026-09-04 | 2026-09-04 08:00
        2026-09-04 | 2026-09-04 10:00
        2026-09-05 | 2026-09-05 09:00
    """
    found = _made(
        "silence",
        "day last_before_at last_at",
        {"calendar": "day\n2026-09-03\n2026-09-04\n2026-09-05", "order_lines_as_of": lines},
        cutoff_minutes=20 * 60,
        elapsed_seconds=12 * 3600,
    )
    assert found == [
        (date(2026, 9, 3), None, None),
        (date(2026, 9, 4), datetime(2026, 9, 4, 7, 59), datetime(2026, 9, 4, 10)),
        (LAST, None, datetime(2026, 9, 5, 9)),
    ]
