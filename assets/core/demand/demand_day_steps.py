"""Compute the asset `demand_day`, which `demand_day.py` declares and describes.

Contains the order of the steps and the fallbacks for missing exports. Not here: features and
windows (`assets/predict`), forecast scores (`models/demand/scoring.py`).
"""

from datetime import date, timedelta

from assets.core.demand.shared_steps import (
    calendar,
    exhausted_offers,
    hourly_sales,
    promotion_days,
    series_codes,
    sku_categories,
)
from assets.core.demand.uncensoring import lost_demand
from assets.core.order_lines import off_offer, order_lines_as_of
from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.exports import AVAILABILITY, PROMOTIONS
from data_contracts.tables.demand import DEMAND_DAY
from models.params.demand import DEFAULTS

PANEL = DEFAULTS.panel


def make_demand_day(run: DayRun) -> Written:
    """Compute the asset `demand_day` for the business date of `run`."""
    first_day = run.as_of - timedelta(days=PANEL.history_days - 1)
    with run.session() as session:
        _note_what_is_missing(run)
        _sales_steps(session, run, first_day)
        _offer_steps(session, run, first_day)
        model = lost_demand(session, run, first_day, DEFAULTS)
        session.table(
            "limit_censored",
            sql_beside(__file__, "limit_censored.sql"),
            first_day=first_day,
            as_of_end=run.as_of_end,
            min_buyers=PANEL.min_buyers,
        )
        rows = session.replace(
            DEMAND_DAY, run.as_of, sql_beside(__file__, "demand_day.sql"), as_of=run.as_of
        )
        return Written(rows, _metadata(session, run, first_day, model))


def _sales_steps(session: Session, run: DayRun, first_day: date) -> None:
    """Make `calendar`, `hourly_sales`, `daily_sales`, `demand_series`, `panel_series` and
    `sku_categories`."""
    order_lines_as_of(session, run)
    calendar(session, first_day, run.as_of)
    hourly_sales(session, first_day)
    session.table("daily_sales", sql_beside(__file__, "daily_sales.sql"))
    session.table("demand_series", sql_beside(__file__, "demand_series.sql"), first_day=first_day)
    sku_categories(session)
    series_codes(session, "demand_series")


def _offer_steps(session: Session, run: DayRun, first_day: date) -> None:
    """Make `hours_on_offer`, `hour_shares`, `visible_demand_share`, `promotion_days`, and from them
    `series_days`."""
    exhausted_offers(session, run)
    session.table(
        "hours_on_offer",
        sql_beside(__file__, "hours_on_offer.sql"),
        as_of=run.as_of,
        first_day=first_day,
        cutoff_hour=run.platform.cutoff_minutes // 60,
    )
    session.table(
        "hour_shares",
        sql_beside(__file__, "hour_shares.sql"),
        as_of=run.as_of,
        profile_days=PANEL.hour_profile_days,
        min_units=PANEL.hour_profile_min_units,
    )
    session.table("visible_demand_share", sql_beside(__file__, "visible_demand_share.sql"))
    promotion_days(session, run, series="demand_series")
    off_offer(session)
    session.table("series_days", sql_beside(__file__, "series_days.sql"))


def _metadata(session: Session, run: DayRun, first_day: date, model: str) -> dict[str, object]:
    """Return counts of series and of censored units, and the model that estimated them."""
    ((lost_units, of_the_day, refused_units),) = session.rows(
        """
        select
            sum(units),
            sum(units) filter (where day = $as_of),
            (select sum(units) from limit_censored)
        from lost_demand
        """,
        as_of=run.as_of,
    )
    return {
        "series": session.scalar("select count(*) from demand_series"),
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
            "没有分时在售数据：每天都按全天在售处理，缺货时段少卖的数量未还原",
        )
    if not run.lake.has_rows(PROMOTIONS):
        run.fallback(
            "no_promotions",
            "no promotions file: discounts and activities are not known to the forecast",
            "没有促销数据：预测未考虑折扣和活动",
        )
