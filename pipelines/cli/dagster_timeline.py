"""Show runs of the CLI in Dagster's pages: in the timeline of their job, with their true state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from pipelines.cli.console import err
from pipelines.cli.language import say

LOCATION, REPOSITORY = "linli", "__repository__"  # as workspace.yaml and Dagster name them
STARTED_BY, PROCESS = "linli/started_by", "linli/process"
CLI = "cli"
REPOSITORY_TAG = ".dagster/repository"


def run_tags() -> dict[str, str]:
    """Return the tags that identify a run of the CLI and its process."""
    return {REPOSITORY_TAG: f"{REPOSITORY}@{LOCATION}", STARTED_BY: CLI, PROCESS: str(os.getpid())}


@contextmanager
def shown_in_timeline(instance: dg.DagsterInstance) -> Iterator[None]:
    """Set the code location on runs created in the block: Dagster's pages find the runs of a job by
    it, and `execute_in_process` leaves it out."""
    own = instance.create_run_for_job

    def placed(job_def: dg.JobDefinition, **named: Any) -> dg.DagsterRun:
        repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(LOCATION), REPOSITORY)
        origin = RemoteJobOrigin(repository, job_def.name)
        return own(job_def=job_def, **{**named, "remote_job_origin": origin})

    instance.create_run_for_job = placed  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        del instance.create_run_for_job


def fail_killed_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs of the CLI as failed when their process is gone; else they stay started forever."""
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED], tags={STARTED_BY: CLI})
    for record in instance.get_run_records(started):
        run = record.dagster_run
        number = run.tags.get(PROCESS, "")
        if not number.isdigit() or Path("/proc", number).exists():
            continue
        instance.report_run_failed(run, message="its process was killed")
        day = run.tags.get("dagster/partition", "")
        err.print(
            say(
                f"the previous run of {day} was killed; its unfinished work is done again",
                f"之前 {day} 的运行被强行终止；未完成的部分会重做",
            ),
            markup=False,
        )
