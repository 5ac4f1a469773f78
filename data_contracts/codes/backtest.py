"""Code lists of the backtest: the attributes that group its series."""

from data_contracts.codes.code_list import Code


class TurnoverClass(Code):
    """Share of a series in total turnover (ABC analysis)."""

    A = "A", "A类"
    B = "B", "B类"
    C = "C", "C类"


class DemandPattern(Code):
    """Gaps between sales and how their sizes vary (Syntetos, Boylan, Croston 2005)."""

    SMOOTH = "smooth", "平稳"
    ERRATIC = "erratic", "波动"
    INTERMITTENT = "intermittent", "间断"
    LUMPY = "lumpy", "间断且波动"


class SeriesAge(Code):
    """Days since a warehouse first sold the SKU."""

    FIRST_WEEK = "first_week", "上新7天内"
    FIRST_MONTH = "first_month", "上新7-27天"
    OLDER = "older", "28天以上"
