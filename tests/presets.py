"""Order lines as each platform would export them, and the dirt real exports carry.

An independent second writing of the formats: nothing here reads the mapping files. Lines come in
as dicts of text, one per column of the orders contract. Two sorts of dirt: what must be repaired to
the same value, and rows that must be set aside, each with the reason that is due.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

Line = dict[str, str]
EAST = timedelta(hours=8)

KTT_STATUS = {
    "unpaid": {"shipping_status": 0},
    "paid": {"shipping_status": 0},
    "shipped": {"shipping_status": 1},
    "arrived": {"shipping_status": 2},
    "completed": {"shipping_status": 3},
    "cancelled": {"cancel_status": 1},
    "refunded": {"after_sales_status": 2},
}
SHIZIYU_STATUS = {
    "unpaid": "待付款", "paid": "待发货", "shipped": "配送中", "arrived": "待提货",
    "completed": "已完成", "cancelled": "交易取消", "refunded": "已退款",
}  # fmt: skip
YOUZAN_STATUS = {
    "unpaid": "WAIT_BUYER_PAY", "paid": "WAIT_SELLER_SEND_GOODS",
    "shipped": "WAIT_BUYER_CONFIRM_GOODS", "arrived": "WAIT_BUYER_CONFIRM_GOODS",
    "completed": "TRADE_SUCCESS", "cancelled": "TRADE_CLOSED", "refunded": "TRADE_REFUND",
}  # fmt: skip


def fen(yuan: str) -> int:
    return int((Decimal(yuan or "0") * 100).to_integral_value())


def number(text: str) -> float:
    """A quantity as JSON writes it: whole where it is whole."""
    found = float(text)
    return int(found) if found.is_integer() else found


def milliseconds(moment: str) -> int:
    local = datetime.fromisoformat(moment).replace(tzinfo=UTC) - EAST
    return int(local.timestamp() * 1000)


def orders_of(lines: list[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line["order_id"], []).append(line)
    return found


def kuaituantuan(lines: list[Line]) -> list[dict]:
    """Orders of `pdd.ktt.order.list`: fen, milliseconds, codes, lines in a list."""
    return [
        {
            "order_sn": order,
            "activity_no": found[0]["activity_id"] or None,
            "confirm_at": milliseconds(found[0]["ordered_at"]),
            "updated_at": milliseconds(found[0]["updated_at"]) if found[0]["updated_at"] else 0,
            "open_id": found[0]["user_id"],
            "nick_name": "用户",
            "cancel_status": 0,
            "after_sales_status": 0,
            "verification_status": 0,
            "self_pick_site_no": found[0]["community_id"],
            "receiver_name": found[0]["receiver_name"],
            "receiver_mobile": found[0]["receiver_phone"],
        }
        | KTT_STATUS[found[0]["order_status"]]
        | {
            "sub_order_list": [
                {
                    "sub_order_sn": line["line_id"],
                    "external_sku_id": line["sku_id"],
                    "goods_name": line["sku_name"],
                    "category_name": line["category"],
                    "goods_number": number(line["quantity_units"]),
                    "goods_price": fen(line["unit_price_yuan"]),
                    "already_cancel_number": number(line["cancelled_units"] or "0"),
                    "refund_goods_amount": fen(line["refund_yuan"]),
                }
                for line in found
            ]
        }
        for order, found in orders_of(lines).items()
    ]


def shiziyu(lines: list[Line], version: str) -> list[Line]:
    """Rows of 狮子鱼's export: amounts of the order repeat on every line."""
    quantity, price, spec, name = {
        "1": ("数量", "单价", "规格", "会员昵称"),
        "2": ("商品数量", "商品单价", "商品规格", "客户昵称"),
    }[version]
    rows = []
    for number, (order, found) in enumerate(orders_of(lines).items(), start=1):
        gross = sum(Decimal(a["unit_price_yuan"]) * Decimal(a["quantity_units"]) for a in found)
        discount = (gross * Decimal("0.1")).quantize(Decimal("0.01"))
        freight = Decimal("3.00") if number % 3 == 0 else Decimal("0.00")
        for line in found:
            rows.append(
                {
                    "订单流水号": str(number),
                    "订单编号": order,
                    name: "昵称",
                    "openid": line["user_id"],
                    "收货姓名(或自提人)": line["receiver_name"],
                    "联系电话": line["receiver_phone"],
                    "商品名称": line["sku_name"],
                    "商品编码": line["sku_id"],
                    "商品分类": line["category"],
                    quantity: line["quantity_units"],
                    spec: "",
                    price: line["unit_price_yuan"],
                    "下单时间": line["ordered_at"],
                    "付款时间": line["paid_at"],
                    "小区名称": line["community_id"],
                    "退款商品数量": line["cancelled_units"],
                    "退款金额": line["refund_yuan"],
                    "运费": str(freight),
                    "满额立减": str(discount / 2),
                    "优惠券优惠": str(discount - discount / 2),
                    "应收款(该笔订单总款)": str(gross + freight - discount),
                    "状态": SHIZIYU_STATUS[line["order_status"]],
                }
            )
    return rows


def youzan(lines: list[Line]) -> list[dict]:
    """Trades of `youzan.trades.sold.get`: nested, amounts in yuan, local moments.

    Every third paid order has a freight of 3 yuan, shared out among the payments of its lines; the
    order's payment is their sum.
    """
    return [
        {
            "full_order_info": {
                "order_info": {
                    "tid": order,
                    "created": found[0]["ordered_at"],
                    "pay_time": found[0]["paid_at"],
                    "update_time": found[0]["updated_at"],
                    "status": YOUZAN_STATUS[found[0]["order_status"]],
                    "refund_state": 12 if found[0]["order_status"] == "refunded" else 0,
                },
                "buyer_info": {"yz_open_id": found[0]["user_id"]},
                "address_info": {
                    "receiver_name": found[0]["receiver_name"],
                    "receiver_tel": found[0]["receiver_phone"],
                    "self_fetch_info": {"id": found[0]["community_id"]},
                },
                "pay_info": {
                    "total_fee": str(sum(_gross(line) for line in found)),
                    "post_fee": str(freight),
                    "payment": str(sum(payments)),
                },
                "orders": [
                    {
                        "oid": line["line_id"],
                        "outer_sku_id": line["sku_id"],
                        "title": line["sku_name"],
                        "num": number(line["quantity_units"]),
                        "price": line["list_price_yuan"] or line["unit_price_yuan"],
                        "discount_price": line["unit_price_yuan"],
                        "payment": str(payment) if line["paid_amount_yuan"] else "",
                    }
                    for line, payment in zip(found, payments, strict=True)
                ],
            }
        }
        for order, found, freight, payments in _with_freight(lines)
    ]


def _gross(line: Line) -> Decimal:
    price = line["list_price_yuan"] or line["unit_price_yuan"]
    return Decimal(price) * Decimal(line["quantity_units"])


def _with_freight(
    lines: list[Line],
) -> Iterator[tuple[str, list[Line], Decimal, list[Decimal]]]:
    """Each order: its number, its lines, its freight, and what was paid for each line with it."""
    for place, (order, found) in enumerate(orders_of(lines).items()):
        goods = [Decimal(line["paid_amount_yuan"] or 0) for line in found]
        freight = Decimal("3.00") if place % 3 == 0 and all(goods) else Decimal("0.00")
        shares = [(freight * paid / (sum(goods) or 1)).quantize(Decimal("0.01")) for paid in goods]
        shares[-1] += freight - sum(shares)
        yield (
            order,
            found,
            freight,
            [paid + share for paid, share in zip(goods, shares, strict=True)],
        )


def _headers(text: str) -> list[str]:
    return text.split()


# Headers as public importers state them; columns nobody reads are in.
YOUZAN_GOODS_REPORT = _headers("""
    订单号 外部订单号 订单商品状态 交易成功时间 商品名称 商品类型 商品类目 商品规格 规格编码
    商品编码 商品单价 商品成本价 商品优惠方式 商品优惠后价格 商品数量 商品金额小计
    店铺优惠（分摊） 商品实际成交金额 商品抵用积分数 商品留言 收货人/提货人
    收货人手机号/提货人手机号 收货人省份 收货人城市 收货人地区 详细收货地址/提货地址 买家备注
    商品发货状态 商品发货方式 商品发货物流公司 商品发货物流单号 发货员工 商品发货时间 商品退款状态
    商品已退款金额 商家订单备注 周期购信息
""")
YOUZAN_ORDER_REPORT = _headers("""
    订单号 销售渠道 归属店铺 订单类型 订单状态 订单创建时间 买家付款时间 交易成功时间 商品金额合计
    运费 店铺优惠合计 应收订单金额 订单实付金额 全部商品名称 商品种类数 收货人/提货人
    收货人手机号/提货人手机号 详细收货地址/提货地址 买家昵称 买家手机号 下单网点 订单已退款金额
""")
KUAITUANTUAN_LINES = _headers("""
    跟团号 订单号 下单人 团员备注 支付时间 团长备注 商品 分类 规格 数量 订单金额 退款金额 订单状态
    自提点 收货人 联系电话 详细地址
""")
KUAITUANTUAN_ORDERS = _headers("""
    跟团号 订单号 下单人 团员备注 支付时间 团长备注 商品 商品种类数 订单金额 退款金额 订单状态
    自提点 收货人 联系电话 详细地址
""")

YOUZAN_SHEET_STATUS = {
    "unpaid": "待付款", "paid": "待发货", "shipped": "已发货", "arrived": "待提货",
    "completed": "交易完成", "cancelled": "交易关闭", "refunded": "退款成功",
}  # fmt: skip
KUAITUANTUAN_SHEET_STATUS = {
    "unpaid": "待支付", "paid": "已支付", "shipped": "已发货", "arrived": "已送达",
    "completed": "已收货", "cancelled": "已取消", "refunded": "已退款",
}  # fmt: skip


def youzan_sheet(lines: list[Line]) -> list[Line]:
    """Rows of 有赞's goods report, with the moment of payment ticked beside its usual columns."""
    return [
        dict.fromkeys(YOUZAN_GOODS_REPORT, "")
        | {
            "订单号": line["order_id"],
            "订单商品状态": YOUZAN_SHEET_STATUS[line["order_status"]],
            "订单创建时间": line["ordered_at"],
            "买家付款时间": line["paid_at"],
            "商品名称": line["sku_name"],
            "商品类目": line["category"],
            "规格编码": line["sku_id"],
            "商品单价": line["list_price_yuan"] or line["unit_price_yuan"],
            "商品优惠后价格": line["unit_price_yuan"],
            "商品数量": line["quantity_units"],
            "店铺优惠（分摊）": line["coupon_yuan"],
            "商品实际成交金额": line["paid_amount_yuan"],
            "商品已退款金额": line["refund_yuan"],
            "收货人/提货人": line["receiver_name"],
            "收货人手机号/提货人手机号": line["receiver_phone"],
        }
        for line in lines
    ]


def kuaituantuan_sheet(lines: list[Line]) -> list[Line]:
    """Rows of the sheet 商品列表: what the order came to repeats on every line."""
    rows = []
    for place, found in enumerate(orders_of(lines).values(), start=1):
        total = sum(Decimal(line["paid_amount_yuan"] or 0) for line in found)
        refund = sum(Decimal(line["refund_yuan"] or 0) for line in found)
        for line in found:
            rows.append(
                dict.fromkeys(KUAITUANTUAN_LINES, "")
                | {
                    "跟团号": str(place),
                    "订单号": line["order_id"],
                    "下单人": "昵称",
                    "支付时间": line["ordered_at"],
                    "商品": line["sku_name"],
                    "规格": line["sku_id"],
                    "分类": line["category"],
                    "数量": line["quantity_units"],
                    "订单金额": str(total),
                    "退款金额": str(refund),
                    "订单状态": KUAITUANTUAN_SHEET_STATUS[line["order_status"]],
                    "自提点": line["community_id"],
                    "收货人": line["receiver_name"],
                    "联系电话": line["receiver_phone"],
                }
            )
    return rows


def json_lines(records: list[dict]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


# -- dirt ------------------------------------------------------------------------------------------

_WIDE = str.maketrans("0123456789.-:", "０１２３４５６７８９．－：")


def wide(text: str) -> str:
    return text.translate(_WIDE)


def chinese_moment(text: str) -> str:
    day, clock = text.split(" ")
    year, month, rest = day.split("-")
    return f"{year}年{month}月{rest}日 {clock}"


def in_utc(text: str) -> str:
    return (datetime.fromisoformat(text) - EAST).isoformat() + "Z"


NUMBER_DIRT: list[Callable[[str], str]] = [
    wide,
    lambda text: f"¥{text}",
    lambda text: f" {text}\u00a0",
    lambda text: f"\u200b{text}",
    lambda text: f"{Decimal(text):,}元",
]
MOMENT_DIRT: list[Callable[[str], str]] = [
    wide,
    chinese_moment,
    in_utc,
    lambda text: text.replace("-", "/"),
    lambda text: text.replace(" ", "T") + "+08:00",
    lambda text: f"{text} ",
]
ID_DIRT: list[Callable[[str], str]] = [
    lambda text: f"'{text}",
    lambda text: f"{text}\t",
    lambda text: f'="{text}"',
    wide,
    lambda text: f"\ufeff{text}",
]


@dataclass(frozen=True)
class Kinds:
    """Which columns of an export take which dirt."""

    numbers: tuple[str, ...]
    moments: tuple[str, ...]
    ids: tuple[str, ...]


def soil(rows: list[Line], kinds: Kinds, share: float, seed: int) -> list[Line]:
    """The same rows with dirt that changes no value, on that share of the cells it fits."""
    chance = random.Random(seed)
    dirty = []
    for row in rows:
        found = dict(row)
        for columns, dirt in (
            (kinds.numbers, NUMBER_DIRT),
            (kinds.moments, MOMENT_DIRT),
            (kinds.ids, ID_DIRT),
        ):
            for column in columns:
                if found[column] and chance.random() < share:
                    found[column] = chance.choice(dirt)(found[column])
        dirty.append(found)
    return dirty


def with_repeats(rows: list[Line], share: float, seed: int) -> list[Line]:
    """Some rows twice, somewhere after their first place."""
    chance = random.Random(seed)
    again = [dict(row) for row in rows if chance.random() < share]
    return [*rows, *again]


def with_bad_rows(
    rows: list[Line], bad: list[tuple[dict[str, str], str]], seed: int
) -> tuple[list[Line], dict[int, str]]:
    """Rows that must be set aside put in between: the rows, and row number → reason code.

    `bad`: what is changed of some good row (its id too, so that it stands for no other), and the
    reason that is due.
    """
    chance = random.Random(seed)
    places = sorted(chance.sample(range(len(rows)), len(bad)))
    out: list[Line] = []
    injected: dict[int, str] = {}
    for place, row in enumerate(rows):
        if place in places:
            changes, reason = bad[places.index(place)]
            out.append({**row, **changes})
            injected[len(out)] = reason
        out.append(row)
    return out, injected
