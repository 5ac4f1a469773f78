"""The tables of replenishment: what to order per warehouse and SKU, and the stock it leads to."""

from data_contracts.codes.products import FulfilmentMode, SaleUnit
from data_contracts.codes.replenishment import EditReason, NoOrderReason, RestockException
from data_contracts.columns import code, date, integer, real, text, timestamp
from data_contracts.table import Column, Personal, Table
from data_contracts.tables.demand import SKU, WAREHOUSE
from data_contracts.tables.profile_columns import AS_OF
from data_contracts.units import Unit


def _units(name: str, zh: str, meaning: str) -> Column:
    return real(name, zh, meaning, Unit.SALE_UNITS, minimum=0)


def _yuan(name: str, zh: str, meaning: str) -> Column:
    return real(name, zh, meaning, Unit.YUAN)


RESTOCK_LINES = Table(
    name="restock_lines",
    zh="补货清单",
    meaning="one line per warehouse and SKU: how much to order from whom, until when it lasts, "
    "and why",
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
        text("supplier_id", "供应商编号", "supplier to order from; empty: unknown"),
        text("supplier_name", "供应商", "its name; its id without a supplier file"),
        real(
            "suggested_units",
            "建议补货量",
            "order this much",
            Unit.SALE_UNITS,
            required=True,
            minimum=0,
        ),
        real("suggested_packs", "建议箱数", "the same in packs", Unit.COUNT, minimum=0),
        _units("pack_size_units", "箱规", "units per pack"),
        _yuan("cost_yuan", "进价(元)", "purchase cost per unit"),
        _yuan("amount_yuan", "金额(元)", "suggested × cost"),
        date("order_on", "下单日", "day on which the order leaves"),
        date("arrives_on", "预计到货日", "median arrival of this order"),
        date("next_arrival_on", "下次到货日", "median arrival of the next order"),
        date("sold_out_on", "预计售罄日", "first day on which stock without this order runs out"),
        _units("cover_mean_units", "至下次到货需求", "expected demand until the next arrival"),
        _units("cover_p10_units", "需求下限(10%)", "10 % quantile of the same"),
        _units("cover_p90_units", "需求上限(90%)", "90 % quantile of the same"),
        _units("forecast_72h_units", "72小时预测", "expected demand of three days"),
        _units("orders_in_hand_units", "已下单未履约", "ordered, to be delivered"),
        real(
            "on_hand_units",
            "在库",
            "on hand, expired stock left out; empty: unknown",
            Unit.SALE_UNITS,
        ),
        real(
            "in_transit_units",
            "在途",
            "expected to arrive before the next order would; empty: unknown",
            Unit.SALE_UNITS,
        ),
        _units("sold_mean_28d_units", "近4周日均销量", "mean sales of the last 28 days"),
        _units(
            "demand_mean_28d_units",
            "近4周日均需求",
            "mean demand of the last 28 days, stock-outs made good",
        ),
        integer(
            "out_of_stock_days_28d",
            "近4周缺货天数",
            "days of the last 28 with stock-out hours",
            Unit.DAYS,
            minimum=0,
        ),
        real(
            "stock_out_share",
            "缺货概率",
            "chance of unmet demand from the arrival to the next arrival, order included",
            Unit.PROBABILITY,
            minimum=0,
            maximum=1,
        ),
        _units("short_before_units", "到货前缺口", "expected unmet demand before the arrival"),
        _units("expected_waste_units", "预计损耗", "of the order, expected to expire unsold"),
        _yuan("expected_profit_yuan", "预期利润(元)", "of the order, against ordering nothing"),
        code("no_order_reason", "不补原因", "why nothing is ordered", NoOrderReason),
        code("exception", "需关注", "what a person should look at first", RestockException),
        text("reason_zh", "原因", "one sentence with the figures that decided", required=True),
        text("flag_zh", "提示", "fallbacks and warnings of this line"),
    ),
)

RESTOCK_PROJECTION = Table(
    name="restock_projection",
    zh="库存推演",
    meaning="stock per warehouse, SKU and day until the next arrival, with the suggested order",
    key=("as_of", "warehouse_id", "sku_id", "day"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        AS_OF,
        WAREHOUSE,
        SKU,
        date("day", "日期", "day ahead", required=True),
        _units("demand_units", "预计需求", "expected demand of the day"),
        _units("arriving_units", "预计到货", "expected arrivals of the day, the order included"),
        _units("stock_units", "预计库存", "expected stock at the end of the day"),
        _units("stock_without_order_units", "不补时库存", "the same without the order"),
        real(
            "short_share",
            "缺货概率",
            "chance that demand has gone unmet by that day",
            Unit.PROBABILITY,
            minimum=0,
            maximum=1,
        ),
    ),
)

RESTOCK_EDITS = Table(
    name="restock_edits",
    zh="补货修改",
    meaning="what people changed on a published restock list: suggested and confirmed quantity, "
    "who, when and why",
    key=("as_of", "warehouse_id", "sku_id"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        AS_OF,
        WAREHOUSE,
        SKU,
        text("supplier_id", "供应商编号", "supplier of the line; empty: unknown"),
        text("list_version", "清单版本", "version of the list that was edited", required=True),
        code("sale_unit", "单位", "what a unit is", SaleUnit, required=True),
        real(
            "suggested_units",
            "建议补货量",
            "quantity of the list",
            Unit.SALE_UNITS,
            required=True,
            minimum=0,
        ),
        real(
            "confirmed_units",
            "确认数量",
            "quantity that a person decided on",
            Unit.SALE_UNITS,
            required=True,
            minimum=0,
        ),
        _yuan("cost_yuan", "进价(元)", "purchase cost per unit; empty: unknown"),
        code("edit_reason", "修改原因", "why it was changed; empty: not said", EditReason),
        text("edit_note", "修改说明", "the reason in the words of the person, numbers masked"),
        text(
            "editor_id",
            "修改人编号",
            "keyed pseudonym of the person who confirmed",
            required=True,
            personal=Personal.IDENTIFIER,
        ),
        text("masked_editor_name", "修改人", "first character + *, never the full name"),
        timestamp("taken_at", "收回时间", "when the edits were read", required=True),
    ),
)
