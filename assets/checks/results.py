"""The result of one check, as the other modules of this package pass it on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Status(StrEnum):
    """Outcome of a check. Only `PASSED` and `FAILED` come from an evaluated rule."""

    PASSED = "passed"
    FAILED = "failed"
    NO_ROWS = "no_rows"  # no rows to check
    NO_HISTORY = "no_history"  # too few earlier days to compare with
    TOO_FEW_ROWS = "too_few_rows"  # too few rows for meaningful shares
    NOT_CHECKED = "not_checked"  # not possible: the stored columns are wrong

    @property
    def zh(self) -> str:
        return {
            "passed": "通过",
            "failed": "未通过",
            "no_rows": "没有数据",
            "no_history": "历史不足，无法比较",
            "too_few_rows": "行数太少，不比较",
            "not_checked": "未能检查",
        }[self.value]


class NamedRule(Protocol):
    """A rule of any kind."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class FailingRows:
    """Number of failing rows, with file name and row number of the first few.

    Never a value: rows hold personal data. `shown` is empty for computed tables, whose rows come
    from no file.
    """

    total: int
    shown: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class LabelShare:
    """Share of one code, or one range of a number: on earlier days and on the checked day."""

    label: str
    expected: float
    seen: float


@dataclass(frozen=True)
class CheckResult:
    """Result of one check.

    `rows`: rows checked, `share` (0 to 1) of all rows in scope. `unexpected`: failing rows among
    them, `unexpected_percent` their percentage. `seen`, `expected`: a figure and its bounds, for
    rules on the day as a whole. `parts`: failing rules of a check that covers several; `days`: the
    number of days it checked. `blocks`: a failure stops the steps that read the table.
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
    parts: tuple[CheckResult, ...] = ()
    blocks: bool = False

    @property
    def outcome(self) -> Status:
        """The status if one was set, else passed or failed."""
        return self.status or (Status.PASSED if self.passed else Status.FAILED)


def check_name(rule: NamedRule) -> str:
    """Return the Dagster-safe name of a rule's check.

    `order_id+line_id.unique` becomes `order_id_and_line_id__unique`.
    """
    return rule.name.replace(".", "__").replace("+", "_and_")


def unevaluated(rule: NamedRule, status: Status, **more: Any) -> CheckResult:
    """Return the result of a check that could not be evaluated: it blocks nothing."""
    return CheckResult(
        check_name(rule), status is not Status.NOT_CHECKED, 0, 0, 0.0, status=status, **more
    )
