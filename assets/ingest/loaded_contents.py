"""Find out which contents of the exports folder are loaded, and which ones came back.

A file is identified by its content, so a copy, a renamed file or an old file kept next to the new
one is not read again. But a content may come back: a correction is reverted, or Wednesday's export
equals Monday's with a different one on Tuesday. It is then valid again and is loaded once more,
under a new id.
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
    """One load of a content. `replaced_rows`: its rows that another row replaced or retracted."""

    file_name: str
    is_corrected: bool
    replaced_rows: int


class LoadedContents:
    """Contents of a ledger, by the id they were loaded under."""

    def __init__(self, loads: Iterable[tuple[str, str, bool, int]] = ()) -> None:
        """Create from `loads`: id, file name, whether a corrected file of that name came, rows
        replaced."""
        self._loads: dict[str, list[_Load]] = defaultdict(list)
        for content_id, file_name, is_corrected, lost in loads:
            self._loads[content_id].append(_Load(file_name, is_corrected, lost))

    def __contains__(self, content_id: object) -> bool:
        return content_id in self._loads

    def is_loaded(self, file_name: str, sha256: str) -> bool:
        """Return whether the content needs no load under this file name.

        A content is loaded again where it came back under the name of its correction, or under a
        later name of the same series (stock_03 after stock_02) when some of its rows are no longer
        stored. An old content under any other name is a copy.
        """
        loads = [load for one in loaded_ids(sha256, self) for load in self._loads[one]]
        current = [load for load in loads if not load.is_corrected]
        if any(load.file_name == file_name for load in current):
            return True
        if any(load.file_name == file_name for load in loads):
            return False
        alike = [
            load for load in current if _series_name(load.file_name) == _series_name(file_name)
        ]
        is_last = bool(alike) and all(
            is_later_of_series(file_name, load.file_name) for load in alike
        )
        came_back = is_last and any(load.replaced_rows for load in alike)
        return bool(loads) and not came_back

    def new_id(self, sha256: str) -> str:
        """Return the id under which the content is loaded now."""
        return next(one for one in _ids(sha256) if one not in self)


def loaded_contents(lake: Lakehouse) -> LoadedContents:
    """Return the contents in the ledger of a lake."""
    if not lake.root.exists():
        return LoadedContents()
    with lake.session(INGEST_LEDGER) as session:
        return loaded_contents_in(session)


def loaded_contents_in(session: Session) -> LoadedContents:
    """Return the contents in the ledger of a session."""
    return LoadedContents(
        session.rows(
            "select file_sha256, file_name, superseded_by is not null, "
            "rows_duplicate + rows_superseded from ingest_ledger"
        )
    )


def loaded_ids(sha256: str, among: Container[str]) -> list[str]:
    """Return the ids among `among` that a content was loaded under, the last one at the end."""
    ids: list[str] = []
    for one in _ids(sha256):
        if one not in among:
            return ids
        ids.append(one)
    return ids


def _ids(sha256: str) -> Iterator[str]:
    """Yield the ids of a content, one for each load: its digest, then digests derived from it."""
    yield sha256
    time = 2
    while True:
        yield hashlib.sha256(f"{sha256} {time}".encode()).hexdigest()
        time += 1


def is_later_of_series(file_name: str, before: str) -> bool:
    """Return whether a file belongs to the same series as the one `before` and comes after it by
    name."""
    return _series_name(before) == _series_name(file_name) and file_order(before) < file_order(
        file_name
    )


def _series_name(file_name: str) -> str:
    """Return a file name without its numbers: the daily exports of a series share it."""
    return re.sub(r"\d+", "#", file_name)
