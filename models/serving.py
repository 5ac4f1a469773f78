"""Which stored model serves which day: a log beside the models, written to its end only.

Belongs here: the log, and who serves a day by it. Does not: the models (`artifacts.py`), when a new
one may serve (`assets/train`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from models.artifacts import Artifact, add_to_log, log_lines, usable

LOG = "serving.jsonl"


class ServingError(ValueError):
    """There is no model to serve instead."""


@dataclass(frozen=True)
class Served:
    """From business day `since` on, the model trained up to `trained_as_of` serves; `reason` says
    why in a few words."""

    since: date
    trained_as_of: date
    version: str
    reason: str


def served(root: Path, kind: str) -> list[Served]:
    """The log, in the order written; empty while nothing ever served."""
    return [_read(json.loads(line)) for line in log_lines(root, kind, LOG) if line]


def serving(root: Path, kind: str, as_of: date) -> Served | None:
    """Who serves `as_of`: the entry that begins last on or before it, of several the last written.
    One that begins later is not looked at, so that a day run again gets the model it had."""
    return max(
        (entry for entry in reversed(served(root, kind)) if entry.since <= as_of),
        key=lambda entry: entry.since,  # of equals the first, which was written last
        default=None,
    )


def serve(root: Path, kind: str, entry: Served) -> None:
    """Put `entry` to the end of the log."""
    plain = {name: str(value) for name, value in asdict(entry).items()}
    add_to_log(root, kind, LOG, json.dumps(plain, ensure_ascii=False))


def roll_back(root: Path, kind: str) -> Served:
    """Let the model serve again that served before the one that serves now; returns its entry.

    Raises ServingError where no other ever served.
    """
    log = served(root, kind)
    now = serving(root, kind, date.max)
    earlier = [entry for entry in reversed(log) if now and entry.version != now.version]
    if now is None or not earlier:
        raise ServingError(f"{kind}: no other model served before; nothing to roll back to")
    last = max(earlier, key=lambda entry: entry.since)
    entry = Served(now.since, last.trained_as_of, last.version, f"rolled back from {now.version}")
    serve(root, kind, entry)
    return entry


def champion(
    root: Path,
    kind: str,
    as_of: date,
    expected: Mapping[str, Any],
    log: Callable[[str], None],
) -> tuple[Served, Artifact] | None:
    """Who serves `as_of`, where it is sound and its details hold `expected` (features,
    parameters)."""
    entry = serving(root, kind, as_of)
    if entry is None:
        return None
    artifact = usable(root, kind, entry.trained_as_of, expected, log)
    return (entry, artifact) if artifact is not None else None


def _read(plain: Mapping[str, str]) -> Served:
    return Served(
        since=date.fromisoformat(plain["since"]),
        trained_as_of=date.fromisoformat(plain["trained_as_of"]),
        version=plain["version"],
        reason=plain["reason"],
    )
