"""Code lists of demand: horizons, zero sales, fallbacks, drift."""

from data_contracts.codes.code_list import Code


class Horizon(Code):
    """Period of a forecast row: one business day after `as_of`, or the sum of the first n."""

    DAY_1 = "day_1", "第1天"
    DAY_2 = "day_2", "第2天"
    DAY_3 = "day_3", "第3天"
    SUM_72H = "sum_72h", "72小时合计"
    SUM_5D = "sum_5d", "5天合计"
    SUM_7D = "sum_7d", "7天合计"
    SUM_10D = "sum_10d", "10天合计"
    SUM_14D = "sum_14d", "14天合计"
    SUM_21D = "sum_21d", "21天合计"
    SUM_28D = "sum_28d", "28天合计"


# Longer sums: business days after `as_of` they cover → code.
SUM_HORIZONS: dict[int, Horizon] = {
    5: Horizon.SUM_5D,
    7: Horizon.SUM_7D,
    10: Horizon.SUM_10D,
    14: Horizon.SUM_14D,
    21: Horizon.SUM_21D,
    28: Horizon.SUM_28D,
}
LONGEST_SUM_DAYS = max(SUM_HORIZONS)


# Every sum of the first days after `as_of`, and its number of days.
SUM_DAYS: dict[str, int] = {
    Horizon.DAY_1.value: 1,
    Horizon.SUM_72H.value: 3,
    **{horizon.value: days for days, horizon in SUM_HORIZONS.items()},
}


class ZeroKind(Code):
    """Why a SKU had no sales on a day."""

    NO_DEMAND = "no_demand", "无人购买"
    NO_STOCK = "no_stock", "缺货"
    NOT_OFFERED = "not_offered", "未上架"


class ForecastFallback(Code):
    """Fallback of a forecast line, the gravest first: a line with several has the first of them."""

    NO_MODEL = "no_model", "尚无模型，用往日均值"
    NEW_PRODUCT = "new_product", "上新尚无销量，参照同类商品"
    SHORT_HISTORY = "short_history", "新品历史过短"
    LAST_GOOD_MODEL = "last_good_model", "沿用上一个可用的模型"
    NO_WEATHER = "no_weather", "缺目标日天气，用该仓近日均值"


class DriftKind(Code):
    """What drift is measured on: a feature of the model, or an error of its forecasts."""

    INPUT = "input", "输入"
    DEMAND_ERROR = "demand_error", "需求误差"
    SALES_ERROR = "sales_error", "销量误差"
