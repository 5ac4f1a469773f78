"""Tables of churn within 30 days and the model's accuracy."""

from data_contracts.columns import date, integer, real, text
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
            "rhythm_days", "平时周期", "median days between order days; empty: one order", Unit.DAYS
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
