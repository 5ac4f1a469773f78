"""Compute features of the visible part of days with masked or stock-out hours.

Contains the features, and the typical share of each hour in a day. Not here: which hours are
masked (`hour_masking.py`), the model (`model.py`). No feature uses a later day, so an uncensored
day may serve as history of a forecast issued on that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.demand.uncensoring.hourly_panel import HourlyPanel, Rows

_PRIOR_UNITS = 200.0  # prior weight of all categories' hours, in sales of a category
_AT_ONCE = 4_096  # series per batch, bounds memory


class DayFeatures:
    """Features of every day of a panel that do not depend on the masking, computed once for many
    rows.

    Earlier days and other series of the day are taken as the panel has them. A rate is visible
    units ÷ typical share of the visible hours.
    """

    def __init__(self, panel: HourlyPanel) -> None:
        self._panel = panel
        self._typical = _typical_hour_shares(panel)
        share = self._shares()
        sold = np.sum(panel.sold_units, axis=2, where=panel.on_sale > 0)
        whole = panel.whole_days()
        features: dict[str, NDArray[Any]] = {}
        whole_units, whole_days = sold * whole, whole.astype(np.float32)
        for days in (7, 14, 28, 56):
            features[f"rate_{days}"] = _ratio(_before(sold, days), _before(share, days), 0.3)
            counted = _before(whole_days, days)
            features[f"whole_{days}"] = _ratio(_before(whole_units, days), counted, 1)
            features[f"whole_days_{days}"] = counted
        self.level_units = _level(features)
        features["level"] = self.level_units
        rate = _ratio(sold, share, 0.4)
        features |= {f"rate_lag_{lag}": _lag(rate, lag) for lag in (1, 2, 7, 14)}
        expected = self.level_units * share
        for name, group in panel.groups.items():
            features[f"others_{name}"] = _others(sold, expected, group)
        for name, values in panel.days.items():
            features[name] = values
            typical = _ratio(_before(values, 14), _before(np.ones_like(values), 14), 1)
            features[f"{name}_change"] = values - typical
        features["kind_of_day"] = panel.kind_of_day
        self._features = [np.asarray(column, np.float32) for column in features.values()]

    def rows(
        self, where: NDArray[np.int64], units: Rows | None = None, part: Rows | None = None
    ) -> NDArray[np.float32]:
        """Return the features of the days `where` (rows of series, day).

        `units` and `part`, rows × hours: the visible sales and hours, if they differ from the
        panel's.
        """
        series, day = where[:, 0], where[:, 1]
        seen = self._panel.on_sale[series, day] if part is None else part
        if units is None:
            units = np.where(seen > 0, self._panel.sold_units[series, day], 0)
        share, sold = self._seen_share(series, day, seen), units.sum(1)
        begun = _ratio(sold, self.level_units[series, day] * share, 0.02)
        today = [share, sold, begun, *_ends(seen)]
        columns = [column[series, day] for column in self._features]
        return np.column_stack([*(np.asarray(one, np.float32) for one in today), *columns])

    def _seen_share(
        self, series: NDArray[np.int64], day: NDArray[np.int64], seen: Rows
    ) -> NDArray[np.float64]:
        """Return the share of a typical day's demand that falls into the visible parts of offered
        hours.
        """
        hours = self._typical[_cells(self._panel)[series, day], day]
        hours = hours * self._panel.is_offered[series, day]
        offered = hours.sum(1, dtype=np.float64)
        shares = (hours * seen).sum(1, dtype=np.float64)
        return np.divide(shares, offered, np.zeros_like(offered), where=offered > 0)

    def _shares(self) -> NDArray[np.float64]:
        """Return the visible share of every day, series × days."""
        series, days = self._panel.on_sale.shape[:2]
        shares = np.zeros((series, days))
        for first in range(0, series, _AT_ONCE):
            some = np.arange(first, min(first + _AT_ONCE, series))
            at = np.repeat(some, days), np.tile(np.arange(days), len(some))
            seen = self._panel.on_sale[at]
            shares[some] = self._seen_share(*at, seen).reshape(len(some), days)
        return shares


def _ends(seen: Rows) -> list[NDArray[np.int64]]:
    """Return the first and last visible hour of each day (rows), −1 without one."""
    any_seen = seen > 0
    hours = seen.shape[1]
    nothing = ~any_seen.any(1)
    first = np.where(nothing, -1, any_seen.argmax(1))
    last = np.where(nothing, -1, hours - 1 - any_seen[:, ::-1].argmax(1))
    return [first, last]


def _typical_hour_shares(panel: HourlyPanel) -> NDArray[np.float32]:
    """Compute the share of each hour in a typical day, cells × days × hours.

    A cell is a category and kind of day. The profile rests on fully in-stock days before the day;
    with few sales it is shrunk towards that of all categories, and that towards even hours.
    """
    whole = panel.whole_days()
    cell = _cells(panel)
    days, hours = panel.sold_units.shape[1:]
    day = np.broadcast_to(np.arange(days), cell.shape)
    sold = np.zeros((int(cell.max()) + 1, days, hours))
    np.add.at(sold, (cell[whole], day[whole]), panel.sold_units[whole])
    before = np.cumsum(sold, axis=1) - sold
    of_all = before.sum(0) + 1.0
    profile = before + _PRIOR_UNITS * of_all / of_all.sum(1, keepdims=True)
    return np.asarray(profile / profile.sum(2, keepdims=True), np.float32)


def _cells(panel: HourlyPanel) -> NDArray[np.int64]:
    """Number the combination of category and kind of day; series × days."""
    kinds = int(panel.kind_of_day.max(initial=0)) + 1
    return np.asarray(panel.category[:, None] * kinds + panel.kind_of_day)


def _level(features: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return units of a typical fully in-stock day, above zero: two weeks, shrunk to a longer
    mean.
    """
    own, days = np.nan_to_num(features["whole_14"]), features["whole_days_14"]
    longer = np.where(
        np.isnan(features["whole_56"]), np.nan_to_num(features["rate_56"]), features["whole_56"]
    )
    return np.asarray((own * days + 3 * longer) / (days + 3) + 0.1, np.float64)


def _before(values: NDArray[np.floating], days: int) -> NDArray[np.float64]:
    """Sum the `days` days before each day, the day itself excluded."""
    total = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    day = np.arange(values.shape[1])
    return np.asarray(total[:, day] - total[:, np.maximum(day - days, 0)])


def _lag(values: NDArray[np.float64], days: int) -> NDArray[np.float64]:
    moved = np.full_like(values, np.nan)
    moved[:, days:] = values[:, :-days]
    return moved


def _ratio(
    over: NDArray[np.floating], under: NDArray[np.floating], least: float
) -> NDArray[np.float64]:
    """Divide `over` by `under`; missing where `under` is below `least`."""
    ratio = np.full(over.shape, np.nan)
    return np.divide(over, under, ratio, where=under >= least)


def _others(
    units: NDArray[np.floating], expected: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Compare the other series of the group on the day: visible ÷ expected units, shrunk to 1
    by 2.
    """
    seen = np.zeros((int(group.max()) + 1, units.shape[1]))
    typical = np.zeros_like(seen)
    np.add.at(seen, group, units)
    np.add.at(typical, group, expected)
    return np.asarray((seen[group] - units + 2) / (typical[group] - expected + 2))
