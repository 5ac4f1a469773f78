"""Parameters of the restock policy, each with its rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RestockParams:
    """Service levels, waste shares and time limits.

    - `lowest_service_level`, `highest_service_level`: bounds of the newsvendor's critical ratio
      (data_contracts/domain.md#service-level).
      Even a thin margin covers the median; the forecast has no quantile above 0.95.
    - `default_service_level_*`: where cost or price is unknown. A missing item in a front warehouse
      loses a customer within the hour, so `instant` covers more.
    - `waste_share_by_shelf_life`: (days, share): share of the cost lost on a unit left over, for a
      shelf life of up to that many days; `waste_share_lasting` beyond, and where it is not known.
    - `stale_after_days`: a count older than this is used, with a warning.
    - `in_hand_days`: an older order without a sign of delivery counts as closed.
    - `count_session_minutes`: batches counted up to this long before the last one belong to the
      same count.
    - `most_spoiled_share`: up to this share of unsold units a line has no warning:
      data_contracts/domain.md#fresh-loss.
    - `kg_step_units`: kilograms without a pack size are ordered in multiples of this.
    """

    lowest_service_level: float = 0.5
    highest_service_level: float = 0.95
    default_service_level_prestock: float = 0.8
    default_service_level_instant: float = 0.9
    waste_share_by_shelf_life: tuple[tuple[int, float], ...] = ((3, 0.8), (7, 0.5), (30, 0.25))
    waste_share_lasting: float = 0.1
    price_window_days: int = 28
    stale_after_days: int = 2
    in_hand_days: int = 7
    count_session_minutes: int = 120
    most_spoiled_share: float = 0.2
    kg_step_units: float = 0.01

    def __post_init__(self) -> None:
        if not 0 < self.lowest_service_level <= self.highest_service_level < 1:
            raise ValueError("service levels must satisfy 0 < lowest <= highest < 1")
        for name in ("default_service_level_prestock", "default_service_level_instant"):
            if not self.lowest_service_level <= getattr(self, name) <= self.highest_service_level:
                raise ValueError(f"{name} must lie between the lowest and the highest level")
        days = [limit for limit, _ in self.waste_share_by_shelf_life]
        if days != sorted(days):
            raise ValueError("waste_share_by_shelf_life must be in rising order of days")
        shares = [share for _, share in self.waste_share_by_shelf_life]
        if any(not 0 <= share <= 1 for share in (*shares, self.waste_share_lasting)):
            raise ValueError("waste shares must be 0 to 1")
        for name in ("price_window_days", "in_hand_days", "kg_step_units"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")
        for name in ("stale_after_days", "count_session_minutes"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")


@dataclass(frozen=True, kw_only=True)
class LeadTimeParams:
    """What is expected of a supplier before orders were seen, and how soon orders outweigh it.

    - `on_time_share`, `lost_share`: of the orders of a supplier who promises a lead time.
    - `late_periods`: an order that is later than this counts as lost.
    - `prior_orders`: orders that the expectation weighs as much as, per group;
      `group_prior_orders`: the same of the group's own law, per member.
    """

    on_time_share: float = 0.7
    lost_share: float = 0.05
    late_periods: int = 3
    prior_orders: float = 2.0
    group_prior_orders: float = 5.0

    def __post_init__(self) -> None:
        if self.on_time_share <= 0 or self.lost_share < 0:
            raise ValueError("on_time_share must be above 0, lost_share not negative")
        if self.on_time_share + self.lost_share >= 1:
            raise ValueError("on_time_share and lost_share must leave a share for other lead times")
        if self.late_periods < 1:
            raise ValueError("late_periods must be at least 1")
        for name in ("prior_orders", "group_prior_orders"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")


@dataclass(frozen=True, kw_only=True)
class LearningParams:
    """Draws of the policy that learns in a replay.

    - `draws`: possible futures per item and order; `seed` of their random numbers.
    """

    draws: int = 200
    seed: int = 1024
