"""Values exactly at the limits of the feedback rules: polarity, stars, mending."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data_contracts.codes.feedback import Aspect, ComplaintGrade
from models.feedback.complaints import complaint_grade, is_complaint
from models.feedback.emotions import emotion
from models.feedback.faults import find_faults, is_thankful_for_mending, statements

NOTHING = float("nan")


@pytest.mark.parametrize(
    ("text", "side", "felt"),
    [
        ("气死", -0.2, "anger"),
        ("气死", -0.19, None),
        ("气死", 0.2, None),
        ("失望", -0.2, "disappointment"),
        ("失望", 0.2, None),
        ("失望,气死", -0.5, "anger"),
        ("失望,气死,后悔", -0.5, "disappointment"),
        ("失望,后悔,气死!!", -0.5, "anger"),
        ("喜欢", 0.2, "delight"),
        ("喜欢", 0.19, None),
        ("喜欢", -0.2, None),
        ("菜!!", -0.2, "anger"),
        ("菜!!", 0.2, None),
        ("菜", -0.9, None),
        ("菜", 0.9, None),
        ("喜欢", NOTHING, None),
    ],
)
def test_a_feeling_counts_from_a_sure_polarity_on(text: str, side: float, felt: str | None) -> None:
    found = emotion(pd.Series([text]), pd.Series([side])).iloc[0]
    assert (None if pd.isna(found) else found) == felt


def _complains(
    text: str, side: float, stars: float, worst: float = NOTHING, grade: str | None = None
) -> bool:
    aspects = pd.DataFrame(NOTHING, [0], [aspect.value for aspect in Aspect])
    aspects[Aspect.FRESHNESS.value] = worst
    faults = pd.DataFrame({"aspect": [None], "grade": [grade]}, dtype="object")
    told = is_complaint(pd.Series([text]), pd.Series([stars]), pd.Series([side]), aspects, faults)
    return bool(told.iloc[0])


@pytest.mark.parametrize(
    ("side", "stars", "worst", "complains"),
    [
        (-0.2, NOTHING, -0.1, True),  # bad on the whole, and an aspect is
        (-0.19, NOTHING, -0.1, False),
        (-0.2, NOTHING, 0.0, False),
        (-0.2, NOTHING, 0.1, False),
        (-0.2, 3.0, -0.1, True),
        (-0.2, 3.5, -0.1, False),
        (0.9, 2.0, NOTHING, True),
        (0.9, 2.5, NOTHING, False),
        (-0.8, NOTHING, NOTHING, True),  # no listed word: the model alone
        (-0.79, NOTHING, NOTHING, False),
        (-0.8, 3.0, NOTHING, True),
        (-0.8, 4.0, NOTHING, False),
        (-0.8, NOTHING, 0.0, False),  # an aspect was judged: the model does not speak alone
    ],
)
def test_a_message_without_a_listed_word_complains_from_a_limit_on(
    side: float, stars: float, worst: float, complains: bool
) -> None:
    assert _complains("圆的", side, stars, worst) is complains


@pytest.mark.parametrize(
    ("text", "side", "stars", "worst", "complains"),
    [
        ("能退吗", 0.2, NOTHING, 0.5, False),  # praises, and is good on the whole
        ("能退吗", 0.19, NOTHING, 0.5, True),
        ("能退吗", 0.2, NOTHING, 0.0, True),
        ("能退吗", 0.0, 3.0, NOTHING, True),
        ("能退吗", 0.0, 4.0, NOTHING, False),
    ],
)
def test_a_demand_is_a_remark_in_a_good_message(
    text: str, side: float, stars: float, worst: float, complains: bool
) -> None:
    assert _complains(text, side, stars, worst) is complains


def test_a_fault_complains_but_for_many_stars_and_danger_always() -> None:
    leader, danger = ComplaintGrade.LEADER_2H.value, ComplaintGrade.TASK_FORCE_48H.value
    told = [_complains("圆的", 0.9, stars, NOTHING, leader) for stars in (NOTHING, 3.0, 4.0)]
    assert told == [True, True, False]
    assert _complains("圆的", 0.9, 5.0, NOTHING, danger)


def test_an_aspect_of_service_is_graded_for_service_only_if_it_is_bad() -> None:
    aspects = pd.DataFrame(NOTHING, range(4), [aspect.value for aspect in Aspect])
    aspects[Aspect.FRESHNESS.value] = [-0.1, 0.0, NOTHING, -0.1]
    aspects[Aspect.DELIVERY.value] = -1.0
    faults = pd.DataFrame({"aspect": [None] * 4, "grade": [None] * 4}, dtype="object")
    complains = pd.Series([True, True, True, False])
    found = complaint_grade(pd.Series(["圆的"] * 4), complains, aspects, faults)
    assert [None if pd.isna(one) else one for one in found] == [
        "service_24h", "leader_2h", "leader_2h", None,
    ]  # fmt: skip


def test_only_thanks_for_what_was_made_good_end_a_fault_and_never_a_danger() -> None:
    said = ["马上就补给我了,点赞", "马上就补给我了,难吃", "点赞", "难吃", "马上就补给我了"]
    assert is_thankful_for_mending(pd.Series(said)).tolist() == [True, False, False, False, False]
    texts = ["漏送一袋", "漏送一袋,马上就补给我了,点赞", "米里有石子,马上就补给我了,点赞",
             "漏送一袋,米里有石子", "没有石子", "漏送一袋"]  # fmt: skip
    found = find_faults(pd.Series(texts, index=[9, 8, 7, 6, 5, 9]))
    assert found.index.tolist() == [9, 8, 7, 6, 5, 9]
    assert found["grade"].where(found["grade"].notna(), None).tolist() == [
        "leader_2h", None, "task_force_48h", "task_force_48h", None, "leader_2h",
    ]  # fmt: skip
    assert found["aspect"].where(found["aspect"].notna(), None).tolist() == [
        "weight", None, "freshness", "freshness", None, "weight",
    ]  # fmt: skip


def test_a_question_is_dropped_with_its_mark_and_the_rest_keeps_its_own() -> None:
    assert statements("好吃!新鲜吗?很甜;") == "好吃!很甜;"
    assert statements("你是谁?坏了,") == "坏了,"
    assert statements("你是谁,坏了") == "你是谁,坏了"
    assert np.all([statements(text) == text for text in ("", "甜", ",", "甜,")])
