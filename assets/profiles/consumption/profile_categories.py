"""Asset `profile_categories`: purchase cycle, price band and affinity per user and category."""

from assets.core.order_lines import ORDER_LINE_SOURCES
from assets.core.windows import windows
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.profiles.change_detection.changed_users import ChangedUsers, digests_of
from assets.profiles.change_detection.price_ranks import ranks
from data_contracts.tables.profiles import PROFILE_CATEGORIES
from models.params.profiles import ProfileParams

STEPS = (
    "category_lines",
    "category_days",
    "category_gaps",
    "category_cycles",
    "category_levels",
)
DEPS = ["profile_inputs", "profile_basic", "price_ranks", *ORDER_LINE_SOURCES]


@day_asset(PROFILE_CATEGORIES, deps=DEPS, kinds={"duckdb", "sql"})
def profile_categories(run: DayRun) -> Written:
    """Summarise net goods lines of 365 days per user and category.

    The price band is the median price rank of the SKUs bought. A category with one price has no
    band; a category bought on one day has no cycle.
    """
    params = {"as_of": run.as_of, **windows(run.as_of)}
    with run.session() as session:
        changed = ChangedUsers(session, run, PROFILE_CATEGORIES, digests_of("consumption_digest"))
        ranks(session, run)
        for _ in changed.parts():
            changed.lines()
            for step in STEPS:
                session.table(step, sql_beside(__file__, f"{step}.sql"), **params)
            changed.add(sql_beside(__file__, "categories.sql"), **params)
        changed.carry_over()
        rows = session.replace(
            PROFILE_CATEGORIES,
            run.as_of,
            sql_beside(__file__, "category_affinity.sql"),
            affinity_prior_lines=ProfileParams().affinity_prior_lines,
        )
    if rows == 0:
        run.fallback(
            "no_categories",
            "no kept line of a user has a category; there is no preference by category",
            "没有带品类的有效订单行，品类偏好为空",
        )
    return Written(rows, changed.metadata())
