"""Which products the wake-up list may offer: sold lately, on sale tomorrow, not sold out.

The day is 30 September 2026 and closes at 23:00; what is offered is offered on 1 October.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import step

DAY = {"as_of": date(2026, 9, 30), "as_of_end": datetime(2026, 9, 30, 23)}


def _made(name: str, wanted: str, **given: str) -> list[tuple[object, ...]]:
    return step(f"assets/decide/wake_up/{name}.sql", given, wanted, **DAY)


def test_best_sellers_are_those_most_users_kept() -> None:
    lines = """
        category | sku_id | user_id | day        | has_net_units | is_goods
        fruit    | apple  | u1      | 2026-09-30 | true    | true
        fruit    | apple  | u2      | 2026-09-03 | true    | true
        fruit    | pear   | u1      | 2026-09-30 | true    | true
        fruit    | pear   | u1      | 2026-09-29 | true    | true
        fruit    | pear   | u1      | 2026-09-28 | true    | true
        fruit    | plum   | u1      | 2026-09-30 | true    | true
        fruit    | fig    | u1      | 2026-09-30 | true    | true
        fruit    | kiwi   | u1      | 2026-09-02 | true    | true
        fruit    | melon  | u1      | 2026-09-30 | false   | true
        fee      | fee    | u1      | 2026-09-30 | true    | false
    """
    found = _made("best_sellers", "category sku_id row_number()over()", order_lines_as_of=lines)
    in_order = [sku for _, sku, _ in sorted(found, key=lambda row: int(str(row[2])))]
    assert in_order == ["apple", "pear", "fig", "plum"]


def test_a_category_has_twenty_best_sellers() -> None:
    rows = [f"fruit | s{n:02} | u1 | 2026-09-30 | true | true" for n in range(22)]
    lines = "\n".join(["category | sku_id | user_id | day | has_net_units | is_goods", *rows])
    assert len(_made("best_sellers", "sku_id", order_lines_as_of=lines)) == 20


def test_what_may_be_offered_tomorrow() -> None:
    lines = """
        sku_id              | sku_name | day        | has_net_units | is_goods
        a plain             | 苹果     | 2026-09-30 | true    | true
        a plain             | 一果     | 2026-09-29 | true    | true
        b launched tomorrow | 梨       | 2026-09-30 | true    | true
        c launched later    | 桃       | 2026-09-30 | true    | true
        d off tomorrow      | 瓜       | 2026-09-30 | true    | true
        e off until today   | 杏       | 2026-09-30 | true    | true
        f no goods          | 运费     | 2026-09-30 | true    | false
        g no goods once     | 盒       | 2026-09-30 | true    | false
        g no goods once     | 盒       | 2026-09-29 | true    | true
        h long ago          | 枣       | 2026-04-03 | true    | true
        i just long enough  | 栗       | 2026-04-04 | true    | true
        j never kept        | 柿       | 2026-09-30 | false   | true
        k not in the file   | 莓       | 2026-09-30 | true    | true
    """
    products = """
        sku_id              | launched_on | allergens | unsuitable_below_years
        a plain             |             | 花生      | 3
        b launched tomorrow | 2026-10-01  |           |
        c launched later    | 2026-10-02  |           |
        d off tomorrow      |             |           |
        e off until today   |             |           |
    """
    off_offer = """
        sku_id            | from_day   | until_day
        d off tomorrow    | 2026-10-01 | 2026-10-01
        e off until today | 2026-09-01 | 2026-09-30
        a plain           | 2026-10-02 | 9999-12-31
    """
    given = {"order_lines_as_of": lines, "products": products, "off_offer": off_offer}
    assert _made("sold_products", "sku_id is_offerable", **given) == [
        ("a plain", True),
        ("b launched tomorrow", True),
        ("c launched later", False),
        ("d off tomorrow", False),
        ("e off until today", True),
        ("f no goods", False),
        ("g no goods once", False),
        ("i just long enough", True),
        ("k not in the file", True),
    ]
    assert _made("sold_products", "sku_id sku_name allergens unsuitable_below_years", **given)[0] == (
        "a plain", "苹果", "花生", 3,
    )  # fmt: skip


# a promotion        SKU        from         until        announced           counts
PROMOTED = [
    ("of tomorrow",              "apple", "2026-10-01", "2026-10-01", "2026-09-30 22:59", True),
    ("announced at no time",     "apple", "2026-10-01", "2026-10-01", "",                 True),
    ("announced after the day",  "apple", "2026-10-01", "2026-10-01", "2026-09-30 23:00", False),
    ("over by then",             "apple", "2026-09-20", "2026-09-30", "",                 False),
    ("of the day after",         "apple", "2026-10-02", "2026-10-03", "",                 False),
    ("of days around it",        "apple", "2026-09-30", "2026-10-02", "",                 True),
    ("of another product",       "pear",  "2026-10-01", "2026-10-01", "",                 False),
    ("of no product",            "",      "2026-10-01", "2026-10-01", "",                 False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sku", "first", "last", "announced", "is_on"),
    [row[1:] for row in PROMOTED],
    ids=[str(row[0]) for row in PROMOTED],
)
def test_a_promotion_counts_when_it_runs_tomorrow_and_is_known(
    sku: str, first: str, last: str, announced: str, is_on: bool
) -> None:
    lines = """
        sku_id | day        | has_net_units | is_goods
        apple  | 2026-09-30 | true    | true
    """
    promotions = f"""
        sku_id | starts_on | ends_on | announced_at
        {sku}  | {first}   | {last}  | {announced}
    """
    assert _made(
        "sold_products", "is_on_promotion", order_lines_as_of=lines, promotions=promotions
    ) == [(is_on,)]


def test_sold_out_is_nothing_left_of_any_batch_on_the_last_day() -> None:
    stock = """
        warehouse_id | sku_id | counted_at       | on_hand_units | in_transit_units
        w1           | gone   | 2026-09-30 21:00 | 0             | 0
        w1           | gone   | 2026-09-29 21:00 | 5             | 5
        w1           | minus  | 2026-09-30 21:00 | -1            |
        w1           | batch  | 2026-09-30 21:00 | 0             | 0
        w1           | batch  | 2026-09-30 08:00 | 2             | 0
        w1           | comes  | 2026-09-30 21:00 | 0             | 1
        w1           | comes  | 2026-09-30 08:00 | 0             | 0
        w1           | later  | 2026-09-29 21:00 | 0             | 0
        w1           | later  | 2026-09-30 23:00 | 9             | 0
        w1           | fish   | 2026-09-30 21:00 | 0             | 0
        w1           | here   | 2026-09-30 21:00 | 1             | 0
        w2           | here   | 2026-09-30 21:00 | 0             | 0
    """
    products = """
        sku_id | fulfilment_mode
        fish   | presale
        gone   | instant
    """
    found = _made("sold_out_skus", "warehouse_id sku_id", stock=stock, products=products)
    assert found == [("w1", "gone"), ("w1", "later"), ("w1", "minus"), ("w2", "here")]
