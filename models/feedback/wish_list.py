"""The wish list: things asked for, counted by community, told so that nobody is singled out.

Belongs here: grouping and disclosure control. Does not: finding the thing in a text (`wishes`).

Three guards, because a wish is somebody's own words in a place of a few hundred people. A thing we
do not carry is named once `named_from_users` distinct people asked for it anywhere, and is counted
as 其他 before. A group of fewer than `shown_from_users` is shown without count and days: that it
was asked for there is what a buyer needs; how many and when could point at a household. Where one
community alone is hidden under a total that is shown, the smallest shown one is hidden with it,
else the total gives it away.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from data_contracts.tables.feedback_codes import WishMatch
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
    """One row per community and thing, and per thing everywhere; columns as `COLUMNS`.

    `asked`: user_id, community_id, day, wish, one row per message that asks. `products`: sku_id,
    sku_name, brand, is_on_offer.
    """
    params = params or WishParams()
    if asked.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    told = _named(asked, products, params)
    everywhere = told.assign(community_id=EVERYWHERE)
    both = pd.concat([told.dropna(subset=["community_id"]), everywhere], ignore_index=True)
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
    """What each message asks for as it may be told: a name of ours, a word of many, or 其他."""
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
    told = []
    for thing, name, is_unknown, is_few in zip(things, ours, unknown, few, strict=True):
        if is_unknown:
            told.append(OTHER if is_few else thing)
        else:  # a slip of the pen is told as the product's own name
            told.append(thing if name and name.endswith(thing) else name)
    return asked.merge(matched.assign(told=told), on="wish").drop(columns="wish").rename(
        columns={"told": "wish"}
    )  # fmt: skip


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _hidden(counts: pd.DataFrame, shown_from: int) -> np.ndarray:
    """Which rows are told without a count: the small ones, and the partner of a lone small one."""
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
