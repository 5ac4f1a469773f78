"""Asset `demand_day`: the daily history per warehouse and SKU that every forecast starts from.

Belongs here: which steps make the panel, and what is done without when an export is absent. Does
not: features and windows (`assets/train`), how good a forecast is (`models/backtest.py`).
"""

from datetime import date, timedelta

import pyarrow as pa

from assets.day import DayRun, Written, day_asset, sql_beside
from assets.profiles.demand.demand_steps import calendar, promotion_days, sku_categories
from assets.profiles.steps import known_lines
from assets.resources.lakehouse import Session
from data_contracts.exports import AVAILABILITY, PROMOTIONS
from data_contracts.tables.demand import DEMAND_DAY
from models.params.demand import DEFAULTS

PANEL = DEFAULTS.panel


@day_asset(
    DEMAND_DAY,
    deps=["orders", "communities", "products", "availability", "promotions"],
    kinds={"duckdb", "sql"},
)
def demand_day(run: DayRun) -> Written:
    """Net units per warehouse, SKU and business day, as known at the end of `as_of`.

    Order lines (goods only, ordered less what was cancelled by then) are summed per day; days
    without a sale are filled with zero from the first sale on. A zero is one of three things, and
    the panel tells them apart: no demand (0 with the SKU on sale), no stock (`in_stock_share`
    below 1, demand made up for the sold-out hours), not offered (share and demand empty).
    """
    first_day = run.as_of - timedelta(days=PANEL.history_days - 1)
    with run.lake.session() as session:
        _note_what_is_missing(run)
        _sales_steps(session, run, first_day)
        _offer_steps(session, run, first_day)
        promotion_days(session, run, series="series")
        rows = session.replace(
            DEMAND_DAY,
            run.as_of,
            sql_beside(__file__, "demand_day.sql"),
            as_of=run.as_of,
            usual_days=PANEL.usual_days,
            min_seen_days=PANEL.min_seen_days,
        )
        series = session.scalar("select count(*) from series")
    return Written(rows, {"series": series, "first_day": str(first_day)})


def _sales_steps(session: Session, run: DayRun, first_day: date) -> None:
    """Make `calendar`, `sales`, `series`, `sku_categories`."""
    known_lines(session, run)
    calendar(session, first_day, run.as_of)
    session.table("sales", sql_beside(__file__, "demand_sales.sql"), first_day=first_day)
    session.table("series", sql_beside(__file__, "demand_series.sql"), first_day=first_day)
    sku_categories(session)


def _offer_steps(session: Session, run: DayRun, first_day: date) -> None:
    """Make `offer`, `hour_shares`, `seen`: when it was on sale, and how much of a day that is."""
    session.register("clock_hours", pa.table({"hour": pa.array(range(24), pa.int32())}))
    session.table(
        "offer",
        sql_beside(__file__, "demand_offer.sql"),
        as_of=run.as_of,
        first_day=first_day,
        cutoff_hour=run.platform.cutoff_minutes // 60,
    )
    session.table(
        "hour_shares",
        sql_beside(__file__, "demand_hours.sql"),
        as_of=run.as_of,
        profile_days=PANEL.hour_profile_days,
        min_units=PANEL.hour_profile_min_units,
    )
    session.table("seen", sql_beside(__file__, "demand_seen.sql"))


def _note_what_is_missing(run: DayRun) -> None:
    if not run.lake.has_rows(AVAILABILITY):
        run.fallback(
            "no_availability",
            "no availability file: every day counts as wholly on sale, so demand hidden by "
            "sold-out hours is not made up for",
            "没有分时在售数据:所有日期按全天在售处理,缺货时段隐藏的需求未还原",
        )
    if not run.lake.has_rows(PROMOTIONS):
        run.fallback(
            "no_promotions",
            "no promotions file: discounts and activities are not known to the forecast",
            "没有促销数据:预测不知道折扣和活动",
        )
