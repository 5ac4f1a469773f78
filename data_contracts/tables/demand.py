"""Tables of demand: daily history per warehouse and SKU, the forecast, its accuracy."""

from data_contracts.codes.demand import DriftKind, ForecastFallback, Horizon, ZeroKind
from data_contracts.columns import code, date, flag, integer, real, text
from data_contracts.table import Column, Table
from data_contracts.tables.profile_columns import AS_OF
from data_contracts.units import Unit

WAREHOUSE = text(
    "warehouse_id", "网格仓编号", "warehouse; the community where none is known", required=True
)
SKU = text("sku_id", "商品编码", "SKU", required=True)

DEMAND_DAY = Table(
    name="demand_day",
    zh="日需求",
    meaning="net units per warehouse, SKU and business day, zero days included, as known at as_of",
    key=("as_of", "warehouse_id", "sku_id", "day"),
    partition="as_of",
    is_never_empty=True,
    owner="supply-chain",
    columns=(
        AS_OF,
        WAREHOUSE,
        SKU,
        date("day", "业务日", "business date", required=True),
        real(
            "sold_units", "销量", "ordered − cancelled", Unit.SALE_UNITS, required=True, minimum=0
        ),
        real(
            "in_stock_share",
            "在售时长占比",
            "share of the offered hours 6-22 on sale; 1 without the file; empty: not offered",
            Unit.RATIO,
        ),
        real(
            "demand_units",
            "还原需求",
            "sold + lost + refused; empty: not offered, or too few hours on sale",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        real(
            "lost_units",
            "缺货损失",
            "demand lost to stock-outs; empty: not offered, or too few hours on sale",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        real(
            "lost_yuan",
            "缺货损失金额",
            "the same at the last price charged; empty: never sold",
            Unit.YUAN,
            minimum=0,
        ),
        real(
            "refused_units",
            "限购挡下",
            "demand beyond what purchase limits let users buy; empty: not offered",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        code("zero_kind", "零销量原因", "why nothing was sold; empty: something was", ZeroKind),
        real(
            "discount_ratio",
            "折扣率",
            "price ÷ list price in force; 1: none",
            Unit.RATIO,
            minimum=0,
        ),
        real(
            "unit_price_yuan",
            "成交均价",
            "mean price charged; empty: no sale",
            Unit.YUAN,
            minimum=0,
        ),
    ),
)

# 83.3: the service level if a unit short costs five times a unit left over
_QUANTILE_ZH: dict[float, str] = {
    10: "下限(10%)",
    25: "25%分位",
    50: "中位数",
    75: "75%分位",
    83.3: "83.3%分位",
    90: "90%分位",
    95: "上限(95%)",
}

QUANTILE_PERCENTS: tuple[float, ...] = tuple(_QUANTILE_ZH)


def quantile_column(percent: float) -> str:
    """Column name of a quantile: 90 → `p90_units`, 83.3 → `p83_3_units`."""
    return f"p{percent:g}_units".replace(".", "_")


QUANTILE_COLUMNS: tuple[Column, ...] = tuple(
    real(quantile_column(percent), zh, f"{percent:g} % quantile", Unit.SALE_UNITS, minimum=0)
    for percent, zh in _QUANTILE_ZH.items()
)

DEMAND_FORECAST = Table(
    name="demand_forecast",
    zh="需求预测",
    meaning="forecast per warehouse and SKU: three business days, their sum, and the sums of the "
    "first 5, 7, 10, 14, 21 and 28 days",
    key=("as_of", "warehouse_id", "sku_id", "horizon"),
    partition="as_of",
    is_never_empty=True,
    owner="supply-chain",
    columns=(
        AS_OF,
        WAREHOUSE,
        SKU,
        code(
            "horizon",
            "预测期",
            "day after as_of, or a sum from the day after as_of on",
            Horizon,
            required=True,
        ),
        date("target_day", "目标日", "business date; last day of the sum"),
        real(
            "mean_units", "预测需求", "expected demand", Unit.SALE_UNITS, required=True, minimum=0
        ),
        real(
            "sold_units",
            "预计销量",
            "expected sales if stock is as it was in the last weeks; no more than demand",
            Unit.SALE_UNITS,
            minimum=0,
        ),
        *QUANTILE_COLUMNS,
        text("model_version", "模型版本", "name of the model, or of the fallback", required=True),
        code(
            "fallback",
            "降级",
            "what the line lacked; empty: nothing, the model that is due",
            ForecastFallback,
        ),
    ),
)

DEMAND_BACKTEST = Table(
    name="demand_backtest",
    zh="需求回测",
    meaning="WAPE and WPE of the model and its naive baselines on days the model was not fitted on",
    key=("as_of", "model", "scope", "origin"),
    partition="as_of",
    columns=(
        AS_OF,
        text(
            "model",
            "模型",
            "lightgbm (or mean_of_days), same_day_last_week, mean_7_days",
            required=True,
        ),
        text(
            "scope",
            "口径",
            "in_stock_days, coverage_p90, sum_5d and longer sums: demand; all_days, sum_72h and "
            "levels like warehouse_category_day: sales, stock as it was",
            required=True,
        ),
        date("origin", "预测起点", "last day known to the forecast", required=True),
        real("wape", "WAPE", "Σ|p−y| ÷ Σy", Unit.RATIO, minimum=0),
        real("wpe", "WPE", "Σ(p−y) ÷ Σy", Unit.RATIO),
        real("coverage", "覆盖率", "share of y at or under the 90 % quantile", Unit.RATIO),
        integer("rows", "行数", "series-days or sums scored", Unit.ROWS, minimum=0),
    ),
)

DEMAND_DRIFT = Table(
    name="demand_drift",
    zh="需求模型漂移",
    meaning="each day: its rows compared with those the model was fitted on, feature by feature, "
    "and the errors of the forecasts whose days are now over",
    key=("as_of", "kind", "name"),
    partition="as_of",
    owner="supply-chain",
    columns=(
        AS_OF,
        code("kind", "类别", "inputs, or errors of demand or of sales", DriftKind, required=True),
        text("name", "名称", "feature, or horizon of the forecast", required=True),
        integer("rows", "行数", "rows or series compared", Unit.ROWS, minimum=0),
        text("model_version", "模型版本", "the model compared with, or of the forecast"),
        real("psi", "PSI", "population stability index against the fitted rows", Unit.NONE),
        real("usual_psi", "平时最大PSI", "its largest on a single fitted day", Unit.NONE),
        real("missing_share", "缺失占比", "rows without a value", Unit.RATIO, minimum=0, maximum=1),
        real(
            "usual_missing_share",
            "平时最大缺失占比",
            "its largest on a single fitted day",
            Unit.RATIO,
            minimum=0,
            maximum=1,
        ),
        real(
            "outside_share",
            "超出范围占比",
            "known values far outside the range of the fitted rows",
            Unit.RATIO,
            minimum=0,
            maximum=1,
        ),
        date("forecast_as_of", "预测日", "last day known to the forecast that is scored"),
        date("target_day", "目标日", "business date of the forecast; last day of the sum"),
        real("wape", "WAPE", "Σ|p−y| ÷ Σy; demand on days wholly on sale", Unit.RATIO, minimum=0),
        real("wpe", "WPE", "Σ(p−y) ÷ Σy", Unit.RATIO),
        real(
            "wape_same_day_last_week",
            "上周同日WAPE",
            "naive baseline on the same lines",
            Unit.RATIO,
            minimum=0,
        ),
        real(
            "wape_mean_7_days",
            "近7天均值WAPE",
            "naive baseline on the same lines",
            Unit.RATIO,
            minimum=0,
        ),
        real(
            "below_p10",
            "低于10%分位占比",
            "share of y under the 10 % quantile; at most a tenth",
            Unit.RATIO,
        ),
        real("coverage_p90", "90%分位覆盖", "share of y at or under the 90 % quantile", Unit.RATIO),
        real("fallback_share", "降级占比", "lines with a fallback", Unit.RATIO),
        real("backtest_wape", "回测WAPE", "of the model that made the forecast", Unit.RATIO),
        real("limit_wape", "WAPE上限", "above it the day is bad; empty: not judged", Unit.RATIO),
        integer(
            "bad_days", "连续超限天数", "scored days in succession, this one included", Unit.DAYS
        ),
        flag("is_alarm", "告警", "inputs unlike the training data, or bad for days", required=True),
        text("reason", "原因(英文)", "why an alarm, in one sentence"),
        text("reason_zh", "原因", "why an alarm, in one sentence"),
    ),
)
