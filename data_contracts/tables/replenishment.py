"""The table of restock lines: what to order per warehouse and SKU."""

from data_contracts.codes.products import FulfilmentMode, SaleUnit
from data_contracts.columns import code, real, text
from data_contracts.table import Table
from data_contracts.tables.demand import SKU, WAREHOUSE
from data_contracts.tables.profile_columns import AS_OF
from data_contracts.units import Unit

RESTOCK_LINES = Table(
    name="restock_lines",
    zh="补货清单",
    meaning="one line per warehouse and SKU: how much to order, and why",
    key=("as_of", "warehouse_id", "sku_id"),
    partition="as_of",
    is_never_empty=True,
    owner="supply-chain",
    columns=(
        AS_OF,
        WAREHOUSE,
        SKU,
        text("sku_name", "商品名称", "name"),
        text("category", "商品分类", "category"),
        code(
            "fulfilment_mode",
            "履约方式",
            "presale, prestock or instant",
            FulfilmentMode,
            required=True,
        ),
        code("sale_unit", "单位", "what a unit is", SaleUnit, required=True),
        real(
            "suggested_units",
            "建议补货量",
            "order this much",
            Unit.SALE_UNITS,
            required=True,
            minimum=0,
        ),
        real("suggested_packs", "建议箱数", "the same in packs", Unit.COUNT, minimum=0),
        real("pack_size_units", "箱规", "units per pack", Unit.SALE_UNITS, minimum=0),
        real(
            "forecast_72h_units",
            "72小时预测",
            "expected demand of three days",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        real("target_units", "目标量", "quantile of demand to cover", Unit.SALE_UNITS, minimum=0),
        real("service_level", "服务水平", "that quantile", Unit.PROBABILITY, minimum=0, maximum=1),
        real(
            "orders_in_hand_units",
            "已下单未履约",
            "ordered, to be delivered",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        real(
            "on_hand_units",
            "在库",
            "on hand, expiring stock left out; empty: unknown",
            Unit.SALE_UNITS,
        ),
        real(
            "in_transit_units", "在途", "on its way, due in time; empty: unknown", Unit.SALE_UNITS
        ),
        text("reason_zh", "原因", "one sentence with the figures that decided", required=True),
        text("flag_zh", "提示", "fallbacks and warnings of this line"),
    ),
)
