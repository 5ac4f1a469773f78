"""Accounts with orders to several addresses, as a table CRM can read.

One sign per business day, the last one is `as_of`, 2026-09-30. A capital letter is an order to that
address, a small one an order of which only the community is known; `.` is a day without an order.
Three addresses within seven consecutive days mark an account.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.profiles.basic.profile_basic import profile_basic
from assets.profiles.labels.account_marks import account_marks
from assets.publish.database.database_steps import people_views
from assets.resources.home import LinliHome
from data_contracts.tables.labels import ACCOUNT_MARKS
from models.params.accounts import AccountMarkParams
from tests.pipeline.small_lake import at, fallback_codes, fill, linli_home, materialise, read

AS_OF = date(2026, 9, 30)

# who: days up to as_of                     → addresses, first day, last day (counted back)
DRAWN = """
three_in_a_row      ABC..................   → 3  20  18
three_in_a_week     A..B..C..............   → 3  20  14
one_day_too_long    A..B...C.............   → -
two_only            ABABABABABABABABABABA   → -
three_in_all        A......B......C......   → -
up_to_as_of         ..................ABC   → 3   2   0
the_most_wins       ABC....ABCD..........   → 4  13  10
the_latest_wins     ABC......ABC.........   → 3  11   9
by_community        abc..................   → 3  20  18
same_place_twice    A.a.B.b..............   → -
address_and_other   A.b.C................   → 3  20  16
one_community       aaaaaaa..............   → -
"""


def order(user: str | None, number: int, day: date, **more: Any) -> dict[str, Any]:
    return {
        "order_id": f"{user}-{number}",
        "line_id": "1",
        "user_id": user,
        "ordered_at": at(f"{day} 10:00"),
        "sku_id": "s",
        "quantity_units": 1,
        **more,
    }


def place(sign: str) -> dict[str, Any]:
    community = {"community_id": f"c-{sign.lower()}"}
    return community | ({"receiver_address_key": f"k-{sign}"} if sign.isupper() else {})


def drawn_orders() -> list[dict[str, Any]]:
    found = []
    for line in DRAWN.strip().splitlines():
        who, days = line.split()[:2]
        for place_in_line, sign in enumerate(days):
            day = AS_OF - timedelta(days=len(days) - 1 - place_in_line)
            if sign != ".":
                found.append(order(who, place_in_line, day, **place(sign)))
    return found


def expected() -> dict[str, tuple[int, int, int]]:
    found = {}
    for line in DRAWN.strip().splitlines():
        who, said = line.split()[0], line.split("→")[1].split()
        if said != ["-"]:
            found[who] = (int(said[0]), int(said[1]), int(said[2]))
    return found


def marks(home: LinliHome) -> dict[str, tuple[int, int, int]]:
    rows = read(home, ACCOUNT_MARKS, AS_OF)
    return {
        row.user_id: (
            row.addresses,
            (AS_OF - row.first_day.date()).days,
            (AS_OF - row.last_day.date()).days,
        )
        for row in rows.itertuples()
    }


def marked(root: Path, orders: list[dict[str, Any]]) -> LinliHome:
    home = linli_home(root)
    fill(home, {"orders": orders})
    materialise(home, [account_marks], AS_OF)
    return home


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    return marked(tmp_path_factory.mktemp("drawn"), drawn_orders())


def test_the_rule_as_drawn(drawn: LinliHome) -> None:
    assert AccountMarkParams() == AccountMarkParams(addresses_from=3, window_days=7)
    assert marks(drawn) == expected()


def test_the_reason_names_days_orders_and_addresses(drawn: LinliHome) -> None:
    reasons = read(drawn, ACCOUNT_MARKS, AS_OF).set_index("user_id")["reason_zh"]
    assert reasons["three_in_a_week"] == "2026-09-10至2026-09-16，3个订单送往3个不同收货地址"
    assert reasons["by_community"].endswith("3个不同小区（订单没有收货地址）")
    assert reasons["address_and_other"].endswith("3个不同地点（部分订单只有小区）")


def test_no_row_is_dropped_and_the_profile_shows_the_mark(drawn: LinliHome) -> None:
    """The mark stands beside the profile of everybody; orders and profile stay whole."""
    materialise(drawn, [profile_basic], AS_OF)
    users = {row["user_id"] for row in drawn_orders()}
    with drawn.lakehouse.session() as session:
        assert session.scalar("select count(*) from orders") == len(drawn_orders())
        assert session.scalar("select count(*) from profile_basic") == len(users)
    drawn.lakehouse.publish(drawn.database, people_views())
    with duckdb.connect(str(drawn.database), read_only=True) as database:
        shown = dict(
            database.execute("select user_id, is_several_addresses from user_profile").fetchall()
        )
    assert shown == {user: user in expected() for user in users}


def test_nothing_after_as_of_is_seen(tmp_path: Path) -> None:
    """Later orders would mark both: the day after, and after the cut-off of the last day."""
    rows = [order("u", n, AS_OF - timedelta(days=n), **place("AB"[n])) for n in range(2)]
    rows.append(order("u", 7, AS_OF + timedelta(days=1), **place("C")))
    rows.append(order("u", 8, AS_OF, **place("D")) | {"ordered_at": at(f"{AS_OF} 23:00")})
    assert marks(marked(tmp_path, rows)) == {}
    kept = order("u", 9, AS_OF, **place("E")) | {"ordered_at": at(f"{AS_OF} 22:59")}
    assert marks(marked(tmp_path / "before", [*rows, kept])) == {"u": (3, 1, 0)}


def test_only_ninety_days_are_looked_at(tmp_path: Path) -> None:
    def at_age(days: int) -> list[dict[str, Any]]:
        return [
            order(f"u{days}", n, AS_OF - timedelta(days=days - n), **place("ABC"[n]))
            for n in range(3)
        ]

    assert set(marks(marked(tmp_path, at_age(89) + at_age(90)))) == {"u89"}


def test_cancelled_orders_count_and_lines_of_one_order_are_one(tmp_path: Path) -> None:
    rows = [
        order("u", n, AS_OF, **place("ABC"[n]), order_status="cancelled", cancelled_units=1)
        for n in range(3)
    ]
    rows.append(rows[0] | {"line_id": "2"})
    home = marked(tmp_path, rows)
    assert read(home, ACCOUNT_MARKS, AS_OF)["orders"].tolist() == [3]


def test_sales_without_a_user_mark_nobody(tmp_path: Path) -> None:
    assert (
        marks(marked(tmp_path, [order(None, n, AS_OF, **place("ABC"[n])) for n in range(3)])) == {}
    )


def test_orders_without_any_place_are_said_to_be_so(tmp_path: Path) -> None:
    home = marked(tmp_path, [order("u", n, AS_OF) for n in range(3)])
    assert marks(home) == {}
    assert fallback_codes(home, "account_marks", AS_OF) == ["no_addresses"]


@pytest.mark.parametrize("wrong", [{"addresses_from": 1}, {"window_days": 0}])
def test_a_rule_that_marks_everybody_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        AccountMarkParams(**wrong)
