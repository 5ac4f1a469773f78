"""Rows of the supply tables for tests: one supplier per warehouse and SKU, a certain lead time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from data_contracts.tables.supply import LONGEST_STORED_DAYS


def certain_supply(
    as_of: date, pairs: Iterable[tuple[str, str]], *, lead_days: int = 2, **terms: Any
) -> dict[str, list[dict[str, Any]]]:
    """Rows of `supply_options` and `lead_times` for pairs of warehouse and SKU; `terms` of all."""
    keys = [
        {"as_of": as_of, "warehouse_id": warehouse, "sku_id": sku, "supplier_id": "v1"}
        for warehouse, sku in pairs
    ]
    option = {"choice_rank": 1, "is_paused": False, "named_by": "terms"} | terms
    law = {"lead_time_source": "declared", "declared_days": lead_days, "own_orders": 0}
    law |= {"supplier_orders": 0, "never_share": 0.0, "beyond_share": 0.0}
    law |= {f"p_day_{day}": float(day == lead_days) for day in range(LONGEST_STORED_DAYS + 1)}
    return {
        "supply_options": [key | option for key in keys],
        "lead_times": [key | law for key in keys],
    }
