"""Mark the published lists as stale when the run of a day fails.

Contains the choice of folders and the text of the mark. Not here: detecting a failure (`jobs`, and
`cli/commands/run` for failures before a job starts), storing a mark (`outbox`).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from assets.resources.home import LinliHome
from assets.resources.home_folder.platforms import Platforms, UnknownPlatformError
from assets.resources.outbox.outbox import mark_failed, published_days
from data_contracts.errors import LinliError
from data_contracts.lists import DAILY_LIST_NAMES, DAILY_LISTS
from data_contracts.messages import Bilingual
from data_contracts.stored_tables import STORED_BY_NAME
from pipelines.failure_summaries import summary_of_code

_OUTPUT_OF_STEP = {name: table.zh for name, table in STORED_BY_NAME.items()} | {
    spec.asset: spec.zh for spec in DAILY_LISTS
}


def list_folders(
    root: Path, linli: LinliHome | None, *, chosen: str = "", exports: Path | None = None
) -> list[Path]:
    """List the folders of the platform's lists.

    Where the platform is uncertain, the folders of all candidates; where the exports may be of an
    unknown platform, no folder, because no list of this home has failed. `chosen`, `exports`: the
    platform and exports requested, when wrong settings leave no `linli`.
    """
    if linli is not None:
        chosen, exports = linli.chosen_platform, linli.exports_dir
        try:
            return [linli.lists_dir(name) for name in DAILY_LIST_NAMES]
        except UnknownPlatformError:
            if linli.chosen_platform:  # a wrong name; the exports may still identify it
                return list_folders(root, replace(linli, chosen_platform=""))
            if linli.exports_dir.is_dir():  # a missing folder identifies no platform
                return []
        except LinliError:
            pass
    keys = [""]
    with suppress(LinliError):
        platforms = Platforms(root).all()
        meant = [one for one in platforms if chosen and chosen in (one.key, one.id)]
        meant = meant or [one for one in platforms if exports and one.lies_at(root, exports)]
        keys = [one.outgoing or "" for one in meant] or [
            "",
            *(one.outgoing or "" for one in platforms),
        ]
    return [root / "lists" / key / name for key in dict.fromkeys(keys) for name in DAILY_LIST_NAMES]


def step_label(name: str) -> Bilingual:
    """Name a step for people: its asset and the Chinese name of its output."""
    made = f" {_OUTPUT_OF_STEP[name]}" if name in _OUTPUT_OF_STEP else ""
    return Bilingual(f"step {name}", f"步骤 {name}{made}")


def mark_stale(
    folders: Iterable[Path], as_of: date | None, reason_code: str, failed_at: Bilingual
) -> None:
    """Mark the published lists in `folders` as stale because the run for `as_of` failed.

    Folders without a list get the reason too. `as_of` None: the run failed before its day was
    known; the last published day is used. `reason_code` is for programs, `failed_at` and the
    summary of the code for people.
    """
    for folder in folders:
        day = as_of
        if day is None:
            days = published_days(folder)
            day = days[-1] if days else None
        if day is not None and (folder.is_dir() or folder.parent.is_dir()):
            mark_failed(folder, day, reason_code, failed_at, summary_of_code(reason_code))
