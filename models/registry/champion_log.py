"""Record which stored model serves which day, in an append-only log next to the models.

Contains the log, and the choice of a day's model from it. Not here: the models (`artifacts.py`),
when a new model may serve (`assets/predict`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data_contracts.errors import BilingualError
from models.registry.artifacts import Artifact, add_to_log, log_lines, usable_artifact

LOG = "serving.jsonl"


class NoEarlierModelError(BilingualError, ValueError):
    """No earlier model to roll back to."""


@dataclass(frozen=True)
class ChampionEntry:
    """One line of the log: the model that serves from business day `since` on.

    `trained_as_of`: last training day of the model. `reason`: why it serves, in a few words.
    `is_last_good`: it serves only because no newer model is usable.
    """

    since: date
    trained_as_of: date
    version: str
    reason: str
    is_last_good: bool = False


def champion_entries(root: Path, kind: str) -> list[ChampionEntry]:
    """Read the log in the order written, without unreadable lines; empty without a log."""
    return [entry for entry in map(_read, log_lines(root, kind, LOG)) if entry is not None]


def champion_entry(root: Path, kind: str, as_of: date) -> ChampionEntry | None:
    """Return the entry that serves `as_of`: the latest `since` on or before it, the last written of
    ties.

    Later entries are ignored, so a day that is run again gets the model it had.
    """
    return max(
        (entry for entry in reversed(champion_entries(root, kind)) if entry.since <= as_of),
        key=lambda entry: entry.since,  # of ties the first, which was written last
        default=None,
    )


def log_champion(root: Path, kind: str, entry: ChampionEntry) -> None:
    """Append `entry` to the log; running a day again adds no second line."""
    of_day = [earlier for earlier in champion_entries(root, kind) if earlier.since == entry.since]
    if of_day[-1:] == [entry]:
        return
    plain = {name: str(value) for name, value in asdict(entry).items()}
    add_to_log(root, kind, LOG, json.dumps(plain, ensure_ascii=False))


def roll_back(root: Path, kind: str) -> ChampionEntry:
    """Put the previously serving model back into service; return its new entry.

    Raises NoEarlierModelError if no other model ever served.
    """
    log = champion_entries(root, kind)
    now = champion_entry(root, kind, date.max)
    earlier = [entry for entry in reversed(log) if now and entry.version != now.version]
    if now is None or not earlier:
        raise NoEarlierModelError(
            f"{kind}: no other model served before; nothing to roll back to",
            f"{kind}：此前没有其他模型使用过，无法回退",
        )
    last = max(earlier, key=lambda entry: entry.since)
    entry = ChampionEntry(
        now.since, last.trained_as_of, last.version, f"rolled back from {now.version}"
    )
    log_champion(root, kind, entry)
    return entry


def champion_model(
    root: Path,
    kind: str,
    as_of: date,
    expected: Mapping[str, Any],
    log: Callable[[str], None],
) -> tuple[ChampionEntry, Artifact] | None:
    """Return the entry and model that serve `as_of`, if the model loads and its details match.

    `expected`: features and parameters that its details must contain.
    """
    unread = sum(_read(line) is None for line in log_lines(root, kind, LOG) if line)
    if unread:
        log(f"{kind}: {unread} lines of {LOG} cannot be read and are skipped")
    entry = champion_entry(root, kind, as_of)
    if entry is None:
        return None
    artifact = usable_artifact(root, kind, entry.trained_as_of, expected, log)
    return (entry, artifact) if artifact is not None else None


def last_good_model(
    root: Path,
    kind: str,
    as_of: date,
    can_be_fed: Callable[[Artifact], bool],
    log: Callable[[str], None],
) -> Artifact | None:
    """Return the most recent model up to `as_of` that loads and has all its inputs.

    Searches the log from its newest entry back; logs each damaged model.
    """
    entries = [entry for entry in reversed(champion_entries(root, kind)) if entry.since <= as_of]
    newest_first = sorted(entries, key=lambda entry: entry.since, reverse=True)  # stable
    for trained in dict.fromkeys(entry.trained_as_of for entry in newest_first):
        artifact = usable_artifact(root, kind, trained, {}, log) if trained <= as_of else None
        if artifact is not None and artifact.boosters and can_be_fed(artifact):
            return artifact
    return None


def _read(line: str) -> ChampionEntry | None:
    """Parse a line of the log; None for an invalid line."""
    try:
        plain = json.loads(line)
        return ChampionEntry(
            since=date.fromisoformat(plain["since"]),
            trained_as_of=date.fromisoformat(plain["trained_as_of"]),
            version=plain["version"],
            reason=plain["reason"],
            is_last_good=plain.get("is_last_good") == str(True),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
