"""Asset `message_signals`: classify messages; store the signals, never the text.

Computed in `message_signals_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.tables.feedback import MESSAGE_SIGNALS


@day_asset(
    MESSAGE_SIGNALS, deps=["chat", "orders", "products"], kinds={"duckdb", "sql", "scikitlearn"}
)
def message_signals(run: DayRun) -> Written:
    """Classify messages of users in the last 180 days: polarity, emotion, aspects, complaint, wish.

    The polarity model is trained on the platform's own reviews of 1, 2, 4 and 5 stars known at the
    end of the week's Monday. With too few of them only the lexicon is used, and the run card says
    so. One model scores all 180 days, so that they can be compared. A message that is unchanged
    since the day before, under the same classifier version, keeps its row: scoring it again would
    give the same. Product names are matched again in all messages, because the catalogue changes
    daily. No text is stored.
    """
    from assets.profiles.feedback.message_signals_steps import make_message_signals

    return make_message_signals(run)
