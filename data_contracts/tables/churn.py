"""Tables of churn within 30 days, the model's accuracy, and the wake-up list."""

from data_contracts.codes import ContactArm, ContactChannel, Layer, LeftOut, WakeUpAction
from data_contracts.columns import code, date, integer, real, text
from data_contracts.table import Table
from data_contracts.tables.profile_columns import AS_OF, USER
from data_contracts.units import Unit

CHURN_SCORES = Table(
    name="churn_scores",
    zh="30天流失概率",
    meaning="P(no kept order in the 30 days after as_of) per user with a kept order",
    key=("as_of", "user_id"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        real(
            "churn_30d",
            "流失概率",
            "calibrated",
            Unit.PROBABILITY,
            required=True,
            minimum=0,
            maximum=1,
        ),
        integer("recency_days", "距上次下单天数", "as_of − last kept order", Unit.DAYS, minimum=0),
        integer("orders", "历史订单数", "kept orders up to as_of", minimum=0),
        real(
            "rhythm_days", "复购周期", "median days between order days; empty: one order", Unit.DAYS
        ),
        real(
            "overdue_ratio", "超期倍数", "recency ÷ rhythm; empty: one order", Unit.RATIO, minimum=0
        ),
        text("model_version", "模型版本", "name of the model, or of the fallback", required=True),
        text("fallback", "降级", "why not the model; empty: the model"),
    ),
)

CHURN_BACKTEST = Table(
    name="churn_backtest",
    zh="流失回测",
    meaning="metrics of the churn model and of recency alone on a later snapshot it has not seen",
    key=("as_of", "model", "metric"),
    partition="as_of",
    columns=(
        AS_OF,
        text("model", "模型", "lightgbm or recency", required=True),
        text(
            "metric",
            "指标",
            "auc, average_precision, lift_top_decile, brier, ece, base_rate",
            required=True,
        ),
        real("value", "数值", "value of the metric", Unit.RATIO, required=True),
        real("low", "下限", "2.5 % bootstrap bound", Unit.RATIO),
        real("high", "上限", "97.5 % bootstrap bound", Unit.RATIO),
        date(
            "snapshot", "评估日", "snapshot scored; its label window ends by as_of", required=True
        ),
        integer("users", "用户数", "users scored", minimum=0),
    ),
)

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
