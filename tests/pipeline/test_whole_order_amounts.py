"""Amounts that a file gives for the order, under headers or on rows of its lines."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.staging import staged, staged_file, staged_rows

AT = "2026-10-05 10:00:00"
PLAIN = "订单编号,订单行号,下单时间,用户编号,商品编码,数量,成交单价"


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
    rows = staged_rows(tmp_path, "\n".join([header, *lines]))
    assert amounts(rows) == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34"), 3]
    assert amounts(rows, "refund_yuan") == [1, 1, 1, 0]


def test_a_row_exported_twice_has_the_share_of_the_row_it_repeats(tmp_path: Path) -> None:
    lines = [f"A,1,{AT},U1,S1,1,10,30,6", *[f"A,2,{AT},U1,S2,2,10,30,6"] * 2]
    rows = staged_rows(tmp_path, "\n".join([f"{PLAIN},实付金额,退款金额", *lines]))
    assert amounts(rows) == [10, 20, 20]


def test_a_refund_of_the_order_on_every_line_is_shared_out(tmp_path: Path) -> None:
    """A line's refund is never more than the line; most orders have none."""
    lines = [
        f"A,1,{AT},U1,S1,1,10,30",
        f"A,2,{AT},U1,S2,2,10,30",
        *[f"B{number},{line},{AT},U1,S1,1,10,0" for number in range(3) for line in (1, 2)],
    ]
    rows = staged_rows(tmp_path, "\n".join([f"{PLAIN},退款金额", *lines]))
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
    rows = staged_rows(tmp_path, "\n".join([BY_TOTAL, *text]))
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
    rows = staged_rows(tmp_path, "\n".join([f"{PLAIN},实付金额", *lines]))
    assert amounts(rows) == [5, 5, 4, 5]


def test_a_coupon_on_first_lines_is_shared_like_the_total_beside_it(tmp_path: Path) -> None:
    lines = [f"A,1,{AT},U1,S1,2,5,12,2", f"A,2,{AT},U1,S2,1,4,0,0", f"B,1,{AT},U1,S1,1,5,5,0"]
    rows = staged_rows(tmp_path, "\n".join([f"{PLAIN},实付金额,优惠金额", *lines]))
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
    assert made.repairs.num_rows == 0 and made.rows_repaired == 0


PRICED = "订单编号,商品编码,数量,下单时间,会员编号,单价"
SHARED_ROWS = [
    pytest.param("买家实际支付金额", ["A,S1,1,T,U,5,8", "A,S2,1,T,U,5,8"], 2, id="a total"),
    pytest.param("买家实际支付金额", ["A,S1,1,T,U,5,8", "A,S2,1,T,U,,8"], 0, id="a price missing"),
    pytest.param(
        "买家实际支付金额",
        ["A,S1,1,T,U,5,8", "A,S2,1,T,U,,8", "B,S1,1,T,U,5,8", "B,S2,1,T,U,5,8"],
        2, id="a price missing in one order",
    ),
    pytest.param("买家实际支付金额", ["A,S1,1,T,U,5,5", "B,S2,1,T,U,5,4"], 0, id="single lines"),
    pytest.param("实付金额", ["A,S1,1,T,U,5,8", "A,S2,1,T,U,5,8"], 2, id="on every line"),
    pytest.param("实付金额", ["A,S1,1,T,U,5,5", "A,S2,1,T,U,5,5"], 0, id="each its own"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "lines", "shared"), SHARED_ROWS)
def test_a_repair_is_counted_where_a_value_came_of_it(
    tmp_path: Path, header: str, lines: list[str], shared: int
) -> None:
    text = [line.replace(",T,", f",{AT},") for line in lines]
    made, _ = staged(tmp_path, "orders.csv", "\n".join([f"{PRICED},{header}", *text]))
    found = {(row["column_name"], row["kind"]): row["rows"] for row in made.repairs.to_pylist()}
    assert found == ({("paid_amount_yuan", "order_shared"): shared} if shared else {})
    assert made.rows_repaired == shared
