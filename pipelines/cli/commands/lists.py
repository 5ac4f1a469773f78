"""Show the published lists, their days and whether they are stale: `linli lists`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from assets.resources.home_folder.platforms import Platforms
from assets.resources.home_folder.stored_platform import StoredPlatform
from assets.resources.outbox.outbox import published_days
from data_contracts.errors import LinliError
from data_contracts.lists import DAILY_LISTS
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
    known = settings.platforms() if of is None else [of]
    keys = dict.fromkeys(one.outgoing or "" for one in known) or [""]
    found = [_show(settings.home / "lists" / key, only) for key in keys]
    if not any(found):
        raise LinliError(
            f"{settings.home}: no list is published yet; make one with: "
            "linli run --exports DIR --as-of DATE",
            f"{settings.home}：还没有发布过清单；"
            "请先运行 linli run --exports 导出文件夹 --as-of 日期",
        )


def _show(root: Path, only: date | None) -> bool:
    """Print the lists of one platform; return whether there are any."""
    found = False
    for spec in DAILY_LISTS:
        name, title = spec.name, spec.zh
        folder = root / name
        days = [only] if only else published_days(folder)[::-1][:SHOWN_DAYS]
        state = _state(folder)
        if not only:
            _print_failure(f"{name} {title}", f"{title} {name}", state)
        for day in days:
            manifest_path = folder / day.isoformat() / "manifest.json"
            if not manifest_path.is_file():
                continue
            found = True
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
    return found


def _print_failure(name: str, name_zh: str, state: dict[str, str]) -> None:
    """Print that the newest list is stale or missing, and the failed run's step and reason."""
    failed, good = state.get("failed_as_of"), state.get("last_good")
    said = [state.get(part) or "" for part in ("failed_at", "reason")]
    said_zh = [state.get(part) or "" for part in ("failed_at_zh", "reason_zh")]
    why = escape(f" ({': '.join(filter(None, said))})" if any(said) else "")
    why_zh = escape(f"（{'：'.join(filter(None, said_zh))}）" if any(said_zh) else "")
    if state.get("status") == "stale":
        out.print(
            say(
                f"[yellow]stale[/yellow] {name}: the run for {failed} failed{why}; the last good "
                f"list is of {good}",
                f"[yellow]已过期[/yellow] {name_zh}：{failed} 的运行失败{why_zh}；"
                f"最后一份可用清单：{good}",
            )
        )
    elif failed and state.get("status") == "nothing_published":
        out.print(
            say(
                f"[yellow]none yet[/yellow] {name}: the run for {failed} failed{why}",
                f"[yellow]尚无清单[/yellow] {name_zh}：{failed} 的运行失败{why_zh}",
            )
        )


def _state(folder: Path) -> dict[str, str]:
    path = folder / "latest.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
