"""Write the page and tables of the rolling-origin backtest of the demand forecast.

Computed in `backtest_report_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.lists import BACKTEST_SLICES
from data_contracts.tables.backtest import ROLLING_QUANTILES


@day_asset(
    BACKTEST_SLICES,
    name="backtest_report",
    deps=["demand_rolling", "demand_day", "holidays"],
    reads=(ROLLING_QUANTILES,),
    kinds={"html", "csv"},
)
def backtest_report(run: DayRun) -> Written:
    """需求回测报告: `reports/<as-of>/demand_backtest.html`, and its tables as CSV beside it.

    Accuracy beside every peer, value added over last week's same day, per slice, per level,
    calibration, the noise floor, and the three slices that went worst.
    """
    from assets.publish.reports.backtest_report_steps import make_backtest_report

    return make_backtest_report(run)
