"""From whom an SKU can be bought, on which terms, and which orders say how long it takes.

The day is 30 September 2026 and closes at 23:00; an order of its list is placed from 1 October on.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import step

ROOM = "assets/core/supply"
AS_OF, END, FIRST = date(2026, 9, 30), datetime(2026, 9, 30, 23), date(2026, 10, 1)
DAY = {"as_of": AS_OF, "as_of_end": END}


def test_a_warehouse_is_supplied_with_what_it_sold_counted_or_ordered() -> None:
    found = step(
        f"{ROOM}/supply_pairs.sql",
        {
            "demand_day": """
                as_of      | warehouse_id | sku_id | day        | sold_units
                2026-09-30 | w1           | rice   | 2026-09-01 | 1
                2026-09-30 | w1           | old    | 2026-08-31 | 1
                2026-09-29 | w1           | then   | 2026-09-20 | 1
            """,
            "stock": """
                warehouse_id | sku_id | counted_at       | on_hand_units
                w1           | oil    | 2026-09-30 22:00 | 3
                w1           | later  | 2026-09-30 23:00 | 3
                w1           | long   | 2026-08-31 22:00 | 3
            """,
            "purchase_orders": """
                po_id | warehouse_id | sku_id | ordered_at       | ordered_units
                p1    | w2           | rice   | 2026-09-30 09:00 | 3
                p2    | w2           | later  | 2026-09-30 23:00 | 3
                p3    |              | salt   | 2026-09-30 09:00 | 3
                p4    | w2           | long   | 2026-08-31 09:00 | 3
            """,
            "supply_terms": """
                supplier_id | sku_id | warehouse_id
                g1          | tea    | w2
                g1          | rice   |
            """,
        },
        "warehouse_id sku_id",
        since=date(2026, 9, 1),
        **DAY,
    )
    assert found == [("w1", "oil"), ("w1", "rice"), ("w2", "rice"), ("w2", "tea")]


def test_a_product_that_was_nowhere_yet_may_come_to_every_warehouse() -> None:
    found = step(
        f"{ROOM}/supply_pairs.sql",
        {
            "stock": """
                warehouse_id | sku_id | counted_at       | on_hand_units
                w1           | oil    | 2026-09-30 22:00 | 3
                w2           | oil    | 2026-09-30 22:00 | 3
            """,
            "products": """
                sku_id  | is_goods | delisted_on
                oil     |          |
                new     |          | 2026-10-01
                gone    |          | 2026-09-30
                postage | false    |
            """,
        },
        "warehouse_id sku_id",
        since=date(2026, 9, 1),
        **DAY,
    )
    assert found == [("w1", "new"), ("w1", "oil"), ("w2", "new"), ("w2", "oil")]


def _terms(rows: str, wanted: str) -> list[tuple[object, ...]]:
    return step(f"{ROOM}/terms_of_day.sql", {"supply_terms": rows}, wanted, first_day=FIRST)


def test_the_latest_terms_that_hold_on_the_first_day_count() -> None:
    terms = """
        supplier_id | sku_id | warehouse_id | valid_from | valid_until | cost_yuan
        g1          | rice   |              |            |             | 1
        g1          | rice   |              | 2026-10-01 |             | 2
        g1          | rice   |              | 2026-10-02 |             | 3
        g1          | rice   | w1           | 2026-09-01 | 2026-10-01  | 4
        g2          | rice   |              | 2026-09-01 | 2026-09-30  | 5
        g2          | rice   |              | 2026-08-01 |             | 6
        g3          | rice   |              |            | 2026-09-30  | 7
    """
    found = _terms(terms, "supplier_id warehouse_id cost_yuan")
    assert found == [("g1", None, 2), ("g1", "w1", 4), ("g2", None, 6)]


def test_a_pack_that_changed_size_says_since_when() -> None:
    terms = """
        supplier_id | sku_id | valid_from | valid_until | pack_size_units
        g1          | rice   |            | 2026-09-14  | 12
        g1          | rice   | 2026-09-15 |             | 10
        g1          | oil    | 2026-08-01 | 2026-09-14  | 6
        g1          | oil    | 2026-09-15 |             | 6
        g1          | tea    | 2026-07-01 |             | 24
        g1          | tea    | 2026-08-01 |             |
        g1          | tea    | 2026-09-01 |             | 20
        g1          | salt   | 2026-09-01 |             | 20
    """
    found = _terms(terms, "sku_id pack_size_units pack_changed_on")
    assert found == [
        ("oil", 6, None),
        ("rice", 10, date(2026, 9, 15)),
        ("salt", 20, None),
        ("tea", 20, date(2026, 9, 1)),
    ]


PAIRS = """
    warehouse_id | sku_id
    w1           | rice
    w2           | rice
    w1           | oil
"""


def test_a_supplier_is_named_by_terms_then_product_then_orders() -> None:
    found = step(
        f"{ROOM}/named_suppliers.sql",
        {
            "supply_pairs": PAIRS,
            "terms_of_day": """
                supplier_id | sku_id | warehouse_id
                g1          | rice   |
                g1          | rice   | w1
                g2          | rice   | w2
            """,
            "products": """
                sku_id | supplier_id
                rice   | g1
                oil    |
            """,
            "purchase_orders": """
                po_id | warehouse_id | sku_id | supplier_id | ordered_at       | ordered_units
                p1    | w1           | rice   | g3          | 2026-09-01 09:00 | 1
                p2    |              | rice   | g2          | 2026-09-02 09:00 | 1
                p3    | w1           | rice   | g4          | 2026-08-31 09:00 | 1
                p4    | w1           | rice   | g5          | 2026-09-30 23:00 | 1
            """,
        },
        "warehouse_id sku_id supplier_id named_by",
        since=date(2026, 9, 1),
        as_of_end=END,
    )
    assert found == [
        ("w1", "oil", None, "unknown"),
        ("w1", "rice", "g1", "terms"),
        ("w1", "rice", "g2", "purchase_orders"),
        ("w1", "rice", "g3", "purchase_orders"),
        ("w2", "rice", "g1", "terms"),
        ("w2", "rice", "g2", "terms"),
    ]


def _options(wanted: str, **given: str) -> list[tuple[object, ...]]:
    return step(f"{ROOM}/supply_options.sql", given, wanted, pack_change_days=28, **DAY)


def test_of_two_suppliers_both_are_kept_and_the_preferred_is_the_first_choice() -> None:
    """Then the cheapest, then the first by id; one that is paused comes last."""
    found = _options(
        "sku_id supplier_id choice_rank flags",
        named_suppliers="""
            warehouse_id | sku_id | supplier_id | named_by
            w1           | rice   | g1          | terms
            w1           | rice   | g2          | terms
            w1           | rice   | g3          | terms
            w1           | rice   | g4          | terms
            w1           | rice   | g5          | terms
            w1           | oil    | g1          | terms
            w1           | oil    | g2          | terms
        """,
        terms_of_day="""
            supplier_id | sku_id | cost_yuan | is_preferred | is_paused
            g1          | rice   | 4         |              |
            g2          | rice   | 5         | true         |
            g3          | rice   | 3         |              |
            g4          | rice   | 3         |              |
            g5          | rice   | 1         | true         | true
            g1          | oil    |           |              |
            g2          | oil    | 9         |              |
        """,
        suppliers="""
            supplier_id | order_weekdays
            g1          | 1
            g2          | 1
            g3          | 1
            g4          | 1
            g5          | 1
        """,
    )
    assert found == [
        ("oil", "g1", 2, "several_suppliers|no_cost"),
        ("oil", "g2", 1, "several_suppliers"),
        ("rice", "g1", 4, "several_suppliers"),
        ("rice", "g2", 1, "several_suppliers"),
        ("rice", "g3", 2, "several_suppliers"),
        ("rice", "g4", 3, "several_suppliers"),
        ("rice", "g5", 5, "paused|several_suppliers"),
    ]


def test_without_terms_the_supplier_of_the_product_file_is_preferred() -> None:
    found = _options(
        "supplier_id choice_rank cost_yuan lead_time_days",
        named_suppliers="""
            warehouse_id | sku_id | supplier_id | named_by
            w1           | rice   | g1          | purchase_orders
            w1           | rice   | g2          | product
        """,
        products="""
            sku_id | supplier_id | lead_time_days
            rice   | g2          | 4
        """,
        purchase_orders="""
            po_id | sku_id | supplier_id | ordered_at       | ordered_units | cost_yuan
            p1    | rice   | g1          | 2026-09-01 09:00 | 1             | 3
            p2    | rice   | g1          | 2026-09-02 09:00 | 1             | 2
            p3    | rice   | g1          | 2026-09-30 23:00 | 1             | 1
        """,
    )
    # the declared days of the product are those of its own supplier
    assert found == [("g1", 2, 2, None), ("g2", 1, None, 4)]


def test_where_a_supplier_has_terms_the_product_file_prefers_nobody() -> None:
    """g1 has terms and is the cheaper one, though the product names g2."""
    given = {
        "named_suppliers": """
            warehouse_id | sku_id | supplier_id | named_by
            w1           | rice   | g1          | terms
            w1           | rice   | g2          | product
        """,
        "terms_of_day": """
            supplier_id | sku_id | cost_yuan
            g1          | rice   | 4
        """,
        "products": """
            sku_id | supplier_id | cost_yuan
            rice   | g2          | 5
        """,
    }
    assert _options("supplier_id choice_rank", **given) == [("g1", 1), ("g2", 2)]


def test_a_warehouse_may_prefer_another_supplier() -> None:
    given = {
        "named_suppliers": """
            warehouse_id | sku_id | supplier_id | named_by
            w1           | rice   | g1          | terms
            w1           | rice   | g2          | terms
            w2           | rice   | g1          | terms
            w2           | rice   | g2          | terms
        """,
        "terms_of_day": """
            supplier_id | sku_id | warehouse_id | cost_yuan | is_preferred | is_paused
            g1          | rice   |              | 4         | true         |
            g1          | rice   | w1           |           | false        |
            g2          | rice   |              | 5         |              | true
            g2          | rice   | w1           |           | true         | false
        """,
    }
    wanted = "warehouse_id supplier_id choice_rank is_paused"
    assert _options(wanted, **given) == [
        ("w1", "g1", 2, False),
        ("w1", "g2", 1, False),
        ("w2", "g1", 1, False),
        ("w2", "g2", 2, True),
    ]


def test_terms_of_the_warehouse_win_value_by_value_over_general_ones_and_the_product() -> None:
    given = {
        "named_suppliers": """
            warehouse_id | sku_id | supplier_id | named_by
            w1           | rice   | g1          | terms
            w2           | rice   | g1          | terms
        """,
        "terms_of_day": """
            supplier_id | sku_id | warehouse_id | cost_yuan | lead_time_days | min_order_units | max_order_units
            g1          | rice   |              | 4         | 5              | 48              | 40
            g1          | rice   | w1           |           | 2              | 24              |
        """,
        "products": """
            sku_id | cost_yuan | lead_time_days | pack_size_units | supplier_id
            rice   | 9         | 9              | 12              | g1
        """,
    }
    wanted = "warehouse_id cost_yuan lead_time_days min_order_units pack_size_units flags"
    assert _options(wanted, **given) == [
        ("w1", 4, 2, 24, 12, "no_calendar"),
        ("w2", 4, 5, 48, 12, "no_calendar|least_above_most"),
    ]


@pytest.mark.parametrize(
    ("changed", "flags"), [("2026-09-03", "pack_changed"), ("2026-09-02", None)]
)
def test_a_new_pack_size_is_pointed_out_for_four_weeks(changed: str, flags: str | None) -> None:
    found = _options(
        "pack_changed_on flags",
        named_suppliers="""
            warehouse_id | sku_id | supplier_id | named_by
            w1           | rice   | g1          | terms
        """,
        terms_of_day=f"""
            supplier_id | sku_id | cost_yuan | pack_size_units | pack_changed_on
            g1          | rice   | 4         | 12              | {changed}
        """,
        suppliers="""
            supplier_id | order_weekdays
            g1          | 1
        """,
    )
    assert found == [(date.fromisoformat(changed), flags)]


def test_an_sku_without_any_supplier_keeps_what_its_product_file_says() -> None:
    found = _options(
        "supplier_id named_by choice_rank lead_time_days pack_size_units is_paused",
        named_suppliers="""
            warehouse_id | sku_id | supplier_id | named_by
            w1           | rice   |             | unknown
        """,
        products="""
            sku_id | lead_time_days | pack_size_units
            rice   | 3              | 12
        """,
    )
    assert found == [(None, "unknown", 1, 3, 12, False)]


def _orders(rows: str, wanted: str = "sku_id lead_days age_days") -> list[tuple[object, ...]]:
    given = {"purchase_orders": rows, "products": "sku_id | supplier_id\nrice   | g9"}
    return step(f"{ROOM}/purchase_lead_times.sql", given, wanted, since=date(2026, 9, 1), **DAY)


def test_a_lead_time_counts_from_the_business_day_of_the_order_to_the_day_of_arrival() -> None:
    """b was ordered after the cut-off of the 20th, so on the 21st; c came within its day."""
    orders = """
        po_id | sku_id | business_date | ordered_at       | ordered_units | received_at      | promised_on | po_status
        p1    | a      | 2026-09-20    | 2026-09-20 22:00 | 5             | 2026-09-24 06:00 | 2026-09-23  | received
        p1    | b      | 2026-09-21    | 2026-09-20 23:30 | 5             | 2026-09-24 06:00 | 2026-09-23  | received
        p1    | c      | 2026-09-21    | 2026-09-20 23:30 | 5             | 2026-09-20 23:50 | 2026-09-20  |
    """
    found = _orders(orders, "sku_id promised_days lead_days age_days")
    assert found == [("a", 3, 4, 4), ("b", 2, 3, 3), ("c", 0, 0, 0)]


def test_an_order_still_awaited_counts_for_the_days_it_was_awaited() -> None:
    """What happened after the end of the day is not known: e and f are still awaited."""
    orders = """
        po_id | sku_id | business_date | ordered_at       | ordered_units | received_at      | received_units | po_status       | updated_at
        p1    | a      | 2026-09-30    | 2026-09-30 10:00 | 5             |                  |                | open            |
        p1    | b      | 2026-09-25    | 2026-09-25 10:00 | 5             |                  |                | open            |
        p1    | c      | 2026-09-20    | 2026-09-20 10:00 | 5             |                  |                | cancelled       | 2026-09-27 10:00
        p1    | d      | 2026-09-20    | 2026-09-20 10:00 | 5             | 2026-09-22 10:00 | 0              | open            |
        p1    | e      | 2026-09-25    | 2026-09-25 10:00 | 5             | 2026-09-30 23:00 | 5              | received        | 2026-09-30 23:10
        p1    | f      | 2026-09-25    | 2026-09-25 10:00 | 5             |                  |                | cancelled       | 2026-09-30 23:00
        p1    | g      | 2026-09-25    | 2026-09-25 10:00 | 5             | 2026-09-28 10:00 | 2              | partly_received | 2026-09-28 10:00
        p1    | h      | 2026-09-20    | 2026-09-20 10:00 | 5             |                  |                | cancelled       |
    """
    assert _orders(orders) == [
        ("a", None, 1),
        ("b", None, 6),
        ("c", None, 7),
        ("d", None, 11),
        ("e", None, 6),
        ("f", None, 6),
        ("g", 3, 3),
        ("h", None, 0),
    ]


def test_orders_without_a_known_arrival_or_out_of_time_are_no_evidence() -> None:
    orders = """
        po_id | sku_id | business_date | ordered_at       | ordered_units | received_at      | po_status | updated_at
        p1    | a      | 2026-09-20    | 2026-09-20 10:00 | 5             |                  | received  | 2026-09-25 10:00
        p1    | b      | 2026-09-20    | 2026-09-20 10:00 | 5             | 2026-09-19 10:00 | received  | 2026-09-25 10:00
        p1    | c      | 2026-08-31    | 2026-08-31 10:00 | 5             | 2026-09-02 10:00 | received  | 2026-09-02 10:00
        p1    | d      | 2026-10-01    | 2026-09-30 23:10 | 5             |                  | open      |
        p1    | e      | 2026-09-01    | 2026-09-01 10:00 | 5             | 2026-09-02 10:00 | received  | 2026-09-02 10:00
    """
    assert _orders(orders) == [("e", 1, 1)]


def test_an_order_without_supplier_went_to_the_usual_one() -> None:
    orders = """
        po_id | sku_id | business_date | ordered_at       | ordered_units | supplier_id
        p1    | rice   | 2026-09-20    | 2026-09-20 10:00 | 5             |
        p2    | rice   | 2026-09-20    | 2026-09-20 10:00 | 5             | g1
        p3    | oil    | 2026-09-20    | 2026-09-20 10:00 | 5             |
    """
    assert _orders(orders, "sku_id supplier_id") == [("oil", None), ("rice", "g1"), ("rice", "g9")]


def _of_stock(counts: str, purchases: str | None = None) -> list[tuple[object, ...]]:
    given = {
        "stock": counts,
        "supply_options": """
            as_of      | warehouse_id | sku_id | supplier_id | choice_rank
            2026-09-30 | w1           | rice   | g2          | 2
            2026-09-30 | w1           | rice   | g1          | 1
            2026-09-29 | w1           | rice   | g3          | 1
        """,
    }
    if purchases:
        given["purchase_orders"] = purchases
    wanted = "sku_id supplier_id lead_days age_days"
    return step(f"{ROOM}/stock_lead_times.sql", given, wanted, since=date(2026, 9, 1), **DAY)


COUNTED = """
    warehouse_id | sku_id | batch_id | counted_at       | on_hand_units | in_transit_units
    w1           | rice   | a        | 2026-09-25 22:00 | 0             | 9
    w1           | rice   | b        | 2026-09-26 22:00 | 0             | 9
    w1           | rice   | b        | 2026-09-27 22:00 | 0             | 9
    w1           | rice   | b        | 2026-09-28 22:00 | 7             |
    w1           | rice   | c        | 2026-09-29 22:00 | 0             | 9
    w1           | rice   | c        | 2026-09-30 22:00 | 0             | 9
    w1           | rice   | c        | 2026-09-30 23:30 | 9             | 0
"""


def test_a_batch_that_came_out_of_transit_shows_its_lead_time() -> None:
    """a was on its way before the first count, so nobody knows since when; c is still awaited."""
    assert _of_stock(COUNTED) == [("rice", "g1", None, 2), ("rice", "g1", 2, 2)]


def test_an_arrival_after_a_day_without_a_count_has_no_known_day() -> None:
    counts = """
        warehouse_id | sku_id | batch_id | counted_at       | on_hand_units | in_transit_units
        w1           | rice   | z        | 2026-09-25 22:00 | 5             | 0
        w1           | rice   | a        | 2026-09-26 22:00 | 0             | 9
        w1           | rice   | a        | 2026-09-29 22:00 | 9             | 0
        w1           | rice   | b        | 2026-09-29 22:00 | 0             | 9
    """
    assert _of_stock(counts) == [("rice", "g1", None, 1)]


def test_a_batch_of_an_sku_without_supplier_counts_too() -> None:
    counts = """
        warehouse_id | sku_id | batch_id | counted_at       | on_hand_units | in_transit_units
        w1           | oil    | z        | 2026-09-27 22:00 | 5             | 0
        w1           | oil    | a        | 2026-09-28 22:00 | 0             | 9
        w1           | oil    | a        | 2026-09-29 22:00 | 9             | 0
    """
    assert _of_stock(counts) == [("oil", None, 1, 1)]


def test_where_there_are_purchase_orders_the_stock_file_is_not_asked() -> None:
    purchases = """
        po_id | sku_id | business_date | ordered_at       | ordered_units
        p1    | rice   | 2026-09-30    | 2026-09-30 10:00 | 5
    """
    assert _of_stock(COUNTED, purchases) == []
