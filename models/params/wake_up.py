"""Parameters of the wake-up list. A link names the rule of the domain; "ours" marks our choice.

Contains thresholds, amounts and limits. Not here: the rules (`models.wake_up.rules`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from data_contracts.codes.wake_up import WakeUpAction

# Precedence: amends to a user come before anything we would like to sell.
ACTION_ORDER = (
    WakeUpAction.APOLOGY,
    WakeUpAction.WAKE_UP,
    WakeUpAction.RETAIN,
    WakeUpAction.CARE,
)


@dataclass(frozen=True, kw_only=True)
class Offers:
    """Offer per action in yuan, the same for every user (data_contracts/domain.md#equal-terms)."""

    wake_up_yuan: float = 5.0  # data_contracts/domain.md#wake-up
    apology_yuan: float = 5.0  # data_contracts/domain.md#failed-purchases
    retain_yuan: float = 0.0  # ours: before two weeks most would order anyway
    care_yuan: float = 0.0  # data_contracts/domain.md#care-reminder

    def of(self, action: str) -> float:
        """Return the amount of an action; raises AttributeError for an unknown action."""
        return float(getattr(self, f"{action}_yuan"))


@dataclass(frozen=True, kw_only=True)
class WakeUpParams:
    """Conditions for listing or excluding a user, and limits of the list."""

    wake_up_days: int = 14  # data_contracts/domain.md#wake-up
    overdue_factor: float = 1.5  # ours: half of all gaps exceed the median gap, so not 1
    care_days: int = 3  # data_contracts/domain.md#care-reminder
    frequent_rhythm_days: float = 7.0  # ours: orders weekly or more often
    frequent_orders: int = 4  # ours: at least three gaps for a reliable rhythm
    retain_top_share: float = 0.10  # ours: the tenth of the active users most at risk …
    retain_times_median: float = 2.0  # … if that is also twice their median risk …
    retain_floor: float = 0.30  # … and at least this
    failed_run: int = 3  # data_contracts/domain.md#failed-purchases
    new_user_days: int = 14  # ours: a user with one order day up to this long ago is new
    lost_days: int = 180  # ours: longer silence needs another campaign
    contact_pause_days: int = 7  # after a contact: data_contracts/domain.md#contact-limits
    max_unanswered_contacts: int = 3  # ours: contacts since the last order, then stop
    holdout_share: float = 0.20  # data_contracts/domain.md#holdout
    max_lines: int = 2000  # ours: what CRM and leaders can work through
    earliest_hour: int = 9  # ours: no contacts before or after
    latest_hour: int = 20
    default_hour: int = 10  # ours: without a known active hour
    offers: Offers = field(default_factory=Offers)

    def __post_init__(self) -> None:
        if not 0 <= self.holdout_share < 1:
            raise ValueError("holdout_share must be at least 0 and below 1")
        if not self.earliest_hour <= self.default_hour <= self.latest_hour:
            raise ValueError("default_hour must lie between earliest_hour and latest_hour")


WAKE_UP = WakeUpParams()
