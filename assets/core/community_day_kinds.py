"""SQL step shared by several assets: the kind of each day at each community."""

from assets.core.windows import windows
from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from models.params.profiles import ProfileParams


def community_day_kinds(session: Session, run: DayRun) -> None:
    """Make `community_day_kinds`: rain, holiday, school season and working day per community and
    calendar day of the last 90.

    Needs `order_lines_as_of` of all users: a day without any order is left out.
    """
    session.table(
        "community_day_kinds",
        sql_beside(__file__, "community_day_kinds.sql"),
        as_of=run.as_of,
        as_of_end=run.as_of_end,
        since_90=windows(run.as_of)["since_90"],
        rainy_from_mm=ProfileParams().rainy_from_mm,
    )
