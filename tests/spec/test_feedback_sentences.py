"""How many of the drawn sentences are read as a person reads them, by the word lists alone.

Before faults were read by the shape of a sentence, .06, .29 and .25 of the complaints of the first
three draws were found, and .55, .52 and .43 of what was called a wish was one.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data_contracts.codes.feedback import Aspect, ComplaintGrade
from models.feedback.classify import classify_messages

GRADES = dict(zip("LST", ComplaintGrade.values(), strict=True))
DRAWS = (1, 2, 3, 4)
SENTENCES = Path(__file__).parent / "feedback_sentences"


def drawn(table: str, draw: int) -> list[list[str]]:
    lines = (SENTENCES / f"{table}_{draw}.txt").read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def read(sentences: list[str]) -> pd.DataFrame:
    return classify_messages(pd.DataFrame({"text": sentences, "stars": None}), None).signals


def firsts(table: str, draw: int) -> list[str]:
    return [row[0] for row in drawn(table, draw)]


@pytest.mark.parametrize("draw", DRAWS)
def test_what_is_wished_for(draw: int) -> None:
    other = firsts("no_wish", draw) + firsts("complaint", draw) + firsts("no_complaint", draw)
    assert [text for text, wish in zip(other, read(other)["is_wish"], strict=True) if wish] == []
    wishes = drawn("wish", draw)
    assert read(firsts("wish", draw))["wish"].tolist() == [thing for _, thing in wishes]


@pytest.mark.parametrize("draw", DRAWS)
def test_what_complains_and_what_does_not(draw: int) -> None:
    complaints, others = firsts("complaint", draw), firsts("no_complaint", draw)
    found, false = read(complaints), read(others)
    missed = [t for t, is_one in zip(complaints, found["is_complaint"], strict=True) if not is_one]
    wrong = [t for t, is_one in zip(others, false["is_complaint"], strict=True) if is_one]
    assert len(missed) <= 0.02 * len(complaints), missed
    assert len(wrong) <= 0.04 * len(others), wrong
    assert (found["polarity"][found["is_complaint"]] <= -0.2).mean() > 0.95


@pytest.mark.parametrize("draw", DRAWS)
def test_who_answers(draw: int) -> None:
    rows = drawn("complaint", draw)
    found = read([row[0] for row in rows])
    wrong = [
        row
        for row, grade in zip(rows, found["complaint_grade"], strict=True)
        if pd.notna(grade) and grade != GRADES[row[-1]]
    ]
    assert len(wrong) <= 0.03 * len(rows), wrong


def test_danger_to_health_complains_whatever_the_stars() -> None:
    found = classify_messages(
        pd.DataFrame({"text": ["味道很好，就是里面有蟑螂"], "stars": [5.0]}), None
    )
    row = found.signals.iloc[0]
    assert row["is_complaint"] and row["complaint_grade"] == ComplaintGrade.TASK_FORCE_48H.value
    assert row["main_aspect"] == Aspect.FRESHNESS.value


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("不如原来好吃了", -1),
        ("没有以前甜了", -1),
        ("肘子肉再炖烂一些就好了", 0),
        ("很新鲜，再便宜一点就更好了", 1),
        ("牛腩炖得很烂，好吃", 1),
    ],
    ids=["worse", "less_sweet", "suggests", "praises_and_suggests", "tender"],
)
def test_comparisons_and_suggestions_are_no_complaint(text: str, sign: int) -> None:
    row = read([text]).iloc[0]
    assert not row["is_complaint"]
    assert pd.isna(row["polarity"]) if sign == 0 else row["polarity"] * sign > 0.2


def test_what_was_made_good_is_no_complaint() -> None:
    assert read(["漏发了一盒", "漏发了一盒，马上补给我了，点赞"])["is_complaint"].tolist() == [
        True,
        False,
    ]
