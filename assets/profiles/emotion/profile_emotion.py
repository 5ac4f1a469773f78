"""Asset `profile_emotion`: stars, polarity, complaints, failed deliveries and shares per user."""

from assets.core.order_lines import ORDER_LINE_SOURCES
from assets.core.windows import windows
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.profiles.change_detection.changed_users import ChangedUsers, digests_of
from data_contracts.codes.feedback import Aspect
from data_contracts.tables.emotion import PROFILE_EMOTION

DEPS = [
    "profile_inputs",
    "profile_basic",
    "message_signals",
    "logistics",
    "browse",
    *ORDER_LINE_SOURCES,
]

_SIGNALS = """
select * from message_signals
where as_of = $as_of and user_id in (select user_id from users_of_part)
"""
_HAS_BROWSE = "select count(*) > 0 from browse where business_date between $since_180 and $as_of"
_KNOWN = "sum(messages), sum(polarity_messages), sum(purchases_concluded)"

# columns of each aspect, and counters that are empty where no user of the platform wrote anything
_ASPECTS = f"^({'|'.join(aspect.value for aspect in Aspect)})_polarity$"
_MENTIONS = "|".join(f"{aspect.value}_mentions" for aspect in Aspect)
_OF_CHAT = f"^(messages|reviews|polarity_messages|{_MENTIONS})$"


@day_asset(PROFILE_EMOTION, deps=DEPS, kinds={"duckdb", "sql", "pandas"})
def profile_emotion(run: DayRun) -> Written:
    """Summarise messages, reviews and shipments of the last 180 days per user.

    Signals of messages come from `message_signals`. Each value has a column with the number of rows
    behind it. A user without messages and deliveries has no evidence. Users without new rows, and
    without a row that left the window, keep the row of the day before.
    """
    params = {"as_of": run.as_of, "as_of_end": run.as_of_end, **windows(run.as_of)}
    with run.session() as session:
        changed = ChangedUsers(session, run, PROFILE_EMOTION, digests_of("emotion_digest"))
        for _ in changed.parts():
            changed.lines()
            session.table("emotion_signals", _SIGNALS, **params)
            session.table(
                "emotion_purchases", sql_beside(__file__, "emotion_purchases.sql"), **params
            )
            changed.add(sql_beside(__file__, "emotion.sql"), aspects=_ASPECTS, **params)
        changed.carry_over()
        rows = session.replace(
            PROFILE_EMOTION,
            run.as_of,
            sql_beside(__file__, "emotion_counters.sql"),
            of_chat=_OF_CHAT,
            has_browse=bool(session.scalar(_HAS_BROWSE, **params)),
        )
        messages, opinions, purchases = session.rows(f"select {_KNOWN} from day_rows")[0]
    if rows and not messages:
        run.fallback(
            "no_chat",
            "no message of a user in 180 days; words and stars are empty",
            "近180天没有用户留言，情感与星级为空",
        )
    if rows and not purchases:
        run.fallback(
            "no_logistics",
            "no delivery known in 180 days; failures are empty",
            "近180天没有物流结果，履约失败为空",
        )
    counts = {"messages": int(messages or 0), "messages_with_polarity": int(opinions or 0)}
    return Written(rows, {**counts, **changed.metadata()})
