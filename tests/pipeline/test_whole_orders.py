"""Files that say of an order what is meant of its lines, or the other way round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.staging import staged, staged_rows

SHOPIFY = (
    "Name,Paid at,Fulfillment Status,Financial Status,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Shipping Name,Cancelled at,Refunded Amount"
)
AT = "2026-10-05 10:00:00"


def test_what_stands_on_the_first_line_of_an_order_holds_for_all_its_lines(tmp_path: Path) -> None:
    lines = [
        f"#1,,unfulfilled,voided,{AT},1,Apple,10,AP,Zhang,2026-10-05 12:00:00,0",
        f"#1,,,,{AT},2,Pear,10,PE,,,",
        f"#2,{AT},unfulfilled,paid,{AT},1,Apple,10,AP,Li,,0",
        f"#3,{AT},fulfilled,refunded,{AT},1,Apple,10,AP,Li,,40",
        f"#3,,,,{AT},3,Pear,10,PE,,,",
        f"#4,{AT},unfulfilled,refunded,{AT},2,Apple,10,AP,Li,,20",
    ]
    rows = staged_rows(tmp_path, "\n".join([SHOPIFY, *lines]))
    assert [(row["order_id"], row["order_status"], row["refund_yuan"]) for row in rows] == [
        ("#1", "cancelled", 0),
        ("#1", "cancelled", 0),
        ("#2", "paid", 0),
        ("#3", "refunded", 10),
        ("#3", "refunded", 30),
        ("#4", "cancelled", 20),
    ]
    assert all(row["cancelled_at"] is not None for row in rows if row["order_id"] == "#1")
    assert rows[4]["paid_at"] is not None
    assert all(row["receiver_name"] for row in rows)


GENERIC = (
    "订单编号,订单行号,下单时间,付款时间,用户编号,小区编号,商品编码,数量,成交单价,取消时间,收货人"
)
FIRST_LINES = [
    f"A1,1,{AT},{AT},U1,C1,S1,1,5,,王一",
    "A1,2,,,,,S2,1,5,,",
    f"A2,1,{AT},,U2,C1,S1,1,5,2026-10-05 11:00:00,王二",
    "A2,2,,,,,S3,1,5,,",
]


def test_a_generic_file_shows_that_its_first_lines_speak_for_the_order(tmp_path: Path) -> None:
    rows = staged_rows(tmp_path, "\n".join([GENERIC, *FIRST_LINES]))
    assert [len({row["user_id"] for row in two}) for two in (rows[:2], rows[2:])] == [1, 1]
    assert [row["cancelled_at"] is not None for row in rows] == [False, False, True, True]
    assert [row["paid_at"] is not None for row in rows] == [True, True, False, False]
    assert all(row["ordered_at"] and row["community_id"] == "C1" for row in rows)


def test_lines_of_an_order_that_do_not_stand_together_are_one_order(tmp_path: Path) -> None:
    apart = [FIRST_LINES[place] for place in (0, 2, 1, 3)]
    rows = staged_rows(tmp_path, "\n".join([GENERIC, *apart]))
    assert {row["order_id"] for row in rows if row["cancelled_at"]} == {"A2"}
    assert sum(row["cancelled_at"] is not None for row in rows) == 2


def test_nothing_is_filled_where_lines_disagree_or_speak_for_themselves(tmp_path: Path) -> None:
    """One line cancelled of an order whose lines all say who ordered: that line alone."""
    cancelled = "2026-10-05 11:00:00"
    lines = [
        f"A1,1,{AT},{AT},U1,C1,S1,1,5,{cancelled},王一",
        f"A1,2,{AT},{AT},U1,C1,S2,1,5,,王一",
        f"A2,1,{AT},{AT},U2,C1,S1,1,5,,王二",
        f"A2,2,{AT},{AT},U2,C1,S3,1,5,,",
        # two orders under one number: nothing of one belongs to the other
        f"7,1,{AT},{AT},U3,C1,S1,1,5,,王三",
        "7,2,2026-10-06 10:00:00,2026-10-06 10:00:00,U4,C1,S2,1,5,,",
    ]
    rows = staged_rows(tmp_path, "\n".join([GENERIC, *lines]))
    assert [row["cancelled_at"] is not None for row in rows] == [True, *[False] * 5]
    assert [bool(row["receiver_name"]) for row in rows] == [True, True, True, True, True, False]


PLAIN = "订单编号,订单行号,下单时间,用户编号,商品编码,数量,成交单价"

STATES = {
    "订单状态": ("已取消", "order_status"),
    "售后状态": ("退款成功", "order_status"),
    "是否取消": ("是", "order_status"),
    "取消时间": ("2026-10-05 11:00:00", "cancelled_at"),
    "活动编号": ("G1", "activity_id"),
}


@pytest.mark.parametrize("place", [0, 2], ids=["first", "last"])
@pytest.mark.parametrize("header", list(STATES))
def test_a_state_on_one_end_of_orders_is_the_orders(
    tmp_path: Path, header: str, place: int
) -> None:
    value, column = STATES[header]
    lines = [
        f"A{n},{line},{AT},U{n},S{line},1,5,{value if line == place else ''}"
        for n in range(6)
        for line in range(3)
    ]
    lines += [f"B{line},{line},{AT},U9,S1,1,5,{value}" for line in range(3)]
    lines += [f"C,{line},{AT},U9,S{line},1,5," for line in range(3)]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([f"{PLAIN},{header}", *lines]))
    assert [row[column] is not None for row in rows] == [*[True] * 21, *[False] * 3]
    assert any(header in note for note in made.notes)


@pytest.mark.parametrize("place", [0, 2], ids=["first", "last"])
def test_who_ordered_on_one_end_shows_where_states_stand(tmp_path: Path, place: int) -> None:
    lines = [
        f"A,{line},{AT},{'U1' if line == place else ''},S{line},1,5,"
        f"{'已取消' if line == place else ''}"
        for line in range(3)
    ]
    rows = staged_rows(tmp_path, "\n".join([f"{PLAIN},订单状态", *lines]))
    assert [row["order_status"] for row in rows] == ["cancelled"] * 3
    assert len({row["user_id"] for row in rows}) == 1


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_state_of_single_lines_is_theirs(tmp_path: Path, place: int) -> None:
    """Five orders of which the same line was called off, and one with another: no end of them."""
    lines = [
        f"A{n},{line},{AT},U{n},S{line},1,5,"
        f"{'已取消' if line == (place if n < 5 else (place + 1) % 3) else ''}"
        for n in range(6)
        for line in range(3)
    ]
    rows = staged_rows(tmp_path, "\n".join([f"{PLAIN},订单状态", *lines]))
    assert sum(row["order_status"] is not None for row in rows) == 6


TILL = "订单编号,下单时间,用户编号,商品编码,数量,成交单价"


def line_ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["line_id"] for row in rows]


def test_one_row_per_piece_is_counted_piece_by_piece(tmp_path: Path) -> None:
    lines = [f"T1,{AT},U1,S1,1,3"] * 4 + [f"T1,{AT},U1,S2,1,5", f"T2,{AT},U1,S1,1,3"]
    rows = staged_rows(tmp_path, "\n".join([TILL, *lines]))
    assert line_ids(rows) == ["S1", "S1 #2", "S1 #3", "S1 #4", "S2", "S1"]


REPEATS = [
    pytest.param([f"A,{AT},U1,S1,2,3", f"A,{AT},U1,S1,2,3", f"A,{AT},U1,S2,1,5"], {},
                 ["S1", "S1", "S2"], id="quantities are counted"),
    pytest.param([f"A,{AT},U1,S1,1,3", f"A,{AT},U1,S2,1,5"] * 2, {},
                 ["S1", "S2"] * 2, id="the whole file twice"),
    pytest.param([f"A,{AT},U1,S1,1,3", f"A,{AT},U1,S1,1,3", f"B,{AT},U1,S2,1,5"],
                 {"repeats": "duplicates"}, ["S1", "S1", "S2"], id="stated to be repeats"),
    pytest.param([f"A,{AT},U1,S1,2,3", f"A,{AT},U1,S1,2,3"], {"repeats": "pieces"},
                 ["S1", "S1 #2"], id="stated to be pieces"),
    pytest.param([f"A,{AT},U1,S1,2,3", f"A,{AT},U1,S1,1,2.5", f"A,{AT},U1,S1,2,3"], {},
                 ["S1", "S1 #2", "S1"], id="the same SKU twice"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "facts", "expected"), REPEATS)
def test_rows_that_are_alike_are_repeats_unless_the_file_shows_pieces(
    tmp_path: Path, lines: list[str], facts: dict[str, str], expected: list[str]
) -> None:
    assert line_ids(staged_rows(tmp_path, "\n".join([TILL, *lines]), **facts)) == expected


@pytest.mark.parametrize(
    ("total", "expected"), [(9, ["S1", "S1 #2", "S2"]), (7, ["S1", "S1", "S2"])]
)
def test_the_order_s_total_says_whether_rows_alike_are_pieces(
    tmp_path: Path, total: int, expected: list[str]
) -> None:
    lines = [f"A,{AT},U1,S1,1,2,{total}"] * 2 + [
        f"A,{AT},U1,S2,1,5,{total}",
        f"B,{AT},U1,S2,3,5,15",
    ]
    rows = staged_rows(tmp_path, "\n".join([f"{TILL},订单实付金额", *lines]))
    assert line_ids(rows) == [*expected, "S2"]


def test_a_row_changed_later_in_the_same_file_is_no_second_line(tmp_path: Path) -> None:
    lines = [f"A,{AT},U1,S1,5,3,{AT}", f"A,{AT},U1,S1,2,3,2026-10-05 12:00:00"]
    rows = staged_rows(tmp_path, "\n".join([f"{TILL},更新时间", *lines]))
    assert line_ids(rows) == ["S1", "S1"]


UNPAID = [
    pytest.param([("", "0", None), (AT, "50", None)], ["unpaid", None], id="as the others show"),
    pytest.param([("", "", None), (AT, "50", None)], ["unpaid", None], id="amount empty"),
    pytest.param([("", "50", None), ("", "0", None)], [None, None], id="no moment is ever told"),
    pytest.param([("", "0", "完成"), (AT, "50", "完成")], ["completed"] * 2, id="a status knows"),
    pytest.param([("", "0", "已下单"), (AT, "50", "已付款")], ["unpaid", "paid"], id="just placed"),
    pytest.param([(AT, "0", None), (AT, "50", None)], [None, None], id="free of charge"),
]  # fmt: skip


@pytest.mark.parametrize(("orders", "statuses"), UNPAID)
def test_an_order_without_moment_and_amount_of_payment_is_unpaid(
    tmp_path: Path, orders: list, statuses: list
) -> None:
    text = [f"{PLAIN},付款时间,实付金额" + (",订单状态" if orders[0][2] else "")]
    for place, (paid_at, paid, status) in enumerate(orders):
        line = f"A{place},1,{AT},U1,S1,1,50,{paid_at},{paid}"
        text.append(f"{line},{status}" if status else line)
    assert [row["order_status"] for row in staged_rows(tmp_path, "\n".join(text))] == statuses
