"""What a platform says of an order's state, as demand must hear it: called off, unpaid, sold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lake import asking, home_with
from tests.staging import staged

HEADER = "订单编号,订单行号,下单时间,用户编号,商品编码,数量,成交单价,订单状态"

WORDS = [
    ("未发货，退款成功", "cancelled"),
    ("未发货,退款成功", "cancelled"),
    ("待发货/已退款", "cancelled"),
    ("退款成功（未发货）", "cancelled"),
    ("未发货 全额退款", "cancelled"),
    ("未发货退款成功", "cancelled"),
    ("买家已付款，等待卖家发货；退款成功", "cancelled"),
    ("交易关闭，退款成功", "cancelled"),
    ("已取消", "cancelled"),
    ("交易关闭", "cancelled"),
    ("已发货，退款成功", "refunded"),
    ("已收货-已退款", "refunded"),
    ("已发货,待收货", "shipped"),
    ("已发货，待签收", "shipped"),
    ("待付款", "unpaid"),
    ("等待买家付款", "unpaid"),
    ("已下单", "placed"),
]


def test_a_status_of_two_words_says_how_far_the_order_came(tmp_path: Path) -> None:
    lines = [
        f'A{number},1,2026-10-31 10:00:00,U1,S1,1,3.5,"{word}"'
        for number, (word, _) in enumerate([*WORDS, ("未发货，不知道", "")])
    ]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([HEADER, *lines]))
    assert [(word, row["order_status"]) for (word, _), row in zip(WORDS, rows, strict=True)] == (
        WORDS
    )
    # a word that nobody knows is never left out of what is read
    assert made.quarantine.column("reason_code").to_pylist() == ["order_status.codes"]


SAID_APART = [
    ("支付状态", "已支付", None),
    ("支付状态", "未支付", "unpaid"),
    ("支付状态", "已退款", "refunded"),
    ("是否取消", "是", "cancelled"),
    ("是否取消", "否", None),
    ("是否退款", "是", "refunded"),
]


def test_what_only_a_column_beside_the_status_says_is_heard(tmp_path: Path) -> None:
    for number, (header, word, status) in enumerate(SAID_APART):
        titles = HEADER.replace("订单状态", header)
        line = f"A1,1,2026-10-31 10:00:00,U1,S1,1,3,{word}"
        (row,) = staged(tmp_path / str(number), "orders.csv", f"{titles}\n{line}")[1]
        assert row["order_status"] == status, (header, word)


AFTER_SALES = [
    ("待发货", "退款成功", "cancelled"),
    ("已关闭", "已退款", "cancelled"),
    ("已完成", "退款成功", "refunded"),
    ("已完成", "无售后或售后取消", "completed"),
    ("待发货", "", "paid"),
]


def test_a_refund_in_a_column_of_its_own_is_heard(tmp_path: Path) -> None:
    lines = [
        f"A{number},1,2026-10-31 10:00:00,U1,S1,1,3.5,{status},{after}"
        for number, (status, after, _) in enumerate(AFTER_SALES)
    ]
    _, rows = staged(tmp_path, "orders.csv", "\n".join([f"{HEADER},售后状态", *lines]))
    assert [row["order_status"] for row in rows] == [code for *_, code in AFTER_SALES]


ON_DELIVERY = [
    ("已完成", "未支付", "completed"),
    ("交易成功", "待付款", "completed"),
    ("已签收", "未付款", "completed"),
    ("已发货", "未支付", "shipped"),
    ("待提货", "待支付", "arrived"),
    ("待发货", "未支付", "unpaid"),
    ("待付款", "未支付", "unpaid"),
    ("已取消", "未支付", "unpaid"),  # given up before it was paid
    ("交易关闭", "未付款", "unpaid"),
    ("已完成", "已支付", "completed"),
]


def test_goods_that_were_handed_over_are_sold_though_paid_on_delivery(tmp_path: Path) -> None:
    lines = [
        f"A{number},1,2026-10-31 10:00:00,U1,S1,1,3.5,{status},{paid}"
        for number, (status, paid, _) in enumerate(ON_DELIVERY)
    ]
    _, rows = staged(tmp_path, "orders.csv", "\n".join([f"{HEADER},支付状态", *lines]))
    assert [row["order_status"] for row in rows] == [code for *_, code in ON_DELIVERY]


@pytest.mark.parametrize(
    ("preset", "header"),
    [
        ("shiziyu", "订单编号,下单时间,openid,商品编码,商品名称,商品数量,商品单价,状态"),
        ("youzan", "订单号,订单创建时间,买家ID,规格编码,商品名称,商品数量,商品单价,订单状态"),
        ("kuaituantuan", "订单号,支付时间,下单人ID,商品编码,商品,数量,商品单价,订单状态"),
    ],
    ids=["shiziyu", "youzan", "kuaituantuan"],
)
def test_an_unpaid_order_is_unpaid_in_every_preset(
    tmp_path: Path, preset: str, header: str
) -> None:
    word = "待支付" if preset == "kuaituantuan" else "待付款"
    cells = f"A1,2026-10-31 10:00:00,U1,S1,x,1,3.5,{word}"
    made, rows = staged(tmp_path, "orders.csv", f"{header}\n{cells}\n")
    assert made.source.fit.mapping.preset == preset
    assert [row["order_status"] for row in rows] == ["unpaid"]


REFUNDS = (35, 0, 35, 0)


def test_what_nobody_paid_or_received_is_no_demand(tmp_path: Path) -> None:
    statuses = {"A1": "未发货，退款成功", "A2": "待付款", "A3": "已发货，退款成功", "A4": "已完成"}
    home = home_with(
        tmp_path,
        {
            "orders": (
                [*HEADER.split(","), "退款金额"],
                [
                    (order, 1, "2026-10-31 10:00:00", "U1", "S1", 10, 3.5, status, refund)
                    for (order, status), refund in zip(
                        statuses.items(), (35, 0, 35, 0), strict=True
                    )
                ],
            )
        },
    )
    sql = (Path("assets/profiles/known_lines.sql")).read_text()
    with asking(home, sql) as session:
        rows = session.rows(
            f"select order_id, sold_units, net_yuan from ({sql}) order by 1",
            as_of="2026-10-31",
            as_of_end="2026-11-01 00:00:00",
        )
    assert rows == [("A1", 0, 0), ("A2", 0, 0), ("A3", 10, 0), ("A4", 10, 35)]
