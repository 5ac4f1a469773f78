"""Choose the product to offer a user: the favourite, else a best seller of its category.

Contains the exclusions and the choice. Not here: who is contacted. Allergens and ages of children
only exclude products (data_contracts/domain.md#sensitive-data).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

_SEPARATORS = re.compile(r"[|,，、;；/\s]+")


@dataclass(frozen=True)
class Choice:
    """The product offered; without `sku_id` no product.

    `is_favourite`: the user's own favourite. `category`: set when a best seller of it replaces the
    favourite. `had_favourite`: the user has a favourite that is still sold.
    """

    sku_id: str | None = None
    sku_name: str | None = None
    category: str | None = None
    is_favourite: bool = False
    had_favourite: bool = False
    is_on_promotion: bool = False


@dataclass(frozen=True)
class _Product:
    sku_id: str
    sku_name: str
    allergens: frozenset[str]
    unsuitable_below_years: float
    is_offerable: bool
    is_on_promotion: bool


class Assortment:
    """The products that may be offered.

    `products`: sku_id, sku_name, allergens, unsuitable_below_years, is_offerable (goods, launched,
    not delisted), is_on_promotion. `best_sellers`: category, sku_id, best first. `sold_out`: pairs
    of warehouse_id and sku_id. `allergens_known`: some product states allergens; otherwise users
    with allergens are offered nothing, because no product could be excluded.
    """

    def __init__(
        self,
        products: pd.DataFrame,
        best_sellers: pd.DataFrame,
        sold_out: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self._products = {
            row["sku_id"]: _Product(
                row["sku_id"],
                row["sku_name"],
                allergen_set(row["allergens"]),
                years_of(row["unsuitable_below_years"], 0.0),
                bool(row["is_offerable"]),
                bool(row["is_on_promotion"]),
            )
            for row in products.to_dict("records")
        }
        self.allergens_known = any(item.allergens for item in self._products.values())
        self._best: dict[str, list[str]] = {}
        for category, sku_id in zip(best_sellers["category"], best_sellers["sku_id"], strict=True):
            self._best.setdefault(category, []).append(sku_id)
        self._sold_out = sold_out

    def choose(self, user: Mapping[str, Any]) -> Choice:
        """Choose the product for a user row.

        Needs favourite_sku_id, favourite_category, warehouse_id, allergens, youngest_child_years.
        """
        avoided = allergen_set(user["allergens"])
        youngest = years_of(user["youngest_child_years"], math.inf)
        own = self._products.get(user["favourite_sku_id"])
        had_favourite = own is not None
        if own is not None and self._may_offer(own, avoided, youngest, user["warehouse_id"]):
            return Choice(own.sku_id, own.sku_name, None, True, True, own.is_on_promotion)
        category = user["favourite_category"]
        for sku_id in self._best.get(category, []) if isinstance(category, str) else []:
            item = self._products.get(sku_id)
            if item is not None and self._may_offer(item, avoided, youngest, user["warehouse_id"]):
                return Choice(
                    item.sku_id, item.sku_name, category, False, had_favourite, item.is_on_promotion
                )
        return Choice(had_favourite=had_favourite)

    def _may_offer(
        self, item: _Product, avoided: frozenset[str], youngest: float, warehouse_id: Any
    ) -> bool:
        if not item.is_offerable or (warehouse_id, item.sku_id) in self._sold_out:
            return False
        if youngest < item.unsuitable_below_years:
            return False
        if not avoided:
            return True
        return self.allergens_known and not contains_avoided(avoided, item.allergens)


def years_of(value: Any, unknown: float) -> float:
    """Return an age in years, or `unknown` if it is missing.

    >>> years_of(3, 0.0), years_of(None, 0.0), years_of(float("nan"), 0.0)
    (3.0, 0.0, 0.0)
    """
    return unknown if value is None or pd.isna(value) else float(value)


def allergen_set(written: Any) -> frozenset[str]:
    """Split the allergens of a cell at any usual separator, in lower case.

    >>> sorted(allergen_set("Milk|花生、坚果"))
    ['milk', '坚果', '花生']
    >>> allergen_set(None)
    frozenset()
    """
    if not isinstance(written, str):
        return frozenset()
    return frozenset(part.casefold() for part in _SEPARATORS.split(written) if part)


def contains_avoided(avoided: frozenset[str], contained: frozenset[str]) -> bool:
    """Whether any avoided allergen is contained; a name inside another counts as the same.

    >>> contains_avoided(frozenset({"花生"}), frozenset({"花生制品"}))
    True
    >>> contains_avoided(frozenset({"花生"}), frozenset({"牛奶"}))
    False
    """
    return any(one in other or other in one for one in avoided for other in contained)
