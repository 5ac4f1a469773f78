"""Fit the laws of many lead times at once: one row per warehouse, SKU and supplier.

Contains which orders are evidence for which row, and what a row rests on. Not here: the fit itself
(`models/replenishment/lead_times.py`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data_contracts.codes.supply import LeadTimeSource
from data_contracts.tables.supply import LONGEST_STORED_DAYS
from models.params.replenishment import LeadTimeParams
from models.params.supply import SupplyParams
from models.replenishment.lead_times import (
    LeadTimeCounts,
    LeadTimeLaw,
    count_lead_times,
    fit_grouped_lead_times,
    promised_law,
)

ROW = ["warehouse_id", "sku_id", "supplier_id"]
STORED_DAYS = LONGEST_STORED_DAYS + 1
_ORDERS_AT_ONCE = 100_000


def lead_time_laws(
    rows: pd.DataFrame, orders: pd.DataFrame, params: LeadTimeParams, supply: SupplyParams
) -> pd.DataFrame:
    """Return the law of each row of `rows`, in its order, as columns of `lead_times`.

    `rows`: ROW, `lead_time_days` (declared, may be empty), `is_fresh`. `orders`: ROW (warehouse
    and supplier may be empty), `promised_days`, `lead_days` (empty: not arrived), `age_days`
    (days it was awaited). Orders of other rows are evidence of their supplier.
    """
    every, place = _with_rows_of_orders(rows, orders)
    declared = _declared_days(every, orders)
    assumed = declared.fillna(
        every["is_fresh"].map({True: supply.default_fresh_days, False: supply.default_days})
    )
    longest = supply.longest_days
    assumed = assumed.clip(upper=longest - params.late_periods).astype(int)
    groups, group_days = _groups(every, assumed)
    counts = _counts(place, len(every), orders, longest)
    prior = LeadTimeLaw(
        np.array([_padded(promised_law(days, params), longest) for days in group_days]).reshape(
            -1, longest + 1
        ),
        np.zeros(len(group_days)),
    )
    law = fit_grouped_lead_times(counts, groups, prior, params)
    own = counts.awaited[:, 0]
    of_group = np.bincount(groups, own, len(group_days))[groups]
    result = _columns(law)
    result["declared_days"] = declared.astype("Int64").to_numpy()
    result["own_orders"], result["supplier_orders"] = own.astype(int), of_group.astype(int)
    result["lead_time_source"] = np.select(
        [own > 0, of_group > 0, declared.notna().to_numpy()],
        [
            LeadTimeSource.LEARNT.value,
            LeadTimeSource.LEARNT_OF_SUPPLIER.value,
            LeadTimeSource.DECLARED.value,
        ],
        LeadTimeSource.DEFAULT.value,
    )
    return pd.concat([every[ROW], result], axis=1).iloc[: len(rows)]


def _with_rows_of_orders(
    rows: pd.DataFrame, orders: pd.DataFrame
) -> tuple[pd.DataFrame, np.ndarray]:
    """Append a row for orders whose warehouse, SKU and supplier `rows` lacks; locate each order."""
    wanted = rows[[*ROW, "lead_time_days", "is_fresh"]]
    of_sku = (
        wanted.sort_values(ROW, kind="stable")
        .drop_duplicates(["sku_id", "supplier_id"])
        .drop(columns="warehouse_id")
    )
    keys = pd.concat([wanted[ROW], orders[ROW]], ignore_index=True)
    number = keys.groupby(ROW, dropna=False, sort=False).ngroup().to_numpy()
    more = orders[ROW].assign(number=number[len(wanted) :])
    more = more[more["number"] >= len(wanted)].drop_duplicates("number").sort_values("number")
    more = more.drop(columns="number").merge(of_sku, how="left", on=["sku_id", "supplier_id"])
    every = pd.concat([wanted, more.astype({"lead_time_days": "Int64"})], ignore_index=True)
    every["is_fresh"] = every["is_fresh"].fillna(False).astype(bool)
    return every, number[len(wanted) :]


def _declared_days(every: pd.DataFrame, orders: pd.DataFrame) -> pd.Series:
    """Return the declared days of each row, else the median promise of the SKU's orders, else of
    the supplier's."""
    declared = every["lead_time_days"].astype("Float64")
    for keys in (["sku_id", "supplier_id"], ["supplier_id"]):
        promised = orders.dropna(subset=["promised_days", "supplier_id"])
        median = promised.groupby(keys)["promised_days"].median().round().rename("promised")
        promise = every[keys].join(median, on=keys)["promised"]
        declared = declared.fillna(promise.astype("Float64"))
    return declared


def _groups(every: pd.DataFrame, assumed: pd.Series) -> tuple[np.ndarray, list[int]]:
    """Number the groups, suppliers with the same days, and return the days of each.

    Rows without a supplier have only their SKU in common.
    """
    named = every["supplier_id"].notna()
    keys = pd.DataFrame(
        {
            "is_named": named,
            "name": every["supplier_id"].where(named, every["sku_id"]),
            "days": assumed,
        }
    )
    number = keys.groupby(["is_named", "name", "days"], sort=False).ngroup()
    days = keys["days"].groupby(number).first()
    return number.to_numpy(), [int(day) for day in days]


def _counts(place: np.ndarray, rows: int, orders: pd.DataFrame, longest: int) -> LeadTimeCounts:
    """Count the orders of each row by age, a part of them at a time."""
    total = LeadTimeCounts(np.zeros((rows, longest + 1)), np.zeros((rows, longest + 1)))
    lead = orders["lead_days"].astype("Float64").to_numpy(float, na_value=np.nan)
    age = orders["age_days"].to_numpy(np.int64)
    for start in range(0, len(orders), _ORDERS_AT_ONCE):
        part = slice(start, start + _ORDERS_AT_ONCE)
        part_counts = count_lead_times(place[part], rows, lead[part], age[part], longest)
        total = LeadTimeCounts(
            total.arrived + part_counts.arrived, total.awaited + part_counts.awaited
        )
    return total


def _padded(law: LeadTimeLaw, longest: int) -> np.ndarray:
    return np.pad(law.chances, (0, longest + 1 - law.chances.shape[-1]))


def _columns(law: LeadTimeLaw) -> pd.DataFrame:
    """Return mean, quantiles, losses and the chance of each stored day, per row."""
    arriving = law.chances.sum(axis=1, keepdims=True)
    share = np.cumsum(law.chances, axis=1) / np.maximum(arriving, 1e-12)
    columns: dict[str, np.ndarray] = {
        "mean_days": law.mean_periods,
        "p50_days": (share < 0.5 - 1e-9).sum(axis=1),
        "p90_days": (share < 0.9 - 1e-9).sum(axis=1),
        "never_share": law.lost_share,
        "beyond_share": law.chances[:, STORED_DAYS:].sum(axis=1),
    }
    columns |= {f"p_day_{day}": law.chances[:, day] for day in range(STORED_DAYS)}
    return pd.DataFrame(columns)
