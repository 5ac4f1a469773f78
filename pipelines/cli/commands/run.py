"""`linli run`: look at the exports first, run the job, say where the lists are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from assets.ingest.no_orders import no_orders
from assets.resources.readers.file_index import list_files
from data_contracts.messages import Bilingual
from pipelines.cause_words import STOPPED
from pipelines.causes import cause_of
from pipelines.cli.commands.lists import show_lists
from pipelines.cli.console import err, escape, listening, out, steps
from pipelines.cli.days import parse_run_day
from pipelines.cli.home_lock import only_run
from pipelines.cli.language import say
from pipelines.cli.run_summary import print_verdict
from pipelines.settings import Settings, home_folder
from pipelines.stale_lists import list_folders, mark_stale, step_said


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
    """Run the whole job for one business date; raises LinliError with what to mend.

    `same_platform`: the exports belong to the platform that stands here. `accept_cutoff`: read
    everything anew where the cut-off is stated otherwise than before. Whatever stops it, the lists
    published so far stay and are marked stale.
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
            with only_run(settings, "linli run --accept-cutoff"):
                reload_with_new_cutoff(settings)
        look_first(settings)
        day = covered_day(settings, day)
        settings.prepare_home()
        with only_run(settings, "linli run", day):
            under_way = Bilingual("the run itself", "运行过程")
            execute(settings, "the_day", day, _title(day, settings))
            keep_small(settings)
    except BaseException as error:  # Ctrl-C too
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
    """Mark the lists with the step that failed, or with what was `under_way`; where that fails too
    (a full disk), say so and let `error` be the one. `asked`: the platform and the exports."""
    try:
        linli = settings.linli_home() if settings is not None else None
        cause = cause_of(error)
        failed_at = _STOPPED if cause.code == STOPPED else under_way
        failed_at = step_said(cause.step) if cause.step else failed_at
        chosen, exports = asked
        folders = list_folders(home, linli, chosen=chosen, exports=exports)
        mark_stale(folders, day, cause.code, failed_at)
    except OSError as other:
        other.__context__ = None  # the error it came upon is not its cause
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
    run_config: Mapping[str, Any] | None = None,
) -> None:
    """Run the job `name` for the partition `day`, telling its steps under `title`."""
    import dagster as dg

    from assets.framework.day_asset import STEP_LOGGER
    from pipelines.cli import timeline

    # Dagster and everything under it: loaded when there is something to run
    from pipelines.definitions import build_defs

    job = build_defs(settings).resolve_job_def(name)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with (
        dg.DagsterInstance.get() as instance,
        steps(title, len(job.nodes)) as tell,
        listening(STEP_LOGGER, tell),
        timeline.shown_in_timeline(instance),
    ):
        timeline.close_killed(instance)
        try:
            job.execute_in_process(
                partition_key=day.isoformat(),
                instance=instance,
                run_config={**(run_config or {}), **quiet},
                tags=timeline.tags(),
            )
        except dg.DagsterExecutionInterruptedError as stopped:
            raise KeyboardInterrupt from stopped


def _title(day: date, settings: Settings) -> str:
    name = settings.exports.name
    return say(f"running {day} on {name}", f"正在运行 {day}，数据来自 {name}")


def keep_small(settings: Settings) -> None:
    """Remove what nobody can ask for any more; the day is done, whatever becomes of this."""
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
    """Reload every export where the cut-off is stated otherwise than before."""
    from assets.ingest.reload import reload_all

    with steps(say("reloading every export", "正在重新导入全部导出文件"), None) as tell:
        if reload_all(settings.linli_home(), tell):
            err.print(
                say(
                    "the new cut-off holds; days computed before are gone with the old one: run "
                    "them again for their history",
                    "新的截单时间已生效；此前计算的各日已随旧数据清除，如需历史请重新运行",
                )
            )


def look_first(settings: Settings) -> None:
    """Refuse what cannot work before anything is written: folder, platform, orders, headers."""
    # a wrong folder or platform needs no engine to be refused
    files, ignored = list_files(settings.exports)
    linli = settings.linli_home()
    if not files and not (linli.root / "lake" / linli.source_key).exists():
        raise no_orders(settings.exports, [], [], ignored)
    from assets.ingest.inbox_manifest import preflight

    for stranger in preflight(settings.linli_home()):
        reason = say(stranger.reason, stranger.reason_zh)
        title = say("not read", "未读取")
        err.print(f"[yellow]{title}[/yellow] {escape(stranger.name)}: {escape(reason)}")


def covered_day(settings: Settings, day: date | None) -> date:
    """Return `day`, or the last covered business day for None.

    Raises NoDataError unless the orders cover it.
    """
    from assets.ingest.coverage import last_business_day, require_covered

    home = settings.linli_home()
    day = day or last_business_day(home)
    require_covered(home, day)
    return day
