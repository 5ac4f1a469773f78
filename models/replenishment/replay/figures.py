"""Measure a replay: profit, fill rate, waste, turnover, stock-outs, with intervals.

Contains figures of one course and of the difference of two, each over all items, with bootstrap
intervals over items. Not here: the replay (`simulator.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from models.replenishment.replay.simulator import Course

_DRAWS = 1_000
_BATCH = 100  # draws at a time, to bound memory
_INTERVAL = (0.025, 0.975)


def profit_yuan(course: Course, left_value_yuan: float | np.ndarray = 0.0) -> np.ndarray:
    """Return profit per item and period, in yuan.

    Sales − purchases that arrived − holding − lost demand + salvage of waste. What is left at the
    end of the last period is worth `left_value_yuan` per unit.
    """
    items = course.items

    def per_item(yuan: np.ndarray) -> np.ndarray:
        return yuan[:, None]

    profit = (
        per_item(items.price_yuan) * course.sold_units
        - per_item(items.cost_yuan) * course.arrived_units
        - per_item(items.holding_yuan) * course.left_units
        - per_item(items.shortage_yuan) * course.lost_units
        + per_item(items.salvage_yuan) * course.wasted_units
    )
    profit[:, -1] += left_value_yuan * course.left_units[:, -1]
    return profit


def replay_totals(course: Course, left_value_yuan: float | np.ndarray = 0.0) -> pd.DataFrame:
    """Return sums per item, from which every figure is computed."""
    periods = course.demand_units.shape[1]
    return pd.DataFrame(
        {
            "profit_yuan": profit_yuan(course, left_value_yuan).sum(axis=1),
            "demand_units": course.demand_units.sum(axis=1),
            "sold_units": course.sold_units.sum(axis=1),
            "supplied_units": course.start_units + course.arrived_units.sum(axis=1),
            "wasted_units": course.wasted_units.sum(axis=1),
            "mean_left_units": course.left_units.mean(axis=1),
            "short_periods": (course.lost_units > 0).sum(axis=1).astype(float),
            "periods": np.full(len(course.items), float(periods)),
        }
    )


def _share(part: str, whole: str) -> Callable[[Mapping[str, np.ndarray]], np.ndarray]:
    def share(sums: Mapping[str, np.ndarray]) -> np.ndarray:
        nothing = np.full_like(sums[part], np.nan)
        return np.divide(sums[part], sums[whole], out=nothing, where=sums[whole] > 0)

    return share


FIGURES: Mapping[str, Callable[[Mapping[str, np.ndarray]], np.ndarray]] = {
    "profit_yuan": lambda sums: sums["profit_yuan"],
    "fill_rate": _share("sold_units", "demand_units"),
    "waste_share": _share("wasted_units", "supplied_units"),
    "turnover": _share("sold_units", "mean_left_units"),
    "stock_out_share": _share("short_periods", "periods"),
}


def replay_figures(totals: pd.DataFrame, seed: int = 0, draws: int = _DRAWS) -> pd.DataFrame:
    """Return value, low and high of every figure; index: the figure.

    `fill_rate`: sold ÷ demand. `waste_share`: wasted ÷ supplied. `turnover`: sold ÷ mean stock at
    the end of a period. `stock_out_share`: item-periods with lost demand. Low and high bound 95 %
    of bootstrap draws of items.

    >>> totals = pd.DataFrame({name: [4.0, 4.0] for name in replay_columns()})
    >>> replay_figures(totals, draws=10).loc["profit_yuan"].tolist()
    [8.0, 8.0, 8.0]
    """
    value = _of_sums(totals, np.ones((1, len(totals))))
    drawn = _drawn(len(totals), seed, draws, lambda weights: _of_sums(totals, weights))
    return _with_interval(value, drawn)


def figure_differences(
    ours: pd.DataFrame, theirs: pd.DataFrame, seed: int = 0, draws: int = _DRAWS
) -> pd.DataFrame:
    """Return ours − theirs of every figure with low and high, items drawn in pairs.

    Both: `replay_totals` of the same items in the same order.
    """

    def difference(weights: np.ndarray) -> dict[str, np.ndarray]:
        first, second = _of_sums(ours, weights), _of_sums(theirs, weights)
        return {name: first[name] - second[name] for name in FIGURES}

    value = difference(np.ones((1, len(ours))))
    return _with_interval(value, _drawn(len(ours), seed, draws, difference))


def replay_columns() -> list[str]:
    """Return the columns of `replay_totals`."""
    return [
        "profit_yuan",
        "demand_units",
        "sold_units",
        "supplied_units",
        "wasted_units",
        "mean_left_units",
        "short_periods",
        "periods",
    ]


def mean_with_interval(
    values: np.ndarray, seed: int = 0, draws: int = _DRAWS
) -> tuple[float, float, float]:
    """Return the mean of a figure per item, and the bounds of 95 % of its bootstrap draws."""
    drawn = _drawn(
        len(values), seed, draws, lambda weights: {"mean": weights @ values / len(values)}
    )["mean"]
    low, high = np.quantile(drawn, _INTERVAL)
    return float(values.mean()), float(low), float(high)


def _of_sums(totals: pd.DataFrame, weights: np.ndarray) -> dict[str, np.ndarray]:
    sums = {name: weights @ totals[name].to_numpy(float) for name in replay_columns()}
    return {name: figure(sums) for name, figure in FIGURES.items()}


def _drawn(
    count: int,
    seed: int,
    draws: int,
    figures: Callable[[np.ndarray], dict[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    parts = []
    for start in range(0, draws, _BATCH):
        size = min(_BATCH, draws - start)
        parts.append(figures(random.multinomial(count, np.full(count, 1 / count), size=size)))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _with_interval(value: dict[str, np.ndarray], drawn: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = {}
    for name, figure in value.items():
        numbers = drawn[name][~np.isnan(drawn[name])]
        low, high = np.quantile(numbers, _INTERVAL) if len(numbers) else (np.nan, np.nan)
        rows[name] = {"value": float(figure[0]), "low": float(low), "high": float(high)}
    return pd.DataFrame.from_dict(rows, orient="index")
