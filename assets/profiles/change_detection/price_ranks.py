"""Price ranks: how dear each SKU is within its category, held for a week."""

from datetime import date, timedelta

from assets.core.order_lines import ORDER_LINE_SOURCES, order_lines_as_of
from assets.core.windows import windows
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.tables.inputs import PRICE_RANKS
from models.clock import monday_of

# A ranking held for a week needs history behind it; a younger platform is ranked every day.
HELD_FROM_DAYS = 28

_OF_THE_DAY = "select * from price_ranks where as_of = $as_of"
_FIRST_DAY = "select min(business_date) from orders where business_date <= $as_of"


@day_asset(PRICE_RANKS, deps=ORDER_LINE_SOURCES, kinds={"duckdb", "sql"})
def price_ranks(run: DayRun) -> Written:
    """Place of each SKU's usual price among those of its category, as of the week's Monday.

    One more SKU moves the place of every other, and with it the price level of everybody who ever
    bought one. Held for a week, a level moves when somebody buys otherwise. A SKU that is new since
    Monday has no rank until the next.
    """
    with run.session() as session:
        ranked_on = _ranked_on(session, run.as_of)
        order_lines_as_of(session, run, as_of=ranked_on)
        rows = session.replace(
            PRICE_RANKS,
            run.as_of,
            sql_beside(__file__, "price_ranks.sql"),
            as_of=run.as_of,
            ranked_on=ranked_on,
            since_365=windows(ranked_on)["since_365"],
        )
    return Written(rows, {"ranked_on": str(ranked_on)})


def ranks(session: Session, run: DayRun) -> None:
    """Make `ranks`: those of `run.as_of`."""
    session.view("ranks", _OF_THE_DAY, as_of=run.as_of)


def _ranked_on(session: Session, as_of: date) -> date:
    monday, first = monday_of(as_of), session.scalar(_FIRST_DAY, as_of=as_of)
    has_history = first is not None and first <= monday - timedelta(days=HELD_FROM_DAYS)
    return monday if has_history else as_of
