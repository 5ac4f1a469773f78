"""Where the lists and reports of each platform of a home go out, so that none replaces another's.

    lists/restock/<day>            reports/<day>            linli.duckdb            of the first one
    lists/<key>/restock/<day>      reports/<key>/<day>      linli-<key>.duckdb      of every other

An earlier version kept all of them in one place. Whose a day is, its manifest and its run card say.

Belongs here: which folder is whose, and parting what stands together. Does not: which platforms
there are (`platforms`), how a list is published (`outbox`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.resources.outbox import outbox

if TYPE_CHECKING:
    from assets.resources.platforms import StoredPlatform

LISTS_FOLDER, REPORTS_FOLDER, RUN_CARD_FILE = "lists", "reports", "run_card.json"


def decided(root: Path, known: Sequence[StoredPlatform]) -> list[StoredPlatform]:
    """The same platforms, each with its folder: a key, or nothing for the one whose list stands
    newest in the folder that is everybody's so far."""
    undecided = [one for one in known if one.outgoing is None]
    first = None
    if undecided and not any(one.outgoing == "" for one in known):
        said = _newest(root)
        first = _owner(said, undecided) if said else None
        first = first or undecided[0]
    return [
        replace(one, outgoing="" if one is first else one.key) if one.outgoing is None else one
        for one in known
    ]


def part(root: Path, known: Sequence[StoredPlatform]) -> None:
    """Move lists and reports that stand in the first platform's folders and are another's. Killed,
    it can be repeated; what nobody can be told to own stays."""
    for folder in _list_folders(root):
        for day in outbox.published_days(folder):
            owner = _owner(_said(folder / day.isoformat() / outbox.MANIFEST), known)
            if owner is not None and owner.outgoing:
                outbox.move(folder, root / LISTS_FOLDER / owner.outgoing / folder.name, day)
    for card in sorted((root / REPORTS_FOLDER).glob(f"*/{RUN_CARD_FILE}")):
        owner = _owner(_said(card), known)
        if owner is not None and owner.outgoing:
            target = root / REPORTS_FOLDER / owner.outgoing / card.parent.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                card.parent.rename(target)


def _list_folders(root: Path) -> list[Path]:
    """Folders of lists that stand in `lists/` itself."""
    folders = sorted((root / LISTS_FOLDER).glob("*"))
    return [folder for folder in folders if outbox.published_days(folder)]


def _newest(root: Path) -> Mapping[str, Any]:
    """The platform that the newest of these lists names; empty where there is none."""
    newest = [(outbox.published_days(folder)[-1], folder) for folder in _list_folders(root)]
    if not newest:
        return {}
    day, folder = max(newest)
    return _said(folder / day.isoformat() / outbox.MANIFEST)


def _said(path: Path) -> Mapping[str, Any]:
    """The platform a manifest or run card names; empty where it cannot be read."""
    try:
        said = json.loads(path.read_text("utf-8"))["platform"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return said if isinstance(said, dict) else {}


def _owner(said: Mapping[str, Any], known: Sequence[StoredPlatform]) -> StoredPlatform | None:
    """The platform meant; None where none is or two may be. Earlier versions wrote no id."""
    if "id" in said:
        mine = [one for one in known if (one.id or "") == said["id"]]
    else:
        mine = [one for one in known if one.name == said.get("name")]
    return mine[0] if len(mine) == 1 else None
