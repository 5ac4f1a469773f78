"""The rules of the wake-up list as tables a CRM person can read and correct.

A column left out has the value of `USUAL`: a regular who ordered yesterday, may be contacted, and
has nothing to complain about. `-` means: not known.
"""

from __future__ import annotations

import doctest
from datetime import date
from typing import Any

import pandas as pd
import pytest

from models.params.wake_up import WAKE_UP, WakeUpParams
from models.wake_up import offered_product, rules, wording
from tests.spec.wake_up_users import AS_OF, assortment, cases, listed, number, users


def test_doctests() -> None:
    for module, least in ((rules, 6), (offered_product, 4), (wording, 3)):
        result = doctest.testmod(module)
        assert result.attempted >= least
        assert result.failed == 0


@pytest.mark.parametrize(
    "case",
    cases(
        """
        what                                      | silent | own rhythm | orders | failed | action
        regular, ordered yesterday                | 1      | 5          | 20     | 0      | -
        regular, 2 days beyond own rhythm         | 7      | 5          | 20     | 0      | -
        regular, 3 days beyond own rhythm         | 8      | 5          | 20     | 0      | care
        regular, 13 days                          | 13     | 5          | 20     | 0      | care
        regular, 14 days                          | 14     | 5          | 20     | 0      | wake_up
        comes every 30 days, 16 days silent       | 16     | 30         | 8      | 0      | -
        comes every 30 days, 44 days silent       | 44     | 30         | 8      | 0      | -
        comes every 30 days, 45 days silent       | 45     | 30         | 8      | 0      | wake_up
        comes every 12 days, 15 days silent       | 15     | 12         | 8      | 0      | -
        too few orders to know a rhythm           | 9      | 5          | 3      | 0      | -
        just enough orders to know a rhythm       | 9      | 5          | 4      | 0      | care
        comes every 7 days, 9 days silent         | 9      | 7          | 8      | 0      | -
        comes every 7 days, 10 days silent        | 10     | 7          | 8      | 0      | care
        comes every 8 days, 11 days silent        | 11     | 8          | 8      | 0      | -
        new: one order, 9 days ago                | 9      | -          | 1      | 0      | -
        new: one order, 14 days ago               | 14     | -          | 1      | 0      | -
        one order, 15 days ago                    | 15     | -          | 1      | 0      | wake_up
        2 failed purchases in a row               | 1      | 5          | 20     | 2      | -
        3 failed purchases in a row               | 1      | 5          | 20     | 3      | apology
        3 in a row count before 14 days            | 14     | 5          | 20     | 3      | apology
        silent for 180 days                       | 180    | 5          | 20     | 0      | wake_up
        silent for 181 days: another campaign     | 181    | 5          | 20     | 0      | -
        """
    ),
)
def test_who_is_listed_and_why(case: dict[str, str]) -> None:
    lines = listed(
        {
            "recency_days": number(case["silent"]),
            "rhythm_days": number(case["own rhythm"]),
            "orders": number(case["orders"]),
            "failed_run": number(case["failed"]),
        }
    )
    assert lines["action"].tolist() == ([] if case["action"] == "-" else [case["action"]])


@pytest.mark.parametrize(
    "case",
    cases(
        """
        who                                      | column              | value    | listed
        nothing forbids it                       | marketing_opt_out   | no       | yes
        refused marketing in the user file       | marketing_opt_out   | yes      | no
        refused after a past contact             | opted_out           | yes      | no
        refused under another id of the phone    | phone_refused       | yes      | no
        under 18                                 | age_band            | under_18 | no
        18 to 24                                 | age_band            | 18_24    | yes
        contacted 6.9 days ago                   | days_since_contact  | 6.9      | no
        contacted 7 days ago                     | days_since_contact  | 7        | yes
        never contacted                          | days_since_contact  | -        | yes
        2 contacts since the last order          | unanswered_contacts | 2        | yes
        3 contacts since the last order          | unanswered_contacts | 3        | no
        """
    ),
)
@pytest.mark.parametrize("need", ["wake_up", "apology"])
def test_who_must_not_be_contacted(case: dict[str, str], need: str) -> None:
    value: Any = {"yes": True, "no": False, "-": None}.get(case["value"], case["value"])
    if case["column"] in ("days_since_contact", "unanswered_contacts") and value is not None:
        value = float(value)
    changed = {"recency_days": 17, "failed_run": 3 if need == "apology" else 0}
    result = rules.select_users(
        users(changed | {case["column"]: value}), assortment(), AS_OF, WAKE_UP
    )
    assert len(result.lines) == (case["listed"] == "yes")
    assert sum(result.left_out.values()) == (case["listed"] == "no")


@pytest.mark.parametrize(
    "case",
    cases(
        """
        who                          | preferred | opened | leader | channel
        says what is preferred       | sms       | wechat | L1     | sms
        opened one more than others  | -         | wechat | L1     | wechat
        nothing known, has a leader  | -         | -      | L1     | leader
        nothing known, no leader     | -         | -      | -      | app_push
        prefers a leader it has not  | leader    | phone  | -      | phone
        """
    ),
)
def test_which_channel(case: dict[str, str]) -> None:
    known = {name: None if cell == "-" else cell for name, cell in case.items()}
    line = listed(
        {
            "recency_days": 17,
            "preferred_channel": known["preferred"],
            "opened_channel": known["opened"],
            "leader_id": known["leader"],
        }
    ).iloc[0]
    assert line["channel"] == case["channel"]


def test_same_offer_for_everyone_on_the_same_rule() -> None:
    people = [
        {
            "recency_days": recency,
            "failed_run": failed,
            "spend_90d_yuan": spend,
            "churn_30d": churn,
            "layer": layer,
        }
        for recency in (8, 17, 90)
        for failed in (0, 3)
        for spend in (1.0, 5000.0)
        for churn in (0.05, 0.95)
        for layer in ("quality_seeking", "price_sensitive", None)
    ]
    lines = listed(*people)
    assert set(lines["action"]) >= {"wake_up", "apology", "care"}
    assert lines.groupby("action")["offer_yuan"].nunique().eq(1).all()
    assert lines.loc[lines["action"] == "wake_up", "offer_yuan"].iloc[0] == 5.0
    assert lines.loc[lines["action"] == "care", "offer_yuan"].iloc[0] == 0.0


@pytest.mark.parametrize(
    "case",
    cases(
        """
        among 95 calm users at 10 % risk             | silent | own rhythm | risk % | action
        late and at high risk                        | 6      | 5          | 60     | retain
        late, at a risk that is not worth a word     | 6      | 5          | 29     | -
        comes once a month and ordered 6 days ago    | 6      | 30         | 60     | -
        high risk, 13 days                           | 13     | 5          | 60     | retain
        high risk, 14 days: wake-up, with its coupon | 14     | 5          | 60     | wake_up
        """
    ),
)
def test_who_is_retained(case: dict[str, str]) -> None:
    calm = [{"recency_days": 2, "churn_30d": 0.1} for _ in range(95)]
    asked = {
        "recency_days": number(case["silent"]),
        "rhythm_days": number(case["own rhythm"]),
        "churn_30d": float(case["risk %"]) / 100,
    }
    lines = listed(*calm, asked)
    assert lines["action"].tolist() == ([] if case["action"] == "-" else [case["action"]])


def test_retain_takes_the_active_users_at_highest_risk() -> None:
    calm = [{"recency_days": 2, "churn_30d": 0.1} for _ in range(95)]
    at_risk = [{"recency_days": 6, "churn_30d": 0.6} for _ in range(5)]
    new = [{"recency_days": 6, "churn_30d": 0.9, "rhythm_days": None, "orders": 1}]
    lines = listed(*calm, *at_risk, *new)
    assert set(lines["user_id"]) == {f"u{place}" for place in range(95, 100)}
    assert set(lines["action"]) == {"retain"}


def test_nobody_is_retained_where_all_are_alike() -> None:
    assert listed(*({"recency_days": 2, "churn_30d": 0.1} for _ in range(50))).empty


def test_a_fifth_is_held_out_and_stays_so_for_the_month() -> None:
    people = [f"user-{number}" for number in range(20_000)]
    arms = pd.Series([rules.arm_of(user, AS_OF, 0.2) for user in people])
    later = pd.Series([rules.arm_of(user, date(2026, 9, 28), 0.2) for user in people])
    next_month = pd.Series([rules.arm_of(user, date(2026, 10, 1), 0.2) for user in people])
    assert (arms == "holdout").mean() == pytest.approx(0.2, abs=0.01)
    assert (arms == later).all()
    assert (arms != next_month).mean() == pytest.approx(0.32, abs=0.02)  # 2 · 0.2 · 0.8
    assert rules.arm_of("user-7", AS_OF, 0.2) == "treatment"  # the same on every machine
    assert rules.arm_of("user-1", AS_OF, 0.2) == "holdout"


def test_control_never_stands_among_the_treated() -> None:
    lines = listed(*({"recency_days": 17} for _ in range(300)))
    treated = set(lines.loc[lines["arm"] == "treatment", "user_id"])
    control = set(lines.loc[lines["arm"] == "holdout", "user_id"])
    assert treated
    assert control
    assert treated.isdisjoint(control)
    for arm in ("treatment", "holdout"):
        places = lines.loc[lines["arm"] == arm, "priority"]
        assert places.tolist() == list(range(1, len(places) + 1))


def test_order_of_the_list() -> None:
    lines = listed(
        {"recency_days": 8},
        {"recency_days": 17, "churn_30d": 0.5, "spend_90d_yuan": 100.0},
        {"recency_days": 17, "churn_30d": 0.5, "spend_90d_yuan": 300.0},
        {"recency_days": 17, "churn_30d": 0.9, "spend_90d_yuan": 200.0},
        {"recency_days": 2, "failed_run": 4, "spend_90d_yuan": 1.0},
        params=WakeUpParams(holdout_share=0.0),
    )
    assert lines["user_id"].tolist() == ["u4", "u3", "u2", "u1", "u0"]
    assert lines["priority"].tolist() == [1, 2, 3, 4, 5]


def test_a_list_that_is_too_long_is_cut_and_says_so() -> None:
    people = users(*({"recency_days": 17} for _ in range(30)))
    short = WakeUpParams(max_lines=10)
    once = rules.select_users(people, assortment(), AS_OF, short)
    again = rules.select_users(people[::-1].reset_index(drop=True), assortment(), AS_OF, short)
    assert len(once.lines) == 10
    assert once.left_out["beyond_max_lines"] == 20
    pd.testing.assert_frame_equal(once.lines, again.lines)


def test_the_reason_carries_the_figures_and_the_flag_what_is_missing() -> None:
    line = listed(
        {"recency_days": 17, "churn_30d": 0.82, "in_user_file": False, "is_calibrated": False}
    ).iloc[0]
    assert line["reason_zh"] == "已17天未下单，平时约每5天一单；30天流失概率82%；常购本地菠菜500g"
    assert "未核对拒绝营销名单" in line["flag_zh"]
    assert "未经校准" in line["flag_zh"]
    assert listed({"recency_days": 17}).iloc[0]["flag_zh"] is None


@pytest.mark.parametrize("hour", range(24))
def test_nobody_is_disturbed_at_night(hour: int) -> None:
    line = listed({"recency_days": 17, "active_hour": hour}).iloc[0]
    assert line["contact_hour"] == min(max(hour, 9), 20)


def test_what_is_not_known_refuses_nothing() -> None:
    unknown = [float("nan"), None, pd.NA, False]
    names = ("marketing_opt_out", "opted_out", "phone_refused")
    found = rules.exclusion_reason(
        users(*(dict.fromkeys(names, value) for value in unknown), {"opted_out": True}), WAKE_UP
    )
    assert found.tolist() == [None] * 4 + ["opted_out"]


def test_the_silent_are_not_retained_and_do_not_raise_the_bar() -> None:
    """Twenty who come every 30 days are silent for 20 and sure to leave."""
    calm = {"rhythm_days": 5.0, "recency_days": 6.0, "churn_30d": 0.1}
    silent = {"rhythm_days": 30.0, "recency_days": 20.0, "churn_30d": 0.99}
    at_risk = calm | {"churn_30d": 0.5}
    found = rules.actions(
        users(*[calm] * 20, *[silent] * 20, at_risk, silent | {"recency_days": 35.0}), WAKE_UP
    ).tolist()
    assert found == [*[None] * 40, "retain", None]
    new = {"rhythm_days": float("nan"), "recency_days": 3.0, "churn_30d": 0.99}
    assert rules.actions(users(*[calm] * 20, *[new] * 20, at_risk), WAKE_UP).tolist() == [
        *[None] * 40, "retain",
    ]  # fmt: skip


def test_a_user_at_risk_is_retained_once_their_own_rhythm_has_passed() -> None:
    """Twenty users at .1: the threshold is the floor of .3, and who is at it is at risk."""
    at_risk = [
        {"churn_30d": 0.3, "recency_days": 5},
        {"churn_30d": 0.3, "recency_days": 4},
        {"churn_30d": 0.29, "recency_days": 5},
    ]
    frame = users(*[{"churn_30d": 0.1}] * 20, *at_risk)
    assert rules.actions(frame, WAKE_UP)[-3:].tolist() == ["retain", None, None]
