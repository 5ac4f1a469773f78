"""Demand hidden by sold-out hours, learnt from days that were wholly on sale.

Belongs here: hiding hours of whole days as stock-outs hide them, what is then still seen of a day,
the model of what was hidden, its use on hours that were really sold out. Does not: where hours come
from (`assets/profiles/demand`), the forecast (`models/demand.py`).

Hours of a day are hidden from their end, from their beginning, or for whole days on end; the model
learns the units sold in them from the hours left, from the series' days before, and from the same
SKU, warehouse and category elsewhere on that day. Nothing of a later day is looked at, so that a
recovered day may stand in the history of a forecast made on it. The way of hiding is that of the
benchmark of FreshRetailNet-50K (Dingdong, arXiv 2505.16319), made again here.

One thing no hiding can teach: real stock-outs fall on days that sell more than others. Of that the
model sees what shows: a strong beginning, and the same SKU selling strongly elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from models.params.demand import RecoveryParams
from models.trees import tweedie_settings

Days = NDArray[np.float32]  # series × days
Hours = NDArray[np.float32]  # series × days × hours
Mask = NDArray[np.bool_]  # series × days × hours

_PRIOR_UNITS = 200.0  # sales below which a category's hours are drawn to those of all


@dataclass(frozen=True)
class HourlyPanel:
    """Sales by the hour. Every array has series first, then days in their order, then hours.

    `sold_units`: what was sold. `is_offered`, `on_sale`: hours in which the SKU was to be had at
    all, and in which it was not sold out; on_sale only where offered. `category`: number per
    series, for the shares of the hours. `groups`: name → number per series: what else tells how a
    day went (SKU, warehouse, …). `days`: name → series × days, what is known of a day (discount,
    rain, …). `kind_of_day`: series × days, days that share their hours (0 workday, 1 free).
    """

    sold_units: Hours
    is_offered: Mask
    on_sale: Mask
    category: NDArray[np.int64]
    groups: Mapping[str, NDArray[np.int64]]
    days: Mapping[str, Days]
    kind_of_day: NDArray[np.int64]

    def whole_days(self, seen: Mask) -> NDArray[np.bool_]:
        """Series × days offered at all, of which every offered hour is seen."""
        is_missing = np.any(self.is_offered & ~seen, axis=2)
        return np.asarray(np.any(self.is_offered, axis=2) & ~is_missing, dtype=bool)


@dataclass(frozen=True)
class Recovery:
    """A fitted model; `rows`: days with hidden hours it learnt from."""

    booster: lgb.Booster
    rows: int


def hide_hours(panel: HourlyPanel, seen: Mask, seed: int, params: RecoveryParams) -> Mask:
    """Hours of whole days to hide: parts of `hidden_share` of them, now and then days on end.

    A part begins at a random hour of the first `1 − hidden_share` of the day and goes to its end,
    or, as often, lies as far from its end and goes to its beginning. Only hours of days that are
    wholly seen are hidden. The same seed hides the same hours.
    """
    random = np.random.default_rng(seed)
    series, days, _ = seen.shape
    first, last = params.hidden_hours
    hours = last - first
    whole = panel.whole_days(seen)
    parts = (random.random((series, days)) < params.hidden_share) & whole
    begin = random.integers(0, max(int(hours * (1 - params.hidden_share)), 1), (series, days, 1))
    at = np.arange(seen.shape[2]) - first
    late = random.random((series, days, 1)) < 0.5
    hidden = np.where(late, at >= begin, at < hours - begin) & parts[..., None]
    hidden |= _days_on_end(whole, random, params)[..., None]
    return hidden & panel.is_offered & whole[..., None] & (at >= 0) & (at < hours)


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


def fit_recovery(panel: HourlyPanel, params: RecoveryParams, threads: int) -> Recovery | None:
    """Learn what hidden hours sold; None with fewer than `min_rows` days to learn from."""
    hidden = hide_hours(panel, panel.on_sale, params.seed, params)
    where = np.argwhere(hidden.any(2))
    if len(where) < params.min_rows:
        return None
    order = np.random.default_rng(params.seed).permutation(len(where))[: params.max_rows]
    chosen = where[np.sort(order)]
    rows, level = looked_at(panel, panel.on_sale & ~hidden, chosen)
    units = (panel.sold_units * hidden).sum(2)[chosen[:, 0], chosen[:, 1]]
    data = lgb.Dataset(rows, label=units / level, weight=level, params={"max_bin": params.bins})
    settings = tweedie_settings(params, params.leaves, threads)
    return Recovery(lgb.train(settings, data, params.trees), len(chosen))


def lost_units(panel: HourlyPanel, model: Recovery, threads: int) -> Days:
    """Units of demand in the hours offered but sold out, series × days; 0 on whole days."""
    where = np.argwhere((panel.is_offered & ~panel.on_sale).any(2))
    lost = np.zeros(panel.sold_units.shape[:2], dtype=np.float32)
    if len(where):
        rows, level = looked_at(panel, panel.on_sale, where)
        found = np.asarray(model.booster.predict(rows, num_threads=threads)) * level
        lost[where[:, 0], where[:, 1]] = np.maximum(found, 0)
    return lost


def looked_at(
    panel: HourlyPanel, seen: Mask, where: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Features of the days `where` (rows of series, day), and the level each is measured by.

    Everything a feature says of a day, it says of the seen hours: `seen_share` is their usual share
    of a day's demand, a rate is units seen ÷ shares seen.
    """
    share = _shares_seen(panel, seen)
    units = (panel.sold_units * seen).sum(2)
    whole = panel.whole_days(seen)
    features: dict[str, NDArray[Any]] = {"seen_share": share, "seen_units": units}
    whole_units, whole_days = units * whole, whole.astype(np.float32)
    for days in (7, 14, 28, 56):
        seen_before, share_before = _before(units, days), _before(share, days)
        features[f"rate_{days}"] = _ratio(seen_before, share_before, 0.3)
        counted = _before(whole_days, days)
        features[f"whole_{days}"] = _ratio(_before(whole_units, days), counted, 1)
        features[f"whole_days_{days}"] = counted
    level = _level(features)
    features["level"] = level
    features["begun"] = _ratio(units, level * share, 0.02)
    features |= {f"rate_lag_{lag}": _lag(_ratio(units, share, 0.4), lag) for lag in (1, 2, 7, 14)}
    expected = level * share
    for name, group in panel.groups.items():
        features[f"others_{name}"] = _others(units, expected, group)
    for name, known in panel.days.items():
        features[name] = known
        features[f"{name}_change"] = known - _ratio(
            _before(known, 14), _before(known * 0 + 1, 14), 1
        )
    open_hours = panel.is_offered & ~seen
    features["hidden_hours"] = open_hours.sum(2)
    features["first_hidden"] = np.where(open_hours.any(2), open_hours.argmax(2), -1)
    features["kind_of_day"] = panel.kind_of_day
    series, day = where[:, 0], where[:, 1]
    columns = [np.asarray(column[series, day], np.float32) for column in features.values()]
    return np.column_stack(columns), level[series, day]


def _level(features: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Units of a usual whole day, above zero: the last two weeks', drawn to those before."""
    own, days = np.nan_to_num(features["whole_14"]), features["whole_days_14"]
    longer = np.where(
        np.isnan(features["whole_56"]), np.nan_to_num(features["rate_56"]), features["whole_56"]
    )
    return np.asarray((own * days + 3 * longer) / (days + 3) + 0.1, np.float64)


def _shares_seen(panel: HourlyPanel, seen: Mask) -> NDArray[np.float64]:
    """Share of a usual day's demand that falls into the seen hours, of the offered ones.

    The hours of a category and kind of day as the whole days before the day had them; few sales
    are drawn to the hours of all categories, and those to even hours.
    """
    whole = panel.whole_days(seen)
    kinds, categories = int(panel.kind_of_day.max()) + 1, int(panel.category.max()) + 1
    days, hours = panel.sold_units.shape[1:]
    cell = panel.category[:, None] * kinds + panel.kind_of_day
    day = np.broadcast_to(np.arange(days), cell.shape)
    sold = np.zeros((categories * kinds, days, hours))
    np.add.at(sold, (cell[whole], day[whole]), panel.sold_units[whole])
    before = np.cumsum(sold, axis=1) - sold
    of_all = before.sum(0) + 1.0
    profile = before + _PRIOR_UNITS * of_all / of_all.sum(1, keepdims=True)
    usual = (profile / profile.sum(2, keepdims=True)).astype(np.float32)[cell, day]
    offered = np.sum(usual, axis=2, where=panel.is_offered, dtype=np.float64)
    found = np.sum(usual, axis=2, where=seen & panel.is_offered, dtype=np.float64)
    return np.divide(found, offered, np.zeros_like(offered), where=offered > 0)


def _before(values: NDArray[np.floating], days: int) -> NDArray[np.float64]:
    """Sum of the `days` days before each day, the day itself left out."""
    total = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    day = np.arange(values.shape[1])
    return total[:, day] - total[:, np.maximum(day - days, 0)]


def _lag(values: NDArray[np.float64], days: int) -> NDArray[np.float64]:
    moved = np.full_like(values, np.nan)
    moved[:, days:] = values[:, :-days] if days else values
    return moved


def _ratio(
    over: NDArray[np.floating], under: NDArray[np.floating], least: float
) -> NDArray[np.float64]:
    """over ÷ under, missing where there is less than `least` to divide by."""
    known = np.full(over.shape, np.nan)
    return np.divide(over, under, known, where=under >= least)


def _others(
    units: NDArray[np.floating], expected: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How the other series of the group went that day: units seen ÷ expected, drawn to 1 by two."""
    seen = np.zeros((int(group.max()) + 1, units.shape[1]))
    usual = np.zeros_like(seen)
    np.add.at(seen, group, units)
    np.add.at(usual, group, expected)
    return (seen[group] - units + 2) / (usual[group] - expected + 2)
