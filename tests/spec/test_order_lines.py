"""What is known of an order line at the end of a day, drawn row by row.

The day is 30 September 2026 and closes at 23:00. What is called off or paid back later is not known.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import ROOT, step

SQL = "assets/core/order_lines_as_of.sql"
LINES = (ROOT / "assets/core/order_lines.sql").read_text("utf-8")
KNOWN = (ROOT / SQL).read_text("utf-8")
BOTH_STEPS = f"with order_lines as ({LINES}) select * from ({KNOWN})"
DAY = {"as_of": date(2026, 9, 30), "as_of_end": datetime(2026, 9, 30, 23)}


def _lines(orders: str, wanted: str, **others: str) -> list[tuple[object, ...]]:
    return step(SQL, {"orders": orders} | others, wanted, sql=BOTH_STEPS, **DAY)


def test_only_lines_of_the_day_and_before_are_seen() -> None:
    orders = """
        order_id          | business_date | ordered_at          | quantity_units
        a the last second | 2026-09-30    | 2026-09-30 22:59:59 | 1
        b the cut-off     | 2026-09-30    | 2026-09-30 23:00:00 | 1
        c the next day    | 2026-10-01    | 2026-09-30 22:00:00 | 1
        d long ago        | 2025-01-01    | 2025-01-01 10:00:00 | 1
    """
    assert _lines(orders, "order_id") == [("a the last second",), ("d long ago",)]


# what is called off                  units  of them  status      called off at        last changed at      sold
CANCELLED = [
    ("before the end of the day",     "4",   "1",     "paid",     "2026-09-30 22:59",  "",                  3.0),
    ("at the end of the day",         "4",   "1",     "paid",     "2026-09-30 23:00",  "",                  4.0),
    ("later, changed before",         "4",   "1",     "paid",     "2026-10-01 09:00",  "2026-09-30 12:00",  4.0),
    ("before, changed later",         "4",   "1",     "paid",     "2026-09-30 12:00",  "2026-10-01 09:00",  3.0),
    ("no time, changed before",       "4",   "1",     "paid",     "",                  "2026-09-30 12:00",  3.0),
    ("no time, changed later",        "4",   "1",     "paid",     "",                  "2026-10-01 09:00",  4.0),
    ("no time at all: when ordered",  "4",   "1",     "paid",     "",                  "",                  3.0),
    ("one is left",                   "4",   "3",     "paid",     "",                  "",                  1.0),
    ("all of it",                     "4",   "4",     "paid",     "",                  "",                  0.0),
    ("more than was ordered",         "4",   "9",     "paid",     "",                  "",                  0.0),
    ("half a unit",                   "4",   "0.5",   "paid",     "",                  "",                  3.5),
    ("the whole order by its status", "4",   "",      "cancelled", "",                 "",                  0.0),
    ("nobody paid",                   "4",   "",      "unpaid",   "",                  "",                  0.0),
    ("the status came later",         "4",   "",      "cancelled", "",                 "2026-10-01 09:00",  4.0),
    ("none of it, by its number",     "4",   "0",     "cancelled", "",                 "",                  0.0),
    ("nothing",                       "4",   "",      "paid",     "",                  "",                  4.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("units", "of_them", "status", "at", "changed", "sold"),
    [row[1:] for row in CANCELLED],
    ids=[str(row[0]) for row in CANCELLED],
)
def test_what_is_called_off_is_not_sold(
    units: str, of_them: str, status: str, at: str, changed: str, sold: float
) -> None:
    orders = f"""
        order_id | business_date | ordered_at       | quantity_units | cancelled_units | order_status | cancelled_at | updated_at
        a        | 2026-09-30    | 2026-09-30 08:00 | {units}        | {of_them}       | {status}     | {at}         | {changed}
    """
    ((ordered, cancelled, kept, has_net_units, when),) = _lines(
        orders, "ordered_units cancelled_units sold_units has_net_units cancelled_at"
    )
    assert (ordered, kept, cancelled) == (4, sold, 4 - sold)
    assert has_net_units is (sold > 0)
    first = next((moment for moment in (at, changed, "2026-09-30 08:00") if moment), "")
    assert when == (datetime.fromisoformat(first) if sold < 4 else None)


# what was paid                      units  price  coupon  paid   called off  refund  at                  gross  back  net
MONEY = [
    ("units at their price",         "4",   "5",   "",     "",    "",         "",     "",                 20.0,  0.0,  20.0),
    ("less the coupon",              "4",   "5",   "2",    "",    "",         "",     "",                 18.0,  0.0,  18.0),
    ("what was paid comes first",    "4",   "5",   "2",    "17",  "",         "",     "",                 17.0,  0.0,  17.0),
    ("a quarter is called off",      "4",   "5",   "",     "",    "1",        "",     "",                 20.0,  0.0,  15.0),
    ("some is paid back",            "4",   "5",   "",     "",    "",         "3",    "2026-09-30 20:00", 20.0,  3.0,  17.0),
    ("paid back later",              "4",   "5",   "",     "",    "",         "3",    "2026-09-30 23:00", 20.0,  0.0,  20.0),
    ("back for what is called off",  "4",   "5",   "",     "",    "1",        "5",    "2026-09-30 20:00", 20.0,  5.0,  15.0),
    ("back for more than that",      "4",   "5",   "",     "",    "1",        "8",    "2026-09-30 20:00", 20.0,  8.0,  12.0),
    ("back for less than that",      "4",   "5",   "",     "",    "1",        "2",    "2026-09-30 20:00", 20.0,  2.0,  15.0),
    ("more than was paid",           "4",   "5",   "",     "",    "",         "30",   "2026-09-30 20:00", 20.0,  30.0, 0.0),
    ("without a price",              "4",   "",    "",     "",    "",         "3",    "2026-09-30 20:00", None,  3.0,  None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("units", "price", "coupon", "paid", "off", "refund", "at", "gross", "back", "net"),
    [row[1:] for row in MONEY],
    ids=[str(row[0]) for row in MONEY],
)
def test_money_of_a_line(
    units: str, price: str, coupon: str, paid: str, off: str, refund: str, at: str,
    gross: float | None, back: float, net: float | None,
) -> None:  # fmt: skip
    orders = f"""
        order_id | business_date | ordered_at       | quantity_units | unit_price_yuan | coupon_yuan | paid_amount_yuan | cancelled_units | refund_yuan | refunded_at
        a        | 2026-09-30    | 2026-09-30 08:00 | {units}        | {price}         | {coupon}    | {paid}           | {off}           | {refund}    | {at}
    """
    ((coupon_yuan, *money),) = _lines(orders, "coupon_yuan gross_yuan refund_yuan net_yuan")
    assert coupon_yuan == float(coupon or 0)
    assert money == [gross, back, net]


# when it was paid back       refunded at           last changed at      known
REFUND_KNOWN = [
    ("at a time, changed later",  "2026-09-30 22:00", "2026-10-01 09:00",  True),
    ("later, changed before",     "2026-10-01 09:00", "2026-09-30 22:00",  False),
    ("no time, changed before",   "",                 "2026-09-30 22:00",  True),
    ("no time, changed later",    "",                 "2026-10-01 09:00",  False),
    ("no time at all",            "",                 "",                  True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "changed", "is_known"),
    [row[1:] for row in REFUND_KNOWN],
    ids=[str(row[0]) for row in REFUND_KNOWN],
)
def test_a_refund_is_known_from_its_time_or_the_last_change(
    at: str, changed: str, is_known: bool
) -> None:
    orders = f"""
        order_id | business_date | ordered_at       | quantity_units | refund_yuan | refunded_at | updated_at
        a        | 2026-09-30    | 2026-09-30 08:00 | 1              | 3           | {at}        | {changed}
    """
    assert _lines(orders, "refund_yuan") == [(3.0 if is_known else 0.0,)]


PRODUCTS = """
    sku_id | sku_name | category | is_goods | sale_unit | fulfilment_mode | list_price_yuan
    apple  | 苹果     | 水果     | true     | kg        | presale         | 9
    fee    |          |          | false    |           |                 |
"""
NAMED = """
    order_id      | sku_id | sku_name | category | sale_unit | fulfilment_mode | list_price_yuan | repairs              | business_date | ordered_at       | quantity_units
    a file first  | apple  | fruit    | food     | box       | instant         | 8               |                      | 2026-09-30    | 2026-09-30 08:00 | 1
    b file only   | apple  |          |          |           |                 |                 |                      | 2026-09-30    | 2026-09-30 08:00 | 1
    c line only   | pear   | 梨       | 水果     | box       | instant         | 8               |                      | 2026-09-30    | 2026-09-30 08:00 | 1
    d neither     | plum   |          |          |           |                 |                 |                      | 2026-09-30    | 2026-09-30 08:00 | 1
    e by the file | fee    | 运费     |          |           |                 |                 |                      | 2026-09-30    | 2026-09-30 08:00 | 1
    f by the name | post   | 运费     |          |           |                 |                 | a:b sku_name:charge  | 2026-09-30    | 2026-09-30 08:00 | 1
    g known goods | apple  | 苹果     |          |           |                 |                 | sku_name:charge      | 2026-09-30    | 2026-09-30 08:00 | 1
"""


def test_a_product_is_named_by_the_file_and_sold_as_the_line_says() -> None:
    found = _lines(NAMED, "order_id sku_name category is_goods", products=PRODUCTS)
    assert found == [
        ("a file first", "苹果", "水果", True),
        ("b file only", "苹果", "水果", True),
        ("c line only", "梨", "水果", True),
        ("d neither", "plum", "unknown", True),
        ("e by the file", "运费", "unknown", False),
        ("f by the name", "运费", "unknown", False),
        ("g known goods", "苹果", "水果", True),
    ]
    sold = _lines(NAMED, "order_id sale_unit fulfilment_mode list_price_yuan", products=PRODUCTS)
    assert sold[:4] == [
        ("a file first", "box", "instant", 8.0),
        ("b file only", "kg", "presale", 9.0),
        ("c line only", "box", "instant", 8.0),
        ("d neither", "piece", None, None),
    ]


def test_a_community_says_the_warehouse_and_stands_in_for_it() -> None:
    orders = """
        order_id | community_id | business_date | ordered_at       | quantity_units
        a        | c1           | 2026-09-30    | 2026-09-30 08:00 | 1
        b        | c2           | 2026-09-30    | 2026-09-30 08:00 | 1
        c        | c3           | 2026-09-30    | 2026-09-30 08:00 | 1
        d        |              | 2026-09-30    | 2026-09-30 08:00 | 1
    """
    communities = """
        community_id | warehouse_id | region_id | leader_id
        c1           | w1           | r1        | l1
        c2           |              | r2        |
    """
    found = _lines(
        orders, "order_id community_id warehouse_id region_id leader_id", communities=communities
    )
    assert found == [
        ("a", "c1", "w1", "r1", "l1"),
        ("b", "c2", "c2", "r2", None),
        ("c", "c3", "c3", None, None),
        ("d", "none", "all", None, None),
    ]


def test_a_line_keeps_its_own_day_and_price() -> None:
    orders = """
        order_id | line_id | user_id | sku_id | activity_id | business_date | ordered_at       | quantity_units | unit_price_yuan
        a        | 2       | u       | s      | act         | 2026-09-29    | 2026-09-28 23:30 | 1.5            | 5.5
    """
    wanted = "order_id line_id user_id sku_id activity_id day ordered_at unit_price_yuan"
    assert _lines(orders, wanted) == [
        ("a", "2", "u", "s", "act", date(2026, 9, 29), datetime(2026, 9, 28, 23, 30), 5.5)
    ]
