"""Draw order times: a renewal process per user on a clock driven by the demand multipliers.

A user's intensity (orders per day) is integrated over the days. Gaps between orders are gamma with
mean 1 on that operational clock; the shape is the user's regularity (1 memoryless, 6 regular).
Because the law is known, so is the probability of an order in any window given the last order.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from models.simulate.effects import Effects
from models.simulate.events import QUIET_INTENSITY, Plan
from models.simulate.neighbourhoods import Communities
from models.simulate.seasons import Seasons
from models.simulate.simulated_days import DAY_SECONDS, Timeline
from models.simulate.users import EFFICIENCY, Users

_HOUR_CENTRES = np.array((8.3, 12.3, 17.6, 20.9, 22.7))
_HOUR_WEIGHTS = (0.11, 0.15, 0.14, 0.46, 0.14)
_HOUR_SPREADS = np.array((0.9, 0.8, 1.2, 0.9, 0.6))
_OWN_HOUR_SHARE = (0.5, 0.85)  # orders at the user's own hour: others, the efficient


@dataclass(frozen=True)
class Orders:
    """One entry per order.

    `clock` is the operational time of the order on its user's clock (NaN if a campaign added it);
    `issue` the delivery problem (`deliveries`).
    """

    user: np.ndarray
    day: np.ndarray
    second: np.ndarray
    clock: np.ndarray
    issue: np.ndarray
    from_campaign: np.ndarray

    @property
    def size(self) -> int:
        return len(self.user)

    def take(self, chosen: np.ndarray) -> Orders:
        """The orders of a mask or of positions."""
        return Orders(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    def plus(self, other: Orders) -> Orders:
        return Orders(
            **{
                f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)])
                for f in fields(self)
            }
        )


@dataclass(frozen=True)
class Clocks:
    """User × day intensities and their running integral, user after user."""

    intensity: np.ndarray
    running: np.ndarray

    @property
    def days(self) -> int:
        return self.intensity.shape[1]

    def at(self, user: np.ndarray, day: np.ndarray | float) -> np.ndarray:
        """Operational time of users at a (fractional) day number, 0 at day 0."""
        whole = np.floor(day).astype(np.int64) if isinstance(day, np.ndarray) else int(day)
        part = day - whole
        cell = user * self.days + whole
        before = np.where(cell > 0, self.running[cell - 1], 0.0)
        start = np.where(user > 0, self.running[user * self.days - 1], 0.0)
        return before - start + part * self.intensity[user, whole]


def clocks(
    users: Users,
    communities: Communities,
    effects: Effects,
    seasons: Seasons,
    plan: Plan,
    timeline: Timeline,
) -> Clocks:
    """Intensities of every buyer on every simulated day."""
    day = np.arange(timeline.all_days)
    intensity = users.weekday[:, seasons.weekday]
    intensity *= (users.rate * communities.leader_pull[users.community])[:, None]
    intensity *= effects.traffic[communities.region[users.community]]
    intensity[(users.community == plan.quiet_community), plan.quiet_day :] *= QUIET_INTENSITY
    alive = (day > users.registered_day[:, None]) & (day < users.churn_day[:, None])
    away = (day >= users.pause_from[:, None]) & (
        day < (users.pause_from + users.pause_days)[:, None]
    )
    intensity *= alive & ~away
    return Clocks(intensity, np.cumsum(intensity.ravel()))


def draw_orders(
    clock: Clocks, users: Users, timeline: Timeline, rng: np.random.Generator
) -> Orders:
    """Orders of every buyer inside the data, in order of user and operational time."""
    ends = clock.running[clock.days - 1 :: clock.days]
    offsets = np.concatenate([[0.0], ends[:-1]])
    total = ends - offsets
    count = np.ceil(1.2 * total + 7 * np.sqrt(total) + 8).astype(np.int64)
    owner = np.repeat(np.arange(users.size), count)
    shape = users.shape[owner]
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    # the first gap of a stationary renewal process: a uniform part of a length-biased gap
    shape[first] += 1
    gaps = rng.gamma(shape) / users.shape[owner]
    gaps[first] *= rng.random(users.size)
    summed = np.cumsum(gaps)
    position = summed - np.repeat(summed[first] - gaps[first], count)
    inside = position < total[owner]
    owner, position = owner[inside], position[inside]
    cell = np.searchsorted(clock.running, offsets[owner] + position, side="right")
    day = np.minimum(cell - owner * clock.days, clock.days - 1)
    in_data = day < timeline.days
    owner, day, position = owner[in_data], day[in_data], position[in_data]
    return Orders(
        user=owner,
        day=day,
        second=day * DAY_SECONDS + seconds_of_day(owner, users, rng),
        clock=position,
        issue=np.zeros(len(owner), np.int8),
        from_campaign=np.zeros(len(owner), bool),
    )


def seconds_of_day(user: np.ndarray, users: Users, rng: np.random.Generator) -> np.ndarray:
    """Second of the day: the user's own hour or the platform's evening peak."""
    size = len(user)
    kind = rng.choice(len(_HOUR_CENTRES), size, p=_HOUR_WEIGHTS)
    noise = rng.normal(0, 1, size)
    own = rng.random(size) < np.where(
        users.layer[user] == EFFICIENCY, _OWN_HOUR_SHARE[1], _OWN_HOUR_SHARE[0]
    )
    hour = np.where(
        own,
        users.hour[user] + noise * users.hour_spread[user],
        _HOUR_CENTRES[kind] + noise * _HOUR_SPREADS[kind],
    )
    hour = np.abs(hour)
    hour = np.clip(np.where(hour >= 24, 48 - hour, hour), 0, 23.9999)
    return (hour * 3600).astype(np.int64)


def order_probability(
    clock: Clocks, orders: Orders, users: Users, user: np.ndarray, day: float, window_days: int
) -> np.ndarray:
    """Compute P(at least one order in the `window_days` after `day` | the user's history), per
    `user`.

    With S the survival of a gamma gap and a the operational time since the last order, P(none) =
    S(a + L) / S(a), L being the window's operational length. For a user without an order the
    equilibrium gap is used: E(t) = ∫ S from t on. Standard renewal theory (Cox 1962, ch. 2).
    """
    from scipy.special import gammaincc

    now = clock.at(user, day)
    length = clock.at(user, day + window_days) - now
    before = (orders.second < day * DAY_SECONDS) & ~np.isnan(orders.clock)
    last = np.full(users.size, -1.0)
    np.maximum.at(last, orders.user[before], orders.clock[before])
    shape, seen = users.shape[user], last[user]
    age = np.where(seen >= 0, now - seen, now)
    survive = lambda time: gammaincc(shape, shape * time)  # noqa: E731
    rest = lambda time: gammaincc(shape + 1, shape * time) - time * survive(time)  # noqa: E731
    top = np.where(seen >= 0, survive(age + length), rest(age + length))
    bottom = np.where(seen >= 0, survive(age), rest(age))
    # far in the tail both vanish; there the gamma gap is exponential with rate `shape`
    none = np.where(bottom > 1e-9, top / np.maximum(bottom, 1e-9), np.exp(-shape * length))
    return np.clip(1 - none, 0.0, 1.0)
