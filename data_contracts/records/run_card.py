"""The run card of a day: the verdict on its lists, the reasons, and the figures behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data_contracts.records.manifest import (
    Freshness,
    NotRead,
    PlatformFacts,
    PublishedFile,
    StepFallback,
)


@dataclass(frozen=True, kw_only=True)
class CardReason:
    """A reason not to trust the lists fully, how soon to act on it, and what to do."""

    verdict: str
    code: str
    message: str
    message_zh: str
    urgency: str
    urgency_zh: str
    step: str
    step_zh: str


@dataclass(frozen=True, kw_only=True)
class CardList:
    """One list of the day as it is in the outbox; `problems`: files that differ from the manifest.

    `figures`: what the manifest says in addition to rows. `left_out_zh`: reason and users.
    """

    name: str
    zh: str
    published: bool
    problems: Sequence[str]
    rows: int | None
    files: Mapping[str, PublishedFile]
    folder: str
    figures: Mapping[str, Any]
    left_out_zh: Sequence[tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class QuarantineReason:
    """Rows in quarantine for one reason; `column_name` is empty for whole rows."""

    export: str
    reason_code: str
    column_name: str
    reason_zh: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class RepairCount:
    """Values repaired at ingest, by export, column and kind."""

    export: str
    column_name: str
    kind: str
    rows: int
    kind_zh: str


@dataclass(frozen=True, kw_only=True)
class DerivedColumn:
    """A column that files lack and that Linli derived from `parts`."""

    export: str
    column_name: str
    files: int
    rows: int
    zh: str
    column_zh: str
    parts: Sequence[str]
    parts_zh: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class MoneyBalance:
    """Money of an export's files in yuan: read = kept + given back + … + forgotten."""

    export: str
    read_yuan: float
    kept_yuan: float
    given_back_yuan: float
    quarantined_yuan: float
    duplicate_yuan: float
    superseded_yuan: float
    forgotten_yuan: float
    rows_without_amount: int


@dataclass(frozen=True, kw_only=True)
class DemandAccuracy:
    """Mean errors of one model in one scope over the origins of the demand backtest (ratios)."""

    scope: str
    model: str
    is_naive: bool
    wape: float | None
    wpe: float | None
    coverage: float | None
    origins: int
    origins_without_sale: int


@dataclass(frozen=True, kw_only=True)
class ChurnAccuracy:
    """One metric of one churn model, with the bounds of its 95 % interval."""

    metric: str
    model: str
    is_naive: bool
    value: float | None
    low: float | None
    high: float | None
    users: int | None


@dataclass(frozen=True, kw_only=True)
class DemandBacktest:
    """The newest demand backtest up to the day; `as_of` is None without one."""

    as_of: str | None
    rows: Sequence[DemandAccuracy]


@dataclass(frozen=True, kw_only=True)
class ChurnBacktest:
    """The newest churn backtest up to the day; `as_of` is None without one."""

    as_of: str | None
    rows: Sequence[ChurnAccuracy]


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """Complaint alarms, wishes and changed labels; groups below `users_from` users are left out."""

    users_from: int
    alarms: Sequence[Mapping[str, Any]]
    wishes: Sequence[Mapping[str, Any]]
    moves: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class LostSales:
    """Estimated sales lost to stock-outs: the day's `total`, and the `lines` that lost most."""

    total: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class StepUsage:
    """Seconds, peak memory and rows of one step."""

    step: str
    seconds: float | None
    peak_memory_mib: float | None
    rows: int | None


@dataclass(frozen=True, kw_only=True)
class CheckSeconds:
    """Seconds of all checks, of those on exports, of ingest, and the ratio of the last two."""

    all: float
    exports: float
    ingest: float
    share_of_ingest: float | None


@dataclass(frozen=True, kw_only=True)
class RunCard:
    """All fields of `run_card.json`, in the order of the file.

    `exports`, `model_versions`: by table name. `checks`: rows of `checks.json`; None when no check
    ran. `drift`: alarms of the demand model. `data_before`: first moment that the run did not see.
    """

    as_of: str
    verdict: str
    verdict_zh: str
    reasons: Sequence[CardReason]
    absent_exports: Sequence[str]
    platform: PlatformFacts
    cutoff: str
    data_before: str
    lists: Sequence[CardList]
    exports: Mapping[str, Freshness]
    not_read: NotRead
    quarantined: Sequence[QuarantineReason]
    repairs: Sequence[RepairCount]
    made: Sequence[DerivedColumn]
    money: Sequence[MoneyBalance]
    checks: Sequence[Mapping[str, Any]] | None
    demand_backtest: DemandBacktest
    churn_backtest: ChurnBacktest
    drift: Mapping[str, Any]
    heard: Feedback
    lost_sales: LostSales
    model_versions: Mapping[str, Sequence[str]]
    fallbacks: Sequence[StepFallback]
    steps: Sequence[StepUsage]
    check_seconds: CheckSeconds
    total_seconds: float
    peak_memory_mib: float | None
