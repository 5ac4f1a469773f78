"""Consumption dimension of the profile: how often, how much, how regularly, how dear, what."""

from assets.day import DayRun, day_asset, sql_beside
from assets.profiles.people.windows import windows
from assets.profiles.steps import known_lines
from data_contracts.tables import PROFILE_CONSUMPTION

STEPS = ("consumption_lines", "consumption_price_ranks", "consumption_rhythm", "consumption_usual")


DEPS = ["profile_basic", "orders", "products"]


@day_asset(PROFILE_CONSUMPTION, deps=DEPS, kinds={"duckdb", "sql"})
def profile_consumption(run: DayRun) -> int:
    """Kept goods lines of 365 days per user: frequency, spend, rhythm, price level, habits.

    Postage and fees are no goods and count nowhere here. What was cancelled or refunded after the
    last instant of `as_of` is not seen.
    """
    params = {"as_of": run.as_of, **windows(run.as_of)}
    with run.lake.session() as session:
        known_lines(session, run)
        for step in STEPS:
            session.table(step, sql_beside(__file__, f"{step}.sql"), **params)
        rows = session.replace(
            PROFILE_CONSUMPTION, run.as_of, sql_beside(__file__, "consumption.sql"), **params
        )
        lines, priced, listed = session.rows(
            "select count(*), count(paid_yuan), count(list_value_yuan) from consumption_lines"
        )[0]
        ranked = session.scalar("select count(*) from consumption_price_ranks")
    if lines and not priced:
        run.fallback(
            "no_money", "order lines carry no amounts; spend is empty", "订单没有金额，消费额为空"
        )
    if lines and not listed:
        run.fallback(
            "no_list_price",
            "no list price beside a price; discount_share is empty",
            "没有划线价，优惠占比为空",
        )
    if lines and not ranked:
        run.fallback(
            "no_price_ranks",
            "no category with more than one price; price_level is empty",
            "没有可比较价格的品类，价格档位为空",
        )
    return rows
