"""Order lines as known at an instant: a later cancellation or refund is not seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from assets.core.order_lines import order_lines_as_of
from assets.framework.day_asset import DayRun
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.exports import COMMUNITIES, ORDERS, PRODUCTS
from data_contracts.tables import PROFILE_BASIC

# 4 units at 3 yuan; what the export says of each order, and sold units and yuan before and after
# the change of 7 October 09:00 is known.
LINES = """
order          | status    | updated | cancelled | at    | refund | at    | before | after
plain          | completed | 10-09   |           |       |        |       | 4 12   | 4 12
part_timed     | completed | 10-09   | 1.5       | 10-07 |        |       | 4 12   | 2.5 7.5
part_untimed   | completed | 10-07   | 1.5       |       |        |       | 4 12   | 2.5 7.5
whole_timed    | cancelled | 10-09   |           | 10-07 |        |       | 4 12   | 0 0
whole_untimed  | cancelled | 10-07   |           |       |        |       | 4 12   | 0 0
unpaid         | unpaid    | 10-07   |           |       |        |       | 4 12   | 0 0
too_many       | completed | 10-09   | 9         | 10-07 |        |       | 4 12   | 0 0
refund_timed   | completed | 10-09   |           |       | 5      | 10-07 | 4 12   | 4 7
refund_untimed | completed | 10-07   |           |       | 5      |       | 4 12   | 4 7
both           | completed | 10-09   | 1.5       | 10-07 | 6      | 10-07 | 4 12   | 2.5 6
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in LINES.strip().splitlines()[1:]]
DAY = date(2026, 10, 5)
CHANGE = datetime(2026, 10, 7, 9)
NO_STATE = ("", "", "", "", "", "")


def moment(month_and_day: str) -> str:
    return f"timestamp '2026-{month_and_day} 09:00:00'" if month_and_day else "null"


def add_line(session: Session, order: str, state: tuple[str, ...], **columns: str) -> None:
    status, updated, cancelled, cancelled_at, refund, refunded_at = state
    values = {
        "order_id": f"'{order}'",
        "line_id": "'1'",
        "sku_id": "'S1'",
        "business_date": f"date '{DAY}'",
        "ordered_at": f"timestamp '{DAY} 10:00:00'",
        "quantity_units": "4",
        "unit_price_yuan": "3",
        "order_status": f"nullif('{status}', '')",
        "updated_at": moment(updated),
        "cancelled_units": cancelled or "null",
        "cancelled_at": moment(cancelled_at),
        "refund_yuan": refund or "null",
        "refunded_at": moment(refunded_at),
        **columns,
    }
    named = ", ".join(f"{value} as {name}" for name, value in values.items())
    session.append("orders", f"select {named}")


@pytest.fixture
def run(tmp_path: Path) -> DayRun:
    home = LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path), threads=1)
    return DayRun("test", date(2026, 10, 31), home, print)


@pytest.fixture
def session(run: DayRun) -> Iterator[Session]:
    with run.lake.session(PROFILE_BASIC) as opened:
        for table in (ORDERS, COMMUNITIES, PRODUCTS):
            opened.empty(table.name, table)
        yield opened


def lines_at(session: Session, run: DayRun, as_of: date, until: datetime) -> dict[str, str]:
    """Order → sold units and net yuan, and their integers, as known before `until`."""
    order_lines_as_of(session, run, as_of=as_of, known_until=until)
    known = session.rows("select order_id, sold_units, net_yuan, sold_e4, net_e4, has_net_units "
                         "from order_lines_as_of")  # fmt: skip
    for _, sold, net, sold_e4, net_e4, has_net_units in known:
        assert (sold_e4, net_e4) == (round(sold * 10_000), round(net * 10_000))
        assert has_net_units == (sold > 0)
    return {order: f"{sold:g} {net:g}" for order, sold, net, *_ in known}


def test_a_change_is_seen_from_the_instant_after_it_on(session: Session, run: DayRun) -> None:
    for row in ROWS:
        add_line(session, row[0], tuple(row[1:7]))
    before = lines_at(session, run, CHANGE.date(), CHANGE)
    after = lines_at(session, run, CHANGE.date(), CHANGE.replace(microsecond=1))
    assert before == {row[0]: row[7] for row in ROWS}
    assert after == {row[0]: row[8] for row in ROWS}


def test_a_line_is_known_from_its_order_and_its_business_date_on(
    session: Session, run: DayRun
) -> None:
    add_line(session, "known", NO_STATE)
    add_line(session, "ordered_later", NO_STATE, ordered_at="timestamp '2026-10-05 12:00:00'")
    add_line(session, "next_business_date", NO_STATE, business_date="date '2026-10-06'")
    noon = datetime(2026, 10, 5, 12)
    assert lines_at(session, run, DAY, noon) == {"known": "4 12"}
    assert set(lines_at(session, run, DAY, datetime(2026, 10, 5, 23))) == {"known", "ordered_later"}
    assert len(lines_at(session, run, date(2026, 10, 6), datetime(2026, 10, 6, 23))) == 3


def test_what_was_paid_counts_before_price_and_coupon(session: Session, run: DayRun) -> None:
    add_line(session, "paid", NO_STATE, paid_amount_yuan="10.5", coupon_yuan="1")
    add_line(session, "coupon", NO_STATE, coupon_yuan="1")
    assert lines_at(session, run, DAY, datetime(2026, 10, 6)) == {
        "paid": "4 10.5",
        "coupon": "4 11",
    }


def test_unknown_money_stays_unknown(session: Session, run: DayRun) -> None:
    add_line(session, "priceless", NO_STATE, unit_price_yuan="null")
    order_lines_as_of(session, run, as_of=DAY, known_until=datetime(2026, 10, 6))
    money = "gross_yuan, net_yuan, gross_e4, net_e4"
    assert session.rows(f"select {money} from order_lines_as_of") == [(None,) * 4]
