"""Track the days of a table that a load changed and no check has seen since: one file per table.

A load adds the days its commit changed; the check step reads them, checks them and clears exactly
what it read. A day that changes again meanwhile stays in the file: each day carries the table
version that changed it last. The caller must hold the lake's write lock when it writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from assets.resources.files.atomic_file import write_atomically

FOLDER = "_touched"


def changed_days_file(table: str) -> str:
    """Return the path of the file for `table`, relative to the lake's folder."""
    return f"{FOLDER}/{table}.json"


class ChangedDays:
    """Days of `table` that wait for a check, in the lake under `root`."""

    def __init__(self, root: Path, table: str) -> None:
        self._path = root / changed_days_file(table)

    def read(self) -> dict[date, int]:
        """Return day → table version that changed it last; empty when no day waits."""
        if not self._path.is_file():
            return {}
        stored = json.loads(self._path.read_text("utf-8"))
        return {date.fromisoformat(day): version for day, version in stored.items()}

    def add(self, days: Iterable[date], version: int) -> None:
        """Add the days that the commit of `version` changed."""
        new = dict.fromkeys(days, version)
        if new:
            self._write(self.read() | new)

    def clear(self, checked: Mapping[date, int]) -> None:
        """Remove the days that were checked at the version read; a day changed since stays."""
        stored = self.read()
        kept = {day: version for day, version in stored.items() if checked.get(day) != version}
        if kept != stored:
            self._write(kept)

    def _write(self, versions: Mapping[date, int]) -> None:
        text = json.dumps({day.isoformat(): versions[day] for day in sorted(versions)})
        write_atomically(self._path, text.encode())
