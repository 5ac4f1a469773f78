"""Predict the remaining orders of an open day: a forecast corrected as orders arrive.

Contains the arrival curve, the correction factors, and the treatment of closed series. Not here:
scoring and quantiles (`nowcast_backtest.py`), reading orders (`assets/predict`).

The units of series i on a day are Poisson with rate prior_i · f_i. At the moment a share a = 1 − b
of them has arrived and b remains. f is a product of factors for the platform, the warehouse, the
SKU in all warehouses, and the series. Each factor is gamma with mean 1 and shape k before the day;
with N units observed and E expected its mean is (k + N) ÷ (k + E) (gamma–Poisson, Gelman et al.,
Bayesian Data Analysis, ch. 2). The factors are estimated one after the other, each on what the
earlier ones do not explain. The rest is prior_i · f_i · b; at the cut-off b is 0, and so is the
rest.

Arrays have one row per series and one column per day, oldest first, the open day last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.params.nowcast import NowcastParams

SERIES = "series"
# In order of estimation: from factors with many orders to factors with few.
FACTORS = ("platform", "warehouse", "sku", SERIES)
_LEAST_UNITS = 1e-3  # lower bound of an expectation before its logarithm


@dataclass(frozen=True)
class DayHistory:
    """Totals and priors of series and days, independent of the time of day.

    `total_units`: (series, days), net units at the cut-off, 0 on the open day. `prior_units`: units
    expected before the day began; nan without an expectation. `kind`: 0 workday, 1 free day.
    `groups`: factor, "category" or an aggregate → (series,) numbers from 0 without gaps.
    """

    total_units: np.ndarray
    prior_units: np.ndarray
    kind: np.ndarray
    groups: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Moment:
    """The same days as seen `hours_left` before their cut-off.

    `observed_units`, `rest_units`: (series, days), net units ordered before the moment, and units
    ordered from it on. The rest of the open day is 0 and never read. `is_closed`: sold out or not
    offered at the moment.
    """

    hours_left: float
    observed_units: np.ndarray
    rest_units: np.ndarray
    is_closed: np.ndarray


@dataclass(frozen=True)
class FittedNowcast:
    """Parameters fitted on past days for one time of day.

    `remaining_share`: (kinds of day, categories), share of a day's units still to come.
    `strengths`: factor → shape k, units. `closed_share`: units that closed series still sold ÷
    units they would have sold if on sale.
    """

    remaining_share: np.ndarray
    strengths: Mapping[str, float]
    closed_share: float


@dataclass(frozen=True)
class RestPrediction:
    """Predictions per series and day, arrays (series, days), sale units.

    `on_sale_units`: rest of a series that stays on sale; `rest_units`: units expected to be
    ordered. `prior_units`: the starting point, new series included. `remaining_share`: the curve.
    """

    rest_units: np.ndarray
    on_sale_units: np.ndarray
    prior_units: np.ndarray
    remaining_share: np.ndarray


def mean_priors(total_units: np.ndarray, kind: np.ndarray, mean_days: int) -> np.ndarray:
    """Compute the expected units of each day from the days before it; nan for series without a
    sale.

    The mean of up to `mean_days` days since the series' first sale, times the platform's sales on
    days of that kind ÷ on an average day. Shape (series, days).

    >>> mean_priors(np.array([[2.0, 4.0, 0.0]]), np.zeros((1, 3), int), 28).tolist()
    [[nan, 2.0, 3.0]]
    """
    begun = np.cumsum(total_units > 0, axis=1) > 0
    result = np.full(total_units.shape, np.nan)
    for day in range(1, total_units.shape[1]):
        window = slice(max(0, day - mean_days), day)
        units, counted = total_units[:, window], begun[:, window].sum(1)
        of_days, kinds = units.sum(0), np.median(kind[:, window], axis=0) > 0
        ratio = np.ones(2)
        for free in (0, 1):
            of_kind_mask = kinds == bool(free)
            if of_kind_mask.any() and of_days.sum() > 0:
                ratio[free] = of_days[of_kind_mask].mean() / of_days.mean()
        summed = units.sum(1)
        mean = summed / np.maximum(counted, 1) * ratio[kind[:, day]]
        result[:, day] = np.where(summed > 0, mean, np.nan)
    return result


def fit_nowcast(
    days: DayHistory,
    moment: Moment,
    window: slice,
    params: NowcastParams,
    strengths: Mapping[str, float] | None = None,
) -> FittedNowcast:
    """Fit the curve, the factor strengths (unless given) and the share of closed series on
    `window`.

    With fewer than `min_learn_days` days every strength is `firm_units`: the forecast stays as it
    is.
    """
    remaining_share = fit_remaining_share(days, moment, window, params)
    if strengths is None:
        strengths = fit_factor_strengths(days, moment, window, remaining_share, params)
    predicted = predict_rest(days, moment, window, FittedNowcast(remaining_share, strengths, 1.0))
    closed = moment.is_closed[:, window]
    sold = float(moment.rest_units[:, window][closed].sum())
    expected = float(predicted.on_sale_units[closed].sum())
    return FittedNowcast(
        remaining_share, strengths, min(1.0, sold / (expected + params.closed_units))
    )


def fit_remaining_share(
    days: DayHistory, moment: Moment, window: slice, params: NowcastParams
) -> np.ndarray:
    """Compute Σ rest ÷ Σ (observed + rest) per kind of day and category, over series on sale.

    A category is shrunk towards its kind of day, and a kind of day towards the platform. Without a
    unit sold in the window it is the share of the day's hours that remain. Shape (2, categories).
    """
    on_sale = ~moment.is_closed[:, window]
    rest = moment.rest_units[:, window] * on_sale
    whole = moment.observed_units[:, window] * on_sale + rest
    category, kind = days.groups["category"], days.kind[:, window]
    overall = rest.sum() / whole.sum() if whole.sum() > 0 else moment.hours_left / 24
    result = np.empty((2, category.max(initial=0) + 1))
    for free in (0, 1):
        of_kind_mask = kind == free
        drawn = params.curve_kind_units
        of_kind = ((rest * of_kind_mask).sum() + drawn * overall) / (
            (whole * of_kind_mask).sum() + drawn
        )
        drawn = params.curve_category_units
        left, all_day = ((part * of_kind_mask).sum(1) for part in (rest, whole))
        result[free] = (np.bincount(category, left, result.shape[1]) + drawn * of_kind) / (
            np.bincount(category, all_day, result.shape[1]) + drawn
        )
    return result


def predict_rest(
    days: DayHistory, moment: Moment, at: slice, fitted: FittedNowcast
) -> RestPrediction:
    """Predict the rest of the days `at` from their priors and the orders observed by the moment.

    A series without a prior gets the mean prior of its category once it has an order. The units
    that a closed series has sold so far are a lower bound: its own factor is at least 1, and it
    counts in no factor of other series.
    """
    observed = moment.observed_units[:, at]
    prior = with_newcomers(days, observed, at)
    share = fitted.remaining_share[days.kind[:, at], days.groups["category"][:, None]]
    on_sale = ~moment.is_closed[:, at]
    expected = prior * (1 - share)
    factor = np.ones(prior.shape)
    for name in FACTORS[:-1]:
        strength = fitted.strengths[name]
        group = days.groups[name]
        arrived = _summed(observed * on_sale, group)
        expected_now = _summed(expected * factor * on_sale, group)
        factor *= ((strength + arrived) / (strength + expected_now))[group]
    strength = fitted.strengths[SERIES]
    own = (strength + observed) / (strength + expected * factor)
    factor *= np.where(on_sale, own, np.maximum(own, 1.0))
    rest = prior * factor * share
    return RestPrediction(np.where(on_sale, rest, rest * fitted.closed_share), rest, prior, share)


def with_newcomers(days: DayHistory, observed_units: np.ndarray, at: slice) -> np.ndarray:
    """Fill missing priors of the days `at`.

    A series without a prior gets the mean of its category on that day, else of all series, if it
    has an order by the moment; otherwise 0.
    """
    prior = days.prior_units[:, at]
    has_prior = ~np.isnan(prior)
    filled = np.where(has_prior, prior, 0.0)
    category = days.groups["category"]
    counted = _summed(has_prior.astype(float), category)
    overall = filled.sum(0) / np.maximum(has_prior.sum(0), 1)
    mean = np.where(counted > 0, _summed(filled, category) / np.maximum(counted, 1), overall)
    return np.where(has_prior, filled, np.where(observed_units > 0, mean[category], 0.0))


def fit_factor_strengths(
    days: DayHistory,
    moment: Moment,
    window: slice,
    remaining_share: np.ndarray,
    params: NowcastParams,
) -> dict[str, float]:
    """Fit the shape k of every factor by the Poisson deviance of the rest on the days of `window`.

    Fits one factor after the other, twice. Among the shapes whose deviance is within `doubt_errors`
    standard errors (over days) of the best, takes the firmest: four weeks are few days to separate
    a day's effect from chance, and an uncertain effect should leave the forecast unchanged (the
    rule of Breiman et al. 1984, 3.4.3).
    """
    strengths = dict.fromkeys(FACTORS, params.firm_units)
    actual, on_sale = moment.rest_units[:, window], ~moment.is_closed[:, window]
    count = actual.shape[1]
    if count < params.min_learn_days or not (actual * on_sale).any():
        return strengths

    def deviance(tried: Mapping[str, float]) -> np.ndarray:
        predicted = np.maximum(
            predict_rest(
                days, moment, window, FittedNowcast(remaining_share, tried, 1.0)
            ).rest_units,
            _LEAST_UNITS,
        )
        return np.asarray((np.where(on_sale, predicted - actual * np.log(predicted), 0.0)).sum(0))

    shapes = (*params.strengths_units, params.firm_units)
    for _ in range(2):
        for name in FACTORS:
            of_days = [deviance(strengths | {name: shape}) for shape in shapes]
            best = of_days[int(np.argmin([result.sum() for result in of_days]))]
            strengths[name] = max(
                shape
                for shape, result in zip(shapes, of_days, strict=True)
                if _is_as_good(result - best, params.doubt_errors)
            )
    return strengths


def _is_as_good(more: np.ndarray, errors: float) -> bool:
    """Return whether the mean of `more`, one value per day, is within `errors` standard errors of
    0.
    """
    return bool(more.mean() <= errors * more.std(ddof=1) / np.sqrt(len(more)))


def _summed(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Sum the rows of each group; shape (groups, days)."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(group.max(initial=-1) + 1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))
