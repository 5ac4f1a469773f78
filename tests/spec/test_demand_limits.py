"""What an activity kept from being bought: its quantity used up, and limits per user.

The last day is 5 September 2026 and closes at 20:00.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import step

ROOM = "assets/core/demand"
END = datetime(2026, 9, 5, 20)
SHAPES = {
    "hourly_sales": f"{ROOM}/hourly_sales.sql",
    "sku_categories": f"{ROOM}/sku_categories.sql",
    "calendar": "day date",
    "clock_hours": "hour integer",
}
HOURS = "hour\n" + "\n".join(str(hour) for hour in range(24))
CALENDAR = "day\n" + "\n".join(f"2026-09-{day:02}" for day in range(1, 8))
CATEGORIES = """
    sku_id | category
    apple  | fruit
    fig    | fruit
    pear   | fruit
    nut    | nuts
"""


def _refused(lines: str, promotions: str, min_buyers: int = 2) -> list[tuple[object, ...]]:
    given = {"order_lines_as_of": lines, "promotions": promotions, "sku_categories": CATEGORIES}
    params = {"first_day": date(2026, 8, 1), "as_of_end": END, "min_buyers": min_buyers}
    wanted = "warehouse_id sku_id day units"
    return step(f"{ROOM}/limit_censored.sql", given, wanted, SHAPES, **params)


LIMITED = """
    activity_id | sku_id | limit_buy_units | announced_at
    act         | apple  | 2               | 2026-09-05 19:59
"""
# two users buy up to the limit of two, one on two days; elsewhere 2, 3 and 4 are bought of a day
BOUGHT = """
    warehouse_id | sku_id | user_id | activity_id | day        | sold_units | is_goods
    w1           | apple  | u1      | act         | 2026-09-01 | 1          | true
    w1           | apple  | u1      | act         | 2026-09-03 | 1          | true
    w1           | apple  | u2      | act         | 2026-09-03 | 2          | true
    w1           | apple  | u3      | act         | 2026-09-03 | 1.9        | true
    w1           | apple  | u4      |             | 2026-09-01 | 1.5        | true
    w1           | apple  | u4      |             | 2026-09-01 | 1.5        | true
    w2           | apple  | u5      | other       | 2026-09-02 | 4          | true
    w1           | apple  | u6      |             | 2026-09-02 | 2          | true
    w1           | apple  | u7      |             | 2026-09-02 | 1          | true
    w1           | apple  | u7      |             | 2026-09-03 | 1          | true
    w1           | fig    | u8      |             | 2026-09-03 | 9          | true
    w1           | nut    | u8      |             | 2026-09-03 | 99         | true
    w1           | apple  |         |             | 2026-09-03 | 99         | true
    w1           | apple  | u9      |             | 2026-07-31 | 99         | true
    w1           | apple  | u9      |             | 2026-09-03 | 99         | false
    w1           | apple  | u9      | act         | 2026-07-31 | 99         | true
    w1           | apple  | u9      | act         | 2026-09-03 | 99         | false
    w1           | apple  |         | act         | 2026-09-03 | 99         | true
"""
BEYOND = (2 + 3 + 4) / 3 - 2  # what is bought where no limit holds, of those who buy two at least


def test_who_bought_up_to_the_limit_might_have_bought_more() -> None:
    found = _refused(BOUGHT, LIMITED)
    assert found == [("w1", "apple", date(2026, 9, 3), pytest.approx(2 * BEYOND, abs=1e-6))]


def test_few_buyers_take_those_of_the_category() -> None:
    """Three buyers of the SKU are not four; with the one of figs there are four of fruit."""
    assert _refused(BOUGHT, LIMITED, 3)[0][3] == pytest.approx(2 * BEYOND, abs=1e-6)
    category = (2 + 3 + 4 + 9) / 4 - 2
    assert _refused(BOUGHT, LIMITED, 4)[0][3] == pytest.approx(2 * category, abs=1e-6)


def test_who_is_content_below_the_limit_refused_nothing() -> None:
    lines = """
        warehouse_id | sku_id | user_id | activity_id | day        | sold_units | is_goods
        w1           | apple  | u1      | act         | 2026-09-03 | 1.9        | true
        w1           | apple  | u2      |             | 2026-09-03 | 5          | true
    """
    assert _refused(lines, LIMITED, 1) == []
    just_two = lines.replace("1.9", "2.0").replace("| 5  ", "| 2  ")
    assert _refused(just_two, LIMITED, 1) == [("w1", "apple", date(2026, 9, 3), 0)]


# a limit         activity  SKU      units  announced            holds
LIMITS = [
    ("known at the end",      "act", "apple", "2", "2026-09-05 19:59", True),
    ("announced at no time",  "act", "apple", "2", "",                 True),
    ("announced later",       "act", "apple", "2", "2026-09-05 20:00", False),
    ("of no activity",        "",    "apple", "2", "",                 False),
    ("of no SKU",             "act", "",      "2", "",                 False),
    ("of another SKU",        "act", "pear",  "2", "",                 False),
    ("of nothing",            "act", "apple", "0", "",                 False),
    ("of one",                "act", "apple", "1", "",                 True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("activity", "sku", "units", "announced", "holds"),
    [row[1:] for row in LIMITS],
    ids=[str(row[0]) for row in LIMITS],
)
def test_a_limit_holds_where_it_is_known(
    activity: str, sku: str, units: str, announced: str, holds: bool
) -> None:
    promotions = f"""
        activity_id | sku_id | limit_buy_units | announced_at
        {activity}  | {sku}  | {units}         | {announced}
    """
    assert bool(_refused(BOUGHT, promotions)) is holds


def test_the_largest_limit_of_an_activity_counts() -> None:
    promotions = LIMITED + "    act | apple | 1 |\n"
    assert _refused(BOUGHT, promotions) == _refused(BOUGHT, LIMITED)


def _used_up(
    lines: str, promotions: str, hourly: str = "warehouse_id | sku_id | day | hour | sold_e4",
    cutoff_hour: int = 20,
) -> dict[tuple[str, str, int], str]:  # fmt: skip
    given = {
        "order_lines_as_of": lines,
        "promotions": promotions,
        "hourly_sales": hourly,
        "calendar": CALENDAR,
        "clock_hours": HOURS,
    }
    found = step(
        f"{ROOM}/exhausted_offers.sql",
        given,
        "warehouse_id sku_id day hours_status",
        SHAPES,
        as_of_end=END,
        cutoff_hour=cutoff_hour,
    )
    return {(w, s, d.day): letters for w, s, d, letters in found}


CAPPED = """
    activity_id | sku_id | total_quantity_units | ends_on    | announced_at | community_id
    act         | apple  | 5                    | 2026-09-05 |              |
"""
SOLD = """
    warehouse_id | sku_id | activity_id | community_id | day        | ordered_at       | sold_units | has_net_units
    w1           | apple  | act         | c1           | 2026-09-02 | 2026-09-02 08:00 | 2          | true
    w1           | apple  | act         | c1           | 2026-09-03 | 2026-09-03 15:30 | 1          | true
    w2           | apple  | act         | c2           | 2026-09-03 | 2026-09-03 09:00 | 2          | true
    w1           | apple  | act         | c1           | 2026-09-04 | 2026-09-04 09:00 | 9          | false
    w1           | apple  | other       | c1           | 2026-09-04 | 2026-09-04 09:00 | 9          | true
    w1           | pear   | act         | c1           | 2026-09-04 | 2026-09-04 09:00 | 9          | true
"""
# until the last line at 15:30 it was on sale, from the evening before (20:00) on
LAST_DAY = "A" * 16 + "SSSS" + "AAAA"
ALL_DAY = "S" * 24


def test_a_quantity_used_up_is_sold_out_after_its_last_line_until_it_ends() -> None:
    assert _used_up(SOLD, CAPPED) == {
        (warehouse, "apple", day): LAST_DAY if day == 3 else ALL_DAY
        for warehouse in ("w1", "w2")
        for day in (3, 4, 5)
    }


def test_without_a_cut_off_a_day_is_a_day() -> None:
    found = _used_up(SOLD, CAPPED, cutoff_hour=24)
    assert found["w1", "apple", 3] == "A" * 16 + "S" * 8


@pytest.mark.parametrize(("total", "is_used_up"), [(5, True), (5.9, True), (6, False), (4, True)])
def test_it_is_used_up_when_not_one_more_of_the_smallest_line_would_fit(
    total: float, is_used_up: bool
) -> None:
    assert bool(_used_up(SOLD, CAPPED.replace("| 5  ", f"| {total}"))) is is_used_up


# sold afterwards     warehouse  SKU     day           hour  units   w1 is still sold out
AFTERWARDS = [
    ("in the same hour",        "w1", "apple", "2026-09-03", 15, 1, True),
    ("in the hour after",       "w1", "apple", "2026-09-03", 16, 1, False),
    ("the evening it began",    "w1", "apple", "2026-09-03", 21, 1, True),
    ("the next day",            "w1", "apple", "2026-09-04", 8,  1, False),
    ("on its last day",         "w1", "apple", "2026-09-05", 8,  1, False),
    ("after it ended",          "w1", "apple", "2026-09-06", 8,  1, True),
    ("the day before",          "w1", "apple", "2026-09-02", 23, 1, True),
    ("of another product",      "w1", "pear",  "2026-09-04", 8,  1, True),
    ("in another warehouse",    "w2", "apple", "2026-09-04", 8,  1, True),
    ("nothing",                 "w1", "apple", "2026-09-04", 8,  0, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("warehouse", "sku", "day", "hour", "units", "is_sold_out"),
    [row[1:] for row in AFTERWARDS],
    ids=[str(row[0]) for row in AFTERWARDS],
)
def test_what_is_sold_afterwards_was_not_sold_out(
    warehouse: str, sku: str, day: str, hour: int, units: int, is_sold_out: bool
) -> None:
    hourly = f"""
        warehouse_id | sku_id | day   | hour   | sold_e4
        {warehouse}  | {sku}  | {day} | {hour} | {units}
    """
    assert (("w1", "apple", 4) in _used_up(SOLD, CAPPED, hourly)) is is_sold_out


# a quantity          activity  SKU      units  announced           community  used up in
QUANTITIES = [
    ("known at the end",     "act", "apple", "5", "2026-09-05 19:59", "",   {"w1", "w2"}),
    ("announced later",      "act", "apple", "5", "2026-09-05 20:00", "",   set()),
    ("of no activity",       "",    "apple", "5", "",                 "",   set()),
    ("of no SKU",            "act", "",      "5", "",                 "",   set()),
    ("of nothing",           "act", "apple", "0", "",                 "",   set()),
    ("of one",               "act", "apple", "1", "",                 "",   {"w1", "w2"}),
    ("of one community",     "act", "apple", "2", "",                 "c2", {"w2"}),
    ("not of its lines",     "act", "apple", "5", "",                 "c2", set()),
    ("of no community",      "act", "apple", "5", "",                 "c9", set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("activity", "sku", "units", "announced", "community", "where"),
    [row[1:] for row in QUANTITIES],
    ids=[str(row[0]) for row in QUANTITIES],
)
def test_a_quantity_counts_the_lines_it_is_of(
    activity: str, sku: str, units: str, announced: str, community: str, where: set[str]
) -> None:
    promotions = f"""
        activity_id | sku_id | total_quantity_units | ends_on    | announced_at | community_id
        {activity}  | {sku}  | {units}              | 2026-09-05 | {announced}  | {community}
    """
    assert {warehouse for warehouse, *_ in _used_up(SOLD, promotions)} == where


def test_two_rows_of_an_activity_are_one_quantity() -> None:
    """The larger quantity and the later end count."""
    rows = CAPPED + "    act | apple | 4 | 2026-09-04 | |\n"
    assert _used_up(SOLD, rows) == _used_up(SOLD, CAPPED)
