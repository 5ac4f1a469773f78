"""Code lists of the exports and of computed tables, each code with its Chinese label.

A value outside its list is quarantined at ingest, never cast. Members are
`NAME = ("value", "中文")`; SQL and Great Expectations check against `Code.values()`.
"""

from __future__ import annotations

from enum import Enum


class Code(Enum):
    """Base of every code list: `.value` is stored, `.zh` is the Chinese label."""

    zh: str

    def __new__(cls, value: str, zh: str) -> Code:
        member = object.__new__(cls)
        member._value_ = value
        member.zh = zh
        return member

    @classmethod
    def values(cls) -> list[str]:
        """Return the stored values, in declaration order."""
        return [member.value for member in cls]

    @classmethod
    def zh_of(cls, value: str) -> str:
        """Return the Chinese label of a stored value; the value itself if it is not listed."""
        return next((member.zh for member in cls if member.value == value), value)


class FulfilmentMode(Code):
    """How a SKU is fulfilled, which decides what "restock" means for it."""

    PRESALE = "presale", "预售"
    PRESTOCK = "prestock", "备货"
    INSTANT = "instant", "即时配送"


class SaleUnit(Code):
    PIECE = "piece", "件"
    KILOGRAM = "kg", "公斤"


class OrderStatus(Code):
    UNPAID = "unpaid", "待付款"  # ordered and not bought: no demand, no sale
    PLACED = "placed", "已下单"
    PAID = "paid", "已付款"
    SHIPPED = "shipped", "已发货"
    ARRIVED = "arrived", "已到自提点"
    COMPLETED = "completed", "已完成"
    CANCELLED = "cancelled", "已取消"
    REFUNDED = "refunded", "已退款"


class BrowseAction(Code):
    VIEW_LIST = "view_list", "浏览列表"
    VIEW_DETAIL = "view_detail", "查看详情"
    SEARCH = "search", "搜索"
    FAVOURITE = "favourite", "收藏"
    ADD_CART = "add_cart", "加购"
    REMOVE_CART = "remove_cart", "移出购物车"
    SHARE = "share", "分享"


class MessageChannel(Code):
    GROUP_CHAT = "group_chat", "社群"
    PRIVATE_CHAT = "private_chat", "私聊"
    SERVICE = "service", "客服"
    REVIEW = "review", "评价"


class SenderRole(Code):
    USER = "user", "用户"
    LEADER = "leader", "团长"
    SERVICE = "service", "客服"


class ShipmentStatus(Code):
    IN_TRANSIT = "in_transit", "运输中"
    ARRIVED = "arrived", "已到自提点"
    PICKED_UP = "picked_up", "已自提"
    RETURNED = "returned", "已退回"
    LOST = "lost", "丢失"


class ShipmentIssue(Code):
    NONE = "none", "正常"
    LATE = "late", "迟到"
    DAMAGED = "damaged", "破损"
    SHORT = "short", "缺货少发"
    WRONG_ITEM = "wrong_item", "错发"


class Storage(Code):
    AMBIENT = "ambient", "常温"
    CHILLED = "chilled", "冷藏"
    FROZEN = "frozen", "冷冻"


class Gender(Code):
    FEMALE = "female", "女"
    MALE = "male", "男"


class AgeBand(Code):
    UNDER_18 = "under_18", "18岁以下"
    A18_24 = "18_24", "18-24岁"
    A25_34 = "25_34", "25-34岁"
    A35_44 = "35_44", "35-44岁"
    A45_54 = "45_54", "45-54岁"
    A55_64 = "55_64", "55-64岁"
    OVER_64 = "over_64", "65岁及以上"


class PromotionKind(Code):
    DISCOUNT = "discount", "折扣"
    GROUP_BUY = "group_buy", "团购活动"
    COUPON = "coupon", "优惠券"
    GIFT = "gift", "赠品"


class WeatherWarning(Code):
    NONE = "none", "无"
    BLUE = "blue", "蓝色预警"
    YELLOW = "yellow", "黄色预警"
    ORANGE = "orange", "橙色预警"
    RED = "red", "红色预警"


class CalendarKind(Code):
    PUBLIC_HOLIDAY = "public_holiday", "法定节假日"
    MAKEUP_WORKDAY = "makeup_workday", "调休上班"
    SCHOOL_SEASON = "school_season", "开学季"
    FESTIVAL = "festival", "民俗节日"
    LOCAL_EVENT = "local_event", "本地活动"


class ContactChannel(Code):
    LEADER = "leader", "团长"
    WECHAT = "wechat", "微信"
    APP_PUSH = "app_push", "App推送"
    SMS = "sms", "短信"
    PHONE = "phone", "电话"


class ContactArm(Code):
    TREATMENT = "treatment", "触达组"
    HOLDOUT = "holdout", "对照组"


class Layer(Code):
    """Four layers, mixed and unknown: data_contracts/domain.md#layers."""

    QUALITY_SEEKING = "quality_seeking", "品质追求型"
    EFFICIENCY_FIRST = "efficiency_first", "效率优先型"
    PRICE_SENSITIVE = "price_sensitive", "价格敏感型"
    NOVELTY_SEEKING = "novelty_seeking", "尝鲜探索型"
    MIXED = "mixed", "混合型"
    UNKNOWN = "unknown", "未知"


class ThreeLayer(Code):
    """The three-layer view, a mapping of `Layer`: data_contracts/domain.md#layers."""

    QUALITY = "quality", "品质导向型"
    EXPERIENCE = "experience", "体验优先型"
    PRICE = "price", "性价比导向型"
    MIXED = "mixed", "混合型"
    UNKNOWN = "unknown", "未知"


class Evidence(Code):
    """Whether a profile dimension has any evidence."""

    EVIDENCE = "evidence", "有依据"
    NO_EVIDENCE = "no_evidence", "无依据"


class ActivePeriod(Code):
    """Part of the day in which a user is most active; clock hours, start inclusive."""

    MORNING = "morning", "早晨(5-10点)"
    NOON = "noon", "中午(10-14点)"
    AFTERNOON = "afternoon", "下午(14-18点)"
    EVENING = "evening", "晚间(18-22点)"
    NIGHT = "night", "深夜(22-5点)"


class SearchIntent(Code):
    """What a user searches for most."""

    QUALITY = "quality", "求品质"
    PRICE = "price", "求实惠"
    NOVELTY = "novelty", "求新"
    PLAIN = "plain", "只找商品"


class HouseholdHint(Code):
    """Household size as users stated it; never inferred from purchases."""

    ONE = "one", "单人"
    TWO = "two", "两人"
    FAMILY = "family", "多人家庭"


class PriceBand(Code):
    """Price level at which a user buys in a category: thirds of the price ranks of its SKUs."""

    LOW = "low", "低价位"
    MIDDLE = "middle", "中价位"
    HIGH = "high", "高价位"


class Horizon(Code):
    """Period of a forecast row: one business day after `as_of`, or the sum of three."""

    DAY_1 = "day_1", "第1天"
    DAY_2 = "day_2", "第2天"
    DAY_3 = "day_3", "第3天"
    SUM_72H = "sum_72h", "72小时合计"


class ZeroKind(Code):
    """Why a SKU had no sales on a day."""

    NO_DEMAND = "no_demand", "无人购买"
    NO_STOCK = "no_stock", "缺货"
    NOT_OFFERED = "not_offered", "未上架"


class TurnoverClass(Code):
    """Share of a series in total turnover (ABC analysis)."""

    A = "A", "A类"
    B = "B", "B类"
    C = "C", "C类"


class DemandPattern(Code):
    """Gaps between sales and how their sizes vary (Syntetos, Boylan, Croston 2005)."""

    SMOOTH = "smooth", "平稳"
    ERRATIC = "erratic", "波动"
    INTERMITTENT = "intermittent", "间断"
    LUMPY = "lumpy", "间断且波动"


class SeriesAge(Code):
    """Days since a warehouse first sold the SKU."""

    FIRST_WEEK = "first_week", "上新7天内"
    FIRST_MONTH = "first_month", "上新7-27天"
    OLDER = "older", "28天以上"


class ForecastFallback(Code):
    """Fallback of a forecast line, the gravest first: a line with several has the first of them."""

    NO_MODEL = "no_model", "尚无模型，用往日均值"
    NEW_PRODUCT = "new_product", "上新尚无销量，参照同类商品"
    SHORT_HISTORY = "short_history", "新品历史过短"
    LAST_GOOD_MODEL = "last_good_model", "沿用上一个可用的模型"
    NO_WEATHER = "no_weather", "缺目标日天气，用该仓近日均值"


class DriftKind(Code):
    """What drift is measured on: a feature of the model, or an error of its forecasts."""

    INPUT = "input", "输入"
    DEMAND_ERROR = "demand_error", "需求误差"
    SALES_ERROR = "sales_error", "销量误差"


class NowcastPrior(Code):
    """Source of the expected total of a nowcast line before the day began."""

    FORECAST = "forecast", "昨日的需求预测"
    MEAN_OF_DAYS = "mean_of_days", "无预测，用往日均值"
    CATEGORY_MEAN = "category_mean", "新品，用同类均值"


class NowcastFlag(Code):
    """Why a nowcast line cannot be ordered at the clock time."""

    SOLD_OUT = "sold_out", "已售罄"
    NOT_OFFERED = "not_offered", "已下架"


class WakeUpAction(Code):
    """What CRM should do for a user."""

    WAKE_UP = "wake_up", "唤醒"
    RETAIN = "retain", "挽留"
    CARE = "care", "关怀提醒"
    APOLOGY = "apology", "致歉补偿"


class LeftOut(Code):
    """Why a user due for a contact is not on the wake-up list; the first reason that holds.

    See data_contracts/domain.md#refusal and data_contracts/domain.md#minors.
    """

    OPTED_OUT = "opted_out", "本人已拒绝营销或退订"
    PHONE_REFUSED = "phone_refused", "同一手机号已用其他编号拒绝"
    UNDER_18 = "under_18", "未满18岁"
    CONTACTED_RECENTLY = "contacted_recently", "近期刚触达过"
    UNANSWERED_CONTACTS = "unanswered_contacts", "多次触达无回应"
    LOST_FOR_LONG = "lost_for_long", "流失过久"
    BEYOND_MAX_LINES = "beyond_max_lines", "超出清单长度上限"


class AssociationKind(Code):
    """Kind of association: in one order, or the second for the first time days later."""

    CO_PURCHASE = "co_purchase", "同单购买"
    SEQUENCE = "sequence", "先后购买"


class ItemLevel(Code):
    """Level of an association: SKUs or categories."""

    SKU = "sku", "商品"
    CATEGORY = "category", "品类"


class SegmentKind(Code):
    """Attribute by which users are grouped."""

    ALL = "all", "全部用户"
    LAYER = "layer", "用户分层"
    AGE_BAND = "age_band", "年龄段"
