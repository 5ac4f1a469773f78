"""Asset `account_marks`: accounts that order to several addresses within a few days.

A mark excludes nothing: it is shown next to the profile, for a person to review.
"""

from assets.core.windows import windows
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from data_contracts.tables.labels import ACCOUNT_MARKS
from models.params.accounts import AccountMarkParams

_PLACES = """
select count(*), count(receiver_address_key), count(coalesce(receiver_address_key, community_id))
from orders
where user_id is not null and business_date between $since_90 and $as_of
    and ordered_at < $as_of_end
"""


@day_asset(ACCOUNT_MARKS, deps=["orders"], kinds={"duckdb", "sql"})
def account_marks(run: DayRun) -> Written:
    """Find accounts that ordered to several addresses within a few business days of the last 90.

    Cancelled orders count, because placing them is what matters. An order without an address counts
    for its community, so several addresses of one community are not detected then.
    """
    chosen = AccountMarkParams()
    params = {"as_of": run.as_of, "as_of_end": run.as_of_end, **windows(run.as_of)}
    with run.session() as session:
        rows = session.replace(
            ACCOUNT_MARKS,
            run.as_of,
            sql_beside(__file__, "account_marks.sql"),
            addresses_from=chosen.addresses_from,
            window_days=chosen.window_days,
            **params,
        )
        lines, addressed, placed = session.rows(_PLACES, **params)[0]
    if lines and not placed:
        run.fallback(
            "no_addresses",
            "order lines name neither an address nor a community; no account can be marked",
            "订单既没有收货地址也没有小区，无法标记多地址账户",
        )
    return Written(
        rows,
        {
            "marked_accounts": rows,
            "addresses_from": chosen.addresses_from,
            "window_days": chosen.window_days,
            "lines_with_address": addressed,
            "lines_with_community_only": placed - addressed,
        },
    )
