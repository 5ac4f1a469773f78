"""Classify messages: all signals of a message in one frame, without its text.

Contains the order of the classifiers, and the combination of stars, model and lexicon into one
polarity. Not here: the single classifiers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data_contracts.codes.feedback import Aspect, ComplaintGrade, PolaritySource
from models.feedback.aspects import aspect_polarity, main_aspect, with_faults
from models.feedback.complaints import complaint_grade, is_complaint
from models.feedback.emotions import emotion, is_belonging
from models.feedback.faults import find_faults as faults_in
from models.feedback.faults import is_instruction, statements
from models.feedback.lexicon import star_polarity, without_no_opinion, word_polarity
from models.feedback.normalise import normalise
from models.feedback.polarity import PolarityModel, fit_polarity
from models.feedback.wish_extraction import extract_wishes
from models.params.feedback import FeedbackParams


@dataclass(frozen=True)
class ClassifiedMessages:
    """`signals`: one row per message in the given order, the columns of MESSAGE_SIGNALS derived
    from text and stars, and `wish`, the product asked for (a person's words: do not store them as
    they are). `trained_on`: reviews the model was trained on; 0: only the lexicon was used."""

    signals: pd.DataFrame
    trained_on: int


def fit_classifier(
    reviews: pd.DataFrame, params: FeedbackParams | None = None
) -> PolarityModel | None:
    """Fit the polarity model on starred reviews (`text`, `stars`), latest first; None: too few."""
    params = params or FeedbackParams()
    chosen = _labelled(reviews, params).head(params.polarity.max_reviews)
    texts = normalise(chosen["text"]).tolist()
    good = chosen["stars"].astype("float64").to_numpy() >= params.polarity.good_from_stars
    return fit_polarity(texts, good, params.polarity)


def _labelled(reviews: pd.DataFrame, params: FeedbackParams) -> pd.DataFrame:
    stars = reviews["stars"].astype("float64")
    said = reviews["text"].notna() & (reviews["text"].astype("str").str.strip() != "")
    bad, good = stars <= params.polarity.bad_to_stars, stars >= params.polarity.good_from_stars
    return reviews[said & (bad | good)]


def classify_messages(
    messages: pd.DataFrame, model: PolarityModel | None, params: FeedbackParams | None = None
) -> ClassifiedMessages:
    """Classify messages with `text` and `stars`, each independently of the others.

    Questions and suggestions are removed first. `text_polarity` is missing where the rest has no
    opinion: no stars, no listed word, no aspect, no described fault, and a model that is unsure or
    does not know the words; an instruction has none. The model is trained on reviews, which all
    have an opinion; for "几点能提货" it would invent one. A message with a fault and without praise
    is negative, regardless of the model.
    """
    params = params or FeedbackParams()
    text = normalise(messages["text"])
    stars = messages["stars"].astype("float64")
    said = text.map(statements).astype("str")
    faults = faults_in(text)
    words = word_polarity(said)
    aspects = with_faults(aspect_polarity(said), faults)
    judged = aspects.polarity
    wish = extract_wishes(text, params.wishes)
    is_fault = faults["grade"].notna()
    opinion = words.notna() | judged.notna().any(axis=1)
    spoken = (said.str.len() > 0) & (
        stars.notna() | ((opinion | (model is not None)) & wish.isna())
    )
    by_text = _text_polarity(said, words, judged, spoken, model)
    alone = ~opinion & stars.isna()
    by_text = by_text.mask(alone & ~_is_sure(said, by_text, alone & spoken, model, params))
    blamed = is_fault & ~(words > 0)
    by_text = by_text.mask(blamed, by_text.fillna(-1.0).clip(upper=-params.sentiment.sure_polarity))
    mixed = params.sentiment.star_weight * star_polarity(stars)
    both = mixed + (1 - params.sentiment.star_weight) * by_text
    polarity = both.fillna(star_polarity(stars)).fillna(by_text).rename("polarity")
    complains = is_complaint(text, stars, polarity, judged, faults, params.sentiment)
    signals = pd.DataFrame(
        {
            "polarity": polarity,
            "text_polarity": by_text,
            "polarity_source": _source(stars, by_text, model is not None),
            "emotion": emotion(text, polarity, params.sentiment),
            **{f"{one.value}_polarity": judged[one.value] for one in Aspect},
            "main_aspect": _main_aspect(main_aspect(aspects, polarity), faults),
            "is_complaint": complains,
            "complaint_grade": complaint_grade(text, complains, judged, faults),
            "is_wish": wish.notna(),
            "is_belonging": is_belonging(text),
            "wish": wish,
        },
        index=messages.index,
    )
    return ClassifiedMessages(signals, model.trained_on if model else 0)


def _is_sure(
    text: pd.Series,
    by_text: pd.Series,
    asked: pd.Series,
    model: PolarityModel | None,
    params: FeedbackParams,
) -> pd.Series:
    """Whether the model may speak alone of each of the texts `asked`."""
    sure = asked & (by_text.abs() >= params.sentiment.silent_polarity)
    texts = text[sure]
    if model is None or texts.empty:
        return sure
    is_familiar = model.familiar(texts.tolist()) >= params.sentiment.familiar_share
    sure[sure] = is_familiar & ~texts.map(is_instruction).to_numpy(dtype=bool)
    return sure


def _main_aspect(of_words: pd.Series, faults: pd.DataFrame) -> pd.Series:
    """The aspect a message is most about; that of danger to health goes first, that of another
    fault where words judge none."""
    grave = faults["grade"] == ComplaintGrade.TASK_FORCE_48H.value
    return of_words.mask(grave | of_words.isna(), faults["aspect"])


def _text_polarity(
    text: pd.Series,
    words: pd.Series,
    aspects: pd.DataFrame,
    spoken: pd.Series,
    model: PolarityModel | None,
) -> pd.Series:
    """The model's leaning where there is one, else the lexicon's and the aspects' mean."""
    if model is None:
        return words.fillna(aspects.mean(axis=1)).where(spoken)
    distinct = text[spoken].unique()
    shown = without_no_opinion(pd.Series(distinct, dtype="str")).tolist()
    leaning_of = dict(zip(distinct.tolist(), model.leaning(shown), strict=True))
    return text.map(leaning_of).astype("float64").where(spoken)


def _source(stars: pd.Series, by_text: pd.Series, has_model: bool) -> pd.Series:
    starred, said = stars.notna().to_numpy(), by_text.notna().to_numpy()
    alone = PolaritySource.MODEL if has_model else PolaritySource.LEXICON
    mixed = PolaritySource.STARS_AND_MODEL if has_model else PolaritySource.STARS_AND_LEXICON
    sources = np.full(len(stars), None, dtype=object)
    sources[said] = alone.value
    sources[starred] = PolaritySource.STARS.value
    sources[starred & said] = mixed.value
    return pd.Series(sources, index=stars.index)
