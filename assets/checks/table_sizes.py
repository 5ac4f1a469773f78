"""Rows a table had on the business days it was checked: one small file per table, counts only.

What a check finds is written down beside the lake it was found in, so that two platforms of one
home are never compared. A day that is checked again replaces its own count. The caller holds the
lake's write lock where it writes.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from assets.resources.atomic_file import write_atomically

FOLDER = "_sizes"


class TableSizes:
    """The note on `table` of the lake under `root`."""

    def __init__(self, root: Path, table: str) -> None:
        self._path = root / FOLDER / f"{table}.json"

    def read(self) -> dict[date, int]:
        """Business day → rows when it was checked last; empty when nothing is noted."""
        if not self._path.is_file():
            return {}
        noted = json.loads(self._path.read_text("utf-8"))
        return {date.fromisoformat(day): rows for day, rows in noted.items()}

    def note(self, day: date, rows: int) -> None:
        """Write down `rows` for `day`. No rows are no size: a table may be absent for a while."""
        noted = self.read()
        if rows <= 0 or noted.get(day) == rows:
            return
        noted[day] = rows
        text = json.dumps({day.isoformat(): noted[day] for day in sorted(noted)})
        write_atomically(self._path, text.encode())

    def before(self, day: date, rows: int, days: int) -> tuple[date, int] | None:
        """Day and rows of the table before the load that made it `rows` large.

        Of the last `days` days noted before `day`, the newest with another count; the newest of all
        where none has another; None where no day is noted.
        """
        noted = self.read()
        newest = sorted((item for item in noted.items() if item[0] < day), reverse=True)[:days]
        return next((item for item in newest if item[1] != rows), newest[0] if newest else None)
