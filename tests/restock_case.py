"""One restock line from a usual SKU and what is different about it.

The usual SKU: 10 pieces a day, no more and no less; 12 on hand; packs of 5; bought at 4 yuan, sold
at 9; keeps 30 days. It is Wednesday, 30 September 2026; the supplier takes orders on Wednesdays and
Saturdays and delivers two days later. So this order arrives on 2 October (day 2), the next one on 5
October (day 5), and this one covers the days 2, 3 and 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from data_contracts.restock_limits import RestockLimits
from data_contracts.tables.demand import QUANTILE_PERCENTS
from models.params.replenishment import RestockParams
from models.replenishment.demand_sums import LAST_DAY, DemandSums
from models.replenishment.policy import FACTS, Restock, Supply, restock
from models.replenishment.projection import StockAhead
from models.replenishment.protection import OrderCalendar

NO = np.nan
AS_OF = date(2026, 9, 30)
SPANS = np.array([1.0, 3.0, 7.0, 14.0, 28.0])
CERTAIN = (1.0,) * len(QUANTILE_PERCENTS)
EVEN = tuple(percent / 50 for percent in QUANTILE_PERCENTS)  # every demand from 0 to twice the mean

USUAL: dict[str, object] = {
    "warehouse_id": "w1",
    "sku_id": "s1",
    "fulfilment_mode": "prestock",
    "sale_unit": "piece",
    "pack_size_units": 5.0,
    "order_step_units": NO,
    "min_order_units": NO,
    "max_order_units": NO,
    "min_order_yuan": NO,
    "shelf_life_days": 30.0,
    "last_offer_on": None,
    "days_on_offer": NO,
    "supplier_id": "v1",
    "supplier_name": "供应商一",
    "is_paused": False,
    "lead_time_source": "declared",
    "supply_flags": None,
    "cost_yuan": 4.0,
    "emergency_cost_yuan": NO,
    "price_yuan": 9.0,
    "orders_in_hand_units": 0.0,
    "presale_orders_units": 0.0,
    "on_hand_units": 12.0,
    "expired_units": 0.0,
    "in_transit_undated_units": 0.0,
    "stock_age_days": 0.0,
    "has_negative_count": False,
    "has_stock_file": True,
    "sold_mean_28d_units": 10.0,
    "demand_mean_28d_units": 10.0,
    "out_of_stock_days_28d": 0.0,
    "forecast_72h_units": 30.0,
    "forecast_fallback": None,
}
# What is not a column: demand, stock by day, supply.
AHEAD: dict[str, object] = {
    "daily_units": 10.0,
    "factors": CERTAIN,
    "expiring": None,
    "arriving": {},
    "lead_days": 2,
    "order_weekdays": (3, 6),
    "delivery_weekdays": (1, 2, 3, 4, 5, 6, 7),
    "cutoff_minutes": None,
    "closed_days": (),
}
assert set(USUAL) == set(FACTS)


def line(**changes: object) -> pd.Series:
    """The restock line of the usual SKU with these changes."""
    return decided([changes]).lines.iloc[0]


def decided(
    changes: Sequence[Mapping[str, object]],
    params: RestockParams | None = None,
    limits: RestockLimits | None = None,
) -> Restock:
    """Lines and projected stock of usual SKUs with these changes; calendars may differ by line."""
    rows = [USUAL | AHEAD | dict(change) for change in changes]
    for row, change in zip(rows, changes, strict=True):
        assert set(change) <= set(USUAL) | set(AHEAD), change
        if "forecast_72h_units" not in change:
            row["forecast_72h_units"] = 3 * float(row["daily_units"])  # type: ignore[arg-type]
    facts = pd.DataFrame([{name: row[name] for name in FACTS} for row in rows], columns=list(FACTS))
    daily = np.array([row["daily_units"] for row in rows], float).reshape(-1, 1)
    factors = np.array([row["factors"] for row in rows], float).reshape(len(rows), 1, len(CERTAIN))
    mean = daily * SPANS
    calendars = [_calendar(row) for row in rows] or [OrderCalendar()]
    lead = np.array([row["lead_days"] for row in rows], float).reshape(-1, 1)
    supply = Supply(
        lead_time_cdf=(np.arange(LAST_DAY + 1) >= lead).astype(float),
        lost_share=np.zeros(len(rows)),
        calendars=calendars,
        calendar_no=np.arange(len(rows)),
        platform_cutoff_minutes=23 * 60,
        closed_days=rows[0]["closed_days"] if rows else (),  # type: ignore[arg-type]
    )
    sums = DemandSums.of(SPANS, mean, mean[:, :, None] * factors)
    return restock(facts, sums, stock_ahead(rows), supply, AS_OF, params, limits)


def _calendar(row: Mapping[str, object]) -> OrderCalendar:
    return OrderCalendar(
        frozenset(row["order_weekdays"]),  # type: ignore[call-overload]
        frozenset(row["delivery_weekdays"]),  # type: ignore[call-overload]
        row["cutoff_minutes"],  # type: ignore[arg-type]
    )


def stock_ahead(rows: Sequence[Mapping[str, object]]) -> StockAhead:
    """Arrays from `expiring` and `arriving`, units by day; undated stock is `on_hand_units`."""
    expiring = np.zeros((len(rows), LAST_DAY + 2))
    arriving = np.zeros((len(rows), LAST_DAY + 1))
    for number, row in enumerate(rows):
        on_hand = row["expiring"]
        if on_hand is None:
            on_hand = {LAST_DAY + 1: np.nan_to_num(float(row["on_hand_units"]))}  # type: ignore[arg-type]
        for day, units in on_hand.items():  # type: ignore[attr-defined]
            expiring[number, day] += units
        for day, units in row["arriving"].items():  # type: ignore[attr-defined]
            if day <= LAST_DAY:
                arriving[number, day] += units
    claimed = np.array([row["orders_in_hand_units"] for row in rows], float)
    return StockAhead(expiring, arriving, np.nan_to_num(claimed))
