"""A regular user and the products that the tests of the wake-up list change and choose from."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from models.params.wake_up import WAKE_UP, WakeUpParams
from models.wake_up import rules
from models.wake_up.offered_product import Assortment

AS_OF = date(2026, 9, 4)


USUAL: dict[str, Any] = {
    "user_id": "u1",
    "churn_30d": 0.2,
    "recency_days": 1,
    "rhythm_days": 5.0,
    "orders": 20,
    "spend_90d_yuan": 100.0,
    "failed_run": 0,
    "layer": "price_sensitive",
    "masked_name": "王*",
    "masked_phone": "138****0001",
    "community_id": "C1",
    "leader_id": "L1",
    "warehouse_id": "W1",
    "preferred_channel": None,
    "opened_channel": None,
    "active_hour": 19,
    "favourite_sku_id": "spinach",
    "favourite_category": "vegetables",
    "allergens": None,
    "youngest_child_years": None,
    "age_band": "35_44",
    "marketing_opt_out": False,
    "opted_out": False,
    "phone_refused": False,
    "days_since_contact": None,
    "unanswered_contacts": 0,
    "in_user_file": True,
    "in_profile": True,
    "is_calibrated": True,
}


PRODUCTS = """
sku      | name        | allergens | from years | offerable | promotion
spinach  | 本地菠菜500g | -         | -          | yes       | no
cabbage  | 大白菜      | -         | -          | yes       | yes
peanuts  | 花生米      | 花生      | 3          | yes       | no
nutmilk  | 核桃奶      | 坚果、牛奶 | -          | yes       | no
oldleek  | 老韭菜      | -         | -          | no        | no
"""


def table(text: str) -> list[dict[str, str]]:
    """Rows of a drawn table; cells are separated by bars."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    header, *body = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [dict(zip(header, row, strict=True)) for row in body]


def cases(text: str) -> list[Any]:
    """Drawn rows as pytest parameters, named by their first column."""
    return [pytest.param(row, id=next(iter(row.values()))) for row in table(text)]


def number(cell: str) -> float | None:
    return None if cell == "-" else float(cell)


def users(*changes: dict[str, Any]) -> pd.DataFrame:
    rows = [USUAL | {"user_id": f"u{place}"} | change for place, change in enumerate(changes)]
    return pd.DataFrame(rows)


def assortment(
    sellers: dict[str, list[str]] | None = None, sold_out: set[Any] | None = None
) -> Assortment:
    products = pd.DataFrame(
        {
            "sku_id": row["sku"],
            "sku_name": row["name"],
            "allergens": None if row["allergens"] == "-" else row["allergens"],
            "unsuitable_below_years": number(row["from years"]),
            "is_offerable": row["offerable"] == "yes",
            "is_on_promotion": row["promotion"] == "yes",
        }
        for row in table(PRODUCTS)
    )
    pairs = [(name, sku) for name, skus in (sellers or {}).items() for sku in skus]
    best = pd.DataFrame(pairs, columns=["category", "sku_id"])
    return Assortment(products, best, frozenset(sold_out or ()))


def listed(*changes: dict[str, Any], params: WakeUpParams = WAKE_UP) -> pd.DataFrame:
    return rules.select_users(users(*changes), assortment(), AS_OF, params).lines
