"""What the restock rules are given: stock, orders in hand and what is known of a SKU.

The day is 30 September 2026 and closes at 23:00; day 1 ahead is 1 October.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import step

ROOM = "assets/decide/replenishment"
AS_OF, END = date(2026, 9, 30), datetime(2026, 9, 30, 23)


def _batches(counts: str, wanted: str) -> list[tuple[object, ...]]:
    day = {"as_of": AS_OF, "as_of_end": END, "count_session_minutes": 30}
    return step(f"{ROOM}/counted_batches.sql", {"stock": counts}, wanted, **day)


def _stock(batches: str, wanted: str) -> list[tuple[object, ...]]:
    return step(f"{ROOM}/latest_stock.sql", {"counted_batches": batches}, wanted, as_of=AS_OF)


def _by_day(batches: str) -> list[tuple[object, ...]]:
    wanted = "warehouse_id sku_id day on_hand_units arriving_units"
    return step(f"{ROOM}/stock_by_day.sql", {"counted_batches": batches}, wanted, last_day=28)


def test_a_batch_says_how_many_days_are_left() -> None:
    """Of two counts of a batch in one session the later one counts; below 0 is 0, and is said."""
    counts = """
        warehouse_id | sku_id | batch_id | counted_at       | on_hand_units | expires_on | in_transit_units | expected_arrival_on
        w1           | rice   | a        | 2026-09-30 21:00 | 8             | 2026-12-01 |                  |
        w1           | rice   | b        | 2026-09-30 21:00 | -3            | 2026-10-01 | 4                | 2026-10-02
        w1           | rice   | c        | 2026-09-30 21:00 | 0             | 2026-09-30 | 2.5              |
        w1           | rice   | c        | 2026-09-30 20:59 | 70            | 2026-09-29 | 1                |
    """
    wanted = "batch last_day on_hand_units is_negative in_transit_units arrival_day"
    assert _batches(counts, wanted.removeprefix("batch ")) == [
        (0, 0, 0, 2.5, None),
        (1, 0, 1, 4, 2),
        (62, 8, 0, 0, None),
    ]


def test_batches_of_one_sku_are_added_up() -> None:
    """What may be sold tomorrow, or is not known to end, is on hand."""
    batches = """
        warehouse_id | sku_id | last_counted_at  | last_day | on_hand_units | is_negative | in_transit_units | arrival_day
        w1           | rice   | 2026-09-30 21:00 | 62       | 8             | 0           | 100              | 2
        w1           | rice   | 2026-09-30 21:00 | 1        | 5             | 1           | 4                |
        w1           | rice   | 2026-09-30 21:00 |          | 2.5           | 0           | 3                |
        w1           | rice   | 2026-09-30 21:00 | 0        | 7             | 0           |                  |
        w1           | rice   | 2026-09-30 21:00 | -1       | 4             | 0           |                  |
        w2           | rice   | 2026-09-28 21:00 | 62       | 100           | 0           |                  |
        w1           | fish   | 2026-09-30 21:00 | 62       | 30            | 0           |                  |
    """
    wanted = "warehouse_id sku_id on_hand_units expired_units in_transit_undated_units"
    assert _stock(batches, f"{wanted} has_negative_count stock_age_days") == [
        ("w1", "fish", 30, 0, None, 0, 0),
        ("w1", "rice", 15.5, 11, 7, 1, 0),
        ("w2", "rice", 100, 0, None, 0, 2),
    ]


def test_stock_by_its_last_day_and_arrivals_by_their_day() -> None:
    """Day 29: later and unknown ends. What is overdue is expected on day 1."""
    batches = """
        warehouse_id | sku_id | last_day | on_hand_units | in_transit_units | arrival_day
        w1           | rice   | 1        | 5             | 1                | 0
        w1           | rice   | 1        | 6             | 10               | -9
        w1           | rice   | 28       | 7             | 100              | 1
        w1           | rice   | 29       | 8             | 1000             | 28
        w1           | rice   | 400      | 9             | 10000            | 29
        w1           | rice   |          | 2.5           | 3                |
        w1           | rice   | 0        | 70            | 0                | 2
        w2           | rice   | 1        | 3             | 0                |
    """
    assert _by_day(batches) == [
        ("w1", "rice", 1, 11, 111),
        ("w1", "rice", 28, 7, 1000),
        ("w1", "rice", 29, 19.5, 0),
        ("w2", "rice", 1, 3, 0),
    ]


def test_the_last_four_weeks_of_a_series() -> None:
    """Means over the days of the series; a day with an hour out of stock counts as one."""
    days = """
        as_of      | warehouse_id | sku_id | day        | sold_units | demand_units | in_stock_share
        2026-09-30 | w1           | rice   | 2026-09-03 | 4          | 4            | 1
        2026-09-30 | w1           | rice   | 2026-09-30 | 6          | 11           | 0.5
        2026-09-30 | w1           | rice   | 2026-09-29 | 2          |              | 0
        2026-09-30 | w1           | rice   | 2026-09-28 | 0          | 0            |
        2026-09-30 | w1           | rice   | 2026-09-02 | 100        | 100          | 0
        2026-09-30 | w1           | rice   | 2026-10-01 | 100        | 100          | 0
        2026-09-29 | w1           | rice   | 2026-09-29 | 100        | 100          | 0
        2026-09-30 | w2           | rice   | 2026-09-30 | 1          |              | 1
    """
    wanted = "warehouse_id sku_id sold_mean_28d_units demand_mean_28d_units out_of_stock_days_28d"
    day = {"as_of": AS_OF, "from_day": date(2026, 9, 3)}
    assert step(f"{ROOM}/recent_demand.sql", {"demand_day": days}, wanted, **day) == [
        ("w1", "rice", 12 / 4, 15 / 3, 2),
        ("w2", "rice", 1, None, 0),
    ]


def test_a_count_is_what_one_session_counted() -> None:
    counts = """
        warehouse_id | sku_id | batch_id | counted_at          | on_hand_units
        w1           | rice   | a        | 2026-09-29 21:00:00 | 1
        w1           | rice   | b        | 2026-09-29 20:30:00 | 10
        w1           | rice   | c        | 2026-09-29 20:29:59 | 100
        w1           | rice   | a        | 2026-09-29 20:45:00 | 1000
        w1           | rice   | d        | 2026-09-30 23:00:00 | 10000
        w2           | rice   | a        | 2026-09-30 22:59:59 | 2
        w1           | fish   | a        | 2026-09-28 22:59:59 | 3
        w1           | egg    | a        | 2026-09-29 21:00:00 | 5
        w1           | egg    | b        | 2026-09-29 20:25:00 | 50
        w2           | egg    | a        | 2026-09-29 20:50:00 | 7
    """
    assert _batches(counts, "warehouse_id sku_id on_hand_units") == [
        ("w1", "egg", 5),
        ("w1", "fish", 3),
        ("w1", "rice", 1),
        ("w1", "rice", 10),
        ("w2", "egg", 7),
        ("w2", "rice", 2),
    ]


IN_HAND = "orders_in_hand_units presale_orders_units unknowable_lines"


def _in_hand(
    lines: str, orders: str, logistics: str, has_logistics: bool = True, wanted: str = IN_HAND
) -> list[tuple[object, ...]]:
    given = {"order_lines_as_of": lines, "orders": orders, "logistics": logistics}
    day = {"as_of": AS_OF, "as_of_end": END, "first_open_day": date(2026, 9, 24)}
    path = f"{ROOM}/orders_in_hand.sql"
    return step(path, given, wanted, has_logistics=has_logistics, **day)


NO_SHIPMENT = "order_id | line_id | business_date | dispatched_at"


def test_open_orders_of_one_sku_are_added_up() -> None:
    lines = """
        warehouse_id | sku_id | order_id | line_id | day        | sold_units | has_net_units | is_goods
        w1           | rice   | a        | 1       | 2026-09-30 | 4          | true    | true
        w1           | rice   | b        | 1       | 2026-09-29 | 6.5        | true    | true
        w1           | rice   | b        | 2       | 2026-09-24 | 10         | true    | true
        w1           | rice   | c        | 1       | 2026-09-23 | 100        | true    | true
        w1           | rice   | d        | 1       | 2026-09-30 | 1000       | false   | true
        w1           | rice   | e        | 1       | 2026-09-30 | 10000      | true    | false
        w1           | rice   | f        | 1       | 2026-09-30 | 1          | true    | true
        w2           | rice   | g        | 1       | 2026-09-29 | 7          | true    | true
        w1           | fish   | h        | 1       | 2026-09-30 | 9          | true    | true
    """
    orders = """
        order_id | line_id | business_date | ordered_at       | order_status
        a        | 1       | 2026-09-30    | 2026-09-30 08:00 | paid
        b        | 1       | 2026-09-29    | 2026-09-29 08:00 | paid
        b        | 2       | 2026-09-24    | 2026-09-24 08:00 | paid
        c        | 1       | 2026-09-23    | 2026-09-23 08:00 | paid
        d        | 1       | 2026-09-30    | 2026-09-30 08:00 | paid
        e        | 1       | 2026-09-30    | 2026-09-30 08:00 | paid
        f        | 1       | 2026-09-30    | 2026-09-30 08:00 | paid
        g        | 1       | 2026-09-29    | 2026-09-29 08:00 | paid
        h        | 1       | 2026-09-30    | 2026-09-30 08:00 | paid
        x        | 1       | 2026-09-30    | 2026-09-30 08:00 | paid
    """
    found = _in_hand(lines, orders, NO_SHIPMENT, False, f"warehouse_id sku_id {IN_HAND}")
    assert found == [
        ("w1", "fish", 9, 9, 0),
        ("w1", "rice", 4 + 6.5 + 10 + 1, 4 + 1, 0),
        ("w2", "rice", 7, 0, 0),
    ]


def test_what_has_left_is_in_hand_no_more() -> None:
    """Order a is shipped as a whole, b its first line, c later, d not at all."""
    lines = """
        warehouse_id | sku_id | order_id | line_id | day        | sold_units | has_net_units | is_goods
        w1           | rice   | a        | 1       | 2026-09-29 | 1          | true    | true
        w1           | rice   | a        | 2       | 2026-09-29 | 10         | true    | true
        w1           | rice   | b        | 1       | 2026-09-29 | 100        | true    | true
        w1           | rice   | b        | 2       | 2026-09-29 | 1000       | true    | true
        w1           | rice   | c        | 1       | 2026-09-29 | 3          | true    | true
        w1           | rice   | d        | 1       | 2026-09-30 | 4          | true    | true
        w1           | rice   | e        | 1       | 2026-09-30 | 5          | true    | true
        w1           | rice   | f        | 1       | 2026-09-30 | 0.5        | true    | true
    """
    orders = """
        order_id | line_id | business_date | ordered_at
        a        | 1       | 2026-09-29    | 2026-09-29 08:00
        a        | 2       | 2026-09-29    | 2026-09-29 08:00
        b        | 1       | 2026-09-29    | 2026-09-29 08:00
        b        | 2       | 2026-09-29    | 2026-09-29 08:00
        c        | 1       | 2026-09-29    | 2026-09-29 08:00
        d        | 1       | 2026-09-30    | 2026-09-30 08:00
        e        | 1       | 2026-09-30    | 2026-09-30 08:00
        f        | 1       | 2026-09-30    | 2026-09-30 08:00
    """
    logistics = """
        order_id | line_id | business_date | dispatched_at
        a        |         | 2026-09-29    | 2026-09-29 20:00
        b        | 1       | 2026-09-30    | 2026-09-30 22:59
        b        | 1       | 2026-09-30    | 2026-09-30 22:00
        c        | 1       | 2026-09-30    | 2026-09-30 23:00
        e        | 1       | 2026-09-30    | 2026-09-30 12:00
        f        |         | 2026-10-01    | 2026-09-30 12:00
        x        | 1       | 2026-09-29    | 2026-09-29 20:00
    """
    assert _in_hand(lines, orders, logistics) == [(1000 + 3 + 4 + 0.5, 4 + 0.5, 0)]
    # where the last days have no shipment, what has left is still known to have
    assert _in_hand(lines, orders, logistics, False) == [(0, 4 + 0.5, 4)]


# state of the order      status       changed at          without logistics: in hand, presale, unknowable
STATES = [
    ("paid",              "paid",      "2026-09-30 10:00",  4.0, 4.0, 0),
    ("shipped",           "shipped",   "2026-09-30 10:00",  0.0, 0.0, 0),
    ("arrived",           "arrived",   "2026-09-30 10:00",  0.0, 0.0, 0),
    ("completed",         "completed", "2026-09-30 10:00",  0.0, 0.0, 0),
    ("refunded",          "refunded",  "2026-09-30 10:00",  0.0, 0.0, 0),
    ("shipped the next day",  "shipped", "2026-09-30 23:00", 0.0, 4.0, 1),
    ("never changed",     "paid",      "",                  4.0, 4.0, 0),
    ("shipped, never changed", "shipped", "",               0.0, 0.0, 0),
    ("not stated",        "",          "",                  0.0, 4.0, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "changed", "in_hand", "presale", "unknowable"),
    [row[1:] for row in STATES],
    ids=[str(row[0]) for row in STATES],
)
def test_without_logistics_the_status_says_what_has_left(
    status: str, changed: str, in_hand: float, presale: float, unknowable: int
) -> None:
    lines = """
        warehouse_id | sku_id | order_id | line_id | day        | sold_units | has_net_units | is_goods
        w1           | rice   | a        | 1       | 2026-09-30 | 4          | true    | true
    """
    orders = f"""
        order_id | line_id | business_date | ordered_at       | order_status | updated_at
        a        | 1       | 2026-09-30    | 2026-09-30 08:00 | {status}     | {changed}
    """
    assert _in_hand(lines, orders, NO_SHIPMENT, False) == [(in_hand, presale, unknowable)]
    assert _in_hand(lines, orders, NO_SHIPMENT, True) == [(presale, presale, 0)]


def test_lines_without_any_facts_are_counted() -> None:
    lines = """
        warehouse_id | sku_id | order_id | line_id | day        | sold_units | has_net_units | is_goods
        w1           | rice   | a        | 1       | 2026-09-29 | 4          | true    | true
        w1           | rice   | b        | 1       | 2026-09-29 | 6          | true    | true
    """
    orders = """
        order_id | line_id | business_date | ordered_at
        a        | 1       | 2026-09-29    | 2026-09-29 08:00
        b        | 1       | 2026-09-29    | 2026-09-29 08:00
    """
    assert _in_hand(lines, orders, NO_SHIPMENT, False) == [(0, 0, 2)]


SKUS = {"as_of": AS_OF, "last_target_day": date(2026, 10, 3), "price_since": date(2026, 9, 3)}


def _skus(wanted: str, **given: str) -> list[tuple[object, ...]]:
    return step(f"{ROOM}/restock_skus.sql", given, wanted, **SKUS)


def test_a_sku_is_known_by_the_file_and_else_by_its_latest_line() -> None:
    products = """
        sku_id | sku_name | category | sale_unit | fulfilment_mode | pack_size_units | shelf_life_days | lead_time_days | cost_yuan
        rice   | 大米     | 粮油     | kg        | prestock        | 10              | 300             | 2              | 4
        salt   |          |          |           |                 |                 |                 |                |
        fee    | 运费     | unknown  |           |                 |                 |                 |                |
    """
    lines = """
        sku_id | sku_name | category | sale_unit | fulfilment_mode | day
        rice   | rice     | food     | piece     | instant         | 2026-09-30
        salt   | 盐       | 粮油     | piece     | instant         | 2026-09-29
        salt   | 旧盐     | 粮油     | piece     | instant         | 2026-09-01
        egg    | 旧蛋     | 蛋       | piece     | instant         | 2026-09-28
        egg    | 新蛋     | 蛋品     | kg        | presale         | 2026-09-30
        egg    | 旧蛋     | 蛋       | piece     | instant         | 2026-09-01
        egg    | 新蛋     | 蛋品     | kg        | presale         | 2026-08-01
    """
    found = _skus(
        "sku_id sku_name category sale_unit fulfilment_mode",
        products=products,
        order_lines_as_of=lines,
    )
    assert found == [
        ("egg", "新蛋", "蛋品", "kg", "presale"),
        ("fee", "运费", None, None, None),
        ("rice", "大米", "粮油", "kg", "prestock"),
        ("salt", "盐", "粮油", "piece", "instant"),
    ]
    facts = _skus(
        "sku_id pack_size_units shelf_life_days lead_time_days cost_yuan", products=products
    )
    assert ("rice", 10, 300, 2, 4) in facts


def test_the_price_is_what_was_charged_per_unit() -> None:
    """13 yuan for 4 units within 28 days; what is called off, free of a price or older is left out."""
    products = """
        sku_id | list_price_yuan
        rice   | 9
        salt   | 2
    """
    lines = """
        sku_id | day        | ordered_units | gross_yuan | has_net_units
        rice   | 2026-09-03 | 3             | 9          | true
        rice   | 2026-09-30 | 1             | 4          | true
        rice   | 2026-09-02 | 1             | 100        | true
        rice   | 2026-09-30 | 1             | 100        | false
        rice   | 2026-09-30 | 50            |            | true
        egg    | 2026-09-30 | 2             | 3          | true
    """
    found = _skus("sku_id price_yuan", products=products, order_lines_as_of=lines)
    assert found == [("egg", 1.5), ("rice", 13 / 4), ("salt", 2)]


def test_a_sku_that_goes_off_offer_says_its_last_day() -> None:
    """One that is back within the days ahead has no last day: its forecast knows the gap."""
    products = """
        sku_id
        a until today
        b until day 2
        c until day 3
        d back by now
        e back tomorrow
        f back on day 3
        g back on day 4
    """
    off_offer = """
        sku_id           | from_day   | until_day
        a until today    | 2026-10-01 | 9999-12-31
        b until day 2    | 2026-10-03 | 9999-12-31
        c until day 3    | 2026-10-04 | 9999-12-31
        d back by now    | 2026-09-01 | 2026-09-30
        e back tomorrow  | 2026-09-01 | 2026-10-01
        f back on day 3  | 2026-10-02 | 2026-10-03
        g back on day 4  | 2026-10-02 | 2026-10-04
    """
    assert _skus("sku_id last_offer_on", products=products, off_offer=off_offer) == [
        ("a until today", date(2026, 9, 30)),
        ("b until day 2", date(2026, 10, 2)),
        ("c until day 3", None),
        ("d back by now", None),
        ("e back tomorrow", None),
        ("f back on day 3", None),
        ("g back on day 4", date(2026, 10, 1)),
    ]


FORECAST = """
    as_of      | warehouse_id | sku_id | horizon | mean_units | p90_units | fallback
    2026-09-30 | w1           | rice   | day_1   | 1          | 2         | short_history
    2026-09-30 | w1           | rice   | day_2   | 10         | 20        |
    2026-09-30 | w1           | rice   | sum_72h | 100        | 200       | new_sku
    2026-09-29 | w1           | rice   | sum_72h | 1000       | 2000      |
    2026-09-29 | w1           | old    | sum_72h | 1000       | 2000      |
    2026-09-30 | w2           | rice   | sum_72h | 7          | 8         |
"""


def _facts(wanted: str, **given: str) -> list[tuple[object, ...]]:
    day = {"as_of": AS_OF, "as_of_end": END, "has_stock_file": True}
    return step(f"{ROOM}/restock_facts.sql", given, wanted, **day)


def test_a_line_is_a_forecast_or_an_order_in_hand() -> None:
    in_hand = """
        warehouse_id | sku_id | orders_in_hand_units | presale_orders_units
        w1           | rice   | 5                    | 3
        w1           | fish   | 1                    | 0
        w1           | egg    | 0                    | 2
        w1           | nil    | 0                    | 0
        w3           | rice   | 0.5                  | 0.5
    """
    wanted = "warehouse_id sku_id forecast_72h_units orders_in_hand_units presale_orders_units"
    assert _facts(wanted, demand_forecast=FORECAST, orders_in_hand=in_hand) == [
        ("w1", "egg", None, 0, 2),
        ("w1", "fish", None, 1, 0),
        ("w1", "rice", 100, 5, 3),
        ("w2", "rice", 7, None, None),
        ("w3", "rice", None, 0.5, 0.5),
    ]


def test_a_line_has_the_72_hour_forecast_of_the_day() -> None:
    assert _facts(
        "warehouse_id forecast_72h_units forecast_fallback", demand_forecast=FORECAST
    ) == [
        ("w1", 100, "new_sku"),
        ("w2", 7, None),
    ]


def test_stock_sku_and_recent_demand_join_their_own_line() -> None:
    stock = """
        warehouse_id | sku_id | on_hand_units | expired_units | in_transit_undated_units | stock_age_days | has_negative_count
        w1           | rice   | 1             | 2             | 6                        | 7              | 1
        w1           | fish   | 90            | 90            | 90                       | 90             | 0
        w3           | rice   | 80            | 80            | 80                       | 80             | 0
    """
    skus = """
        sku_id | sku_name | last_offer_on | price_yuan
        rice   | 大米     | 2026-10-02    | 5
        fish   | 鱼       | 2026-09-01    | 6
    """
    recent = """
        warehouse_id | sku_id | sold_mean_28d_units | demand_mean_28d_units | out_of_stock_days_28d
        w2           | rice   | 3                   | 4                     | 5
        w1           | fish   | 90                  | 90                    | 9
    """
    given = {
        "demand_forecast": FORECAST,
        "latest_stock": stock,
        "restock_skus": skus,
        "recent_demand": recent,
    }
    counted = "warehouse_id on_hand_units expired_units in_transit_undated_units stock_age_days"
    assert _facts(f"{counted} has_negative_count", **given) == [
        ("w1", 1, 2, 6, 7, True),
        ("w2", *[None] * 4, False),
    ]
    assert _facts("warehouse_id sku_name price_yuan days_on_offer has_stock_file", **given) == [
        ("w1", "大米", 5, 2, True),
        ("w2", "大米", 5, 2, True),
    ]
    sold = "warehouse_id sold_mean_28d_units demand_mean_28d_units out_of_stock_days_28d"
    assert _facts(sold, **given) == [("w1", None, None, None), ("w2", 3, 4, 5)]
