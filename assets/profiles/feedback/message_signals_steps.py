"""Compute the asset `message_signals`, which `message_signals.py` declares and describes."""

from collections.abc import Iterator

import pandas as pd

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.profiles.feedback import message_source
from assets.profiles.feedback.classifier_version import classifier_digest
from assets.profiles.feedback.polarity_training_set import (
    TrainingSet,
    training_reviews,
    training_set_of_week,
)
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.feedback import SkuSource
from data_contracts.tables.feedback import MESSAGE_SIGNALS
from models.feedback.classify import classify_messages, fit_classifier
from models.feedback.normalise import normalise
from models.feedback.product_matching import product_named_by_text
from models.params.feedback import FEEDBACK, WINDOW_DAYS

BATCH_TEXTS = 50_000  # texts held in Python at a time; the batch size changes no result
_EARLIER = "select max(as_of) from message_signals where as_of < $as_of"
_WRITE = "select $as_of as as_of, * from signals"
_FIGURES = """
    select
        count(polarity) as messages_with_polarity,
        count(main_aspect) as messages_with_aspect,
        count(*) filter (where is_complaint) as complaints
    from signals
"""


def make_message_signals(run: DayRun) -> Written:
    """Compute the asset `message_signals` for the business date of `run`."""
    with run.session() as session:
        training_set = training_set_of_week(session, run, FEEDBACK.polarity)
        classifier = classifier_digest(FEEDBACK, training_set)
        message_source.messages_view(session, run, WINDOW_DAYS)
        session.table(
            "messages_with_digest",
            sql_beside(__file__, "messages_with_digest.sql"),
            classifier=classifier,
        )
        unchanged = _copy_unchanged(session, run)
        classified = _classify_new(session, training_set)
        _match_skus(session, run)
        session.table(
            "signals", sql_beside(__file__, "signals.sql"), matched_source=SkuSource.NAMED.value
        )
        figures = session.frame(_FIGURES).iloc[0]
        rows = session.replace(MESSAGE_SIGNALS, run.as_of, _WRITE, as_of=run.as_of)
    if rows and not training_set.reviews:
        run.fallback(
            "few_starred_reviews",
            f"fewer than {FEEDBACK.polarity.min_each} good or bad reviews with text; "
            "a word list judges messages, no model",
            f"好评或差评不足{FEEDBACK.polarity.min_each}条，留言倾向由词典判断，未用模型",
        )
    return Written(
        rows,
        {
            "reviews_learnt_from": training_set.reviews,
            "messages_read": classified,
            "messages_carried_over": unchanged,
            **{str(name): int(value) for name, value in figures.items()},
        },
    )


def _copy_unchanged(session: Session, run: DayRun) -> int:
    """Make `classified_messages` from the unchanged signals of the latest earlier day; returns
    their number."""
    earlier = None if run.home.rebuild else session.scalar(_EARLIER, as_of=run.as_of)
    session.table(
        "classified_messages", sql_beside(__file__, "unchanged_signals.sql"), previous_as_of=earlier
    )
    return int(session.scalar("select count(*) from classified_messages"))


def _classify_new(session: Session, training_set: TrainingSet) -> int:
    """Classify the messages that are not in `classified_messages` and append them; returns their
    number. The model is fitted only if there are any: a fit takes longer than scoring one day."""
    session.table(
        "messages_to_score", sql_beside(__file__, "messages_to_score.sql"), batch_texts=BATCH_TEXTS
    )
    count = int(session.scalar("select count(*) from messages_to_score"))
    has_model = count and training_set.reviews
    model = fit_classifier(training_reviews(session), FEEDBACK) if has_model else None
    for batch in _batches(session, "messages_to_score"):
        signals = classify_messages(batch, model, FEEDBACK).signals.drop(columns="wish")
        session.register("batch", signals.assign(message_id=batch["message_id"]))
        session.run("insert into classified_messages by name from batch")
    return count


def _match_skus(session: Session, run: DayRun) -> None:
    """Make `texts_with_sku`: texts that name a product of today's catalogue, with its SKU."""
    session.table(
        "texts_without_sku", sql_beside(__file__, "texts_without_sku.sql"), batch_texts=BATCH_TEXTS
    )
    session.run("create temp table texts_with_sku (text varchar, sku_id varchar)")
    products = message_source.catalogue(session, run)
    for batch in _batches(session, "texts_without_sku"):
        matched = batch.assign(sku_id=product_named_by_text(normalise(batch["text"]), products))
        session.register("batch", matched[matched["sku_id"].notna()])
        session.run("insert into texts_with_sku by name from batch")


def _batches(session: Session, table: str) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table of texts batch by batch."""
    for batch in range(session.scalar(f"select coalesce(max(batch) + 1, 0) from {table}")):
        yield session.frame(f"select * exclude (batch) from {table} where batch = $n", n=batch)
