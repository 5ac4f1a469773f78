"""Tables of the rolling-origin backtest: forecasts, actuals and baselines."""

from data_contracts.codes.backtest import DemandPattern, SeriesAge, TurnoverClass
from data_contracts.codes.demand import Horizon
from data_contracts.columns import code, date, flag, integer, real, text
from data_contracts.table import Table
from data_contracts.tables.demand import QUANTILE_COLUMNS, SKU, WAREHOUSE
from data_contracts.tables.profile_columns import AS_OF
from data_contracts.units import Unit


def baseline_column(baseline: str) -> str:
    """Return the column of a baseline's forecast: `ssa` → `ssa_units`."""
    return f"{baseline}_units"


# baselines compared with the model: name → 中文; the last two run in their own environment
BASELINES_ZH: dict[str, str] = {
    "same_day_last_week": "上周同日",
    "mean_7_days": "近7天均值",
    "ssa": "相似日加权(SSA)",
    "mlforecast": "mlforecast + LightGBM",
    "auto_ets": "statsforecast AutoETS",
}
EXTERNAL_BASELINES = ("mlforecast", "auto_ets")

DEMAND_ROLLING = Table(
    name="demand_rolling",
    zh="需求滚动回测",
    meaning="forecasts from past days as on those days, and actuals",
    key=("as_of", "warehouse_id", "sku_id", "origin", "horizon"),
    partition="as_of",
    columns=(
        AS_OF,
        WAREHOUSE,
        SKU,
        date("origin", "预测起点", "last day known to the forecast", required=True),
        code(
            "horizon", "预测期", "day after the origin, or the 72-hour sum", Horizon, required=True
        ),
        date("target_day", "目标日", "business date; last day of the sum", required=True),
        text("category", "商品分类", "category"),
        text("region_id", "区域编号", "region of the warehouse"),
        real("sold_units", "销量", "sold; empty: not offered", Unit.SALE_UNITS, minimum=0),
        real("demand_units", "还原需求", "as in demand_day of as_of", Unit.SALE_UNITS),
        real("in_stock_share", "在售时长占比", "of the target day", Unit.RATIO),
        real("mean_units", "预测需求", "expected demand", Unit.SALE_UNITS, minimum=0),
        real("forecast_sold_units", "预计销量", "expected sales", Unit.SALE_UNITS, minimum=0),
        *QUANTILE_COLUMNS,
        text("model", "模型", "lightgbm, or mean_of_days where nothing could be fitted"),
        *(
            real(baseline_column(baseline), zh, "forecast of sales; empty: none", Unit.SALE_UNITS)
            for baseline, zh in BASELINES_ZH.items()
        ),
        code(
            "turnover_class", "ABC", "A: first 80 % of units of 28 days, B: to 95 %", TurnoverClass
        ),
        code("pattern", "需求形态", "by gaps between sales and their sizes", DemandPattern),
        code("age", "序列新旧", "days since the first sale", SeriesAge),
        flag("is_new_warehouse", "新开仓", "first sale of the warehouse less than 28 days ago"),
        flag("is_promoted", "有促销", "price cut, group buy or coupon known for the target day"),
        flag("is_rainy", "下雨", "more than 3.5 mm expected"),
        flag("is_holiday", "节假日或调休", "public holiday or make-up workday"),
    ),
)

ROLLING_QUANTILES = Table(
    name="rolling_quantiles",
    zh="回测分位校准",
    meaning="share of actuals at or under each quantile, and its pinball loss, with baselines",
    key=("as_of", "model", "scope", "origin", "category", "percent"),
    partition="as_of",
    columns=(
        AS_OF,
        text("model", "模型", "linli, residuals_of_category or trees_per_quantile", required=True),
        text("scope", "口径", "in_stock_days or sum_72h", required=True),
        date("origin", "预测起点", "last day known to the forecast", required=True),
        text("category", "商品分类", "category", required=True),
        real("percent", "分位", "quantile in percent", Unit.COUNT, required=True),
        real("share_under", "覆盖率", "share of actuals at or under it", Unit.RATIO),
        real("pinball_units", "分位损失", "mean pinball loss", Unit.SALE_UNITS),
        integer("rows", "行数", "rows scored", Unit.ROWS, minimum=0),
    ),
)
