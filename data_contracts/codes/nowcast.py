"""Code lists of the nowcast: source of the prior, and flags."""

from data_contracts.codes.code_list import Code


class NowcastPrior(Code):
    """Source of the expected total of a nowcast line before the day began."""

    FORECAST = "forecast", "昨日的需求预测"
    MEAN_OF_DAYS = "mean_of_days", "无预测，用往日均值"
    CATEGORY_MEAN = "category_mean", "新品，用同类均值"


class NowcastFlag(Code):
    """Why a nowcast line cannot be ordered at the clock time."""

    SOLD_OUT = "sold_out", "已售罄"
    NOT_OFFERED = "not_offered", "已下架"
