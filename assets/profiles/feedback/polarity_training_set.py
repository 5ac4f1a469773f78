"""What the polarity model of a day has learnt from, known before it is fitted.

Belongs here: the reviews chosen, how many, their digest. Does not: the fit (`models.feedback`).

A model is held for a week, so that a message judged on Tuesday need not be judged again on
Wednesday: it learns from the starred reviews known at the end of the Monday on or before `as_of`.
A young platform that had too few of them then learns from those it has by now. Either way the
choice hangs on the reviews and on `as_of` alone, never on which days were run before.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from models.clock import monday_of
from models.params.feedback import PolarityParams


@dataclass(frozen=True)
class Lesson:
    """`reviews` to learn from, and their `digest`. 0: too few of either side, the lexicon judges,
    and the digest does not hang on them."""

    reviews: int
    digest: str


NO_LESSON = Lesson(0, "")


def lesson_of_week(session: Session, run: DayRun, params: PolarityParams) -> Lesson:
    """The lesson for `run.as_of`; its reviews are then the session's table `starred_reviews`."""
    for known in dict.fromkeys((monday_of(run.as_of), run.as_of)):
        lesson = _known_at(session, run, params, known)
        if lesson.reviews:
            return lesson
    return NO_LESSON


def reviews_of_lesson(session: Session) -> pd.DataFrame:
    """text, stars of the chosen reviews, latest first."""
    return session.frame(
        "select text, stars from starred_reviews order by sent_at desc, message_id"
    )


def _known_at(session: Session, run: DayRun, params: PolarityParams, known: date) -> Lesson:
    session.table(
        "starred_reviews",
        sql_beside(__file__, "starred_reviews.sql"),
        known=known,
        known_end=run.home.as_of_end(known),
        since=known - timedelta(days=params.review_days - 1),
        good_from_stars=params.good_from_stars,
        bad_to_stars=params.bad_to_stars,
        max_reviews=params.max_reviews,
    )
    sql = sql_beside(__file__, "lesson.sql")
    reviews, good, digest = session.rows(sql, good_from_stars=params.good_from_stars)[0]
    enough = min(good, reviews - good) >= params.min_each
    return Lesson(reviews, digest) if enough else NO_LESSON
