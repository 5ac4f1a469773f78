"""Cut demand by purchase limits, activity quantities and stock-outs; build AVAILABILITY.

The lines of a group are served in order of time until its quantity is used up; the line that would
exceed it and all later lines are lost. Stock-out hours begin with the next full hour, so no sale
falls into an hour marked S.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts.exports import AVAILABILITY
from models.simulate import arrow
from models.simulate.assortment import CATEGORIES
from models.simulate.baskets import Lines
from models.simulate.catalogue import Catalogue
from models.simulate.neighbourhoods import Communities
from models.simulate.promotions import Promotions
from models.simulate.simulated_days import DAY_SECONDS, Timeline
from models.simulate.users import Users
from models.simulate.weather import Weather

HOURS = 24
_MOST_CUT = 0.35  # most of the cells with demand that may run out
_FAILURE_SHARE = 0.006  # cells with nothing delivered at all
_PLAN_DAYS = 7  # supply follows the mean demand of this many days
_STORM_SUPPLY = 0.65  # fresh supply on a 暴雨 day, factor
_SHOCK_START, _SHOCK_DAYS, _SHOCK_SUPPLY = 0.008, 3, 0.5
_FRESH = np.array([category.mode == "presale" for category in CATEGORIES])


@dataclass(frozen=True)
class Shortage:
    """Sold quantity of every wanted line, and the first stock-out hour of a cell.

    `sold_milli` is per line, 0 if lost. `lost_to_cap` marks losses by a limit or an activity
    quantity (other losses are stock-outs). `first_out_hour` is warehouse × SKU × day, 24: never.
    """

    sold_milli: np.ndarray
    lost_to_cap_milli: np.ndarray
    first_out_hour: np.ndarray


def cut(
    lines: Lines,
    users: Users,
    communities: Communities,
    catalogue: Catalogue,
    promotions: Promotions,
    weather: Weather,
    offered: np.ndarray,
    timeline: Timeline,
    stockout_share: float,
    rng: np.random.Generator,
) -> Shortage:
    """Apply limits, then activity quantities, then warehouse capacity, in this order."""
    warehouse = communities.warehouse[users.community[lines.user]]
    milli = _limited(lines, users, promotions)
    milli, exhausted = _activity_quantities(lines, milli, promotions)
    after_caps = milli.copy()
    cell = (warehouse * catalogue.size + lines.sku) * timeline.days + lines.day
    shape = (communities.warehouses, catalogue.size, timeline.days)
    wanted = np.bincount(cell, milli, int(np.prod(shape))).reshape(shape)
    on_offer = np.broadcast_to(offered[: timeline.days].T[None], shape)
    capacity = _capacity(
        wanted, on_offer, catalogue, communities, weather, timeline, stockout_share, rng
    )
    kept, out_second = _first_come(cell, lines.second, milli, capacity.ravel())
    milli = np.where(kept, milli, 0)
    out = np.full(int(np.prod(shape)), HOURS, np.int64)
    sold_out = out_second >= 0
    out[sold_out] = out_second[sold_out] % DAY_SECONDS // 3600 + 1
    out = np.where(capacity.ravel() == 0, 0, out).reshape(shape)
    for row, second in exhausted:
        day, hour = second // DAY_SECONDS, second % DAY_SECONDS // 3600 + 1
        sku, last = promotions.sku[row], min(int(promotions.last_day[row]), timeline.days - 1)
        out[:, sku, day] = np.minimum(out[:, sku, day], hour)
        out[:, sku, day + 1 : last + 1] = 0
    return Shortage(milli, lines.milli - after_caps, np.where(on_offer, out, HOURS))


def _limited(lines: Lines, users: Users, promotions: Promotions) -> np.ndarray:
    """Quantities after 限购: a user's units of one activity are capped; a walk-in's line is."""
    limit = np.where(lines.promotion >= 0, promotions.limit_milli[lines.promotion], 0)
    milli = lines.milli.copy()
    capped = np.nonzero(limit > 0)[0]
    group = lines.promotion[capped] * users.size + lines.user[capped]
    order = np.lexsort((lines.second[capped], group))
    rows, group = capped[order], group[order]
    before = _running_before(group, lines.milli[rows])
    before = np.where(lines.user[rows] < users.real, before, 0)
    milli[rows] = np.clip(limit[rows] - before, 0, lines.milli[rows])
    return milli


def _activity_quantities(
    lines: Lines, milli: np.ndarray, promotions: Promotions
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Quantities after 活动总量, and (promotion, second) of those that ran out."""
    total = np.where(lines.promotion >= 0, promotions.total_milli[lines.promotion], 0)
    rows = np.nonzero(total > 0)[0]
    kept, out_second = _first_come(
        lines.promotion[rows], lines.second[rows], milli[rows], promotions.total_milli
    )
    result = milli.copy()
    result[rows] = np.where(kept, milli[rows], 0)
    exhausted = np.nonzero(out_second >= 0)[0]
    return result, [(int(row), int(out_second[row])) for row in exhausted]


def _running_before(group: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Sum of the amounts before each row within its group; rows must be sorted by group."""
    summed = np.cumsum(amount) - amount
    first = np.ones(len(group), bool)
    first[1:] = group[1:] != group[:-1]
    return summed - np.maximum.accumulate(np.where(first, summed, 0))


def _first_come(
    group: np.ndarray, second: np.ndarray, milli: np.ndarray, capacity: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(rows kept, second at which each group ran out, -1 never): first come, first served."""
    order = np.lexsort((second, group))
    sorted_group, amount = group[order], milli[order]
    # a line that a limit emptied wants nothing, so it cannot be what runs a group out
    over = (_running_before(sorted_group, amount) + amount > capacity[sorted_group]) & (amount > 0)
    out_second = np.full(len(capacity), np.iinfo(np.int64).max)
    np.minimum.at(out_second, sorted_group[over], second[order][over])
    kept = np.ones(len(group), bool)
    kept[order] = ~over
    return kept, np.where(out_second == np.iinfo(np.int64).max, -1, out_second)


def _capacity(
    wanted: np.ndarray,
    on_offer: np.ndarray,
    catalogue: Catalogue,
    communities: Communities,
    weather: Weather,
    timeline: Timeline,
    stockout_share: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Thousandths of units per cell: what supply planned from last week's demand, with shocks.

    The one safety factor is set so that `stockout_share` of the cells on offer run out (fewer on a
    platform so small that most cells see no demand).
    """
    summed = np.cumsum(wanted, axis=2)
    lagged = np.zeros_like(summed)
    lagged[:, :, _PLAN_DAYS:] = summed[:, :, :-_PLAN_DAYS]
    mean = np.empty_like(summed)
    mean[:, :, 1:] = (summed - lagged)[:, :, :-1] / _PLAN_DAYS
    mean[:, :, : _PLAN_DAYS + 1] = summed[:, :, -1:] / timeline.days
    supply = (mean + 500) * rng.lognormal(0, 0.22, wanted.shape)
    fresh = _FRESH[catalogue.category]
    storm = weather.storm[communities.warehouse_region()][:, None, : timeline.days]
    supply *= np.where(storm & fresh[None, :, None], _STORM_SUPPLY, 1.0)
    shock = rng.random(wanted.shape) < _SHOCK_START
    for back in range(1, _SHOCK_DAYS):
        shock[:, :, back:] |= shock[:, :, :-back] & (rng.random(wanted[:, :, back:].shape) < 0.5)
    supply *= np.where(shock, _SHOCK_SUPPLY, 1.0)
    ratio = (wanted / supply)[on_offer]
    safety = np.quantile(ratio, 1 - (stockout_share - _FAILURE_SHARE))
    # where few cells have any demand, sparing most of them goes before reaching the share
    safety = max(safety, np.quantile(ratio[ratio > 0], 1 - _MOST_CUT)) if ratio.any() else 1.0
    capacity = np.maximum(np.floor(supply * safety), 1)
    return np.where(rng.random(wanted.shape) < _FAILURE_SHARE, 0, capacity)


def availability_export(
    shortage: Shortage,
    offered: np.ndarray,
    catalogue: Catalogue,
    communities: Communities,
    timeline: Timeline,
) -> pa.Table:
    """AVAILABILITY: every warehouse × SKU × day, day by day."""
    shape = shortage.first_out_hour.shape
    on_offer = np.broadcast_to(offered[: timeline.days].T[None], shape)
    state = np.where(on_offer, shortage.first_out_hour, HOURS + 1)
    day, warehouse, sku = (
        index.ravel()
        for index in np.meshgrid(
            np.arange(shape[2]), np.arange(shape[0]), np.arange(shape[1]), indexing="ij"
        )
    )
    texts = ["A" * hour + "S" * (HOURS - hour) for hour in range(HOURS + 1)] + ["N" * HOURS]
    return arrow.table_of(
        AVAILABILITY,
        {
            "day": arrow.days(timeline, day),
            "warehouse_id": arrow.pick(communities.warehouse_ids, warehouse),
            "sku_id": arrow.pick(catalogue.ids, sku),
            "hours_status": arrow.pick(texts, state[warehouse, sku, day]),
        },
    )


def demand_truth(
    lines: Lines,
    shortage: Shortage,
    users: Users,
    catalogue: Catalogue,
    communities: Communities,
    timeline: Timeline,
) -> pd.DataFrame:
    """Return true demand per warehouse, SKU and business date, with sold and lost quantities.

    demand = sold + lost_to_stock + lost_to_cap, all in sale units; leaves out cells without demand.
    Sold means ordered: cancellations come later.
    """
    warehouse = communities.warehouse[users.community[lines.user]]
    day = timeline.business_day(lines.second)
    key = (day * communities.warehouses + warehouse) * catalogue.size + lines.sku
    cells, where = np.unique(key, return_inverse=True)
    total = lambda milli: np.bincount(where, milli, len(cells)) / 1000  # noqa: E731
    lost_to_stock = lines.milli - shortage.lost_to_cap_milli - shortage.sold_milli
    rest = cells // catalogue.size
    business_day = timeline.day64(rest // communities.warehouses)
    return pd.DataFrame(
        {
            "warehouse_id": arrow.pick(
                communities.warehouse_ids, rest % communities.warehouses
            ).to_pandas(),
            "sku_id": arrow.pick(catalogue.ids, cells % catalogue.size).to_pandas(),
            "business_date": business_day.astype("datetime64[s]"),
            "demand_units": total(lines.milli),
            "sold_units": total(shortage.sold_milli),
            "lost_to_stock_units": total(lost_to_stock),
            "lost_to_cap_units": total(shortage.lost_to_cap_milli),
        }
    )
