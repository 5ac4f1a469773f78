"""Values exactly at the limits of the wake-up rules, and what stays unknown on a line."""

from __future__ import annotations

import hashlib
import math
from dataclasses import astuple

import pandas as pd
import pytest

from models.params.wake_up import WAKE_UP, WakeUpParams
from models.wake_up import rules
from models.wake_up.offered_product import Assortment, Choice, allergen_set
from tests.spec.wake_up_users import AS_OF, USUAL, assortment, listed, users


@pytest.mark.parametrize(
    ("churn", "threshold"),
    [
        ([0.5] * 20, 0.75),  # twice the median would be 1: half-way to 1 instead
        ([0.8] * 20, 0.9),
        ([0.4] * 20, 0.7),  # below twice the median, 0.8
        ([0.25] * 20, 0.5),  # twice the median, below half-way to 1
        ([0.01] * 20, 0.3),  # the floor
        ([0.0] * 7 + [0.4, 0.5, 0.6, 0.7], 0.6),  # a tenth of eleven users is above
    ],
)
def test_the_risk_from_which_a_user_is_retained(churn: list[float], threshold: float) -> None:
    assert rules.retain_threshold(pd.Series(churn), WAKE_UP) == pytest.approx(threshold)


def test_a_user_drawn_at_the_share_itself_is_treated() -> None:
    """The draw: the first 64 bits of sha256 of month and user, as a part of 1."""
    digest = hashlib.sha256(b"wake-up:2026-09:u1").digest()
    drawn = int.from_bytes(digest[:8], "big") / 2**64
    assert 0.01 < drawn < 0.99
    assert rules.arm_of("u1", AS_OF, drawn) == "treatment"
    assert rules.arm_of("u1", AS_OF, math.nextafter(drawn, 1)) == "holdout"


@pytest.mark.parametrize(
    ("preferred", "opened", "leader", "channel"),
    [
        ("pigeon", "wechat", "L1", "wechat"),  # no channel of ours
        ("pigeon", None, None, "app_push"),
        ("leader", "wechat", "L1", "leader"),
        ("leader", "wechat", float("nan"), "wechat"),
        (None, "leader", "L1", "leader"),
        (float("nan"), "sms", "L1", "sms"),
    ],
)
def test_a_channel_is_one_that_reaches_the_user(
    preferred: object, opened: object, leader: object, channel: str
) -> None:
    user = {"preferred_channel": preferred, "opened_channel": opened, "leader_id": leader}
    assert rules.channel_of(user) == channel


@pytest.mark.parametrize(
    ("layer", "stated"), [("mixed", "mixed"), ("no layer of ours", None), (float("nan"), None)]
)
def test_a_line_states_a_layer_of_the_list_or_none(layer: object, stated: str | None) -> None:
    assert listed({"recency_days": 17, "layer": layer})["layer"].tolist() == [stated]


def test_what_is_unknown_of_a_user_stays_empty_on_the_line() -> None:
    line = listed(
        {"recency_days": 17, "masked_name": float("nan"), "leader_id": pd.NA, "rhythm_days": None}
    ).iloc[0]
    for name in ("masked_name", "leader_id", "rhythm_days"):
        assert line[name] is None
    assert (line["community_id"], line["masked_phone"]) == ("C1", "138****0001")


def test_users_of_unknown_or_equal_stake_come_last_and_by_their_id() -> None:
    everybody = WakeUpParams(holdout_share=0.0)
    half = {"recency_days": 17, "churn_30d": 0.5}
    lines = listed(
        half | {"spend_90d_yuan": float("nan")},
        half | {"spend_90d_yuan": 1.0},
        half | {"spend_90d_yuan": 0.0},
        half | {"spend_90d_yuan": 2.0},
        params=everybody,
    )
    assert lines["user_id"].tolist() == ["u3", "u1", "u0", "u2"]


def test_a_list_of_its_full_length_leaves_nobody_out() -> None:
    found = rules.select_users(
        users(*[{"recency_days": 17}] * 3), assortment(), AS_OF, WakeUpParams(max_lines=3)
    )
    assert len(found.lines) == 3
    assert found.left_out == {"beyond_max_lines": 0}
    few = rules.select_users(
        users({"recency_days": 17}), assortment(), AS_OF, WakeUpParams(max_lines=3)
    )
    assert few.left_out == {"beyond_max_lines": 0}


def test_only_users_who_need_something_are_counted_as_left_out() -> None:
    refused = {"opted_out": True}
    found = rules.select_users(
        users(refused, refused | {"recency_days": 17}), assortment(), AS_OF, WAKE_UP
    )
    assert found.left_out == {"opted_out": 1, "beyond_max_lines": 0}
    assert found.lines.empty


def test_nothing_offered_is_nothing_stated() -> None:
    assert astuple(Choice()) == (None, None, None, False, False, False)


def test_a_separator_at_the_end_is_no_allergen() -> None:
    """An empty name would be inside every other, and no product could be offered."""
    assert allergen_set("|花生、") == {"花生"}
    assert allergen_set(" / ") == frozenset()
    user = USUAL | {"favourite_sku_id": "nutmilk", "allergens": "花生、"}
    assert assortment().choose(user).sku_id == "nutmilk"


def test_a_best_seller_that_is_no_product_is_passed_over() -> None:
    user = USUAL | {"favourite_sku_id": "unknown"}
    assert assortment({"vegetables": ["ghost", "cabbage"]}).choose(user).sku_id == "cabbage"
    for category in (None, float("nan"), "fruit"):
        chosen = assortment({"vegetables": ["cabbage"]}).choose(
            user | {"favourite_category": category}
        )
        assert chosen == Choice()


def test_a_product_sold_out_elsewhere_is_offered() -> None:
    assert assortment(sold_out={("W2", "spinach")}).choose(USUAL).sku_id == "spinach"


def test_a_product_without_an_age_suits_a_new_born_child() -> None:
    columns = ["sku_id", "sku_name", "allergens", "unsuitable_below_years", "is_offerable"]
    rows = [["milk", "牛奶", None, None, True], ["nuts", "坚果", None, 0.5, True]]
    products = pd.DataFrame(rows, columns=columns).assign(is_on_promotion=False)
    offered = Assortment(products, pd.DataFrame(columns=["category", "sku_id"]))
    born = USUAL | {"youngest_child_years": 0.0}
    assert offered.choose(born | {"favourite_sku_id": "milk"}).sku_id == "milk"
    assert offered.choose(born | {"favourite_sku_id": "nuts"}).sku_id is None
    half = USUAL | {"youngest_child_years": 0.5, "favourite_sku_id": "nuts"}
    assert offered.choose(half).sku_id == "nuts"
