"""Mark the published lists as stale when the run of a day fails.

Contains which folders are meant and what is noted there. Not here: when a run fails (`jobs`, and
`cli/commands/run` for what fails before a job starts), how a mark is stored (`outbox`).
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
from data_contracts.exports import BY_NAME as EXPORTS
from data_contracts.lists import DAILY_LIST_NAMES, DAILY_LISTS
from data_contracts.messages import Bilingual
from data_contracts.tables import BY_NAME as TABLES
from pipelines.cause_words import in_few_words

_MADE_BY = {name: table.zh for name, table in (EXPORTS | TABLES).items()} | {
    f"{spec.name}_list": spec.zh for spec in DAILY_LISTS
}


def list_folders(
    root: Path, linli: LinliHome | None, *, chosen: str = "", exports: Path | None = None
) -> list[Path]:
    """Where the platform's lists are; those of all that may be meant where it is not known which
    is, and none where the exports may be a stranger's: nothing of those that stand here has failed.

    `chosen`, `exports`: what was asked for, where a setting is so wrong that there is no `linli`.
    """
    if linli is not None:
        chosen, exports = linli.chosen_platform, linli.exports_dir
        try:
            return [linli.lists_dir(name) for name in DAILY_LIST_NAMES]
        except UnknownPlatformError:
            if linli.chosen_platform:  # a wrong name; the exports may still say whose run it is
                return list_folders(root, replace(linli, chosen_platform=""))
            if linli.exports_dir.is_dir():  # one that is not there is nobody's
                return []
        except LinliError:
            pass
    keys = [""]
    with suppress(LinliError):
        known = Platforms(root).all()
        meant = [one for one in known if chosen and chosen in (one.key, one.id)]
        meant = meant or [one for one in known if exports and one.lies_at(root, exports)]
        keys = [one.outgoing or "" for one in meant] or ["", *(one.outgoing or "" for one in known)]
    return [root / "lists" / key / name for key in dict.fromkeys(keys) for name in DAILY_LIST_NAMES]


def step_said(name: str) -> Bilingual:
    """A step as people may know it: its name and what it makes."""
    made = f" {_MADE_BY[name]}" if name in _MADE_BY else ""
    return Bilingual(f"step {name}", f"步骤 {name}{made}")


def mark_stale(
    folders: Iterable[Path], as_of: date | None, reason_code: str, failed_at: Bilingual
) -> None:
    """Mark the lists published in `folders` so far as stale, because the run for `as_of` failed;
    where there are none yet, note why.

    `as_of` None: it failed before it knew its day, and stands for the last day there is a list of.
    What failed is told to programs by `reason_code`, to people by `failed_at` and what the code
    means.
    """
    for folder in folders:
        day = as_of
        if day is None:
            days = published_days(folder)
            day = days[-1] if days else None
        if day is not None and (folder.is_dir() or folder.parent.is_dir()):
            mark_failed(folder, day, reason_code, failed_at, in_few_words(reason_code))
