"""Inputs of the profiles: price ranks, and digests that identify unchanged users.

Technical tables: they hold nothing about a user that the profile does not.
"""

from data_contracts.columns import date, integer, real, text
from data_contracts.table import Table
from data_contracts.tables.profile_columns import AS_OF, USER
from data_contracts.units import Unit

PRICE_RANKS = Table(
    name="price_ranks",
    zh="商品价格档位",
    meaning="rank of a SKU's median price among those of its category, fixed for a week",
    key=("as_of", "sku_id", "category", "sale_unit"),
    partition="as_of",
    columns=(
        AS_OF,
        text("sku_id", "商品编码", "SKU", required=True),
        text("category", "商品分类", "category it was sold in", required=True),
        text("sale_unit", "销售单位", "unit the price is for", required=True),
        integer("lines", "订单行数", "kept lines of 365 days with a price", minimum=1),
        real("price_yuan", "常用价", "median price of those lines", Unit.YUAN, minimum=0),
        real("price_rank", "价格档位", "0 cheapest to 1", Unit.RATIO, minimum=0, maximum=1),
        date("ranked_on", "排名日", "the Monday it is of, or as_of for a young platform"),
    ),
)

PROFILE_INPUTS = Table(
    name="profile_inputs",
    zh="画像输入指纹",
    meaning="digest of what each dimension of a user's profile is made from",
    key=("as_of", "user_id"),
    partition="as_of",
    columns=(
        AS_OF,
        USER,
        integer("consumption_digest", "消费输入指纹", "order lines and price ranks", minimum=0),
        integer(
            "scene_digest", "场景输入指纹", "lines, kind of day, browsing, pick-ups", minimum=0
        ),
        integer("emotion_digest", "情感输入指纹", "signals, shipments, browsing", minimum=0),
    ),
)
