"""Training set of the polarity model: the reviews chosen for a day, their number and digest.

Not here: the fit (`models/feedback`).

The training set changes once a week, so that a message scored on Tuesday need not be scored again
on Wednesday: it holds the starred reviews known at the end of the Monday on or before `as_of`. A
young platform that had too few of them on Monday uses those known at `as_of`. The choice depends on
the reviews and on `as_of` only, never on which days were run before.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from models.clock import monday_of
from models.params.feedback import PolarityParams


@dataclass(frozen=True)
class TrainingSet:
    """Number of reviews and digest of a training set. 0 reviews: too few good or bad ones, the
    lexicon is used alone, and the digest is empty."""

    reviews: int
    digest: str


NO_TRAINING_SET = TrainingSet(0, "")


def training_set_of_week(session: Session, run: DayRun, params: PolarityParams) -> TrainingSet:
    """Choose the training set for `run.as_of`; makes the session's table `starred_reviews`."""
    for known_on in dict.fromkeys((monday_of(run.as_of), run.as_of)):
        training_set = _known_on(session, run, params, known_on)
        if training_set.reviews:
            return training_set
    return NO_TRAINING_SET


def training_reviews(session: Session) -> pd.DataFrame:
    """Return text and stars of the chosen reviews, latest first."""
    return session.frame(
        "select text, stars from starred_reviews order by sent_at desc, message_id"
    )


def _known_on(session: Session, run: DayRun, params: PolarityParams, known_on: date) -> TrainingSet:
    session.table(
        "starred_reviews",
        sql_beside(__file__, "starred_reviews.sql"),
        known_on=known_on,
        known_end=run.home.as_of_end(known_on),
        since=known_on - timedelta(days=params.review_days - 1),
        good_from_stars=params.good_from_stars,
        bad_to_stars=params.bad_to_stars,
        max_reviews=params.max_reviews,
    )
    sql = sql_beside(__file__, "training_set_digest.sql")
    reviews, good, digest = session.rows(sql, good_from_stars=params.good_from_stars)[0]
    enough = min(good, reviews - good) >= params.min_each
    return TrainingSet(reviews, digest) if enough else NO_TRAINING_SET
