"""Asset `review_drivers`: aspects and delivery issues associated with more or fewer stars."""

from datetime import timedelta

from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from data_contracts.tables.feedback import REVIEW_DRIVERS
from models.params.feedback import FEEDBACK

_WRITE = "select $as_of as as_of, * from drivers"


@day_asset(REVIEW_DRIVERS, deps=["message_signals", "logistics"], kinds={"duckdb", "sql", "pandas"})
def review_drivers(run: DayRun) -> Written:
    """Compare mean stars with and without a mentioned aspect or a delivery issue.

    Intervals cluster the reviews of a user and are corrected for the number of comparisons. These
    are associations, not causes: users who criticise an aspect may differ in other ways.
    """
    import pandas as pd

    from models.feedback.review_drivers import find_review_drivers

    with run.session() as session:
        reviews = session.frame(
            sql_beside(__file__, "driver_reviews.sql"),
            as_of=run.as_of,
            as_of_end=run.as_of_end,
            since=run.as_of - timedelta(days=FEEDBACK.drivers.window_days - 1),
        )
        drivers = find_review_drivers(reviews, FEEDBACK.drivers)
        for bound in ("low", "high"):
            drivers[bound] = pd.to_numeric(drivers[bound])
        session.register("drivers", drivers)
        rows = session.replace(REVIEW_DRIVERS, run.as_of, _WRITE, as_of=run.as_of)
    return Written(rows, {"starred_reviews": len(reviews), "clear": int(drivers["is_clear"].sum())})
