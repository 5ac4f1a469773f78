"""Echo alarms: products that many distinct users complain about within days."""

import pandas as pd

from assets.day import DayRun, Written, day_asset, sql_beside
from assets.profiles.voices import reading
from data_contracts.tables.voices import ECHO_ALARMS
from models.params.voices import VOICES
from models.voices.bursts import echo_alarms as alarms_of

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
        products = reading.shelf(session, run)
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
