"""What sold-out hours cost on the day, for the run card.

Belongs here: the day's lost units and money, and where most was lost. Does not: how it is told what
was lost (`models/demand/uncensoring`), what to order now (the restock list).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from assets.resources.lakehouse.lakehouse import Session

MOST_LINES = 5

_TOTAL = """
select
    cast(sum(cast(lost_units as decimal(18, 4))) as double) as lost_units,
    cast(sum(cast(lost_yuan as decimal(18, 4))) as double) as lost_yuan,
    cast(sum(cast(lost_units as decimal(18, 4))) as double)
    / nullif(cast(sum(cast(demand_units as decimal(18, 4))) as double), 0) as share_of_demand,
    count(*) filter (where lost_units > 0) as sold_out_series,
    count(*) filter (where zero_kind = 'no_stock') as nothing_sold_for_want_of_stock,
    cast(sum(cast(refused_units as decimal(18, 4))) as double) as refused_units
from demand_day
where as_of = $as_of and day = $as_of
"""
_LINES = """
select
    d.warehouse_id, d.sku_id, coalesce(p.sku_name, d.sku_id) as sku_name, d.lost_units, d.lost_yuan,
    d.in_stock_share
from demand_day as d
left join products as p on d.sku_id = p.sku_id
where d.as_of = $as_of and d.day = $as_of and d.lost_units > 0
order by d.lost_yuan desc nulls last, d.lost_units desc, d.warehouse_id, d.sku_id
limit $most
"""


def lost_sales(session: Session, as_of: date) -> dict[str, Any]:
    """`total`: units and yuan lost on the day, share of demand, series that were sold out; `lines`:
    where most was lost."""
    (total,) = _plain(session.frame(_TOTAL, as_of=as_of))
    return {"total": total, "lines": _plain(session.frame(_LINES, as_of=as_of, most=MOST_LINES))}


def _plain(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.astype("object").where(frame.notna(), None).to_dict("records")
