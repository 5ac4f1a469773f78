"""Remove old versions of tables and files left by dead runs.

A table keeps the versions of the stated number of hours, so that open readers, time travel and the
undo journal find their files. Contains: which files may be removed. Not here: when that happens.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from deltalake import DeltaTable

from assets.resources.lakehouse.lakehouse import Lakehouse
from assets.resources.lakehouse.safe_paths import is_unaddressable, table_address


@dataclass(frozen=True)
class Freed:
    """Number and bytes of removed files."""

    files: int = 0
    size_bytes: int = 0

    def __add__(self, other: Freed) -> Freed:
        return Freed(self.files + other.files, self.size_bytes + other.size_bytes)


def vacuum(lake: Lakehouse, kept_hours: int) -> Freed:
    """Remove the files that no version of the last `kept_hours` hours uses, from every table of the
    lake.

    Holds the write lock, so that no write is active and an interrupted change is undone first.
    Files of a killed write that belong to no version are removed too.
    """
    freed = Freed()
    with lake.exclusive():
        for path in sorted(log.parent for log in lake.root.glob("*/_delta_log")):
            freed += _vacuum_table(path, kept_hours)
    return freed


def _vacuum_table(path: Path, kept_hours: int) -> Freed:
    table = DeltaTable(table_address(path))
    # through a link data files are not visible, only their log entries
    listed = table.vacuum(kept_hours, dry_run=True, full=not is_unaddressable(path))
    # files removed earlier are listed again, and a vacuum makes two commits
    removable = [file for name in listed if (file := path / unquote(name)).is_file()]
    if not removable:
        return Freed()
    freed = Freed(len(removable), sum(_size(file) for file in removable))
    if is_unaddressable(path):
        for file in removable:
            file.unlink()
    else:
        table.vacuum(kept_hours, dry_run=False, full=True)
    return freed


def remove_older(folders: Iterable[Path], before: float) -> Freed:
    """Remove those of `folders` (or files) last changed before `before` (epoch seconds)."""
    freed = Freed()
    for path in folders:
        try:
            if path.lstat().st_mtime >= before:
                continue
            size = _size(path)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError:  # owned by another user, or already removed
            continue
        freed += Freed(1, size)
    return freed


def _size(path: Path) -> int:
    if not path.is_dir():
        return path.lstat().st_size
    return sum(item.lstat().st_size for item in path.rglob("*") if item.is_file())
