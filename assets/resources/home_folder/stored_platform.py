"""Describe one platform of a home: its folders, exports, cut-off and offset."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StoredPlatform:
    """`key`: folder in `vault/`; `lake`: folder in `lake/` and `models/`.

    `exports`: folder it was last read from, `beside_home` the same relative to the home, and
    `also_read` folders read before. `id`, `cutoff`, `utc_offset`: as the rows were loaded; None:
    unknown, loaded by an earlier version. `replaced`: former lakes of this platform. `outgoing`:
    folder within `lists/` and `reports/`, empty for the first platform; None: not assigned yet.
    `is_noted`: the entry is in the file.
    """

    key: str
    lake: str
    id: str | None = None
    name: str = ""
    exports: str | None = None
    beside_home: str | None = None
    also_read: tuple[str, ...] = ()
    cutoff: str | None = None
    utc_offset: str | None = None
    replaced: tuple[str, ...] = ()
    outgoing: str | None = None
    is_noted: bool = False

    def lies_at(self, root: Path, exports: Path) -> bool:
        """Whether `exports` is the folder this platform was last read from, moved or not."""
        if self.exports is None or self.beside_home is None:
            return False
        if str(exports) in (self.exports, *self.also_read):
            return True
        is_beside = Path(os.path.normpath(root / self.beside_home)) == exports
        # a copy that leaves the original where it is may be meant for another platform
        return is_beside and (exports.is_relative_to(root) or not Path(self.exports).exists())

    def exports_folder(self, root: Path) -> Path | None:
        """Return the current exports folder; None when unknown."""
        if self.exports is None or self.beside_home is None:
            return None
        beside = Path(os.path.normpath(root / self.beside_home))
        if beside.is_relative_to(root) or (beside.is_dir() and not Path(self.exports).is_dir()):
            return beside
        return Path(self.exports)

    @property
    def shown(self) -> str:
        """Describe the platform so that a user can choose it with `--platform`."""
        where = f", last read from {self.exports}" if self.exports else ""
        return f"{self.id or self.key}{where}"

    @property
    def shown_zh(self) -> str:
        where = f"（上次读取自 {self.exports}）" if self.exports else ""
        return f"{self.id or self.key}{where}"
