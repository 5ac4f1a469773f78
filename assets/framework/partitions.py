"""The one partitioning of everything: a business date, `as_of`."""

from __future__ import annotations

from datetime import date

import dagster as dg

from models.clock import FIRST_DAY


def days_from(first: date) -> dg.DailyPartitionsDefinition:
    """Every business date from `first` on.

    end_offset=1: with a cut-off before midnight, today is fully known late in the evening.
    """
    return dg.DailyPartitionsDefinition(start_date=first.isoformat(), end_offset=1)


DAYS = days_from(FIRST_DAY)


def begin_at(first: date) -> None:
    """Let days begin at `first`. To be called before any asset is imported: each takes `DAYS`."""
    global DAYS
    DAYS = days_from(max(first, FIRST_DAY))
