"""Lexicon rules: polarity of words and of stars, and whether a word of complaint occurs.

Contains word counts, negation and questions. Not here: the words (`lexicon_data`), the trained
model (`polarity`). The lexicon knows no irony, no dialect and no unlisted word; a message without a
listed word has no polarity from words.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from models.feedback.lexicon_data import COMPLAINT, NEGATIVE, NEGATORS, NO_OPINION, POSITIVE, WORSE
from models.params.feedback import SentimentParams

_DENIED_AFTER: Final = (
    "(?:的|果)?(?:(?:一个|一颗|一点)?(?:都|也)|一[个颗点只条根])(?:没有|没见|没发现)"
)
_ASKED_AFTER: Final = "(?:吗|么|嘛)"  # 新鲜吗: asked, not said
_WILL: Final = "(?:会|能|会再|算|觉得|是|太|很|怎么|有|吃出|吃到|闻到|看到|看见|发现)?"

WORST_STARS, MIDDLE_STARS, BEST_STARS = 1, 3, 5


def any_of(words: tuple[str, ...]) -> str:
    """Alternation that prefers the longest word; no look-around, so every engine reads it."""
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_NEGATOR = any_of(NEGATORS) + _WILL


def count_words(text: pd.Series, words: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """How often a listed word is said in each text, and how often of those it is negated."""
    listed = any_of(words)
    said = text.str.count(listed) - text.str.count(listed + _ASKED_AFTER)
    times_said = said.to_numpy(dtype=float)
    before = text.str.count(_NEGATOR + listed).to_numpy(dtype=float)
    after = text.str.count(listed + _DENIED_AFTER).to_numpy(dtype=float)
    return times_said, np.minimum(before + after, times_said)


def without_no_opinion(text: pd.Series) -> pd.Series:
    return text.fillna("").astype("str").str.replace(any_of(NO_OPINION), "", regex=True)


def word_polarity(text: pd.Series) -> pd.Series:
    """Polarity −1 to 1 of each text: (P − N) ÷ (P + N), P and N the positive and negative words.

    A negated word counts for the other side (不新鲜 is negative, 没有坏果 positive). A text without
    a listed word, or no text, is missing: silence is no opinion.

    >>> word_polarity(pd.Series(["草莓很新鲜，好吃", "一点都不新鲜", "没有坏果"])).tolist()
    [1.0, -1.0, 1.0]
    >>> word_polarity(pd.Series(["几点开门", None])).tolist()
    [nan, nan]
    """
    clean = without_no_opinion(text)
    good, good_negated = count_words(clean, POSITIVE)
    bad, bad_negated = count_words(clean, NEGATIVE)
    positive = good - good_negated + bad_negated
    negative = bad - bad_negated + good_negated + clean.str.count(any_of(WORSE)).to_numpy(float)
    total = positive + negative
    value = np.divide(positive - negative, total, out=np.full(len(clean), np.nan), where=total > 0)
    return pd.Series(value, index=text.index, name="polarity")


def is_mild(text: pd.Series) -> np.ndarray:
    """Whether a text finds fault only by comparing or mildly: "不如上次", "有点酸"."""
    clean = without_no_opinion(text)
    worse = clean.str.count(any_of(WORSE)).to_numpy(float)
    return np.asarray((worse > 0) & (np.subtract(*count_words(clean, NEGATIVE)) <= 0))


def star_polarity(stars: pd.Series) -> pd.Series:
    """Stars 1 to 5 as −1 to 1; missing stays missing.

    >>> star_polarity(pd.Series([1, 3, 5])).tolist()
    [-1.0, 0.0, 1.0]
    """
    half_range = (BEST_STARS - WORST_STARS) / 2
    return (stars.astype("float64") - MIDDLE_STARS) / half_range


def polarity(text: pd.Series, stars: pd.Series, params: SentimentParams | None = None) -> pd.Series:
    """Polarity −1 to 1 of each message from words and stars; missing when neither speaks."""
    params = params or SentimentParams()
    words, given = word_polarity(text), star_polarity(stars)
    both = params.star_weight * given + (1 - params.star_weight) * words
    return both.fillna(given).fillna(words).rename("polarity")


def has_complaint_word(
    text: pd.Series, stars: pd.Series, params: SentimentParams | None = None
) -> pd.Series:
    """Whether each message complains: an unnegated fault or demand, or a bottom review.

    >>> has_complaint_word(pd.Series(["苹果烂了三个", "没有烂的"]), pd.Series([None, 5.0])).tolist()
    [True, False]
    """
    params = params or SentimentParams()
    clean = without_no_opinion(text)
    complaint_words, negated = count_words(clean, COMPLAINT)
    bottom = stars.astype("float64") <= params.complaint_stars
    return pd.Series(
        (complaint_words > negated) | bottom.to_numpy(), index=text.index, name="has_complaint_word"
    )
