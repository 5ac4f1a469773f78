"""The steps of the churn features, each alone, for one snapshot at the end of 30 September 2026."""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

import itertools
from datetime import date

import pytest

from tests.churn_snapshot import PARAMS, ROOM, SNAPSHOT, SNAPSHOTS, STEPS
from tests.steps import step

SHAPES = {
    **STEPS,
    "churn_community": "snapshot date, user_id varchar, community_users_14d bigint, "
    "community_users_14d_before bigint, leader_messages_14d bigint, leader_messages_14d_before bigint",
}  # fmt: skip


def _made(name: str, wanted: str, **given: str) -> list[tuple[object, ...]]:
    return step(
        f"{ROOM}/churn_{name}.sql", {"snapshots": SNAPSHOTS} | given, wanted, SHAPES, **PARAMS
    )


def test_how_a_user_ordered() -> None:
    """Order days 6, 7, 13, … 365 days back; every day one order but the latest, which has two."""
    ages = [6, 7, 13, 14, 29, 30, 59, 60, 89, 90, 179, 180, 364, 365]
    rows = []
    for place, age in enumerate(ages):
        day = date.fromordinal(SNAPSHOT.toordinal() - age)
        gap = "" if place == len(ages) - 1 else ages[place + 1] - age
        orders = 2 if place == 0 else 1
        rows.append(
            f"2026-09-30 | ann | {day} | {age} | {orders} | {age + 1} | {2 * age} | {gap} | {place + 1}"
        )
    header = "snapshot | user_id | day | age_days | orders | gross_yuan | list_yuan | gap_days | days_back"
    days = "\n".join([header, *rows, "2026-09-30 | bo | 2026-09-27 | 3 | 1 | 9 | 9 | | 1"])
    windows = (7, 14, 30, 60, 90, 180, 365)
    counted = [sum(age < window for age in ages) + 1 for window in windows]
    wanted = " ".join(f"orders_{window}d" for window in windows)
    found = _made("history", f"user_id orders {wanted} orders_30d_before", churn_days=days)
    assert found == [("ann", 15, *counted, 2), ("bo", 1, *[1] * 7, 0)]
    seen = [age for age in ages if age < 180]
    gaps = [later - age for age, later in itertools.pairwise(ages) if age < 180]
    weekend = sum(date.fromordinal(SNAPSHOT.toordinal() - age).isoweekday() >= 6 for age in seen)
    wanted = "recency_days tenure_days order_days gaps gap_sum_days gap_square_sum last_gap_days weekend_days"
    assert _made("history", f"user_id {wanted}", churn_days=days) == [
        (
            "ann",
            6,
            365,
            len(seen),
            len(gaps),
            sum(gaps),
            sum(gap * gap for gap in gaps),
            1,
            weekend,
        ),
        ("bo", 3, 3, 1, 0, None, None, None, 1),
    ]
    within = [age for age in ages if age < 365]
    wanted = "gap_median_days gross_365d_yuan list_365d_yuan last_basket_yuan"
    assert _made("history", f"user_id {wanted}", churn_days=days) == [
        ("ann", sorted(gaps)[len(gaps) // 2], sum(within) + len(within), 2 * sum(within), 7),
        ("bo", None, 9, 9, 9),
    ]


BASKETS = """
    user_id | sku_id | category | day        | ordered_at       | kept_until          | gross_yuan | cancelled_known_at  | cancelled_yuan | refunded_known_at   | refund_yuan
    ann     | a      | x        | 2026-09-30 | 2026-09-30 08:00 | 9999-12-31 00:00    | 10         | 2026-09-30 22:59:59 | 2              |                     | 0
    ann     | b      |          | 2026-09-01 | 2026-09-01 08:00 | 9999-12-31 00:00    | 20         | 2026-09-30 23:00:00 | 5              | 2026-09-30 22:59:59 | 3
    ann     | b      | y        | 2026-08-31 | 2026-08-31 08:00 | 9999-12-31 00:00    | 40         | 2026-09-05 08:00:00 | 4              | 2026-09-30 23:00:00 | 9
    ann     | c      | x        | 2026-07-03 | 2026-07-03 08:00 | 2026-09-30 23:00:00 | 80         |                     |                | 2026-09-05 08:00:00 | 99
    ann     | d      | z        | 2026-07-02 | 2026-07-02 08:00 | 9999-12-31 00:00    | 160        |                     |                |                     | 0
    ann     | e      | z        | 2025-10-01 | 2025-10-01 08:00 | 9999-12-31 00:00    | 320        | 2026-09-05 08:00:00 | 20             | 2026-09-05 08:00:00 | 30
    ann     | f      | w        | 2025-09-30 | 2025-09-30 08:00 | 9999-12-31 00:00    | 640        |                     |                |                     | 0
    ann     | g      | v        | 2026-09-30 | 2026-09-30 08:00 | 2026-09-30 22:59:59 | 999        | 2026-09-30 22:59:59 | 999            |                     | 0
    ann     | h      | u        | 2026-09-30 | 2026-09-30 23:00 | 9999-12-31 00:00    | 999        |                     |                |                     | 0
    ann     | i      | t        | 2026-10-01 | 2026-09-30 08:00 | 9999-12-31 00:00    | 999        |                     |                |                     | 0
"""


def test_what_was_bought_and_what_of_it_was_kept() -> None:
    wanted = "lines_365d kept_lines_365d cancelled_lines_365d refunded_lines_365d"
    assert _made("baskets", wanted, churn_lines=BASKETS) == [(7, 6, 4, 3)]
    wanted = "spend_30d_yuan spend_90d_yuan spend_365d_yuan"
    month, quarter, year = 8 + 17, 36 + 0, 160 + 290
    assert _made("baskets", wanted, churn_lines=BASKETS) == [
        (month, month + quarter, month + quarter + year)
    ]
    assert _made("baskets", "skus_90d skus_365d categories_90d", churn_lines=BASKETS) == [(3, 5, 3)]


def test_contacts_really_received() -> None:
    contacts = """
        user_id | sent_at             | opened | arm
        ann     | 2026-09-30 22:59:59 | true   | treatment
        ann     | 2026-09-30 23:00:00 | true   | treatment
        ann     | 2026-09-27 22:59:59 | true   |
        ann     | 2026-09-27 23:00:00 | true   |
        ann     | 2026-08-31 23:00:00 | false  |
        ann     | 2026-08-31 22:59:59 |        |
        ann     | 2026-08-01 23:00:00 | true   |
        ann     | 2026-08-01 22:59:59 | true   |
        ann     | 2026-09-10 10:00:00 | true   | holdout
        bo      | 2026-09-10 10:00:00 | true   |
    """
    found = _made("contacts", "user_id contacts_30d contacts_60d opened_60d", contacts=contacts)
    assert found == [("ann", 4, 6, 2), ("bo", 1, 1, 1)]


def test_what_a_user_looked_at() -> None:
    browse = """
        user_id | business_date | occurred_at         | action
        ann     | 2026-09-29    | 2026-09-29 08:00:00 | add_cart
        ann     | 2026-09-24    | 2026-09-24 08:00:00 | view
        ann     | 2026-09-24    | 2026-09-24 09:00:00 | view
        ann     | 2026-09-23    | 2026-09-23 08:00:00 | view
        ann     | 2026-09-17    | 2026-09-17 08:00:00 | add_cart
        ann     | 2026-09-16    | 2026-09-16 08:00:00 | add_cart
        ann     | 2026-09-01    | 2026-09-01 08:00:00 | view
        ann     | 2026-08-31    | 2026-08-31 08:00:00 | view
        ann     | 2026-09-30    | 2026-09-30 23:00:00 | add_cart
        ann     | 2026-10-01    | 2026-09-30 08:00:00 | add_cart
        bo      | 2026-07-03    | 2026-07-03 08:00:00 | view
        cy      | 2026-07-02    | 2026-07-02 08:00:00 | view
        di      | 2026-09-30    | 2026-09-30 22:59:59 | view
    """
    wanted = "user_id browse_recency_days actions_7d actions_30d browse_days_30d carts_14d"
    assert _made("browsing", wanted, browse=browse) == [
        ("ann", 1, 3, 7, 6, 2),
        ("bo", 89, 0, 0, 0, 0),
        ("di", 0, 1, 1, 1, 0),
    ]


def test_what_a_user_wrote() -> None:
    chat = """
        user_id | business_date | sent_at             | stars | sender_role
        ann     | 2026-09-30    | 2026-09-30 22:59:59 | 2     | user
        ann     | 2026-09-01    | 2026-09-01 08:00:00 | 3     |
        ann     | 2026-08-31    | 2026-08-31 08:00:00 | 1     |
        ann     | 2026-04-04    | 2026-04-04 08:00:00 | 5     |
        ann     | 2026-04-03    | 2026-04-03 08:00:00 | 1     |
        ann     | 2026-09-15    | 2026-09-15 08:00:00 |       |
        ann     | 2026-09-15    | 2026-09-15 08:00:00 | 1     | leader
        ann     | 2026-09-30    | 2026-09-30 23:00:00 | 1     |
        ann     | 2026-10-01    | 2026-09-30 08:00:00 | 1     |
                | 2026-09-15    | 2026-09-15 08:00:00 | 1     |
    """
    wanted = "user_id messages_30d reviews_180d stars_180d complaints_180d complaints_30d"
    assert _made("voice", wanted, chat=chat) == [("ann", 3, 4, 2 + 3 + 1 + 5, 2, 1)]


# a delivery               promised            arrived              picked up  changed              issue    status    failed  counts as good
FAILED = [
    ("in time",             "2026-09-20 12:00", "2026-09-20 12:00", "",       "2026-09-20 13:00", "none",  "",       0, True),
    ("late",                "2026-09-20 12:00", "2026-09-20 12:01", "",       "2026-09-20 13:00", "none",  "",       1, False),
    ("not yet there",       "2026-09-20 12:00", "",                 "",       "2026-09-20 13:00", "none",  "",       1, False),
    ("not due yet",         "2026-09-30 23:00", "",                 "",       "2026-09-20 13:00", "none",  "",       0, False),
    ("arrives afterwards",  "2026-09-30 22:59", "2026-10-05 12:00", "",       "2026-09-20 13:00", "none",  "",       1, False),
    ("damaged",             "",                 "2026-09-20 12:00", "",       "2026-09-20 13:00", "damaged", "",     1, False),
    ("damaged, said later", "",                 "2026-09-20 12:00", "",       "2026-09-30 23:00", "damaged", "",     0, True),
    ("lost",                "",                 "",                 "",       "2026-09-20 13:00", "none",  "lost",   1, False),
    ("never changed, lost", "",                 "",                 "",       "",                 "none",  "lost",   1, False),
    ("picked up",           "",                 "",                 "2026-09-20 14:00", "2026-09-20 15:00", "none", "", 0, True),
    ("picked up later",     "",                 "",                 "2026-09-30 23:00", "2026-09-20 15:00", "none", "", 0, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("promised", "arrived", "picked_up", "changed", "issue", "status", "failed", "is_good"),
    [row[1:] for row in FAILED],
    ids=[str(row[0]) for row in FAILED],
)
def test_a_delivery_fails_as_far_as_it_was_known(
    promised: str, arrived: str, picked_up: str, changed: str, issue: str, status: str,
    failed: int, is_good: bool,
) -> None:  # fmt: skip
    """Order 1 of the first of September failed; what comes after ends the run if it was good."""
    orders = """
        user_id | order_id | day        | ordered_at
        ann     | 1        | 2026-09-01 | 2026-09-01 08:00
        ann     | 2        | 2026-09-18 | 2026-09-18 08:00
    """
    logistics = f"""
        order_id | business_date | dispatched_at    | promised_at | arrived_at | picked_up_at | updated_at       | issue   | shipment_status
        1        | 2026-09-02    | 2026-09-02 06:00 |             |            |              | 2026-09-02 12:00 | late    |
        2        | 2026-09-19    | 2026-09-19 06:00 | {promised}  | {arrived}  | {picked_up}  | {changed}        | {issue} | {status}
    """
    found = _made(
        "failures",
        "user_id deliveries_180d failed_180d failed_run",
        churn_orders=orders,
        logistics=logistics,
    )
    assert found == [("ann", 2, 1 + failed, 0 if is_good else 1 + failed)]


def test_deliveries_of_half_a_year() -> None:
    orders = """
        user_id | order_id | day        | ordered_at
        ann     | 1        | 2026-04-04 | 2026-04-04 08:00
        ann     | 2        | 2026-04-03 | 2026-04-03 08:00
        ann     | 3        | 2026-09-30 | 2026-09-30 23:00
        ann     | 4        | 2026-10-01 | 2026-09-30 08:00
        ann     | 5        | 2026-09-29 | 2026-09-29 08:00
        ann     | 6        | 2026-09-28 | 2026-09-28 08:00
        bo      | 7        | 2026-09-28 | 2026-09-28 08:00
    """
    logistics = """
        order_id | business_date | dispatched_at    | updated_at       | issue
        1        | 2026-04-05    | 2026-04-05 06:00 | 2026-04-05 12:00 | late
        1        | 2026-04-05    | 2026-04-05 07:00 | 2026-04-05 12:00 | none
        2        | 2026-04-05    | 2026-04-05 06:00 | 2026-04-05 12:00 | late
        3        | 2026-09-30    | 2026-09-30 06:00 | 2026-09-30 12:00 | late
        4        | 2026-09-30    | 2026-09-30 06:00 | 2026-09-30 12:00 | late
        5        | 2026-09-30    | 2026-09-30 23:00 | 2026-09-30 12:00 | late
        6        | 2026-10-01    | 2026-09-30 06:00 | 2026-09-30 12:00 | late
        7        | 2026-09-30    | 2026-09-30 06:00 | 2026-09-30 12:00 | none
    """
    found = _made(
        "failures",
        "user_id deliveries_180d failed_180d failed_run",
        churn_orders=orders,
        logistics=logistics,
    )
    assert found == [("ann", 1, 1, 1), ("bo", 1, 0, 0)]


COUNTS = (
    "deliveries_180d failed_180d failed_run messages_30d reviews_180d complaints_180d "
    "complaints_30d actions_7d actions_30d browse_days_30d carts_14d contacts_30d contacts_60d "
    "opened_60d"
)
FILES = {
    "browse": "business_date\n{day}\n2026-12-01",
    "chat": "business_date\n{day}\n2026-12-01",
    "logistics": "business_date\n{day}\n2026-12-01",
    "contacts": "sent_at\n{day} 10:00\n2026-12-01 10:00",
}


@pytest.mark.parametrize(("day", "count"), [("2026-09-30", 0), ("2026-10-01", None)])
def test_counts_are_zero_once_there_is_an_export_and_else_empty(
    day: str, count: int | None
) -> None:
    history = "snapshot | user_id\n2026-09-30 | ann"
    given = {name: text.format(day=day) for name, text in FILES.items()}
    assert _made("features", COUNTS, churn_history=history, **given) == [(count,) * 14]


def test_features_stand_beside_the_history_of_their_user_and_snapshot() -> None:
    history = "snapshot | user_id | orders\n2026-09-30 | ann | 9"
    given = {name: text.format(day="2026-01-01") for name, text in FILES.items()}
    parts = {
        "churn_baskets": "lines_365d",
        "churn_community": "community_users_14d",
        "churn_failures": "failed_run",
        "churn_voice": "messages_30d",
        "churn_browsing": "actions_7d",
        "churn_contacts": "opened_60d",
    }
    for table, column in parts.items():
        rows = ["2026-09-30 | ann | 4", "2026-09-30 | bo | 5", "2026-09-29 | ann | 6"]
        part = {table: "\n".join([f"snapshot | user_id | {column}", *rows])}
        found = _made(
            "features", f"user_id orders {column}", churn_history=history, **given, **part
        )
        assert found == [("ann", 9, 4)], table
