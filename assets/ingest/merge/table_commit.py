"""The change of a table by one commit: files added and removed, rows each content loses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assets.ingest.merge.key_index import KeyRun
from assets.resources.lakehouse.delta_commit import StoredFile


@dataclass(frozen=True)
class ReplacedRows:
    """Rows of one content that are no longer stored, and their amounts in yuan."""

    rows: int
    amount: Decimal
    given_back: Decimal


@dataclass(frozen=True)
class TableCommit:
    """Files that one commit adds and removes, and the rows each content loses by it.

    `duplicates`: content → rows replaced by another row of the same key. `superseded`: content →
    rows retracted by a corrected or later export.
    """

    added: tuple[StoredFile, ...]
    removed: tuple[StoredFile, ...]
    duplicates: dict[str, ReplacedRows]
    superseded: dict[str, ReplacedRows]
    keys: KeyRun | None

    @property
    def days(self) -> list[date]:
        """Days of the files added and removed, sorted."""
        touched = {f.partition for f in (*self.added, *self.removed) if f.partition is not None}
        return sorted(touched)
