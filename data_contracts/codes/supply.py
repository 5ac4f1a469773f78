"""Code lists of the supply side: kind of a promotion, status of a purchase order."""

from data_contracts.codes.code_list import Code


class PromotionKind(Code):
    DISCOUNT = "discount", "折扣"
    GROUP_BUY = "group_buy", "团购活动"
    COUPON = "coupon", "优惠券"
    GIFT = "gift", "赠品"


class PurchaseOrderStatus(Code):
    """How far an order placed with a supplier is; what was closed early counts as cancelled."""

    OPEN = "open", "未到货"
    PARTLY_RECEIVED = "partly_received", "部分到货"
    RECEIVED = "received", "已到货"
    CANCELLED = "cancelled", "已取消"
