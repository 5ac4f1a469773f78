"""Quantiles of demand from the ratios actual ÷ forecast of days and of 72-hour sums.

Contains the empirical distribution of the ratio per group (category) and size of the forecast, and
its use (split-conformal in kind, per group as Mondrian conformal prediction: Vovk, Gammerman,
Shafer 2005). Not here: the forecast. Days and 72-hour sums have separate distributions, because a
sum of daily quantiles is not a quantile of the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from models.params.demand import QuantileParams

# Ratios of smaller forecasts are meaningless; such forecasts are raised to this size.
_SMALLEST_FORECAST_UNITS = 0.05


@dataclass(frozen=True)
class RatioQuantiles:
    """Quantiles of actual ÷ forecast per bin of the forecast.

    `edges`: inner edges of the bins, ascending, sale units. `ratios`: one row per bin, one
    ascending value per percent. Without bins (too few residuals) quantiles are those of a normal
    distribution with the variance of a Poisson count. `groups`: groups with enough residuals for
    quantiles of their own.
    """

    percents: tuple[float, ...]
    edges: tuple[float, ...]
    ratios: tuple[tuple[float, ...], ...]
    groups: Mapping[str, RatioQuantiles] = field(default_factory=dict)

    def units(self, forecast: np.ndarray, groups: np.ndarray | None = None) -> np.ndarray:
        """Return quantiles of each forecast, shape (rows, percents), sale units, ascending, ≥ 0.

        `groups`: the group of each row, if known.
        """
        quantiles = self._of_all(forecast)
        for name, own in self.groups.items() if groups is not None else ():
            rows = groups == name
            if np.any(rows):
                quantiles[rows] = own.units(forecast[rows])
        return quantiles

    def _of_all(self, forecast: np.ndarray) -> np.ndarray:
        if not self.ratios:
            z = np.array([NormalDist().inv_cdf(percent / 100) for percent in self.percents])
            return np.maximum(forecast[:, None] + np.sqrt(forecast)[:, None] * z, 0.0)
        bins = np.searchsorted(np.array(self.edges), forecast, side="right")
        return np.array(self.ratios)[bins] * np.maximum(forecast, _SMALLEST_FORECAST_UNITS)[:, None]

    def as_dict(self) -> dict[str, Any]:
        """Return plain lists for a model's manifest."""
        return {
            "percents": list(self.percents),
            "edges": list(self.edges),
            "ratios": [list(row) for row in self.ratios],
            "groups": {name: own.as_dict() for name, own in self.groups.items()},
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> RatioQuantiles:
        """Read what `as_dict` returned."""
        return cls(
            percents=tuple(plain["percents"]),
            edges=tuple(plain["edges"]),
            ratios=tuple(tuple(row) for row in plain["ratios"]),
            groups={name: cls.from_dict(own) for name, own in plain["groups"].items()},
        )


def fit_ratio_quantiles(
    actual: np.ndarray,
    forecast: np.ndarray,
    percents: tuple[float, ...],
    params: QuantileParams,
    groups: np.ndarray | None = None,
) -> RatioQuantiles:
    """Fit quantiles on out-of-sample pairs (sale units); rows without an actual are left out.

    `groups`: the group of each row; one with `min_rows_per_group` rows gets quantiles of its own.

    >>> fitted = fit_ratio_quantiles(
    ...     np.arange(1.0, 101), np.full(100, 50.0), (10, 50, 90), QuantileParams()
    ... )
    >>> fitted.units(np.array([10.0])).round(1).tolist()
    [[2.2, 10.2, 18.2]]
    """
    has_actual = ~np.isnan(actual)
    y, p = actual[has_actual], forecast[has_actual]
    if len(y) < params.min_rows:
        return RatioQuantiles(percents, (), ())
    bins = max(1, min(params.max_bins, len(y) // params.min_rows_per_bin))
    edges = np.unique(np.quantile(p, np.arange(1, bins) / bins))
    bin_of = np.searchsorted(edges, p, side="right")
    edges, bin_of = _without_small_bins(edges, bin_of, params.min_rows)
    ratio = y / np.maximum(p, _SMALLEST_FORECAST_UNITS)
    shares = np.array(percents) / 100
    rows = [np.quantile(ratio[bin_of == i], shares, method="higher") for i in range(len(edges) + 1)]
    of_group = {}
    if groups is not None:
        names, counts = np.unique(groups[has_actual].astype(str), return_counts=True)
        for name in names[counts >= params.min_rows_per_group]:
            mine = groups[has_actual] == name
            of_group[str(name)] = fit_ratio_quantiles(y[mine], p[mine], percents, params)
    return RatioQuantiles(
        percents,
        tuple(float(edge) for edge in edges),
        tuple(tuple(float(value) for value in row) for row in rows),
        of_group,
    )


def _without_small_bins(
    edges: np.ndarray, bin_of: np.ndarray, min_rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Merge bins with fewer than `min_rows` rows, caused by many equal forecasts, into a
    neighbour.
    """
    while len(edges):
        counts = np.bincount(bin_of, minlength=len(edges) + 1)
        smallest = int(counts.argmin())
        if counts[smallest] >= min_rows:
            break
        removed = min(smallest, len(edges) - 1)
        edges = np.delete(edges, removed)
        bin_of = np.where(bin_of > removed, bin_of - 1, bin_of)
    return edges, bin_of
