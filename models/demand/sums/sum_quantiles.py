"""Quantiles of longer sums, per span, from the errors of a backtest.

Contains what makes the quantiles of a few origins usable. Not here: the quantiles themselves
(`models/demand/quantiles.py`).

The last weeks hold few origins, and each missed the total by a part of its own: 18 % too much, 3 %
too little. Quantiles of such ratios would shift every forecast by the mean of those errors. So the
forecast of a series is first scaled by what the other series of its origin missed: the quantiles
describe how single series scatter around a total that is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.demand.quantiles import RatioQuantiles, fit_ratio_quantiles
from models.params.demand import DEFAULTS, QuantileParams


@dataclass(frozen=True)
class SumQuantiles:
    """Quantiles per span in days.

    A span without its own has those of the longest shorter span, as multiples of its own forecast:
    the relative spread stays, though the sum of more days scatters a little less. Before the first
    span that has its own, the shortest one is used. Without any span they are those of a Poisson
    count.
    """

    percents: tuple[float, ...]
    of_spans: Mapping[int, RatioQuantiles]

    def of(self, span: int) -> RatioQuantiles:
        """Return the quantiles of a span."""
        if not self.of_spans:
            return RatioQuantiles(self.percents, (), ())
        shorter = [days for days in self.of_spans if days <= span]
        return self.of_spans[max(shorter) if shorter else min(self.of_spans)]

    def units(self, spans: np.ndarray, forecast: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """Return the quantiles of each forecast, shape (rows, percents), sale units."""
        result = np.zeros((len(forecast), len(self.percents)))
        for span in np.unique(spans):
            mine = spans == span
            result[mine] = self.of(int(span)).units(forecast[mine], groups[mine])
        return result


def centred(
    forecast: np.ndarray, actual: np.ndarray, origin: np.ndarray, half_at: float
) -> np.ndarray:
    """Scale the forecast of each series by what the *other* series of its origin missed in total.

    The factor is (actual ÷ forecast of the others) to the power n ÷ (n + `half_at`), n of them: a
    single series keeps its error, and few say little about an origin.

    >>> centred(np.ones(3), np.array([4.0, 2.0, 6.0]), np.array([1, 1, 2]), 0.0).tolist()
    [2.0, 4.0, 1.0]
    """
    rows = pd.DataFrame({"origin": origin, "y": actual, "p": forecast, "n": 1.0})
    others = rows.groupby("origin")[["y", "p", "n"]].transform("sum") - rows[["y", "p", "n"]]
    both_positive = (others["y"] > 0) & (others["p"] > 0)
    missed = np.log((others["y"] / others["p"]).where(both_positive, 1.0))
    count = others["n"].to_numpy(float)
    weight = count / np.maximum(count + half_at, 1.0)
    return np.asarray(forecast * np.exp(weight * np.asarray(missed)))


def fit_sum_quantiles(
    scored: pd.DataFrame, forecast: np.ndarray, percents: tuple[float, ...], params: QuantileParams
) -> SumQuantiles:
    """Fit the quantiles of each span that has `params.min_rows` known sums.

    `scored`: span_days, origin, category, demand_units (known).
    """
    spans, actual = scored["span_days"].to_numpy(), scored["demand_units"].to_numpy(float)
    origin, category = scored["origin"].to_numpy(), scored["category"].to_numpy(str)
    of_spans = {}
    for span in np.unique(spans):
        mine = spans == span
        if mine.sum() < params.min_rows:
            continue
        units = centred(forecast[mine], actual[mine], origin[mine], DEFAULTS.sums.centring_series)
        of_spans[int(span)] = fit_ratio_quantiles(
            actual[mine], units, percents, params, category[mine]
        )
    return SumQuantiles(percents, of_spans)
