"""Select the users to contact on the next day, and write both arms of the wake-up list.

Computed in `wake_up_lines_steps.py`.
"""

from assets.core.order_lines import ORDER_LINE_SOURCES
from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.tables.bookkeeping import CONSENT_WORDS, CONTACT_ANSWERS, INGEST_LEDGER
from data_contracts.tables.wake_up import WAKE_UP_LEFT_OUT, WAKE_UP_LINES

_DEPS = ["churn_scores", "profile_consumption", "profile_scene", "profile_emotion", "layer_labels"]

_DEPS += ["users", "contacts", "stock", "promotions", *ORDER_LINE_SOURCES]

_READS = (WAKE_UP_LEFT_OUT, INGEST_LEDGER, CONSENT_WORDS, CONTACT_ANSWERS)


@day_asset(WAKE_UP_LINES, deps=_DEPS, reads=_READS, kinds={"duckdb", "sql"})
def wake_up_lines(run: DayRun) -> Written:
    """Choose whom to contact tomorrow and why: silent users, users at risk, users we let down.

    Left out are users who refused, whose phone refused under another id, minors, and users
    contacted in the last days. A vault that cannot be opened stops the list, because it would
    contain such users. Each action has one offer for everyone. A fifth of the list is held out for
    the month, so that the effect can be measured; the held-out users are in this table and must
    not reach a file.
    """
    from assets.decide.wake_up.wake_up_lines_steps import make_wake_up_lines

    return make_wake_up_lines(run)
