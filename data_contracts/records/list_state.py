"""The state of a published list: its last good day, and whether a newer run failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ListFailure:
    """A failed run. `as_of`: its day, ISO. `reason_code`: for programs; the texts: for people."""

    as_of: str
    reason_code: str
    failed_at: str
    failed_at_zh: str
    reason: str
    reason_zh: str


@dataclass(frozen=True, kw_only=True)
class ListState:
    """All fields of a list's `latest.json`, in the order of the file.

    `status`: `stale` when the run of `failed_as_of`, the last good day or a later one, failed.
    `last_good`: newest day with a list, ISO, or None. The fields of a failure are None without one.
    """

    status: Literal["published", "stale", "nothing_published"]
    last_good: str | None
    failed_as_of: str | None
    reason_code: str | None
    failed_at: str | None
    failed_at_zh: str | None
    reason: str | None
    reason_zh: str | None
