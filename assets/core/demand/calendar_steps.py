"""SQL steps that the demand panel and its forecast share: the calendar, promotions per day.

Belongs here: what is about days and series of demand and is read by `profiles` and `train`. Does
not: windows over the history (`assets/predict/demand/*.sql`), numbers (`models/params/demand.py`).
"""

from datetime import date, datetime, timedelta

import pyarrow as pa

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session

# How far demand_dates.sql looks for the next and the last holiday: further away, "so many days
# since" names single dates of a history that holds two or three holidays, and trees learn those.
_HOLIDAY_REACH_DAYS = 3


def calendar(session: Session, first_day: date, last_day: date) -> None:
    """Make `calendar`: one row per `day` from `first_day` to `last_day`, both included."""
    days = [first_day + timedelta(days=i) for i in range((last_day - first_day).days + 1)]
    session.register("calendar", pa.table({"day": pa.array(days, pa.date32())}))


def series_codes(session: Session, series: str) -> None:
    """Make `panel_series`: every (warehouse_id, sku_id) of the step `series` with whole-number
    codes of itself and of what it belongs to; needs `sku_categories`."""
    session.table(
        "panel_series", sql_beside(__file__, "demand_codes.sql").replace("{series}", series)
    )


def day_kinds(session: Session, first_day: date, last_day: date) -> None:
    """Make `warehouse_areas` and `day_kinds`: what kind of day each one is for each warehouse of
    `panel_series`. Leaves a `calendar` that reaches further, as far as holidays are looked for."""
    reach = timedelta(days=_HOLIDAY_REACH_DAYS)
    calendar(session, first_day - reach, last_day + reach)
    session.table("warehouse_areas", sql_beside(__file__, "demand_areas.sql"))
    session.table(
        "day_kinds", sql_beside(__file__, "demand_dates.sql"), reach_days=_HOLIDAY_REACH_DAYS
    )


def hourly(session: Session, first_day: date) -> None:
    """Make `hourly`: units per warehouse, SKU, business day and clock hour; needs `known_lines`."""
    session.table("hourly", sql_beside(__file__, "demand_hourly.sql"), first_day=first_day)


def used_up(session: Session, run: DayRun, known_until: datetime | None = None) -> None:
    """Make `used_up`: hours in which an activity had nothing left, by what was known at the end of
    `run.as_of`, or at `known_until` of a day still open; needs `known_lines`, `hourly`, `calendar`.
    Leaves `clock_hours`.
    """
    session.register("clock_hours", pa.table({"hour": pa.array(range(24), pa.int32())}))
    session.table(
        "used_up",
        sql_beside(__file__, "demand_used_up.sql"),
        as_of_end=known_until or run.as_of_end,
        cutoff_hour=run.platform.cutoff_minutes // 60,
    )


def promotion_days(session: Session, run: DayRun, series: str) -> None:
    """Make `promotion_days`: what was in force per warehouse, SKU and day of `calendar`.

    `series` names the step with the (warehouse_id, sku_id) wanted. Column `…_h` is what was known
    h days ahead, h = 0 to 3: announced before the end of business day `day` − h, and in any case
    before the end of `run.as_of`.
    """
    session.table(
        "promotion_days",
        sql_beside(__file__, "demand_promotions.sql").replace("{series}", series),
        as_of_end=run.as_of_end,
        cutoff_minutes=run.platform.cutoff_minutes,
    )


def sku_categories(session: Session) -> None:
    """Make `sku_categories`: one category per SKU; needs `known_lines`."""
    session.table("sku_categories", sql_beside(__file__, "demand_categories.sql"))
