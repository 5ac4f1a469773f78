"""Aspects of a message by hand: its clauses, mixed opinions, faults, and the main aspect."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data_contracts.codes.feedback import Aspect
from models.feedback.aspects import Aspects, aspect_polarity, clauses, main_aspect, with_faults
from models.feedback.wish_extraction import extract_wishes
from models.params.feedback import WishParams

FRESH, PACK, LATE = (
    aspect.value for aspect in (Aspect.FRESHNESS, Aspect.PACKAGING, Aspect.DELIVERY)
)
NOT_SAID = float("nan")


def aspects(**polarity_and_place: tuple[float, float]) -> Aspects:
    """One message; other aspects are not mentioned."""
    frames = [pd.DataFrame(NOT_SAID, [7], [aspect.value for aspect in Aspect]) for _ in range(2)]
    for name, values in polarity_and_place.items():
        for frame, value in zip(frames, values, strict=True):
            frame[name] = value
    return Aspects(*frames)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("很新鲜,,就是 送得慢", ["很新鲜", "送得慢"]),
        ("新鲜吗,很好吃", ["很好吃"]),
        ("吗啡很好吃", ["吗啡很好吃"]),  # asks only at the end of a clause
        ("好", ["好"]),
        ("", []),
        (",。", []),
    ],
)
def test_a_clause_says_something_and_asks_nothing(text: str, said: list[str]) -> None:
    assert clauses(pd.Series([text], index=[7])).tolist() == said


def test_clauses_are_found_by_their_message() -> None:
    found = clauses(pd.Series(["甲,乙", "", "丙"], index=[3, 5, 9]))
    assert list(zip(found.index, found, strict=True)) == [(3, "甲"), (3, "乙"), (9, "丙")]


@pytest.mark.parametrize(
    ("text", "polarity", "place"),
    [
        ("好吃", 1.0, 0),
        ("烂", -1.0, 0),
        ("好吃美味烂", 1 / 3, 0),  # two words for it, one against
        ("你好,好吃", 1.0, 1),
        ("好吃,烂", 0.0, 0),  # the mean of two clauses
        ("好吃,烂,烂", -1 / 3, 0),
        ("味道", NOT_SAID, NOT_SAID),  # named without an opinion
        ("味道,好吃", 1.0, 1),
        ("你好", NOT_SAID, NOT_SAID),
    ],
)
def test_the_polarity_of_an_aspect_is_the_mean_of_its_clauses(
    text: str, polarity: float, place: float
) -> None:
    found = aspect_polarity(pd.Series([text], index=[7]))
    assert found.polarity.loc[7, FRESH] == pytest.approx(polarity, nan_ok=True)
    assert found.place.loc[7, FRESH] == pytest.approx(place, nan_ok=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((NOT_SAID, NOT_SAID), (-1.0, 0.0)),  # nothing else is said
        ((1.0, 3.0), (0.0, 3.0)),
        ((0.5, 1.0), (-0.25, 1.0)),
        ((-1.0, 2.0), (-1.0, 2.0)),
    ],
)
def test_a_fault_lowers_its_own_aspect(
    before: tuple[float, float], after: tuple[float, float]
) -> None:
    given = aspects(**{FRESH: before, PACK: (0.5, 1.0)})
    found = with_faults(given, pd.DataFrame({"aspect": [FRESH]}, index=[7]))
    assert (found.polarity.loc[7, FRESH], found.place.loc[7, FRESH]) == after
    assert (found.polarity.loc[7, PACK], found.place.loc[7, PACK]) == (0.5, 1.0)
    assert found.polarity.loc[7].notna().sum() == 2
    none = with_faults(given, pd.DataFrame({"aspect": [None]}, index=[7]))
    pd.testing.assert_frame_equal(none.polarity, given.polarity)
    pd.testing.assert_frame_equal(none.place, given.place)


@pytest.mark.parametrize(
    ("mentioned", "side", "main"),
    [
        ({FRESH: (-0.5, 0.0), LATE: (-1.0, 1.0)}, -1.0, LATE),  # the strongest on its side
        ({FRESH: (-0.5, 0.0), LATE: (1.0, 1.0)}, -1.0, FRESH),
        ({FRESH: (-0.5, 0.0), LATE: (1.0, 1.0)}, 1.0, LATE),
        ({FRESH: (-0.5, 0.0), LATE: (1.0, 1.0)}, 0.0, LATE),  # no side: the strongest
        ({FRESH: (-1.0, 0.0), LATE: (0.5, 1.0)}, NOT_SAID, FRESH),
        ({FRESH: (-0.5, 2.0), LATE: (-0.5, 1.0)}, -1.0, LATE),  # of equals the first mentioned
        ({FRESH: (-0.5, 2.0), LATE: (-0.5001, 3.0)}, -1.0, LATE),  # but never before a stronger
        ({FRESH: (-0.5, 1.0), LATE: (-0.5, 1.0)}, -1.0, FRESH),  # then the contract's order
        ({LATE: (0.5, 1.0)}, -1.0, LATE),  # the only one, though on the other side
        ({LATE: (0.0, NOT_SAID)}, -1.0, LATE),
        ({}, -1.0, None),
    ],
)
def test_the_main_aspect_is_the_strongest_on_the_side_of_the_message(
    mentioned: dict[str, tuple[float, float]], side: float, main: str | None
) -> None:
    found = main_aspect(aspects(**mentioned), pd.Series([side], index=[7]))
    assert [None if pd.isna(one) else one for one in found] == [main]


@pytest.mark.parametrize(
    ("text", "most", "thing"),
    [
        ("想买红富士苹果", 5, "红富士苹果"),
        ("想买红富士苹果", 4, None),
        ("想买榴莲", 2, "榴莲"),
        ("想买榴莲", 1, None),
        ("想买梨", 9, None),  # one sign names too many things
    ],
)
def test_a_wish_is_of_two_signs_up_to_a_limit(text: str, most: int, thing: str | None) -> None:
    found = extract_wishes(pd.Series([text]), WishParams(most_characters=most)).iloc[0]
    assert (None if pd.isna(found) else found) == thing
    assert np.array_equal(
        extract_wishes(pd.Series([text, text]), WishParams(most_characters=most)).isna(),
        [thing is None] * 2,
    )
