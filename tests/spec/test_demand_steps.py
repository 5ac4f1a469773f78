"""The steps of the demand panel, each alone: sales, hours on sale, what was lost, what a zero is.

The last day is 5 September 2026.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import step

ROOM = "assets/core/demand"
AS_OF, END = date(2026, 9, 5), datetime(2026, 9, 5, 20)
FIRST = date(2026, 8, 1)
SHAPES = {
    "hourly_sales": f"{ROOM}/hourly_sales.sql",
    "daily_sales": f"{ROOM}/daily_sales.sql",
    "demand_series": f"{ROOM}/demand_series.sql",
    "hours_on_offer": f"{ROOM}/hours_on_offer.sql",
    "sku_categories": f"{ROOM}/sku_categories.sql",
    "exhausted_offers": "warehouse_id varchar, sku_id varchar, day date, hours_status varchar",
    "visible_demand_share": "category varchar, hours_status varchar, seen_share double",
    "promotion_days": "warehouse_id varchar, sku_id varchar, day date, discount_ratio_0 double",
    "lost_demand": "warehouse_id varchar, sku_id varchar, day date, units double",
    "limit_censored": "warehouse_id varchar, sku_id varchar, day date, units double",
    "series_days": f"{ROOM}/series_days.sql",
    "calendar": "day date",
}
A, N, S = "A" * 24, "N" * 24, "S" * 24


def _made(
    name: str, wanted: str, given: dict[str, str], **params: object
) -> list[tuple[object, ...]]:
    return step(f"{ROOM}/{name}.sql", given, wanted, SHAPES, **params)


def test_off_offer_is_from_the_day_after_the_last_until_it_is_launched_again() -> None:
    products = """
        sku_id          | delisted_on | launched_on
        a for good      | 2026-09-05  |
        b launched once | 2026-09-05  | 2026-01-01
        c the same day  | 2026-09-05  | 2026-09-05
        d comes back    | 2026-09-05  | 2026-09-20
        e on offer      |             | 2026-01-01
    """
    found = step("assets/core/off_offer.sql", {"products": products}, "sku_id from_day until_day")
    never = date(9999, 12, 31)
    assert found == [
        ("a for good", date(2026, 9, 6), never),
        ("b launched once", date(2026, 9, 6), never),
        ("c the same day", date(2026, 9, 6), never),
        ("d comes back", date(2026, 9, 6), date(2026, 9, 19)),
    ]


def test_units_of_an_hour_are_added_up() -> None:
    lines = """
        warehouse_id | sku_id | day        | ordered_at       | sold_units | ordered_units | unit_price_yuan | gross_yuan | is_goods
        w1           | apple  | 2026-09-05 | 2026-09-05 08:00 | 2          | 3             | 5               | 99         | true
        w1           | apple  | 2026-09-05 | 2026-09-05 08:59 | 0.5        | 0.5           | 4               |            | true
        w1           | apple  | 2026-09-05 | 2026-09-05 08:30 | 1          | 2             |                 | 7          | true
        w1           | apple  | 2026-09-05 | 2026-09-05 08:30 | 1          | 50            |                 |            | true
        w1           | apple  | 2026-09-05 | 2026-09-05 09:00 | 7          | 7             |                 |            | true
        w1           | apple  | 2026-08-01 | 2026-08-01 23:00 | 1          | 1             | 1               |            | true
        w1           | apple  | 2026-07-31 | 2026-07-31 23:00 | 1          | 1             | 1               |            | true
        w1           | fee    | 2026-09-05 | 2026-09-05 08:00 | 1          | 1             | 1               |            | false
        w2           | apple  | 2026-09-05 | 2026-09-05 08:00 | 4          | 4             | 2               |            | true
    """
    found = _made(
        "hourly_sales",
        "warehouse_id day hour sold_e4 charged_e4 priced_e4",
        {"order_lines_as_of": lines},
        first_day=FIRST,
    )
    assert found == [
        ("w1", date(2026, 8, 1), 23, 10_000, 10_000, 10_000),
        ("w1", AS_OF, 8, 45_000, (15 + 2 + 7) * 10_000, 55_000),
        ("w1", AS_OF, 9, 70_000, None, None),
        ("w2", AS_OF, 8, 40_000, 80_000, 40_000),
    ]


def test_units_of_a_day_are_those_of_its_hours() -> None:
    hourly = """
        warehouse_id | sku_id | day        | hour | sold_e4 | charged_e4 | priced_e4
        w1           | apple  | 2026-09-05 | 8    | 10      | 100        | 1000
        w1           | apple  | 2026-09-05 | 9    | 20      | 200        | 2000
        w1           | apple  | 2026-09-04 | 9    | 1       |            |
    """
    wanted = "day sold_e4 charged_e4 priced_e4"
    assert _made("daily_sales", wanted, {"hourly_sales": hourly}) == [
        (date(2026, 9, 4), 1, None, None),
        (AS_OF, 30, 300, 3000),
    ]


def test_a_series_begins_with_its_first_sale_and_needs_one_of_late() -> None:
    lines = """
        warehouse_id | sku_id | day        | has_net_units | is_goods
        w1           | old    | 2026-01-05 | true    | true
        w1           | old    | 2026-09-01 | true    | true
        w1           | new    | 2026-09-02 | false   | true
        w1           | new    | 2026-09-03 | true    | true
        w1           | new    | 2026-09-04 | true    | true
        w2           | new    | 2026-09-04 | true    | true
        w1           | gone   | 2026-01-05 | true    | true
        w1           | nil    | 2026-09-04 | true    | true
        w1           | fee    | 2026-09-04 | true    | false
    """
    sales = """
        warehouse_id | sku_id | day        | sold_e4
        w1           | old    | 2026-09-01 | 1
        w1           | new    | 2026-09-03 | 10
        w1           | nil    | 2026-09-04 | 0
        w1           | fee    | 2026-09-04 | 10
    """
    given = {"order_lines_as_of": lines, "daily_sales": sales}
    found = _made("demand_series", "warehouse_id sku_id first_day", given, first_day=FIRST)
    assert found == [("w1", "new", date(2026, 9, 3)), ("w1", "old", FIRST)]


CALENDAR = "day\n2026-09-02\n2026-09-03\n2026-09-04\n2026-09-05"
CATEGORIES = """
    sku_id | category
    apple  | fruit
    fig    | fruit
    nut    | nuts
"""
SERIES = """
    warehouse_id | sku_id | first_day
    w1           | apple  | 2026-09-03
"""
DAYS = "day sold_e4 unit_price_yuan is_not_offered in_stock_share seen_e6 discount_ratio"


def _days(**given: str) -> list[tuple[object, ...]]:
    return _made(
        "series_days",
        DAYS,
        {"calendar": CALENDAR, "demand_series": SERIES, "sku_categories": CATEGORIES} | given,
    )


def test_every_day_of_a_series_has_a_row() -> None:
    sales = """
        warehouse_id | sku_id | day        | sold_e4 | charged_e4 | priced_e4
        w1           | apple  | 2026-09-02 | 99      | 99         | 99
        w1           | apple  | 2026-09-04 | 40000   | 90000      | 30000
        w2           | apple  | 2026-09-05 | 99      | 99         | 99
        w1           | pear   | 2026-09-05 | 99      | 99         | 99
    """
    promotion_days = """
        warehouse_id | sku_id | day        | discount_ratio_0
        w1           | apple  | 2026-09-05 | 0.8
        w2           | apple  | 2026-09-04 | 0.7
        w1           | pear   | 2026-09-04 | 0.7
    """
    assert _days(daily_sales=sales, promotion_days=promotion_days) == [
        (date(2026, 9, 3), 0, None, False, 1, 1_000_000, 1),
        (date(2026, 9, 4), 40_000, 3, False, 1, 1_000_000, 1),
        (date(2026, 9, 5), 0, None, False, 1, 1_000_000, 0.8),
    ]


def test_the_file_says_how_long_a_sku_was_on_sale() -> None:
    """Of the hours 6 to 21: eight of sixteen on sale, four of eight offered, none offered."""
    half = "S" * 6 + "A" * 8 + "S" * 10
    part = "A" * 6 + "N" * 8 + "A" * 4 + "S" * 4 + "A" * 2
    night = "A" * 6 + "N" * 16 + "AA"
    offer = f"""
        warehouse_id | sku_id | day        | hours_status
        w1           | apple  | 2026-09-03 | {half}
        w1           | apple  | 2026-09-04 | {part}
        w1           | apple  | 2026-09-05 | {night}
        w2           | apple  | 2026-09-05 | {S}
        w1           | pear   | 2026-09-05 | {S}
    """
    seen = f"""
        category | hours_status | seen_share
        fruit    | {half}       | 0.3
        nuts     | {half}       | 0.9
    """
    found = _days(hours_on_offer=offer, visible_demand_share=seen)
    assert [row[3:6] for row in found] == [
        (False, 8 / 16, 300_000),
        (False, 4 / 8, 0),
        (False, 1, 1_000_000),
    ]


def test_not_offered_is_by_the_file_or_off_offer_and_never_where_it_sold() -> None:
    offer = f"""
        warehouse_id | sku_id | day        | hours_status
        w1           | apple  | 2026-09-03 | {N}
        w1           | apple  | 2026-09-05 | {N}
    """
    sales = """
        warehouse_id | sku_id | day        | sold_e4 | charged_e4 | priced_e4
        w1           | apple  | 2026-09-05 | 1       |            |
    """
    assert [row[3] for row in _days(hours_on_offer=offer, daily_sales=sales)] == [
        True,
        False,
        False,
    ]
    off_offer = """
        sku_id | from_day   | until_day
        apple  | 2026-09-04 | 2026-09-05
        pear   | 2026-09-01 | 9999-12-31
    """
    assert [row[3] for row in _days(off_offer=off_offer)] == [False, True, True]
    assert [row[3] for row in _days(off_offer=off_offer, daily_sales=sales)] == [False, True, False]


def test_lost_is_the_hidden_share_of_what_days_usually_sell() -> None:
    """Three days: 10 and 20 sold of whole days, the last half hidden. Off offer days do not count."""
    days = """
        warehouse_id | sku_id | day        | sold_e4 | seen_e6 | is_not_offered
        w1           | apple  | 2026-09-01 | 9990000 | 1000000 | false
        w1           | apple  | 2026-09-02 | 100000  | 1000000 | false
        w1           | apple  | 2026-09-03 | 0       | 0       | true
        w1           | apple  | 2026-09-04 | 200000  | 1000000 | false
        w1           | apple  | 2026-09-05 | 60000   | 500000  | false
        w2           | apple  | 2026-09-05 | 60000   | 500000  | false
        w1           | pear   | 2026-09-05 | 60000   | 500000  | false
    """
    wanted = "warehouse_id sku_id day units"
    given = {"series_days": days}
    params = {"earlier_days": 3, "min_seen_days": 2.5}
    usual = (10 + 20 + 6) / 2.5
    assert _made("lost_by_rule", wanted, given, **params) == [
        ("w1", "apple", AS_OF, pytest.approx(0.5 * usual)),
        ("w1", "pear", AS_OF, None),
        ("w2", "apple", AS_OF, None),
    ]
    assert _made("lost_by_rule", "units", given, earlier_days=3, min_seen_days=0.5)[0] == (
        pytest.approx(0.5 * 6 / 0.5),
    )


PANEL = """
    warehouse_id | sku_id | day        | sold_e4 | unit_price_yuan | is_not_offered | in_stock_share | seen_e6 | discount_ratio
    w1           | apple  | 2026-09-01 | 50000   | 3.00004         | false          | 1              | 1000000 | 0.9
    w1           | apple  | 2026-09-02 | 20000   |                 | false          | 0.44444        | 400000  | 1
    w1           | apple  | 2026-09-03 | 0       |                 | false          | 0.9            | 1000000 | 1
    w1           | apple  | 2026-09-04 | 0       |                 | false          | 1              | 900000  | 1
    w1           | apple  | 2026-09-05 | 0       | 4               | true           | 0              | 0       | 1
    w1           | pear   | 2026-09-05 | 0       |                 | false          | 1              | 1000000 | 1
    w2           | apple  | 2026-09-02 | 10000   | 5               | false          | 1              | 1000000 | 1
"""
LOST = """
    warehouse_id | sku_id | day        | units
    w1           | apple  | 2026-09-01 | 77
    w1           | apple  | 2026-09-02 | 1.23456
    w1           | apple  | 2026-09-05 | 77
    w2           | apple  | 2026-09-02 | 77
    w1           | pear   | 2026-09-04 | 77
"""
REFUSED = """
    warehouse_id | sku_id | day        | units
    w1           | apple  | 2026-09-02 | 0.50004
    w1           | apple  | 2026-09-05 | 9
    w2           | pear   | 2026-09-05 | 77
"""


def _panel(wanted: str) -> list[tuple[object, ...]]:
    given = {"series_days": PANEL, "lost_demand": LOST, "limit_censored": REFUSED}
    return _made("demand_day", f"warehouse_id sku_id day {wanted}", given, as_of=AS_OF)


def test_demand_is_what_was_sold_lost_and_refused() -> None:
    found = _panel("sold_units lost_units refused_units demand_units")
    assert [(*row[:2], row[2].day, *row[3:]) for row in found] == [  # type: ignore[attr-defined]
        ("w1", "apple", 1, 5, 0, 0, 5),
        ("w1", "apple", 2, 2, 1.2346, 0.5, 3.7346),
        ("w1", "apple", 3, 0, 0, 0, 0),
        ("w1", "apple", 4, 0, None, 0, None),
        ("w1", "apple", 5, 0, None, None, None),
        ("w1", "pear", 5, 0, 0, 0, 0),
        ("w2", "apple", 2, 1, 0, 0, 1),
    ]


def test_a_zero_has_a_reason_and_what_was_lost_a_price() -> None:
    """The price is the last one known; on the 2nd that of the 1st."""
    found = _panel("zero_kind lost_yuan in_stock_share unit_price_yuan discount_ratio")
    assert [(*row[:2], row[2].day, *row[3:]) for row in found] == [  # type: ignore[attr-defined]
        ("w1", "apple", 1, None, 0, 1, 3, 0.9),
        ("w1", "apple", 2, None, 3.7, 0.4444, None, 1),
        ("w1", "apple", 3, "no_stock", 0, 0.9, None, 1),
        ("w1", "apple", 4, "no_stock", None, 1, None, 1),
        ("w1", "apple", 5, "not_offered", None, None, 4, 1),
        ("w1", "pear", 5, "no_demand", 0, 1, None, 1),
        ("w2", "apple", 2, None, 0, 1, 5, 1),
    ]
