"""Tables of the wake-up list: whom to contact, and how many are left out."""

from data_contracts.codes.contacts import ContactArm, ContactChannel
from data_contracts.codes.labels import Layer
from data_contracts.codes.wake_up import LeftOut, WakeUpAction
from data_contracts.columns import code, integer, real, text
from data_contracts.table import Table
from data_contracts.tables.profile_columns import AS_OF, USER
from data_contracts.units import Unit

WAKE_UP_LINES = Table(
    name="wake_up_lines",
    zh="唤醒清单",
    meaning="one line per user to contact: why, with what, when, by which channel",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        text("masked_name", "称呼", "family name + *, never the full name"),
        text("masked_phone", "手机号(脱敏)", "middle four digits masked"),
        text("community_id", "小区编号", "home community"),
        text("leader_id", "团长编号", "leader of that community"),
        code("action", "动作", "wake-up, retain, care or apology", WakeUpAction, required=True),
        integer("priority", "优先级", "1 is first", minimum=1),
        real("churn_30d", "流失概率", "calibrated", Unit.PROBABILITY, minimum=0, maximum=1),
        integer("recency_days", "未下单天数", "since the last kept order", Unit.DAYS, minimum=0),
        real("rhythm_days", "平时周期", "the user's own rhythm", Unit.DAYS),
        code("layer", "用户分层", "layer label", Layer),
        text("sku_id", "推荐商品编码", "usual product, never one with an allergen of the user"),
        text("sku_name", "推荐商品", "its name"),
        real("offer_yuan", "优惠金额", "offer; 0: none", Unit.YUAN, minimum=0),
        code("channel", "渠道", "channel to use", ContactChannel),
        integer(
            "contact_hour", "触达时段", "hour of the day, 0-23", Unit.HOURS, minimum=0, maximum=23
        ),
        code("arm", "分组", "treatment: contact; holdout: leave alone", ContactArm, required=True),
        text("reason_zh", "原因", "one sentence with the figures that decided", required=True),
        text("flag_zh", "提示", "fallbacks and warnings of this line"),
    ),
)

WAKE_UP_LEFT_OUT = Table(
    name="wake_up_left_out",
    zh="唤醒清单未列入人数",
    meaning="how many of those the wake-up list would contact are not on it, by reason",
    key=("as_of", "reason_code"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        code("reason_code", "未列入原因", "the first rule that forbids it", LeftOut, required=True),
        integer("users", "人数", "users it leaves out", Unit.COUNT, minimum=0, required=True),
    ),
)
