"""Similar-day average (SSA) of Dingdong: a baseline from fresh-food retail.

Contains the weights of past days and the forecast from them. Not here: how the days are read, how
the forecast is scored (`models/demand/scoring.py`). Source: the method's description published
with FreshRetailNet-50K; on that data it must print 31.95 / 33.23 / 32.71 %
(`tests/bench/demand_72h.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RAINY_MM = 3.5
HOLIDAY, MADE_UP = 5, 0  # classes of a day; any other workday is its weekday 0 to 4
_CLASSES = 6
_FURTHEST, _NEAREST = 18, 1
_DAY_OF_LAST = 89  # the method counts the last known day as the 90th
_FLOOR_UNITS = 0.001


@dataclass(frozen=True)
class DayGrid:
    """Arrays of series × days.

    `sold`: sale units, nan before the series existed. `discount`: price ÷ list price, 1: none.
    `rainy`. `kind`: class of the day, 0 to 5.
    """

    sold: np.ndarray
    discount: np.ndarray
    rainy: np.ndarray
    kind: np.ndarray


def day_kind(weekday: np.ndarray, is_free: np.ndarray) -> np.ndarray:
    """Return the class of a day: 5 if it is free, 0 for a worked weekend day, else its weekday.

    `weekday`: 0 (Monday) to 6.

    >>> day_kind(np.array([2, 5, 6]), np.array([False, True, False])).tolist()
    [2, 5, 0]
    """
    return np.where(is_free, HOLIDAY, np.where(weekday >= 5, MADE_UP, weekday)).astype(int)


def similar_day_average(grid: DayGrid, last: int, target: int) -> np.ndarray:
    """Forecast day `target` (column of the grid) from the days up to `last`, sale units.

    Weights history by recency, class of day, rain and price, and rescales each day's sales by the
    median over series of the ratio of the two classes. nan for a series without a known day.
    """
    ratio = _class_ratios(grid, last)
    kind, rainy, price = (a[:, target] for a in (grid.kind, grid.rainy, grid.discount))
    total, weights = np.zeros(len(kind)), np.zeros(len(kind))
    for day in range(last + 1):
        its = grid.kind[:, day]
        distance = np.full(len(its), _FURTHEST - (_DAY_OF_LAST - last + day) / 5)
        distance -= 3 * ((kind == HOLIDAY) == (its == HOLIDAY))
        distance += 3 * ((kind != HOLIDAY) & (its == HOLIDAY))
        distance -= 3 * (kind == its)
        distance -= 3 * (rainy & grid.rainy[:, day])
        distance += 3 * (rainy != grid.rainy[:, day])
        near = _FURTHEST - np.clip(distance, _NEAREST, _FURTHEST)
        weight = np.exp(near * (1 - np.abs(price - grid.discount[:, day])) ** 2)
        sold = grid.sold[:, day]
        weight = np.where(np.isnan(sold), 0.0, weight)
        total += weight * ratio[kind, its] * np.nan_to_num(sold)
        weights += weight
    return np.divide(total, weights, out=np.full(len(total), np.nan), where=weights > 0)


def _class_ratios(grid: DayGrid, last: int) -> np.ndarray:
    """Compute the median over series of (mean on class a + .001) ÷ (mean on class b + .001)."""
    until_last = slice(0, last + 1)
    kinds, sold = grid.kind[:, until_last], grid.sold[:, until_last]
    seen = ~np.isnan(sold)
    means = []
    for kind in range(_CLASSES):
        of_kind = (kinds == kind) & seen
        means.append(np.where(of_kind, sold, 0).sum(1) / np.maximum(of_kind.sum(1), 1))
    mean = np.stack(means, axis=1) + _FLOOR_UNITS
    return np.asarray(np.median(mean[:, :, None] / mean[:, None, :], axis=0))
