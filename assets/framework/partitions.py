"""Define the partitions of every asset: business dates (`as_of`)."""

from __future__ import annotations

from datetime import date

import dagster as dg

from models.clock import FIRST_DAY


def days_from(first: date) -> dg.DailyPartitionsDefinition:
    """Build the partitions of every business date from `first` on.

    end_offset=1: with a cut-off before midnight, today is complete late in the evening.
    """
    return dg.DailyPartitionsDefinition(start_date=first.isoformat(), end_offset=1)


DAYS = days_from(FIRST_DAY)


def set_first_day(first: date) -> None:
    """Start the partitions at `first`. Call it before any asset is imported: each uses `DAYS`."""
    global DAYS
    DAYS = days_from(max(first, FIRST_DAY))
