"""Show the published lists, their days and whether they are stale: `linli lists`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from assets.resources.home_folder.platforms import Platforms
from assets.resources.home_folder.stored_platform import StoredPlatform
from assets.resources.outbox.outbox import published_days, state
from data_contracts.errors import LinliError
from data_contracts.lists import DAILY_LISTS
from data_contracts.records.list_state import ListState
from pipelines.cli.console import escape, out
from pipelines.cli.language import say
from pipelines.settings import Settings

SHOWN_DAYS = 5


def show_lists(
    home: Path | None,
    only: date | None = None,
    *,
    platform: str | None = None,
    of: StoredPlatform | None = None,
) -> None:
    """Print each list's published days, newest first (or `only` one day), and which are stale.

    For every platform of the home, or for `platform` or `of`. Raises LinliError without a list.
    """
    settings = Settings.from_environment(home=home, platform=platform)
    if of is None and settings.platform:
        of = Platforms(settings.home).only(settings.platform, [settings.exports])
    platforms = settings.platforms() if of is None else [of]
    keys = dict.fromkeys(one.outgoing or "" for one in platforms) or [""]
    has_lists = [_show(settings.home / "lists" / key, only) for key in keys]
    if not any(has_lists):
        raise LinliError(
            f"{settings.home}: no list is published yet; make one with: "
            "linli run --exports DIR --as-of DATE",
            f"{settings.home}：还没有发布过清单；"
            "请先运行 linli run --exports 导出文件夹 --as-of 日期",
        )


def _show(root: Path, only: date | None) -> bool:
    """Print the lists of one platform; return whether there are any."""
    has_lists = False
    for spec in DAILY_LISTS:
        name, title = spec.name, spec.zh
        folder = root / name
        days = [only] if only else published_days(folder)[::-1][:SHOWN_DAYS]
        if not only:
            _print_failure(f"{name} {title}", f"{title} {name}", state(folder))
        for day in days:
            manifest_path = folder / day.isoformat() / "manifest.json"
            if not manifest_path.is_file():
                continue
            has_lists = True
            manifest = json.loads(manifest_path.read_text("utf-8"))
            platform = manifest["platform"]["name"]
            rows, place = manifest["rows"], manifest_path.parent
            out.print(
                say(
                    f"{name} {title} {day}: {rows:,} rows, {platform}, {place}",
                    f"{title} {name} {day}：{rows:,} 行，{platform}，{place}",
                ),
                markup=False,
            )
    return has_lists


def _print_failure(name: str, name_zh: str, now: ListState) -> None:
    """Print that the newest list is stale or missing, and the failed run's step and reason."""
    failed, good = now.failed_as_of, now.last_good
    said = [text for text in (now.failed_at, now.reason) if text]
    said_zh = [text for text in (now.failed_at_zh, now.reason_zh) if text]
    why = escape(f" ({': '.join(said)})" if said else "")
    why_zh = escape(f"（{'：'.join(said_zh)}）" if said_zh else "")
    if now.status == "stale":
        out.print(
            say(
                f"[yellow]stale[/yellow] {name}: the run for {failed} failed{why}; the last good "
                f"list is of {good}",
                f"[yellow]已过期[/yellow] {name_zh}：{failed} 的运行失败{why_zh}；"
                f"最后一份可用清单：{good}",
            )
        )
    elif failed and now.status == "nothing_published":
        out.print(
            say(
                f"[yellow]none yet[/yellow] {name}: the run for {failed} failed{why}",
                f"[yellow]尚无清单[/yellow] {name_zh}：{failed} 的运行失败{why_zh}",
            )
        )
