"""Baselines for quantile forecasts: the two common methods.

Contains (a) the same point forecast plus empirical quantiles of its residuals per category,
(b) trees fitted per quantile. Not here: the product's own quantiles (`models/demand/quantiles.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.demand.forecast import design_matrix, leaves_for, level_units
from models.params.demand import ModelParams
from models.registry.lightgbm_settings import tweedie_settings

if TYPE_CHECKING:
    from lightgbm import Booster

RESIDUALS, TREES = "residuals_of_category", "trees_per_quantile"


def residual_quantiles(
    errors: np.ndarray,
    groups: np.ndarray,
    forecast: np.ndarray,
    asked: np.ndarray,
    percents: tuple[float, ...],
) -> np.ndarray:
    """Add the quantile of past errors (actual − forecast, sale units) of a row's group; ≥ 0.

    `errors`, `groups`: of past rows; `forecast`, `asked`: forecasts of the requested rows and their
    groups. Shape (requested rows, percents). A group without past rows uses the errors of all.

    >>> residual_quantiles(
    ...     np.array([-1.0, 0.0, 1.0]), np.array(["a"] * 3), np.array([5.0]), np.array(["a"]), (50,)
    ... ).tolist()
    [[5.0]]
    """
    shares = np.array(percents) / 100
    quantiles = np.tile(np.quantile(errors, shares), (len(forecast), 1))
    for name in np.unique(asked):
        mine = errors[groups == name]
        if len(mine):
            quantiles[asked == name] = np.quantile(mine, shares)
    return np.asarray(np.maximum(forecast[:, None] + quantiles, 0.0))


@dataclass(frozen=True)
class QuantileTrees:
    """One booster per percent, each fitted with the pinball loss of its quantile."""

    boosters: dict[float, Booster]

    def columns(self, rows: pd.DataFrame, threads: int) -> dict[str, np.ndarray]:
        """Return quantiles of each row by `tree_column(percent)`, sale units, ≥ 0, sorted."""
        inputs, level = design_matrix(rows), level_units(rows)
        units = np.stack(
            [
                np.asarray(b.predict(inputs, num_threads=threads)) * level
                for b in self.boosters.values()
            ],
            axis=1,
        )
        ordered = np.maximum(np.sort(units, axis=1), 0.0)
        return {tree_column(p): ordered[:, i] for i, p in enumerate(self.boosters)}


def tree_column(percent: float) -> str:
    """Return the column of the baseline's quantile."""
    return f"{TREES}_{percent:g}"


def fit_quantile_trees(
    rows: pd.DataFrame,
    percents: tuple[float, ...],
    params: ModelParams,
    threads: int,
    progress: Callable[[int, int], None],
) -> QuantileTrees:
    """Fit on the same rows, features, labels and weights as the model; `progress` per booster."""
    import lightgbm as lgb

    level, inputs = level_units(rows), design_matrix(rows)
    quantiles = {}
    data = lgb.Dataset(
        inputs,
        label=rows["sold_units"].to_numpy(float) / level,
        weight=level,
        params={"max_bin": params.bins},
        free_raw_data=True,
    )
    for percent in percents:
        settings = tweedie_settings(params, leaves_for(len(rows), params), threads)
        del settings["tweedie_variance_power"]
        settings |= {"objective": "quantile", "alpha": percent / 100}
        quantiles[percent] = lgb.train(settings, data, params.trees)
        progress(len(quantiles), len(percents))
    return QuantileTrees(quantiles)
