"""What goes together more often than chance would have it: lift, interval, p and q. No causes.

Contains the steps from counts of pairs to scored pairs. Not here: counting (SQL in
`assets/profiles/affinity`).

What chance would bring. Whoever buys much buys everything, so "users with both" against the product
of two shares of users finds a bundle in any two things active users buy. Chance is here the
Dirichlet model of buying (Goodhardt, Ehrenberg & Chatfield 1984, J. R. Statist. Soc. A 147): each
user has an own probability of item B per line bought, spread over users as a beta distribution of
mean p_B and size s_B. Of t lines that are not A, none is B with probability

    S(t) = Γ(β + t) Γ(α + β) / (Γ(β) Γ(α + β + t)),  α = s_B p_B,  β = s_B (1 − p_A − p_B),

where leaving A out needs no more than 1 − p_A − p_B (neutrality of the Dirichlet). p_B is the share
of B among lines, s_B is such that the model has as many users with B as there are; a habit of few
gives a small s_B, no habits an infinite one.

* co_purchase: a user with k other lines in the orders that hold A has B there by chance with
  1 − S(k).
* sequence: B for the first time in the window, on a day without A, 1 to 30 days after one with A.
  For a day with t lines (not A) before it and u up to its end that is S(t) − S(u), summed over the
  days that follow an A.

Both are sums Σ weight · S(lines), `exposure` below. Added over users with A they give the users
expected; lift = users with both ÷ that. Its interval is log-normal with variance
1/both − 1/antecedent + 1/consequent − 1/segment (Katz et al. 1978, Biometrics 34). The p value is
the upper tail of the binomial(users with A, expected ÷ users with A): exact for equal users and,
from expected + 1 on, no smaller than the exact tail of unequal ones (Hoeffding 1956, Ann. Math.
Statist. 27). Neither Fisher's test nor chi-square: both ask whether users with A are users with B,
which is true of any two things for users who buy much. False discoveries: Benjamini & Hochberg
(1995) over every pair compared in the segment, pairs with too few users as p = 1.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from data_contracts.codes.affinity import AssociationKind
from models.affinity.wording import association_zh
from models.params.affinity import AssociationParams

SEGMENT: Final = ("segment_kind", "segment_value")
COLUMNS: Final = (
    "kind", "level", *SEGMENT, "antecedent", "consequent", "antecedent_name", "consequent_name",
    "users_both", "users_antecedent", "users_consequent", "users_segment", "window_days", "support",
    "confidence", "expected_confidence", "lift", "lift_low", "lift_high", "lift_plain",
    "median_lag_days", "p_value", "q_value", "looks", "is_suggested", "reason_zh",
)  # fmt: skip
_CELL: Final = ["kind", "level", *SEGMENT]
_SPREADS: Final = np.exp(np.linspace(np.log(1e-3), np.log(1e6), 400))  # sizes s that are tried


def log_probability_of_none(
    p_own: ArrayLike, p_left: ArrayLike, spread: ArrayLike, lines: ArrayLike
) -> NDArray:
    """log S: that none of `lines` lines is the item; arrays of one shape, or that broadcast.

    `p_own`: the item's share of lines; `p_left`: the share of all that is neither it nor left out.

    >>> round(float(np.exp(log_probability_of_none(0.5, 0.5, 2.0, 1))), 6)  # uniform: 1/2, 1/3, 1/4
    0.5
    >>> round(float(np.exp(log_probability_of_none(0.5, 0.5, 2.0, 2))), 6)
    0.333333
    """
    from scipy.special import gammaln

    alpha = np.asarray(spread, float) * np.asarray(p_own, float)
    beta = np.maximum(np.asarray(spread, float) * np.asarray(p_left, float), 1e-12)
    drawn = np.asarray(lines, float)
    return (
        gammaln(beta + drawn)
        + gammaln(alpha + beta)
        - gammaln(beta)
        - gammaln(alpha + beta + drawn)
    )


def fit_spread(share: float, users: float, lines: ArrayLike, of_users: ArrayLike) -> float:
    """Size s of the beta distribution under which `users` users have an item of `share` of lines.

    `lines`, `of_users`: how many users bought so many lines. The largest size tried where the item
    is spread more evenly than by chance; the nearest on a grid of 400 sizes otherwise (5 % apart).
    """
    counts, weights = np.asarray(lines, float), np.asarray(of_users, float)

    def too_few(size: float) -> bool:
        none = np.exp(log_probability_of_none(share, 1 - share, size, counts))
        return float(((1 - none) * weights).sum()) < users

    place = bisect_left(_SPREADS, True, key=lambda size: not too_few(size))
    return float(_SPREADS[min(place, len(_SPREADS) - 1)])


def lift_interval(
    both: ArrayLike,
    antecedent: ArrayLike,
    consequent: ArrayLike,
    segment: ArrayLike,
    lift: ArrayLike,
    confidence: float,
) -> tuple[NDArray, NDArray]:
    """Bounds of `lift` by the log-normal approximation of Katz et al. (1978); all users.

    >>> low, high = lift_interval(20, 40, 50, 200, 2.0, 0.95)  # variance 1/20−1/40+1/50−1/200
    >>> round(float(low), 4), round(float(high), 4)
    (1.3514, 2.9599)
    """
    from scipy.stats import norm

    n = [np.asarray(count, float) for count in (both, antecedent, consequent, segment)]
    variance = np.maximum(1 / n[0] - 1 / n[1] + 1 / n[2] - 1 / n[3], 0.0)
    reach = float(norm.ppf((1 + confidence) / 2)) * np.sqrt(variance)
    centre = np.asarray(lift, float)
    return centre * np.exp(-reach), centre * np.exp(reach)


def upper_tail_p_value(both: ArrayLike, antecedent: ArrayLike, expected: ArrayLike) -> NDArray:
    """P(as many users or more by chance), the binomial bound of the module's docstring."""
    from scipy.stats import binom

    trials, mean = np.asarray(antecedent, float), np.asarray(expected, float)
    share = np.clip(mean / trials, 0, 1)
    tail = binom.sf(np.asarray(both, float) - 1, trials, share)
    return np.where(np.asarray(both, float) >= mean + 1, tail, np.maximum(tail, 0.5))


def q_values(p: ArrayLike, looks: int) -> NDArray:
    """Benjamini-Hochberg over `looks` pairs, those not in `p` taken as p = 1.

    >>> q_values([0.01, 0.02], 4).round(3).tolist()
    [0.04, 0.04]
    """
    from scipy.stats import false_discovery_control

    p_values = np.asarray(p, float)
    if looks < len(p_values):
        raise ValueError(f"{len(p_values)} p values of {looks} looks")
    padded = np.concatenate([p_values, np.ones(looks - len(p_values))])
    return np.asarray(false_discovery_control(padded))[: len(p_values)] if looks else p_values


def find_associations(
    items: pd.DataFrame,
    buyers: pd.DataFrame,
    pairs: pd.DataFrame,
    exposure: pd.DataFrame,
    params: AssociationParams,
) -> pd.DataFrame:
    """Score pairs with enough users; keep those with a small enough p. Columns as `COLUMNS`.

    All frames have kind, level, segment_kind, segment_value. `items`: item, item_name, users,
    lines of each paired item. `buyers`: lines, users: how many users bought so many lines over
    all items. `pairs`: antecedent, consequent, users_both, median_lag_days; those of one order
    once, in either direction. `exposure`: antecedent, seen_lines, weight.
    """
    enough = items[items["users"] >= params.users_from]
    looks = _looks(enough)
    parts = []
    of_buyers, of_pairs, of_exposure = (
        dict(list(frame.groupby(_CELL))) for frame in (buyers, pairs, exposure)
    )
    for cell, of_cell in enough.groupby(_CELL):
        pairs_of_cell = of_pairs.get(cell)
        if pairs_of_cell is not None and (pairs_of_cell["users_both"] >= params.users_from).any():
            pairs_of_cell = pairs_of_cell[pairs_of_cell["users_both"] >= params.users_from]
            parts.append(
                _judged(pairs_of_cell, of_cell, of_buyers[cell], of_exposure[cell], params)
            )
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    judged = pd.concat(parts, ignore_index=True)
    judged["looks"] = [looks[key] for key in zip(*(judged[name] for name in SEGMENT), strict=True)]
    judged["q_value"] = 1.0
    for _, rows in judged.groupby(list(SEGMENT)).indices.items():
        adjusted = q_values(judged["p_value"].to_numpy()[rows], int(judged["looks"].iloc[rows[0]]))
        judged.loc[judged.index[rows], "q_value"] = adjusted
    judged["is_suggested"] = (judged["q_value"] <= params.q_most) & (
        judged["lift_low"] >= params.lift_floor
    )
    judged = judged[judged["p_value"] <= params.told_p_most].copy()
    judged["reason_zh"] = [association_zh(row, params) for row in judged.to_dict("records")]
    order = ["segment_kind", "segment_value", "kind", "level", "antecedent", "consequent"]
    return judged.sort_values(order, ignore_index=True)[list(COLUMNS)]


def comparisons_per_segment(
    items: pd.DataFrame, params: AssociationParams
) -> dict[tuple[str, str], int]:
    """Count the pairs compared per (segment_kind, segment_value)."""
    return _looks(items[items["users"] >= params.users_from])


def _looks(enough: pd.DataFrame) -> dict[tuple[str, str], int]:
    """An unordered pair is one look in one order, two as a sequence."""
    looks: dict[tuple[str, str], int] = {}
    counts = enough.groupby(_CELL, as_index=False).agg(items=("item", "size"))
    for row in counts.to_dict("records"):
        ordered = int(row["items"]) * (int(row["items"]) - 1)
        more = ordered // 2 if row["kind"] == AssociationKind.CO_PURCHASE.value else ordered
        segment = (row["segment_kind"], row["segment_value"])
        looks[segment] = looks.get(segment, 0) + more
    return looks


def _judged(
    pairs: pd.DataFrame,
    items: pd.DataFrame,
    buyers: pd.DataFrame,
    exposure: pd.DataFrame,
    params: AssociationParams,
) -> pd.DataFrame:
    """Pairs of one kind, level and segment with everything but q."""
    of_item = items.set_index("item")
    is_order = items["kind"].iloc[0] == AssociationKind.CO_PURCHASE.value
    pairs = _rarer_first(pairs, of_item["users"]) if is_order else pairs
    # in one order whatever order they came in: sums of real numbers differ by it
    pairs = pairs.sort_values(["antecedent", "consequent"], ignore_index=True)
    buyers, exposure = buyers.sort_values("lines"), exposure.sort_values("seen_lines")
    segment, all_lines = buyers["users"].sum(), (buyers["users"] * buyers["lines"]).sum()
    share = dict(zip(items["item"], items["lines"] / all_lines, strict=True))
    histogram = (buyers["lines"].to_numpy(), buyers["users"].to_numpy())
    spread = {
        item: fit_spread(share[item], of_item.loc[item, "users"], *histogram)
        for item in pairs["consequent"].unique()
    }
    first, second = pairs["antecedent"], pairs["consequent"]
    scored = pairs.assign(
        antecedent_name=first.map(of_item["item_name"]),
        consequent_name=second.map(of_item["item_name"]),
        users_antecedent=first.map(of_item["users"]),
        users_consequent=second.map(of_item["users"]),
        users_segment=segment,
        window_days=params.order_days if is_order else params.sequence_days,
    )
    expected = np.minimum(_expected(scored, exposure, share, spread), scored["users_antecedent"])
    both = scored["users_both"]
    scored["support"] = both / segment
    scored["confidence"] = both / scored["users_antecedent"]
    scored["expected_confidence"] = expected / scored["users_antecedent"]
    scored["lift"] = both / expected
    scored["lift_plain"] = scored["confidence"] / (scored["users_consequent"] / segment)
    scored["lift_low"], scored["lift_high"] = lift_interval(
        both, scored["users_antecedent"], scored["users_consequent"], segment, scored["lift"],
        params.confidence,
    )  # fmt: skip
    scored["p_value"] = upper_tail_p_value(both, scored["users_antecedent"], expected)
    return scored


def _rarer_first(pairs: pd.DataFrame, users: pd.Series) -> pd.DataFrame:
    """Pairs of one order from the rarer item to the more usual one; of equals by name."""
    first, second = pairs["antecedent"], pairs["consequent"]
    left, right = first.map(users), second.map(users)
    turn = (left > right) | ((left == right) & (first > second))
    return pairs.assign(
        antecedent=first.where(~turn, second), consequent=second.where(~turn, first)
    )


def _expected(
    pairs: pd.DataFrame, exposure: pd.DataFrame, share: dict[str, float], spread: dict[str, float]
) -> NDArray:
    """Users of each pair by chance: Σ weight · S over the exposure of its antecedent."""
    seen = {str(name): part for name, part in exposure.groupby("antecedent")}
    expected = np.zeros(len(pairs))
    for name, rows in pairs.groupby("antecedent").indices.items():
        antecedent, part = str(name), seen[str(name)]
        consequents = pairs["consequent"].to_numpy()[rows]
        own = np.array([share[other] for other in consequents])[:, None]
        size = np.array([spread[other] for other in consequents])[:, None]
        left = np.maximum(1 - own - share[antecedent], 0)
        none = np.exp(
            log_probability_of_none(own, left, size, part["seen_lines"].to_numpy()[None, :])
        )
        expected[rows] = none @ part["weight"].to_numpy(float)
    return np.maximum(expected, 1e-9)
