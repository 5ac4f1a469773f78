"""Code list of promotions: their kind."""

from data_contracts.codes.code_list import Code


class PromotionKind(Code):
    DISCOUNT = "discount", "折扣"
    GROUP_BUY = "group_buy", "团购活动"
    COUPON = "coupon", "优惠券"
    GIFT = "gift", "赠品"
