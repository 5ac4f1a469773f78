"""The steps of orders under the churn features, each alone, for one snapshot at the end of
30 September 2026.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.churn_snapshot import PARAMS, ROOM, SNAPSHOT, SNAPSHOTS, STEPS
from tests.steps import ROOT, step

NEVER = datetime(9999, 12, 31)


def _lines(orders: str, wanted: str) -> list[tuple[object, ...]]:
    """Lines of `orders`, through the step of core and that of churn."""
    core, churn = (
        (ROOT / path).read_text("utf-8")
        for path in ("assets/core/order_lines.sql", f"{ROOM}/churn_lines.sql")
    )
    sql = f"with order_lines as ({core}) select * from ({churn})"
    return step(f"{ROOM}/churn_lines.sql", {"orders": orders}, wanted, STEPS, sql, **PARAMS)


def _made(name: str, wanted: str, **given: str) -> list[tuple[object, ...]]:
    return step(
        f"{ROOM}/churn_{name}.sql", {"snapshots": SNAPSHOTS} | given, wanted, STEPS, **PARAMS
    )


# what is called off              units of them  status       called off at       changed at          kept until           known at
GONE = [
    ("nothing",                    "4", "",  "paid",      "",                 "",                 NEVER, None),
    ("a part",                     "4", "1", "paid",      "2026-09-01 10:00", "",                 NEVER, datetime(2026, 9, 1, 10)),
    ("one of one",                 "1", "1", "paid",      "2026-09-01 10:00", "",                 datetime(2026, 9, 1, 10), datetime(2026, 9, 1, 10)),
    ("more than all",              "4", "9", "paid",      "2026-09-01 10:00", "2026-09-02 10:00", datetime(2026, 9, 1, 10), datetime(2026, 9, 1, 10)),
    ("all, changed at",            "4", "4", "paid",      "",                 "2026-09-02 10:00", datetime(2026, 9, 2, 10), datetime(2026, 9, 2, 10)),
    ("all, at no time",            "4", "4", "paid",      "",                 "",                 datetime(2026, 9, 1, 8), datetime(2026, 9, 1, 8)),
    ("by its status",              "4", "",  "cancelled", "",                 "2026-09-02 10:00", datetime(2026, 9, 2, 10), datetime(2026, 9, 2, 10)),
    ("never paid",                 "4", "0", "unpaid",    "",                 "2026-09-02 10:00", datetime(2026, 9, 2, 10), datetime(2026, 9, 2, 10)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("units", "of_them", "status", "at", "changed", "kept_until", "known_at"),
    [row[1:] for row in GONE],
    ids=[str(row[0]) for row in GONE],
)
def test_a_line_is_kept_until_all_of_it_is_called_off(
    units: str, of_them: str, status: str, at: str, changed: str,
    kept_until: datetime, known_at: datetime | None,
) -> None:  # fmt: skip
    orders = f"""
        user_id | order_id | business_date | ordered_at       | quantity_units | cancelled_units | order_status | cancelled_at | updated_at
        ann     | 1        | 2026-09-01    | 2026-09-01 08:00 | {units}        | {of_them}       | {status}     | {at}         | {changed}
    """
    found = _lines(orders, "kept_until cancelled_known_at")
    assert found == [(kept_until, known_at)]


# money               units  price  list  coupon  paid  called off  back  at       gross  list  off   back  known
MONEY = [
    ("units at a price",  "4", "5", "",  "",  "",   "1", "",  "",                 20, 20, 5,    0, None),
    ("with a coupon",     "4", "5", "6", "2", "",   "1", "",  "",                 18, 24, 4.5,  0, None),
    ("what was paid",     "4", "5", "6", "2", "17", "1", "",  "",                 17, 24, 4.25, 0, None),
    ("above the list",    "4", "5", "3", "",  "",   "",  "1", "2026-09-03 10:00", 20, 20, 0,    1, datetime(2026, 9, 3, 10)),
    ("back at a change",  "4", "5", "",  "",  "",   "",  "2", "",                 20, 20, 0,    2, datetime(2026, 9, 5, 10)),
    ("nothing known",     "4", "",  "",  "",  "",   "",  "",  "",                 0,  0,  0,    0, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("units", "price", "list_price", "coupon", "paid", "off", "back", "at",
     "gross", "listed", "cancelled", "refund", "known_at"),
    [row[1:] for row in MONEY],
    ids=[str(row[0]) for row in MONEY],
)  # fmt: skip
def test_money_of_a_line(
    units: str, price: str, list_price: str, coupon: str, paid: str, off: str, back: str, at: str,
    gross: float, listed: float, cancelled: float, refund: float, known_at: datetime | None,
) -> None:  # fmt: skip
    orders = f"""
        user_id | order_id | business_date | ordered_at       | quantity_units | unit_price_yuan | list_price_yuan | coupon_yuan | paid_amount_yuan | cancelled_units | refund_yuan | refunded_at | updated_at
        ann     | 1        | 2026-09-01    | 2026-09-01 08:00 | {units}        | {price}         | {list_price}    | {coupon}    | {paid}           | {off}           | {back}      | {at}        | 2026-09-05 10:00
    """
    wanted = "gross_yuan list_yuan cancelled_yuan refund_yuan refunded_known_at"
    assert _lines(orders, wanted) == [(gross, listed, cancelled, refund, known_at)]


def test_lines_of_known_users_up_to_the_day() -> None:
    orders = """
        user_id | order_id | business_date | ordered_at       | quantity_units | community_id
        ann     | 1        | 2026-09-30    | 2026-09-30 22:59 | 1              | c1
        ann     | 2        | 2026-09-30    | 2026-09-30 23:00 | 1              | c1
        ann     | 3        | 2026-10-01    | 2026-09-30 22:00 | 1              | c1
                | 4        | 2026-09-30    | 2026-09-30 22:00 | 1              | c1
        bo      | 5        | 2026-09-29    | 2026-09-29 22:00 | 1              |
    """
    assert _lines(orders, "order_id community_id day") == [
        ("1", "c1", SNAPSHOT),
        ("5", "none", date(2026, 9, 29)),
    ]


def test_an_order_is_its_lines() -> None:
    lines = """
        user_id | order_id | day        | ordered_at       | community_id | kept_until       | gross_yuan | list_yuan
        ann     | 1        | 2026-09-02 | 2026-09-02 08:00 | c2           | 2026-09-05 08:00 | 10         | 100
        ann     | 1        | 2026-09-01 | 2026-09-01 08:00 | c3           | 2026-09-04 08:00 | 20         | 200
        bo      | 1        | 2026-09-03 | 2026-09-03 08:00 | c4           | 9999-12-31 00:00 | 1          | 2
    """
    wanted = "user_id day ordered_at community_id kept_until gross_yuan list_yuan"
    assert _made("orders", wanted, churn_lines=lines) == [
        ("ann", date(2026, 9, 1), datetime(2026, 9, 1, 8), "c2", datetime(2026, 9, 5, 8), 30, 300),
        ("bo", date(2026, 9, 3), datetime(2026, 9, 3, 8), "c4", NEVER, 1, 2),
    ]


ORDERS = """
    user_id | order_id | day        | ordered_at       | kept_until          | gross_yuan | list_yuan
    ann     | 1        | 2026-09-30 | 2026-09-30 08:00 | 9999-12-31 00:00    | 1          | 2
    ann     | 2        | 2026-09-30 | 2026-09-30 09:00 | 2026-09-30 23:00    | 10         | 20
    ann     | 3        | 2026-09-30 | 2026-09-30 09:00 | 2026-09-30 22:59:59 | 100        | 200
    ann     | 4        | 2026-09-25 | 2026-09-25 09:00 | 9999-12-31 00:00    | 5          | 5
    ann     | 5        | 2026-09-30 | 2026-09-30 23:00 | 9999-12-31 00:00    | 100        | 200
    ann     | 6        | 2026-10-01 | 2026-09-30 09:00 | 9999-12-31 00:00    | 100        | 200
    bo      | 7        | 2026-09-20 | 2026-09-20 09:00 | 9999-12-31 00:00    | 7          | 8
"""


def test_order_days_are_those_kept_at_the_snapshot() -> None:
    wanted = "user_id day age_days orders gross_yuan list_yuan gap_days days_back"
    assert _made("days", wanted, churn_orders=ORDERS) == [
        ("ann", date(2026, 9, 25), 5, 1, 5, 5, None, 2),
        ("ann", date(2026, 9, 30), 0, 2, 11, 22, 5, 1),
        ("bo", date(2026, 9, 20), 10, 1, 7, 8, None, 1),
    ]


# an order             day           at                 kept until            no order in 30 days
LABELS = [
    ("of the snapshot's day",   "2026-08-31", "2026-08-31 08:00", "9999-12-31 00:00",    True),
    ("of the day after",        "2026-09-01", "2026-09-01 08:00", "9999-12-31 00:00",    False),
    ("of the last day",         "2026-09-30", "2026-09-30 22:59", "9999-12-31 00:00",    False),
    ("after the last moment",   "2026-09-30", "2026-09-30 23:00", "9999-12-31 00:00",    True),
    ("of the day after that",   "2026-10-01", "2026-09-30 08:00", "9999-12-31 00:00",    True),
    ("kept until the end",      "2026-09-02", "2026-09-02 08:00", "2026-09-30 23:00",    False),
    ("called off before",       "2026-09-02", "2026-09-02 08:00", "2026-09-30 22:59:59", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "at", "kept_until", "churned"),
    [row[1:] for row in LABELS],
    ids=[str(row[0]) for row in LABELS],
)
def test_who_orders_within_the_window_has_not_churned(
    day: str, at: str, kept_until: str, churned: bool
) -> None:
    history = "snapshot | user_id\n2026-08-31 | ann\n2026-09-01 | ann\n2026-08-31 | bo"
    orders = f"""
        user_id | order_id | day   | ordered_at | kept_until
        ann     | 1        | {day} | {at}       | {kept_until}
        ann     | 2        | {day} | {at}       | {kept_until}
    """
    found = _made("labels", "snapshot user_id churned", churn_history=history, churn_orders=orders)
    assert found == [(date(2026, 8, 31), "ann", churned), (date(2026, 8, 31), "bo", True)]
