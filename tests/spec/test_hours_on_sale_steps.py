"""The steps of the hours on sale, each alone: offers used up, shares of the hours, what was visible."""

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
    "hours_on_offer": f"{ROOM}/hours_on_offer.sql",
    "hour_shares": f"{ROOM}/hour_shares.sql",
    "sku_categories": f"{ROOM}/sku_categories.sql",
    "exhausted_offers": "warehouse_id varchar, sku_id varchar, day date, hours_status varchar",
    "visible_demand_share": "category varchar, hours_status varchar, seen_share double",
    "clock_hours": "hour integer",
}
HOURS = "hour\n" + "\n".join(str(hour) for hour in range(24))
A, N, S = "A" * 24, "N" * 24, "S" * 24


def _made(
    name: str, wanted: str, given: dict[str, str], **params: object
) -> list[tuple[object, ...]]:
    return step(f"{ROOM}/{name}.sql", given, wanted, SHAPES, **params)


def _offer(availability: str, used_up: str, cutoff_hour: int) -> list[tuple[object, ...]]:
    given = {"availability": availability, "exhausted_offers": used_up}
    params = {"as_of": AS_OF, "first_day": FIRST, "cutoff_hour": cutoff_hour}
    return _made("hours_on_offer", "warehouse_id sku_id day hours_status", given, **params)


NOT_USED_UP = "warehouse_id | sku_id | day | hours_status"


def test_hours_on_sale_from_the_cut_off_are_those_of_the_evening_before() -> None:
    availability = f"""
        warehouse_id | sku_id | day        | hours_status
        w1           | apple  | 2026-07-30 | {A}
        w1           | apple  | 2026-07-31 | {"A" * 20 + "SSSN"}
        w1           | apple  | 2026-08-01 | {"NNAA" + "A" * 20}
        w1           | apple  | 2026-08-02 | {"S" * 24}
        w1           | apple  | 2026-09-05 | {A}
        w1           | apple  | 2026-09-06 | {A}
        w2           | apple  | 2026-09-04 | {"A" * 12 + "S" * 12}
        w1           | pear   | 2026-09-04 | {"A" * 12 + "N" * 12}
    """
    assert _offer(availability, NOT_USED_UP, 20) == [
        ("w1", "apple", date(2026, 8, 1), "NNAA" + "A" * 16 + "SSSN"),
        ("w1", "apple", date(2026, 8, 2), "S" * 20 + "AAAA"),
        ("w1", "apple", AS_OF, "A" * 20 + "NNNN"),
        ("w1", "pear", date(2026, 9, 4), "A" * 12 + "N" * 12),
        ("w2", "apple", date(2026, 9, 4), "A" * 12 + "S" * 8 + "NNNN"),
    ]


def test_the_evening_before_as_of_is_the_last_one_seen() -> None:
    availability = f"""
        warehouse_id | sku_id | day        | hours_status
        w1           | apple  | 2026-09-04 | {"A" * 20 + "SSSS"}
        w1           | apple  | 2026-09-05 | {"A" * 20 + "NNNN"}
    """
    assert _offer(availability, NOT_USED_UP, 20)[-1][-1] == "A" * 20 + "SSSS"
    assert _offer(availability, NOT_USED_UP, 24)[-1][-1] == "A" * 20 + "NNNN"
    assert _offer(availability, NOT_USED_UP, 24)[0][-1] == "A" * 20 + "SSSS"


def test_a_used_up_activity_speaks_where_the_file_does_not() -> None:
    availability = f"""
        warehouse_id | sku_id | day        | hours_status
        w1           | apple  | 2026-09-04 | {A}
    """
    used_up = f"""
        warehouse_id | sku_id | day        | hours_status
        w1           | apple  | 2026-09-04 | {S}
        w1           | apple  | 2026-09-05 | {S}
        w2           | apple  | 2026-09-04 | {S}
        w1           | pear   | 2026-09-04 | {S}
    """
    assert _offer(availability, used_up, 24) == [
        ("w1", "apple", date(2026, 9, 4), A),
        ("w1", "apple", AS_OF, S),
        ("w1", "pear", date(2026, 9, 4), S),
        ("w2", "apple", date(2026, 9, 4), S),
    ]


HOUR_LINES = """
    warehouse_id | sku_id | day        | hour | sold_e4
    w1           | apple  | 2026-09-05 | 8    | 30000
    w1           | fig    | 2026-09-05 | 8    | 10000
    w1           | apple  | 2026-09-04 | 9    | 60000
    w1           | apple  | 2026-08-07 | 9    | 900000
    w1           | apple  | 2026-09-03 | 9    | 800000
    w2           | apple  | 2026-09-03 | 10   | 0
    w1           | nut    | 2026-08-09 | 8    | 20000
    w1           | nut    | 2026-08-08 | 10   | 700000
"""
CATEGORIES = """
    sku_id | category
    apple  | fruit
    fig    | fruit
    nut    | nuts
"""


@pytest.mark.parametrize(
    ("min_units", "nuts"),
    [(2, {8: 1.0}), (3, {8: 6 / 12, 9: 6 / 12}), (11, {8: 6 / 12, 9: 6 / 12})],
)
def test_the_shares_of_the_hours_are_of_days_never_sold_out(
    min_units: int, nuts: dict[int, float]
) -> None:
    """28 days count; of 3 September w1 was sold out in an hour. Nuts are few: the hours of all."""
    offer = f"""
        warehouse_id | sku_id | day        | hours_status
        w1           | apple  | 2026-09-03 | {"A" * 23 + "S"}
        w1           | apple  | 2026-09-04 | {"A" * 23 + "N"}
    """
    given = {
        "hourly_sales": HOUR_LINES,
        "sku_categories": CATEGORIES,
        "hours_on_offer": offer,
        "clock_hours": HOURS,
    }
    params = {"as_of": AS_OF, "profile_days": 28, "min_units": min_units}
    found = _made("hour_shares", "category hour share", given, **params)
    shares = {(category, hour): share for category, hour, share in found}
    assert len(found) == 2 * 24
    fruit = {8: 4 / 10, 9: 6 / 10} if min_units <= 10 else {8: 6 / 12, 9: 6 / 12}
    for hour in range(24):
        assert shares["fruit", hour] == pytest.approx(fruit.get(hour, 0.0)), hour
        assert shares["nuts", hour] == pytest.approx(nuts.get(hour, 0.0)), hour


def test_without_a_unit_sold_there_is_no_share() -> None:
    hourly = """
        warehouse_id | sku_id | day        | hour | sold_e4
        w1           | apple  | 2026-09-05 | 8    | 0
    """
    given = {"hourly_sales": hourly, "sku_categories": CATEGORIES, "clock_hours": HOURS}
    params = {"as_of": AS_OF, "profile_days": 28, "min_units": 1}
    assert {share for (share,) in _made("hour_shares", "share", given, **params)} == {None}


def test_what_was_seen_of_a_usual_day() -> None:
    """A quarter before 8, a half at 8, a quarter at 9: on sale until 8, at 8, or offered at 8 only."""
    shares = """
        category | hour | share
        fruit    | 7    | 0.25
        fruit    | 8    | 0.5
        fruit    | 9    | 0.25
        nuts     | 7    | 1
    """
    patterns = {
        "until 8": "A" * 8 + "S" * 16,
        "at 8": "S" * 8 + "A" + "S" * 15,
        "at 8, not offered at 9": "S" * 8 + "A" + "N" * 15,
        "never": "S" * 24,
        "offered when nobody buys": "S" + "N" * 23,
    }
    rows = [
        f"w1 | apple | 2026-09-0{n} | {letters}" for n, letters in enumerate(patterns.values(), 1)
    ]
    rows += [f"w1 | nut | 2026-09-01 | {A}", f"w2 | apple | 2026-09-01 | {patterns['at 8']}"]
    offer = "\n".join(["warehouse_id | sku_id | day | hours_status", *rows])
    given = {"hours_on_offer": offer, "hour_shares": shares, "sku_categories": CATEGORIES}
    found = _made("visible_demand_share", "category hours_status seen_share", given)
    assert {letters: share for _, letters, share in found} == {
        patterns["until 8"]: 0.25,
        patterns["at 8"]: 0.5,
        patterns["at 8, not offered at 9"]: pytest.approx(0.5 / 0.75, abs=1e-6),
        patterns["never"]: None,
        patterns["offered when nobody buys"]: None,
    }
    assert {category for category, *_ in found} == {"fruit"} and len(found) == 5
