"""The steps of the profile, each alone: who somebody is, what is bought, how deliveries went.

The day is 30 September 2026 and closes at 23:00. 90 days reach back to 3 July, 180 to 4 April, 365
to 1 October 2025.
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
    "since_30": date(2026, 9, 1),
    "since_90": date(2026, 7, 3),
    "since_180": date(2026, 4, 4),
    "since_365": date(2025, 10, 1),
    "launch_days": 14,
}
ROOM = "assets/profiles/consumption"
SHAPES = {
    "users_of_part": "user_id varchar, input_digest varchar",
    "lines_of_part": "assets/core/order_lines_as_of.sql",
    "ranks": "sku_id varchar, category varchar, sale_unit varchar, price_rank double",
    "consumption_lines": f"{ROOM}/consumption_lines.sql",
    "consumption_intervals": f"{ROOM}/consumption_intervals.sql",
    "consumption_favourites": f"{ROOM}/consumption_favourites.sql",
    "consumption_habits": f"{ROOM}/consumption_habits.sql",
}


def _made(path: str, wanted: str, **given: str) -> list[tuple[object, ...]]:
    return step(f"assets/profiles/{path}.sql", given, wanted, SHAPES, **DAY)


USERS = """
    user_id | registered_at    | community_id | gender | age_band | household_size
    both    | 2026-09-01 09:00 | c1           | female | 25-34    | 3
    early   | 2026-01-01 09:00 |              |        |          | 1
    file    | 2026-09-30 22:59 | c2           |        |          | 2
    later   | 2026-09-30 23:00 | c2           |        |          |
    undated |                  | c1           | male   |          |
    never   |                  | c1           |        |          |
"""
LINES = """
    user_id | community_id | day
    both    | c2           | 2026-08-20
    both    | c2           | 2026-09-20
    early   | c1           | 2026-09-02
    early   | c1           | 2026-09-02
    early   | c1           | 2026-09-02
    early   | c2           | 2026-09-01
    early   | c2           | 2026-08-31
    undated | none         | 2026-09-28
    only    | none         | 2026-09-10
    only    | none         | 2026-09-11
    only    | c2           | 2026-09-10
    only    | c1           | 2026-09-11
    tie     | c2           | 2026-09-10
    tie     | c1           | 2026-09-10
            | c1           | 2026-09-11
"""


def test_who_is_known_since_when_and_where() -> None:
    communities = """
        community_id | warehouse_id | region_id
        c1           | w1           | r1
        c2           | w2           | r2
    """
    given = {"users": USERS, "order_lines_as_of": LINES, "communities": communities}
    assert _made(
        "basic/profile_basic", "user_id source tenure_days community_id warehouse_id", **given
    ) == [
        ("both", "users file, orders", 41, "c1", "w1"),
        ("early", "users file, orders", 272, "c2", "w2"),
        ("file", "users file", 0, "c2", "w2"),
        ("only", "orders", 20, "c1", "w1"),
        ("tie", "orders", 20, "c1", "w1"),
        ("undated", "users file, orders", 2, "c1", "w1"),
    ]
    counted = "user_id evidence_count file_rows household_rows household_hint household_source"
    assert _made("basic/profile_basic", counted, **given) == [
        ("both", 2 + 1, 1, 1, "family", "users file"),
        ("early", 5 + 1, 1, 1, "one", "users file"),
        ("file", 0 + 1, 1, 1, "two", "users file"),
        ("only", 4, 0, 0, None, None),
        ("tie", 2, 0, 0, None, None),
        ("undated", 1 + 1, 1, 0, None, None),
    ]
    told = _made("basic/profile_basic", "user_id gender age_band region_id", **given)
    assert told[0] == ("both", "female", "25-34", "r1")


# a line of 4 units, one called off  price  list  coupon  gross  net   back   spend  paid  list value  discount
WORTH = [
    ("at a lower price",        "5",  "6",  "0",  "20",  "15",  "0",  15.0, 20.0, 18.0, 3.0),
    ("with a coupon",           "5",  "6",  "2",  "18",  "13",  "0",  13.0, 18.0, 18.0, 3.0 + 1.5),
    ("above the list price",    "7",  "6",  "0",  "28",  "21",  "0",  21.0, 28.0, 18.0, 0.0),
    ("without a list price",    "5",  "",   "2",  "18",  "13",  "4",  13.0, 18.0, None, None),
    ("list price zero",         "5",  "0",  "2",  "18",  "13",  "4",  13.0, 18.0, None, None),
    ("list price one",          "0.5", "1", "0",  "2",   "1.5", "0",  1.5,  2.0,  3.0,  1.5),
    ("without a price",         "",   "6",  "0",  "18",  "13",  "4",  13.0, 18.0, None, None),
    ("money is not known",      "",   "6",  "0",  "",    "0",   "4",  None, None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("price", "list_price", "coupon", "gross", "net", "back", "spend", "paid", "value", "discount"),
    [row[1:] for row in WORTH],
    ids=[str(row[0]) for row in WORTH],
)
def test_money_of_a_line_of_the_profile(
    price: str, list_price: str, coupon: str, gross: str, net: str, back: str,
    spend: float | None, paid: float | None, value: float | None, discount: float | None,
) -> None:  # fmt: skip
    lines = f"""
        user_id | sku_id | day        | ordered_units | sold_units | unit_price_yuan | list_price_yuan | coupon_yuan | gross_yuan | net_yuan | refund_yuan | is_goods | has_net_units
        ann     | milk   | 2026-09-30 | 4             | 3          | {price}         | {list_price}    | {coupon}    | {gross}    | {net}    | {back}      | true     | true
    """
    wanted = "spend_yuan paid_yuan refund_yuan list_value_yuan discount_yuan"
    found = _made("consumption/consumption_lines", wanted, lines_of_part=lines)
    assert found == [(spend, paid, float(back), value, discount)]


def test_lines_of_goods_with_rank_launch_and_whether_they_come_again() -> None:
    lines = """
        user_id | order_id | sku_id | category | sale_unit | day        | is_goods | has_net_units
        ann     | 1        | milk   | dairy    | piece     | 2026-09-01 | true     | false
        ann     | 2        | milk   | dairy    | piece     | 2026-09-02 | true     | true
        ann     | 3        | milk   | dairy    | piece     | 2026-09-02 | true     | true
        ann     | 4        | milk   | dairy    | kg        | 2026-09-05 | true     | true
        ann     | 5        | egg    | unknown  | piece     | 2026-09-05 | true     | true
        bo      | 6        | milk   | eggs     | piece     | 2026-09-09 | true     | true
        ann     | 7        | fee    | fee      | piece     | 2026-09-05 | false    | true
    """
    ranks = """
        sku_id | category | sale_unit | price_rank
        milk   | dairy    | piece     | 0.7
        egg    | dairy    | piece     | 0.1
    """
    products = """
        sku_id | launched_on
        milk   | 2026-08-01
    """
    found = _made(
        "consumption/consumption_lines",
        "order_id user_id category price_rank launched_on is_repeat",
        lines_of_part=lines,
        ranks=ranks,
        products=products,
    )
    launched = date(2026, 8, 1)
    assert found == [
        ("1", "ann", "dairy", 0.7, launched, False),
        ("2", "ann", "dairy", 0.7, launched, False),
        ("3", "ann", "dairy", 0.7, launched, False),
        ("4", "ann", "dairy", None, launched, True),
        ("5", "ann", None, None, None, False),
        ("6", "bo", "eggs", None, launched, False),
    ]


def test_the_rhythm_is_the_median_of_days_between_order_days() -> None:
    """Gaps of 2, 4 and 10 days: the middle one, and from 3 to 7 the middle half."""
    lines = """
        user_id | day        | has_net_units
        ann     | 2026-09-01 | true
        ann     | 2026-09-03 | true
        ann     | 2026-09-03 | true
        ann     | 2026-09-07 | true
        ann     | 2026-09-17 | true
        ann     | 2026-09-18 | false
        two     | 2026-09-01 | true
        two     | 2026-09-06 | true
        three   | 2025-10-01 | true
        three   | 2025-10-03 | true
        three   | 2025-10-07 | true
        three   | 2025-09-30 | true
        once    | 2026-09-06 | true
    """
    found = _made(
        "consumption/consumption_intervals",
        "user_id gaps rhythm_days rhythm_spread_days",
        consumption_lines=lines,
    )
    assert found == [("ann", 3, 4, 7 - 3), ("three", 2, 3, 1), ("two", 1, 5, None)]


def test_usual_is_what_is_bought_on_most_days() -> None:
    lines = """
        user_id | sku_id | category | day        | has_net_units
        ann     | milk   | dairy    | 2026-09-30 | true
        ann     | milk   | dairy    | 2026-09-30 | true
        ann     | milk   | dairy    | 2026-09-30 | true
        ann     | egg    | eggs     | 2026-09-01 | true
        ann     | egg    | eggs     | 2026-09-02 | true
        ann     | nut    |          | 2026-09-01 | true
        ann     | nut    |          | 2026-09-02 | false
        ann     | old    | oldies   | 2026-04-03 | true
        ann     | old    | oldies   | 2026-04-02 | true
        ann     | old    | oldies   | 2026-04-01 | true
        bo      | fig    | fruit    | 2026-09-01 | true
        bo      | kiwi   | berries  | 2026-09-01 | true
        bo      | date   | dates    | 2026-08-01 | true
        cy      | tea    | tea      | 2026-04-04 | true
        di      | jam    |          | 2026-09-30 | true
        ed      | jam    | jam      | 2026-09-30 | false
        fay     | ham    | meat     | 2026-09-10 | true
        fay     | ham    | meat     | 2026-09-20 | true
        fay     | pie    | baked    | 2026-09-01 | true
        fay     | pie    | baked    | 2026-09-25 | true
    """
    found = _made(
        "consumption/consumption_favourites",
        "user_id usual_sku_id usual_sku_days usual_category usual_category_days",
        consumption_lines=lines,
    )
    assert found == [
        ("ann", "egg", 2, "eggs", 2),
        ("bo", "fig", 1, "berries", 1),
        ("cy", "tea", 1, "tea", 1),
        ("di", "jam", 1, None, None),
        ("fay", "pie", 2, "baked", 2),
    ]


def test_the_usual_hour_and_what_was_just_launched() -> None:
    """Of ann's four orders two are of 8 o'clock; of her four lines with a launch two came in time."""
    lines = """
        user_id | order_id | ordered_at       | day        | launched_on | has_net_units
        ann     | 1        | 2026-09-30 08:00 | 2026-09-30 | 2026-09-30  | true
        ann     | 1        | 2026-09-30 08:00 | 2026-09-30 | 2026-09-16  | true
        ann     | 2        | 2026-09-29 08:59 | 2026-09-29 | 2026-09-14  | true
        ann     | 3        | 2026-09-28 09:00 | 2026-09-28 | 2026-09-29  | true
        ann     | 4        | 2026-09-27 10:00 | 2026-09-27 |             | true
        ann     | 5        | 2026-09-27 10:00 | 2026-09-27 | 2026-09-27  | false
        ann     | 6        | 2025-09-30 10:00 | 2025-09-30 | 2025-09-30  | true
        bo      | 7        | 2025-10-01 10:00 | 2025-10-01 |             | true
    """
    found = _made(
        "consumption/consumption_habits",
        "user_id usual_hour_share launched_lines launch_share",
        consumption_lines=lines,
    )
    assert found == [("ann", 2 / 4, 4, 2 / 4), ("bo", 1, 0, None)]


TOUCHED = "user_id | input_digest\nann | 1\nbo | 2\ncy | 3\ndi | 4"
CONSUMED = """
    user_id | order_id | sku_id | category | day        | has_net_units | spend_yuan | paid_yuan | refund_yuan | list_value_yuan | discount_yuan | price_rank | is_repeat
    ann     | 1        | milk   | dairy    | 2026-09-30 | true    | 10         | 12        | 2           | 20              | 8             | 0.1        | false
    ann     | 1        | egg    | eggs     | 2026-09-30 | true    | 1          | 1         | 0           | 0               | 0             |            | true
    ann     | 2        | milk   | dairy    | 2026-09-01 | true    | 20         | 20        | 0           |                 |               | 0.2        | true
    ann     | 3        | nut    | nuts     | 2026-07-03 | true    | 40         | 40        | 0           | 60              | 20            | 0.9        | true
    ann     | 4        | fig    | fruit    | 2025-10-01 | true    | 80         | 80        | 8           |                 |               |            | false
    ann     | 5        | kiwi   |          | 2026-09-30 | true    |            |           | 3           |                 |               |            | false
    ann     | 6        | old    | oldies   | 2025-09-30 | true    | 999        | 999       | 999         | 999             | 999           | 0.9        | true
    ann     | 7        | off    | off      | 2026-09-29 | false   | 999        | 999       | 999         | 999             | 999           | 0.9        | true
    bo      | 8        | off    | off      | 2026-09-29 | false   | 0          | 0         | 0           |                 |               |            | false
    cy      | 9        | milk   |          | 2026-07-02 | true    | 5          | 0         | 0           | 1               | 9             | 0.5        | false
    cy      | 10       | milk   |          | 2026-08-31 | true    | 0.5        | 1         | 0.5         |                 |               |            | false
"""


def _consumption(wanted: str) -> list[tuple[object, ...]]:
    return _made(
        "consumption/consumption",
        f"user_id {wanted}",
        users_of_part=TOUCHED,
        consumption_lines=CONSUMED,
    )


def test_orders_of_the_windows() -> None:
    first = "evidence evidence_count first_order_on last_order_on recency_days"
    assert _consumption(first) == [
        ("ann", "evidence", 6, date(2025, 9, 30), AS_OF, 0),
        ("bo", "no_evidence", 0, None, None, None),
        ("cy", "evidence", 2, date(2026, 7, 2), date(2026, 8, 31), 30),
        ("di", "no_evidence", 0, None, None, None),
    ]
    assert _consumption("orders_30d orders_90d orders_365d skus_90d categories_90d") == [
        ("ann", 3, 4, 5, 4, 3),
        ("bo", None, None, None, None, None),
        ("cy", 0, 1, 2, 1, None),
        ("di", None, None, None, None, None),
    ]
    assert _consumption("ordered_lines cancelled_share repeat_share categorised_lines") == [
        ("ann", 7, pytest.approx(1 / 7), 3 / 6, 5),
        ("bo", 0, None, None, 0),
        ("cy", 2, 0, 0, 0),
        ("di", 0, None, None, 0),
    ]


def test_money_of_the_windows() -> None:
    spent = "spend_30d_yuan spend_90d_yuan spend_365d_yuan basket_yuan priced_lines paid_lines"
    assert _consumption(spent) == [
        ("ann", 31, 71, 151, pytest.approx(151 / 5), 5, 5),
        ("bo", None, None, None, None, 0, 0),
        ("cy", 0, 0.5, 5.5, 5.5 / 2, 2, 1),
        ("di", None, None, None, None, 0, 0),
    ]
    assert _consumption("listed_lines discount_share refund_share") == [
        ("ann", 2, pytest.approx(28 / 80), pytest.approx(10 / 153)),
        ("bo", 0, None, None),
        ("cy", 1, 1, 0.5),
        ("di", 0, None, None),
    ]
    assert _consumption("ranked_lines price_level") == [
        ("ann", 3, pytest.approx(0.2)),
        ("bo", 0, None),
        ("cy", 1, 0.5),
        ("di", 0, None),
    ]


def test_rhythm_habits_and_usual_stand_beside() -> None:
    rhythm = "user_id | gaps | rhythm_days | rhythm_spread_days\nann | 4 | 7 | 2\ncy | 1 | 3 |\nbo | 9 | 9 | 9"
    usual = "user_id | usual_sku_id | usual_sku_days | usual_category | usual_category_days\nann | milk | 2 | dairy | 2"
    habits = "user_id | usual_hour_share | launched_lines | launch_share\nann | 0.5 | 4 | 0.25"
    found = _made(
        "consumption/consumption",
        "user_id rhythm_gaps rhythm_days spread_gaps rhythm_spread_days usual_sku_id usual_sku_days "
        "usual_category_days usual_hour_share launched_lines launch_share",
        users_of_part=TOUCHED,
        consumption_lines=CONSUMED,
        consumption_intervals=rhythm,
        consumption_favourites=usual,
        consumption_habits=habits,
    )
    assert found == [
        ("ann", 4, 7, 4, 2, "milk", 2, 2, 0.5, 4, 0.25),
        ("bo", 0, 9, 9, 9, None, 0, 0, None, 0, None),
        ("cy", 1, 3, 0, None, None, 0, 0, None, 0, None),
        ("di", 0, None, 0, None, None, 0, 0, None, 0, None),
    ]
