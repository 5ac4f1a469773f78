"""Know which contents of the exports folder are loaded, and which came back after another one.

A file is known by its content, so that a copy, a renamed file or an old one kept beside the new is
not read again. Yet a content may come back: a file that was corrected by mistake is restored, or
the export of Wednesday is the same as that of Monday, with another of Tuesday between. It stands
for what holds from then on, so it is loaded once more, under an id of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.readers.file_order import file_order
from data_contracts.tables.bookkeeping import INGEST_LEDGER


@dataclass(frozen=True)
class _Load:
    """One load of a content. `lost`: rows of it another row stands for, or took back."""

    file_name: str
    is_corrected: bool
    lost: int


class LoadedContents:
    """Contents a ledger stands for, by the id they were loaded under."""

    def __init__(self, loads: Iterable[tuple[str, str, bool, int]] = ()) -> None:
        """`loads`: id, file name, whether a corrected file of the name came, rows lost."""
        self._loads: dict[str, list[_Load]] = defaultdict(list)
        for content_id, file_name, is_corrected, lost in loads:
            self._loads[content_id].append(_Load(file_name, is_corrected, lost))

    def __contains__(self, content_id: object) -> bool:
        return content_id in self._loads

    def is_loaded(self, file_name: str, sha256: str) -> bool:
        """Whether the file of that name has nothing to say that is not loaded.

        A content is loaded again where it came back under the name of its correction, or under a
        later name of the same make (stock_03 after stock_02) when rows of it stand no more. An old
        content under any other name is a copy.
        """
        loads = [load for one in generations(sha256, self) for load in self._loads[one]]
        current = [load for load in loads if not load.is_corrected]
        if any(load.file_name == file_name for load in current):
            return True
        if any(load.file_name == file_name for load in loads):
            return False
        alike = [load for load in current if _make(load.file_name) == _make(file_name)]
        is_last = bool(alike) and all(is_sequel(file_name, load.file_name) for load in alike)
        came_back = is_last and any(load.lost for load in alike)
        return bool(loads) and not came_back

    def new_id(self, sha256: str) -> str:
        """The id under which the content is loaded now."""
        return next(one for one in _ids(sha256) if one not in self)


def loaded_contents(lake: Lakehouse) -> LoadedContents:
    """The contents that the ledger of a lake stands for."""
    if not lake.root.exists():
        return LoadedContents()
    with lake.session(INGEST_LEDGER) as session:
        return loaded_in(session)


def loaded_in(session: Session) -> LoadedContents:
    """The same of a session that has the ledger."""
    return LoadedContents(
        session.rows(
            "select file_sha256, file_name, superseded_by is not null, "
            "rows_duplicate + rows_superseded from ingest_ledger"
        )
    )


def generations(sha256: str, known: Container[str]) -> list[str]:
    """The ids, of those `known`, that a content was loaded under, the last one at the end."""
    found: list[str] = []
    for one in _ids(sha256):
        if one not in known:
            return found
        found.append(one)
    return found


def _ids(sha256: str) -> Iterator[str]:
    """The ids of a content, one for each time it comes: its digest, then digests of that."""
    yield sha256
    time = 2
    while True:
        yield hashlib.sha256(f"{sha256} {time}".encode()).hexdigest()
        time += 1


def is_sequel(file_name: str, before: str) -> bool:
    """Whether a file is of the same make as the one `before` and comes after it by its name."""
    return _make(before) == _make(file_name) and file_order(before) < file_order(file_name)


def _make(file_name: str) -> str:
    """A file name without its numbers: the exports of all days are called alike."""
    return re.sub(r"\d+", "#", file_name)
