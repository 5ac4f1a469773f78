"""Items bought together or in sequence, and community demand against the platform's.

Associations, never causes. Groups of fewer than ten users are suppressed: such a pair has no row,
and such a cell of the community map has no figures, together with as many other cells as are needed
that no subtraction from a total reveals it.
"""

from data_contracts.codes.affinity import AssociationKind, ItemLevel, SegmentKind
from data_contracts.codes.products import SaleUnit
from data_contracts.columns import code, flag, integer, money, real, text
from data_contracts.table import Table
from data_contracts.tables.profile_columns import AS_OF
from data_contracts.units import Unit

EVERYTHING = "全部"  # the row of a total, as category or as community

ASSOCIATIONS = Table(
    name="associations",
    zh="关联购买",
    meaning="pairs bought in one order or in sequence, where chance alone hardly brings so many",
    key=("as_of", "kind", "level", "segment_kind", "segment_value", "antecedent", "consequent"),
    partition="as_of",
    owner="crm",
    columns=(
        AS_OF,
        code(
            "kind", "关联类型", "one order, or one after the other", AssociationKind, required=True
        ),
        code("level", "层级", "SKU or category", ItemLevel, required=True),
        code("segment_kind", "分组方式", "by what users are grouped", SegmentKind, required=True),
        text("segment_value", "分组", "layer or age band; all: everybody", required=True),
        text(
            "antecedent", "前项", "SKU or category bought; the rarer one of an order", required=True
        ),
        text("consequent", "后项", "SKU or category bought with or after it", required=True),
        text("antecedent_name", "前项名称", "its name", required=True),
        text("consequent_name", "后项名称", "its name", required=True),
        integer("users_both", "两者皆买用户数", "distinct users of the pair", minimum=1),
        integer("users_antecedent", "前项用户数", "distinct users of the antecedent", minimum=1),
        integer("users_consequent", "后项用户数", "distinct users of the consequent", minimum=1),
        integer("users_segment", "分组用户数", "users of the segment with a kept line", minimum=1),
        integer("window_days", "窗口天数", "days of orders compared", Unit.DAYS, minimum=1),
        real("support", "支持度", "both ÷ segment", Unit.RATIO, minimum=0, maximum=1),
        real("confidence", "置信度", "both ÷ antecedent", Unit.RATIO, minimum=0, maximum=1),
        real(
            "expected_confidence",
            "同等购买量置信度",
            "what as many other lines would bring if they were like everybody's",
            Unit.RATIO,
            minimum=0,
            maximum=1,
        ),
        real("lift", "提升度", "confidence ÷ expected confidence", Unit.COUNT, minimum=0),
        real("lift_low", "提升度下限", "of the 95 % interval", Unit.COUNT, minimum=0),
        real("lift_high", "提升度上限", "of the 95 % interval", Unit.COUNT, minimum=0),
        real(
            "lift_plain",
            "未收缩提升度",
            "confidence ÷ share of users with the consequent; high for whoever buys much",
            Unit.COUNT,
            minimum=0,
        ),
        real(
            "median_lag_days",
            "间隔天数",
            "median days from the antecedent to the consequent; empty: one order",
            Unit.DAYS,
            minimum=1,
        ),
        real("p_value", "P值", "one-sided, for more than chance", Unit.PROBABILITY, minimum=0),
        real(
            "q_value",
            "校正后Q值",
            "after Benjamini-Hochberg over all pairs compared in the segment",
            Unit.PROBABILITY,
            minimum=0,
            maximum=1,
        ),
        integer(
            "looks", "检验数", "pairs compared in the segment, both kinds and levels", minimum=1
        ),
        flag("is_suggested", "是否建议", "enough users, q and lift past the floor", required=True),
        text("reason_zh", "说明", "one sentence; says association, never cause", required=True),
    ),
)

COMMUNITY_DEMAND = Table(
    name="community_demand",
    zh="小区需求地图",
    meaning="demand per community and category against the platform's, small groups suppressed",
    key=("as_of", "community_id", "category"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        AS_OF,
        text("community_id", "小区编号", "community, or all of them as 全部", required=True),
        text("category", "商品分类", "category, or all of them as 全部", required=True),
        flag(
            "is_suppressed", "是否隐藏", "too few users, or hidden to protect such", required=True
        ),
        integer("users", "用户数", "distinct users; empty: suppressed", minimum=1),
        integer("lines", "订单行数", "kept lines of goods; empty: suppressed", minimum=1),
        code("sale_unit", "单位", "what a unit is; empty: several, or suppressed", SaleUnit),
        real(
            "sold_units",
            "销量",
            "ordered − cancelled; empty: several units of sale, or suppressed",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        money("spend_yuan", "消费额", "paid less given back; empty: unknown or suppressed"),
        real(
            "line_share", "行数占比", "of the community's lines", Unit.RATIO, minimum=0, maximum=1
        ),
        real(
            "demand_index",
            "需求指数",
            "line share ÷ the platform's, drawn to 1 where lines are few",
            Unit.COUNT,
            minimum=0,
        ),
    ),
)

COMMUNITY_SKUS = Table(
    name="community_skus",
    zh="小区偏好商品",
    meaning="SKUs clearly more people of a community buy than elsewhere; ten users or more",
    key=("as_of", "community_id", "sku_id"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        AS_OF,
        text("community_id", "小区编号", "community", required=True),
        text("sku_id", "商品编码", "SKU", required=True),
        text("sku_name", "商品名称", "name"),
        text("category", "商品分类", "category"),
        integer("users", "用户数", "distinct users who bought it", required=True, minimum=10),
        integer("community_users", "小区用户数", "distinct users who bought anything", minimum=10),
        real(
            "expected_users",
            "预期用户数",
            "users if the community chose like the platform",
            Unit.COUNT,
            minimum=0,
        ),
        real("sku_index", "偏好指数", "users ÷ expected, shrunk", Unit.COUNT, minimum=0),
        real("sku_index_low", "偏好指数下限", "5 % quantile of the index", Unit.COUNT, minimum=0),
        integer("place", "名次", "1: the highest lower bound of the community", minimum=1),
        text("reason_zh", "说明", "one sentence with the figures", required=True),
    ),
)
