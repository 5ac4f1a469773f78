"""Asset `price_ranks`: price rank of each SKU within its category, fixed for a week."""

from datetime import date, timedelta

from assets.core.order_lines import ORDER_LINE_SOURCES, order_lines_as_of
from assets.core.windows import windows
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.tables.profile_inputs import PRICE_RANKS
from models.clock import monday_of

# A ranking fixed for a week needs some history; a younger platform is ranked every day.
HELD_FROM_DAYS = 28

_OF_THE_DAY = "select * from price_ranks where as_of = $as_of"
_FIRST_DAY = "select min(business_date) from orders where business_date <= $as_of"


@day_asset(PRICE_RANKS, deps=ORDER_LINE_SOURCES, kinds={"duckdb", "sql"})
def price_ranks(run: DayRun) -> Written:
    """Rank each SKU's median price among those of its category, as of the week's Monday.

    A new SKU shifts the rank of all others, and with it the price level of every user who bought
    them. With ranks fixed for a week, a level changes only with a user's own purchases. A SKU that
    is new since Monday has no rank until the next Monday.
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
    """Make `ranks`: the price ranks of `run.as_of`."""
    session.view("ranks", _OF_THE_DAY, as_of=run.as_of)


def _ranked_on(session: Session, as_of: date) -> date:
    monday, first = monday_of(as_of), session.scalar(_FIRST_DAY, as_of=as_of)
    has_history = first is not None and first <= monday - timedelta(days=HELD_FROM_DAYS)
    return monday if has_history else as_of
