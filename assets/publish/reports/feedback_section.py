"""What people said and how they moved, for the run card: alarms, wishes, changed labels.

Belongs here: the few lines a morning needs. Does not: who said it; every group is of ten users or
more, or only a count of labels.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes import Layer
from models.feedback.wish_list import EVERYWHERE
from models.params.feedback import VOICES

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


def heard(session: Session, as_of: date) -> dict[str, Any]:
    """`alarms`: products many complain about; `wishes`: things asked for and not on the shelf;
    `moves`: labels that changed today, users per pair; `users_from`: below which nobody is told."""
    moves = session.rows(_MOVES, as_of=as_of, most=MOST_MOVES)
    alarms = session.frame(_ALARMS, as_of=as_of)
    wishes = session.frame(_WISHES, as_of=as_of, everywhere=EVERYWHERE, most=MOST_WISHES)
    return {
        "users_from": VOICES.echo.users_from,
        "alarms": alarms.astype("object").where(alarms.notna(), None).to_dict("records"),
        "wishes": wishes.astype("object").where(wishes.notna(), None).to_dict("records"),
        "moves": [
            {"from_zh": Layer.zh_of(before), "to_zh": Layer.zh_of(now), "users": users}
            for before, now, users in moves
        ],
    }
