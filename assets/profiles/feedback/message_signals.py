"""Signals of messages: what each says, without its text."""

from collections.abc import Iterator

import pandas as pd

from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.profiles.feedback import message_source
from assets.profiles.feedback.classifier_version import reader_digest
from assets.profiles.feedback.polarity_training_set import (
    Lesson,
    lesson_of_week,
    reviews_of_lesson,
)
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.tables.feedback import MESSAGE_SIGNALS
from data_contracts.tables.feedback_codes import SkuSource
from models.feedback.classify import learn, read_messages
from models.feedback.normalise import normalise
from models.feedback.product_matching import named_products
from models.params.feedback import VOICES, WINDOW_DAYS

BATCH_TEXTS = 50_000  # of texts in Python at a time; what is made of one hangs on no other
_EARLIER = "select max(as_of) from message_signals where as_of < $as_of"
_WRITE = "select $as_of as as_of, * from signals"
_FIGURES = """
    select
        count(polarity) as messages_with_polarity,
        count(main_aspect) as messages_with_aspect,
        count(*) filter (where is_complaint) as complaints
    from signals
"""


@day_asset(
    MESSAGE_SIGNALS, deps=["chat", "orders", "products"], kinds={"duckdb", "sql", "scikitlearn"}
)
def message_signals(run: DayRun) -> Written:
    """Messages of users in the last 180 days: polarity, emotion, aspects, complaint, wish.

    The polarity model learns from the platform's own reviews of 1, 2, 4 and 5 stars known at the
    end of the week's Monday; with too few of them the lexicon judges alone, and the run card says
    so. All 180 days are judged by the model of the day, so that they can be compared. A message
    that is as it was the day before, before the same reader, is not read again: its row says what
    reading it anew would. Products are looked for in all of them, since the shelf changes daily.
    No text is kept.
    """
    with run.session() as session:
        lesson = lesson_of_week(session, run, VOICES.polarity)
        reader = reader_digest(VOICES, lesson)
        message_source.view_messages(session, run, WINDOW_DAYS)
        session.table("said", sql_beside(__file__, "said.sql"), reader=reader)
        carried = _carry(session, run)
        read = _read(session, lesson)
        _name(session, run)
        session.table("signals", sql_beside(__file__, "signals.sql"), named=SkuSource.NAMED.value)
        figures = session.frame(_FIGURES).iloc[0]
        rows = session.replace(MESSAGE_SIGNALS, run.as_of, _WRITE, as_of=run.as_of)
    if rows and not lesson.reviews:
        run.fallback(
            "few_starred_reviews",
            f"fewer than {VOICES.polarity.min_each} good or bad reviews with text; "
            "a word list judges messages, no model",
            f"好评或差评不足{VOICES.polarity.min_each}条，留言倾向由词典判断，未用模型",
        )
    return Written(
        rows,
        {
            "reviews_learnt_from": lesson.reviews,
            "messages_read": read,
            "messages_carried_over": carried,
            **{str(name): int(value) for name, value in figures.items()},
        },
    )


def _carry(session: Session, run: DayRun) -> int:
    """Make `readings` of those of the latest earlier day that hold; returns how many."""
    earlier = None if run.home.rebuild else session.scalar(_EARLIER, as_of=run.as_of)
    session.table("readings", sql_beside(__file__, "carried.sql"), carried_from=earlier)
    return int(session.scalar("select count(*) from readings"))


def _read(session: Session, lesson: Lesson) -> int:
    """Read into `readings` what is not there; returns how many messages. The model is fitted only
    where there are any: a fit takes longer than reading a day's messages."""
    session.table("unread", sql_beside(__file__, "unread.sql"), batch_texts=BATCH_TEXTS)
    count = int(session.scalar("select count(*) from unread"))
    model = learn(reviews_of_lesson(session), VOICES) if count and lesson.reviews else None
    for said in _batches(session, "unread"):
        signals = read_messages(said, model, VOICES).signals.drop(columns="wish")
        session.register("batch", signals.assign(message_id=said["message_id"]))
        session.run("insert into readings by name from batch")
    return count


def _name(session: Session, run: DayRun) -> None:
    """Make `named`: the texts that name a product of today's shelf, and its SKU."""
    session.table("unnamed", sql_beside(__file__, "unnamed.sql"), batch_texts=BATCH_TEXTS)
    session.run("create temp table named (text varchar, sku_id varchar)")
    products = message_source.shelf(session, run)
    for said in _batches(session, "unnamed"):
        found = said.assign(sku_id=named_products(normalise(said["text"]), products))
        session.register("batch", found[found["sku_id"].notna()])
        session.run("insert into named by name from batch")


def _batches(session: Session, table: str) -> Iterator[pd.DataFrame]:
    """Rows of a table of texts, one batch after the other."""
    for batch in range(session.scalar(f"select coalesce(max(batch) + 1, 0) from {table}")):
        yield session.frame(f"select * exclude (batch) from {table} where batch = $n", n=batch)
