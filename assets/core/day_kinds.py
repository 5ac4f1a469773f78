"""The kind of each day at each community, which more than one asset needs."""

from assets.core.windows import windows
from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from models.params.profiles import ProfileParams


def day_kinds(session: Session, run: DayRun) -> None:
    """Make `day_kinds`: rain, holiday, school season, working day, per community and day of 90.

    Needs `known_lines` of everybody: a day nobody at all ordered on is no day of the platform.
    """
    session.table(
        "day_kinds",
        sql_beside(__file__, "day_kinds.sql"),
        as_of=run.as_of,
        as_of_end=run.as_of_end,
        since_90=windows(run.as_of)["since_90"],
        rainy_from_mm=ProfileParams().rainy_from_mm,
    )
