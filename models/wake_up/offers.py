"""Which product a user is offered: the usual one, else the best seller of the usual category.

Belongs here: what must never be offered to whom, and the choice. Does not: who is contacted. An
allergen, or the age of a child, takes a product away and does nothing else
(data_contracts/domain.md#sensitive-data).
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
    """`is_usual`: the user's own usual product; `category` is set when it stands in for that."""

    sku_id: str | None = None
    sku_name: str | None = None
    category: str | None = None
    is_usual: bool = False
    had_usual: bool = False
    is_on_promotion: bool = False


@dataclass(frozen=True)
class _Product:
    sku_id: str
    sku_name: str
    allergens: frozenset[str]
    unsuitable_below_years: float
    is_offerable: bool
    is_on_promotion: bool


class Shelf:
    """What may be offered.

    `products`: sku_id, sku_name, allergens, unsuitable_below_years, is_offerable (goods, launched,
    not delisted), is_on_promotion. `best_sellers`: category, sku_id, best first. `sold_out`: pairs
    of warehouse_id and sku_id. `allergens_known`: the product file tells allergens; without it,
    users with allergens are offered nothing, because nothing could be excluded.
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
        """Offer for a user row (usual_sku_id, usual_category, warehouse_id, allergens,
        youngest_child_years)."""
        avoided = allergen_set(user["allergens"])
        youngest = years_of(user["youngest_child_years"], math.inf)
        usual = self._products.get(user["usual_sku_id"])
        had_usual = usual is not None
        if usual is not None and self._may_have(usual, avoided, youngest, user["warehouse_id"]):
            return Choice(usual.sku_id, usual.sku_name, None, True, True, usual.is_on_promotion)
        category = user["usual_category"]
        for sku_id in self._best.get(category, []) if isinstance(category, str) else []:
            item = self._products.get(sku_id)
            if item is not None and self._may_have(item, avoided, youngest, user["warehouse_id"]):
                return Choice(
                    item.sku_id, item.sku_name, category, False, had_usual, item.is_on_promotion
                )
        return Choice(had_usual=had_usual)

    def _may_have(
        self, item: _Product, avoided: frozenset[str], youngest: float, warehouse_id: Any
    ) -> bool:
        if not item.is_offerable or (warehouse_id, item.sku_id) in self._sold_out:
            return False
        if youngest < item.unsuitable_below_years:
            return False
        if not avoided:
            return True
        return self.allergens_known and not clash(avoided, item.allergens)


def years_of(value: Any, unknown: float) -> float:
    """An age in years; `unknown` where none is stated.

    >>> years_of(3, 0.0), years_of(None, 0.0), years_of(float("nan"), 0.0)
    (3.0, 0.0, 0.0)
    """
    return unknown if value is None or pd.isna(value) else float(value)


def allergen_set(written: Any) -> frozenset[str]:
    """Allergens of a cell, whatever separates them.

    >>> sorted(allergen_set("Milk|花生、坚果"))
    ['milk', '坚果', '花生']
    >>> allergen_set(None)
    frozenset()
    """
    if not isinstance(written, str):
        return frozenset()
    return frozenset(part.casefold() for part in _SEPARATORS.split(written) if part)


def clash(avoided: frozenset[str], contained: frozenset[str]) -> bool:
    """Whether any avoided allergen is contained; one name inside another counts as the same.

    >>> clash(frozenset({"花生"}), frozenset({"花生制品"}))
    True
    >>> clash(frozenset({"花生"}), frozenset({"牛奶"}))
    False
    """
    return any(one in other or other in one for one in avoided for other in contained)
