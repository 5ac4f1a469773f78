"""Days of a table that a load changed and no check has looked at since: one small file per table.

A load notes the days its commit touched; the check step reads them, looks at them and clears
exactly what it read. A day touched again meanwhile stays noted: each carries the version of the
table that touched it last. The caller holds the lake's write lock where it writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from assets.resources.atomic_file import write_atomically

FOLDER = "_touched"


def note_of(table: str) -> str:
    """Path of the note on `table`, relative to the lake's folder."""
    return f"{FOLDER}/{table}.json"


class TouchedDays:
    """The note on `table` of the lake under `root`."""

    def __init__(self, root: Path, table: str) -> None:
        self._path = root / note_of(table)

    def read(self) -> dict[date, int]:
        """Day → version of the table that touched it last; empty when nothing is noted."""
        if not self._path.is_file():
            return {}
        noted = json.loads(self._path.read_text("utf-8"))
        return {date.fromisoformat(day): version for day, version in noted.items()}

    def note(self, days: Iterable[date], version: int) -> None:
        """Add the days that the commit of `version` touched."""
        new = dict.fromkeys(days, version)
        if new:
            self._write(self.read() | new)

    def clear(self, looked_at: Mapping[date, int]) -> None:
        """Forget what was looked at, as it was read; a day touched since stays."""
        noted = self.read()
        kept = {day: version for day, version in noted.items() if looked_at.get(day) != version}
        if kept != noted:
            self._write(kept)

    def _write(self, noted: Mapping[date, int]) -> None:
        text = json.dumps({day.isoformat(): noted[day] for day in sorted(noted)})
        write_atomically(self._path, text.encode())
