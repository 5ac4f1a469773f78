"""The manifest of a published list: where its lines come from, and the proof of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from data_contracts.records.json_form import LEFT_OUT_WHEN_NONE


@dataclass(frozen=True, kw_only=True)
class AbsentExport:
    """An export without any loaded file. `rows_in_table`: on the run card only."""

    zh: str
    status: Literal["no_evidence"] = "no_evidence"
    rows_in_table: int | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)


@dataclass(frozen=True, kw_only=True)
class LoadedExport:
    """Rows and reach of an export that was loaded.

    `rows`: rows loaded. `last_day`: last business day, ISO. `days_behind`: days of `as_of` that a
    daily export lacks; None for reference files. `rows_in_table`: on the run card only.
    """

    zh: str
    status: Literal["loaded"] = "loaded"
    files: int
    rows_read: int
    rows: int
    rows_quarantined: int
    rows_duplicate: int
    rows_superseded: int
    rows_forgotten: int
    last_day: str | None
    days_behind: int | None
    latest_event_at: str | None
    rows_in_table: int | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)


Freshness: TypeAlias = LoadedExport | AbsentExport


@dataclass(frozen=True, kw_only=True)
class PlatformFacts:
    """The platform whose data the list is from."""

    id: str
    name: str
    currency: str
    notes: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class NotRead:
    """Contents of the exports folder that were not read: `parts` of files, and whole `files`."""

    parts: Sequence[Mapping[str, Any]]
    files: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class StepFallback:
    """A substitute that a step used because an input was missing."""

    step_zh: str
    step: str
    code: str
    message: str
    message_zh: str


@dataclass(frozen=True, kw_only=True)
class PublishedFile:
    """Proof of one file: sha256 in hex, size in bytes, rows."""

    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All fields of a list's `manifest.json`, in the order of the file.

    `list_version`: names the lines of the list, as its workbook does; edits of another are refused.
    `data_before`: first moment that the run did not see. `files`: file name → proof. Figures of one
    list only (`lines_to_order` to `rows_by_action`) are left out of the others; the nowcast has no
    freshness and no model versions.
    """

    as_of: str
    list: str
    title_zh: str
    rows: int
    lines_to_order: int | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)
    warehouses: int | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)
    list_version: str | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)
    held_out_users: int | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)
    left_out_users: Mapping[str, int] | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)
    rows_by_action: Mapping[str, int] | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)
    platform: PlatformFacts
    cutoff: str
    data_before: str | None
    freshness: Mapping[str, Freshness] | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)
    not_read: NotRead | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)
    model_versions: Mapping[str, Sequence[str]] | None = field(
        default=None, metadata=LEFT_OUT_WHEN_NONE
    )
    fallbacks: Sequence[StepFallback]
    files: Mapping[str, PublishedFile] | None = field(default=None, metadata=LEFT_OUT_WHEN_NONE)
