"""Asset `profile_consumption`: frequency, spend, intervals, price level, favourites per user."""

from assets.core.order_lines import ORDER_LINE_SOURCES
from assets.core.windows import windows
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.profiles.change_detection.changed_users import ChangedUsers, digests_of
from assets.profiles.change_detection.price_ranks import ranks
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.tables.profiles import PROFILE_CONSUMPTION
from models.params.profiles import ProfileParams

STEPS = (
    "consumption_lines",
    "consumption_intervals",
    "consumption_favourites",
    "consumption_habits",
)
DEPS = ["profile_inputs", "profile_basic", "price_ranks", *ORDER_LINE_SOURCES]

_RECENCY = "date_diff('day', last_order_on, $as_of)"
_KNOWN = "sum(evidence_count), sum(priced_lines), sum(listed_lines), sum(ranked_lines)"


@day_asset(PROFILE_CONSUMPTION, deps=DEPS, kinds={"duckdb", "sql"})
def profile_consumption(run: DayRun) -> Written:
    """Summarise net goods lines of 365 days per user: frequency, spend, intervals, price level.

    Postage and fees are not goods and are left out. A cancellation or refund after the last instant
    of `as_of` is not seen. Users without new activity, and without a line that left a window, keep
    the row of the day before.
    """
    params = {"as_of": run.as_of, **windows(run.as_of)}
    with run.session() as session:
        changed = ChangedUsers(session, run, PROFILE_CONSUMPTION, digests_of("consumption_digest"))
        ranks(session, run)
        for _ in changed.parts():
            changed.lines()
            for step in STEPS:
                session.table(
                    step,
                    sql_beside(__file__, f"{step}.sql"),
                    launch_days=ProfileParams().launch_days,
                    **params,
                )
            changed.add(sql_beside(__file__, "consumption.sql"), **params)
        changed.carry_over(recency_days=_RECENCY)
        rows = session.replace(PROFILE_CONSUMPTION, run.as_of, "from day_rows")
        _note_what_is_missing(run, session)
    return Written(rows, changed.metadata())


def _note_what_is_missing(run: DayRun, session: Session) -> None:
    lines, priced, listed, ranked = session.rows(f"select {_KNOWN} from day_rows")[0]
    if lines and not priced:
        run.fallback(
            "no_money", "order lines carry no amounts; spend is empty", "订单没有金额，消费额为空"
        )
    if lines and not listed:
        run.fallback(
            "no_list_price",
            "no line has both a list price and a price; discount_share is empty",
            "没有一行同时有划线价和成交价，优惠占比为空",
        )
    if lines and not ranked:
        run.fallback(
            "no_price_ranks",
            "no category with more than one price; price_level is empty",
            "没有一个品类有多种价格可比，价格档位为空",
        )
