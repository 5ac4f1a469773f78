"""Code lists of the supply side: promotions, purchase orders, suppliers, lead times."""

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


class SupplyOrigin(Code):
    """The file that names a supplier for an SKU, the first one that does."""

    TERMS = "terms", "供货条件"
    PRODUCT = "product", "商品档案"
    PURCHASE_ORDERS = "purchase_orders", "采购订单"
    UNKNOWN = "unknown", "供应商未知"


class SupplyFlag(Code):
    """What a planner should know of a way to buy an SKU, in the order of the flags of a row."""

    PAUSED = "paused", "已暂停供货"
    SEVERAL_SUPPLIERS = "several_suppliers", "有多个供应商"
    NO_CALENDAR = "no_calendar", "未提供下单日，按每天可下单"
    LEAST_ABOVE_MOST = "least_above_most", "起订量大于可供上限"
    PACK_CHANGED = "pack_changed", "箱规有变更"
    NO_COST = "no_cost", "采购价未知"


class LeadTimeSource(Code):
    """What the law of a lead time rests on."""

    LEARNT = "learnt", "按本品采购记录推算"
    LEARNT_OF_SUPPLIER = "learnt_of_supplier", "按该供应商采购记录推算"
    DECLARED = "declared", "按登记的到货周期"
    DEFAULT = "default", "到货周期未知，按默认值"
