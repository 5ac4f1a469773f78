"""Community demand index against the platform, and disclosure control of its figures.

Contains shrinkage of ratios of observed to expected counts, and suppression in a table of
communities × categories with its totals. Not here: counting (SQL in `assets/profiles/affinity`).

Shrinkage. Cell i has O_i ~ Poisson(λ_i E_i). Most λ are near 1, the platform itself, a few are far
from it: λ ~ (1 − w) Gamma(a, a) + w Gamma(d, d) with a small d that is given. O is then a mixture
of two negative binomials, and a, w are where its likelihood over all cells is greatest (empirical
Bayes; DuMouchel 1999, Am. Statistician 53, whose two gammas have free means). Given O_i each gamma
becomes Gamma(· + O_i, · + E_i), weighted by how well it predicted O_i: the mean of that mixture is
the index, its 5 % quantile the lower bound.

Suppression. A cell of fewer than n distinct users has no figures. The cells of each line of the
table (a community with its total, a category with its total) add up to its total, so more cells are
hidden until (1) no line has one hidden cell alone, (2) a line whose hidden cells are all small
hides one of n users or more with them, so that what remains of the total is no small group, and (3)
no hidden cell can be worked out from several lines together. Hidden cells are edges between their
row and their column; given all shown ones, the additions determine an edge exactly if it is a
bridge, so (3) holds without bridges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from data_contracts.tables.affinity import EVERYTHING
from models.affinity.wording import community_sku_zh
from models.params.affinity import CommunityParams

FIGURES: Final = (
    "users", "lines", "sale_unit", "sold_units", "spend_yuan", "line_share", "demand_index",
)  # fmt: skip
DEMAND_COLUMNS: Final = ("community_id", "category", "is_suppressed", *FIGURES)
SKU_COLUMNS: Final = (
    "community_id", "sku_id", "sku_name", "category", "users", "community_users", "expected_users",
    "sku_index", "sku_index_low", "place", "reason_zh",
)  # fmt: skip
_NEAR: Final = (1.0, 10_000.0)  # bounds of a: an index of 3 is usual, or none but 1
_SEARCH: Final = {"xatol": 0.01, "fatol": 0.01, "maxiter": 200}


@dataclass(frozen=True)
class Prior:
    """(1 − w) Gamma(a, a) + w Gamma(d, d): `near` a, `far` d, `far_share` w."""

    near: float
    far: float
    far_share: float

    def log_weights(self, observed: NDArray, expected: NDArray) -> tuple[NDArray, NDArray]:
        """log of weight × negative binomial of either gamma; terms of `observed` alone left out."""
        from scipy.special import gammaln

        log_weights = []
        for size, share in ((self.near, 1 - self.far_share), (self.far, self.far_share)):
            log_weights.append(
                np.log(share)
                + gammaln(size + observed)
                - gammaln(size)
                + size * np.log(size)
                - (size + observed) * np.log(size + expected)
            )
        return log_weights[0], log_weights[1]

    def far_weight(self, observed: NDArray, expected: NDArray) -> NDArray:
        """Probability that a cell is one of the few far from 1."""
        from scipy.special import expit

        near, far = self.log_weights(observed, expected)
        return expit(far - near)


def fitted_prior(observed: ArrayLike, expected: ArrayLike, params: CommunityParams) -> Prior:
    """The prior of observed ÷ expected by maximum likelihood.

    With fewer than `params.cells_from` cells, `prior_users` and `far_share` as they are given.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    seen, mean = np.asarray(observed, float), np.asarray(expected, float)
    seen, mean = seen[mean > 0], mean[mean > 0]
    if len(seen) < params.cells_from:
        return Prior(params.prior_users, params.far_size, params.far_share)

    def prior(point: NDArray) -> Prior:
        low, high = np.log(_NEAR)
        near = float(np.exp(np.clip(point[0], low, high)))
        return Prior(near, params.far_size, float(expit(np.clip(point[1], -14, 0))))

    def loss(point: NDArray) -> float:
        return -float(np.logaddexp(*prior(point).log_weights(seen, mean)).sum())

    starts = [np.array([np.log(a), -4.0]) for a in (5.0, 100.0)]
    fits = [minimize(loss, start, method="Nelder-Mead", options=_SEARCH) for start in starts]
    return prior(min(fits, key=lambda one: one.fun).x)


def shrunk(
    observed: ArrayLike, expected: ArrayLike, prior: Prior, low_quantile: float
) -> tuple[NDArray, NDArray]:
    """Return the shrunk index and its lower bound.

    >>> index, low = shrunk([0, 20], [0, 10], Prior(10.0, 1.0, 1e-12), 0.05)
    >>> index.round(6).tolist(), low.round(2).tolist()
    ([1.0, 1.5], [0.54, 1.08])
    """
    from scipy.special import gammainc

    seen, mean = np.asarray(observed, float), np.asarray(expected, float)
    weight = prior.far_weight(seen, mean)
    parts = [(prior.near, 1 - weight), (prior.far, weight)]
    index = sum(share * (size + seen) / (size + mean) for size, share in parts)
    low, high = np.zeros(len(seen)), np.maximum(index, 1e-9) * 2
    for _ in range(60):  # halves the bracket of the quantile, which no library has of a mixture
        middle = (low + high) / 2
        below = sum(s * gammainc(size + seen, middle * (size + mean)) for size, s in parts)
        low, high = (
            np.where(below < low_quantile, middle, low),
            np.where(below < low_quantile, high, middle),
        )
    return np.asarray(index), low


def index_community_demand(cells: pd.DataFrame, params: CommunityParams) -> pd.DataFrame:
    """Compute the community map with index and suppression; columns as `DEMAND_COLUMNS`.

    `cells`: community_id, category (either may be the total `全部`), users, lines, sale_unit,
    sold_units, spend_yuan; every total of the cells is among them.
    """
    if cells.empty:
        return pd.DataFrame(columns=list(DEMAND_COLUMNS))
    inner = (cells["community_id"] != EVERYTHING) & (cells["category"] != EVERYTHING)
    totals = cells[cells["category"] == EVERYTHING].set_index("community_id")["lines"]
    of_category = cells[cells["community_id"] == EVERYTHING].set_index("category")["lines"]
    total = cells["community_id"].map(totals).astype(float)
    mix = cells["category"].map(of_category) / float(totals[EVERYTHING])
    expected = total * mix
    observed, by_chance = _all_cells(
        cells[inner], "lines", totals.drop(EVERYTHING), of_category.drop(EVERYTHING)
    )
    prior = fitted_prior(observed, by_chance, params)
    indexed = cells.assign(
        line_share=cells["lines"] / total,
        demand_index=shrunk(cells["lines"], expected, prior, params.low_quantile)[0],
    )
    indexed["is_suppressed"] = hidden_cells(cells, params.shown_from_users)
    for name in FIGURES:
        column = indexed[name].astype("Int64") if name in ("users", "lines") else indexed[name]
        indexed[name] = column.mask(indexed["is_suppressed"])
    return indexed.sort_values(["community_id", "category"], ignore_index=True)[
        list(DEMAND_COLUMNS)
    ]


def _all_cells(
    inner: pd.DataFrame, counted: str, rows: pd.Series, columns: pd.Series
) -> tuple[NDArray, NDArray]:
    """Return observed and expected counts of every row × column, also those without a purchase.

    `rows`, `columns`: sums by community and by column key, indexed by them.
    """
    table = inner.pivot_table(
        index="community_id", columns=columns.index.name, values=counted, aggfunc="sum"
    )
    table = table.reindex(index=rows.index, columns=columns.index).fillna(0)
    expected = np.outer(rows.to_numpy(float), columns.to_numpy(float)) / max(rows.sum(), 1)
    return table.to_numpy(float).ravel(), expected.ravel()


def hidden_cells(cells: pd.DataFrame, shown_from: int) -> NDArray[np.bool_]:
    """Mark the rows of `cells` (community_id, category, users; with totals) to suppress."""
    table = _Table(cells)
    hidden = np.array(cells["users"] < shown_from)
    while True:
        more = table.lone(hidden, shown_from)
        if more is None:
            more = table.bridged(hidden)
        if more is None:
            return hidden
        hidden[more] = True


class _Table:
    """Cells as edges between rows (communities) and columns (categories); totals are one of each.

    A line is given by its cells, from the one with fewest users; totals are hidden last.
    """

    def __init__(self, cells: pd.DataFrame) -> None:
        self.users = cells["users"].to_numpy()
        row, row_names = pd.factorize(cells["community_id"])
        column, _ = pd.factorize(cells["category"])
        self.ends = np.stack([row, column + len(row_names)], axis=1)
        total = (cells["community_id"] == EVERYTHING) | (cells["category"] == EVERYTHING)
        order = np.lexsort([np.arange(len(cells)), self.users, total.to_numpy()])
        self.is_total = total.to_numpy()
        self.lines: list[list[int]] = [[] for _ in range(int(self.ends.max()) + 1)]
        for cell in order:
            for end in self.ends[cell]:
                self.lines[end].append(int(cell))
        self._todo = set(range(len(self.lines)))

    def _shown(self, line: int, hidden: NDArray[np.bool_]) -> int | None:
        shown = next((cell for cell in self.lines[line] if not hidden[cell]), None)
        if shown is not None:
            self._todo.update(int(end) for end in self.ends[shown])
        return shown

    def lone(self, hidden: NDArray[np.bool_], shown_from: int) -> int | None:
        """Return a cell to hide because a line has one hidden cell, or only small ones."""
        while self._todo:
            line = min(self._todo)
            of_line = [cell for cell in self.lines[line] if hidden[cell]]
            large = any(self.users[cell] >= shown_from for cell in of_line)
            if of_line and (len(of_line) == 1 or not large):
                more = self._shown(line, hidden)
                if more is not None:
                    return more
            self._todo.discard(line)
        return None

    def bridged(self, hidden: NDArray[np.bool_]) -> int | None:
        """Return a cell to hide because another could be derived; None if no cell can."""
        for cell in self._bridges(hidden):
            for line in self.ends[cell]:
                more = self._shown(int(line), hidden)
                if more is not None:
                    return more
        return None

    def _bridges(self, hidden: NDArray[np.bool_]) -> list[int]:
        """Hidden cells on no cycle of hidden cells (Tarjan 1974), by a walk without recursion."""
        seen_at: dict[int, int] = {}
        low: dict[int, int] = {}
        bridges: list[int] = []
        for start in range(len(self.lines)):
            if start in seen_at:
                continue
            seen_at[start] = low[start] = len(seen_at)
            stack = [(start, -1, iter(self.lines[start]))]
            while stack:
                line, came_by, rest = stack[-1]
                cell = next(rest, None)
                if cell is None:
                    stack.pop()
                    if stack:
                        parent = stack[-1][0]
                        low[parent] = min(low[parent], low[line])
                        if low[line] > seen_at[parent]:
                            bridges.append(came_by)
                elif hidden[cell] and cell != came_by:
                    other = int(self.ends[cell].sum()) - line
                    if other in seen_at:
                        low[line] = min(low[line], seen_at[other])
                    else:
                        seen_at[other] = low[other] = len(seen_at)
                        stack.append((other, cell, iter(self.lines[other])))
        return bridges


def index_community_skus(cells: pd.DataFrame, params: CommunityParams) -> pd.DataFrame:
    """Find over-indexed SKUs per community; columns as `SKU_COLUMNS`.

    `cells`: community_id, sku_id, sku_name, category, users (distinct users of the SKU there),
    community_users. Expected: (Σ users of the community over SKUs) × (Σ of the SKU) ÷ Σ of all, so
    that a community of people who buy much is no reason.
    """
    shown = cells["users"] >= params.shown_from_users
    if not shown.any():
        return pd.DataFrame(columns=list(SKU_COLUMNS))
    rows = cells.groupby("community_id")["users"].sum()
    columns = cells.groupby("sku_id")["users"].sum()
    candidates = columns[columns.index.isin(cells.loc[shown, "sku_id"])]
    step = max(1, -(-len(rows) * len(candidates) // params.most_cells))
    sampled_rows = rows.sort_index().iloc[::step]
    observed, expected = _all_cells(cells, "users", sampled_rows, candidates)
    prior = fitted_prior(observed, expected * sampled_rows.sum() / rows.sum(), params)
    indexed = cells[shown].copy()
    indexed["expected_users"] = (
        indexed["community_id"].map(rows) * indexed["sku_id"].map(columns) / rows.sum()
    )
    indexed["sku_index"], indexed["sku_index_low"] = shrunk(
        indexed["users"], indexed["expected_users"], prior, params.low_quantile
    )
    indexed = indexed[indexed["sku_index_low"] > params.over_from]
    order = ["community_id", "sku_index_low", "sku_id"]
    indexed = indexed.sort_values(order, ascending=[True, False, True], ignore_index=True)
    indexed["place"] = indexed.groupby("community_id").cumcount() + 1
    indexed["reason_zh"] = [community_sku_zh(row, params) for row in indexed.to_dict("records")]
    return indexed[list(SKU_COLUMNS)]
