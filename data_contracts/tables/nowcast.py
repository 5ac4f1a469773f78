"""Tables of the nowcast: the rest of an open day's orders at a clock time, and its past errors.

`as_of` is here the business day that is still open, and `known_until_at` the first instant that
was not read. A later nowcast of a day replaces an earlier one.
"""

from data_contracts.codes.nowcast import NowcastFlag, NowcastPrior
from data_contracts.codes.products import SaleUnit
from data_contracts.columns import code, date, real, text, timestamp
from data_contracts.table import Table
from data_contracts.tables.demand import QUANTILE_COLUMNS, SKU, WAREHOUSE
from data_contracts.units import Unit

_OPEN_DAY = date("as_of", "业务日", "business day still open", required=True)
_MOMENT = (
    timestamp("known_until_at", "统计截至", "first instant not seen", required=True),
    real("hours_left", "距截单小时", "hours to the cut-off", Unit.HOURS, required=True, minimum=0),
)
_UNIT = code("sale_unit", "单位", "what a unit is", SaleUnit, required=True)
_ORDERED = real(
    "ordered_units",
    "已下单",
    "ordered before known_until_at, less what was cancelled by then",
    Unit.SALE_UNITS,
    required=True,
    minimum=0,
)
_REST = real(
    "rest_units",
    "预计还会下单",
    "expected to be ordered from then to the cut-off",
    Unit.SALE_UNITS,
    required=True,
    minimum=0,
)
_TOTALS = (
    real("total_units", "预计全天", "ordered + rest", Unit.SALE_UNITS, required=True, minimum=0),
    real("total_p10_units", "全天下限(10%)", "10 % quantile of it", Unit.SALE_UNITS, minimum=0),
    real("total_p90_units", "全天上限(90%)", "90 % quantile of it", Unit.SALE_UNITS, minimum=0),
)
_PRIOR = real(
    "prior_units",
    "开单前预测",
    "expected of the whole day before it began",
    Unit.SALE_UNITS,
    required=True,
    minimum=0,
)

ORDER_NOWCAST = Table(
    name="order_nowcast",
    zh="当日订单预估",
    meaning="per warehouse and SKU of an open business day: ordered so far, and the rest expected",
    key=("as_of", "warehouse_id", "sku_id"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        _OPEN_DAY,
        WAREHOUSE,
        SKU,
        text("sku_name", "商品名称", "name"),
        text("category", "商品分类", "category"),
        _UNIT,
        *_MOMENT,
        _ORDERED,
        _REST,
        *QUANTILE_COLUMNS,
        *_TOTALS,
        real(
            "rest_on_sale_units",
            "一直在售时还会下单",
            "the rest if it were on sale to the cut-off; more than the rest where it is not",
            Unit.SALE_UNITS,
            required=True,
            minimum=0,
        ),
        _PRIOR,
        code("prior_kind", "预测来源", "where prior_units is from", NowcastPrior, required=True),
        code("flag", "在售提示", "not to be ordered now; empty: on sale", NowcastFlag),
    ),
)

WAREHOUSE_NOWCAST = Table(
    name="warehouse_nowcast",
    zh="网格仓当日订单预估",
    meaning="the same per warehouse, pieces and kilograms apart; quantiles of the sums themselves",
    key=("as_of", "warehouse_id", "sale_unit"),
    partition="as_of",
    owner="supply-chain",
    columns=(_OPEN_DAY, WAREHOUSE, _UNIT, *_MOMENT, _ORDERED, _REST, *_TOTALS, _PRIOR),
)

NOWCAST_BACKTEST = Table(
    name="nowcast_backtest",
    zh="当日订单预估回测",
    meaning="errors on past days, each predicted from earlier days, by hours left, with baselines",
    key=("as_of", "hours_left", "model", "scope", "day"),
    partition="as_of",
    columns=(
        _OPEN_DAY,
        _MOMENT[1],
        text(
            "model",
            "模型",
            "nowcast, prior_less_ordered, ordered_by_share, prior",
            required=True,
        ),
        text(
            "scope",
            "口径",
            "rest, total: per warehouse and SKU; warehouse_total: its SKUs of one unit added up",
            required=True,
        ),
        date("day", "回测日", "past business day that was predicted", required=True),
        real("wape", "WAPE", "Σ|p−y| ÷ Σy; empty: nothing was ordered", Unit.RATIO, minimum=0),
        real("wpe", "WPE", "Σ(p−y) ÷ Σy; empty: nothing was ordered", Unit.RATIO),
        real("actual_units", "实际", "Σy", Unit.SALE_UNITS, required=True, minimum=0),
        real("coverage_p10", "10%分位覆盖率", "share at or under the 10 % quantile", Unit.RATIO),
        real("coverage_p90", "90%分位覆盖率", "share at or under the 90 % quantile", Unit.RATIO),
    ),
)
