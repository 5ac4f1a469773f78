"""The rest of an open day's orders, from the orders so far: a forecast corrected as they arrive.

Belongs here: the arrival curve, how far orders so far move the forecast, what is told of closed
series. Does not: scoring and quantiles (`nowcast_backtest.py`), reading orders (`assets/predict`).

The units of series i on a day are taken as Poisson with rate prior_i · f_i, of which the share b
is still to come at the moment and a = 1 − b has come. f is a product of factors, of the platform,
the warehouse, the SKU everywhere and the series, each gamma with mean 1 and shape k before the day;
with N units come and E expected its mean is (k + N) ÷ (k + E) (gamma–Poisson, Gelman et al.,
Bayesian Data Analysis, ch. 2). The factors are taken one after the other, each on what the ones
before leave. The rest is prior_i · f_i · b: at the cut-off b is 0 and so is the rest.

Arrays have one row per series and one column per day, oldest first, the open day last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.params.nowcast import NowcastParams

SERIES = "series"
# In the order they are taken: from what many orders tell to what few do.
FACTORS = ("platform", "warehouse", "sku", SERIES)
_LEAST_UNITS = 1e-3  # of an expectation: its logarithm is taken


@dataclass(frozen=True)
class DayHistory:
    """What is known of series and days at any hour.

    `total_units`: (series, days) kept at the cut-off, 0 on the open day. `prior_units`: expected of
    the day before it began; nan: nothing was. `kind`: 0 workday, 1 free day. `groups`: factor,
    "category" or what is added up → (series,) numbers from 0 without gaps.
    """

    total_units: np.ndarray
    prior_units: np.ndarray
    kind: np.ndarray
    groups: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Moment:
    """The same days as they stood `hours_left` before their cut-off.

    `so_far_units`, `rest_units`: (series, days) kept until the moment, and ordered from it on; the
    rest of the open day is 0 and never read. `is_closed`: sold out or not offered at the moment.
    """

    hours_left: float
    so_far_units: np.ndarray
    rest_units: np.ndarray
    is_closed: np.ndarray


@dataclass(frozen=True)
class FittedNowcast:
    """What past days teach about a moment.

    `to_come`: (kinds of day, categories) share of a day's units still to come. `strengths`: factor
    → shape k, units. `closed_share`: what closed series still sold ÷ what they would have on sale.
    """

    to_come: np.ndarray
    strengths: Mapping[str, float]
    closed_share: float


@dataclass(frozen=True)
class RestPrediction:
    """What is told of days, (series, days) each, sale units.

    `on_sale_units`: rest of a series that stays on sale; `rest_units`: what is expected to be
    ordered. `prior_units`: what it started from, newcomers included. `to_come`: the curve.
    """

    rest_units: np.ndarray
    on_sale_units: np.ndarray
    prior_units: np.ndarray
    to_come: np.ndarray


def mean_priors(total_units: np.ndarray, kind: np.ndarray, mean_days: int) -> np.ndarray:
    """Expected units of each day by the days before it: (series, days), nan where none sold.

    The mean of up to `mean_days` days since the series' first sale, times what days of that kind
    sold platform-wide ÷ an average day.

    >>> mean_priors(np.array([[2.0, 4.0, 0.0]]), np.zeros((1, 3), int), 28).tolist()
    [[nan, 2.0, 3.0]]
    """
    begun = np.cumsum(total_units > 0, axis=1) > 0
    found = np.full(total_units.shape, np.nan)
    for day in range(1, total_units.shape[1]):
        window = slice(max(0, day - mean_days), day)
        units, counted = total_units[:, window], begun[:, window].sum(1)
        of_days, kinds = units.sum(0), np.median(kind[:, window], axis=0) > 0
        ratio = np.ones(2)
        for free in (0, 1):
            mine = kinds == bool(free)
            if mine.any() and of_days.sum() > 0:
                ratio[free] = of_days[mine].mean() / of_days.mean()
        summed = units.sum(1)
        mean = summed / np.maximum(counted, 1) * ratio[kind[:, day]]
        found[:, day] = np.where(summed > 0, mean, np.nan)
    return found


def fit_nowcast(
    days: DayHistory,
    moment: Moment,
    window: slice,
    params: NowcastParams,
    strengths: Mapping[str, float] | None = None,
) -> FittedNowcast:
    """Curve, strengths (unless given) and share of closed series from the days of `window`.

    With fewer than `min_learn_days` days no factor is believed: strengths are firm.
    """
    to_come = fit_remaining_share(days, moment, window, params)
    if strengths is None:
        strengths = fit_factor_strengths(days, moment, window, to_come, params)
    told = predict_rest(days, moment, window, FittedNowcast(to_come, strengths, 1.0))
    closed = moment.is_closed[:, window]
    sold = float(moment.rest_units[:, window][closed].sum())
    expected = float(told.on_sale_units[closed].sum())
    return FittedNowcast(to_come, strengths, min(1.0, sold / (expected + params.closed_units)))


def fit_remaining_share(
    days: DayHistory, moment: Moment, window: slice, params: NowcastParams
) -> np.ndarray:
    """Σ rest ÷ Σ (so far + rest) per kind of day and category, of series on sale at the moment.

    A category is drawn towards its kind of day, that towards the platform. Without a unit sold in
    the window: the share of the day's hours that are left. Shape (2, categories).
    """
    on_sale = ~moment.is_closed[:, window]
    rest = moment.rest_units[:, window] * on_sale
    whole = moment.so_far_units[:, window] * on_sale + rest
    category, kind = days.groups["category"], days.kind[:, window]
    overall = rest.sum() / whole.sum() if whole.sum() > 0 else moment.hours_left / 24
    found = np.empty((2, category.max(initial=0) + 1))
    for free in (0, 1):
        mine = kind == free
        drawn = params.curve_kind_units
        of_kind = ((rest * mine).sum() + drawn * overall) / ((whole * mine).sum() + drawn)
        drawn = params.curve_category_units
        left, all_day = ((part * mine).sum(1) for part in (rest, whole))
        found[free] = (np.bincount(category, left, found.shape[1]) + drawn * of_kind) / (
            np.bincount(category, all_day, found.shape[1]) + drawn
        )
    return found


def predict_rest(
    days: DayHistory, moment: Moment, at: slice, lesson: FittedNowcast
) -> RestPrediction:
    """The rest of the days `at`, from their priors and what had been ordered by the moment.

    A series nothing was expected of gets the mean prior of its category once somebody orders it.
    What a closed series sold so far is a lower bound of what it would have: its own factor is not
    taken below 1, and it counts in no factor of others.
    """
    so_far = moment.so_far_units[:, at]
    prior = with_newcomers(days, so_far, at)
    share = lesson.to_come[days.kind[:, at], days.groups["category"][:, None]]
    on_sale = ~moment.is_closed[:, at]
    expected = prior * (1 - share)
    factor = np.ones(prior.shape)
    for name in FACTORS[:-1]:
        strength = lesson.strengths[name]
        group = days.groups[name]
        come = _summed(so_far * on_sale, group)
        awaited = _summed(expected * factor * on_sale, group)
        factor *= ((strength + come) / (strength + awaited))[group]
    strength = lesson.strengths[SERIES]
    own = (strength + so_far) / (strength + expected * factor)
    factor *= np.where(on_sale, own, np.maximum(own, 1.0))
    rest = prior * factor * share
    return RestPrediction(np.where(on_sale, rest, rest * lesson.closed_share), rest, prior, share)


def with_newcomers(days: DayHistory, so_far_units: np.ndarray, at: slice) -> np.ndarray:
    """Priors of the days `at`; of a series without one the mean of its category, else of all, on
    that day, if anything of it is ordered by now, else 0."""
    prior = days.prior_units[:, at]
    known = ~np.isnan(prior)
    filled = np.where(known, prior, 0.0)
    category = days.groups["category"]
    counted = _summed(known.astype(float), category)
    overall = filled.sum(0) / np.maximum(known.sum(0), 1)
    mean = np.where(counted > 0, _summed(filled, category) / np.maximum(counted, 1), overall)
    return np.where(known, filled, np.where(so_far_units > 0, mean[category], 0.0))


def fit_factor_strengths(
    days: DayHistory, moment: Moment, window: slice, to_come: np.ndarray, params: NowcastParams
) -> dict[str, float]:
    """Shape k of every factor, by the Poisson deviance of the rest on the days of `window`.

    One factor after the other, twice. Of the shapes whose deviance is within `doubt_errors`
    standard errors (over days) of the best, the firmest: four weeks are few days to tell a day's
    effect from chance, and what is not certain leaves the forecast as it is (the rule of Breiman et
    al. 1984, 3.4.3).
    """
    strengths = dict.fromkeys(FACTORS, params.firm_units)
    actual, on_sale = moment.rest_units[:, window], ~moment.is_closed[:, window]
    count = actual.shape[1]
    if count < params.min_learn_days or not (actual * on_sale).any():
        return strengths

    def deviance(tried: Mapping[str, float]) -> np.ndarray:
        told = np.maximum(
            predict_rest(days, moment, window, FittedNowcast(to_come, tried, 1.0)).rest_units,
            _LEAST_UNITS,
        )
        return np.asarray((np.where(on_sale, told - actual * np.log(told), 0.0)).sum(0))

    shapes = (*params.strengths_units, params.firm_units)
    for _ in range(2):
        for name in FACTORS:
            of_days = [deviance(strengths | {name: shape}) for shape in shapes]
            best = of_days[int(np.argmin([found.sum() for found in of_days]))]
            strengths[name] = max(
                shape
                for shape, found in zip(shapes, of_days, strict=True)
                if _is_as_good(found - best, params.doubt_errors)
            )
    return strengths


def _is_as_good(more: np.ndarray, errors: float) -> bool:
    """Whether the mean of `more`, one value per day, is within so many standard errors of 0."""
    return bool(more.mean() <= errors * more.std(ddof=1) / np.sqrt(len(more)))


def _summed(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Sums of the rows of each group, (groups, days)."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(group.max(initial=-1) + 1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))
