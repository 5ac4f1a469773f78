"""Which reasons of a run card lead, and what they ask a person to do."""

from __future__ import annotations

import pytest

from models.monitoring.next_steps import ABSENT, absent_zh, groups, ordered
from models.verdict import Reason, Verdict


def reason(code: str, verdict: Verdict = Verdict.DEGRADED, message: str = "") -> Reason:
    return Reason(verdict, code, message or code, message or code)


def test_the_one_that_matters_leads_and_absent_exports_are_one_line() -> None:
    """A file of orders without a user column, and nothing else."""
    absent = [reason(ABSENT, message=f"no {n} file") for n in range(12)]
    others = ["no_weather", "churn_no_model", "default_service_level", "consent_unknown"]
    nobody = [
        reason("no_user"),
        reason("no_users"),
        reason("no_users", message="nobody to contact"),
    ]
    found = ordered([*absent, *(reason(code) for code in others), *nobody])
    assert len(found) == 19, "machines get every reason"
    found.sort(key=lambda one: one["code"] != "no_user")
    assert found[0]["urgency"] == "act"
    assert "用户编号" in found[0]["step_zh"] and "user id" in found[0]["step"]
    told = {group["urgency"]: [one["code"] for one in group["reasons"]] for group in groups(found)}
    assert told == {
        "act": ["no_user"],
        "know": ["default_service_level"],
        "background": ["consent_unknown", "churn_no_model", "no_weather"],
    }
    exports = {
        "orders": {"zh": "订单", "status": "loaded"},
        "stock": {"zh": "库存", "status": "no_evidence"},
    }
    assert absent_zh(exports) == ["库存"]


@pytest.mark.parametrize(
    ("code", "verdict", "urgency"),
    [
        ("refused 订单.xlsx", Verdict.DEGRADED, "act"),
        ("quantile_off", Verdict.DEGRADED, "know"),
        ("quantile_off", Verdict.UNUSABLE, "act"),
        ("a_code_of_tomorrow", Verdict.DEGRADED, "know"),
    ],
    ids=["a file", "worth knowing", "unusable", "unknown"],
)
def test_how_soon(code: str, verdict: Verdict, urgency: str) -> None:
    assert ordered([reason(code, verdict)])[0]["urgency"] == urgency


def test_what_forbids_the_lists_goes_first_and_what_is_said_twice_once() -> None:
    found = ordered(
        [reason("no_users"), reason("no_users"), reason("list_missing", Verdict.UNUSABLE)]
    )
    assert [one["code"] for one in found] == ["list_missing", "no_users"]
    assert groups([]) == []
