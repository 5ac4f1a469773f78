"""Configuration of a simulated platform, validated on construction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from data_contracts.errors import GivenError
from data_contracts.platform_file import Platform

FIRST_CALENDAR_DAY = date(2004, 1, 1)  # `chinese_calendar` decrees reach from here
LAST_CALENDAR_DAY = date(2026, 12, 31)  # to here
MINIMUM_SKUS = 20  # one per category, and a few to choose from
SAMPLE_NAME = "样例平台"


@dataclass(frozen=True)
class SimulationConfig:
    """Size, window and pace of a simulated platform.

    `days` calendar days end with `end`, inclusive. `orders_per_user_day` is the mean over active
    users; `lines_per_order` the mean before stock-outs. `stockout_share` is the share of warehouse
    × SKU × day cells with stock-out hours. Raises ValueError for invalid values.
    """

    days: int = 365
    users: int = 2000
    communities: int = 20
    skus: int = 120
    seed: int = 1
    end: date = date(2026, 10, 31)
    cutoff: str = "23:00"
    orders_per_user_day: float = 0.34
    lines_per_order: float = 2.0
    walk_in_share: float = 0.03
    holdout_share: float = 0.20
    stockout_share: float = 0.05

    def __post_init__(self) -> None:
        for name in ("days", "users", "communities", "skus", "seed"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise GivenError(
                    f"{name} must be a whole number, got {value!r}",
                    f"{name} 必须是整数，现为 {value!r}",
                )
        _within("days", self.days, 30, 3650)
        _within("users", self.users, 10, 1_000_000)
        _within("communities", self.communities, 1, min(9999, self.users))
        _within("skus", self.skus, MINIMUM_SKUS, 5000)
        _within("seed", self.seed, 0, 2**63 - 1)
        _within("orders_per_user_day", self.orders_per_user_day, 0.01, 3.0)
        _within("lines_per_order", self.lines_per_order, 1.1, 10.0)
        _within("walk_in_share", self.walk_in_share, 0.0, 0.5)
        _within("holdout_share", self.holdout_share, 0.01, 0.9)
        _within("stockout_share", self.stockout_share, 0.02, 0.3)
        if self.start < FIRST_CALENDAR_DAY or self.end > LAST_CALENDAR_DAY:
            raise GivenError(
                f"days {self.start} to {self.end} leave the decreed calendar, which covers "
                f"{FIRST_CALENDAR_DAY} to {LAST_CALENDAR_DAY}; choose another end or fewer days",
                f"{self.start} 至 {self.end} 超出节假日历的范围（{FIRST_CALENDAR_DAY} 至 "
                f"{LAST_CALENDAR_DAY}）；请减少天数",
            )
        self.platform()  # refuses a cut-off that is no time of day

    @property
    def start(self) -> date:
        """First calendar day of the data."""
        return self.end - timedelta(days=self.days - 1)

    def platform(self) -> Platform:
        """Return the content of `platform.toml`.

        Each configuration has its own platform id, so that data of two configurations never mix.
        """
        return Platform(
            id="sample-" + hashlib.sha256(repr(self).encode()).hexdigest()[:8],
            name=SAMPLE_NAME,
            cutoff=self.cutoff,
            notes=("模拟数据，没有真实的人和交易 · simulated data: no real person or sale",),
        )


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise GivenError(
            f"{name} must be {low} to {high}, got {value}",
            f"{name} 必须在 {low} 到 {high} 之间，现为 {value}",
        )
