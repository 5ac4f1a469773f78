"""The verdict on a day's lists, and the reasons it rests on.

Contains the three verdicts, a reason, and the rule that the worst reason decides. Not here: which
figures give a reason (`models/monitoring`, `models/demand/drift`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Whether the lists may be used. `degraded`: yes, with the reasons in mind."""

    USABLE = "usable"
    DEGRADED = "degraded"
    UNUSABLE = "unusable"

    @property
    def zh(self) -> str:
        return {"usable": "可用", "degraded": "有降级", "unusable": "不可用"}[self.value]


@dataclass(frozen=True)
class Reason:
    """A reason not to trust the lists fully, in English and Chinese.

    `verdict`: the best verdict that this reason still allows.
    """

    verdict: Verdict
    code: str
    message: str
    message_zh: str


def verdict_of(reasons: Iterable[Reason]) -> Verdict:
    """Return the worst verdict among the reasons; `usable` without any.

    >>> verdict_of([])
    <Verdict.USABLE: 'usable'>
    """
    order = list(Verdict)
    return max((reason.verdict for reason in reasons), key=order.index, default=Verdict.USABLE)
