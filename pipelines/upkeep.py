"""Remove old table versions, old Dagster runs, unused models and files of killed runs from a home.

Runs after every run of the CLI, and as the job `upkeep` where Dagster runs the days. Lists, run
cards and the days of the tables stay. Of models, the champion, the few champions before it and the
recent ones stay; of checks, the recent results.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from assets.resources.home import LinliHome
from assets.resources.lakehouse.vacuum import Freed, remove_older, vacuum
from assets.resources.outbox.platform_folders import REPORTS_FOLDER
from data_contracts.messages import description
from models.registry.artifacts import stored_days
from models.registry.champion_log import champion_entries

# data_contracts/domain.md#retention
KEPT_VERSIONS = timedelta(days=7)
KEPT_RUNS = timedelta(days=30)
KEPT_MODELS = KEPT_CHECKS = timedelta(days=90)
KEPT_SERVED = 5  # champions kept for `models rollback`
KEPT_SCRATCH = timedelta(days=1)
MODELS = "models"
_TEMPORARY = "linli-*"
_WORTH_PACKING_BYTES = 32 << 20


@dataclass(frozen=True)
class UpkeepReport:
    """Count what an upkeep removed."""

    versions: Freed
    runs: int
    scratch: Freed
    models: Freed
    checks: Freed


def tidy(home: LinliHome, instance: dg.DagsterInstance, now: datetime) -> UpkeepReport:
    """Remove what is older than the kept periods; the caller holds the lock of the home."""
    kept_hours = int(KEPT_VERSIONS.total_seconds() // 3600)
    versions = Freed()
    for lake, _ in home.lakes():
        versions += vacuum(lake, kept_hours)
    left = [*(home.root / "lake" / ".scratch").glob("*"), *_temporary_folders()]
    scratch = remove_older(left, (now - KEPT_SCRATCH).timestamp())
    models = remove_older(idle_models(home.root / MODELS), (now - KEPT_MODELS).timestamp())
    checks = remove_older(
        (home.root / REPORTS_FOLDER).rglob("checks.*"), (now - KEPT_CHECKS).timestamp()
    )
    return UpkeepReport(versions, prune_runs(instance, now - KEPT_RUNS), scratch, models, checks)


def idle_models(root: Path) -> list[Path]:
    """Return the folders of unused models: not the newest of their kind, not a recent champion."""
    idle = []
    for folder in (path for path in root.glob("*/*") if path.is_dir()):
        days = stored_days(folder.parent, folder.name)
        last = [
            entry.trained_as_of for entry in reversed(champion_entries(folder.parent, folder.name))
        ]
        kept = {*days[-1:], *list(dict.fromkeys(last))[:KEPT_SERVED]}
        idle += [folder / day.isoformat() for day in days if day not in kept]
    return idle


def _temporary_folders() -> list[Path]:
    """List temporary folders that killed commands of this user left."""
    folders = Path(tempfile.gettempdir()).glob(_TEMPORARY)
    return [path for path in folders if path.is_dir() and path.lstat().st_uid == os.getuid()]


def prune_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete the runs created before `before` and everything stored for them; return their number.

    Dagster's own `delete_run` leaves the results of checks, the run's own file and its logs: nine
    tenths of a run's size.
    """
    # these import SQLAlchemy, which loading the definitions does not need
    from dagster._core.storage.event_log import schema
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

    storage = instance.event_log_storage
    records = instance.get_run_records(dg.RunsFilter(created_before=before.astimezone(UTC)))
    for record in records:
        run_id = record.dagster_run.run_id
        instance.delete_run(run_id)
        if isinstance(storage, SqliteEventLogStorage):
            with storage.index_connection() as connection:
                checks = schema.AssetCheckExecutionsTable
                connection.execute(checks.delete().where(checks.c.run_id == run_id))
            for path in Path(instance.root_directory, "history", "runs").glob(f"{run_id}.db*"):
                path.unlink(missing_ok=True)
            shutil.rmtree(Path(instance.storage_directory(), run_id), ignore_errors=True)
    if records and isinstance(storage, SqliteEventLogStorage):
        _pack(Path(instance.root_directory, "history", "runs", "index.db"))
    return len(records)


def _pack(path: Path) -> None:
    """Shrink the file if most of it is deleted rows and no other process reads it."""
    with closing(sqlite3.connect(path, timeout=1.0)) as connection:
        (free,) = connection.execute("pragma freelist_count").fetchone()
        (pages,) = connection.execute("pragma page_count").fetchone()
        if path.stat().st_size < _WORTH_PACKING_BYTES or free * 2 < pages:
            return
        try:
            connection.execute("vacuum")
        except sqlite3.OperationalError:
            return  # the web server has it open; another day


@dg.op(name="remove_what_is_old", required_resource_keys={"linli"})
def _upkeep(context: dg.OpExecutionContext) -> None:
    """Vacuum the lakes, prune Dagster's runs, remove files of killed runs."""
    done = tidy(context.resources.linli, context.instance, datetime.now(UTC))
    context.log.info(
        f"removed {done.versions.files} files of old versions ({done.versions.size_bytes >> 20} "
        f"MiB), {done.runs} runs, {done.scratch.files} scratch folders, {done.models.files} "
        f"models, {done.checks.files} results of checks"
    )


@dg.job(
    name="upkeep",
    description=description(
        "整理：清除七天前的旧版本、三十天前的运行记录、九十天前不再使用的模型和检查结果，"
        "以及残留的临时文件",
        "Upkeep: remove table versions older than 7 days, runs older than 30 days, unused models "
        "and check results older than 90 days, and files of killed runs",
    ),
)
def upkeep() -> None:
    _upkeep()
