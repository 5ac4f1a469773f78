"""Read from whom each restock line is ordered, when it would arrive, and what is on its way.

Contains the chosen supplier's terms, its calendar and lead times, and awaited purchase orders as
expected arrivals. Not here: which supplier is chosen and how lead times are learnt
(`assets/core/supply/`), stock (`restock_inputs.py`).
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.supply import LeadTimeSource
from data_contracts.tables.supply import LONGEST_STORED_DAYS
from models.params.supply import SUPPLY
from models.replenishment.demand_sums import LAST_DAY
from models.replenishment.lead_times import LeadTimeLaw
from models.replenishment.policy import Supply
from models.replenishment.protection import EVERY_DAY, OrderCalendar

_KEY = ["warehouse_id", "sku_id"]
_CHANCES = [f"p_day_{day}" for day in range(LONGEST_STORED_DAYS + 1)]
_OF_SUPPLIER = (
    "supplier_id",
    "supplier_name",
    "is_paused",
    "min_order_yuan",
    "cost_yuan",
    "emergency_cost_yuan",
    "min_order_units",
    "pack_size_units",
    "order_step_units",
    "max_order_units",
    "supply_flags",
    "lead_time_source",
    "declared_days",
    "p50_days",
)


@dataclass(frozen=True)
class LineSupply:
    """Terms per line as columns, and lead times with calendars for the policy."""

    terms: pd.DataFrame
    supply: Supply


def read_supply(session: Session, run: DayRun, series: pd.MultiIndex) -> LineSupply:
    """Read the supplier of each line; a line that nobody supplies has the default lead time."""
    chosen = session.frame(sql_beside(__file__, "chosen_supply.sql"), as_of=run.as_of)
    of_line = chosen.set_index(_KEY).reindex(series).reset_index(drop=True)
    chances = _chances_of(_laws(session, run), series, of_line["supplier_id"])
    calendars, calendar_no = _calendars(of_line)
    return LineSupply(
        of_line[list(_OF_SUPPLIER)],
        Supply(
            lead_time_cdf=_cdf(chances),
            lost_share=np.clip(1.0 - chances.sum(axis=1), 0.0, 1.0),
            calendars=calendars,
            calendar_no=calendar_no,
            platform_cutoff_minutes=run.platform.cutoff_minutes,
        ),
    )


def with_terms(facts: pd.DataFrame, terms: pd.DataFrame) -> pd.DataFrame:
    """Return the facts with the columns of the chosen supplier, which win over the product's.

    A line that nobody supplies keeps what the product file says.
    """
    own = facts[["cost_yuan", "pack_size_units"]]
    result = facts.drop(columns=[name for name in _OF_SUPPLIER if name in facts])
    result = pd.concat([result, terms], axis=1)
    for name in own:
        result[name] = result[name].astype("float64").fillna(own[name].astype("float64"))
    result["is_paused"] = result["is_paused"].fillna(False).astype(bool)
    result["lead_time_source"] = result["lead_time_source"].fillna(LeadTimeSource.DEFAULT.value)
    return result


def awaited_arrivals(
    session: Session, run: DayRun, series: pd.MultiIndex
) -> tuple[np.ndarray, np.ndarray]:
    """Return the units expected per line and day from awaited purchase orders, and which lines
    have purchase orders at all.

    An order counts by the chance of its lead time to end on that day, given how long it has been
    awaited; one awaited for longer than any lead time is taken for lost.
    """
    window = {
        "as_of": run.as_of,
        "as_of_end": run.as_of_end,
        "since": run.as_of - timedelta(days=SUPPLY.history_days),
    }
    awaited = session.frame(sql_beside(__file__, "awaited_orders.sql"), **window)
    ordered = session.frame(
        "select distinct warehouse_id, sku_id from purchase_orders "
        "where business_date <= $as_of and business_date >= $since",
        as_of=run.as_of,
        since=window["since"],
    )
    has_orders = np.zeros(len(series), bool)
    at = series.get_indexer(pd.MultiIndex.from_frame(ordered[_KEY]))
    has_orders[at[at >= 0]] = True
    arriving = np.zeros((len(series), LAST_DAY + 1))
    line = series.get_indexer(pd.MultiIndex.from_frame(awaited[_KEY]))
    awaited = awaited[line >= 0].reset_index(drop=True)
    if awaited.empty:
        return arriving, has_orders
    laws = _laws(session, run)
    key = pd.MultiIndex.from_frame(awaited[_KEY])
    law = LeadTimeLaw(_chances_of(laws, key, awaited["supplier_id"]), np.zeros(len(awaited)))
    units, age = awaited["awaited_units"].to_numpy(float), awaited["age_days"].to_numpy(int)
    before = np.zeros(len(awaited))
    for day in range(1, LAST_DAY + 1):
        until = law.chance_to_arrive(age + 1, np.full(len(age), day))
        np.add.at(arriving[:, day], line[line >= 0], units * (until - before))
        before = until
    return arriving, has_orders


def _laws(session: Session, run: DayRun) -> pd.DataFrame:
    return session.frame(
        f"select warehouse_id, sku_id, supplier_id, {', '.join(_CHANCES)} from lead_times "
        "where as_of = $as_of",
        as_of=run.as_of,
    )


def _chances_of(laws: pd.DataFrame, series: pd.MultiIndex, supplier_id: pd.Series) -> np.ndarray:
    """Return the chance of each lead time per row; the default lead time where no law is known."""
    wanted = pd.MultiIndex.from_arrays(
        [*(series.get_level_values(name) for name in _KEY), supplier_id.fillna("").to_numpy()]
    )
    stored = pd.MultiIndex.from_arrays(
        [laws["warehouse_id"], laws["sku_id"], laws["supplier_id"].fillna("")]
    )
    at = stored.get_indexer(wanted)
    default = (np.arange(len(_CHANCES)) == SUPPLY.default_days).astype(float)
    chances = np.broadcast_to(default, (len(series), len(_CHANCES))).copy()
    chances[at >= 0] = laws[_CHANCES].to_numpy(float)[at[at >= 0]]
    return chances


def _cdf(chances: np.ndarray) -> np.ndarray:
    """Return P(lead time ≤ d days) of the orders that arrive."""
    total = chances.sum(axis=1, keepdims=True)
    return np.asarray(np.cumsum(chances, axis=1) / np.maximum(total, 1e-12))


def _calendars(of_line: pd.DataFrame) -> tuple[list[OrderCalendar], np.ndarray]:
    """Return the distinct order calendars, and the number of each line's."""
    columns = of_line[["order_weekdays", "delivery_weekdays", "order_cutoff"]].fillna("")
    number = columns.groupby(list(columns), sort=True).ngroup().to_numpy()
    distinct = columns.assign(number=number).drop_duplicates("number").sort_values("number")
    calendars = [
        OrderCalendar(_weekdays(ordered), _weekdays(delivered), _minutes(cutoff))
        for ordered, delivered, cutoff in distinct[list(columns)].to_numpy(str)
    ]
    return calendars or [OrderCalendar()], number


def _weekdays(text: str) -> frozenset[int]:
    """Read `1|3|5`; an empty text is every day."""
    return frozenset(int(day) for day in text.split("|")) if text else EVERY_DAY


def _minutes(text: str) -> int | None:
    """Read `16:30` as minutes after midnight; an empty text is no cut-off of its own."""
    if not text:
        return None
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
