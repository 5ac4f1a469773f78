"""Parameters of associations and of the community map, each with its source, or "ours" and why."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class AssociationParams:
    """`follow_days`: data_contracts/domain.md#bought-later. The rest is ours.

    `order_days`, `sequence_days`: windows of the two kinds; one season's assortment for bundles,
    twice that for sequences, which need an antecedent, 30 days to follow and days before to know
    that the consequent is new to the user. `users_from`: users of a pair; no smaller
    group is shown (data_contracts/domain.md#small-groups), nor can a share be judged by fewer.
    `most_skus`, `most_categories`: most bought ones that are paired, so that pairs stay bounded by
    3/2 · n² per segment: 80 SKUs and 40 categories make at most 11,820. `q_most`: share of false
    ones among the suggested that is put up with; 1 in 20, the usual one. `lift_floor`: the lower
    bound of the interval must reach it; a fifth more than chance is the least worth a leaflet.
    `told_p_most`: pairs with a larger p are compared and counted, but have no row; 1 in 10
    leaves the near misses and a tenth of the rows.
    `confidence`: of the interval of the lift. `left_out_ages`: bands nobody is targeted by
    (data_contracts/domain.md#minors).
    """

    follow_days: int = 30
    order_days: int = 90
    sequence_days: int = 180
    users_from: int = 10
    most_skus: int = 80
    most_categories: int = 40
    q_most: float = 0.05
    lift_floor: float = 1.2
    told_p_most: float = 0.1
    confidence: float = 0.95
    left_out_ages: tuple[str, ...] = ("under_18",)

    def __post_init__(self) -> None:
        if self.users_from < 2:
            raise ValueError("users_from must be 2 or more: one person is no group")
        if not 1 <= self.follow_days < self.sequence_days or self.order_days < 1:
            raise ValueError("1 ≤ follow_days < sequence_days and order_days ≥ 1")
        if not self.q_most <= self.told_p_most <= 1:
            raise ValueError("told_p_most is q_most to 1: a suggested pair needs a row")
        if not 0 < self.q_most < 1 or not 0.5 < self.confidence < 1:
            raise ValueError("q_most is above 0 and below 1, confidence above 0.5 and below 1")
        if self.lift_floor < 1:
            raise ValueError("lift_floor must be 1 or more: below chance nothing is suggested")
        if min(self.most_skus, self.most_categories) < 2:
            raise ValueError("a pair needs two: most_skus and most_categories are 2 or more")


@dataclass(frozen=True, kw_only=True)
class CommunityParams:
    """`shown_from_users`: data_contracts/domain.md#small-groups. The rest is ours.

    `window_days`: a season. `low_quantile`: of the shrunk index; 5 % is the EB05 of DuMouchel
    (1999), and above `over_from` at that bound a SKU counts as over-indexed: a tenth more, less is
    no reason to act. `far_size`: the few cells far from the platform have an index spread like
    Gamma(1, 1), from 0.05 to 3 for nine of ten. `prior_users`, `far_share`: where fewer than
    `cells_from` cells are there to estimate the prior from, an index is drawn to 1 by as many
    expected users, or lines, and one cell in a hundred may be far. `most_cells`: cells the prior is
    estimated from; bounds seconds.
    """

    window_days: int = 90
    shown_from_users: int = 10
    low_quantile: float = 0.05
    over_from: float = 1.1
    far_size: float = 1.0
    far_share: float = 0.01
    prior_users: float = 10.0
    cells_from: int = 30
    most_cells: int = 50_000

    def __post_init__(self) -> None:
        if self.shown_from_users < 2:
            raise ValueError("shown_from_users must be 2 or more: one person is no group")
        if not 0 < self.low_quantile < 0.5:
            raise ValueError("low_quantile is above 0 and below 0.5")
        if not 0 < self.far_share < 1 or self.far_size <= 0:
            raise ValueError("far_share is above 0 and below 1, far_size above 0")
        if self.prior_users <= 0 or self.window_days < 1 or self.over_from <= 0:
            raise ValueError("prior_users, over_from above 0 and window_days 1 or more")


@dataclass(frozen=True, kw_only=True)
class AffinityParams:
    """Everything about what is bought together, and where."""

    associations: AssociationParams = field(default_factory=AssociationParams)
    communities: CommunityParams = field(default_factory=CommunityParams)


AFFINITY = AffinityParams()
