"""Read the run card's section on feedback: complaint alarms, wishes and changed labels.

Never who said it: every group has ten users or more, or is a count of labels.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.labels import Layer
from data_contracts.records.run_card import Feedback
from models.feedback.wish_list import EVERYWHERE
from models.params.feedback import FEEDBACK

MOST_WISHES, MOST_MOVES = 5, 6

_ALARMS = """
select sku_id, sku_name, topic, users, window_days, usual_users, reason_zh
from echo_alarms
where as_of = $as_of
order by users desc, sku_id, topic
"""
_WISHES = """
select wish, users, wish_match, sku_name
from wishes
where
    as_of = $as_of
    and community_id = $everywhere
    and not is_suppressed
    and wish_match <> 'carried'
order by users desc, wish
limit $most
"""
_MOVES = """
select previous_layer, layer, count(*) as users
from layer_labels
where as_of = $as_of and is_changed
group by previous_layer, layer
order by users desc, previous_layer, layer
limit $most
"""


def feedback_section(session: Session, as_of: date) -> Feedback:
    """Read alarms, wishes for products not on offer, and labels that changed on the day."""
    moves = session.rows(_MOVES, as_of=as_of, most=MOST_MOVES)
    alarms = session.frame(_ALARMS, as_of=as_of)
    wishes = session.frame(_WISHES, as_of=as_of, everywhere=EVERYWHERE, most=MOST_WISHES)
    return Feedback(
        users_from=FEEDBACK.echo.users_from,
        alarms=_records(alarms),
        wishes=_records(wishes),
        moves=[
            {"from_zh": Layer.zh_of(before), "to_zh": Layer.zh_of(now), "users": users}
            for before, now, users in moves
        ],
    )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Convert rows to dicts; a missing value is None."""
    rows = frame.astype("object").where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
