"""Asset `demand_day`: the daily history per warehouse and SKU that every forecast starts from.

Belongs here: which steps make the panel, and what is done without when an export is absent. Does
not: features and windows (`assets/predict`), how good a forecast is (`models/demand/scoring.py`).
"""

from datetime import date, timedelta

from assets.core.demand.calendar_steps import (
    calendar,
    hourly,
    promotion_days,
    series_codes,
    sku_categories,
    used_up,
)
from assets.core.demand.uncensoring import lost
from assets.core.order_lines import KNOWN_LINES, known_lines, off_offer
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.exports import AVAILABILITY, PROMOTIONS
from data_contracts.tables.demand import DEMAND_DAY
from models.params.demand import DEFAULTS

PANEL = DEFAULTS.panel


@day_asset(
    DEMAND_DAY,
    deps=["availability", "promotions", "holidays", *KNOWN_LINES],
    kinds={"duckdb", "sql", "lightgbm"},
)
def demand_day(run: DayRun) -> Written:
    """Net units per warehouse, SKU and business day, as known at the end of `as_of`.

    Order lines (goods only, ordered less what was cancelled by then) are summed per day; days
    without a sale are filled with zero from the first sale on. A zero is one of three things, and
    `zero_kind` tells them apart: no demand (all day on sale), no stock, not offered (demand empty).
    What sold-out hours hid is told by a model that learnt it from hours hidden on purpose, or, with
    too few days to learn from, by the usual rate of the series; what purchase limits refused, by
    what is bought where none holds.
    """
    first_day = run.as_of - timedelta(days=PANEL.history_days - 1)
    with run.session() as session:
        _note_what_is_missing(run)
        _sales_steps(session, run, first_day)
        _offer_steps(session, run, first_day)
        model = lost(session, run, first_day, DEFAULTS)
        session.table(
            "refused",
            sql_beside(__file__, "demand_refused.sql"),
            first_day=first_day,
            as_of_end=run.as_of_end,
            min_buyers=PANEL.min_buyers,
        )
        rows = session.replace(
            DEMAND_DAY, run.as_of, sql_beside(__file__, "demand_day.sql"), as_of=run.as_of
        )
        return Written(rows, _metadata(session, run, first_day, model))


def _sales_steps(session: Session, run: DayRun, first_day: date) -> None:
    """Make `calendar`, `hourly`, `sales`, `series`, `panel_series`, `sku_categories`."""
    known_lines(session, run)
    calendar(session, first_day, run.as_of)
    hourly(session, first_day)
    session.table("sales", sql_beside(__file__, "demand_sales.sql"))
    session.table("series", sql_beside(__file__, "demand_series.sql"), first_day=first_day)
    sku_categories(session)
    series_codes(session, "series")


def _offer_steps(session: Session, run: DayRun, first_day: date) -> None:
    """Make `offer`, `hour_shares`, `seen`, `promotion_days`, and of all of it `series_days`."""
    used_up(session, run)
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
    promotion_days(session, run, series="series")
    off_offer(session)
    session.table("series_days", sql_beside(__file__, "demand_days.sql"))


def _metadata(session: Session, run: DayRun, first_day: date, model: str) -> dict[str, object]:
    """What was recovered, and by what."""
    ((lost_units, of_the_day, refused_units),) = session.rows(
        """
        select sum(units), sum(units) filter (where day = $as_of), (select sum(units) from refused)
        from lost
        """,
        as_of=run.as_of,
    )
    return {
        "series": session.scalar("select count(*) from series"),
        "first_day": str(first_day),
        "recovery": model or "usual rate",
        "lost_units": round(float(lost_units or 0), 1),
        "lost_units_of_the_day": round(float(of_the_day or 0), 1),
        "refused_units": round(float(refused_units or 0), 1),
    }


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
