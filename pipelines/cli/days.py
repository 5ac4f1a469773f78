"""Parse the day or clock time of a command before anything is loaded."""

from __future__ import annotations

from datetime import UTC, date, datetime

from data_contracts.errors import LinliError
from models.clock import FIRST_DAY

LATEST = "latest"


def parse_date(as_of: str) -> date | None:
    """Parse `--as-of`; None for `latest`. Raises LinliError for a text that is not a date."""
    if as_of == LATEST:
        return None
    try:
        return date.fromisoformat(as_of)
    except ValueError as error:
        raise LinliError(
            f"--as-of {as_of!r} is not a date; write it like 2026-10-31",
            f"--as-of {as_of!r} 不是日期，格式如 2026-10-31",
        ) from error


def parse_run_day(as_of: str) -> date | None:
    """Parse `--as-of` of a run; None for `latest`. Raises LinliError unless it is a partition."""
    day = parse_date(as_of)
    if day is not None and not has_partition(day):
        raise LinliError(
            f"--as-of {day} must lie between {FIRST_DAY} and today",
            f"--as-of {day} 须在 {FIRST_DAY} 与今天之间",
        )
    return day


def has_partition(day: date) -> bool:
    """Return whether `day` is a partition of `DAYS`, without importing Dagster."""
    return FIRST_DAY <= day <= datetime.now(UTC).date()


def parse_clock_time(at: str) -> datetime:
    """Parse `--at`; raises LinliError unless it is a local date and time of day."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise LinliError(
            f"--at {at!r} is not a clock time; write it like 2026-10-31T18:00",
            f"--at {at!r} 不是时刻，格式如 2026-10-31T18:00",
        ) from error
    if len(at.strip()) <= len("2026-10-31"):
        raise LinliError(
            f"--at {at} has no time of day; write it like {at.strip()}T18:00",
            f"--at {at} 没有写时刻，格式如 {at.strip()}T18:00",
        )
    if moment.tzinfo is not None:
        raise LinliError(
            f"--at {at} has a time zone; write the platform's own clock time",
            f"--at {at} 带有时区；请写平台当地的时刻",
        )
    return moment.replace(microsecond=0)
