"""Review drivers: what goes together with more or fewer stars."""

from datetime import timedelta

import pandas as pd

from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from data_contracts.tables.feedback import REVIEW_DRIVERS
from models.feedback.drivers import review_drivers as drivers_of
from models.params.feedback import VOICES

_WRITE = "select $as_of as as_of, * from drivers"


@day_asset(REVIEW_DRIVERS, deps=["message_signals", "logistics"], kinds={"duckdb", "sql", "pandas"})
def review_drivers(run: DayRun) -> Written:
    """Difference of mean stars with and without an aspect named or a delivery gone wrong.

    Intervals take reviews of a user together and are corrected for all differences looked at.
    Associations: who criticises a thing may differ in much else.
    """
    with run.session() as session:
        reviews = session.frame(
            sql_beside(__file__, "driver_reviews.sql"),
            as_of=run.as_of,
            as_of_end=run.as_of_end,
            since=run.as_of - timedelta(days=VOICES.drivers.window_days - 1),
        )
        found = drivers_of(reviews, VOICES.drivers)
        for bound in ("low", "high"):
            found[bound] = pd.to_numeric(found[bound])
        session.register("drivers", found)
        rows = session.replace(REVIEW_DRIVERS, run.as_of, _WRITE, as_of=run.as_of)
    return Written(rows, {"starred_reviews": len(reviews), "clear": int(found["is_clear"].sum())})
