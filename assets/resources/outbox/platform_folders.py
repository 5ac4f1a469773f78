"""Map each platform of a home to its own folders of lists and reports.

    lists/restock/<day>            reports/<day>            linli.duckdb            first platform
    lists/<key>/restock/<day>      reports/<key>/<day>      linli-<key>.duckdb      every other one

An earlier version kept all of them in one place. The manifest and the run card of a day name its
platform.

Contains: which folder belongs to which platform, and separating shared folders. Not here: which
platforms exist (`platforms`), how a list is published (`outbox`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.resources.outbox import outbox

if TYPE_CHECKING:
    from assets.resources.home_folder.stored_platform import StoredPlatform

LISTS_FOLDER, REPORTS_FOLDER, RUN_CARD_FILE = "lists", "reports", "run_card.json"


def assign_folders(root: Path, platforms: Sequence[StoredPlatform]) -> list[StoredPlatform]:
    """Give every platform without a folder one: its key, or empty for one platform.

    The platform of the newest list in the shared folder gets the empty name.
    """
    undecided = [one for one in platforms if one.outgoing is None]
    first = None
    if undecided and not any(one.outgoing == "" for one in platforms):
        said = _newest(root)
        first = _owner(said, undecided) if said else None
        first = first or undecided[0]
    return [
        replace(one, outgoing="" if one is first else one.key) if one.outgoing is None else one
        for one in platforms
    ]


def separate_platforms(root: Path, platforms: Sequence[StoredPlatform]) -> None:
    """Move lists and reports of other platforms out of the folders of the first one.

    Can be interrupted and repeated; files whose platform is unknown stay.
    """
    for folder in _list_folders(root):
        for day in outbox.published_days(folder):
            owner = _owner(
                _platform_named_in(folder / day.isoformat() / outbox.MANIFEST), platforms
            )
            if owner is not None and owner.outgoing:
                outbox.move_day(folder, root / LISTS_FOLDER / owner.outgoing / folder.name, day)
    for card in sorted((root / REPORTS_FOLDER).glob(f"*/{RUN_CARD_FILE}")):
        owner = _owner(_platform_named_in(card), platforms)
        if owner is not None and owner.outgoing:
            target = root / REPORTS_FOLDER / owner.outgoing / card.parent.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                card.parent.rename(target)


def _list_folders(root: Path) -> list[Path]:
    """Return the folders of lists directly in `lists/`."""
    folders = sorted((root / LISTS_FOLDER).glob("*"))
    return [folder for folder in folders if outbox.published_days(folder)]


def _newest(root: Path) -> Mapping[str, Any]:
    """Return the platform that the newest of these lists names; empty without lists."""
    newest = [(outbox.published_days(folder)[-1], folder) for folder in _list_folders(root)]
    if not newest:
        return {}
    day, folder = max(newest)
    return _platform_named_in(folder / day.isoformat() / outbox.MANIFEST)


def _platform_named_in(path: Path) -> Mapping[str, Any]:
    """Return the platform that a manifest or run card names; empty when it cannot be read."""
    try:
        said = json.loads(path.read_text("utf-8"))["platform"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return said if isinstance(said, dict) else {}


def _owner(said: Mapping[str, Any], platforms: Sequence[StoredPlatform]) -> StoredPlatform | None:
    """Return the matching platform; None for no match or several. Earlier versions wrote no id."""
    if "id" in said:
        mine = [one for one in platforms if (one.id or "") == said["id"]]
    else:
        mine = [one for one in platforms if one.name == said.get("name")]
    return mine[0] if len(mine) == 1 else None
