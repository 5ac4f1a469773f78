"""Amounts of an order that its own arithmetic shows: pieces, refunds, freight, coupons."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.staging import staged

P, W = "订单编号,下单时间,用户编号,商品编码,数量,单价", "2026-11-02 09:30:00"
Rows = list[tuple[Any, ...]]


def read(tmp_path: Path, more: str, lines: Rows) -> tuple[list[dict[str, Any]], str]:
    """The rows of a file of orders, SKUs, quantities and what follows; and its notes."""
    text = [f"{P},{more}"]
    for order, sku, *rest in lines:
        text.append(",".join([str(order), W, "M1", str(sku), *(str(one) for one in rest)]))
    made, rows = staged(tmp_path, "orders.csv", "\n".join(text) + "\n")
    assert made.rows_bad == 0
    return rows, " ".join(f"{note} {note.zh}" for note in made.notes)


def column(rows: list[dict[str, Any]], name: str) -> list[float | None]:
    return [None if row[name] is None else float(row[name]) for row in rows]


PIECES: list[tuple[Rows, list[float]]] = [
    ([("B1", "K1", 1, 8, 16), ("B1", "K1", 1, 8, 16), ("B2", "K1", 1, 4, 4)], [8, 8, 4]),
    ([("B1", "K1", 1, 8, 24)] * 3 + [("B2", "K1", 1, 4, 4)], [8, 8, 8, 4]),
    (
        [("B1", "K1", 1, 8, 21), ("B1", "K1", 1, 8, 21), ("B1", "K2", 1, 5, 21)],
        [8, 8, 5],
    ),
    # what is each piece's own stays
    ([("B1", "K1", 1, 8, 8), ("B1", "K1", 1, 8, 8), ("B2", "K1", 1, 4, 4)], [8, 8, 4]),
    # a line exported twice is no second one
    ([("B1", "K1", 2, 8, 16), ("B1", "K1", 2, 8, 16), ("B2", "K1", 1, 4, 4)], [16, 16, 4]),
]


@pytest.mark.parametrize(("lines", "paid"), PIECES)
def test_a_total_on_every_piece_of_an_order_counts_once(
    tmp_path: Path, lines: Rows, paid: list[float]
) -> None:
    rows, _ = read(tmp_path, "实付金额", lines)
    assert column(rows, "paid_amount_yuan") == paid


TWO = ("B2", "K2", 1, 5, 5, "")
REFUNDS: list[tuple[str, Rows, list[float | None]]] = [
    (
        "all of it, on the first line",
        [
            *[("B1", "K1", 2, 8, 16, 21), ("B1", "K2", 1, 5, 5, ""), TWO],
            *[("B3", "K1", 2, 8, 16, 21), ("B3", "K2", 1, 5, 5, "")],
        ],
        [16, 5, None, 16, 5],
    ),
    (
        "zeros behind it",
        [("B1", "K1", 2, 8, 16, 21), ("B1", "K2", 1, 5, 5, 0), TWO],
        [16, 5, None],
    ),
    (
        "on the last line",
        [("B1", "K2", 1, 5, 5, ""), ("B1", "K1", 1, 8, 8, 13), TWO],
        [5, 8, None],
    ),
    (
        "a part, more than its line",
        [("B1", "K1", 1, 8, 8, 10.5), ("B1", "K2", 1, 5, 5, ""), ("B1", "K3", 1, 8, 8, ""), TWO],
        [4, 2.5, 4, None],
    ),
    (
        "more than was paid for the line",
        [("B1", "K1", 2, 8, 12, 17), ("B1", "K2", 1, 5, 5, ""), TWO],
        [12, 5, None],
    ),
    (
        "a line's own",
        [("B1", "K1", 2, 8, 16, 16), ("B1", "K2", 1, 5, 5, ""), TWO],
        [16, None, None],
    ),
    (
        "the first orders' own, the last the order's",
        [
            *[("B1", "K1", 2, 8, 16, 16), ("B1", "K2", 1, 5, 5, "")],
            *[("B3", "K1", 2, 8, 16, 21), ("B3", "K2", 1, 5, 5, "")],
        ],
        [16, None, 16, 5],
    ),
]


@pytest.mark.parametrize(
    ("lines", "back"), [case[1:] for case in REFUNDS], ids=[case[0] for case in REFUNDS]
)
def test_a_refund_of_more_than_its_line_is_the_order_s(
    tmp_path: Path, lines: Rows, back: list[float | None]
) -> None:
    rows, notes = read(tmp_path, "实付金额,退款金额", lines)
    assert column(rows, "refund_yuan") == back
    assert ("退款金额 → refund_yuan" in notes) == any(one not in (None, 16) for one in back)


@pytest.mark.parametrize("more", ["实付金额,退款金额", "退款金额"])
def test_lines_with_numbers_show_it_too(tmp_path: Path, more: str) -> None:
    """Such a file is read line by line unless it shows a sign."""
    lines: Rows = []
    for number in range(40):
        back = "￥21.00" if number == 7 else ""
        first, second = [16, back], [5, ""]
        cut = 0 if "实付" in more else 1
        lines += [
            (f"B{number}", "K1", 2, 8, *first[cut:], 1),
            (f"B{number}", "K2", 1, 5, *second[cut:], 2),
        ]
    rows, _ = read(tmp_path, f"{more},订单行号", lines)
    back = [(row["order_id"], float(row["refund_yuan"])) for row in rows if row["refund_yuan"]]
    assert back == [("B7", 16.0), ("B7", 5.0)]


def test_a_refund_without_what_was_paid_is_compared_with_the_price(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "退款金额", [("B1", "K1", 2, 8, 21), ("B1", "K2", 1, 5, "")])
    assert column(rows, "refund_yuan") == [16, 5]


def test_a_refund_beside_a_total_on_first_lines_is_shared_like_it(tmp_path: Path) -> None:
    lines: Rows = [("B1", "K1", 2, 8, 21, 10.5), ("B1", "K2", 1, 5, "", "")]
    rows, _ = read(tmp_path, "实付金额,退款金额", lines)
    assert column(rows, "paid_amount_yuan") == [16, 5]
    assert column(rows, "refund_yuan") == [8, 2.5]


@pytest.mark.parametrize("name", ["退款金额", "优惠金额"])
def test_an_amount_that_is_the_same_on_all_lines_of_one_order_is_asked_about(
    tmp_path: Path, name: str
) -> None:
    lines: Rows = [("B1", "K1", 2, 8, 3), ("B1", "K2", 1, 5, 3), ("B2", "K2", 1, 5, "")]
    rows, notes = read(tmp_path, name, lines)
    to = {"退款金额": "refund_yuan", "优惠金额": "coupon_yuan"}[name]
    assert column(rows, to) == [3, 3, None]
    assert f"{name} → {to}" in notes and "无法判断是整单还是单行" in notes


def test_a_refund_on_all_lines_is_the_order_s_where_one_of_them_paid_less(tmp_path: Path) -> None:
    lines: Rows = [("B1", "K1", 2, 8, 12, 9), ("B1", "K2", 1, 10, 6, 9)]
    rows, _ = read(tmp_path, "实付金额,退款金额", lines)
    assert column(rows, "refund_yuan") == [6, 3]


FREIGHT: list[tuple[str, Rows, list[float]]] = [
    (
        "one line each",
        [("B1", "K1", 2, 8, 6, 22), ("B2", "K1", 1, 8, 0, 8), ("B3", "K1", 3, 8, 10, 34)],
        [16, 8, 24],
    ),
    (
        "on first lines",
        [("B1", "K1", 2, 8, 6, 22), ("B1", "K2", 1, 5, "", 5), ("B2", "K1", 1, 8, 0, 8)],
        [16, 5, 8],
    ),
    (
        "on every line, paid with the first",
        [("B1", "K1", 2, 8, 6, 22), ("B1", "K2", 1, 5, 6, 5), ("B2", "K1", 1, 8, 0, 8)],
        [16, 5, 8],
    ),
    (
        "each line with its own",
        [("B1", "K1", 2, 8, 6, 22), ("B1", "K2", 1, 5, 2, 7), ("B2", "K1", 1, 8, 0, 8)],
        [16, 5, 8],
    ),
    (
        "shared among the lines",
        [("B1", "K1", 2, 8, 4.2, 19.2), ("B1", "K2", 1, 5, 4.2, 6), ("B2", "K1", 1, 8, 0, 8)],
        [16, 5, 8],
    ),
    (
        "less a discount nobody names, once",
        [("B1", "K1", 2, 8, 6, 22), ("B2", "K1", 2, 8, 6, 19), ("B3", "K1", 2, 8, 6, 14)],
        [16, 13, 8],
    ),
    (
        "never in what was paid",
        [("B1", "K1", 2, 8, 6, 16), ("B2", "K1", 1, 8, 0, 8), ("B3", "K1", 3, 8, 10, 24)],
        [16, 8, 24],
    ),
    (
        "less than the price, which shows nothing",
        [("B1", "K1", 2, 8, 6, 15), ("B2", "K1", 1, 8, 0, 8)],
        [15, 8],
    ),
]


@pytest.mark.parametrize(
    ("lines", "paid"), [case[1:] for case in FREIGHT], ids=[case[0] for case in FREIGHT]
)
def test_a_freight_that_the_column_holds_is_taken_off(
    tmp_path: Path, lines: Rows, paid: list[float]
) -> None:
    rows, notes = read(tmp_path, "运费,实付金额", lines)
    assert column(rows, "paid_amount_yuan") == paid
    assert ("含运费" in notes) == (paid not in ([16, 8, 24], [15, 8]) or lines[0][-1] == 22)


def test_a_freight_beside_a_coupon_is_found_by_both(tmp_path: Path) -> None:
    lines: Rows = [("B1", "K1", 2, 8, 8, 6, 14), ("B2", "K1", 1, 8, "", 0, 8)]
    rows, _ = read(tmp_path, "优惠金额,运费,实付金额", lines)
    assert column(rows, "paid_amount_yuan") == [8, 8]
    assert rows[0]["coupon_yuan"] == Decimal(8)


def test_a_freight_given_back_is_taken_off_the_refund_like_off_what_was_paid(
    tmp_path: Path,
) -> None:
    lines: Rows = [
        ("B1", "K1", 2, 8, 6, 22, 22),
        ("B2", "K1", 1, 8, 0, 8, 3),
        ("B3", "K1", 2, 8, 6, 22, 10),
        ("B4", "K1", 2, 8, 6, 22, 27),
        ("B4", "K2", 1, 5, 0, 5, 0),
    ]
    rows, _ = read(tmp_path, "运费,实付金额,退款金额", lines)
    assert column(rows, "paid_amount_yuan") == [16, 8, 16, 16, 5]
    assert column(rows, "refund_yuan") == [16, 3, 10, 16, 5]
