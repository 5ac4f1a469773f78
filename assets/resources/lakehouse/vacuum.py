"""Remove what nobody can ask for any more: old versions of tables, and what dead runs left.

A table keeps the versions of the days stated: a reader that opened one of them, a look back and the
journal's way back find every file. Belongs here: which files may go. Does not: when that is done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from deltalake import DeltaTable

from assets.resources.lakehouse.lakehouse import Lakehouse
from assets.resources.lakehouse.safe_paths import is_odd, table_address


@dataclass(frozen=True)
class Freed:
    """Files that are gone, and the bytes they took."""

    files: int = 0
    size_bytes: int = 0

    def __add__(self, other: Freed) -> Freed:
        return Freed(self.files + other.files, self.size_bytes + other.size_bytes)


def vacuum(lake: Lakehouse, kept_hours: int) -> Freed:
    """Remove files that no version of the last `kept_hours` has, of every table of the lake.

    Holds the write lock, so that nothing is under way and what was cut off before is undone. Files
    that a killed write left and no version ever had go with them.
    """
    freed = Freed()
    with lake.exclusive():
        for path in sorted(log.parent for log in lake.root.glob("*/_delta_log")):
            freed += _vacuum_table(path, kept_hours)
    return freed


def _vacuum_table(path: Path, kept_hours: int) -> Freed:
    table = DeltaTable(table_address(path))
    # through a detour no file of rows is seen, only what the log says of them
    listed = table.vacuum(kept_hours, dry_run=True, full=not is_odd(path))
    # those removed before are listed again, and a vacuum is two commits
    doomed = [file for name in listed if (file := path / unquote(name)).is_file()]
    if not doomed:
        return Freed()
    freed = Freed(len(doomed), sum(_size(file) for file in doomed))
    if is_odd(path):
        for file in doomed:
            file.unlink()
    else:
        table.vacuum(kept_hours, dry_run=False, full=True)
    return freed


def remove_older(folders: Iterable[Path], before: float) -> Freed:
    """Remove those of `folders` (or files) last changed before the moment `before` (epoch)."""
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
        except OSError:  # somebody else's, or gone meanwhile
            continue
        freed += Freed(1, size)
    return freed


def _size(path: Path) -> int:
    if not path.is_dir():
        return path.lstat().st_size
    return sum(item.lstat().st_size for item in path.rglob("*") if item.is_file())
