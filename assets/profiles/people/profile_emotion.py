"""Emotion dimension of the profile: stars, words, complaints, bad deliveries, shares."""

import pandas as pd

from assets.day import DayRun, Written, day_asset, sql_beside
from assets.profiles.people.windows import windows
from assets.profiles.steps import known_lines
from data_contracts.tables import PROFILE_EMOTION
from models.sentiment import is_complaint, polarity

DEPS = ["profile_basic", "orders", "chat", "logistics", "browse"]

_HAS_BROWSE = "select count(*) > 0 from browse where business_date between $since_180 and $as_of"


def score_messages(messages: pd.DataFrame) -> pd.DataFrame:
    """Add `polarity` and `is_complaint` to messages with `text` and `stars`."""
    return messages.assign(
        polarity=polarity(messages["text"], messages["stars"]),
        is_complaint=is_complaint(messages["text"], messages["stars"]),
    )


@day_asset(PROFILE_EMOTION, deps=DEPS, kinds={"duckdb", "sql", "pandas"})
def profile_emotion(run: DayRun) -> Written:
    """Messages, reviews and shipments of the last 180 days: how people feel, and whom we let down.

    Words are judged by a readable lexicon; a message without a listed word and without stars has no
    polarity. Somebody who wrote nothing and received nothing has no evidence.
    """
    params = {"as_of": run.as_of, "as_of_end": run.as_of_end, **windows(run.as_of)}
    with run.lake.session() as session:
        known_lines(session, run)
        messages = session.frame(sql_beside(__file__, "emotion_messages.sql"), **params)
        scored = score_messages(messages)
        session.register("scored_messages", scored)
        session.table("emotion_purchases", sql_beside(__file__, "emotion_purchases.sql"), **params)
        has_chat = not messages.empty
        has_logistics = bool(session.scalar("select count(*) > 0 from emotion_purchases"))
        rows = session.replace(
            PROFILE_EMOTION,
            run.as_of,
            sql_beside(__file__, "emotion.sql"),
            has_chat=has_chat,
            has_logistics=has_logistics,
            has_browse=bool(session.scalar(_HAS_BROWSE, **params)),
            **params,
        )
    if rows and not has_chat:
        run.fallback(
            "no_chat",
            "no message of a user in 180 days; words and stars are empty",
            "近180天没有用户留言，情感与星级为空",
        )
    if rows and not has_logistics:
        run.fallback(
            "no_logistics",
            "no delivery known in 180 days; failures are empty",
            "近180天没有物流结果，履约失败为空",
        )
    with_words = int(scored["polarity"].notna().sum())
    return Written(rows, {"messages": len(scored), "messages_with_polarity": with_words})
