"""Windows of the profile's columns: their first day, counted back from `as_of`."""

from datetime import date, timedelta

WINDOW_DAYS = (30, 90, 180, 365)


def windows(as_of: date) -> dict[str, date]:
    """Return the first day of each window that ends with `as_of`, as SQL parameters.

    >>> windows(date(2026, 9, 30))["since_30"]
    datetime.date(2026, 9, 1)
    """
    return {f"since_{days}": as_of - timedelta(days=days - 1) for days in WINDOW_DAYS}
