"""Read the inputs of this folder's assets: messages and the catalogue, as known at `as_of`.

Texts are masked in the lake. They leave these frames for `models/feedback` only: no log, metadata
or table may hold one.
"""

from datetime import timedelta

import pandas as pd

from assets.core.order_lines import off_offer
from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session


def messages(session: Session, run: DayRun, days: int) -> pd.DataFrame:
    """Return messages of users in the `days` days that end with `run.as_of`."""
    return _frame(session, run, "messages.sql", days)


def messages_view(session: Session, run: DayRun, days: int) -> None:
    """Make the view `messages` with the same rows, for SQL steps."""
    session.view("messages", sql_beside(__file__, "messages.sql"), **_known(run, days))


def catalogue(session: Session, run: DayRun) -> pd.DataFrame:
    """Return sku_id, sku_name, brand and is_on_offer of the products known at `run.as_of`."""
    off_offer(session)
    return _frame(session, run, "catalogue.sql", 1)


def _frame(session: Session, run: DayRun, name: str, days: int) -> pd.DataFrame:
    return session.frame(sql_beside(__file__, name), **_known(run, days))


def _known(run: DayRun, days: int) -> dict[str, object]:
    since = run.as_of - timedelta(days=days - 1)
    return {"as_of": run.as_of, "as_of_end": run.as_of_end, "since": since}
