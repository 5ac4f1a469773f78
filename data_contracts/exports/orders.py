"""Orders export: one row per order line. The only export that every run needs.

`user_id` is empty for walk-in and anonymised sales. `quantity_units` is in pieces or kilograms,
according to `sale_unit`. Cancellations and refunds stay on the line with their time, so that a run
for a past day sees the line as it was then.
"""

from data_contracts.codes.orders import OrderStatus
from data_contracts.codes.products import FulfilmentMode, SaleUnit
from data_contracts.columns import (
    address,
    code,
    money,
    person_name,
    phone,
    real,
    text,
    timestamp,
    user_id,
)
from data_contracts.table import OfOrder, Personal, Table
from data_contracts.units import Unit

ALWAYS, MAYBE = OfOrder.ALWAYS, OfOrder.MAYBE

ORDERS = Table(
    name="orders",
    zh="订单明细",
    meaning="order lines with what was cancelled and refunded",
    key=("order_id", "line_id"),
    event_time="ordered_at",
    version="updated_at",
    partition="business_date",
    indispensable=True,
    owner="supply-chain",
    columns=(
        text("order_id", "订单编号", "the platform's order number", required=True),
        text("line_id", "订单行号", "line of the order, unique within it", required=True),
        timestamp(
            "ordered_at",
            "下单时间",
            "when the order was placed, local",
            required=True,
            of_order=ALWAYS,
        ),
        timestamp(
            "paid_at", "付款时间", "when it was paid; empty: not paid or not known", of_order=ALWAYS
        ),
        timestamp(
            "updated_at",
            "更新时间",
            "last change of this line; the latest version wins",
            of_order=MAYBE,
        ),
        user_id(of_order=ALWAYS),
        text(
            "community_id",
            "小区编号",
            "community or pick-up point the order belongs to",
            of_order=ALWAYS,
        ),
        text("sku_id", "商品编码", "the platform's SKU", required=True),
        text("sku_name", "商品名称", "name on the order line"),
        text("category", "商品分类", "category on the order line"),
        real(
            "quantity_units",
            "数量",
            "ordered quantity in sale units, before cancellation",
            Unit.SALE_UNITS,
            required=True,
            minimum=0,
            exclusive_minimum=True,
            maximum=1_000_000,
        ),
        code("sale_unit", "销售单位", "what a unit is; empty: piece", SaleUnit),
        money("unit_price_yuan", "成交单价", "price charged per unit, before coupons"),
        money("list_price_yuan", "划线价", "list price per unit at the time"),
        money("coupon_yuan", "优惠金额", "coupon amount of this line", of_order=MAYBE),
        money(
            "paid_amount_yuan",
            "实付金额",
            "paid for this line after coupons, before refunds",
            of_order=MAYBE,
        ),
        real(
            "cancelled_units",
            "取消数量",
            "units cancelled of quantity_units",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        timestamp(
            "cancelled_at", "取消时间", "when; empty: taken as known at updated_at", of_order=MAYBE
        ),
        money("refund_yuan", "退款金额", "refunded for this line", of_order=MAYBE),
        timestamp(
            "refunded_at", "退款时间", "when; empty: taken as known at updated_at", of_order=MAYBE
        ),
        code("order_status", "订单状态", "status at updated_at", OrderStatus, of_order=MAYBE),
        text("activity_id", "活动编号", "group-buy activity the line came from", of_order=MAYBE),
        code("fulfilment_mode", "履约方式", "overrides the product's mode", FulfilmentMode),
        person_name("receiver_name", "收货人", of_order=ALWAYS),
        phone("receiver_phone", "收货电话", of_order=ALWAYS),
        address("receiver_address", "收货地址", of_order=ALWAYS),
    ),
    added=(
        text(
            "receiver_address_key",
            "收货地址指纹",
            "keyed fingerprint of the address: same address, same text; says nothing else",
            personal=Personal.IDENTIFIER,
            fingerprint_of="receiver_address",
        ),
    ),
)
