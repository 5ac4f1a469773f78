"""Files that say of an order what is meant of its lines, or the other way round."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.staging import staged, staged_file

SHOPIFY = (
    "Name,Paid at,Fulfillment Status,Financial Status,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Shipping Name,Cancelled at,Refunded Amount"
)
AT = "2026-10-05 10:00:00"


def rows_of(tmp_path: Path, text: str, **facts: str) -> list[dict[str, Any]]:
    made, rows = staged(tmp_path, "orders.csv", text, **facts)
    assert made.rows_bad == 0
    return rows


def test_what_stands_on_the_first_line_of_an_order_holds_for_all_its_lines(tmp_path: Path) -> None:
    lines = [
        f"#1,,unfulfilled,voided,{AT},1,Apple,10,AP,Zhang,2026-10-05 12:00:00,0",
        f"#1,,,,{AT},2,Pear,10,PE,,,",
        f"#2,{AT},unfulfilled,paid,{AT},1,Apple,10,AP,Li,,0",
        f"#3,{AT},fulfilled,refunded,{AT},1,Apple,10,AP,Li,,40",
        f"#3,,,,{AT},3,Pear,10,PE,,,",
        f"#4,{AT},unfulfilled,refunded,{AT},2,Apple,10,AP,Li,,20",
    ]
    rows = rows_of(tmp_path, "\n".join([SHOPIFY, *lines]))
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
    rows = rows_of(tmp_path, "\n".join([GENERIC, *FIRST_LINES]))
    assert [len({row["user_id"] for row in two}) for two in (rows[:2], rows[2:])] == [1, 1]
    assert [row["cancelled_at"] is not None for row in rows] == [False, False, True, True]
    assert [row["paid_at"] is not None for row in rows] == [True, True, False, False]
    assert all(row["ordered_at"] and row["community_id"] == "C1" for row in rows)


def test_lines_of_an_order_that_do_not_stand_together_are_one_order(tmp_path: Path) -> None:
    apart = [FIRST_LINES[place] for place in (0, 2, 1, 3)]
    rows = rows_of(tmp_path, "\n".join([GENERIC, *apart]))
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
    rows = rows_of(tmp_path, "\n".join([GENERIC, *lines]))
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
    rows = rows_of(tmp_path, "\n".join([f"{PLAIN},订单状态", *lines]))
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
    rows = rows_of(tmp_path, "\n".join([f"{PLAIN},订单状态", *lines]))
    assert sum(row["order_status"] is not None for row in rows) == 6


def amounts(rows: list[dict[str, Any]], column: str = "paid_amount_yuan") -> list[Decimal | None]:
    return [row[column] for row in rows]


PAID = [
    pytest.param(
        "实付金额", [(2, 3.5, 12), (1, 5, 12), (1, 3.5, 13.5), (2, 5, 13.5)],
        [7, 5, Decimal("3.5"), 10], id="total on every line",
    ),
    pytest.param(
        "实付金额", [(2, 3.5, 11), (1, 5, 11), (3, 3, 13), (1, 5, 13)],
        [Decimal("6.42"), Decimal("4.58"), Decimal("8.36"), Decimal("4.64")], id="less a coupon",
    ),
    pytest.param(
        "实付金额", [(2, 3.5, 7), (1, 5, 5), (1, 3.5, 3.5), (2, 5, 10)],
        [7, 5, Decimal("3.5"), 10], id="each line its own",
    ),
    pytest.param(
        "实付金额", [(1, 5, 5), (1, 5, 5), (2, 5, 10), (1, 4, 4)],
        [5, 5, 10, 4], id="each line its own, by chance the same",
    ),
    pytest.param(
        "实付金额", [(2, 3.5, ""), (1, 5, ""), (1, 3.5, 3.5), (2, 5, 10)],
        [None, None, Decimal("3.5"), 10], id="nothing paid",
    ),
    pytest.param(
        "实付金额", [(2, 3.5, "¥12.00"), (1, 5, "¥12.00"), (1, 3.5, 13.5), (2, 5, 13.5)],
        [7, 5, Decimal("3.5"), 10], id="written with signs",
    ),
    pytest.param(
        "实付金额(分)", [(2, 3.5, 1200), (1, 5, 1200), (1, 3.5, 1350), (2, 5, 1350)],
        [7, 5, Decimal("3.5"), 10], id="in fen",
    ),
    pytest.param(
        "实付金额", [(2, 3.5, 3), (1, 5, 3), (1, 3.5, 3), (2, 5, 3)],
        [None] * 4, id="neither the line's nor the order's",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("header", "lines", "paid"), PAID)
def test_an_order_s_total_under_a_line_s_header_is_shared_out(
    tmp_path: Path, header: str, lines: list, paid: list
) -> None:
    text = [f"{PLAIN},{header}"]
    for place, (quantity, price, amount) in enumerate(lines):
        order = f"A{place // 2}"
        text.append(f"{order},{place},{AT},U1,S{place},{quantity},{price},{amount}")
    made, rows = staged(tmp_path, "orders.csv", "\n".join(text))
    assert amounts(rows) == paid
    is_unclear = paid == [None] * 4
    assert ("实付金额" in made.ignored_headers) == is_unclear
    is_the_order_s = is_unclear or (paid[0] in (7, Decimal("6.42")) and lines[0][2] != 7)
    assert bool(made.notes) == is_the_order_s


SHARED = [Decimal("1.17"), Decimal("0.83"), 1, 1]
COUPONS = [
    pytest.param("订单实付金额", [(2, 3.5, 10), (1, 5, 10), (1, 5, 8), (1, 5, 8)], SHARED,
                 "shared out", id="by the order's total"),
    pytest.param("实付金额", [(2, 3.5, 10), (1, 5, 10), (1, 5, 8), (1, 5, 8)], SHARED,
                 "shared out", id="by a total on every line"),
    pytest.param("实付金额", [(2, 3.5, 5.83), (1, 5, 4.17), (1, 5, 4), (1, 5, 4)], SHARED,
                 "shared out", id="by what was paid for each line"),
    pytest.param("订单实付金额,运费",
                 [(2, 3.5, "15,5"), (1, 5, "15,5"), (1, 5, "8,0"), (1, 5, "8,0")],
                 SHARED, "shared out", id="beside a freight"),
    pytest.param("实付金额", [(2, 3.5, 5), (1, 5, 3), (1, 5, 3), (1, 5, 3)], [2] * 4,
                 "", id="each line has its own"),
    pytest.param("备注", [(2, 3.5, ""), (1, 5, ""), (1, 7, ""), (1, 5, "")], [2] * 4,
                 "taken for each line's own", id="nothing shows it"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "lines", "coupons", "said"), COUPONS)
def test_a_coupon_of_the_order_on_every_line_counts_once_where_the_file_shows_it(
    tmp_path: Path, header: str, lines: list, coupons: list, said: str
) -> None:
    text = [f"{PLAIN},优惠金额,{header}"]
    for place, (quantity, price, paid) in enumerate(lines):
        line = f"A{place // 2},{place},{AT},U1,S{place},{quantity},{price},2,{paid}"
        text.append(line)
    made, rows = staged(tmp_path, "orders.csv", "\n".join(text))
    assert amounts(rows, "coupon_yuan") == coupons
    assert [said in note for note in made.notes if "优惠金额" in note] == [True] * bool(said)
    if "实付金额" in header and said:
        assert sum(row["paid_amount_yuan"] for row in rows) == 18


def test_what_was_paid_in_one_cell_merged_over_lines_is_shared_out(tmp_path: Path) -> None:
    """A file of one order that has such a cell, one that has a cell for each line."""
    header = [*PLAIN.split(","), "实付金额", "优惠金额"]
    lines = [
        ["A1", 1, AT, "U1", "S1", 1, 3.33, 9, 1],
        ["A1", 2, AT, "U1", "S2", 1, 3.33, None, None],
        ["A1", 3, AT, "U1", "S3", 1, 3.34, None, None],
        ["A2", 1, AT, "U2", "S1", 1, 3.33, 3.33, 0],
        ["A2", 2, AT, "U2", "S2", 1, 3.33, 3, 0.33],
        ["A3", 1, AT, "U2", "S2", 1, 3.33, 3, 0.33],
    ]
    book = openpyxl.Workbook()
    for line in [header, *lines]:
        book.active.append(line)
    book.active.merge_cells("H2:H4")
    book.active.merge_cells("I2:I4")
    book.save(tmp_path / "orders.xlsx")
    made, rows = staged_file(tmp_path / "orders.xlsx")
    paid = ["3.00", "2.99", "3.01", "3.33", "3.00", "3.00"]
    assert amounts(rows) == [Decimal(one) for one in paid]
    assert sum(row["coupon_yuan"] for row in rows[:3]) == 1
    assert any("one cell merged over the lines" in note for note in made.notes)


def test_a_total_on_first_lines_only_is_shared_out_to_the_fen(tmp_path: Path) -> None:
    header = "订单编号,订单行号,下单时间,用户编号,商品编码,数量,成交单价,实付金额,退款金额"
    lines = [
        f"A1,1,{AT},U1,S1,1,3.33,10,3",
        "A1,2,,,S2,1,3.33,,",
        "A1,3,,,S3,1,3.34,,",
        f"A2,1,{AT},U1,S1,1,3,3,0",
    ]
    rows = rows_of(tmp_path, "\n".join([header, *lines]))
    assert amounts(rows) == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34"), 3]
    assert amounts(rows, "refund_yuan") == [1, 1, 1, 0]


def test_a_row_exported_twice_has_the_share_of_the_row_it_repeats(tmp_path: Path) -> None:
    lines = [f"A,1,{AT},U1,S1,1,10,30,6", *[f"A,2,{AT},U1,S2,2,10,30,6"] * 2]
    rows = rows_of(tmp_path, "\n".join([f"{PLAIN},实付金额,退款金额", *lines]))
    assert amounts(rows) == [10, 20, 20]


def test_a_refund_of_the_order_on_every_line_is_shared_out(tmp_path: Path) -> None:
    """A line's refund is never more than the line; most orders have none."""
    lines = [
        f"A,1,{AT},U1,S1,1,10,30",
        f"A,2,{AT},U1,S2,2,10,30",
        *[f"B{number},{line},{AT},U1,S1,1,10,0" for number in range(3) for line in (1, 2)],
    ]
    rows = rows_of(tmp_path, "\n".join([f"{PLAIN},退款金额", *lines]))
    assert amounts(rows, "refund_yuan") == [10, 20, *[0] * 6]


BY_TOTAL = "订单编号,下单时间,商品编码,数量,单价,用户编号,订单实付金额"
OF_12 = [Decimal("8.57"), Decimal("3.43")]
TOTALS = [
    pytest.param("", ["2,4,U2,5", "2,5,U1,12", "1,4,U1,12"], [5, *OF_12], id="less, unsaid why"),
    pytest.param(",运费,优惠券金额", ["2,4,U2,8,0,0", "2,5,U1,17,5,2", "1,4,U1,17,5,2"],
                 [8, *OF_12], id="freight and a coupon on every line"),
    pytest.param(",整单优惠", ["2,4,U2,8,0", "2,5,U1,12,2", "1,4,U1,12,2"],
                 [8, *OF_12], id="a discount that is not read"),
    pytest.param(",店铺优惠折扣(元)", ["2,4,U2,7,1", "2,5,U1,11,1", "1,4,U1,11,1"],
                 [7, Decimal("7.86"), Decimal("3.14")], id="only some of the discounts"),
    pytest.param(",优惠金额", ["2,4,U2,8,0", "2,5,U1,12,2", "1,4,U1,12,0"],
                 [8, 8, 4], id="less the coupon of one line"),
    pytest.param(",更新时间", [f"2,4,U2,8,{AT}", f"3,5,U1,19,{AT}", f"1,4,U1,19,{AT}",
                               "2,5,U1,12,2026-10-05 12:00:00", "1,4,U1,12,2026-10-05 12:00:00"],
                 [8, 15, 4, *OF_12], id="an order edited later in the file"),
    pytest.param("", ["2,4,U2,8", "2,5,U1,20", "1,4,U1,20"], [8, 10, 4], id="more, unsaid why"),
    pytest.param("", ["2,4,U2,8", "2,5,U1,12", "1,4,U1,"], [8, *OF_12], id="on first lines only"),
    pytest.param("", ["2,4,U2,0", "2,5,U1,0", "1,4,U1,0"], [0, 0, 0], id="nothing paid"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "lines", "paid"), TOTALS)
def test_a_column_of_totals_is_shared_by_what_the_order_comes_to(
    tmp_path: Path, more: str, lines: list[str], paid: list
) -> None:
    named = [("A0", "S2"), *[("A1", "S1"), ("A1", "S2")] * 2]
    text = [f"{order},{AT},{sku},{line}" for (order, sku), line in zip(named, lines, strict=False)]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([BY_TOTAL + more, *text]))
    assert amounts(rows) == paid
    gross = [row["quantity_units"] * float(row["unit_price_yuan"]) for row in rows]
    assert [float(row["coupon_yuan"] + row["paid_amount_yuan"]) for row in rows] == gross
    assert any("shared out" in note for note in made.notes)
    assert any("more than" in note for note in made.notes) == (lines[1] == "2,5,U1,20")


def test_rows_that_are_pieces_each_have_a_share_of_the_total(tmp_path: Path) -> None:
    text = [f"A,{AT},S1,1,3,U,11"] * 2 + [f"A,{AT},S2,1,5,U,11", f"B,{AT},S2,1,5,U,5"]
    rows = rows_of(tmp_path, "\n".join([BY_TOTAL, *text]))
    assert amounts(rows) == [3, 3, 5, 5]


LED = [
    pytest.param([(2, 5, 14), (1, 4, "")], [10, 4], id="one order"),
    pytest.param([(2, 5, 14), (1, 4, 0), (1, 5, "¥9.00"), (1, 4, "0.00")], [10, 4, 5, 4],
                 id="zeros behind"),
    pytest.param([(2, 5, "10.50"), (1, 4, 0), (1, 5, 6), (1, 4, 0)],
                 [Decimal("7.50"), 3, Decimal("3.33"), Decimal("2.67")], id="less a coupon"),
    pytest.param([(2, 5, 10), (1, 4, 0), (1, 5, 5), (1, 4, 0)], [10, 0, 5, 0], id="gifts"),
    pytest.param([(2, 5, 14), (1, 4, 0), (1, 5, 5), (2, 4, 8)], [10, 4, 5, 8],
                 id="other orders say each line's"),
    pytest.param([(2, 5, 14), (1, 4, ""), (1, 5, 5), (1, 4, 0)], [10, 4, 5, 0],
                 id="others hold gifts"),
    pytest.param([(2, 5, 0), (1, 4, 0), (1, 5, 9), (1, 4, 0)], [0, 0, 5, 4], id="nothing paid"),
]  # fmt: skip


@pytest.mark.parametrize("end", ["first", "last"])
@pytest.mark.parametrize("header", [PLAIN, PLAIN.replace(",订单行号", "")])
@pytest.mark.parametrize(("lines", "paid"), LED)
def test_a_total_on_one_line_is_shared_where_it_is_more_than_that_comes_to(
    tmp_path: Path, lines: list, paid: list, header: str, end: str
) -> None:
    if end == "last":  # every order has two lines
        lines = [lines[place ^ 1] for place in range(len(lines))]
        paid = [paid[place ^ 1] for place in range(len(paid))]
    text = [f"{header},实付金额"]
    for place, (quantity, price, amount) in enumerate(lines):
        line = f",{place}" if header == PLAIN else ""
        text.append(f"A{place // 2}{line},{AT},U1,S{place},{quantity},{price},{amount}")
    made, rows = staged(tmp_path, "orders.csv", "\n".join(text))
    assert amounts(rows) == paid
    assert bool(made.notes) == (sorted(paid[:2]) != [0, 10])


def test_a_total_on_the_last_of_three_lines_is_shared(tmp_path: Path) -> None:
    lines = [
        f"A,1,{AT},U1,S1,1,5,",
        f"A,2,{AT},U1,S2,1,5,",
        f"A,3,{AT},U1,S3,1,4,14",
        f"B,1,{AT},U1,S1,1,5,5",
    ]
    rows = rows_of(tmp_path, "\n".join([f"{PLAIN},实付金额", *lines]))
    assert amounts(rows) == [5, 5, 4, 5]


def test_a_coupon_on_first_lines_is_shared_like_the_total_beside_it(tmp_path: Path) -> None:
    lines = [f"A,1,{AT},U1,S1,2,5,12,2", f"A,2,{AT},U1,S2,1,4,0,0", f"B,1,{AT},U1,S1,1,5,5,0"]
    rows = rows_of(tmp_path, "\n".join([f"{PLAIN},实付金额,优惠金额", *lines]))
    assert amounts(rows) == [*OF_12, 5]
    assert amounts(rows, "coupon_yuan") == [Decimal("1.43"), Decimal("0.57"), 0]


def test_a_total_without_prices_is_read_where_the_order_has_one_line(tmp_path: Path) -> None:
    header = "订单编号,商品编码,数量,下单时间,会员编号,买家实际支付金额"
    lines = [
        f"1,S1,1,{AT},U1,50.00",
        f"2,S1,1,{AT},U1,60.00",
        f"2,S2,1,{AT},U1,60.00",
    ]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([header, *lines]))
    assert amounts(rows) == [50, None, None]
    assert any("cannot be shared out" in note for note in made.notes)


TILL = "订单编号,下单时间,用户编号,商品编码,数量,成交单价"


def line_ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["line_id"] for row in rows]


def test_one_row_per_piece_is_counted_piece_by_piece(tmp_path: Path) -> None:
    lines = [f"T1,{AT},U1,S1,1,3"] * 4 + [f"T1,{AT},U1,S2,1,5", f"T2,{AT},U1,S1,1,3"]
    rows = rows_of(tmp_path, "\n".join([TILL, *lines]))
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
    assert line_ids(rows_of(tmp_path, "\n".join([TILL, *lines]), **facts)) == expected


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
    rows = rows_of(tmp_path, "\n".join([f"{TILL},订单实付金额", *lines]))
    assert line_ids(rows) == [*expected, "S2"]


def test_a_row_changed_later_in_the_same_file_is_no_second_line(tmp_path: Path) -> None:
    lines = [f"A,{AT},U1,S1,5,3,{AT}", f"A,{AT},U1,S1,2,3,2026-10-05 12:00:00"]
    rows = rows_of(tmp_path, "\n".join([f"{TILL},更新时间", *lines]))
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
    assert [row["order_status"] for row in rows_of(tmp_path, "\n".join(text))] == statuses
