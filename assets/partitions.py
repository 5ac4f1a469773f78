"""The one partitioning of everything: a business date, `as_of`."""

from __future__ import annotations

from datetime import date

import dagster as dg

# as early as ingest takes a date for one; public data sets reach back to the nineties
FIRST_DAY = date(1990, 1, 1)

# end_offset=1: with a cut-off before midnight, today is fully known late in the evening.
DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), end_offset=1)
