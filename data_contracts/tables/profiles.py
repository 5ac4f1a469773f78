"""The four-dimension profile and the layer labels, one row per user and `as_of`.

Each dimension says `no_evidence` and keeps its values empty when nothing speaks for them.
"""

from data_contracts.codes import AgeBand, Evidence, Gender, Layer, ThreeLayer
from data_contracts.columns import code, date, integer, real, text, user_id
from data_contracts.table import Column, Table
from data_contracts.units import Unit

AS_OF = date("as_of", "截至日", "last fully known business day", required=True)
USER = user_id(required=True)


def _evidence(what: str) -> tuple[Column, ...]:
    return (
        code("evidence", "依据", f"whether anything speaks for {what}", Evidence, required=True),
        integer("evidence_count", "依据条数", f"rows of {what} that were used", minimum=0),
    )


PROFILE_BASIC = Table(
    name="profile_basic",
    zh="基础属性",
    meaning="who the user is: tenure, community, region, attributes given",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        *_evidence("the user file or orders"),
        text("community_id", "小区编号", "home community, else the most ordered from"),
        text("warehouse_id", "网格仓编号", "warehouse of that community"),
        text("region_id", "区域编号", "region of that community"),
        code("gender", "性别", "as given", Gender),
        code("age_band", "年龄段", "as given", AgeBand),
        integer("household_size", "家庭人数", "as given", minimum=1),
        integer(
            "tenure_days", "在网天数", "since registration or first order", Unit.DAYS, minimum=0
        ),
        text("source", "来源", "users file, orders, or both"),
    ),
)

PROFILE_CONSUMPTION = Table(
    name="profile_consumption",
    zh="消费行为",
    meaning="how the user buys: frequency, recency, spend, rhythm, discounts, refunds",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        *_evidence("kept order lines in the last 365 days"),
        date("first_order_on", "首单日", "business date of the first kept order"),
        date("last_order_on", "末单日", "business date of the last kept order"),
        integer("recency_days", "距上次下单天数", "as_of − last_order_on", Unit.DAYS, minimum=0),
        integer("orders_30d", "近30天订单数", "kept orders", minimum=0),
        integer("orders_90d", "近90天订单数", "kept orders", minimum=0),
        integer("orders_365d", "近365天订单数", "kept orders", minimum=0),
        real("spend_30d_yuan", "近30天消费", "net of refunds", Unit.YUAN),
        real("spend_90d_yuan", "近90天消费", "net of refunds", Unit.YUAN),
        real("spend_365d_yuan", "近365天消费", "net of refunds", Unit.YUAN),
        real("basket_yuan", "客单价", "mean spend per kept order, 365 days", Unit.YUAN),
        real("rhythm_days", "复购周期", "median days between order days", Unit.DAYS, minimum=0),
        real("rhythm_spread_days", "周期波动", "interquartile range of the same", Unit.DAYS),
        real(
            "discount_share", "优惠占比", "discount ÷ list value", Unit.RATIO, minimum=0, maximum=1
        ),
        real("refund_share", "退款占比", "refunds ÷ paid", Unit.RATIO, minimum=0),
        real("cancelled_share", "取消占比", "cancelled ÷ ordered lines", Unit.RATIO, minimum=0),
        integer("categories_90d", "近90天品类数", "distinct categories bought", minimum=0),
        integer("skus_90d", "近90天商品数", "distinct SKUs bought", minimum=0),
        real("repeat_share", "复购占比", "lines of SKUs bought before", Unit.RATIO, minimum=0),
        real(
            "price_level",
            "价格档位",
            "median price rank within category, 0 cheapest to 1 dearest",
            Unit.RATIO,
            minimum=0,
            maximum=1,
        ),
        text("usual_sku_id", "常购商品", "SKU on most order days, 180 days"),
        text("usual_category", "常购品类", "category on most order days, 180 days"),
    ),
)

PROFILE_SCENE = Table(
    name="profile_scene",
    zh="场景需求",
    meaning="when and in what situation: hours, weekdays, rain, holidays, search, latent interest",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        *_evidence("orders and browsing in the last 90 days"),
        integer("active_hour", "活跃时段", "hour with most orders and views, 0-23", Unit.HOURS),
        integer("active_weekday", "活跃星期", "ISO weekday with most orders, 1-7", Unit.DAYS),
        real("weekend_share", "周末占比", "share of orders on weekends", Unit.RATIO, minimum=0),
        real(
            "rain_share", "雨天占比", "share of orders on rainy days; empty: no weather", Unit.RATIO
        ),
        real(
            "holiday_share", "节假日占比", "share of orders on holidays; empty: unknown", Unit.RATIO
        ),
        real("pick_up_delay_hours", "提货时长", "median arrival to pick-up", Unit.HOURS),
        integer("searches_30d", "近30天搜索", "searches", minimum=0),
        integer("views_30d", "近30天浏览", "detail views", minimum=0),
        integer(
            "latent_interest_skus", "潜在兴趣商品数", "seen long or often, not bought", minimum=0
        ),
        text("latent_interest_sku_id", "潜在兴趣商品", "the strongest of them"),
        text("last_search", "最近搜索", "last search text, digits masked"),
    ),
)

PROFILE_EMOTION = Table(
    name="profile_emotion",
    zh="情感偏好",
    meaning="how the user feels about us: stars, polarity of words, complaints, bad deliveries",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        *_evidence("messages, reviews and shipments in the last 180 days"),
        integer("reviews", "评价数", "starred reviews", minimum=0),
        real("mean_stars", "平均星级", "mean of the stars", Unit.COUNT, minimum=1, maximum=5),
        real(
            "polarity",
            "情感倾向",
            "−1 to 1, from words and stars",
            Unit.RATIO,
            minimum=-1,
            maximum=1,
        ),
        integer("complaints", "投诉数", "messages that complain", minimum=0),
        date("last_complaint_on", "最近投诉日", "business date"),
        integer("failed_purchases", "履约失败次数", "late, damaged, short or lost", minimum=0),
        integer("failed_run", "连续失败次数", "failed purchases in a row, up to now", minimum=0),
        integer("shares", "分享次数", "shares of products", minimum=0),
    ),
)

LAYER_LABELS = Table(
    name="layer_labels",
    zh="分层标签",
    meaning="layer per user with the score of each layer, confidence and the reason",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        code("layer", "用户分层", "winner, mixed or unknown", Layer, required=True),
        code("three_layer", "三层视图", "mapping of the layer", ThreeLayer, required=True),
        real("score_quality_seeking", "品质追求得分", "0 to 1", Unit.RATIO, minimum=0, maximum=1),
        real("score_efficiency_first", "效率优先得分", "0 to 1", Unit.RATIO, minimum=0, maximum=1),
        real("score_price_sensitive", "价格敏感得分", "0 to 1", Unit.RATIO, minimum=0, maximum=1),
        real("score_novelty_seeking", "尝鲜探索得分", "0 to 1", Unit.RATIO, minimum=0, maximum=1),
        real("confidence", "置信度", "margin × evidence, 0 to 1", Unit.RATIO, minimum=0, maximum=1),
        integer("evidence_count", "依据条数", "order lines used", minimum=0),
        text("reason_zh", "原因", "one sentence with the figures that decided"),
    ),
)

ACCOUNT_MARKS = Table(
    name="account_marks",
    zh="多地址账户标记",
    meaning="accounts that ordered to several addresses within a few days: marked, never dropped",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        date("first_day", "窗口首日", "business date of the first order of the window"),
        date("last_day", "窗口末日", "business date of the last order of the window"),
        integer("addresses", "地址数", "distinct addresses, else communities", minimum=2),
        integer("orders", "订单数", "orders to them, cancelled ones included", minimum=2),
        text("reason_zh", "原因", "one sentence with days, orders and addresses"),
    ),
)
