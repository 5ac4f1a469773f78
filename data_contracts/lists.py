"""Declare the published lists: their columns, order, width, decimals, sort and filter.

Not here: how a file is written (`assets/resources/outbox/spreadsheet.py`), and the meaning and
header of a column: each column is that of its table, so that no header is declared twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from data_contracts.codes.code_list import Code
from data_contracts.codes.contacts import ContactArm, ContactChannel
from data_contracts.codes.wake_up import WakeUpAction
from data_contracts.columns import code, date, integer, real, text
from data_contracts.table import Column, Table, Type
from data_contracts.tables.demand import WAREHOUSE
from data_contracts.tables.nowcast import ORDER_NOWCAST, WAREHOUSE_NOWCAST
from data_contracts.tables.replenishment import RESTOCK_LINES
from data_contracts.tables.wake_up import WAKE_UP_LINES
from data_contracts.units import Unit

# Units that were counted keep the decimals of the exports; estimates have two.
COUNTED = ("suggested_units", "orders_in_hand_units", "on_hand_units", "kilograms_to_order")
COUNTED_DECIMALS = 4


class Shown(Enum):
    """How a value is displayed."""

    TEXT = "text"
    ID = "id"  # text, whatever it looks like
    LABEL = "label"  # the Chinese label of a code
    DATE = "date"
    MOMENT = "moment"  # to the minute
    COUNT = "count"
    HOUR = "hour"
    QUANTITY = "quantity"
    MONEY = "money"
    SHARE = "share"

    @property
    def decimals(self) -> int:
        """Decimals of a number of this kind; those of a column: `ListColumn.decimals`."""
        return {Shown.QUANTITY: 2, Shown.MONEY: 2, Shown.SHARE: 4}.get(self, 0)


class Emphasis(Enum):
    """What the workbook highlights."""

    NONE = "none"
    DECISION = "decision"  # the number to act on: bold above zero, else grey
    WARNING = "warning"  # coloured if there is any text


def shown_as(column: Column) -> Shown:
    """Derive how a contract column is displayed, from its type, codes and unit."""
    if column.codes is not None:
        return Shown.LABEL
    if column.type is Type.DATE:
        return Shown.DATE
    if column.type is Type.TIMESTAMP:
        return Shown.MOMENT
    if column.type is Type.INTEGER:
        return Shown.HOUR if column.unit is Unit.HOURS else Shown.COUNT
    if column.type in (Type.REAL, Type.MONEY):
        by_unit = {Unit.PROBABILITY: Shown.SHARE, Unit.RATIO: Shown.SHARE, Unit.YUAN: Shown.MONEY}
        return by_unit.get(column.unit, Shown.QUANTITY)
    return Shown.ID if column.name.endswith("_id") else Shown.TEXT


@dataclass(frozen=True)
class ListColumn:
    """A column of a sheet; `width` in characters; `note_zh` explains it to people."""

    column: Column
    width: int = 10
    note_zh: str = ""
    emphasis: Emphasis = Emphasis.NONE

    @property
    def header(self) -> str:
        return self.column.zh

    @property
    def shown(self) -> Shown:
        return shown_as(self.column)

    @property
    def decimals(self) -> int:
        """Decimals that every format of the list keeps."""
        return COUNTED_DECIMALS if self.column.name in COUNTED else self.shown.decimals


@dataclass(frozen=True, kw_only=True)
class ListSpec:
    """A published list: a filtered, sorted table in the order people read it.

    `where`: only rows whose column holds that code; such a column need not be printed.
    `sort`: SQL order terms over the source's columns. `frozen_columns`: stay in sight on scrolling.
    `printed_columns`: as many of the first fit on a page and are printed; 0: all.
    """

    name: str
    source: Table
    columns: tuple[ListColumn, ...]
    sort: tuple[str, ...]
    where: tuple[tuple[str, Code], ...] = ()
    frozen_columns: int = 0
    printed_columns: int = 0
    summary: tuple[ListColumn, ...] = ()

    def __post_init__(self) -> None:
        columns = set(self.source.column_names)
        asked = [column.column.name for column in self.columns]
        asked += [name for name, _ in self.where] + [term.split()[0] for term in self.sort]
        for name in asked:
            if name not in columns:
                raise ValueError(f"list {self.name}: {self.source.name} has no column {name}")
        headers = self.headers
        if len(set(headers)) != len(headers):
            raise ValueError(f"list {self.name}: two columns share a header")

    @property
    def zh(self) -> str:
        return self.source.zh

    @property
    def asset(self) -> str:
        """Return the name of the asset that publishes the list."""
        return f"{self.name}_list"

    @property
    def headers(self) -> list[str]:
        return [column.header for column in self.columns]

    def file_name(self, as_of: dt.date, suffix: str) -> str:
        """Return the name of a file of the list, such as `restock_2026-10-31.csv`."""
        return f"{self.name}_{as_of.isoformat()}.{suffix}"

    def query(self) -> str:
        """Write the SQL of the list's rows for `$as_of`, sorted, with stored column names."""
        listed = ", ".join(f'"{column.column.name}"' for column in self.columns)
        filters = "".join(f" and {name} = '{wanted.value}'" for name, wanted in self.where)
        return (
            f"select {listed} from {self.source.name} where as_of = $as_of{filters} "
            f"order by {', '.join(self.sort)}"
        )

    def table(self) -> Table:
        """Return the list as a contract, for the column schema of its asset."""
        return Table(
            name=self.asset,
            zh=self.zh,
            meaning=f"what goes out of {self.source.name}",
            key=self.source.key,
            partition=self.source.partition,
            owner=self.source.owner,
            columns=tuple(column.column for column in self.columns),
        )


def _from(
    table: Table, *columns: tuple[str, int, str] | tuple[str, int, str, Emphasis]
) -> tuple[ListColumn, ...]:
    return tuple(ListColumn(table.column(name), *look) for name, *look in columns)  # type: ignore[arg-type]


RESTOCK = ListSpec(
    name="restock",
    source=RESTOCK_LINES,
    columns=_from(
        RESTOCK_LINES,
        ("as_of", 11, "清单依据的最后一个完整业务日"),
        ("warehouse_id", 12, "网格仓；没有网格仓信息时为小区"),
        ("supplier_name", 14, "供应商；没有供应商档案时为编号"),
        ("sku_id", 13, "商品的唯一编码"),
        ("sku_name", 24, "商品名称"),
        ("suggested_units", 10, "建议订购的数量，按“单位”列计", Emphasis.DECISION),
        ("sale_unit", 6, "件或公斤"),
        ("suggested_packs", 9, "建议补货量折合的箱数"),
        ("pack_size_units", 7, "每箱的数量"),
        ("cost_yuan", 9, "每单位的采购价"),
        ("amount_yuan", 10, "建议补货量乘以进价"),
        ("exception", 14, "需要人先看的原因", Emphasis.WARNING),
        ("no_order_reason", 16, "不补货的原因"),
        ("flag_zh", 24, "本行的降级与提醒，有内容时请先看", Emphasis.WARNING),
        ("reason_zh", 44, "建议量的依据，一句话"),
        ("order_on", 11, "本单下单的业务日"),
        ("arrives_on", 11, "本单最可能到货的日期"),
        ("next_arrival_on", 11, "下一单最可能到货的日期，本单要卖到这一天"),
        ("sold_out_on", 11, "不补货时预计售罄的日期；空白表示28天内不会"),
        ("cover_mean_units", 10, "从明天到下次到货的预计需求"),
        ("cover_p10_units", 10, "同上，有九成可能不低于此数"),
        ("cover_p90_units", 10, "同上，有九成可能不超过此数"),
        ("forecast_72h_units", 11, "未来三个业务日的预计需求"),
        ("orders_in_hand_units", 12, "已下单、尚未交付的数量"),
        ("on_hand_units", 9, "可用库存，不含已到期部分；空白表示未知"),
        ("in_transit_units", 9, "下次到货之前会到的在途数量；空白表示未知"),
        ("sold_mean_28d_units", 12, "近28天的日均销量"),
        ("demand_mean_28d_units", 12, "近28天的日均需求，已还原缺货损失"),
        ("out_of_stock_days_28d", 11, "近28天中有缺货时段的天数"),
        ("stock_out_share", 9, "补货后，到货至下次到货之间缺货的概率"),
        ("short_before_units", 10, "本单到货之前预计缺货的数量"),
        ("expected_waste_units", 9, "本单预计卖不完而过期的数量"),
        ("expected_profit_yuan", 11, "本单与不补货相比的预期利润"),
        ("supplier_id", 12, "供应商的编号"),
        ("fulfilment_mode", 10, "预售、备货或即时配送"),
        ("category", 14, "商品所属分类"),
    ),
    sort=("warehouse_id", "supplier_id", "suggested_units desc", "sku_id"),
    frozen_columns=5,
    printed_columns=12,
    summary=(
        ListColumn(WAREHOUSE, 14),
        ListColumn(RESTOCK_LINES.column("supplier_name"), 14),
        ListColumn(integer("lines", "商品数", "lines of the warehouse and supplier"), 9),
        ListColumn(integer("lines_to_order", "需补货商品数", "lines with a suggestion"), 13),
        ListColumn(
            real("pieces_to_order", "建议件数", "suggested, sold by the piece", Unit.PIECES), 11
        ),
        ListColumn(
            real("kilograms_to_order", "建议公斤数", "suggested, sold by weight", Unit.SALE_UNITS),
            12,
        ),
        ListColumn(real("packs_to_order", "建议箱数", "suggested packs", Unit.COUNT), 10),
        ListColumn(
            real("amount_yuan", "金额(元)", "suggested × cost, lines of known cost", Unit.YUAN),
            14,
        ),
        ListColumn(
            integer("lines_without_cost", "缺成本商品数", "suggested lines of unknown cost"), 13
        ),
        ListColumn(integer("lines_for_a_person", "需关注商品数", "lines that need a person"), 13),
        ListColumn(
            real("expected_profit_yuan", "预期利润(元)", "of the order, against none", Unit.YUAN),
            14,
        ),
    ),
)

WAKE_UP = ListSpec(
    name="wake_up",
    source=WAKE_UP_LINES,
    where=(("arm", ContactArm.TREATMENT),),
    columns=_from(
        WAKE_UP_LINES,
        ("as_of", 11, "清单依据的最后一个完整业务日"),
        ("priority", 7, "1 最先联系"),
        ("action", 10, "唤醒、挽留、关怀提醒或致歉补偿", Emphasis.DECISION),
        ("user_id", 26, "脱敏编号，不是平台的用户编号；发送用的名单由 linli deliver 导出"),
        ("masked_name", 9, "已脱敏，不含全名"),
        ("masked_phone", 15, "已脱敏，中间四位隐藏"),
        ("community_id", 13, "用户所属小区"),
        ("leader_id", 13, "该小区的团长"),
        ("channel", 9, "建议使用的触达渠道"),
        ("contact_hour", 9, "建议触达的整点（0–23 时）"),
        ("sku_name", 24, "推荐商品，已排除用户的过敏原"),
        ("sku_id", 14, "推荐商品的唯一编码"),
        ("offer_yuan", 9, "建议的优惠金额；0 表示不发券"),
        ("reason_zh", 44, "联系该用户的依据，一句话"),
        ("flag_zh", 24, "本行的降级与提醒", Emphasis.WARNING),
        ("recency_days", 12, "距最近一次有效下单的天数"),
        ("rhythm_days", 9, "该用户两次下单间隔的中位数（天）"),
        ("churn_30d", 9, "未来30天不下单的概率，已校准"),
        ("layer", 12, "用户分层标签"),
    ),
    sort=("priority", "user_id"),
    frozen_columns=4,
    summary=(
        ListColumn(code("action", "动作", "what to do", WakeUpAction), 12),
        ListColumn(code("channel", "渠道", "channel", ContactChannel), 10),
        ListColumn(integer("users", "触达人数", "users to contact"), 10),
        ListColumn(integer("held_out", "对照组人数", "users left alone on purpose"), 12),
        ListColumn(real("offer_yuan", "优惠合计(元)", "offers of those to contact", Unit.YUAN), 14),
    ),
)

NOWCAST = ListSpec(
    name="nowcast",
    source=ORDER_NOWCAST,
    columns=_from(
        ORDER_NOWCAST,
        ("as_of", 11, "正在接单的业务日"),
        ("warehouse_id", 14, "网格仓；没有网格仓信息时为小区"),
        ("sku_id", 14, "商品的唯一编码"),
        ("sku_name", 24, "商品名称"),
        ("ordered_units", 10, "统计截至时已下单的数量，已扣除取消"),
        ("rest_units", 12, "从统计截至到截单预计还会下单的数量"),
        ("total_units", 10, "已下单加预计还会下单", Emphasis.DECISION),
        ("sale_unit", 6, "件或公斤"),
        ("total_p10_units", 13, "全天有九成可能不少于此数，也不少于已下单"),
        ("total_p90_units", 13, "全天有九成可能不超过此数"),
        ("flag", 12, "统计截至时不能下单的原因；空白表示在售", Emphasis.WARNING),
        ("rest_on_sale_units", 17, "如果一直在售，从统计截至到截单还会下单的数量"),
        ("prior_units", 11, "开始接单前对全天的预测"),
        ("prior_kind", 20, "开单前预测的来源"),
        ("known_until_at", 17, "此时刻及之后的订单没有计入"),
        ("hours_left", 11, "从统计截至到截单的小时数"),
        ("category", 14, "商品所属分类"),
    ),
    sort=("warehouse_id", "total_units desc", "sku_id"),
    frozen_columns=4,
    summary=_from(
        WAREHOUSE_NOWCAST,
        ("warehouse_id", 14, ""),
        ("sale_unit", 6, ""),
        ("ordered_units", 10, ""),
        ("rest_units", 12, ""),
        ("total_units", 10, "", Emphasis.DECISION),
        ("total_p10_units", 13, ""),
        ("total_p90_units", 13, ""),
        ("prior_units", 11, ""),
    ),
)

# The lists of a closed day; the nowcast is of an open day and runs on request.
DAILY_LISTS: tuple[ListSpec, ...] = (RESTOCK, WAKE_UP)
DAILY_LIST_NAMES = tuple(spec.name for spec in DAILY_LISTS)
# Steps of a day that is still open: their fallbacks do not concern the lists and the card of the
# day once it is closed.
OPEN_DAY_STEPS = (ORDER_NOWCAST.name, NOWCAST.asset)

DATA_DICTIONARY = Table(
    name="data_dictionary",
    zh="数据字典",
    meaning="one row per column of every table and export, as linli.duckdb shows them",
    key=("table_name", "column_name"),
    columns=(
        text("table_name", "表", "table or export", required=True),
        text("table_zh", "表中文名", "its Chinese name", required=True),
        text("column_name", "列", "column", required=True),
        text("column_zh", "列中文名", "its Chinese name", required=True),
        text("column_type", "类型", "type", required=True),
        text("unit", "计量单位", "unit", required=True),
        text("personal", "个人信息", "how it touches a person", required=True),
        text("meaning", "含义", "what it says", required=True),
    ),
)

RUN_CARD = Table(
    name="run_card",
    zh="运行报告",
    meaning="whether the lists of a day may be trusted, and why: one report per day",
    key=("as_of",),
    partition="as_of",
    columns=(
        date("as_of", "截至日", "last fully known business day", required=True),
        text("verdict", "结论", "usable, degraded or unusable", required=True),
        integer("reasons", "原因数", "what speaks against plain trust", minimum=0),
    ),
)

BACKTEST_SLICES = Table(
    name="backtest_slices",
    zh="回测分切片",
    meaning="how good the forecast was per kind of series and day: demand_backtest_slices.csv",
    key=("slice", "value"),
    columns=(
        text("slice", "切片", "the attribute that groups the rows", required=True),
        text("value", "取值", "its value", required=True),
        integer("rows", "行数", "series-days wholly on sale", Unit.ROWS, minimum=0),
        real("units_share", "销量占比", "share of what was sold", Unit.RATIO),
        real("wape", "WAPE", "Σ|p−y| ÷ Σy", Unit.RATIO),
        real("wpe", "WPE", "Σ(p−y) ÷ Σy", Unit.RATIO),
        real("naive_wape", "上周同日WAPE", "of the same day last week", Unit.RATIO),
        real("mean_7_days_wape", "近7天均值WAPE", "of the mean of 7 days", Unit.RATIO),
        real("value_added", "误差降低", "1 − WAPE ÷ that of last week's same day", Unit.RATIO),
    ),
)
