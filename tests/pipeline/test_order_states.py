"""What a platform says of an order's state, as demand must hear it: called off, unpaid, sold."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.core.order_lines import order_lines
from assets.ingest.dry_run import dry_run_file
from data_contracts.platform_file import FileFacts
from tests.lake import asking, home_at, home_with
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
    ("是否退款", "全额", "refunded"),
    ("是否取消", "无", None),
    ("是否取消", "没有", None),
    ("支付状态", "无", "unpaid"),
    ("支付状态", "交易关闭", "cancelled"),
]


def test_what_only_a_column_beside_the_status_says_is_heard(tmp_path: Path) -> None:
    for number, (header, word, status) in enumerate(SAID_APART):
        titles = HEADER.replace("订单状态", header)
        line = f"A1,1,2026-10-31 10:00:00,U1,S1,1,3,{word}"
        (row,) = staged(tmp_path / str(number), "orders.csv", f"{titles}\n{line}")[1]
        assert row["order_status"] == status, (header, word)


def test_a_word_under_after_sales_that_only_a_question_makes_plain_is_asked_about(
    tmp_path: Path,
) -> None:
    """是 and 全额 answer 是否退款; under 售后状态 they may mean any after-sales case."""
    lines = [
        f"A{number},1,2026-10-31 10:00:00,U1,S1,1,3.5,已完成,{word}"
        for number, word in enumerate(["是", "全额", "无"])
    ]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([f"{HEADER},售后状态", *lines]))
    assert [row["order_status"] for row in rows] == ["completed"]
    assert made.quarantine.column("reason_code").to_pylist() == ["order_status.codes"] * 2


VALID = [
    ("是", "paid"),
    ("有效", "paid"),
    ("否", "cancelled"),
    ("无效", "cancelled"),
    ("已取消", "cancelled"),
    ("", "paid"),
    ("none", "paid"),  # an empty cell, in whatever case a program writes it
    ("nOnE", "paid"),
    ("ok", "paid"),
]


def test_an_order_that_is_not_valid_is_called_off_and_no_answer_is_asked_about(
    tmp_path: Path,
) -> None:
    """无 under "valid" is a no or no answer: somebody must say which, so the line is set aside."""
    lines = [
        f"A{number},1,2026-10-31 10:00:00,U1,S1,1,3.5,已付款,{word}"
        for number, word in enumerate([*(word for word, _ in VALID), "无", "没有"])
    ]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([f"{HEADER},是否有效", *lines]))
    assert [row["order_status"] for row in rows] == [code for _, code in VALID]
    assert made.quarantine.column("reason_code").to_pylist() == ["order_status.codes"] * 2


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
    assert made.source.match.mapping.preset == preset
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
    sql = (Path("assets/core/order_lines_as_of.sql")).read_text()
    with asking(home, f"{sql} orders") as session:
        order_lines(session)
        rows = session.rows(
            f"select order_id, sold_units, net_yuan from ({sql}) order by 1",
            as_of="2026-10-31",
            as_of_end="2026-11-01 00:00:00",
        )
    assert rows == [("A1", 0, 0), ("A2", 0, 0), ("A3", 10, 0), ("A4", 10, 35)]


PLAIN_WORDS = {
    "cancelled": "用户取消 买家取消 系统自动取消 已作废 拼团失败",
    "refunded": "已拒收 已退货",
    "paid": "部分退款 退款中 货到付款 申请退款",
    "unpaid": "支付超时 待付 未付",
    "completed": "COMPLETED Completed DELIVERED",
    "shipped": "SHIPPED",
}


def test_words_of_plain_meaning_are_known(tmp_path: Path) -> None:
    wanted = [(word, code) for code, said in PLAIN_WORDS.items() for word in said.split()]
    lines = [f"A{n},1,2026-10-31 10:00:00,U1,S1,1,3.5,{word}" for n, (word, _) in enumerate(wanted)]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([HEADER, *lines]))
    assert made.rows_bad == 0
    found = [(word, row["order_status"]) for (word, _), row in zip(wanted, rows, strict=True)]
    assert found == wanted


def test_an_unknown_word_is_named_with_the_words_of_the_codes(tmp_path: Path) -> None:
    lines = [
        f"A{n},1,2026-10-31 10:00:00,U1,S1,1,3.5,{word},{unit}"
        for n, (word, unit) in enumerate(
            [
                ("怪", "件"),
                ("怪", "件"),
                ("更怪", "件"),
                *(("已完成", u) for u in ("ml", "克", "lb")),
            ]
        )
    ]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([f"{HEADER},单位", *lines]), "utf-8")
    found = dry_run_file(home_at(tmp_path, tmp_path), path, FileFacts(path.name)).reasons
    said = {one.reason_code: (one.reason, one.reason_zh) for one in found}
    assert said["order_status.codes"][1] == (
        "订单状态“怪”“更怪”不在允许的取值内："
        "待付款、已下单、已付款、已发货、已到自提点、已完成、已取消、已退款"
    )
    assert said["order_status.codes"][0].startswith(
        'order_status (订单状态) "怪", "更怪" is not one of: unpaid (待付款), '
    )
    assert "“ml”“克”“lb”" in said["sale_unit.codes"][1]


def test_what_stands_under_a_refund_where_there_was_none_is_nothing(tmp_path: Path) -> None:
    words = ["无退款申请", "没有申请退款", "未退款", "无退款", "退款关闭", "-", "无", "0", "2.5"]
    lines = [
        f"A{n},1,2026-10-31 10:00:00,U1,S1,1,3.5,已完成,{word}" for n, word in enumerate(words)
    ]
    for number, header in enumerate(("退款金额", "商品退款金额", "refund_amount")):
        made, rows = staged(
            tmp_path / str(number), "orders.csv", "\n".join([f"{HEADER},{header}", *lines])
        )
        assert made.rows_bad == 0
        assert [row["refund_yuan"] for row in rows] == [*[None] * 7, 0, 2.5]


def test_what_is_sold_by_the_pair_or_dozen_is_sold_in_pieces(tmp_path: Path) -> None:
    lines = [
        f"A{n},1,2026-10-31 10:00:00,U1,S1,1,3.5,已完成,{unit}"
        for n, unit in enumerate(["组", "对", "双", "打", "盘", "卷", "片"])
    ]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([f"{HEADER},单位", *lines]))
    assert made.rows_bad == 0
    assert {row["sale_unit"] for row in rows} == {"piece"}
