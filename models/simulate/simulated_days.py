"""Days and seconds of a simulation as integers, and one random stream per module.

Day 0 is the first day of the data, day `days` the first after it. A moment is a number of seconds
since day 0, 00:00, so that a million of them sort and add without any date object.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from models.simulate.config import SimulationConfig

DAY_SECONDS = 86_400
FUTURE_DAYS = 14  # weather, calendar and promotions are simulated this far past the data

STREAMS = (
    "weather", "calendar", "catalogue", "communities", "users", "promotions", "rhythm",
    "delivery", "campaign", "baskets", "shortage", "stock", "orders", "browse", "chat", "events",
    "purchasing",
)  # fmt: skip


@dataclass(frozen=True)
class Timeline:
    """The window of a simulation: `days` of data, then `FUTURE_DAYS` outside the data."""

    start: date
    days: int
    cutoff_minutes: int

    @classmethod
    def of(cls, config: SimulationConfig) -> Timeline:
        return cls(config.start, config.days, config.platform().cutoff_minutes)

    @property
    def all_days(self) -> int:
        return self.days + FUTURE_DAYS

    @property
    def end_second(self) -> int:
        """The export time: midnight after the last day."""
        return self.days * DAY_SECONDS

    def date_of(self, day: int) -> date:
        return self.start + timedelta(days=int(day))

    def dates(self) -> list[date]:
        """Every simulated day, the future ones too."""
        return [self.date_of(day) for day in range(self.all_days)]

    def day64(self, day: np.ndarray) -> np.ndarray:
        """datetime64[D] of day numbers."""
        return np.datetime64(self.start, "D") + day.astype("timedelta64[D]")

    def second64(self, second: np.ndarray) -> np.ndarray:
        """datetime64[s] of moments."""
        return np.datetime64(self.start, "s") + second.astype("timedelta64[s]")

    def business_day(self, second: np.ndarray) -> np.ndarray:
        """Number of the business day a moment belongs to (see `models.clock.business_date`)."""
        return (second + (DAY_SECONDS - self.cutoff_minutes * 60)) // DAY_SECONDS

    def closing_second(self, business_day: np.ndarray) -> np.ndarray:
        """First moment after a business day."""
        return business_day * DAY_SECONDS + self.cutoff_minutes * 60


def streams(seed: int) -> dict[str, np.random.Generator]:
    """One independent generator per module: a change in one leaves the others' draws alone.

    The name of a further module comes last, so that earlier ones keep their draws.
    """
    children = np.random.SeedSequence(seed).spawn(len(STREAMS))
    return {
        name: np.random.Generator(np.random.PCG64(child))
        for name, child in zip(STREAMS, children, strict=True)
    }
