"""Read where a list comes from, for manifests and the run card.

Contains freshness of the exports, fallbacks and model versions. Not here: conclusions from them
(`models.monitoring.run_verdict`), writing files.
"""

from datetime import date
from typing import Any

from assets.framework.day_asset import DayRun, sql_beside
from assets.ingest.match.unread_inputs import unread_files, unread_parts
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.exports import EXPORTS
from data_contracts.lists import OPEN_DAY_STEPS
from data_contracts.records.manifest import (
    AbsentExport,
    Freshness,
    LoadedExport,
    NotRead,
    PlatformFacts,
    StepFallback,
)
from data_contracts.table import Table
from data_contracts.tables import BY_NAME as TABLES


def freshness(session: Session, as_of: date) -> dict[str, Freshness]:
    """Return files, rows, last day and latest event of every export."""
    rows = session.frame(sql_beside(__file__, "ledger_totals.sql"), as_of=as_of).to_dict("records")
    totals = {row["export"]: row for row in rows}
    return {table.name: _freshness_of(table, totals.get(table.name), as_of) for table in EXPORTS}


def _freshness_of(table: Table, row: dict[Any, Any] | None, as_of: date) -> Freshness:
    if row is None:
        return AbsentExport(zh=table.zh)
    last_day = _day(row["last_day"])
    is_daily = table.partition == "business_date"
    return LoadedExport(
        zh=table.zh,
        files=int(row["files"]),
        rows_read=int(row["rows_read"]),
        rows=int(row["rows_loaded"]),
        rows_quarantined=int(row["rows_quarantined"]),
        rows_duplicate=int(row["rows_duplicate"]),
        rows_superseded=int(row["rows_superseded"]),
        rows_forgotten=int(row["rows_forgotten"]),
        last_day=last_day.isoformat() if last_day else None,
        days_behind=(as_of - last_day).days if is_daily and last_day else None,
        latest_event_at=_moment(row["latest_event_at"]),
    )


def not_read(session: Session, run: DayRun) -> NotRead:
    """List the contents of the exports folder that were not read."""
    return NotRead(parts=unread_parts(session), files=unread_files(run.home))


def fallbacks(session: Session, run: DayRun, owner: str | None = None) -> list[StepFallback]:
    """List the fallbacks of the day's steps, this one included.

    With `owner`, steps whose table belongs to the other team are left out: the supply chain need
    not read what the churn model lacked. Steps of the nowcast of an open day see only their own
    fallbacks, and other steps do not see those.
    """
    is_open = run.step in OPEN_DAY_STEPS
    rows = session.frame(
        "select step, code, message, message_zh from fallbacks "
        "where as_of = $as_of and step <> $step order by step, code",
        as_of=run.as_of,
        step=run.step,
    ).to_dict("records")
    stored = [{str(key): str(value) for key, value in row.items()} for row in rows]
    of_this_step = [{"step": run.step} | note for note in run.fallbacks]
    return [
        StepFallback(step_zh=_step_zh(note["step"]), **note)
        for note in stored + of_this_step
        if (owner is None or _concerns(note["step"], owner))
        and (note["step"] in OPEN_DAY_STEPS) == is_open
    ]


def _step_zh(step: str) -> str:
    return TABLES[step].zh if step in TABLES else step


def _concerns(step: str, owner: str) -> bool:
    return step not in TABLES or TABLES[step].owner in (owner, "analytics")


def model_versions(session: Session, as_of: date, *tables: str) -> dict[str, list[str]]:
    """Return the distinct model versions of each table of scores, for the rows of `as_of`."""
    return {
        name: [
            str(row[0])
            for row in session.rows(
                f"select distinct model_version from {name} "
                "where as_of = $as_of and model_version is not null order by 1",
                as_of=as_of,
            )
        ]
        for name in tables
    }


def platform_facts(run: DayRun) -> PlatformFacts:
    """Return the facts about the platform of the run."""
    platform = run.platform
    return PlatformFacts(
        id=platform.id,
        name=platform.name,
        currency=platform.currency,
        notes=list(platform.notes),
    )


def data_before(run: DayRun) -> str:
    """Return the first moment that the run did not see."""
    return run.as_of_end.isoformat(sep=" ")


def _day(value: Any) -> date | None:
    return None if value is None or value != value else date.fromisoformat(str(value)[:10])


def _moment(value: Any) -> str | None:
    return None if value is None or value != value else str(value)[:19]
