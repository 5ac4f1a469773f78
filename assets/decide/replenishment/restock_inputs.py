"""Read what the restock policy needs: facts, forecast sums, stock by day, supply.

Not here: the policy (`models/replenishment/policy.py`). All inputs have one row per warehouse ×
SKU, in the order of `restock_facts.sql`.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd

from assets.core.order_lines import off_offer, order_lines_as_of
from assets.decide.replenishment.restock_supply import (
    awaited_arrivals,
    read_supply,
    with_terms,
)
from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.demand import SUM_DAYS
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from models.params.replenishment import RestockParams
from models.replenishment.demand_sums import LAST_DAY, DemandSums
from models.replenishment.policy import Supply
from models.replenishment.projection import StockAhead

_RECENT_DAYS = 28
_KEY = ["warehouse_id", "sku_id"]


@dataclass(frozen=True)
class RestockInputs:
    """Arguments of `policy.restock`, row by row of the same lines."""

    facts: pd.DataFrame
    sums: DemandSums
    stock: StockAhead
    supply: Supply


def read_inputs(session: Session, run: DayRun, params: RestockParams) -> RestockInputs:
    """Read the inputs of the restock policy for the business date of `run`."""
    facts = _facts(session, run, params)
    series = pd.MultiIndex.from_frame(facts[_KEY])
    of_supplier = read_supply(session, run, series)
    stock = _stock_ahead(session, facts, series)
    awaited, has_orders = awaited_arrivals(session, run, series)
    # purchase orders say more than the amount in transit of a count: each has a date of its own
    arriving = np.where(has_orders[:, None], awaited, stock.arriving_units)
    return RestockInputs(
        with_terms(facts, of_supplier.terms),
        _demand_sums(session, run, series),
        replace(stock, arriving_units=arriving),
        of_supplier.supply,
    )


def _facts(session: Session, run: DayRun, params: RestockParams) -> pd.DataFrame:
    order_lines_as_of(session, run)
    moments = {"as_of": run.as_of, "as_of_end": run.as_of_end}
    session.table(
        "counted_batches",
        sql_beside(__file__, "counted_batches.sql"),
        count_session_minutes=params.count_session_minutes,
        **moments,
    )
    session.table("latest_stock", sql_beside(__file__, "latest_stock.sql"), as_of=run.as_of)
    first_open_day = run.as_of - timedelta(days=params.in_hand_days - 1)
    session.table(
        "orders_in_hand",
        sql_beside(__file__, "orders_in_hand.sql"),
        first_open_day=first_open_day,
        has_logistics=_has_rows(
            session,
            "logistics where business_date between $first_open_day and $as_of",
            first_open_day=first_open_day,
            **moments,
        ),
        **moments,
    )
    off_offer(session)
    session.table(
        "restock_skus",
        sql_beside(__file__, "restock_skus.sql"),
        as_of=run.as_of,
        last_target_day=run.as_of + timedelta(days=LAST_DAY),
        price_since=run.as_of - timedelta(days=params.price_window_days - 1),
    )
    session.table(
        "recent_demand",
        sql_beside(__file__, "recent_demand.sql"),
        as_of=run.as_of,
        from_day=run.as_of - timedelta(days=_RECENT_DAYS - 1),
    )
    return session.frame(
        sql_beside(__file__, "restock_facts.sql"),
        has_stock_file=_has_rows(session, "stock where counted_at < $as_of_end", **moments),
        **moments,
    )


def _has_rows(session: Session, source: str, **params: object) -> bool:
    return bool(session.scalar(f"select count(*) > 0 from {source}", **params))


def _demand_sums(session: Session, run: DayRun, series: pd.MultiIndex) -> DemandSums:
    """Read all forecast sums into arrays; a missing forecast is a missing value."""
    names = ["mean_units", *(quantile_column(percent) for percent in QUANTILE_PERCENTS)]
    rows = session.frame(
        f"select warehouse_id, sku_id, horizon, {', '.join(names)} from demand_forecast "
        "where as_of = $as_of",
        as_of=run.as_of,
    )
    horizons = {days: name for name, days in SUM_DAYS.items() if (rows["horizon"] == name).any()}
    spans = sorted(horizons) or [1]
    values = np.full((len(series), len(spans), len(names)), np.nan)
    for position, days in enumerate(spans):
        mine = rows[rows["horizon"] == horizons.get(days)]
        at = series.get_indexer(pd.MultiIndex.from_frame(mine[_KEY]))
        values[at[at >= 0], position] = mine[names].to_numpy(float)[at >= 0]
    return DemandSums.of(np.array(spans, float), values[..., 0], values[..., 1:])


def _stock_ahead(session: Session, facts: pd.DataFrame, series: pd.MultiIndex) -> StockAhead:
    """Read stock by last day of sale and arrivals by day into arrays."""
    rows = session.frame(sql_beside(__file__, "stock_by_day.sql"), last_day=LAST_DAY)
    at = series.get_indexer(pd.MultiIndex.from_frame(rows[_KEY]))
    listed, day = at >= 0, rows["day"].to_numpy(int)
    expiring = np.zeros((len(series), LAST_DAY + 2))
    arriving = np.zeros((len(series), LAST_DAY + 2))
    np.add.at(expiring, (at[listed], day[listed]), rows["on_hand_units"].to_numpy(float)[listed])
    np.add.at(arriving, (at[listed], day[listed]), rows["arriving_units"].to_numpy(float)[listed])
    claimed = np.nan_to_num(facts["orders_in_hand_units"].to_numpy(float))
    return StockAhead(expiring, arriving[:, : LAST_DAY + 1], claimed)
