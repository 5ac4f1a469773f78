"""Asset `profile_basic`: known users, their tenure, community and stated attributes."""

from assets.core.order_lines import ORDER_LINE_SOURCES, order_lines_as_of
from assets.framework.day_asset import DayRun, day_asset, sql_beside
from data_contracts.tables.profiles import PROFILE_BASIC


@day_asset(PROFILE_BASIC, deps=["users", *ORDER_LINE_SOURCES], kinds={"duckdb", "sql"})
def profile_basic(run: DayRun) -> int:
    """List all users known at `as_of`, from the users file and from order lines.

    This table decides who has a profile: the other three dimensions have exactly these users.
    Attributes are those stated by the user; none is inferred.
    """
    with run.session() as session:
        order_lines_as_of(session, run)
        rows = session.replace(
            PROFILE_BASIC,
            run.as_of,
            sql_beside(__file__, "profile_basic.sql"),
            as_of=run.as_of,
            as_of_end=run.as_of_end,
        )
        undated = session.scalar("select count(*) from users where registered_at is null")
    if undated:
        run.fallback(
            "users_without_registration",
            f"{undated} rows of the users file have no registered_at; such a user is known from "
            "the first order line on",
            f"用户档案中有{undated}行没有注册时间，这些用户自首次下单起才计入",
        )
    if rows == 0:
        run.fallback(
            "no_users",
            "no order line and no users file names a user; profiles and layers are empty",
            "订单和用户档案都没有用户编号，画像与分层为空",
        )
    return rows
