"""Which known hours are hidden on purpose, so that a model can learn what hidden hours sell.

Belongs here: hiding parts of days as the benchmark of FreshRetailNet-50K does (Dingdong, arXiv
2505.16319, made again here), and as a shelf runs empty. Does not: what is learnt from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.demand.uncensoring.hourly_panel import RUN_OUT_PART, HourlyPanel, Rows
from models.params.demand import UncensoringParams

_STOCK_RUNS_OUT_SHARE = 0.5  # of the days to learn from: those that run out, the others lose parts


@dataclass(frozen=True)
class MaskedDays:
    """Days as they would have been seen, some of their known hours hidden.

    `where`: rows of series, day. `units`, `part`: rows × hours, as `sold_units` and `on_sale` of
    the panel, hidden hours taken out. `hidden_units`: what was sold in those.
    """

    where: NDArray[np.int64]
    units: Rows
    part: Rows
    hidden_units: NDArray[np.float32]


def mask_hours(panel: HourlyPanel, params: UncensoringParams, *, whole_days: bool) -> MaskedDays:
    """Hide known hours of days drawn at random, at most `max_rows`; only of whole ones if asked.

    Half of the days run out: their shelf holds a random multiple of the series' mean day, and
    closes with the unit that empties it. Of the others parts are hidden, or all of it.
    """
    random = np.random.default_rng(params.seed)
    where = np.argwhere(panel.whole_days() if whole_days else panel.is_offered.any(2))
    where = where[np.sort(random.permutation(len(where))[: params.max_rows])]
    at = where[:, 0], where[:, 1]
    seen = panel.on_sale[at]
    sold = np.where(seen > 0, panel.sold_units[at], 0)
    runs_out = random.random(len(where)) < _STOCK_RUNS_OUT_SHARE
    parts = random_day_parts(sold.shape, random, params)
    parts |= (random.random(len(where)) < params.whole_day_share)[:, None] & open_hours(
        panel, params
    )
    units, part = np.where(parts, 0, sold), np.where(parts, 0, seen)
    left = _until_stock_runs_out(sold, _simulated_stock(panel, where, random, params))
    units[runs_out], part[runs_out] = left[0][runs_out], np.minimum(left[1], seen)[runs_out]
    hidden_units = (sold - units).sum(1)
    taught = np.any(part < seen, axis=1)
    return MaskedDays(where[taught], units[taught], part[taught], hidden_units[taught])


def _simulated_stock(
    panel: HourlyPanel,
    where: NDArray[np.int64],
    random: np.random.Generator,
    params: UncensoringParams,
) -> NDArray[np.float64]:
    """Units on the shelf of each of the days: a random multiple of a usual day's."""
    usual = panel.sold_units.sum((1, 2)) / np.maximum(panel.is_offered.any(2).sum(1), 1)
    return np.asarray(usual[where[:, 0]] * random.uniform(*params.shelf_days, len(where)))


def _until_stock_runs_out(sold: Rows, shelf: NDArray[np.float64]) -> tuple[Rows, Rows]:
    """Units and part of each hour that are seen of days (rows) whose shelf holds so much."""
    total = np.cumsum(sold, axis=1)
    before = total - sold
    emptied = (total >= shelf[:, None]) & (sold > 0)
    hour = np.where(emptied.any(1), emptied.argmax(1), sold.shape[1])[:, None]
    at = np.arange(sold.shape[1])
    units = np.where(at < hour, sold, np.where(at == hour, shelf[:, None] - before, 0))
    part = np.where(at < hour, 1, np.where(at == hour, RUN_OUT_PART, 0))
    return units.astype(np.float32), part.astype(np.float32)


def random_day_parts(
    shape: tuple[int, ...], random: np.random.Generator, params: UncensoringParams
) -> NDArray[np.bool_]:
    """Hours from a random one to the day's end, or from its beginning, for days × hours."""
    *days, hours = shape
    first, last = params.hidden_hours
    length = last - first
    begin = random.integers(0, max(int(length * (1 - params.hidden_share)), 1), (*days, 1))
    at = np.arange(hours) - first
    late = random.random((*days, 1)) < 0.5
    inside = (at >= 0) & (at < length)
    return np.asarray(np.where(late, at >= begin, at < length - begin) & inside, dtype=bool)


def open_hours(panel: HourlyPanel, params: UncensoringParams) -> NDArray[np.bool_]:
    at = np.arange(panel.on_sale.shape[2])
    return (at >= params.hidden_hours[0]) & (at < params.hidden_hours[1])
