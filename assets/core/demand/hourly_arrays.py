"""Sales and offer by the hour as arrays, the input of the uncensoring model.

Contains the conversion of the steps of `demand_day` into a `HourlyPanel`. Not here: the model
(`models/demand/uncensoring/model.py`), when it is fitted (`uncensoring.py`).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from assets.resources.lakehouse.lakehouse import Session
from models.demand.uncensoring.hourly_panel import HourlyPanel, on_sale_parts

HOURS = 24
_GROUPS = {
    "sku": "sku_no",
    "region_sku": "region_sku_no",
    "warehouse": "warehouse_no",
    "warehouse_category": "warehouse_category_no",
}
_SERIES = f"""
select series_no, category_no, warehouse_no, {", ".join(sorted({*_GROUPS.values()}))},
    s.first_day - $first_day as begins
from panel_series as p
inner join demand_series as s on p.warehouse_id = s.warehouse_id and p.sku_id = s.sku_id
where p.warehouse_no in (select unnest($warehouses))
order by series_no
"""
_SOLD = """
select p.series_no::int as series_no, (h.day - $first_day)::int as day_no, h.hour::int as hour,
    (h.sold_e4 / 10000.0)::float as sold_units
from hourly_sales as h
inner join panel_series as p on h.warehouse_id = p.warehouse_id and h.sku_id = p.sku_id
where p.warehouse_no in (select unnest($warehouses))
"""
_LETTERS = """
select p.series_no, o.day - $first_day as day_no, o.hours_status
from hours_on_offer as o
inner join panel_series as p on o.warehouse_id = p.warehouse_id and o.sku_id = p.sku_id
where p.warehouse_no in (select unnest($warehouses))
"""
_DAYS = """
select p.series_no, d.day - $first_day as day_no, d.discount_ratio,
    k.is_free, k.is_holiday, coalesce(a.group_buy_lead >= 0, false)::int as is_group_buy
from series_days as d
inner join panel_series as p on d.warehouse_id = p.warehouse_id and d.sku_id = p.sku_id
inner join warehouse_day_kinds as k on p.warehouse_no = k.warehouse_no and d.day = k.day
left join promotion_days as a
    on d.warehouse_id = a.warehouse_id and d.sku_id = a.sku_id and d.day = a.day
where p.warehouse_no in (select unnest($warehouses))
"""


def warehouse_parts(session: Session, most_series: int) -> list[list[int]]:
    """Split the warehouse numbers of `panel_series` into parts of about `most_series` series."""
    counts = session.rows("select warehouse_no, count(*) from panel_series group by 1 order by 1")
    parts: list[list[int]] = [[]]
    held = 0
    for warehouse, series in counts:
        if parts[-1] and held + series > most_series:
            parts.append([])
            held = 0
        parts[-1].append(warehouse)
        held += series
    return parts


def hourly_panel(
    session: Session, warehouses: list[int], first_day: date, days: int, cutoff_hour: int
) -> tuple[HourlyPanel, np.ndarray]:
    """Return the panel of these warehouses, and the series_no of its rows.

    Hours run from the cut-off on: the first hour of a business day comes first. Hours without
    availability data count as on sale; before its first sale a series counts as not offered.
    """
    params = {"first_day": first_day, "warehouses": warehouses}
    series = session.frame(_SERIES, **params)
    numbers = series["series_no"].to_numpy()
    shape = (len(series), days)

    def at(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        return np.searchsorted(numbers, frame["series_no"]), frame["day_no"].to_numpy()

    sold = np.zeros((*shape, HOURS), np.float32)
    lines = session.frame(_SOLD, **params)
    hour = (lines["hour"].to_numpy() - cutoff_hour) % HOURS
    sold[(*at(lines), hour)] = lines["sold_units"].to_numpy()
    del lines  # a row per hour with a sale
    letters = np.full((*shape, HOURS), ord("A"), np.uint8)
    hours_on_offer = session.frame(_LETTERS, **params)
    if len(hours_on_offer):
        text = np.frombuffer("".join(hours_on_offer["hours_status"]).encode("ascii"), np.uint8)
        letters[at(hours_on_offer)] = np.roll(text.reshape(-1, HOURS), -cutoff_hour, axis=1)
    has_started = np.arange(days) >= series["begins"].to_numpy()[:, None]
    offered = (letters != ord("N")) & has_started[..., None]
    series_days = session.frame(_DAYS, **params)
    positions = at(series_days)

    def of_days(name: str, kind: type, otherwise: float) -> np.ndarray:
        values: np.ndarray = np.full(shape, otherwise, kind)
        values[positions] = series_days[name].to_numpy()
        return values

    panel = HourlyPanel(
        sold_units=sold,
        is_offered=offered,
        on_sale=on_sale_parts(
            sold, offered & (letters == ord("A")), offered & (letters == ord("S"))
        ),
        category=_codes(series["category_no"]),
        groups={name: _codes(series[column]) for name, column in _GROUPS.items()},
        days={
            "discount": of_days("discount_ratio", np.float32, 1.0),
            "is_holiday": of_days("is_holiday", np.float32, 0.0),
            "is_group_buy": of_days("is_group_buy", np.float32, 0.0),
        },
        kind_of_day=of_days("is_free", np.int64, 0),
    )
    return panel, numbers


def _codes(numbers: pd.Series) -> np.ndarray:
    """Renumber without gaps, from 0."""
    return np.unique(numbers.to_numpy(), return_inverse=True)[1].ravel()
