"""Consumption by category: how often it is bought again, how dear, how much more than others."""

from assets.day import DayRun, day_asset, sql_beside
from assets.profiles.people.windows import windows
from assets.profiles.steps import known_lines
from data_contracts.tables import PROFILE_CATEGORIES
from models.params.profiles import ProfileParams

DEPS = ["profile_basic", "orders", "products"]


@day_asset(PROFILE_CATEGORIES, deps=DEPS, kinds={"duckdb", "sql"})
def profile_categories(run: DayRun) -> int:
    """Kept goods lines of 365 days per user and category.

    The price band is where the SKUs bought stand among the prices of their category. A category
    with one price has no band, a category bought on one day no cycle.
    """
    params = {"as_of": run.as_of, **windows(run.as_of)}
    with run.lake.session() as session:
        known_lines(session, run)
        for step in ("consumption_lines", "consumption_price_ranks"):
            session.table(step, sql_beside(__file__, f"{step}.sql"), **params)
        rows = session.replace(
            PROFILE_CATEGORIES,
            run.as_of,
            sql_beside(__file__, "categories.sql"),
            affinity_prior_lines=ProfileParams().affinity_prior_lines,
            **params,
        )
    if rows == 0:
        run.fallback(
            "no_categories",
            "no kept line of a user has a category; there is no preference by category",
            "没有带品类的有效订单行，品类偏好为空",
        )
    return rows
