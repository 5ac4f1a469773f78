"""Start Dagster's web server and daemon; Ctrl-C stops them: `linli ui`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from assets.resources.home_folder.run_lock import is_free
from data_contracts.errors import LinliError
from pipelines.cli.console import out
from pipelines.cli.language import say
from pipelines.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

WORKSPACE = Path(__file__).resolve().parents[3] / "workspace.yaml"


def serve(home: Path | None, port: int) -> None:
    """Replace this process by `dagster dev` on this home; never returns."""
    settings = Settings.from_environment(home=home)
    settings.prepare_home()
    if not WORKSPACE.is_file():
        raise LinliError(
            f"{WORKSPACE} is missing; run from a checkout of Linli",
            f"{WORKSPACE} 不存在；请在 Linli 的代码目录中运行",
        )
    ended = 0
    if is_free(settings.home):  # else a run is under way, of a command or another service
        import dagster as dg

        with dg.DagsterInstance.get() as instance:
            ended = fail_dead_runs(instance)
    if ended:
        out.print(
            say(
                f"{ended} unfinished run(s) of an ended service are marked failed",
                f"服务已退出，其 {ended} 个未完成的运行已标记为失败",
            )
        )
    os.environ["LINLI_HOME"] = str(settings.home)
    os.environ["LINLI_EXPORTS"] = str(settings.exports)
    os.environ["LINLI_PLATFORM"] = settings.platform
    # a background shell may have left these ignored; the server must stop on Ctrl-C
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    stops = say("Ctrl-C stops it", "按 Ctrl-C 停止")
    out.print(f"Dagster UI: http://127.0.0.1:{port}  ({stops})")
    arguments = ["-m", "pipelines.cli.local_only", "dev", "-w", str(WORKSPACE)]
    arguments += ["-h", "127.0.0.1", "-p", str(port)]
    os.execv(sys.executable, [sys.executable, *arguments])


def fail_dead_runs(instance: dg.DagsterInstance) -> int:
    """Mark unfinished runs of a dead service as failed and free their slots; return their number.

    Otherwise a kill would leave the slots occupied.
    """
    from dagster import DagsterRunStatus as Status
    from dagster import RunsFilter

    unfinished = [Status.STARTED, Status.STARTING, Status.CANCELING]
    records = instance.get_run_records(RunsFilter(statuses=unfinished))
    for record in records:
        run = record.dagster_run
        instance.report_run_failed(run, message="its service has ended")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return len(records)
