"""Emotion dimension of the profile: stars, words, complaints, bad deliveries, shares."""

from assets.day import DayRun, Written, day_asset, sql_beside
from assets.profiles.people.windows import windows
from assets.profiles.steps import known_lines
from data_contracts.tables import PROFILE_EMOTION

DEPS = ["profile_basic", "message_signals", "orders", "logistics", "browse"]

_SIGNALS = "select * from message_signals where as_of = $as_of"
_HAS_BROWSE = "select count(*) > 0 from browse where business_date between $since_180 and $as_of"


@day_asset(PROFILE_EMOTION, deps=DEPS, kinds={"duckdb", "sql", "pandas"})
def profile_emotion(run: DayRun) -> Written:
    """Messages, reviews and shipments of the last 180 days: how people feel, and whom we let down.

    What a message says comes from `message_signals`. Every value stands beside the count of the
    rows it rests on. Somebody who wrote nothing and received nothing has no evidence.
    """
    params = {"as_of": run.as_of, "as_of_end": run.as_of_end, **windows(run.as_of)}
    with run.lake.session() as session:
        known_lines(session, run)
        session.view("emotion_signals", _SIGNALS, **params)
        session.table("emotion_purchases", sql_beside(__file__, "emotion_purchases.sql"), **params)
        messages, opinions = session.rows("select count(*), count(polarity) from emotion_signals")[
            0
        ]
        has_chat = messages > 0
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
    return Written(rows, {"messages": messages, "messages_with_polarity": opinions})
