"""Purchasing files: suppliers, the terms on which they supply, and the orders placed with them.

Contacts of a supplier (a person's name, a phone) are not read.
"""

from data_contracts.codes.products import SaleUnit
from data_contracts.codes.supply import PurchaseOrderStatus
from data_contracts.columns import (
    code,
    date,
    flag,
    integer,
    money,
    real,
    text,
    time_of_day,
    timestamp,
    weekdays,
)
from data_contracts.table import Table
from data_contracts.units import Unit

SUPPLIERS = Table(
    name="suppliers",
    zh="供应商档案",
    meaning="one row per supplier: when it takes orders and when it delivers",
    key=("supplier_id",),
    owner="supply-chain",
    columns=(
        text("supplier_id", "供应商编号", "the platform's id of the supplier", required=True),
        text("supplier_name", "供应商名称", "name of the company"),
        weekdays("order_weekdays", "下单日", "days on which it takes orders; empty: every day"),
        weekdays("delivery_weekdays", "到货日", "days on which it delivers; empty: every day"),
        time_of_day("order_cutoff", "截单时间", "orders after this time count as the next day's"),
        money("min_order_yuan", "起订金额", "least amount of one order; empty: none"),
        integer(
            "backup_rank",
            "备选顺序",
            "1 is asked first when another supplier fails; empty: last",
            minimum=0,
        ),
        flag("is_paused", "暂停合作", "true: takes no orders at present; empty: false"),
    ),
)

SUPPLY_TERMS = Table(
    name="supply_terms",
    zh="供货条件",
    meaning="per supplier, SKU and warehouse: cost, lead time and the sizes of an order",
    key=("supplier_id", "sku_id", "warehouse_id", "valid_from"),
    owner="supply-chain",
    columns=(
        text("supplier_id", "供应商编号", "supplier", required=True),
        text("sku_id", "商品编码", "SKU", required=True),
        text("warehouse_id", "网格仓编号", "warehouse; empty: every warehouse"),
        code("sale_unit", "供货单位", "what a unit is; empty: as the product is sold", SaleUnit),
        date("valid_from", "生效日期", "first day; empty: always", of_moment=True),
        date("valid_until", "失效日期", "last day, inclusive; empty: open", of_moment=True),
        money("cost_yuan", "采购价", "purchase cost per unit"),
        integer("lead_time_days", "到货周期", "days from order to arrival", Unit.DAYS, minimum=0),
        real("min_order_units", "起订量", "least units of one order", Unit.SALE_UNITS, minimum=0),
        real(
            "pack_size_units",
            "箱规",
            "units per purchase pack",
            Unit.SALE_UNITS,
            minimum=0,
            exclusive_minimum=True,
        ),
        real(
            "order_step_units",
            "订货倍数",
            "an order is a multiple of this; empty: of the pack",
            Unit.SALE_UNITS,
            minimum=0,
            exclusive_minimum=True,
        ),
        real(
            "max_order_units",
            "可供上限",
            "most units that one order may have",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        money("emergency_cost_yuan", "紧急采购价", "cost per unit when bought at once"),
        flag("is_preferred", "是否首选", "true: ordered from this supplier first; empty: false"),
        flag("is_paused", "暂停供货", "true: not supplied at present; empty: false"),
    ),
)

PURCHASE_ORDERS = Table(
    name="purchase_orders",
    zh="采购订单",
    meaning="one row per line of an order placed with a supplier, and what came of it",
    key=("po_id", "line_id", "sku_id", "warehouse_id"),
    event_time="ordered_at",
    version="updated_at",
    partition="business_date",
    owner="supply-chain",
    columns=(
        text("po_id", "采购单号", "id of the order", required=True),
        text("line_id", "采购单行号", "line of the order; empty: one line per SKU"),
        text("supplier_id", "供应商编号", "supplier; empty: the usual one of the product"),
        text("warehouse_id", "网格仓编号", "warehouse it is for; empty: unknown"),
        text("sku_id", "商品编码", "SKU", required=True),
        timestamp("ordered_at", "采购时间", "when it was ordered, local", required=True),
        real(
            "ordered_units",
            "采购数量",
            "units ordered",
            Unit.SALE_UNITS,
            required=True,
            minimum=0,
            exclusive_minimum=True,
        ),
        code("sale_unit", "采购单位", "what a unit is; empty: as the product is sold", SaleUnit),
        date("promised_on", "预计到货日", "arrival that the supplier promised", of_moment=True),
        timestamp("received_at", "到货时间", "first arrival; empty: nothing has come"),
        real(
            "received_units",
            "到货数量",
            "units that came; empty with an arrival: all of them",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        code("po_status", "采购单状态", "status at updated_at", PurchaseOrderStatus),
        money("cost_yuan", "采购价", "cost per unit as ordered"),
        timestamp("updated_at", "更新时间", "last change; the latest version wins"),
    ),
)
