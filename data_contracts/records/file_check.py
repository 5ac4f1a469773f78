"""The result of checking one file before it is loaded, as `linli check --json` prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class CheckedFormat:
    """How the file is opened; `evidence`: why it is read like this."""

    container: str
    gzipped: bool
    encoding: str | None
    delimiter: str | None
    sheets: Sequence[str]
    sheets_not_read: Sequence[str]
    header_row: int
    evidence: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class MappedHeaders:
    """The headers that fill a column; `is_made`: the value is derived from them."""

    headers: Sequence[str]
    column: str
    transform: str
    is_made: bool


@dataclass(frozen=True, kw_only=True)
class TranslatedWord:
    """A word of the export and the code that is stored for it."""

    headers: Sequence[str]
    column: str
    value: str | None
    code: str


@dataclass(frozen=True, kw_only=True)
class UnreadHeader:
    """A header that fills no column; `has_values`: among the first rows."""

    header: str
    has_values: bool


@dataclass(frozen=True, kw_only=True)
class CheckedRows:
    """Rows of the file by what a load would do; `set_aside`: quarantined."""

    read: int
    good: int
    repaired: int
    set_aside: int
    repeated_keys: int


@dataclass(frozen=True, kw_only=True)
class CheckedMoney:
    """Amounts of the file; `set_aside`: of quarantined rows."""

    read: float
    set_aside: float


@dataclass(frozen=True, kw_only=True)
class CheckedRepair:
    """Values of a column that a load would repair in one way."""

    column: str
    kind: str
    zh: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class CheckedReason:
    """Rows that a load would quarantine for one reason; `first_rows`: their row numbers."""

    code: str
    reason: str
    reason_zh: str
    rows: int
    first_rows: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class FileCheck:
    """Everything known about a file that fits an export, in the order of the JSON.

    `reason`: why a load would take nothing from it, else None. `as_likely`: presets that fit just
    as well. `refusals_in_words`: header → rows. `first_rows`: as they would be stored.
    """

    file: str
    verdict: str
    reason: str | None
    format: CheckedFormat
    export: str
    preset: str
    as_likely: Sequence[str]
    mapping: Sequence[MappedHeaders]
    words: Sequence[TranslatedWord]
    absent_columns: Sequence[str]
    not_read: Sequence[UnreadHeader]
    consent_not_understood: Sequence[str]
    refusals_in_words: Mapping[str, int]
    notes: Sequence[str]
    notes_zh: Sequence[str]
    rows: CheckedRows
    money_yuan: CheckedMoney
    repairs: Sequence[CheckedRepair]
    reasons: Sequence[CheckedReason]
    first_rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class UnreadableFile:
    """A file that fits no export, or could not be checked, and why."""

    file: str
    verdict: str
    reason: str
