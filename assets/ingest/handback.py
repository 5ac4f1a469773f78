"""The file to hand back to whoever exported a file: its bad rows as they stood, and why.

Written to `quarantine/` of the home, readable by its owner only, because it holds the rows in full.
Mended and put into the exports folder again, it is read like any other export.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from assets.ingest.staging import Staged
from assets.resources.home import LinliHome
from assets.resources.inbox.opening import open_rows
from assets.resources.spreadsheet import csv_text

# First columns of the file; no mapping reads them.
SAID = ("问题", "problem", "原文件", "原行号")
FOLDER = "quarantine"


def handback_path(home: LinliHome, name: str) -> Path:
    """Where the bad rows of the file called `name` are handed back."""
    return home.root / FOLDER / f"{name.replace('/', '_')}_退回.csv"


def write_handback(home: LinliHome, item: Staged) -> Path:
    """Write the bad rows of `item`, in place of an earlier file; removes that when none is bad."""
    path = handback_path(home, item.source.file.name)
    reasons = {
        row["row_number"]: (row["reason_zh"], row["reason"])
        for row in item.quarantine.select(["row_number", "reason_zh", "reason"]).to_pylist()
    }
    if not reasons:
        path.unlink(missing_ok=True)
        return path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source = item.source
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    building = path.with_suffix(".tmp")
    opened = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow([*SAID, *rows.header])
        for number, cells in rows.raw(reasons):
            zh, english = reasons[number]
            raw = [csv_text(cell, is_id=True) for cell in cells]
            writer.writerow([zh, english, source.file.name, number, *raw])
    building.replace(path)
    return path
