"""Keep the row count of a table per checked business day: one file per table, counts only.

The file is in the lake that was checked, so two platforms of one home are never compared. A day
that is checked again replaces its own count. The caller must hold the lake's write lock when it
writes.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from assets.resources.files.atomic_file import write_atomically

FOLDER = "_sizes"


class TableSizes:
    """Row counts of `table` in the lake under `root`."""

    def __init__(self, root: Path, table: str) -> None:
        self._path = root / FOLDER / f"{table}.json"

    def read(self) -> dict[date, int]:
        """Return business day → rows at its last check; empty when no day was checked."""
        if not self._path.is_file():
            return {}
        stored = json.loads(self._path.read_text("utf-8"))
        return {date.fromisoformat(day): rows for day, rows in stored.items()}

    def record(self, day: date, rows: int) -> None:
        """Store `rows` for `day`. Zero rows are not stored: a table may be absent for a while."""
        sizes = self.read()
        if rows <= 0 or sizes.get(day) == rows:
            return
        sizes[day] = rows
        text = json.dumps({day.isoformat(): sizes[day] for day in sorted(sizes)})
        write_atomically(self._path, text.encode())

    def before(self, day: date, rows: int, days: int) -> tuple[date, int] | None:
        """Return day and rows of the table before the load that changed its size to `rows`.

        Among the last `days` checked days before `day`: the newest with a different count, else the
        newest. None when no earlier day was checked.
        """
        sizes = self.read()
        newest = sorted((item for item in sizes.items() if item[0] < day), reverse=True)[:days]
        return next((item for item in newest if item[1] != rows), newest[0] if newest else None)
