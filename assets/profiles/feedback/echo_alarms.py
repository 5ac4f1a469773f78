"""Asset `echo_alarms`: bursts of complaints by distinct users about one product."""

from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from data_contracts.tables.feedback import ECHO_ALARMS
from models.params.feedback import FEEDBACK

_WRITE = "select $as_of as as_of, * from alarms"
_FIRST = "select min(day) from message_signals where as_of = $as_of"


@day_asset(
    ECHO_ALARMS, deps=["message_signals", "orders", "products"], kinds={"duckdb", "sql", "pandas"}
)
def echo_alarms(run: DayRun) -> Written:
    """List products that at least ten distinct users complained about in the last three days.

    Each row also has the typical number of users for that product and whether chance explains the
    difference. A person decides: no product is taken off sale automatically.
    """
    import pandas as pd

    from assets.profiles.feedback import message_source
    from models.feedback.echo_alarms import find_complaint_bursts

    with run.session() as session:
        complaints = session.frame(sql_beside(__file__, "echo_complaints.sql"), as_of=run.as_of)
        products = message_source.catalogue(session, run)
        alarms = find_complaint_bursts(
            complaints,
            products.set_index("sku_id")["sku_name"],
            run.as_of,
            session.scalar(_FIRST, as_of=run.as_of),
            FEEDBACK.echo,
        )
        session.register("alarms", alarms.assign(usual_users=pd.to_numeric(alarms["usual_users"])))
        rows = session.replace(ECHO_ALARMS, run.as_of, _WRITE, as_of=run.as_of)
    return Written(rows, {"complaints_with_sku": len(complaints)})
