"""Describe the demand of any run of days ahead: its mean, and its value at a percentile.

Contains the interpolation between the sums that are forecast (1, 2, 3, 5 … 28 days). Not here: the
forecast (`models/demand/`), what is ordered (`models/replenishment/policy.py`).

A sum's quantiles are kept as ratios to its mean. Between two forecast sums the ratios are
interpolated over the logarithm of the number of days, the means over the days themselves. Days
after the first ones have the ratios of a sum of as many days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_contracts.tables.demand import QUANTILE_PERCENTS

LAST_DAY = 28
# Percentiles between which a sum's distribution is a straight line. Below the lowest forecast
# quantile it goes down to 0 at the pace of the next two, above the highest it has an exponential
# tail: it rises by as much from 95 to 97.5 % as from 90 to 95 %.
_TAIL_SHARES = (0.99, 0.999)
_SHARES = np.array([0.0, *(percent / 100 for percent in QUANTILE_PERCENTS), *_TAIL_SHARES])


@dataclass(frozen=True)
class DemandSums:
    """Distributions of the demand of the days 1 … n after `as_of`, one row per line.

    `spans_days`: ascending numbers of days, shape (spans,). `mean_units`: mean of each sum, shape
    (lines, spans); 0 for a line without a forecast. `ratios`: quantile ÷ mean at `_SHARES`, shape
    (lines, spans, shares).
    """

    spans_days: np.ndarray
    mean_units: np.ndarray
    ratios: np.ndarray

    @classmethod
    def of(
        cls, spans_days: np.ndarray, mean_units: np.ndarray, quantile_units: np.ndarray
    ) -> DemandSums:
        """Build from forecasts; `quantile_units` has the shape (lines, spans, QUANTILE_PERCENTS).

        A missing mean is that of the nearest shorter sum, else of the next longer one, at the same
        rate per day. Means of longer sums never fall below those of shorter ones. A missing
        quantile is that of a Poisson count with the same mean.
        """
        spans = np.asarray(spans_days, float)
        mean = np.maximum.accumulate(_complete_means(spans, mean_units), axis=1)
        completed = np.where(np.isnan(quantile_units), _poisson_like(mean), quantile_units)
        quantiles = np.maximum.accumulate(np.maximum(completed, 0.0), axis=2)
        low = np.maximum(2 * quantiles[..., :1] - quantiles[..., 1:2], 0.0)
        halving = (quantiles[..., -1:] - quantiles[..., -2:-1]) / np.log(2.0)
        tail = [
            quantiles[..., -1:] + halving * np.log((1 - QUANTILE_PERCENTS[-1] / 100) / (1 - share))
            for share in _TAIL_SHARES
        ]
        nodes = np.concatenate([low, quantiles, *tail], axis=2)
        ratios = np.divide(
            nodes, mean[..., None], out=np.zeros_like(nodes), where=mean[..., None] > 0
        )
        return cls(spans, mean, ratios)

    def rows(self, chosen: slice) -> DemandSums:
        """Return the distributions of some lines."""
        return DemandSums(self.spans_days, self.mean_units[chosen], self.ratios[chosen])

    def mean_until(
        self, last_day: int = LAST_DAY, last_offer_day: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the mean demand of the days 1 … d for d = 0 … `last_day`: (lines, days + 1).

        Beyond the longest forecast sum the mean goes on at the daily rate of that sum, and ends
        with `last_offer_day` (missing: no end). Forecasts know the end: the next longer sum is the
        demand until then.
        """
        days = np.arange(last_day + 1, dtype=float)
        spans = np.concatenate([[0.0], self.spans_days])
        means = np.hstack([np.zeros((len(self.mean_units), 1)), self.mean_units])
        upper = np.clip(np.searchsorted(spans, days), 1, len(spans) - 1)
        share = (days - spans[upper - 1]) / (spans[upper] - spans[upper - 1])
        inside = means[:, upper - 1] + np.minimum(share, 1.0) * (
            means[:, upper] - means[:, upper - 1]
        )
        rate = means[:, -1:] / spans[-1]
        going_on = inside + rate * np.maximum(days - spans[-1], 0.0)
        if last_offer_day is None:
            return np.asarray(going_on)
        end = np.where(np.isnan(last_offer_day), np.inf, np.maximum(last_offer_day, 0.0))[:, None]
        next_span = np.searchsorted(spans, end[:, 0])
        is_within = (next_span < len(spans))[:, None]
        line, longer = np.arange(len(means)), np.minimum(next_span, len(spans) - 1)
        start = spans[np.maximum(longer - 1, 0)][:, None]
        before = means[line, np.maximum(longer - 1, 0)][:, None]
        width = np.where(is_within & (end > start), end - start, 1.0)
        along = before + np.clip((days - start) / width, 0.0, 1.0) * (
            means[line, longer][:, None] - before
        )
        known_end = np.where(days > start, along, going_on)
        at_end = np.take_along_axis(going_on, np.minimum(end, last_day).astype(int), axis=1)
        unknown_end = np.where(days > end, at_end, going_on)
        return np.asarray(np.where(end > 0, np.where(is_within, known_end, unknown_end), 0.0))

    def ratio(self, span_days: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Return demand ÷ mean of a sum of `span_days` at the percentile `share`.

        Both have the shape (lines, scenarios); `share` is between 0 and 1.
        """
        spans = np.log(self.spans_days)
        asked = np.log(np.clip(span_days, self.spans_days[0], self.spans_days[-1]))
        upper = np.clip(np.searchsorted(spans, asked), min(1, len(spans) - 1), len(spans) - 1)
        below = np.maximum(upper - 1, 0)
        width = spans[upper] - spans[below]
        weight = np.divide(asked - spans[below], width, out=np.ones_like(asked), where=width > 0)
        node = np.clip(np.searchsorted(_SHARES, share), 1, len(_SHARES) - 1)
        along = (np.minimum(share, _SHARES[-1]) - _SHARES[node - 1]) / (
            _SHARES[node] - _SHARES[node - 1]
        )
        line = np.arange(len(self.ratios))[:, None]

        def at(span: np.ndarray) -> np.ndarray:
            low, high = self.ratios[line, span, node - 1], self.ratios[line, span, node]
            return low + along * (high - low)

        return np.asarray((1 - weight) * at(below) + weight * at(upper))

    def variance(self, span_days: np.ndarray) -> np.ndarray:
        """Return the variance of demand ÷ mean of a sum of `span_days`, shape (lines,)."""
        share = np.broadcast_to(_EVEN_SHARES, (len(self.ratios), len(_EVEN_SHARES)))
        spans = np.broadcast_to(np.asarray(span_days, float)[:, None], share.shape)
        return np.asarray(self.ratio(spans, share).var(axis=1))


_EVEN_SHARES = (np.arange(32) + 0.5) / 32


def _complete_means(spans_days: np.ndarray, mean_units: np.ndarray) -> np.ndarray:
    """Return the means with missing ones at the daily rate of a neighbour; 0 without any."""
    rate = np.asarray(mean_units, float) / spans_days
    for span in range(1, len(spans_days)):
        rate[:, span] = np.where(np.isnan(rate[:, span]), rate[:, span - 1], rate[:, span])
    for span in reversed(range(len(spans_days) - 1)):
        rate[:, span] = np.where(np.isnan(rate[:, span]), rate[:, span + 1], rate[:, span])
    return np.asarray(np.nan_to_num(rate) * spans_days)


def _poisson_like(mean: np.ndarray) -> np.ndarray:
    """Return quantiles of a normal distribution with the variance of a Poisson count."""
    from statistics import NormalDist

    z = np.array([NormalDist().inv_cdf(percent / 100) for percent in QUANTILE_PERCENTS])
    return np.asarray(np.maximum(mean[..., None] + np.sqrt(mean)[..., None] * z, 0.0))
