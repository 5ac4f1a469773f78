"""SQL steps shared by the demand panel, the forecast and the nowcast: calendar, promotions, sales.

Contains steps about days and series of demand. Not here: windows over the history
(`assets/predict/demand`), tunable numbers (`models/params/demand.py`).
"""

from datetime import date, datetime, timedelta

import pyarrow as pa

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session

# Days within which warehouse_day_kinds.sql looks for the next and the last holiday. With a longer
# reach, "days since the holiday" identifies single dates of a history that has two or three
# holidays, and trees memorise them.
_HOLIDAY_REACH_DAYS = 3


def calendar(session: Session, first_day: date, last_day: date) -> None:
    """Make `calendar`: one row per `day` from `first_day` to `last_day`, both included."""
    days = [first_day + timedelta(days=i) for i in range((last_day - first_day).days + 1)]
    session.register("calendar", pa.table({"day": pa.array(days, pa.date32())}))


def series_codes(session: Session, series: str) -> None:
    """Make `panel_series`: every (warehouse_id, sku_id) of the step named `series`, with integer
    codes of the series and of its warehouse, SKU, category and region; needs `sku_categories`."""
    _list_series(session, series)
    session.table("panel_series", sql_beside(__file__, "panel_series.sql"))


def warehouse_day_kinds(session: Session, first_day: date, last_day: date) -> None:
    """Make `warehouse_areas` and `warehouse_day_kinds`: the kind of each day for each warehouse of
    `panel_series`. Replaces `calendar` by one that is longer by the holiday reach at both ends."""
    reach = timedelta(days=_HOLIDAY_REACH_DAYS)
    calendar(session, first_day - reach, last_day + reach)
    session.table("warehouse_areas", sql_beside(__file__, "warehouse_areas.sql"))
    session.table(
        "warehouse_day_kinds",
        sql_beside(__file__, "warehouse_day_kinds.sql"),
        reach_days=_HOLIDAY_REACH_DAYS,
    )


def hourly_sales(session: Session, first_day: date) -> None:
    """Make `hourly_sales`: units per warehouse, SKU, business day and clock hour.

    Needs `order_lines_as_of`.
    """
    session.table("hourly_sales", sql_beside(__file__, "hourly_sales.sql"), first_day=first_day)


def exhausted_offers(session: Session, run: DayRun, known_until: datetime | None = None) -> None:
    """Make `exhausted_offers`: hours in which an activity had no quantity left, as known at the end
    of `run.as_of`, or at `known_until` of a day that is still open.

    Needs `order_lines_as_of`, `hourly_sales`, `calendar`. Also makes `clock_hours`.
    """
    session.register("clock_hours", pa.table({"hour": pa.array(range(24), pa.int32())}))
    session.table(
        "exhausted_offers",
        sql_beside(__file__, "exhausted_offers.sql"),
        as_of_end=known_until or run.as_of_end,
        cutoff_hour=run.platform.cutoff_minutes // 60,
    )


def promotion_days(session: Session, run: DayRun, series: str) -> None:
    """Make `promotion_days`: promotions in force per warehouse, SKU and day of `calendar`.

    `series` names the step that lists the (warehouse_id, sku_id). Column `…_h` holds what was known
    h days ahead, h = 0 to 3, 7, 14 and 28: announced before the end of business day `day` − h, and
    before the end of `run.as_of`.
    """
    _list_series(session, series)
    session.table(
        "promotion_days",
        sql_beside(__file__, "promotion_days.sql"),
        as_of_end=run.as_of_end,
        cutoff_minutes=run.platform.cutoff_minutes,
    )


def sku_categories(session: Session) -> None:
    """Make `sku_categories`: one category per SKU; needs `order_lines_as_of`."""
    session.table("sku_categories", sql_beside(__file__, "sku_categories.sql"))


def _list_series(session: Session, series: str) -> None:
    """Make `listed_series`: warehouse_id and sku_id of the step named `series`."""
    session.view("listed_series", f"select warehouse_id, sku_id from {series}")
