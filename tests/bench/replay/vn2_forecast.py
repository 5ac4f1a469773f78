"""Weekly demand of VN2 by LightGBM with the product's pieces: mean per week, quantiles of the sum.

Demand ÷ unit (recent level × season) with a Tweedie loss and the unit as weight, as the product's
72-hour model scales by level; weeks out of stock are unknown, neither zero nor target. Ratio
quantiles of three-week sums are fitted on the last year before the start of a window, by a model
that was fitted before it, each origin brought to its own total first: what all items share on one
day (Christmas) is not an item's scatter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.demand.quantiles import RatioQuantiles, fit_ratio_quantiles
from models.params.demand import QuantileParams
from models.registry.lightgbm_settings import tweedie_settings

WEEKS_AHEAD = 3
PERCENTS = (2.5, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 97.5)
LEAST_WEEKS = 56
SMALLEST_UNITS = 0.05
GROUPS = ("Product", "ProductGroup", "Department", "Store", "DepartmentGroup")


@dataclass(frozen=True)
class WeeklyParams:
    """What is chosen on windows that end before 2024-04-15.

    `level_share`: weight of the unit itself beside the trees. `spread`: of the quantiles around the
    mean; `draws`: of the sum, split into weeks.
    """

    trees: int = 150
    leaves: int = 15
    tweedie_variance_power: float = 1.1
    learning_rate: float = 0.04
    min_rows_per_leaf: int = 200
    feature_fraction: float = 0.5
    bagging_fraction: float = 0.8
    bins: int = 127
    seed: int = 7
    level_weeks: int = 13
    prior_weeks: float = 3.0
    held_out_weeks: int = 50
    level_share: float = 0.3
    spread: float = 0.4
    draws: int = 200
    quantiles: QuantileParams = field(
        default_factory=lambda: QuantileParams(max_bins=12, min_rows_per_bin=600)
    )


@dataclass(frozen=True)
class Inputs:
    """Inputs at an origin, items × weeks ahead × features; `unit`: what demand is scaled by."""

    features: np.ndarray
    unit: np.ndarray


@dataclass(frozen=True)
class History:
    """Sales, items × weeks, missing where out of stock; Mondays beyond the last week too."""

    sales: np.ndarray
    mondays: pd.DatetimeIndex
    master: pd.DataFrame

    def at(self, known: int, params: WeeklyParams) -> Inputs:
        """Return inputs that see the first `known` weeks only."""
        past = self.sales[:, :known]
        week = self.mondays.isocalendar().week.to_numpy(int)
        groups = [self.master[name].factorize()[0] for name in GROUPS]
        season = seasons(past, week, known)
        plain = past / season[:known]
        recent = plain[:, -params.level_weeks :]
        weeks = (~np.isnan(recent)).sum(axis=1)
        usual = mean_of(plain[:, -52:])
        total = np.nansum(recent, axis=1) + params.prior_weeks * usual
        level = (total / (weeks + params.prior_weeks) + SMALLEST_UNITS)[:, None]
        means = [mean_of(plain[:, -n:])[:, None] for n in (2, 4, 8, 26, 52)]
        sold = past > 0
        quiet = np.where(sold.any(axis=1), sold[:, ::-1].argmax(axis=1), known)
        fixed = [
            np.log(level),
            plain[:, :-7:-1] / level,
            *(mean / level for mean in means),
            (np.nanstd(plain[:, -26:], axis=1)[:, None]) / level,
            np.nanmean(past[:, -26:] == 0, axis=1)[:, None],
            quiet[:, None],
            np.isnan(past[:, -13:]).mean(axis=1)[:, None],
        ]
        for group in groups:
            short, long = (group_mean(plain[:, -n:], group)[:, None] for n in (3, 13))
            fixed.append(short / np.maximum(long, 0.02))
        ahead = []
        for number in range(WEEKS_AHEAD):
            target = known + number
            year = target - 52
            near = mean_of(plain[:, max(year - 1, 0) : year + 2])[:, None] / level
            lasted = mean_of(plain[:, max(year - 8, 0) : max(year - 2, 1)])[:, None]
            change = near * level / (lasted + level / 4)
            of_groups = []
            for group in groups[:3]:
                then = group_mean(plain[:, max(year - 1, 0) : year + 2], group)
                base = group_mean(plain[:, max(year - 13, 0) : max(year - 1, 1)], group)
                of_groups.append(np.clip(then / np.maximum(base, 0.02), 0.1, 10.0))
            plan = [season[target], number, easter_weeks(self.mondays[target])]
            ahead.append(
                np.hstack(
                    [
                        *fixed,
                        near,
                        change,
                        np.stack(of_groups, axis=1),
                        np.tile(plan, (len(past), 1)),
                    ]
                )
            )
        unit = level * season[known : known + WEEKS_AHEAD]
        return Inputs(np.stack(ahead, axis=1), unit)


def seasons(past: np.ndarray, week: np.ndarray, known: int) -> np.ndarray:
    """Return the season of every week, past and to come, by the mean sale of its ISO week."""
    of_week = pd.Series(np.nanmean(past, axis=0)).groupby(week[:known]).mean()
    of_week = (of_week / of_week.mean()).reindex(range(1, 54))
    of_week = of_week.fillna(1.0)
    return of_week.loc[week].to_numpy()


def mean_of(values: np.ndarray) -> np.ndarray:
    """Return the mean of known values per row, 0 if none is known."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    return total / np.maximum(known.sum(axis=1), 1)


def group_mean(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the mean of a group's known values, per row."""
    known = ~np.isnan(values)
    total = np.bincount(group, np.where(known, values, 0.0).sum(axis=1))
    return (total / np.maximum(np.bincount(group, known.sum(axis=1)), 1))[group]


def easter_weeks(monday: pd.Timestamp) -> float:
    """Return weeks from Easter, at most 8 either way."""
    sundays = pd.to_datetime(["2021-04-04", "2022-04-17", "2023-04-09", "2024-03-31", "2025-04-20"])
    off = [(monday - sunday).days // 7 for sunday in sundays]
    return float(np.clip(min(off, key=abs), -8, 8))


def predicted(
    booster: lgb.Booster, inputs: Inputs, params: WeeklyParams, threads: int
) -> np.ndarray:
    """Return expected demand, items × weeks ahead."""
    shape = inputs.unit.shape
    flat = booster.predict(inputs.features.reshape(shape[0] * shape[1], -1), num_threads=threads)
    ratio = np.maximum(np.asarray(flat).reshape(shape), 0.0)
    return ((1 - params.level_share) * ratio + params.level_share) * inputs.unit


def fit_mean(
    inputs: Mapping[int, Inputs], sales: np.ndarray, known: int, params: WeeklyParams, threads: int
) -> lgb.Booster:
    """Fit on every origin whose weeks ahead are known."""
    features, labels, weights = [], [], []
    for origin in range(LEAST_WEEKS, known - WEEKS_AHEAD + 1):
        unit = inputs[origin].unit
        sold = sales[:, origin : origin + WEEKS_AHEAD]
        use = ~np.isnan(sold)
        features.append(inputs[origin].features[use])
        labels.append((sold / unit)[use])
        weights.append(unit[use])
    data = lgb.Dataset(
        np.concatenate(features).astype(np.float32),
        label=np.concatenate(labels),
        weight=np.concatenate(weights),
        params={"max_bin": params.bins},
    )
    return lgb.train(tweedie_settings(params, params.leaves, threads), data, params.trees)


@dataclass(frozen=True)
class WeeklyModel:
    """A fitted mean and the quantiles of three-week sums."""

    booster: lgb.Booster
    quantiles: RatioQuantiles
    params: WeeklyParams
    threads: int

    def draws(self, inputs: Inputs, seed: int) -> np.ndarray:
        """Return draws of whole units, items × draws × weeks ahead.

        The sum is drawn from its quantiles, then split by the expected shares of the weeks.
        """
        random = np.random.default_rng(seed)
        means = predicted(self.booster, inputs, self.params, self.threads)
        total = means.sum(axis=1)
        units = self.quantiles.units(total)
        units = np.maximum(total[:, None] + self.params.spread * (units - total[:, None]), 0.0)
        places = (random.permutation(self.params.draws) + 0.5) / self.params.draws
        levels = np.array([0.0, *(percent / 100 for percent in PERCENTS), 1.0])
        top = 2 * units[:, -1:] - units[:, -3:-2]
        ends = np.hstack([np.zeros_like(top), units, top])
        sums = np.stack([np.interp(places, levels, row) for row in ends])
        whole = np.floor(sums + random.random(sums.shape)).astype(int)
        shares = means / total[:, None]
        weeks = random.multinomial(whole.ravel(), np.repeat(shares, len(places), axis=0))
        return weeks.reshape(*whole.shape, WEEKS_AHEAD).astype(float)


def fit_weekly(
    inputs: Mapping[int, Inputs], sales: np.ndarray, known: int, params: WeeklyParams, threads: int
) -> WeeklyModel:
    """Fit mean and quantiles on weeks before `known`."""
    earlier = known - params.held_out_weeks
    booster = fit_mean(inputs, sales, earlier, params, threads)
    expected, actual = [], []
    for origin in range(earlier, known - WEEKS_AHEAD + 1):
        sums = predicted(booster, inputs[origin], params, threads).sum(axis=1)
        sold = sales[:, origin : origin + WEEKS_AHEAD].sum(axis=1)
        use = ~np.isnan(sold)
        expected.append(sums[use] * sold[use].sum() / sums[use].sum())
        actual.append(sold[use])
    quantiles = fit_ratio_quantiles(
        np.concatenate(actual), np.concatenate(expected), PERCENTS, params.quantiles
    )
    return WeeklyModel(fit_mean(inputs, sales, known, params, threads), quantiles, params, threads)
