"""Compute the asset `lead_times`, which `lead_times.py` declares and describes."""

from datetime import timedelta

import pandas as pd

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.tables.supply import LEAD_TIMES
from models.params.replenishment import LeadTimeParams
from models.params.supply import SUPPLY
from models.replenishment.lead_time_rows import lead_time_laws


def make_lead_times(run: DayRun) -> Written:
    """Compute the asset `lead_times` for the business date of `run`."""
    with run.session() as session:
        rows = session.frame(sql_beside(__file__, "lead_time_rows.sql"), as_of=run.as_of)
        rows = rows.astype({"lead_time_days": "Int64"})
        laws = lead_time_laws(rows, _orders(session, run), LeadTimeParams(), SUPPLY)
        laws.insert(0, "as_of", run.as_of)
        session.register("laws", laws)
        written = session.replace(LEAD_TIMES, run.as_of, "select * from laws")
    sources = laws["lead_time_source"].value_counts().sort_index()
    return Written(written, {f"rows_{source}": int(count) for source, count in sources.items()})


def _orders(session: Session, run: DayRun) -> pd.DataFrame:
    """Return the orders that are evidence: purchase orders, and batches of the stock file."""
    window = {
        "as_of": run.as_of,
        "as_of_end": run.as_of_end,
        "since": run.as_of - timedelta(days=SUPPLY.history_days),
    }
    parts = [
        session.frame(sql_beside(__file__, name), **window)
        for name in ("purchase_lead_times.sql", "stock_lead_times.sql")
    ]
    kinds = {"promised_days": "Int64", "lead_days": "Int64", "age_days": "int64"}
    return pd.concat([frame.astype(kinds) for frame in parts], ignore_index=True)
