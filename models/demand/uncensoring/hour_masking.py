"""Mask known hours of days, so that a model can be trained on what masked hours sold.

Contains masking as in the benchmark of FreshRetailNet-50K (Dingdong, arXiv 2505.16319,
reimplemented here), and as by stock that runs out. Not here: the fit (`model.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.demand.uncensoring.hourly_panel import RUN_OUT_PART, HourlyPanel, Rows
from models.params.demand import UncensoringParams

_STOCK_RUNS_OUT_SHARE = 0.5  # share of training days on which stock runs out; the others lose parts


@dataclass(frozen=True)
class MaskedDays:
    """Days with some of their known hours masked.

    `where`: rows of series, day. `units`, `part`: rows × hours, as `sold_units` and `on_sale` of
    the panel without the masked hours. `hidden_units`: units sold in the masked hours.
    """

    where: NDArray[np.int64]
    units: Rows
    part: Rows
    hidden_units: NDArray[np.float32]


def mask_hours(panel: HourlyPanel, params: UncensoringParams, *, whole_days: bool) -> MaskedDays:
    """Mask known hours of at most `max_rows` random days; of fully in-stock days only if
    `whole_days`.

    On half of the days simulated stock runs out: it is a random multiple of the series' mean day,
    and the unit that empties it closes the day. On the others a part or all of the day is masked.
    """
    random = np.random.default_rng(params.seed)
    where = np.argwhere(panel.whole_days() if whole_days else panel.is_offered.any(2))
    where = where[np.sort(random.permutation(len(where))[: params.max_rows])]
    at = where[:, 0], where[:, 1]
    available = panel.on_sale[at]
    sold = np.where(available > 0, panel.sold_units[at], 0)
    stock_runs_out = random.random(len(where)) < _STOCK_RUNS_OUT_SHARE
    parts = random_day_parts(sold.shape, random, params)
    parts |= (random.random(len(where)) < params.whole_day_share)[:, None] & open_hours(
        panel, params
    )
    units, part = np.where(parts, 0, sold), np.where(parts, 0, available)
    visible = _until_stock_runs_out(sold, _simulated_stock(panel, where, random, params))
    units[stock_runs_out], part[stock_runs_out] = (
        visible[0][stock_runs_out],
        np.minimum(visible[1], available)[stock_runs_out],
    )
    hidden_units = (sold - units).sum(1)
    has_masked = np.any(part < available, axis=1)
    return MaskedDays(
        where[has_masked], units[has_masked], part[has_masked], hidden_units[has_masked]
    )


def _simulated_stock(
    panel: HourlyPanel,
    where: NDArray[np.int64],
    random: np.random.Generator,
    params: UncensoringParams,
) -> NDArray[np.float64]:
    """Draw the stock of each day: a random multiple of the series' mean day, sale units."""
    mean_day = panel.sold_units.sum((1, 2)) / np.maximum(panel.is_offered.any(2).sum(1), 1)
    return np.asarray(mean_day[where[:, 0]] * random.uniform(*params.shelf_days, len(where)))


def _until_stock_runs_out(sold: Rows, stock: NDArray[np.float64]) -> tuple[Rows, Rows]:
    """Return visible units and visible part of each hour for days (rows) with this `stock`."""
    total = np.cumsum(sold, axis=1)
    before = total - sold
    emptied = (total >= stock[:, None]) & (sold > 0)
    hour = np.where(emptied.any(1), emptied.argmax(1), sold.shape[1])[:, None]
    at = np.arange(sold.shape[1])
    units = np.where(at < hour, sold, np.where(at == hour, stock[:, None] - before, 0))
    part = np.where(at < hour, 1, np.where(at == hour, RUN_OUT_PART, 0))
    return units.astype(np.float32), part.astype(np.float32)


def random_day_parts(
    shape: tuple[int, ...], random: np.random.Generator, params: UncensoringParams
) -> NDArray[np.bool_]:
    """Draw a mask per day, days × hours: from a random hour to the end, or from the start."""
    *days, hours = shape
    first, last = params.hidden_hours
    length = last - first
    begin = random.integers(0, max(int(length * (1 - params.hidden_share)), 1), (*days, 1))
    at = np.arange(hours) - first
    late = random.random((*days, 1)) < 0.5
    inside = (at >= 0) & (at < length)
    return np.asarray(np.where(late, at >= begin, at < length - begin) & inside, dtype=bool)


def open_hours(panel: HourlyPanel, params: UncensoringParams) -> NDArray[np.bool_]:
    """Return the mask of hours within `hidden_hours`."""
    at = np.arange(panel.on_sale.shape[2])
    return (at >= params.hidden_hours[0]) & (at < params.hidden_hours[1])
