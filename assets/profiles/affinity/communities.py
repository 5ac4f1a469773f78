"""Assets `community_demand` and `community_skus`: a community's demand against the platform's."""

from datetime import timedelta

from assets.core.order_lines import ORDER_LINE_SOURCES, order_lines_as_of
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from data_contracts.tables.affinity import COMMUNITY_DEMAND, COMMUNITY_SKUS, EVERYTHING
from models.params.affinity import AFFINITY

DEPS = ORDER_LINE_SOURCES
_WRITE = "select $as_of as as_of, * from index_rows"
_UNPLACED_LINES = """
select count(*) from order_lines_as_of
where has_net_units and is_goods and community_id = 'none' and day >= $since
"""


@day_asset(COMMUNITY_DEMAND, deps=DEPS, kinds={"duckdb", "sql", "pandas"})
def community_demand(run: DayRun) -> Written:
    """Compare 90 days of net order lines per community and category with the platform's mix.

    A cell of fewer than ten users is suppressed, and so are as many others as are needed that no
    sum or difference of published cells reveals it.
    """
    import pandas as pd

    from models.affinity.community_index import index_community_demand

    chosen = AFFINITY.communities
    since = run.as_of - timedelta(days=chosen.window_days - 1)
    with run.session() as session:
        order_lines_as_of(session, run)
        cells = session.frame(
            sql_beside(__file__, "community_cells.sql"), since=since, everything=EVERYTHING
        )
        ordered = cells.sort_values(["community_id", "category"], ignore_index=True)
        index_rows = index_community_demand(ordered, chosen)
        for name in ("sold_units", "spend_yuan", "line_share", "demand_index"):
            index_rows[name] = pd.to_numeric(index_rows[name])
        session.register("index_rows", index_rows)
        rows = session.replace(COMMUNITY_DEMAND, run.as_of, _WRITE, as_of=run.as_of)
        unplaced = session.scalar(_UNPLACED_LINES, since=since)
    if unplaced:
        run.fallback(
            "lines_without_community",
            f"{unplaced} kept lines name no community; they are missing from the community map",
            f"{unplaced}行有效订单没有小区，未计入小区需求地图",
        )
    hidden = index_rows["is_suppressed"].astype(bool)
    small = int((cells["users"] < chosen.shown_from_users).sum())
    return Written(rows, {"cells_suppressed": int(hidden.sum()), "of_them_small": small})


@day_asset(COMMUNITY_SKUS, deps=DEPS, kinds={"duckdb", "sql", "pandas"})
def community_skus(run: DayRun) -> Written:
    """Find SKUs that clearly more users of a community buy than the platform's mix predicts.

    Distinct users of 90 days against the expected number, shrunk towards 1 by the observed variance
    between communities; ten users or more.
    """
    from models.affinity.community_index import index_community_skus

    chosen = AFFINITY.communities
    since = run.as_of - timedelta(days=chosen.window_days - 1)
    with run.session() as session:
        order_lines_as_of(session, run)
        cells = session.frame(sql_beside(__file__, "community_sku_cells.sql"), since=since)
        ordered = cells.sort_values(["community_id", "sku_id"], ignore_index=True)
        session.register("index_rows", index_community_skus(ordered, chosen))
        rows = session.replace(COMMUNITY_SKUS, run.as_of, _WRITE, as_of=run.as_of)
    enough = int((cells["users"] >= chosen.shown_from_users).sum())
    return Written(rows, {"cells_looked_at": len(cells), "cells_of_ten_users": enough})
