"""Tables of text signals: signals per message, wishes, complaint bursts, drivers of reviews.

No column holds the text of a message. A wish is named only if it is a known product or if several
people asked for it; counts of fewer people than `WishParams.shown_from_users` are suppressed. A
driver of reviews is an association, not a cause.
"""

from data_contracts.codes.chat import MessageChannel
from data_contracts.codes.feedback import (
    Aspect,
    ComplaintGrade,
    DriverFact,
    Emotion,
    PolaritySource,
    SkuSource,
    Topic,
    WishMatch,
)
from data_contracts.columns import code, date, flag, integer, real, text
from data_contracts.table import Column, Table
from data_contracts.tables.profile_columns import AS_OF, USER
from data_contracts.units import Unit


def _polarity(name: str, zh: str, meaning: str) -> Column:
    return real(name, zh, f"−1 to 1, {meaning}", Unit.RATIO, minimum=-1, maximum=1)


MESSAGE_SIGNALS = Table(
    name="message_signals",
    zh="留言信号",
    meaning="what each message of a user in the last 180 days says; never its text",
    key=("as_of", "message_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        text("message_id", "消息编号", "id of the message", required=True),
        USER,
        date("day", "业务日", "business date of the message", required=True),
        code("channel", "渠道", "where it was written", MessageChannel, required=True),
        text("community_id", "小区编号", "community of the chat"),
        text("order_id", "订单编号", "order it is about, when known"),
        text("sku_id", "商品编码", "SKU it is about, when known"),
        code("sku_source", "商品来源", "how the SKU is known", SkuSource),
        integer("stars", "星级", "1 to 5, reviews only", minimum=1, maximum=5),
        _polarity("polarity", "情感倾向", "from words and stars; empty: no opinion"),
        _polarity("text_polarity", "文字倾向", "from words alone; empty: no opinion"),
        code("polarity_source", "倾向来源", "what it rests on", PolaritySource),
        code("emotion", "情绪", "empty: none that words show", Emotion),
        *(
            _polarity(f"{one.value}_polarity", f"{one.zh}倾向", "of the clauses about it")
            for one in Aspect
        ),
        code("main_aspect", "主要方面", "the aspect it is most about", Aspect),
        flag("is_complaint", "是否投诉", "names a fault or asks for a remedy, or 1 or 2 stars"),
        code("complaint_grade", "投诉分级", "who answers, in how many hours", ComplaintGrade),
        flag("is_wish", "是否心愿", "asks for a product"),
        flag("is_belonging", "是否归属表达", "speaks of the community as one's own"),
        integer(
            "reading_digest",
            "判读摘要",
            "of the message and of who reads it (model, words, numbers): equal ones are read once",
            Unit.NONE,
            minimum=0,
        ),
    ),
)

WISHES = Table(
    name="wishes",
    zh="心愿单",
    meaning="what people ask for, by community, and whether we carry it",
    key=("as_of", "community_id", "wish"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        AS_OF,
        text("community_id", "小区编号", "community, or all of them as 全部", required=True),
        text(
            "wish",
            "想要的商品",
            "product asked for; 其他: named by too few people to be shown",
            required=True,
        ),
        code("wish_match", "经营情况", "carried, delisted or not carried", WishMatch),
        text("sku_id", "匹配商品编码", "SKU it is; empty: none"),
        text("sku_name", "匹配商品", "its name"),
        integer("matched_skus", "匹配商品数", "SKUs on offer that it may be", minimum=0),
        integer("users", "用户数", "distinct users; empty: suppressed", minimum=1),
        flag("is_suppressed", "人数不显示", "fewer users than may be shown", required=True),
        date("first_day", "首次提出日", "business date; empty: suppressed"),
        date("last_day", "最近提出日", "business date; empty: suppressed"),
    ),
)

ECHO_ALARMS = Table(
    name="echo_alarms",
    zh="集中投诉告警",
    meaning="products that many distinct users complain about within days: for a person to review",
    key=("as_of", "sku_id", "topic"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        AS_OF,
        text("sku_id", "商品编码", "the product", required=True),
        text("sku_name", "商品名称", "its name"),
        code("topic", "共同方面", "what the complaints share", Topic, required=True),
        integer("users", "投诉用户数", "distinct users within the window", minimum=1),
        integer("messages", "投诉条数", "their complaints within the window", minimum=1),
        integer("users_from", "告警人数", "distinct users from which it alarms", minimum=2),
        integer("window_days", "窗口天数", "length of the window", Unit.DAYS, minimum=1),
        date("first_day", "窗口首日", "first business date of the window"),
        date("last_day", "窗口末日", "last business date of the window: as_of"),
        real(
            "usual_users",
            "平时人数",
            "users per window of that length before; empty: no days before",
            Unit.COUNT,
            minimum=0,
        ),
        flag("is_burst", "是否突增", "more than chance would make of the usual; empty: unknown"),
        text("reason_zh", "原因", "one sentence with the figures that decided", required=True),
    ),
)

REVIEW_DRIVERS = Table(
    name="review_drivers",
    zh="评价关联因素",
    meaning="what goes together with more or fewer stars: associations with intervals, no causes",
    key=("as_of", "driver", "driver_fact"),
    partition="as_of",
    owner="analytics",
    columns=(
        AS_OF,
        text("driver", "因素", "an aspect, or an issue of the delivery", required=True),
        code("driver_fact", "因素类型", "said in the review, or happened", DriverFact),
        integer("reviews_with", "有此因素评价数", "starred reviews with it", minimum=1),
        integer("reviews_without", "无此因素评价数", "starred reviews without it", minimum=1),
        integer("users_with", "有此因素用户数", "distinct users with it", minimum=1),
        integer("users_without", "无此因素用户数", "distinct users without it", minimum=1),
        real("stars_with", "有此因素平均星级", "mean stars with it", Unit.COUNT),
        real("stars_without", "无此因素平均星级", "mean stars without it", Unit.COUNT),
        real("stars_difference", "星级差", "with − without", Unit.COUNT, required=True),
        real("low", "下限", "of the corrected interval of the difference", Unit.COUNT),
        real("high", "上限", "of the corrected interval of the difference", Unit.COUNT),
        real("confidence", "置信度", "of all intervals of the day together", Unit.RATIO),
        integer("looks", "比较次数", "differences compared, corrected for", minimum=1),
        flag("is_clear", "是否明确", "the corrected interval does not hold 0"),
        text("reason_zh", "说明", "one sentence; says association", required=True),
    ),
)
