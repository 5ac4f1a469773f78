"""What a check found: the record every other module of this package hands on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Status(StrEnum):
    """What became of a check. Only `PASSED` and `FAILED` are judgements."""

    PASSED = "passed"
    FAILED = "failed"
    NO_ROWS = "no_rows"  # nothing to look at
    NO_HISTORY = "no_history"  # too few days before to compare with
    TOO_FEW_ROWS = "too_few_rows"  # too few rows for shares to mean something
    NOT_LOOKED_AT = "not_looked_at"  # could not be: the stored columns are wrong

    @property
    def zh(self) -> str:
        return {
            "passed": "通过",
            "failed": "未通过",
            "no_rows": "没有数据",
            "no_history": "历史不足，无从比较",
            "too_few_rows": "行数太少，不比较",
            "not_looked_at": "未能检查",
        }[self.value]


class Named(Protocol):
    """A rule of any kind."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class FailingRows:
    """Where failing rows stand: their total, and file name and row number of the first.

    Never a value: rows hold personal data. `shown` is empty for computed tables, whose rows come
    from no file.
    """

    total: int
    shown: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class LabelShare:
    """Share of one code, or one range of a number, in the days before and on the day."""

    label: str
    expected: float
    seen: float


@dataclass(frozen=True)
class Judged:
    """What one check found.

    `rows`: rows looked at, `share` of those there are. `unexpected`: failing rows among them.
    `seen`, `expected`: a figure and its bounds, for rules on the day as a whole. `parts`: failing
    rules within a check that holds several; `days`: how many days it looked at.
    """

    check: str
    passed: bool
    rows: int
    unexpected: int
    unexpected_percent: float
    share: float = 1.0
    status: Status | None = None
    seen: str | None = None
    expected: str | None = None
    failing: FailingRows | None = None
    shares: tuple[LabelShare, ...] = ()
    days: int | None = None
    parts: tuple[Judged, ...] = ()
    blocks: bool = False

    @property
    def outcome(self) -> Status:
        """The status where one was set, else what `passed` says."""
        return self.status or (Status.PASSED if self.passed else Status.FAILED)


def check_name(rule: Named) -> str:
    """Dagster-safe name of a rule's check: `order_id+line_id.unique` → `order_id_and_…__unique`."""
    return rule.name.replace(".", "__").replace("+", "_and_")


def undecided(rule: Named, status: Status, **more: Any) -> Judged:
    """A check that could not judge: it blocks nothing, and it says why."""
    return Judged(
        check_name(rule), status is not Status.NOT_LOOKED_AT, 0, 0, 0.0, status=status, **more
    )
