"""LightGBM settings shared by all demand models: Tweedie loss, reproducible trees.

Contains what makes a fit repeatable, and the fields our parameter classes share. Not here: the
numbers (`models/params/demand.py`), labels, weights and features.
"""

from __future__ import annotations

from typing import Any, Protocol


class TweedieParams(Protocol):
    """Fields that a parameter class must have."""

    @property
    def tweedie_variance_power(self) -> float: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def min_rows_per_leaf(self) -> int: ...
    @property
    def feature_fraction(self) -> float: ...
    @property
    def bagging_fraction(self) -> float: ...
    @property
    def bins(self) -> int: ...
    @property
    def seed(self) -> int: ...


def tweedie_settings(params: TweedieParams, leaves: int, threads: int) -> dict[str, Any]:
    """Return LightGBM's settings; the same rows in the same order give the same trees."""
    return {
        "objective": "tweedie",
        "tweedie_variance_power": params.tweedie_variance_power,
        "learning_rate": params.learning_rate,
        "num_leaves": leaves,
        "min_data_in_leaf": params.min_rows_per_leaf,
        "feature_fraction": params.feature_fraction,
        "bagging_fraction": params.bagging_fraction,
        "bagging_freq": 1,
        "max_bin": params.bins,
        "seed": params.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbosity": -1,
    }
