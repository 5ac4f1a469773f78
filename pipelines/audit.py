"""What was done with people's data, line by line in `audit/`: when, what, how many; never who."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDER = "audit"
DELIVERIES, REMOVALS = "deliveries", "removals"


def note(home: Path, book: str, **facts: Any) -> None:
    """Append one line to `audit/<book>.jsonl`, with the moment."""
    path = home / FOLDER / f"{book}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = {"at": datetime.now().astimezone().isoformat(timespec="seconds")} | facts
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


def noted(home: Path, book: str) -> list[dict[str, Any]]:
    """Lines of a book, oldest first."""
    path = home / FOLDER / f"{book}.jsonl"
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
