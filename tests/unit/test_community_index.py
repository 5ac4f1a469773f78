"""Shrinkage against tables worked by hand; suppression against linear algebra."""

from __future__ import annotations

import doctest
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gamma, nbinom

from data_contracts.tables.affinity import EVERYTHING
from models.affinity import community_index
from models.affinity.community_index import (
    Prior,
    _Table,
    fitted_prior,
    hidden_cells,
    index_community_demand,
    index_community_skus,
    shrunk,
)
from models.params.affinity import CommunityParams


def test_the_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(community_index)
    assert result.attempted > 0
    assert result.failed == 0


def cells_of(users: dict[str, dict[str, int]]) -> pd.DataFrame:
    """Cells with totals; users of different cells are different people, two lines each."""
    inner = pd.DataFrame(
        [(place, what, n) for place, row in users.items() for what, n in row.items() if n],
        columns=["community_id", "category", "users"],
    )
    totals = [
        inner.groupby("community_id", as_index=False)["users"].sum().assign(category=EVERYTHING),
        inner.groupby("category", as_index=False)["users"].sum().assign(community_id=EVERYTHING),
        pd.DataFrame([(EVERYTHING, EVERYTHING, inner["users"].sum())], columns=inner.columns),
    ]
    cells = pd.concat([inner, *totals], ignore_index=True)
    return cells.assign(lines=2 * cells["users"], sale_unit="piece", sold_units=3.0, spend_yuan=5.0)


def found_by_subtraction(cells: pd.DataFrame, hidden: np.ndarray) -> list[int]:
    """Hidden cells that every table agreeing with the shown ones has the same figure in."""
    lines = []
    for name in ("community_id", "category"):
        other = "category" if name == "community_id" else "community_id"
        for _, rows in cells.groupby(name).indices.items():
            line = np.zeros(len(cells))
            line[rows] = np.where(cells[other].to_numpy()[rows] == EVERYTHING, -1.0, 1.0)
            lines.append(line[hidden])
    constraints = np.array(lines)
    if not hidden.any():
        return []
    _, sizes, kept = np.linalg.svd(constraints, full_matrices=True)
    free = kept[int((sizes > 1e-9).sum()) :]  # directions in which hidden cells can move
    return [i for i in range(int(hidden.sum())) if not np.any(np.abs(free[:, i]) > 1e-9)]


def test_the_attack_finds_a_cell_that_is_hidden_alone() -> None:
    cells = cells_of({"c1": {"a": 9, "b": 20}, "c2": {"a": 30, "b": 20}})
    assert found_by_subtraction(cells, (cells["users"] < 10).to_numpy()) == [0]


@pytest.mark.parametrize("seed", range(80))
def test_no_hidden_cell_comes_back_by_subtraction(seed: int) -> None:
    """Tables of 1 to 8 communities, of small cells everywhere or of a few, full or with gaps."""
    rng = np.random.default_rng(seed)
    places, things = rng.integers(1, 9), rng.integers(1, 9)
    drawn = rng.negative_binomial(1.2, 0.03, (places, things))
    if seed % 2:  # here the hidden cells make rings that one cell may join: rule (3)
        drawn = rng.integers(10, 60, (places, things))
        for _ in range(rng.integers(1, 4)):
            drawn[rng.integers(places), rng.integers(things)] = rng.integers(1, 10)
        drawn[rng.random((places, things)) < rng.uniform(0, 0.5)] = 0
    users = {f"c{p}": {f"k{t}": int(drawn[p, t]) for t in range(things)} for p in range(places)}
    if not drawn.any():
        users["c0"]["k0"] = 12
    cells = cells_of(users)
    hidden = hidden_cells(cells, 10)
    assert hidden[(cells["users"] < 10).to_numpy()].all()
    assert found_by_subtraction(cells, hidden) == []
    for name in ("community_id", "category"):
        for line, rows in cells.groupby(name).indices.items():
            gone = rows[hidden[rows]]
            if len(gone) and not hidden[rows].all():
                assert cells["users"].to_numpy()[gone].max() >= 10, (name, line)


def _joined_rings() -> tuple[pd.DataFrame, np.ndarray]:
    """Two rings of hidden cells and one that joins them: no line hides one cell alone."""
    cells = cells_of({f"c{p}": {f"k{t}": 50 + p + t for t in range(6)} for p in range(6)})
    ring = {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2), (2, 3), (3, 2), (3, 3)}
    named = {(f"c{place}", f"k{thing}") for place, thing in ring}
    places = zip(cells["community_id"], cells["category"], strict=True)
    return cells, np.array([place in named for place in places])


def test_a_cell_that_joins_two_rings_is_worked_out_from_several_lines() -> None:
    cells, hidden = _joined_rings()
    (joint,) = np.flatnonzero(hidden)[found_by_subtraction(cells, hidden)]
    assert cells.loc[joint, ["community_id", "category"]].tolist() == ["c1", "k2"]
    more = _Table(cells).bridged(hidden)
    assert more is not None and not hidden[more]


def test_a_cell_can_be_worked_out_exactly_if_it_is_a_bridge() -> None:
    """Linear algebra and the walk agree on 300 tables with cells hidden at random."""
    rng, seen = np.random.default_rng(4), set()
    for _ in range(300):
        places, things = rng.integers(2, 7, 2)
        drawn = rng.integers(0, 30, (places, things)) + 1
        cells = cells_of({f"c{p}": {f"k{t}": int(drawn[p, t]) for t in range(things)}
                          for p in range(places)})  # fmt: skip
        hidden = rng.random(len(cells)) < rng.uniform(0.1, 0.6)
        by_algebra = set(np.flatnonzero(hidden)[found_by_subtraction(cells, hidden)].tolist())
        assert set(_Table(cells)._bridges(hidden)) == by_algebra
        seen.add(bool(by_algebra))
    assert seen == {True, False}


def test_ten_users_are_told_and_nine_are_not() -> None:
    users = {f"c{p}": {f"k{t}": 30 + p + t for t in range(4)} for p in range(4)}
    users["c1"]["k1"] = 10
    assert not hidden_cells(cells_of(users), 10).any()
    users["c1"]["k1"] = 9
    cells = cells_of(users)
    told = index_community_demand(cells, CommunityParams()).set_index(["community_id", "category"])
    hidden = told[told["is_suppressed"]]
    assert ("c1", "k1") in hidden.index
    assert len(hidden) == 4  # its row, its column, and where these cross
    assert hidden.drop(columns="is_suppressed").isna().all().all()
    assert told[~told["is_suppressed"]].drop(columns="sale_unit").notna().all().all()


def test_an_index_is_drawn_to_one_by_what_communities_differ() -> None:
    near = Prior(10.0, 1.0, 1e-12)
    index, low = shrunk([30, 3], [10, 1], near, 0.05)
    assert index == pytest.approx([40 / 20, 13 / 11])
    assert low == pytest.approx(
        [gamma.ppf(0.05, 40, scale=1 / 20), gamma.ppf(0.05, 13, scale=1 / 11)]
    )


def test_a_mixture_is_what_drawing_from_the_prior_and_keeping_the_fits_gives() -> None:
    """The posterior by rejection: draw an index, draw users, keep those with the users seen."""
    prior, rng, draws = Prior(20.0, 1.0, 0.1), np.random.default_rng(1), 2_000_000
    size = np.where(rng.random(draws) < prior.far_share, prior.far, prior.near)
    drawn = rng.gamma(size, 1 / size)
    kept = drawn[rng.poisson(drawn * 12.0) == 25]
    index, low = shrunk([25], [12.0], prior, 0.05)
    assert index[0] == pytest.approx(kept.mean(), rel=0.02)
    assert low[0] == pytest.approx(np.quantile(kept, 0.05), rel=0.02)


@pytest.mark.parametrize("near", [5.0, 40.0])
def test_the_prior_is_found_again(near: float) -> None:
    rng = np.random.default_rng(7)
    expected = rng.uniform(2, 60, 8000)
    size = np.where(rng.random(8000) < 0.03, 1.0, near)
    observed = rng.poisson(expected * rng.gamma(size, 1 / size))
    found = fitted_prior(observed, expected, CommunityParams())
    assert found.near == pytest.approx(near, rel=0.2)
    assert found.far_share == pytest.approx(0.03, rel=0.4)

    def likelihood(prior: Prior) -> float:  # scipy's negative binomial is the second opinion
        told = [
            share * nbinom.pmf(observed, size, size / (size + expected))
            for size, share in ((prior.near, 1 - prior.far_share), (prior.far, prior.far_share))
        ]
        return float(np.log(told[0] + told[1]).sum())

    best = likelihood(found)
    for factor in (0.9, 1.1):
        assert best >= likelihood(replace(found, near=found.near * factor))
        assert best >= likelihood(replace(found, far_share=found.far_share * factor))


def test_too_few_cells_take_the_stated_prior() -> None:
    chosen = CommunityParams()
    told = fitted_prior([1, 2], [1, 1], chosen)
    assert (told.near, told.far_share) == (chosen.prior_users, chosen.far_share)


def _places(popular: int) -> pd.DataFrame:
    """Twelve communities of 60 users and twenty SKUs of about 20 each; `popular` of c0 buy s0."""
    rng = np.random.default_rng(2)
    rows = [(f"c{c}", f"s{s}", 12 + int(rng.poisson(8))) for c in range(12) for s in range(20)]
    cells = pd.DataFrame(rows, columns=["community_id", "sku_id", "users"])
    cells.loc[0, "users"] = popular
    return cells.assign(sku_name=cells["sku_id"], category="x", community_users=60)


def test_a_sku_far_above_the_platform_is_told_and_the_usual_ones_are_not() -> None:
    told = index_community_skus(_places(55), CommunityParams())
    assert told[["community_id", "sku_id", "place"]].values.tolist() == [["c0", "s0", 1]]
    row = told.iloc[0]
    cells = _places(55)
    of_c0 = cells.loc[cells["community_id"] == "c0", "users"].sum()
    of_s0 = cells.loc[cells["sku_id"] == "s0", "users"].sum()
    assert row["expected_users"] == pytest.approx(of_c0 * of_s0 / cells["users"].sum())
    assert 1 < row["sku_index_low"] < row["sku_index"] < 55 / row["expected_users"]
    assert "只是对比" in row["reason_zh"]
    assert index_community_skus(_places(21), CommunityParams()).empty


def test_a_sku_of_too_few_users_is_never_told_however_clear_it_is() -> None:
    cells = _places(20)
    cells = cells[(cells["sku_id"] != "s0") | (cells["community_id"] == "c0")].copy()
    cells.loc[0, "users"] = 29
    told = {n: index_community_skus(cells, CommunityParams(shown_from_users=n)) for n in (29, 30)}
    assert "s0" in set(told[29]["sku_id"]) and "s0" not in set(told[30]["sku_id"])


def test_nothing_in_nothing_out() -> None:
    assert index_community_demand(cells_of({"c": {"k": 1}}).iloc[:0], CommunityParams()).empty
    assert index_community_skus(_places(20).iloc[:0], CommunityParams()).empty


def test_a_prior_stays_between_a_usual_index_of_three_and_none_but_one() -> None:
    """Fit cells with exactly the expected users, and cells of which a tenth has all users."""
    same = np.full(100, 1e6)
    assert fitted_prior(same, same, CommunityParams()).near == pytest.approx(10_000, rel=1e-6)
    wild = np.array([0.0] * 180 + [1000.0] * 20)
    found = fitted_prior(wild, np.full(200, 100.0), CommunityParams(far_size=0.05))
    assert (found.near, found.far_share) == pytest.approx((1.0, 0.5), rel=1e-6)


def test_a_prior_is_fitted_from_thirty_cells_that_somebody_was_expected_in() -> None:
    chosen = CommunityParams()
    stated = Prior(chosen.prior_users, chosen.far_size, chosen.far_share)
    rng = np.random.default_rng(3)
    observed = [*rng.poisson(0.5, 30), 0, 4]
    expected = [0.5] * 30 + [0.0, 0.0]
    assert fitted_prior(observed[:29], expected[:29], chosen) == stated
    assert fitted_prior(observed[1:], expected[1:], chosen) == stated
    fitted = fitted_prior(observed[:30], expected[:30], chosen)
    assert fitted != stated
    assert fitted_prior(observed, expected, chosen) == fitted


def _index_by_hand(
    counts: np.ndarray, expected: np.ndarray, prior: Prior, low_quantile: float = 0.05
) -> tuple[np.ndarray, np.ndarray]:
    return shrunk(counts.ravel(), expected.ravel(), prior, low_quantile)


def test_the_index_of_a_table_is_lines_beside_what_the_platform_s_mix_gives() -> None:
    """Six communities, six categories, some never bought: also those form the prior."""
    rng = np.random.default_rng(8)
    users = rng.integers(12, 90, (6, 6))
    users[0, 1] = users[3, 3] = users[5, 0] = 0
    cells = cells_of({f"c{p}": {f"k{t}": int(users[p, t]) for t in range(6)} for p in range(6)})
    told = index_community_demand(cells, CommunityParams())
    keys = list(zip(told["community_id"], told["category"], strict=True))
    assert keys == sorted(keys) and len(keys) == 33 + 13
    lines = 2.0 * users
    expected = np.outer(lines.sum(axis=1), lines.sum(axis=0)) / lines.sum()
    prior = fitted_prior(lines.ravel(), expected.ravel(), CommunityParams())
    index = _index_by_hand(lines, expected, prior)[0].reshape(6, 6)
    by_key = told.set_index(["community_id", "category"])
    for place in range(6):
        for thing in range(6):
            if users[place, thing]:
                row = by_key.loc[(f"c{place}", f"k{thing}")]
                assert row["demand_index"] == pytest.approx(index[place, thing], rel=1e-9)
                share = lines[place, thing] / lines[place].sum()
                assert row["line_share"] == pytest.approx(share)
                assert (row["users"], row["lines"]) == (users[place, thing], lines[place, thing])
    total = by_key.loc[(EVERYTHING, "k2")]
    assert total["demand_index"] == pytest.approx(1.0)
    assert total["line_share"] == pytest.approx(lines[:, 2].sum() / lines.sum())
    assert not told["is_suppressed"].any()


def _hidden_of(users: dict[str, dict[str, int]]) -> set[tuple[str, str]]:
    cells = cells_of(users)
    hidden = cells[hidden_cells(cells, 10)]
    return set(zip(hidden["community_id"], hidden["category"], strict=True))


def test_the_smallest_cells_that_are_large_enough_are_hidden_with_a_small_one() -> None:
    """Ten users are no small group: beside nine they are enough for their row and their column."""
    users = {"c0": {"a": 9, "b": 10, "c": 40}, "c1": {"a": 10, "b": 30, "c": 41},
             "c2": {"a": 50, "b": 42, "c": 43}}  # fmt: skip
    assert _hidden_of(users) == {("c0", "a"), ("c0", "b"), ("c1", "a"), ("c1", "b")}
    users["c1"]["a"] = 9
    assert _hidden_of(users) == {("c0", "a"), ("c0", "b"), ("c1", "a"), ("c1", "b"),
                                 ("c2", "a"), ("c2", "b")}  # fmt: skip


def test_totals_are_hidden_last() -> None:
    """Of the only community the cell and, with it, the totals: nothing else is left to hide."""
    assert _hidden_of({"c0": {"a": 9, "b": 90}, "c1": {"a": 80, "b": 70}}) == {
        ("c0", "a"), ("c0", "b"), ("c1", "a"), ("c1", "b"),
    }  # fmt: skip
    assert _hidden_of({"c0": {"a": 9}, "c1": {"a": 80}}) >= {("c0", "a"), ("c1", "a")}


@pytest.mark.parametrize("seed", range(30))
def test_no_line_is_left_with_one_hidden_cell_or_small_ones_only(seed: int) -> None:
    """Rules (1) and (2) by themselves, before any cell is sought that joins rings."""
    rng = np.random.default_rng(seed)
    drawn = rng.negative_binomial(1.2, 0.03, (7, 7)) + 1
    cells = cells_of({f"c{p}": {f"k{t}": int(drawn[p, t]) for t in range(7)} for p in range(7)})
    table, hidden = _Table(cells), np.array(cells["users"] < 10)
    while (more := table.lone(hidden, 10)) is not None:
        assert not hidden[more]
        hidden[more] = True
    users = cells["users"].to_numpy()
    for line in table.lines:
        gone = [cell for cell in line if hidden[cell]]
        if gone and len(gone) < len(line):
            assert len(gone) > 1 and max(users[gone]) >= 10


def test_skus_are_ranked_by_their_lower_bound_with_a_prior_of_sampled_communities() -> None:
    """Every fourth of twelve communities by name: c0, c2 and c6 of c0, c1, c10, c11, c2, ..."""
    cells = _places(70)
    cells.loc[3, "users"] = 60
    cells.loc[1, "users"] = 65
    params = CommunityParams(most_cells=60)
    told = index_community_skus(cells, params)
    assert told["community_id"].tolist() == ["c0"] * 3
    assert told["sku_id"].tolist() == ["s1", "s0", "s3"]
    assert told["place"].tolist() == [1, 2, 3]
    table = cells.pivot(index="community_id", columns="sku_id", values="users")
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = np.outer(rows, columns) / table.to_numpy().sum()
    sampled = [list(table.index).index(name) for name in ("c0", "c2", "c6")]
    prior = fitted_prior(table.to_numpy()[sampled].ravel(), expected[sampled].ravel(), params)
    index, low = _index_by_hand(table.to_numpy(float), expected, prior)
    at = [list(table.columns).index(name) for name in told["sku_id"]]
    assert told["sku_index"].tolist() == pytest.approx(index[at].tolist(), rel=1e-9)
    assert told["sku_index_low"].tolist() == pytest.approx(low[at].tolist(), rel=1e-9)
    least = float(told["sku_index_low"].iloc[-1])
    above = index_community_skus(cells, CommunityParams(most_cells=60, over_from=least))
    assert above["sku_id"].tolist() == ["s1", "s0"], "a bound of exactly the least is not above it"
