"""What the assets of this room read: messages and the shelf, as known at as_of.

Belongs here: SQL to frames. Does not: what is made of them. Texts come masked from the lake and
leave these frames for `models.feedback` only: no log, no metadata, no table has one.
"""

from datetime import timedelta

import pandas as pd

from assets.core.order_lines import off_offer
from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session


def messages(session: Session, run: DayRun, days: int) -> pd.DataFrame:
    """Messages of users in the `days` days that end with `run.as_of`."""
    return _frame(session, run, "messages.sql", days)


def view_messages(session: Session, run: DayRun, days: int) -> None:
    """The same as the session's view `messages`, for what is done with them in SQL."""
    session.view("messages", sql_beside(__file__, "messages.sql"), **_known(run, days))


def shelf(session: Session, run: DayRun) -> pd.DataFrame:
    """sku_id, sku_name, brand, is_on_offer of the products known at `run.as_of`."""
    off_offer(session)
    return _frame(session, run, "shelf.sql", 1)


def _frame(session: Session, run: DayRun, name: str, days: int) -> pd.DataFrame:
    return session.frame(sql_beside(__file__, name), **_known(run, days))


def _known(run: DayRun, days: int) -> dict[str, object]:
    since = run.as_of - timedelta(days=days - 1)
    return {"as_of": run.as_of, "as_of_end": run.as_of_end, "since": since}
