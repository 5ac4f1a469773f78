"""Echo alarms: products that many distinct users complain about within days."""

import pandas as pd

from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.profiles.feedback import message_source
from data_contracts.tables.feedback import ECHO_ALARMS
from models.feedback.complaint_bursts import echo_alarms as alarms_of
from models.params.feedback import VOICES

_WRITE = "select $as_of as as_of, * from alarms"
_FIRST = "select min(day) from message_signals where as_of = $as_of"


@day_asset(
    ECHO_ALARMS, deps=["message_signals", "orders", "products"], kinds={"duckdb", "sql", "pandas"}
)
def echo_alarms(run: DayRun) -> Written:
    """Products at least ten distinct users complained about in the last three days, for review.

    Beside the count stands what is usual for that product, and whether chance explains it. A person
    decides; nothing is taken off the shelf.
    """
    with run.session() as session:
        complaints = session.frame(sql_beside(__file__, "echo_complaints.sql"), as_of=run.as_of)
        products = message_source.shelf(session, run)
        found = alarms_of(
            complaints,
            products.set_index("sku_id")["sku_name"],
            run.as_of,
            session.scalar(_FIRST, as_of=run.as_of),
            VOICES.echo,
        )
        session.register("alarms", found.assign(usual_users=pd.to_numeric(found["usual_users"])))
        rows = session.replace(ECHO_ALARMS, run.as_of, _WRITE, as_of=run.as_of)
    return Written(rows, {"complaints_with_sku": len(complaints)})
