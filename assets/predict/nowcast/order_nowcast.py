"""Asset `order_nowcast`: the orders that an open business day will still bring.

Computed in `order_nowcast_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from assets.predict.nowcast.clock_time import ClockTime
from assets.predict.nowcast.panel_sources import PANEL_SOURCES
from data_contracts.tables.nowcast import NOWCAST_BACKTEST, ORDER_NOWCAST, WAREHOUSE_NOWCAST


@day_asset(
    ORDER_NOWCAST,
    deps=PANEL_SOURCES,
    reads=(WAREHOUSE_NOWCAST, NOWCAST_BACKTEST),
    kinds={"duckdb", "python"},
    config=ClockTime,
)
def order_nowcast(run: DayRun) -> Written:
    """Predict the rest of an open day's orders per warehouse and SKU from the orders until a clock
    time.

    Starts from yesterday's forecast of the day, or from a mean of past days if none is stored.
    Corrects it by observed ÷ expected orders so far, as firmly as past days at the same hour
    support; the rest is the remaining share of the corrected total. The last three weeks are
    predicted in the same way, each from earlier days; their errors, compared with simple baselines,
    are the accuracy table and give the quantiles. Later cancellations of existing orders are not
    forecast. Series that are sold out or not offered are flagged; their rest is what such series
    still sold in the past, and `rest_on_sale_units` is the rest if they were on sale.
    """
    from assets.predict.nowcast.order_nowcast_steps import make_order_nowcast

    return make_order_nowcast(run)
