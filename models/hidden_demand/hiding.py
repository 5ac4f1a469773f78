"""Which known hours are hidden on purpose, so that a model can learn what hidden hours sell.

Belongs here: hiding as the benchmark of FreshRetailNet-50K does (Dingdong, arXiv 2505.16319, made
again here), and as a shelf runs empty. Does not: what is learnt from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.hidden_demand.panel import RUN_OUT_PART, Days, HourlyPanel, Hours, Mask
from models.params.demand import RecoveryParams

_RUN_OUT_SHARE = 0.5  # of the days to learn from: those that run out, the others lose parts


@dataclass(frozen=True)
class Lesson:
    """Days as they would have been seen, some of their known hours hidden.

    `units`, `part`: as `sold_units` and `on_sale` of the panel, hidden hours taken out.
    `hidden_units`: series × days, demand of all that is not seen then. `is_taught`: series × days
    with any known hour hidden.
    """

    units: Hours
    part: Hours
    hidden_units: NDArray[np.float32]
    is_taught: NDArray[np.bool_]


def hide_hours(panel: HourlyPanel, seed: int, params: RecoveryParams) -> Mask:
    """Hours of whole days to hide: parts of `hidden_share` of them, now and then days on end.

    A part begins at a random hour of the first `1 − hidden_share` of the day and goes to its end,
    or, as often, lies as far from its end and goes to its beginning. The same seed hides the same
    hours.
    """
    random = np.random.default_rng(seed)
    whole = panel.whole_days()
    chosen = (random.random(whole.shape) < params.hidden_share) & whole
    hidden = _parts(panel.on_sale.shape, random, params) & chosen[..., None]
    hidden |= _days_on_end(whole, random, params)[..., None] & _open(panel, params)
    return hidden & panel.is_offered & whole[..., None]


def lesson(panel: HourlyPanel, lost: Days | None, params: RecoveryParams) -> Lesson:
    """Hide known hours of `taught_share` of all days.

    `lost`: units lost on days that were sold out, series × days. Without it only whole days teach.
    Half of the days run out: their shelf holds a random multiple of the series' mean day, and
    closes with the unit that empties it. Of the others parts are hidden, or all of it.
    """
    random = np.random.default_rng(params.seed)
    sold = np.where(panel.on_sale > 0, panel.sold_units, 0)
    shape = sold.shape[:2]
    open_days = panel.whole_days() if lost is None else panel.is_offered.any(2)
    taught = (random.random(shape) < params.taught_share) & open_days
    runs_out = taught & (random.random(shape) < _RUN_OUT_SHARE)
    parts = _parts(sold.shape, random, params)
    parts |= (random.random(shape) < params.whole_day_share)[..., None] & _open(panel, params)
    parts &= (taught & ~runs_out)[..., None]
    units, part = np.where(parts, 0, sold), np.where(parts, 0, panel.on_sale)
    days = np.argwhere(runs_out)
    left = _run_out(sold[runs_out], _shelf(sold, panel, random, params)[runs_out])
    units[days[:, 0], days[:, 1]] = left[0]
    part[days[:, 0], days[:, 1]] = np.minimum(left[1], panel.on_sale[runs_out])
    is_taught = taught & np.any(part < panel.on_sale, axis=2)
    units[~is_taught], part[~is_taught] = sold[~is_taught], panel.on_sale[~is_taught]
    hidden_units = (sold - units).sum(2) + (0 if lost is None else lost)
    return Lesson(units.astype(np.float32), part.astype(np.float32), hidden_units, is_taught)


def _shelf(
    sold: Hours, panel: HourlyPanel, random: np.random.Generator, params: RecoveryParams
) -> NDArray[np.float64]:
    """Units on the shelf of each day, series × days: a random multiple of a usual day's."""
    days = np.maximum(panel.is_offered.any(2).sum(1), 1)
    usual = sold.sum((1, 2)) / days
    least, most = params.shelf_days
    return np.asarray(usual[:, None] * random.uniform(least, most, sold.shape[:2]))


def _run_out(
    sold: NDArray[np.float32], shelf: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Units and part of each hour that are seen of days (rows) whose shelf holds so much."""
    total = np.cumsum(sold, axis=1)
    before = total - sold
    emptied = (total >= shelf[:, None]) & (sold > 0)
    hour = np.where(emptied.any(1), emptied.argmax(1), sold.shape[1])[:, None]
    at = np.arange(sold.shape[1])
    units = np.where(at < hour, sold, np.where(at == hour, shelf[:, None] - before, 0.0))
    part = np.where(at < hour, 1.0, np.where(at == hour, RUN_OUT_PART, 0.0))
    return units, part


def _parts(shape: tuple[int, ...], random: np.random.Generator, params: RecoveryParams) -> Mask:
    """Hours from a random one to the day's end, or from its beginning, for every day."""
    series, days, hours = shape
    first, last = params.hidden_hours
    length = last - first
    begin = random.integers(0, max(int(length * (1 - params.hidden_share)), 1), (series, days, 1))
    at = np.arange(hours) - first
    late = random.random((series, days, 1)) < 0.5
    inside = (at >= 0) & (at < length)
    return np.asarray(np.where(late, at >= begin, at < length - begin) & inside, dtype=bool)


def _open(panel: HourlyPanel, params: RecoveryParams) -> NDArray[np.bool_]:
    at = np.arange(panel.on_sale.shape[2])
    return (at >= params.hidden_hours[0]) & (at < params.hidden_hours[1])


def _days_on_end(
    whole: NDArray[np.bool_], random: np.random.Generator, params: RecoveryParams
) -> NDArray[np.bool_]:
    """Runs of `run_days` whole days, begun on one day in ten as often as parts are."""
    series, days = whole.shape
    found = np.zeros((series, days), dtype=bool)
    shortest, longest = params.run_days
    unbroken = np.zeros(series, dtype=int)
    for day in range(days):
        unbroken = np.where(whole[:, day], unbroken + 1, 0)
        length = random.integers(shortest, longest + 1, series)
        begins = (random.random(series) < params.hidden_share / 10) & (length < unbroken)
        for back in range(min(longest, day + 1)):
            found[:, day - back] |= begins & (back < length)
    return found
