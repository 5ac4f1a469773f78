"""Check the exports, run the whole day and print the lists: `linli run`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.ingest.no_orders_error import no_orders
from assets.resources.readers.file_index import list_files
from data_contracts.messages import Bilingual
from pipelines.cli.commands.lists import show_lists
from pipelines.cli.console import err, escape, forward_log, out, steps
from pipelines.cli.days import parse_run_day
from pipelines.cli.home_lock import hold_home_lock
from pipelines.cli.language import say
from pipelines.cli.run_summary import print_verdict
from pipelines.failure_causes import cause_of
from pipelines.failure_summaries import STOPPED
from pipelines.settings import Settings, home_folder
from pipelines.stale_lists import list_folders, mark_stale, step_label

if TYPE_CHECKING:
    from assets.ingest.identify_inbox import InboxManifest


def run_day(
    as_of: str,
    exports: Path | None,
    home: Path | None,
    *,
    platform: str | None = None,
    rebuild: bool = False,
    same_platform: bool = False,
    accept_cutoff: bool = False,
) -> None:
    """Run the whole job for one business date; raises LinliError with the remedy.

    `same_platform`: the exports belong to the platform of this home. `accept_cutoff`: reload every
    export if the cut-off has changed. If the run fails or is stopped, the published lists stay and
    are marked stale.
    """
    day, settings, under_way = None, None, Bilingual("the checks before it", "运行前检查")
    try:
        settings = Settings.from_environment(
            home=home, exports=exports, platform=platform, rebuild=rebuild
        )
        day = parse_run_day(as_of)
        if same_platform:
            settings = settings.only_platform()
        if accept_cutoff:
            with hold_home_lock(settings, "linli run --accept-cutoff"):
                reload_with_new_cutoff(settings)
        manifest = run_preflight(settings)
        day = covered_day(settings, day, manifest)
        settings.prepare_home()
        with hold_home_lock(settings, "linli run", day):
            under_way = Bilingual("the run itself", "运行过程")
            execute(settings, "the_day", day, _title(day, settings), manifest)
            tidy_home(settings)
    except BaseException as error:  # including Ctrl-C
        asked = (platform or "", exports.expanduser().resolve() if exports else None)
        _mark_stale(home_folder(home), settings, day, error, under_way, asked)
        raise
    show_lists(settings.home, only=day, of=settings.linli_home().stored)
    report = settings.linli_home().report_dir(day)
    print_verdict(report / "run_card.json", settings.home)
    card = report / "run_card.html"
    out.print(f"{say('run card', '运行报告')}: {card}", markup=False)


_STOPPED = Bilingual("it was stopped", "运行被中止")


def _mark_stale(
    home: Path,
    settings: Settings | None,
    day: date | None,
    error: BaseException,
    under_way: Bilingual,
    asked: tuple[str, Path | None],
) -> None:
    """Mark the lists as stale with the failed step, or with the phase `under_way`.

    If that fails too (a full disk), print a warning; `error` stays the cause. `asked`: the
    requested platform and exports.
    """
    try:
        linli = settings.linli_home() if settings is not None else None
        cause = cause_of(error)
        failed_at = _STOPPED if cause.code == STOPPED else under_way
        failed_at = step_label(cause.step) if cause.step else failed_at
        chosen, exports = asked
        folders = list_folders(home, linli, chosen=chosen, exports=exports)
        mark_stale(folders, day, cause.code, failed_at)
    except OSError as other:
        other.__context__ = None  # `error` is not its cause
        cause = cause_of(other, home)
        err.print(
            f"[yellow]{say('not marked', '未能标记')}[/yellow] "
            + escape(
                say(
                    f"the lists are stale, and it could not be noted: {cause.en}",
                    f"清单已过期，但未能写入标记：{cause.zh}",
                )
            )
        )


def execute(
    settings: Settings,
    name: str,
    day: date,
    title: str,
    manifest: InboxManifest,
    run_config: Mapping[str, Any] | None = None,
) -> None:
    """Run the job `name` for the partition `day`; show its steps under `title`.

    `manifest` is stored first, so that the run opens no file again that the preflight has read.
    """
    from assets.ingest.identify_inbox import store_manifest

    store_manifest(settings.linli_home(), manifest)
    import dagster as dg

    from assets.framework.day_asset import STEP_LOGGER
    from pipelines.cli import dagster_timeline
    from pipelines.definitions import build_defs

    job = build_defs(settings).resolve_job_def(name)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with (
        dg.DagsterInstance.get() as instance,
        steps(title, len(job.nodes)) as report,
        forward_log(STEP_LOGGER, report),
        dagster_timeline.shown_in_timeline(instance),
    ):
        dagster_timeline.fail_killed_runs(instance)
        try:
            job.execute_in_process(
                partition_key=day.isoformat(),
                instance=instance,
                run_config={**(run_config or {}), **quiet},
                tags=dagster_timeline.run_tags(),
            )
        except dg.DagsterExecutionInterruptedError as stopped:
            raise KeyboardInterrupt from stopped


def _title(day: date, settings: Settings) -> str:
    name = settings.exports.name
    return say(f"running {day} on {name}", f"正在运行 {day}，数据来自 {name}")


def tidy_home(settings: Settings) -> None:
    """Remove old files of the home; a failure is printed and does not fail the day."""
    import dagster as dg

    from pipelines.upkeep import tidy

    try:
        with dg.DagsterInstance.get() as instance:
            tidy(settings.linli_home(), instance, datetime.now(UTC))
    except Exception as error:
        cause = cause_of(error, settings.home)
        err.print(
            f"[yellow]{say('not tidied', '未整理')}[/yellow] " + escape(say(cause.en, cause.zh))
        )


def reload_with_new_cutoff(settings: Settings) -> None:
    """Reload every export if the cut-off has changed."""
    from assets.ingest.reload import reload_all

    with steps(say("reloading every export", "正在重新导入全部导出文件"), None) as report:
        if reload_all(settings.linli_home(), report):
            err.print(
                say(
                    "the new cut-off is in effect; days computed with the old one are deleted: run "
                    "them again for their history",
                    "新的截单时间已生效；按旧时间计算的各日结果已删除，如需这些日期请重新运行",
                )
            )


def run_preflight(settings: Settings) -> InboxManifest:
    """Check folder, platform, orders and headers before anything is written; print unread files.

    Returns the files of the exports folder. Raises LinliError for what cannot be loaded.
    """
    # a wrong folder or platform fails before heavy imports
    files, ignored = list_files(settings.exports)
    linli = settings.linli_home()
    if not files and not (linli.root / "lake" / linli.source_key).exists():
        raise no_orders(settings.exports, [], [], ignored)
    from assets.ingest.identify_inbox import identify_inbox
    from assets.ingest.preflight import preflight

    manifest = identify_inbox(linli)
    for unread in preflight(linli, manifest):
        reason = say(unread.reason, unread.reason_zh)
        title = say("not read", "未读取")
        err.print(f"[yellow]{title}[/yellow] {escape(unread.name)}: {escape(reason)}")
    return manifest


def covered_day(settings: Settings, day: date | None, manifest: InboxManifest) -> date:
    """Return `day`, or the last covered business day for None.

    Raises NoDataError unless the orders cover it.
    """
    from assets.ingest.coverage import covered_business_day

    return covered_business_day(settings.linli_home(), manifest, day)
