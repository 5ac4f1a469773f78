"""Read the run card's section on sales lost to stock-outs: the day's total and the worst lines.

Not here: the estimate of lost sales (`models/demand/uncensoring`), what to order.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from assets.resources.lakehouse.lakehouse import Session
from data_contracts.records.run_card import LostSales

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


def lost_sales_section(session: Session, as_of: date) -> LostSales:
    """Read units and yuan lost on the day, their share of demand, and the lines that lost most."""
    (total,) = _records(session.frame(_TOTAL, as_of=as_of))
    lines = _records(session.frame(_LINES, as_of=as_of, most=MOST_LINES))
    return LostSales(total=total, lines=lines)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Convert rows to dicts; a missing value is None."""
    rows = frame.astype("object").where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
