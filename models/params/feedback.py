"""Parameters of text signals, each with its source. Not here: word lists.

What rests on a rule of the domain links to it; "ours" is a choice of this file, with its reason.
Parameters of the polarity model were chosen inside the training part of the first fold of
online_shopping_10_cats, never on the folds a figure is reported for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

WINDOW_DAYS = 180  # the window of the emotion dimension; part of what its columns mean


@dataclass(frozen=True, kw_only=True)
class PolarityParams:
    """The polarity model: its features, its fit, and when there is too little to fit it.

    Chosen on two inner folds of the training part of fold 0 of online_shopping_10_cats, accuracy
    there: runs of 1 to 3 characters .9367, of 1 to 4 .9368 at twice the seconds, words and pairs of
    neighbours .9345, pairs of words anywhere .9263, .9307 with squared idf; runs and pairs together
    .9406, .9419 with squared idf.

    `run_most`: longest run of characters. `run_documents`, `pair_documents`: texts a feature must
    be in. `pair_words`: distinct words of a text that are paired. `pair_idf_power`: rare pairs are
    more informative than their idf. `run_c`, `pair_c`: C of the machines. `min_each`: reviews of
    either side below which the lexicon judges alone; ours: a third of them, unseen by its fit,
    calibrates. `max_reviews`: the latest are kept; bounds the seconds of a fit.
    """

    run_most: int = 3
    run_documents: int = 2
    run_c: float = 0.5
    pair_words: int = 60
    pair_documents: int = 3
    pair_idf_power: float = 2.0
    pair_c: float = 1.0
    min_each: int = 40
    max_reviews: int = 60_000
    review_days: int = 365  # reviews of the last year: a year's products and people
    folds: int = 3
    seed: int = 0
    good_from_stars: int = 4  # 3 is neither: data_contracts/domain.md#stars
    bad_to_stars: int = 2

    def __post_init__(self) -> None:
        if self.min_each < self.folds:
            raise ValueError(f"min_each must be {self.folds} (the folds) or more")
        if not self.bad_to_stars < self.good_from_stars:
            raise ValueError("bad_to_stars must be below good_from_stars")


@dataclass(frozen=True, kw_only=True)
class SentimentParams:
    """`star_weight`: share of the stars where a message has both stars and words.

    `complaint_stars`: a review of this many stars or fewer complains, regardless of its text.
    `sure_polarity`: distance from 0 from which a polarity counts as one side; ours.
    `silent_polarity`: the same where no listed word is said and the model alone speaks, which was
    taught by texts that all have an opinion; ours, from sentences without one. `familiar_share`: of
    the pairs of signs of such a message the reviews must have held; ours.
    """

    star_weight: float = 0.6
    complaint_stars: int = 2
    sure_polarity: float = 0.2
    silent_polarity: float = 0.8
    familiar_share: float = 0.8

    def __post_init__(self) -> None:
        if not 0 <= self.star_weight <= 1:
            raise ValueError(f"star_weight must be 0 to 1, got {self.star_weight}")
        if not 0 <= self.sure_polarity < 1:
            raise ValueError(f"sure_polarity must be 0 to below 1, got {self.sure_polarity}")


@dataclass(frozen=True, kw_only=True)
class WishParams:
    """`window_days`: wishes are of a season; ours. `most_characters`: a longer thing is a sentence.

    `shown_from_users`: smaller groups of a community are shown as suppressed, no count, no days
    (data_contracts/domain.md#small-groups).
    `named_from_users`: a thing we do not carry is words of a person: it is named once so many
    distinct people asked for it anywhere, and counted under "其他" before. `min_likeness`: share of
    the wished characters pairs a product name must hold to be the same in spite of a typo; ours.
    """

    window_days: int = 30
    most_characters: int = 12
    shown_from_users: int = 10
    named_from_users: int = 3
    min_likeness: float = 0.6

    def __post_init__(self) -> None:
        if self.named_from_users < 2 or self.shown_from_users < self.named_from_users:
            raise ValueError("2 ≤ named_from_users ≤ shown_from_users: one person is no group")


@dataclass(frozen=True, kw_only=True)
class EchoParams:
    """Numbers of the echo alarm: data_contracts/domain.md#echo-alarm.

    `window_days`: ours. `usual_days`:
    days before the window that say what is usual. `burst_probability`: a window is called a burst
    when its users or more would come by chance (Poisson) less often than this; ours.
    """

    users_from: int = 10
    window_days: int = 3
    usual_days: int = 84
    burst_probability: float = 0.001

    def __post_init__(self) -> None:
        if self.users_from < 2 or self.window_days < 1 or self.usual_days < self.window_days:
            raise ValueError("users_from ≥ 2, window_days ≥ 1, usual_days ≥ window_days")


@dataclass(frozen=True, kw_only=True)
class DriverParams:
    """`confidence`: of all intervals together, after correction for the number of looks.

    `users_from`: distinct users on either side below which nothing is said; the ten of the echo
    alarm: no group a person could be singled out of. `window_days`: as the emotion dimension.
    """

    confidence: float = 0.95
    users_from: int = 10
    window_days: int = WINDOW_DAYS

    def __post_init__(self) -> None:
        if not 0.5 < self.confidence < 1:
            raise ValueError(f"confidence must be above 0.5 and below 1, got {self.confidence}")
        if self.users_from < 2:
            raise ValueError("users_from must be 2 or more: one person has no spread")


@dataclass(frozen=True, kw_only=True)
class FeedbackParams:
    """Everything about what people say."""

    polarity: PolarityParams = field(default_factory=PolarityParams)
    sentiment: SentimentParams = field(default_factory=SentimentParams)
    wishes: WishParams = field(default_factory=WishParams)
    echo: EchoParams = field(default_factory=EchoParams)
    drivers: DriverParams = field(default_factory=DriverParams)


FEEDBACK = FeedbackParams()
