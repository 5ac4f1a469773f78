"""What the lexicon makes of short messages, and how stars and words meet."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from models.feedback.lexicon import (
    NEGATIVE,
    POSITIVE,
    SentimentParams,
    has_complaint_word,
    polarity,
    star_polarity,
    word_polarity,
)

NO_STARS = float("nan")


def _words(text: str | None) -> float:
    return float(word_polarity(pd.Series([text], dtype="object")).iloc[0])


def _complains(text: str | None, stars: float = NO_STARS) -> bool:
    return bool(has_complaint_word(pd.Series([text], dtype="object"), pd.Series([stars])).iloc[0])


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("草莓很新鲜，孩子喜欢", 1),
        ("团长很负责，送货及时", 1),
        ("箱子里没有坏果", 1),
        ("坏果一个都没有，满意", 1),
        ("这批不新鲜", -1),
        ("一点都不好吃", -1),
        ("虾臭了", -1),
        ("等了两天没收到", -1),
        ("鸡蛋又晚到了", -1),
        ("明天几点可以提货", 0),
        ("今天的菜新鲜吗", 0),
        ("怎么用优惠券", 0),
        ("加厚垃圾袋两包", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_polarity_of_words(text: str | None, sign: int) -> None:
    value = _words(text)
    if sign == 0:
        assert math.isnan(value)
    else:
        assert value * sign > 0


def test_praise_and_blame_in_one_message_meet_in_between() -> None:
    assert _words("很新鲜，就是有点迟到") == 0.0
    assert 0 < _words("很新鲜，好吃，就是有点迟到") < 1


def test_no_word_is_on_both_sides() -> None:
    assert not set(POSITIVE) & set(NEGATIVE)


@pytest.mark.parametrize("word", POSITIVE)
def test_every_positive_word_alone_is_positive(word: str) -> None:
    assert _words(f"这个{word}") > 0


@pytest.mark.parametrize("word", NEGATIVE)
def test_every_negative_word_alone_is_negative(word: str) -> None:
    assert _words(word) < 0


def test_stars_and_words_are_weighed() -> None:
    text = pd.Series(["好吃", "好吃", None, "几点开门"], dtype="object")
    stars = pd.Series([1.0, NO_STARS, 4.0, NO_STARS])
    found = polarity(text, stars, SentimentParams(star_weight=0.6)).tolist()
    assert found[:3] == pytest.approx([0.6 * -1 + 0.4 * 1, 1.0, 0.5])
    assert math.isnan(found[3])


def test_nullable_stars_of_a_database_frame_are_read() -> None:
    assert star_polarity(pd.Series([5, None, 2], dtype="Int64")).tolist()[::2] == [1.0, -0.5]


@pytest.mark.parametrize(
    ("text", "stars", "complains"),
    [
        ("苹果烂了三个，要求退款", NO_STARS, True),
        ("少发一袋", NO_STARS, True),
        ("没有烂的", NO_STARS, False),
        ("坏果都没有", NO_STARS, False),
        ("还可以", 2.0, True),
        ("还可以", 3.0, False),
        (None, 1.0, True),
        ("几点到", NO_STARS, False),
        ("没有烂的，但少发一袋", NO_STARS, True),
        ("垃圾袋很好用", NO_STARS, False),
        ("订单超时了", NO_STARS, True),
    ],
)
def test_complaint_flag(text: str | None, stars: float, complains: bool) -> None:
    assert _complains(text, stars) is complains


def test_each_message_is_judged_by_itself() -> None:
    texts = pd.Series(["好吃", "臭了", None, "没有坏果", "不新鲜"], index=[9, 4, 2, 7, 1])
    together = word_polarity(texts)
    assert together.index.tolist() == texts.index.tolist()
    for text, beside in zip(texts, together, strict=True):
        alone = _words(text)
        assert beside == alone or (math.isnan(beside) and math.isnan(alone))


def test_a_star_weight_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="star_weight"):
        SentimentParams(star_weight=1.2)
