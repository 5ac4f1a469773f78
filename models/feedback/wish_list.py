"""Count wishes by community, with disclosure control.

Contains grouping and suppression. Not here: extraction from a text (`wish_extraction`).

Three guards, because a wish is a person's own words in a place of a few hundred people. A product
that is not carried is named from `named_from_users` distinct users on, anywhere, and counted as
其他 before. For a group of fewer than `shown_from_users`, count and days are suppressed: a buyer
needs the wish itself; number and date could identify a household. Where one community is the only
suppressed one under a published total, the smallest published one is suppressed too, else the
difference reveals it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from data_contracts.codes.feedback import WishMatch
from models.feedback.product_matching import match_products, spoken_product_name
from models.params.feedback import WishParams

EVERYWHERE: Final = "全部"
OTHER: Final = "其他"
COLUMNS: Final = (
    "community_id", "wish", "wish_match", "sku_id", "sku_name", "matched_skus", "users",
    "is_suppressed", "first_day", "last_day",
)  # fmt: skip


def count_wishes(
    asked: pd.DataFrame, products: pd.DataFrame, params: WishParams | None = None
) -> pd.DataFrame:
    """Count wishes per community, and over all communities; columns as `COLUMNS`.

    `asked`: user_id, community_id, day, wish, one row per message that asks. `products`: sku_id,
    sku_name, brand, is_on_offer.
    """
    params = params or WishParams()
    if asked.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    named = _named(asked, products, params)
    everywhere = named.assign(community_id=EVERYWHERE)
    both = pd.concat([named.dropna(subset=["community_id"]), everywhere], ignore_index=True)
    of_wish = ["wish", "wish_match", "sku_id", "sku_name", "matched_skus"]
    counts = both.groupby(["community_id", *of_wish], dropna=False, as_index=False).agg(
        users=("user_id", "nunique"), first_day=("day", "min"), last_day=("day", "max")
    )
    counts["is_suppressed"] = _hidden(counts, params.shown_from_users)
    hidden = counts["is_suppressed"]
    counts["users"] = counts["users"].astype("Int64").mask(hidden)
    for day in ("first_day", "last_day"):
        counts[day] = pd.to_datetime(counts[day]).mask(hidden)
    return counts.sort_values(["community_id", "wish"], ignore_index=True)[list(COLUMNS)]


def _named(asked: pd.DataFrame, products: pd.DataFrame, params: WishParams) -> pd.DataFrame:
    """Give each wish its published name: the product's, the word used by many, or 其他."""
    things = sorted(asked["wish"].unique().tolist())
    matched = match_products(things, products, params)
    people = asked.groupby("wish")["user_id"].nunique()
    unknown = matched["wish_match"] == WishMatch.NOT_CARRIED.value
    few = matched["wish"].map(people) < params.named_from_users
    brands = products.set_index("sku_id")["brand"]
    ours = [
        spoken_product_name(str(name), _text(brands.get(sku))) if isinstance(name, str) else None
        for sku, name in zip(matched["sku_id"], matched["sku_name"], strict=True)
    ]
    names = []
    for thing, name, is_unknown, is_few in zip(things, ours, unknown, few, strict=True):
        if is_unknown:
            names.append(OTHER if is_few else thing)
        else:  # a typo is published as the product's own name
            names.append(thing if name and name.endswith(thing) else name)
    return asked.merge(matched.assign(name=names), on="wish").drop(columns="wish").rename(
        columns={"name": "wish"}
    )  # fmt: skip


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _hidden(counts: pd.DataFrame, shown_from: int) -> np.ndarray:
    """Mark the rows to suppress: small groups, and one more where a single group is suppressed."""
    hidden = (counts["users"] < shown_from).to_numpy(copy=True)
    places = (counts["community_id"] != EVERYWHERE).to_numpy()
    users = counts["users"].to_numpy()
    for wish in counts["wish"].unique():
        same = (counts["wish"] == wish).to_numpy()
        total_is_shown = not hidden[same & ~places].all()
        shown = np.flatnonzero(same & places & ~hidden)
        if total_is_shown and (same & places & hidden).sum() == 1 and len(shown):
            hidden[shown[users[shown].argmin()]] = True
    return hidden
