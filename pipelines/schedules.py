"""Schedule the day half an hour after the cut-off, for the closed business day, and the upkeep."""

from datetime import datetime, timedelta

import dagster as dg

from data_contracts.messages import description
from models.clock import business_date
from pipelines.jobs import the_day
from pipelines.settings import Settings
from pipelines.upkeep import upkeep

TIME_ZONE = "Asia/Shanghai"
MINUTES_AFTER_CUTOFF = 30


def closed_business_day(now: datetime, cutoff_minutes: int) -> str:
    """Return the last business day that is complete at `now` (local time), as an ISO date.

    >>> closed_business_day(datetime(2026, 9, 4, 23, 30), 23 * 60)
    '2026-09-04'
    >>> closed_business_day(datetime(2026, 9, 5, 0, 30), 1440)
    '2026-09-04'
    """
    return (business_date(now, cutoff_minutes) - timedelta(days=1)).isoformat()


def after_cutoff(settings: Settings) -> dg.ScheduleDefinition:
    """Build the daily schedule; its time follows the platform's cut-off."""
    cutoff = settings.linli_home().platform().cutoff_minutes
    minute_of_day = (cutoff + MINUTES_AFTER_CUTOFF) % 1440

    @dg.schedule(
        name="after_cutoff",
        job=the_day,
        cron_schedule=f"{minute_of_day % 60} {minute_of_day // 60} * * *",
        execution_timezone=TIME_ZONE,
        description=description(
            "截单后半小时，运行刚结束的业务日",
            "Run the closed business day half an hour after the cut-off",
        ),
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = closed_business_day(context.scheduled_execution_time.replace(tzinfo=None), cutoff)
        return dg.RunRequest(run_key=day, partition_key=day)

    return schedule


upkeep_daily = dg.ScheduleDefinition(
    name="upkeep_daily",
    job=upkeep,
    cron_schedule="0 5 * * *",
    execution_timezone=TIME_ZONE,
    description=description(
        "每天凌晨整理一次，避免磁盘无限增长",
        "Remove old files every night, so that the disk does not fill up",
    ),
)
