"""Lift, interval, p and q of pairs against tables worked by hand and a second implementation."""

from __future__ import annotations

import doctest
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from models.affinity import association_rules, wording
from models.affinity.association_rules import (
    comparisons_per_segment,
    find_associations,
    fit_spread,
    lift_interval,
    log_probability_of_none,
    q_values,
    upper_tail_p_value,
)
from models.params.affinity import AssociationParams

ALL = {"level": "sku", "segment_kind": "all", "segment_value": "all"}


@pytest.mark.parametrize("module", [association_rules, wording])
def test_the_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("spread", [0.3, 4.0, 1e6])
def test_none_in_so_many_lines_is_an_urn_drawn_one_by_one(spread: float) -> None:
    own, left = 0.2, 0.7  # the rest is the antecedent, left out
    alpha, beta, none = spread * own, spread * left, 1.0
    for lines in range(1, 30):
        none *= (beta + lines - 1) / (alpha + beta + lines - 1)
        assert np.exp(log_probability_of_none(own, left, spread, lines)) == pytest.approx(
            none, rel=1e-6
        )


@pytest.mark.parametrize("true_spread", [0.05, 0.5, 5.0, 50.0])
def test_the_spread_is_found_that_gives_as_many_users(true_spread: float) -> None:
    lines, of_users = np.array([1, 3, 10, 40]), np.array([500, 300, 150, 50])
    none = np.exp(log_probability_of_none(0.1, 0.9, true_spread, lines))
    users = ((1 - none) * of_users).sum()
    assert fit_spread(0.1, users, lines, of_users) == pytest.approx(true_spread, rel=0.06)


def test_an_item_spread_more_evenly_than_chance_has_no_habits() -> None:
    assert fit_spread(0.1, 100, [2], [100]) == pytest.approx(1e6)


def test_q_values_are_those_of_the_step_up_done_by_hand() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(40) ** 3
    looks = 100
    padded = np.concatenate([p, np.ones(looks - len(p))])
    ranked = np.argsort(padded)
    by_hand, least = np.empty(looks), 1.0
    for rank in range(looks, 0, -1):
        least = min(least, padded[ranked[rank - 1]] * looks / rank)
        by_hand[ranked[rank - 1]] = least
    assert q_values(p, looks) == pytest.approx(by_hand[: len(p)])
    with pytest.raises(ValueError, match="2 p values of 1 looks"):
        q_values([0.1, 0.2], 1)


def test_the_tail_is_no_smaller_than_the_exact_one_of_unequal_users() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        chances = rng.beta(0.4, 2.0, 60)
        exact = np.array([1.0])
        for chance in chances:
            exact = np.convolve(exact, [1 - chance, chance])
        for both in range(int(np.ceil(chances.sum())) + 1, 61):
            assert upper_tail_p_value(both, 60, chances.sum()) >= exact[both:].sum() - 1e-12


def test_no_more_than_chance_is_no_evidence() -> None:
    assert (upper_tail_p_value([3, 5, 10], 60, [5.0, 5.0, 9.5]) >= 0.5).all()


def test_the_interval_is_the_delta_method_on_the_log() -> None:
    low, high = lift_interval(12, 20, 40, 200, 5.7, 0.95)
    reach = 1.959964 * (1 / 12 - 1 / 20 + 1 / 40 - 1 / 200) ** 0.5
    assert (float(low), float(high)) == pytest.approx(
        (5.7 * np.exp(-reach), 5.7 * np.exp(reach)), rel=1e-6
    )


def _two_lines_each(both: int) -> tuple[pd.DataFrame, ...]:
    """200 users with one order of two lines; 20 have wine, 40 cheese, each once."""
    kind = ALL | {"kind": "co_purchase"}
    items = pd.DataFrame(
        [
            kind | {"item": "wine", "item_name": "红酒", "users": 20, "lines": 20},
            kind | {"item": "cheese", "item_name": "奶酪", "users": 40, "lines": 40},
            kind | {"item": "bread", "item_name": "面包", "users": 30, "lines": 30},
        ]
    )
    buyers = pd.DataFrame([kind | {"lines": 2, "users": 200}])
    pairs = pd.DataFrame(
        [
            kind
            | {"antecedent": "cheese", "consequent": "wine", "users_both": both}
            | {"median_lag_days": np.nan}
        ]
    )
    exposure = pd.DataFrame(
        [
            kind | {"antecedent": name, "seen_lines": seen, "weight": weight}
            for name, users in (("wine", 20), ("cheese", 40), ("bread", 30))
            for seen, weight in ((0, users), (1, -users))
        ]
    )
    return items, buyers, pairs, exposure


def test_a_table_worked_by_hand() -> None:
    found = find_associations(*_two_lines_each(12), AssociationParams()).iloc[0]
    # the rarer one comes first, whichever way the pair came
    assert (found["antecedent"], found["consequent"]) == ("wine", "cheese")
    assert (found["users_both"], found["users_antecedent"], found["users_segment"]) == (12, 20, 200)
    assert found["support"] == 12 / 200
    assert found["confidence"] == 12 / 20
    assert found["lift_plain"] == pytest.approx(0.6 / 0.2)
    # the one other line is cheese as often as any line that is not wine: 40 of 380
    by_chance = 40 / 380
    assert found["expected_confidence"] == pytest.approx(by_chance, rel=1e-4)
    assert found["lift"] == pytest.approx(0.6 / by_chance, rel=1e-4)
    assert found["p_value"] == pytest.approx(binom.sf(11, 20, by_chance), rel=1e-3)
    assert found["looks"] == 3  # three items, each pair once
    assert found["q_value"] == pytest.approx(3 * found["p_value"])
    assert found["is_suggested"]
    assert pd.isna(found["median_lag_days"])


def test_fewer_users_than_the_least_are_not_told_but_looked_at() -> None:
    items, buyers, pairs, exposure = _two_lines_each(9)
    assert find_associations(items, buyers, pairs, exposure, AssociationParams()).empty
    assert comparisons_per_segment(items, AssociationParams()) == {("all", "all"): 3}
    as_sequence = items.assign(kind="sequence")
    assert comparisons_per_segment(pd.concat([items, as_sequence]), AssociationParams()) == {
        ("all", "all"): 3 + 6
    }


def test_nothing_in_nothing_out() -> None:
    frames = [frame.iloc[:0] for frame in _two_lines_each(12)]
    found = find_associations(*frames, AssociationParams())
    assert found.empty and list(found.columns) == list(association_rules.COLUMNS)


@pytest.mark.parametrize("kind", ["co_purchase", "sequence"])
def test_users_expected_are_those_of_buyers_with_habits_drawn_at_random(kind: str) -> None:
    """2,000 users with own tastes and baskets of own size, ten times: as many as expected."""
    rng = np.random.default_rng(11)
    taste = np.array([0.08, 0.3, 2.0, 1.5])  # wine, cheese, and two others: Dirichlet, size 3.9
    seen, users = [], 2000
    expected = 0.0
    for _ in range(10):
        shares = rng.dirichlet(taste, users)
        both = 0
        weights: dict[int, int] = {}
        counts = np.zeros((users, 4), int)
        for user in range(users):
            drawn = rng.choice(4, size=(rng.integers(1, 6), rng.integers(1, 4)), p=shares[user])
            counts[user] = np.bincount(drawn.ravel(), minlength=4)
            ends, has = (_in_order if kind == "co_purchase" else _after)(drawn)
            both += has
            for end, weight in ends:
                weights[end] = weights.get(end, 0) + weight
        lines = counts.sum(axis=1)
        share = counts.sum(axis=0) / lines.sum()
        size = fit_spread(share[1], (counts[:, 1] > 0).sum(), lines, np.ones(users))
        left = 1 - share[0] - share[1]
        expected += sum(
            w * np.exp(log_probability_of_none(share[1], left, size, t)) for t, w in weights.items()
        )
        seen.append(both)
    spread = np.std(seen, ddof=1) * np.sqrt(len(seen))
    assert abs(sum(seen) - expected) < 3 * spread, (sum(seen), expected, spread)


def _in_order(drawn: np.ndarray) -> tuple[list[tuple[int, int]], bool]:
    """Exposure of item 0 and whether item 1 stands beside it; orders are rows."""
    held = [order for order in drawn if 0 in order]
    beside = sum(int((order != 0).sum()) for order in held)
    ends = [(0, 1), (beside, -1)] if held else []
    return ends, any(1 in order for order in held)


def _after(drawn: np.ndarray) -> tuple[list[tuple[int, int]], bool]:
    """The same for item 1 first after item 0, on a day (row) without it."""
    ends, has, had, others, before = [], False, False, 0, False
    for day in drawn:
        more = int((day != 0).sum())
        if had and 0 not in day:
            ends += [(others, 1), (others + more, -1)]
            has |= 1 in day and not before
        had |= 0 in day
        before |= 1 in day
        others += more
    return ends, bool(has)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"users_from": 1}, "one person"),
        ({"lift_floor": 0.9}, "below chance"),
        ({"q_most": 0.2}, "told_p_most"),
        ({"follow_days": 200}, "follow_days"),
        ({"most_skus": 1}, "a pair needs two"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AssociationParams(**changed)
