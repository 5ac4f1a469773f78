"""Where people buy what: the community map, and SKUs a community buys more of than others."""

from datetime import timedelta

import pandas as pd

from assets.core.order_lines import KNOWN_LINES, known_lines
from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from data_contracts.tables.affinity import COMMUNITY_DEMAND, COMMUNITY_SKUS, EVERYTHING
from models.affinity.community_index import community_demand as demand_of
from models.affinity.community_index import community_skus as skus_of
from models.params.affinity import TOGETHER

DEPS = KNOWN_LINES
_WRITE = "select $as_of as as_of, * from told"
_UNPLACED = """
select count(*) from known_lines
where is_kept and is_goods and community_id = 'none' and day >= $since
"""


@day_asset(COMMUNITY_DEMAND, deps=DEPS, kinds={"duckdb", "sql", "pandas"})
def community_demand(run: DayRun) -> Written:
    """Kept lines of 90 days per community and category, and how far from the platform's mix.

    A cell of fewer than ten users stands without figures, and so do as many others as it takes that
    no sum or difference of what is shown brings it back.
    """
    chosen = TOGETHER.communities
    since = run.as_of - timedelta(days=chosen.window_days - 1)
    with run.session() as session:
        known_lines(session, run)
        cells = session.frame(
            sql_beside(__file__, "community_cells.sql"), since=since, everything=EVERYTHING
        )
        told = demand_of(cells.sort_values(["community_id", "category"], ignore_index=True), chosen)
        for name in ("sold_units", "spend_yuan", "line_share", "demand_index"):
            told[name] = pd.to_numeric(told[name])
        session.register("told", told)
        rows = session.replace(COMMUNITY_DEMAND, run.as_of, _WRITE, as_of=run.as_of)
        unplaced = session.scalar(_UNPLACED, since=since)
    if unplaced:
        run.fallback(
            "lines_without_community",
            f"{unplaced} kept lines name no community; they stand on no community map",
            f"{unplaced}行有效订单没有小区，未计入小区需求地图",
        )
    hidden = told["is_suppressed"].astype(bool)
    small = int((cells["users"] < chosen.shown_from_users).sum())
    return Written(rows, {"cells_suppressed": int(hidden.sum()), "of_them_small": small})


@day_asset(COMMUNITY_SKUS, deps=DEPS, kinds={"duckdb", "sql", "pandas"})
def community_skus(run: DayRun) -> Written:
    """SKUs that clearly more people of a community buy than the platform's mix would have it.

    Distinct users of 90 days against those expected, shrunk to 1 by as much as communities really
    differ; ten users or more.
    """
    chosen = TOGETHER.communities
    since = run.as_of - timedelta(days=chosen.window_days - 1)
    with run.session() as session:
        known_lines(session, run)
        cells = session.frame(sql_beside(__file__, "community_sku_cells.sql"), since=since)
        told = skus_of(cells.sort_values(["community_id", "sku_id"], ignore_index=True), chosen)
        session.register("told", told)
        rows = session.replace(COMMUNITY_SKUS, run.as_of, _WRITE, as_of=run.as_of)
    enough = int((cells["users"] >= chosen.shown_from_users).sum())
    return Written(rows, {"cells_looked_at": len(cells), "cells_of_ten_users": enough})
