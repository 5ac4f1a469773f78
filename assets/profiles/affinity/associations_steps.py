"""Compute the asset `associations`, which `associations.py` declares and describes."""

from datetime import timedelta

import pandas as pd

from assets.core.order_lines import order_lines_as_of
from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.affinity import AssociationKind
from data_contracts.tables.affinity import ASSOCIATIONS
from models.affinity.association_rules import comparisons_per_segment, find_associations
from models.params.affinity import AFFINITY, AssociationParams

_WRITE = "select $as_of as as_of, * from scored_pairs"


def make_associations(run: DayRun) -> Written:
    """Compute the asset `associations` for the business date of `run`."""
    chosen = AFFINITY.associations
    with run.session() as session:
        order_lines_as_of(session, run)
        items, buyers, pairs, exposure = association_counts(session, run, chosen)
        associations = find_associations(items, buyers, pairs, exposure, chosen)
        associations["median_lag_days"] = pd.to_numeric(associations["median_lag_days"])
        session.register("scored_pairs", associations)
        rows = session.replace(ASSOCIATIONS, run.as_of, _WRITE, as_of=run.as_of)
    looks = comparisons_per_segment(items, chosen)
    if not looks:
        run.fallback(
            "no_pairs",
            f"no two things were bought by {chosen.users_from} known users; no association",
            f"没有哪两种商品有{chosen.users_from}名用户都买过，无法判断关联购买",
        )
    elif "category" not in set(items["level"]):
        run.fallback(
            "no_categories",
            "no order line has a category; associations of SKUs only",
            "订单没有品类，只判断商品之间的关联购买",
        )
    return Written(
        rows,
        {
            "pairs_looked_at": sum(looks.values()),
            "segments": len(looks),
            "suggested": int(associations["is_suggested"].sum()),
        },
    )


def association_counts(
    session: Session, run: DayRun, params: AssociationParams
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return items, buyers, pairs and exposure of both kinds, the input of
    `models/affinity/association_rules.py`."""
    left_out = pd.DataFrame({"age_band": pd.Series(params.left_out_ages, dtype="str")})
    session.register("left_out_ages", left_out)
    session.table("user_groups", sql_beside(__file__, "user_groups.sql"), as_of=run.as_of)
    session.table("segments", sql_beside(__file__, "segments.sql"))
    parts = [_counted_kind(session, run, kind, params) for kind in AssociationKind]
    items, buyers, pairs, exposure = (
        pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True)
    )
    return items, buyers, pairs, exposure


def _counted_kind(
    session: Session, run: DayRun, kind: AssociationKind, params: AssociationParams
) -> list[pd.DataFrame]:
    is_order = kind is AssociationKind.CO_PURCHASE
    days = params.order_days if is_order else params.sequence_days
    session.table(
        "basket_items",
        sql_beside(__file__, "basket_items.sql"),
        since=run.as_of - timedelta(days=days - 1),
    )
    session.table(
        "paired_items",
        sql_beside(__file__, "paired_items.sql"),
        users_from=params.users_from,
        most_skus=params.most_skus,
        most_categories=params.most_categories,
    )
    if not is_order:
        session.table(
            "following_days",
            sql_beside(__file__, "following_days.sql"),
            follow_days=params.follow_days,
        )
    return [
        session.frame(sql_beside(__file__, "item_counts.sql"), kind=kind.value),
        session.frame(sql_beside(__file__, "buyer_counts.sql"), kind=kind.value),
        session.frame(sql_beside(__file__, f"{kind.value}_pairs.sql")),
        session.frame(sql_beside(__file__, f"{kind.value}_exposure.sql")),
    ]
