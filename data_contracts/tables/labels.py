"""Labels of a user: the layer with its thresholds and evidence, and account marks."""

from data_contracts.codes.labels import Layer, ThreeLayer
from data_contracts.columns import code, date, flag, integer, real, text, timestamp
from data_contracts.table import Table
from data_contracts.tables.profile_columns import AS_OF, INPUT_DIGEST, USER
from data_contracts.units import Unit

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
        text("previous_layer", "此前分层", "label before this one; empty: there was none"),
        date("valid_from", "生效日", "first day of the label without a break", required=True),
        flag("is_changed", "当日变更", "whether it is another label than the day before"),
        INPUT_DIGEST,
    ),
)

LAYER_THRESHOLDS = Table(
    name="layer_thresholds",
    zh="分层阈值",
    meaning="where values of the layers' figures lie among the platform's users, held for a week",
    key=("as_of", "figure", "value"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        text("figure", "指标", "figure of the layers", required=True),
        real("value", "数值", "a value of the figure, in its unit", Unit.NONE, required=True),
        real("rank", "分位", "0 lowest to 1 highest", Unit.RATIO, minimum=0, maximum=1),
        date("made_on", "生成日", "day whose users it is about", required=True),
    ),
)

LABEL_EVIDENCE = Table(
    name="label_evidence",
    zh="标签变更依据",
    meaning="rows that speak for a label on the day it began: searches, messages, order lines",
    key=("as_of", "user_id", "source_table", "row_key"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        USER,
        code("layer", "用户分层", "the label they speak for", Layer, required=True),
        text("source_table", "数据表", "browse, chat or orders", required=True),
        text("row_key", "行键", "event, or order and line", required=True),
        timestamp("happened_at", "发生时间", "when", required=True),
        text("why_zh", "说明", "why the row speaks for the label"),
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
