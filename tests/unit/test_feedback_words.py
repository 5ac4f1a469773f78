"""Every word of every list is read for what its list is for, and none is lost unnoticed.

How words combine, are negated or asked stands in test_feedback_lexicon and in the drawn tables of
tests/spec; here each word speaks alone, without faults described in sentences and without a model.
"""

from __future__ import annotations

import pandas as pd
import pytest

from data_contracts.codes.feedback import Aspect, ComplaintGrade, Emotion
from models.feedback.aspects import WORDS, aspect_polarity, main_aspect
from models.feedback.complaints import DEMAND, SERVICE, TASK_FORCE, complaint_grade, is_complaint
from models.feedback.emotions import (
    ANGER,
    BELONGING,
    DELIGHT,
    DISAPPOINTMENT,
    emotion,
    is_belonging,
)
from models.feedback.lexicon import has_complaint_word, word_polarity
from models.feedback.lexicon_data import COMPLAINT, NEGATIVE, NEGATORS, NO_OPINION, POSITIVE

LISTS = {
    "positive": (POSITIVE, 111), "negative": (NEGATIVE, 148), "complaint": (COMPLAINT, 83),
    "no opinion": (NO_OPINION, 28), "task force": (TASK_FORCE, 41), "service": (SERVICE, 33),
    "demand": (DEMAND, 9), "anger": (ANGER, 34), "disappointment": (DISAPPOINTMENT, 24),
    "delight": (DELIGHT, 26), "belonging": (BELONGING, 29), "negators": (NEGATORS, 37),
}  # fmt: skip
# words of topic, of praise and of blame
ASPECTS = {
    Aspect.FRESHNESS: (14, 16, 36),
    Aspect.PACKAGING: (13, 6, 17),
    Aspect.DELIVERY: (13, 11, 22),
    Aspect.SERVICE: (9, 10, 18),
    Aspect.PRICE: (9, 9, 7),
    Aspect.WEIGHT: (9, 10, 19),
    Aspect.AS_DESCRIBED: (11, 11, 19),
}


def _no_faults(texts: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"aspect": None, "grade": None}, index=range(len(texts)), dtype="object")


def _no_aspects(texts: list[str]) -> pd.DataFrame:
    return pd.DataFrame(float("nan"), range(len(texts)), [aspect.value for aspect in Aspect])


def _unread(words: tuple[str, ...], is_read: pd.Series) -> list[str]:
    return [word for word, read in zip(words, is_read, strict=True) if not read]


def _complains(texts: list[str], side: float) -> list[bool]:
    stars, polarity = pd.Series(float("nan"), range(len(texts))), pd.Series(side, range(len(texts)))
    aspects, faults = _no_aspects(texts), _no_faults(texts)
    return is_complaint(pd.Series(texts), stars, polarity, aspects, faults).tolist()


@pytest.mark.parametrize("name", LISTS)
def test_no_word_of_a_list_is_lost_or_listed_twice(name: str) -> None:
    words, number = LISTS[name]
    assert (len(words), len(set(words))) == (number, number)


@pytest.mark.parametrize("aspect", Aspect, ids=lambda aspect: aspect.value)
def test_no_word_of_an_aspect_is_lost_or_listed_twice(aspect: Aspect) -> None:
    lists = (WORDS[aspect].topic, WORDS[aspect].good, WORDS[aspect].bad)
    assert tuple(map(len, lists)) == tuple(len(set(words)) for words in lists) == ASPECTS[aspect]


def test_every_word_of_denial_turns_praise_round() -> None:
    words = tuple(word for word in NEGATORS if "(" not in word)
    assert not _unread(words, word_polarity(pd.Series([f"{word}好吃" for word in words])) < 0)


def test_every_word_of_complaint_complains() -> None:
    stars = pd.Series(float("nan"), range(len(COMPLAINT)))
    assert not _unread(COMPLAINT, has_complaint_word(pd.Series(COMPLAINT), stars))


def test_every_demand_complains_though_it_asks() -> None:
    assert _complains([f"{word}吗" for word in DEMAND], 0.0) == [True] * len(DEMAND)


@pytest.mark.parametrize(
    ("words", "grade"),
    [(TASK_FORCE, ComplaintGrade.TASK_FORCE_48H), (SERVICE, ComplaintGrade.SERVICE_24H)],
    ids=["task force", "service"],
)
def test_every_word_of_a_grade_gives_it(words: tuple[str, ...], grade: ComplaintGrade) -> None:
    texts = list(words)
    everybody = pd.Series(True, range(len(texts)))
    found = complaint_grade(pd.Series(texts), everybody, _no_aspects(texts), _no_faults(texts))
    assert not _unread(words, found == grade.value)


@pytest.mark.parametrize(
    ("words", "side", "feeling"),
    [
        (ANGER, -1.0, Emotion.ANGER),
        (DISAPPOINTMENT, -1.0, Emotion.DISAPPOINTMENT),
        (DELIGHT, 1.0, Emotion.DELIGHT),
    ],
    ids=lambda given: given.value if isinstance(given, Emotion) else "",
)
def test_every_word_of_a_feeling_shows_it(
    words: tuple[str, ...], side: float, feeling: Emotion
) -> None:
    found = emotion(pd.Series(words), pd.Series(side, range(len(words))))
    assert not _unread(words, found == feeling.value)


def test_every_word_of_belonging_belongs() -> None:
    assert not _unread(BELONGING, is_belonging(pd.Series(BELONGING)))


@pytest.mark.parametrize("aspect", Aspect, ids=lambda aspect: aspect.value)
def test_every_word_of_an_aspect_names_or_judges_it(aspect: Aspect) -> None:
    topic, good, bad = WORDS[aspect].topic, WORDS[aspect].good, WORDS[aspect].bad

    def judged(texts: list[str]) -> pd.Series:
        return aspect_polarity(pd.Series(texts)).polarity[aspect.value]

    assert not _unread(topic, judged([f"{word}满意" for word in topic]) > 0)
    assert not _unread(good, judged(list(good)) > 0)
    assert not _unread(bad, judged(list(bad)) < 0)


def test_words_that_are_all_bad_are_no_praise_whatever_the_model_says() -> None:
    """Only praise makes a good message with a word of fault a remark."""
    assert _complains(["数量不对", "很好,数量不对"], 0.8) == [True, False]


@pytest.mark.parametrize(
    ("text", "aspect"),
    [("送得太慢,盒子压扁了", Aspect.DELIVERY), ("盒子压扁了,送得太慢", Aspect.PACKAGING)],
)
def test_of_equal_aspects_the_first_mentioned_is_the_main_one(text: str, aspect: Aspect) -> None:
    found = main_aspect(aspect_polarity(pd.Series([text])), pd.Series([-1.0]))
    assert found.tolist() == [aspect.value]
