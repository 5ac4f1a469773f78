"""Code list of orders: the state of a line."""

from data_contracts.codes.code_list import Code


class OrderStatus(Code):
    UNPAID = "unpaid", "待付款"  # ordered and not bought: no demand, no sale
    PLACED = "placed", "已下单"
    PAID = "paid", "已付款"
    SHIPPED = "shipped", "已发货"
    ARRIVED = "arrived", "已到自提点"
    COMPLETED = "completed", "已完成"
    CANCELLED = "cancelled", "已取消"
    REFUNDED = "refunded", "已退款"
