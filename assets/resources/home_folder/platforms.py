"""Register the platforms of a home and where the data of each is stored.

    home/platforms.json    one entry per platform, written when its first file is loaded

A platform is identified by the `id` in its `platform.toml`; without one, by the exports folder it
was last read from. That folder is stored absolute and relative to the home, so that a home moved
together with its exports is recognised. Neither the path of the home nor the cut-off is part of a
lake name. Folders in `lake/` without an entry were created by an earlier version, which named them
by a hash of exports folder, id and cut-off: they are recognised by it and keep their names.

Contains: which folder belongs to which platform. Not here: whether the rows of a lake match the
settings of the platform (`cutoff`).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from assets.resources.files.atomic_file import atomic_writer
from assets.resources.home_folder.stored_platform import StoredPlatform
from assets.resources.outbox.platform_folders import assign_folders, separate_platforms
from assets.resources.readers.file_index import NOT_EXPORTS
from data_contracts.errors import LinliError
from data_contracts.messages import Bilingual
from data_contracts.platform_file import Platform

REGISTRY = "platforms.json"
PLATFORM_FILE = "platform.toml"
INBOX = "inbox"
UNNAMED = "platform"  # key of a platform without an id
_LOCK = ".platforms.lock"
_OLD_KEY = re.compile(r"(.+)-[0-9a-f]{8}")
_OLD_CUTOFFS = [f"{minutes // 60:02}:{minutes % 60:02}" for minutes in range(1, 1441)]


class UnknownPlatformError(LinliError):
    """The request may refer to a platform that is not in this home."""


class Platforms:
    """The platforms of the home `root`. Nothing is written but by `note`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def all(self, exports: Iterable[Path] = ()) -> list[StoredPlatform]:
        """Every platform of the home; `exports`: folders by which older lakes may be known."""
        noted = self._noted()
        return assign_folders(self._root, [*noted, *self._of_earlier_versions(noted, exports)])

    def of(self, exports: Path, stated: Platform, chosen: str = "") -> StoredPlatform:
        """The platform that `exports` belong to, `stated` by their `platform.toml`; a new one where
        nothing here can be meant.

        `chosen`: the key or id somebody named. Raises LinliError where two may be meant, as
        UnknownPlatformError where it need not be one of this home.
        """
        platforms = self.all([exports])
        is_new = chosen == stated.id and not any(chosen in (one.key, one.id) for one in platforms)
        if chosen and not is_new:
            return _chosen(platforms, chosen)
        if stated.id:
            mine = [one for one in platforms if one.id == stated.id]
            # named now, unnamed when it was loaded
            mine = mine or [
                one for one in platforms if not one.id and one.lies_at(self._root, exports)
            ]
        else:
            mine = [one for one in platforms if one.lies_at(self._root, exports)]
        fresh = replace(_new(stated), outgoing=_new(stated).key if platforms else "")
        mine = mine or [one for one in platforms if not one.is_noted and one.key == fresh.key]
        mine = mine or _moved_before(platforms, exports)
        if len(mine) == 1:
            return mine[0]
        if mine:
            raise LinliError(*_which(mine))
        if platforms and not stated.id:
            raise UnknownPlatformError(*_same_or_another(exports, platforms))
        return fresh

    def only(self, chosen: str = "", exports: Iterable[Path] = ()) -> StoredPlatform | None:
        """The platform `chosen`, or the one there is; None in an empty home.

        Raises LinliError naming all of them where there are several.
        """
        platforms = self.all(exports)
        if chosen:
            return _chosen(platforms, chosen)
        if len(platforms) > 1:
            raise LinliError(*_which(platforms))
        return platforms[0] if platforms else None

    def note(
        self, platform: StoredPlatform, exports: Path, stated: Platform, **changed: object
    ) -> StoredPlatform:
        """Record that `platform` was read from `exports`, with the `changed` fields."""
        read = {*platform.also_read, *([platform.exports] if platform.exports else [])}
        if str(exports) not in read and platform.lies_at(self._root, exports):
            read.discard(str(platform.exports))  # the same folder, moved
        entry = replace(
            platform,
            id=stated.id or platform.id or "",
            name=stated.name,
            exports=str(exports),
            beside_home=os.path.relpath(exports, self._root),
            also_read=tuple(sorted(read - {str(exports)})),
            is_noted=True,
            **changed,  # type: ignore[arg-type]
        )
        if entry == platform and not any(one.outgoing is None for one in self._noted()):
            return entry
        with self._only_writer():
            noted = self._noted()
            # lakes of earlier versions are written down with it once it is known whose they are
            older = [one for one in self._of_earlier_versions(noted, [exports]) if one.exports]
            kept = [one for one in (*noted, *older) if one.key != platform.key]
            others = [
                replace(one, is_noted=True) for one in assign_folders(self._root, [*kept, entry])
            ]
            separate_platforms(self._root, others)
            self._write(others)
        return entry

    # -- the file --------------------------------------------------------------------------------

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        self._root.mkdir(parents=True, exist_ok=True)
        opened = os.open(self._root / _LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(opened, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _noted(self) -> list[StoredPlatform]:
        path = self._root / REGISTRY
        if not path.is_file():
            return []
        try:
            rows = json.loads(path.read_text("utf-8"))["platforms"]
            return [
                StoredPlatform(
                    **(row | {name: tuple(row[name]) for name in ("also_read", "replaced")}),
                    is_noted=True,
                )
                for row in rows
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise LinliError(
                f"{path}: cannot be read; put it back from a backup, or remove it and run with "
                "--same-platform",
                f"{path}：无法读取；请从备份恢复，或删除它后加 --same-platform 运行",
            ) from error

    def _write(self, entries: list[StoredPlatform]) -> None:
        rows = [asdict(entry) for entry in sorted(entries, key=lambda one: one.key)]
        for row in rows:
            del row["is_noted"]
        text = json.dumps({"platforms": rows}, ensure_ascii=False, indent=1)
        with atomic_writer(self._root / REGISTRY, is_private=True) as stream:
            stream.write(text.encode())

    # -- lakes of earlier versions ---------------------------------------------------------------

    def _of_earlier_versions(
        self, noted: list[StoredPlatform], exports: Iterable[Path]
    ) -> list[StoredPlatform]:
        """Lakes that no entry names, each as a platform; of one platform loaded with several
        cut-offs the lake of the cut-off stated now, else the one written last."""
        taken = {name for one in noted for name in (one.lake, *one.replaced)}
        folders = [path for path in _lakes(self._root) if path.name not in taken]
        if not folders:
            return []
        places = [*exports, self._root / INBOX, *(Path(o.exports) for o in noted if o.exports)]
        stated = {place: _stated(place) for place in dict.fromkeys(places)}
        lakes = []
        for folder in folders:
            origin = _origin_of_old_lake(folder.name, stated)
            if origin is None:
                lakes.append((folder, StoredPlatform(folder.name, folder.name)))
                continue
            place, id_, cutoff = origin
            beside = os.path.relpath(place, self._root)
            entry = StoredPlatform(
                folder.name,
                folder.name,
                id=id_,
                exports=str(place),
                beside_home=beside,
                cutoff=cutoff,
            )
            lakes.append((folder, entry))
        return _one_per_platform(lakes, stated)


def default_exports(root: Path, chosen: str) -> Path:
    """The exports folder where none is named: the inbox, or, while that is empty, the one that the
    only platform of the home (or the `chosen` one) was last read from."""
    inbox = root / INBOX
    platforms = Platforms(root).all()
    if chosen:
        platforms = [one for one in platforms if chosen in (one.key, one.id)]
    elif _has_files(inbox):
        platforms = []
    return (platforms[0].exports_folder(root) if len(platforms) == 1 else None) or inbox


def _has_files(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    return any(p.name not in NOT_EXPORTS and not p.name.startswith(".") for p in folder.iterdir())


def _lakes(root: Path) -> list[Path]:
    """Folders of `root/lake` that hold a table and bear a name this or an earlier version gives."""
    folder = root / "lake"
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.iterdir())
        if (path.name == UNNAMED or _OLD_KEY.fullmatch(path.name))
        and any(path.glob("*/_delta_log"))
    ]


def _stated(exports: Path) -> Platform:
    try:
        return Platform.from_toml((exports / PLATFORM_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return Platform()


def _origin_of_old_lake(name: str, stated: dict[Path, Platform]) -> tuple[Path, str, str] | None:
    """Return exports folder, id and cut-off from which an earlier version derived a lake name."""
    for place, platform in stated.items():
        if not name.startswith(f"{place.name}-"):
            continue
        for id_ in dict.fromkeys((platform.id, "")):
            for cutoff in (platform.cutoff, *_OLD_CUTOFFS):
                if name == f"{place.name}-{_digest(f'{place}|{id_}|{cutoff}')}":
                    return place, id_, cutoff
    return None


def _one_per_platform(
    lakes: list[tuple[Path, StoredPlatform]], stated: dict[Path, Platform]
) -> list[StoredPlatform]:
    by_identity: dict[tuple[str | None, str], list[tuple[bool, float, StoredPlatform]]] = {}
    for folder, entry in lakes:
        place = entry.exports or folder.name
        is_now = entry.exports is not None and stated[Path(place)].cutoff == entry.cutoff
        written = max(path.stat().st_mtime for path in folder.iterdir())
        by_identity.setdefault((entry.id, place), []).append((is_now, written, entry))
    kept = []
    for same in by_identity.values():
        *older, (_, _, newest) = sorted(same, key=lambda item: item[:2])
        kept.append(replace(newest, replaced=tuple(entry.lake for _, _, entry in older)))
    return kept


def _moved_before(platforms: list[StoredPlatform], exports: Path) -> list[StoredPlatform]:
    """Return the only lake, when an earlier version derived its name from a folder of this name."""
    if len(platforms) != 1 or platforms[0].is_noted or platforms[0].exports is not None:
        return []
    match = _OLD_KEY.fullmatch(platforms[0].lake)
    return platforms if match is not None and match[1] == exports.name else []


def _new(stated: Platform) -> StoredPlatform:
    """A platform nothing was loaded of yet; its name does not depend on where anything lies."""
    key = UNNAMED
    if stated.id:
        readable = re.sub(r"[^A-Za-z0-9_]+", "-", stated.id).strip("-")[:40] or UNNAMED
        key = f"{readable}-{_digest(stated.id)}"
    return StoredPlatform(key, key, id=stated.id, name=stated.name)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


# -- questions -----------------------------------------------------------------------------------


def _chosen(platforms: list[StoredPlatform], chosen: str) -> StoredPlatform:
    mine = [one for one in platforms if chosen in (one.key, one.id)]
    if len(mine) != 1:
        raise UnknownPlatformError(
            f"--platform {chosen!r}: this home holds no such platform; "
            f"it holds: {_listed(platforms) or 'none'}",
            f"--platform {chosen!r}：此目录中没有该平台；现有：{_listed(platforms).zh or '无'}",
        )
    return mine[0]


def _which(platforms: list[StoredPlatform]) -> tuple[str, str]:
    return (
        f"this home holds {len(platforms)} platforms: {_listed(platforms)}. Say which one with "
        "--platform NAME or LINLI_PLATFORM, or with its --exports",
        f"此目录中有 {len(platforms)} 个平台：{_listed(platforms).zh}。请用 --platform 名称、"
        "LINLI_PLATFORM 或其 --exports 指明",
    )


def _same_or_another(exports: Path, platforms: list[StoredPlatform]) -> tuple[str, str]:
    same = "--same-platform" + (" --platform NAME" if len(platforms) > 1 else "")
    return (
        f"{exports}: is this the platform already in this home ({_listed(platforms)}), or another? "
        f'The same: run with {same}. Another: state id = "…" in {exports / PLATFORM_FILE}',
        f"{exports}：与此处已有的平台（{_listed(platforms).zh}）是同一平台吗？同一平台：运行时加 "
        f'{same}；另一平台：在 {exports / PLATFORM_FILE} 中写明 id = "…"',
    )


def _listed(platforms: list[StoredPlatform]) -> Bilingual:
    shown = "; ".join(one.shown for one in platforms)
    return Bilingual(shown, "；".join(one.shown_zh for one in platforms))
