"""Tables of supply: where an SKU can be bought, and how long an order takes to arrive."""

from data_contracts.codes.supply import LeadTimeSource, SupplyOrigin
from data_contracts.columns import (
    code,
    date,
    flag,
    integer,
    money,
    real,
    text,
    time_of_day,
    weekdays,
)
from data_contracts.table import Column, Table
from data_contracts.tables.demand import SKU, WAREHOUSE
from data_contracts.tables.profile_columns import AS_OF
from data_contracts.units import Unit

# Days that the law of a lead time is stored for; a later arrival counts in `beyond_share`.
LONGEST_STORED_DAYS = 28

_SUPPLIER = text("supplier_id", "供应商编号", "supplier; empty: no file names one")


def _units(name: str, zh: str, meaning: str) -> Column:
    return real(name, zh, meaning, Unit.SALE_UNITS, minimum=0)


def _chance(name: str, zh: str, meaning: str) -> Column:
    return real(name, zh, meaning, Unit.PROBABILITY, required=True, minimum=0, maximum=1)


SUPPLY_OPTIONS = Table(
    name="supply_options",
    zh="供货来源",
    meaning="per warehouse and SKU: each supplier, its terms on the day after as_of, and its rank",
    key=("as_of", "warehouse_id", "sku_id", "supplier_id"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        AS_OF,
        WAREHOUSE,
        SKU,
        _SUPPLIER,
        text("supplier_name", "供应商名称", "name"),
        integer(
            "choice_rank",
            "选择顺序",
            "1 is ordered from; then: not paused, preferred, cheapest, first by id",
            required=True,
            minimum=1,
        ),
        integer("backup_rank", "备选顺序", "as the supplier file says", minimum=0),
        flag("is_paused", "暂停供货", "the supplier or these terms are paused", required=True),
        code("named_by", "来源", "file that names the supplier", SupplyOrigin, required=True),
        weekdays("order_weekdays", "下单日", "days on which it takes orders; empty: every day"),
        weekdays("delivery_weekdays", "到货日", "days on which it delivers; empty: every day"),
        time_of_day("order_cutoff", "截单时间", "orders after this time count as the next day's"),
        money("min_order_yuan", "起订金额", "least amount of one order of the supplier"),
        money("cost_yuan", "采购价", "per unit: of the terms, else of the product file"),
        money("emergency_cost_yuan", "紧急采购价", "per unit when bought at once"),
        integer(
            "lead_time_days",
            "到货周期",
            "declared: of the terms, else of the product file",
            Unit.DAYS,
            minimum=0,
        ),
        _units("min_order_units", "起订量", "least units of one order"),
        _units("pack_size_units", "箱规", "units per pack: of the terms, else of the product file"),
        _units(
            "order_step_units", "订货倍数", "an order is a multiple of this; empty: of the pack"
        ),
        _units("max_order_units", "可供上限", "most units that one order may have"),
        date("pack_changed_on", "箱规变更日", "first day of this pack size after another"),
        text("flags", "提示", "codes of SupplyFlag, separated by |"),
    ),
)

LEAD_TIMES = Table(
    name="lead_times",
    zh="到货周期",
    meaning="per warehouse, SKU and supplier: chance of each lead time, as known at as_of",
    key=("as_of", "warehouse_id", "sku_id", "supplier_id"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        AS_OF,
        WAREHOUSE,
        SKU,
        _SUPPLIER,
        code("lead_time_source", "依据", "what the law rests on", LeadTimeSource, required=True),
        integer("declared_days", "登记天数", "declared or promised; empty: unknown", Unit.DAYS),
        integer("own_orders", "本品采购次数", "orders of this SKU seen", required=True, minimum=0),
        integer(
            "supplier_orders",
            "供应商采购次数",
            "orders of the supplier with the same declared days seen",
            required=True,
            minimum=0,
        ),
        real("mean_days", "平均天数", "of the orders that arrive", Unit.DAYS, minimum=0),
        integer("p50_days", "50%到货天数", "half of what arrives is there by then", Unit.DAYS),
        integer("p90_days", "90%到货天数", "nine of ten that arrive are there by then", Unit.DAYS),
        _chance("never_share", "不到货占比", "orders that never arrive"),
        _chance("beyond_share", "更晚到货占比", "orders that arrive after day 28"),
        *(
            _chance(
                f"p_day_{day}", f"第{day}天到货概率", f"chance to arrive {day} days after order"
            )
            for day in range(LONGEST_STORED_DAYS + 1)
        ),
    ),
)
