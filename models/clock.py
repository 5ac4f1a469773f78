"""Business time: `as_of`, its last instant, and the horizon of 72 hours.

`as_of` is a business date: the last one that is fully known. A business day is named after the
cut-off that closes it: with a cut-off at 23:00, an order at 23:10 on the 4th belongs to the 5th.
The horizon is defined here only (data_contracts/domain.md#forecast-horizon). Nothing below
`pipelines` reads the clock.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

# as early as ingest takes a date for one; public data sets reach back to the nineties
FIRST_DAY = date(1990, 1, 1)
HORIZON_HOURS = 72
HORIZON_DAYS = HORIZON_HOURS // 24


def end_of_business_day(day: date, cutoff_minutes: int) -> datetime:
    """Return the first instant after business day `day`.

    `cutoff_minutes`: minutes after midnight, 1 to 1440 (midnight); raises ValueError otherwise.

    >>> end_of_business_day(date(2026, 9, 4), 23 * 60)
    datetime.datetime(2026, 9, 4, 23, 0)
    >>> end_of_business_day(date(2026, 9, 4), 1440)
    datetime.datetime(2026, 9, 5, 0, 0)
    """
    if not 0 < cutoff_minutes <= 1440:
        raise ValueError(f"cutoff_minutes must be 1 to 1440, got {cutoff_minutes}")
    return datetime.combine(day, time()) + timedelta(minutes=cutoff_minutes)


def business_date(moment: datetime, cutoff_minutes: int) -> date:
    """Return the business day of a moment; raises ValueError for cutoff_minutes outside 1 to 1440.

    >>> business_date(datetime(2026, 9, 4, 22, 59), 23 * 60)
    datetime.date(2026, 9, 4)
    >>> business_date(datetime(2026, 9, 4, 23, 0), 23 * 60)
    datetime.date(2026, 9, 5)
    """
    if not 0 < cutoff_minutes <= 1440:
        raise ValueError(f"cutoff_minutes must be 1 to 1440, got {cutoff_minutes}")
    return (moment + timedelta(minutes=1440 - cutoff_minutes)).date()


def target_days(as_of: date) -> list[date]:
    """Return the business days of the horizon: the three after `as_of`."""
    return [as_of + timedelta(days=day) for day in range(1, HORIZON_DAYS + 1)]


def monday_of(day: date) -> date:
    """Return the Monday on or before `day`, on which weekly values are decided.

    >>> monday_of(date(2026, 10, 4)), monday_of(date(2026, 10, 5))
    (datetime.date(2026, 9, 28), datetime.date(2026, 10, 5))
    """
    return day - timedelta(days=day.weekday())
