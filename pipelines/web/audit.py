"""Log the use of people's data in `audit/`, one line each: when, what, how many; never who."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from assets.resources.files.private_files import FILE_MODE, private_folder

FOLDER = "audit"
DELIVERIES, REMOVALS = "deliveries", "removals"


def append_entry(home: Path, book: str, **facts: Any) -> None:
    """Append one line with the time to `audit/<book>.jsonl`; flushed to disk before it returns."""
    path = home / FOLDER / f"{book}.jsonl"
    private_folder(path.parent)
    line = {"at": datetime.now().astimezone().isoformat(timespec="seconds")} | facts
    text = json.dumps(line, ensure_ascii=False, default=str) + "\n"
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, FILE_MODE)
    with os.fdopen(opened, "ab") as stream:
        os.fchmod(opened, FILE_MODE)
        size = os.fstat(opened).st_size
        # a line that a kill or a full disk cut off must not swallow this one
        is_torn = size > 0 and os.pread(opened, 1, size - 1) != b"\n"
        stream.write(("\n" if is_torn else "").encode() + text.encode())
        stream.flush()
        os.fsync(opened)


def entries(home: Path, book: str) -> list[dict[str, Any]]:
    """Read the entries of a book, oldest first; incomplete lines are skipped."""
    path = home / FOLDER / f"{book}.jsonl"
    if not path.is_file():
        return []
    records = []
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:
            continue
    return records
