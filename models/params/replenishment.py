"""Parameters of the restock policy, each with its rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RestockParams:
    """Money, service levels and time limits.

    - `highest_service_level`: no order covers more than this share of the scenarios, whatever the
      margin: the forecast has no quantile above 0.95 (data_contracts/domain.md#service-level).
    - `service_level`: cover this share of the scenarios instead of the most profitable one; None:
      the most profitable one.
    - `default_service_level_*`: the same where cost or price is unknown. A missing item in a front
      warehouse loses a customer within the hour, so `instant` covers more. `loss_service_level`:
      where the price is not above the cost; platforms sell some goods at a loss on purpose.
    - `substituted_share`: share of the margin of a missing unit that comes back because the user
      buys something else (data_contracts/domain.md#substitution).
    - `holding_share_per_day`: cost of money and storage of a unit, as a share of its purchase cost
      (data_contracts/domain.md#holding-cost).
    - `order_line_yuan`: cost of ordering and receiving one line; a line that earns less is not
      ordered, unless users have already paid for it (data_contracts/domain.md#order-line).
    - `buys_at_once`: missing units are bought at the emergency price, so a missing unit loses no
      more than the extra cost. Only where somebody really does; else the line names the price.
    - `salvage_share`: share of the purchase cost that an unsold unit brings at the end of its life
      (data_contracts/domain.md#fresh-loss).
    - `stale_after_days`: a count older than this is used, and a person is to look at it.
    - `in_hand_days`: an older order without a sign of delivery counts as closed.
    - `count_session_minutes`: batches counted up to this long before the last one belong to the
      same count.
    - `most_spoiled_share`: up to this share of unsold units a line has no warning:
      data_contracts/domain.md#fresh-loss.
    - `far_from_last_weeks`: a forecast this many times the mean of the last four weeks, or that
      part of it, needs a look.
    """

    highest_service_level: float = 0.95
    service_level: float | None = None
    default_service_level_prestock: float = 0.8
    default_service_level_instant: float = 0.9
    loss_service_level: float = 0.5
    substituted_share: float = 0.0
    holding_share_per_day: float = 0.0008
    order_line_yuan: float = 1.0
    buys_at_once: bool = False
    salvage_share: float = 0.0
    price_window_days: int = 28
    stale_after_days: int = 2
    in_hand_days: int = 7
    count_session_minutes: int = 120
    most_spoiled_share: float = 0.2
    far_from_last_weeks: float = 2.0

    def __post_init__(self) -> None:
        levels = {
            "highest_service_level": self.highest_service_level,
            "default_service_level_prestock": self.default_service_level_prestock,
            "default_service_level_instant": self.default_service_level_instant,
            "loss_service_level": self.loss_service_level,
        }
        if self.service_level is not None:
            levels["service_level"] = self.service_level
        for name, level in levels.items():
            if not 0 < level < 1:
                raise ValueError(f"{name} must lie between 0 and 1")
        for name in ("substituted_share", "salvage_share", "most_spoiled_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be 0 to 1")
        for name in ("price_window_days", "in_hand_days"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")
        if self.far_from_last_weeks <= 1:
            raise ValueError("far_from_last_weeks must be above 1")
        for name in (
            "stale_after_days",
            "count_session_minutes",
            "holding_share_per_day",
            "order_line_yuan",
        ):
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
