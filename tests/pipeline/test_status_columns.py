"""What columns beside the order's own status say of it: came back, paid, called off, sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.core.order_lines import order_lines
from assets.ingest.stage.stage_file import StagedFile
from tests.lake import asking, home_with
from tests.staging import staged

HEADER = "订单编号,下单时间,用户编号,商品编码,数量,单价"
AT = "2026-11-02 09:30:00"


def statuses(
    folder: Path, headers: str, rows: list[tuple[str, ...]]
) -> tuple[StagedFile, dict[str, str | None]]:
    """What staging makes of `rows`, cells under `headers`, and the statuses of the good ones."""
    lines = [f"A{n},{AT},U1,S1,1,3," + ",".join(cells) for n, cells in enumerate(rows)]
    made, good = staged(folder, "orders.csv", "\n".join([f"{HEADER},{headers}", *lines]))
    return made, {row["order_id"]: row["order_status"] for row in good}


def heard(folder: Path, headers: str, rows: list[tuple[str, ...]]) -> list[str | None]:
    """The statuses, `aside` for what is set aside."""
    made, good = statuses(folder, headers, rows)
    assert len(good) + made.rows_bad == len(rows)
    return [good.get(f"A{n}", "aside") for n in range(len(rows))]


NOTHING_LEFT = ["未发货", "待发货", "待配送", "未出库", "等待发货", "待接单", "待成团", "已支付"]
NOTHING_LEFT += [
    "已付款",
    "备货中",
    "已下单",
    "paid",
    "待发货\N{SPACE}",
    "未发货\N{NO-BREAK SPACE}",
]
NOT_SOLD = ["订单关闭", "订单取消", "取消", "交易取消", "交易关闭", "已取消", "未付款", "待付款"]
WENT_OUT = ["已发货", "待收货", "配送中", "已签收", "交易成功", "已完成", "待提货"]


@pytest.mark.parametrize("header", ["售后状态", "退款状态", "支付状态"])
def test_a_full_refund_means_what_the_order_s_own_code_makes_of_it(
    tmp_path: Path, header: str
) -> None:
    rows = [(word, "退款成功") for word in [*NOTHING_LEFT, *NOT_SOLD, *WENT_OUT]]
    found = heard(tmp_path, f"订单状态,{header}", rows)
    assert set(found[: len(NOTHING_LEFT)]) == {"cancelled"}
    assert set(found[len(NOTHING_LEFT) : -len(WENT_OUT)]) == {"cancelled", "unpaid"}
    assert set(found[-len(WENT_OUT) :]) == {"refunded"}


def test_a_yes_or_a_payment_taken_back_before_anything_left_calls_the_order_off(
    tmp_path: Path,
) -> None:
    for number, (header, word) in enumerate(
        [("支付状态", "已退款"), ("是否退款", "是"), ("是否已退款", "√"), ("售后状态", "全额退款")]
    ):
        rows = [("待发货", word), ("已完成", word), ("待发货", "")]
        found = heard(tmp_path / str(number), f"订单状态,{header}", rows)
        assert found == ["cancelled", "refunded", "paid"], header


WORDS = {
    "支付状态": {
        "unpaid": "支付失败 待付 未付 Unpaid pending 支付超时 未支付成功 付款失败 等待买家付款 0"
        " 未缴费 欠款 未付清",
        "refunded": "已退款 退款成功 全部退款 Refunded 已全额退款",
        "cancelled": "已取消 已关闭 voided 已过期",
        None: "已支付 支付成功 付款成功 Paid 部分退款 退款中 未退款 货到付款 交易成功 1"
        " 现金 succeeded 已结清",
        "aside": "X9 99",
    },
    "是否取消": {
        "cancelled": "Yes √ 已取消 yes T 取消 是 Y TRUE 1 已作废",
        None: "No × 未取消 否 N false 0 没有取消 正常 无 申请取消",
        "aside": "X9",
    },
    "售后状态": {
        "refunded": "已退货退款 仅退款成功 退款已完成 售后成功 退款成功 已退款 全额已退款 refunded"
        " 已完成退款 退货入库",
        None: "无售后 无售后或售后取消 正常 未申请 没有申请退款 退款关闭 退款取消 拒绝退款 退款中"
        " 处理中 待处理 部分退款 换货成功 无 售后关闭 待商家处理 已拒绝退款 none 未退款 已同意退款"
        " 不支持售后",
        "aside": "X9 1",
    },
    "退款状态": {
        "refunded": "全部退款 全额已退款 退款完成",
        None: "未退款 退款失败 退款申请中 申请退款 等待退款 partially_refunded",
        "aside": "奇怪",
    },
    "是否退款": {
        "refunded": "√ 全部退款 是 已退款 Yes 退款 全额",
        None: "否 未退款 × x 部分退款 退款中",
        "aside": "奇怪",
    },
    "是否付款": {"unpaid": "否 未付款 × no N 0", None: "是 已付款 √ yes", "aside": "奇怪"},
    "是否支付": {"unpaid": "否 待支付", None: "是 已支付"},
    "发货状态": {"shipped": "已发货 部分发货 待收货 已到店", None: "未发货 待发货 无需发货 奇怪"},
}  # fmt: skip


@pytest.mark.parametrize("header", list(WORDS))
def test_a_word_beside_the_status_means_what_it_says_or_its_row_is_set_aside(
    tmp_path: Path, header: str
) -> None:
    wanted = [(word, code) for code, said in WORDS[header].items() for word in said.split()]
    found = heard(tmp_path, header, [*((word,) for word, _ in wanted), ("",)])
    assert list(zip([word for word, _ in wanted], found[:-1], strict=True)) == wanted
    assert found[-1] is None


def test_an_unknown_word_is_named_with_its_header(tmp_path: Path) -> None:
    made, good = statuses(tmp_path, "订单状态,售后状态", [("待发货", "奇怪"), ("已取消", "奇怪")])
    assert good == {"A1": "cancelled"}  # whatever came back, it was not sold
    (row,) = made.quarantine.to_pylist()
    assert (row["reason_code"], row["raw_value"]) == ("order_status.codes", "售后状态：奇怪")


def test_what_was_not_sent_is_called_off_by_a_refund(tmp_path: Path) -> None:
    rows = [
        ("已退款", "未发货"), ("已退款", "已发货"), ("已付款", "已发货"), ("已付款", "未发货"),
        ("退款成功", "否"), ("退款成功", "是"), ("已完成", "未发货"), ("待付款", "未发货"),
    ]  # fmt: skip
    found = heard(tmp_path, "订单状态,发货状态", rows)
    assert found == [
        *("cancelled", "refunded", "shipped", "paid"),
        *("cancelled", "refunded", "completed", "unpaid"),
    ]
    rows = [("未发货", "退款成功"), ("已发货", "退款成功"), ("未发货", ""), ("已签收", "")]
    found = heard(tmp_path / "alone", "发货状态,售后状态", rows)
    assert found == ["cancelled", "refunded", None, "completed"]


def test_goods_that_went_out_are_sold_though_not_paid_yet(tmp_path: Path) -> None:
    rows = [("已发货", "未支付"), ("未发货", "未支付"), ("已签收", "待付款"), ("已签收", "已退款")]
    found = heard(tmp_path, "发货状态,支付状态", rows)
    assert found == ["shipped", "unpaid", "completed", "refunded"]


def test_a_preset_hears_usual_columns_beside_its_status(tmp_path: Path) -> None:
    titles = "订单号,订单创建时间,买家ID,规格编码,商品名称,商品数量,商品单价,订单状态,售后状态"
    lines = [f"A{n},{AT},U1,S1,x,1,3.5,待发货,{word}" for n, word in enumerate(["退款成功", "无"])]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([titles, *lines]))
    assert made.source.match.mapping.preset == "youzan"
    assert [row["order_status"] for row in rows] == ["cancelled", "paid"]


def test_a_platform_s_own_mapping_translates_a_word_beside_the_status(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    own = """version,column,header,transform,value,code,note
,order_id,订单编号,,,,
,ordered_at,下单时间,,,,
,user_id,用户编号,,,,
,sku_id,商品编码,,,,
,quantity_units,数量,,,,
,order_status,订单状态,,,,
,after_sales_state,售后状态,,,,
,after_sales_state,售后状态,,奇怪,refunded,
,after_sales_state,售后状态,,退款成功,nothing,
"""
    (tmp_path / "mappings" / "ours_orders.csv").write_text(own, "utf-8")
    rows = [("待发货", "奇怪"), ("待发货", "退款成功"), ("待发货", "全额退款")]
    assert heard(tmp_path, "订单状态,售后状态", rows) == ["cancelled", "paid", "cancelled"]


LATER = "2026-11-03 08:00:00"
FILES = {
    "取消时间": [((LATER,), "cancelled"), (("",), None), (("0000-00-00 00:00:00",), None)],
    "订单状态,取消时间": [
        (("待发货", LATER), "cancelled"),
        (("已下单", LATER), "cancelled"),
        (("", LATER), "cancelled"),
        (("待付款", LATER), "unpaid"),
        (("已取消", LATER), "cancelled"),
        (("退款成功", LATER), "cancelled"),
        (("已退款", ""), "refunded"),
        # the goods went out: what was asked for and sent stays demand
        (("已发货", LATER), "shipped"),
        (("已完成", LATER), "completed"),
        (("已发货，退款成功", LATER), "refunded"),
    ],
    "订单状态,售后状态,取消时间": [
        (("已完成", "退款成功", LATER), "refunded"),
        (("已付款", "退款成功", LATER), "cancelled"),
        (("", "退款成功", LATER), "cancelled"),
    ],
    "订单状态,发货状态,取消时间": [
        (("已退款", "已发货", LATER), "refunded"),
        (("已退款", "未发货", LATER), "cancelled"),
        (("已付款", "已发货", LATER), "shipped"),
    ],
    "支付状态,取消时间": [(("已支付", LATER), "cancelled"), (("已支付", ""), None)],
    "订单状态,取消数量,取消时间": [
        (("待发货", "0.5", LATER), "paid"),  # those units, as the line says
        (("待发货", "0", LATER), "cancelled"),
        (("待发货", "", LATER), "cancelled"),
    ],
}


@pytest.mark.parametrize("headers", list(FILES))
def test_a_moment_of_cancellation_calls_off_what_was_not_sent(tmp_path: Path, headers: str) -> None:
    found = heard(tmp_path, headers, [cells for cells, _ in FILES[headers]])
    assert found == [code for _, code in FILES[headers]]


def test_what_a_moment_called_off_is_counted(tmp_path: Path) -> None:
    made, _ = statuses(tmp_path, "取消时间", [(LATER,), ("",), (LATER,)])
    (repair,) = (row for row in made.repairs.to_pylist() if row["column_name"] == "order_status")
    assert (repair["kind"], repair["rows"]) == ("cancelled", 2)


def test_a_shop_s_cancelled_order_is_called_off_whatever_was_paid(tmp_path: Path) -> None:
    titles = (
        "Name,Paid at,Fulfillment Status,Financial Status,Created at,Lineitem quantity,"
        "Lineitem name,Lineitem price,Lineitem sku,Shipping Name,Cancelled at,Refunded Amount"
    )
    states = [
        ("unfulfilled", "paid", "cancelled"),
        ("", "partially_refunded", "cancelled"),
        ("unfulfilled", "partially_refunded", "cancelled"),
        ("", "refunded", "cancelled"),
        ("fulfilled", "refunded", "refunded"),
        ("fulfilled", "paid", "shipped"),
        ("unfulfilled", "pending", "cancelled"),
    ]
    lines = [
        f"#{n},{AT},{sent},{paid},{AT},1,Apple,10,AP,Li,{LATER},0"
        for n, (sent, paid, _) in enumerate(states)
    ]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([titles, *lines]))
    assert made.source.match.mapping.preset == "shopify"
    assert [row["order_status"] for row in rows] == [code for *_, code in states]


def test_a_cancelled_order_is_not_sold(tmp_path: Path) -> None:
    home = home_with(
        tmp_path,
        {
            "orders": (
                [*HEADER.split(","), "取消数量", "取消时间"],
                [
                    ("A1", AT, "U1", "S1", 4, 3, "", LATER),
                    ("A2", AT, "U1", "S1", 4, 3, 1, LATER),
                    ("A3", AT, "U1", "S1", 4, 3, "", ""),
                ],
            )
        },
    )
    sql = Path("assets/core/order_lines_as_of.sql").read_text()
    sold = {}
    with asking(home, f"{sql} orders") as session:
        order_lines(session)
        for day in ("2026-11-02", "2026-11-03"):
            sold[day] = session.rows(
                f"select order_id, sold_units from ({sql}) order by 1",
                as_of=day,
                as_of_end=f"{day} 23:00:00",
            )
    # the day before it was called off, the order stood
    assert sold["2026-11-02"] == [("A1", 4), ("A2", 4), ("A3", 4)]
    assert sold["2026-11-03"] == [("A1", 0), ("A2", 3), ("A3", 4)]


def test_an_order_without_a_moment_of_sending_was_not_sent_where_the_file_shows_it(
    tmp_path: Path,
) -> None:
    rows = [("已退款", LATER), ("已退款", ""), ("已完成", LATER), ("待发货", ""), ("已取消", "")]
    found = heard(tmp_path / "shown", "订单状态,发货时间", rows)
    assert found == ["refunded", "cancelled", "completed", "paid", "cancelled"]
    # where no refunded order has one, none says nothing
    found = heard(tmp_path / "never", "订单状态,发货时间", [("已退款", ""), ("已完成", LATER)])
    assert found == ["refunded", "completed"]
    rows = [("退款成功", "2026-11-03"), ("退款成功", "")]
    assert heard(tmp_path / "beside", "售后状态,发货时间", rows) == ["refunded", "cancelled"]
    # a moment of a plan makes nothing sent that is said to wait
    rows = [("待发货", "退款成功", LATER), ("", "", LATER)]
    assert heard(tmp_path / "plan", "订单状态,售后状态,发货时间", rows) == ["cancelled", None]


def test_an_order_called_off_after_it_was_sent_is_sold(tmp_path: Path) -> None:
    soon, late = "2026-11-02 20:00:00", "2026-11-04 10:00:00"
    rows = [("已付款", soon, LATER), ("已付款", late, LATER), ("已付款", "", LATER)]
    found = heard(tmp_path, "订单状态,发货时间,取消时间", rows)
    assert found == ["paid", "cancelled", "cancelled"]
    rows = [(soon, LATER), (late, LATER), ("", LATER)]
    assert heard(tmp_path / "bare", "发货时间,取消时间", rows) == [None, "cancelled", "cancelled"]


@pytest.mark.parametrize("header", ["单据类型", "业务类型", "订单类型", "document_type"])
def test_a_row_of_a_return_is_never_sold(tmp_path: Path, header: str) -> None:
    words = [
        "退货",
        "销售退货",
        "退款单",
        "Return",
        "销售",
        "销售出库",
        "普通订单",
        "",
        "换货",
        "作废",
    ]
    found = heard(tmp_path, header, [(word,) for word in words])
    assert found == [*["aside"] * 4, *[None] * 5, "cancelled"]
    titles = f"{HEADER},{header}"
    line = f"A1,{AT},U1,S1,-1,3,退货"
    made, _ = staged(tmp_path / "negative", "orders.csv", f"{titles}\n{line}")
    assert made.rows_bad == 1


def test_an_unread_column_that_may_change_sales_is_named_first(tmp_path: Path) -> None:
    titles = "备注,取消原因,商品标记状态,颜色,退货标记,快递单号"
    made, _ = statuses(tmp_path, titles, [("x", "y", "正常", "红", "", "1")])
    assert made.ignored_headers == (
        *("商品标记状态", "退货标记"),
        *("备注", "取消原因", "颜色", "快递单号"),
    )


VALIDITY = {
    "是否有效": {
        "cancelled": "否 无效 N no 0 false × 已作废 作废 失效 已失效 无效订单 invalid 已取消",
        None: "是 有效 Y yes 1 true √ 正常 valid 有效订单",
        "aside": "奇怪 无",
    },
    "订单是否有效": {"cancelled": "否 无效", None: "是 有效"},
    "有效状态": {"cancelled": "无效 0 失效 作废", None: "有效 1 生效"},
    "is_valid": {"cancelled": "0 false N invalid", None: "1 true Y valid"},
}
ITEM = {
    "商品状态": {
        "refunded": "已退款 退款成功 已退货 退款完成 全额退款 已完成退款",
        "cancelled": "已取消 已关闭 作废 买家取消 交易关闭",
        "unpaid": "待付款 未付款",
        "shipped": "已发货 待收货",
        "completed": "已签收 已完成 交易成功",
        # the product's own: whether it is on offer says nothing of what was sold
        None: "在售 下架 已下架 上架 已上架 售罄 停售 预售 正常 新品 1 0 是 已停售 出售中 仓库中"
        " 热卖 未退款 退款中 退款关闭 取消退款 待发货 部分退款 申请退款",
    },
    "明细状态": {"refunded": "已退款", "cancelled": "已取消", "shipped": "已发货", "aside": "奇怪"},
    "子订单状态": {"refunded": "退款成功", "cancelled": "交易关闭", "completed": "交易成功"},
    "item_status": {"refunded": "refunded", "cancelled": "cancelled", None: "active in_stock"},
}


@pytest.mark.parametrize("header", [*VALIDITY, *ITEM])
def test_a_line_that_is_flagged_is_no_sale_and_a_product_s_state_says_nothing(
    tmp_path: Path, header: str
) -> None:
    said_of = (VALIDITY | ITEM)[header]
    wanted = [(word, code) for code, said in said_of.items() for word in said.split()]
    found = heard(tmp_path, header, [*((word,) for word, _ in wanted), ("",)])
    assert list(zip([word for word, _ in wanted], found[:-1], strict=True)) == wanted
    assert found[-1] is None


def test_what_is_said_of_one_line_is_said_of_no_other(tmp_path: Path) -> None:
    lines = [
        f"B1,{AT},U1,S1,1,3,已付款,已退款,是",
        f"B1,{AT},U1,S2,1,3,已付款,在售,是",
        f"B1,{AT},U1,S3,1,3,已付款,,否",
        f"B2,{AT},U1,S1,2,3,已完成,下架,是",
        f"B2,{AT},U1,S2,2,3,已完成,退款成功,是",
    ]
    header = f"{HEADER},订单状态,商品状态,是否有效"
    _, rows = staged(tmp_path, "orders.csv", "\n".join([header, *lines]))
    assert {(row["order_id"], row["sku_id"]): row["order_status"] for row in rows} == {
        ("B1", "S1"): "cancelled",
        ("B1", "S2"): "paid",
        ("B1", "S3"): "cancelled",
        ("B2", "S1"): "completed",
        ("B2", "S2"): "refunded",
    }
