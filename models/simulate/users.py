"""Draw the users: traits, lifetimes; build USERS.

Contains the latent traits (layer, rate, rhythm, tastes, hour, price sensitivity, lifetime); their
effect on orders is in `rhythm` and `baskets`. Real users come first, then walk-in buyers, one per
community, who order but appear in no export.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from data_contracts.codes.contacts import ContactChannel
from data_contracts.codes.labels import Layer
from data_contracts.codes.users import AgeBand, Gender
from data_contracts.exports import USERS
from models.simulate import arrow
from models.simulate.assortment import CATEGORIES
from models.simulate.config import SimulationConfig
from models.simulate.neighbourhoods import CITIES, Communities, person_names
from models.simulate.simulated_days import DAY_SECONDS, Timeline

LAYERS = tuple(Layer.values()[:4])
QUALITY, EFFICIENCY, PRICE, NOVELTY = range(4)
NEVER_DAY = 1_000_000  # churn day of a user who stays past every window
ALLERGENS = ("花生", "坚果", "牛奶", "鸡蛋", "甲壳类", "芒果")
_LAYER_SHARE = (0.20, 0.29, 0.33, 0.18)
_RATE_FACTOR = (0.90, 1.20, 1.00, 0.90)
_RATE_SPREAD = 0.80
_RHYTHM_SHAPE = (2.0, 6.0, 1.5, 1.0)  # gamma shape of the gaps: 1 is memoryless
_HOUR_SPREAD = (1.8, 0.7, 2.2, 2.6)
_TASTE_FOCUS = (9.0, 6.0, 9.0, 40.0)  # large: many categories
_MEAN_LIFE_DAYS = (1100.0, 1250.0, 850.0, 720.0)
_PAUSE_SHARE = 0.12
_BEFORE_SHARE = 0.60  # registered before the data begin
_MOTHER = next(i for i, c in enumerate(CATEGORIES) if c.zh == "母婴")
_STATIONERY = next(i for i, c in enumerate(CATEGORIES) if c.zh == "文具")


@dataclass(frozen=True)
class Users:
    """One entry per buyer; `real` is the number of users, walk-in buyers follow them.

    `rate` is orders per day while active; `churn_day` the first day without the user; `flip_day`
    the day from which `layer_after` holds.
    """

    real: int
    community: np.ndarray
    layer: np.ndarray
    layer_after: np.ndarray
    flip_day: np.ndarray
    rate: np.ndarray
    shape: np.ndarray
    registered_day: np.ndarray
    registered_second: np.ndarray
    churn_day: np.ndarray
    pause_from: np.ndarray
    pause_days: np.ndarray
    hour: np.ndarray
    hour_spread: np.ndarray
    weekday: np.ndarray  # user × 7, mean 1
    taste: np.ndarray  # user × category, rows sum to 1
    household: np.ndarray
    age: np.ndarray
    female: np.ndarray
    channel: np.ndarray
    opted_out: np.ndarray
    allergen: np.ndarray  # index into ALLERGENS, -1 none
    names: list[str]

    @property
    def size(self) -> int:
        return len(self.community)

    def layer_on(self, user: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Latent layer of users on days."""
        return np.where(day >= self.flip_day[user], self.layer_after[user], self.layer[user])

    def user_ids(self, user: np.ndarray) -> pa.Array:
        """Ids; null for walk-in buyers and for -1."""
        return arrow.numbered("U", np.where((user < self.real) & (user >= 0), user + 1, -1), 7)

    def with_churn(self, churn_day: np.ndarray) -> Users:
        return replace(self, churn_day=churn_day)


def build_users(
    config: SimulationConfig,
    timeline: Timeline,
    communities: Communities,
    rng: np.random.Generator,
) -> Users:
    """Draw every user's traits, then the walk-in buyers of each community."""
    n = config.users
    layer = rng.choice(4, n, p=_LAYER_SHARE)
    community = rng.choice(communities.count, n, p=_normal(communities.size_weight))
    registered = _registered(n, timeline, rng)
    registered = np.maximum(registered, communities.opened_day[community])
    rate = rng.lognormal(-(_RATE_SPREAD**2) / 2, _RATE_SPREAD, n) * np.array(_RATE_FACTOR)[layer]
    rate = np.clip(config.orders_per_user_day * rate, 0.01, 1.5)
    age = rng.choice(7, n, p=(0.01, 0.08, 0.25, 0.28, 0.18, 0.13, 0.07))
    household = np.clip(1 + rng.binomial(5, 0.38, n), 1, 6)
    life = rng.exponential(np.array(_MEAN_LIFE_DAYS)[layer]) / communities.churn_pull[community]
    hour_centre = np.array([20.8, 12.3, 9.0, 21.6])
    users = Users(
        real=n,
        community=community,
        layer=layer,
        layer_after=layer,
        flip_day=np.full(n, NEVER_DAY),
        rate=rate,
        shape=np.array(_RHYTHM_SHAPE)[layer],
        registered_day=registered,
        registered_second=registered * DAY_SECONDS + rng.integers(8 * 3600, 20 * 3600, n),
        churn_day=(np.maximum(registered, 0) + np.ceil(life)).astype(np.int64),
        pause_from=np.where(
            rng.random(n) < _PAUSE_SHARE, rng.integers(0, timeline.days, n), NEVER_DAY
        ),
        pause_days=rng.integers(20, 61, n),
        hour=hour_centre[rng.choice(4, n, p=(0.55, 0.15, 0.12, 0.18))] + rng.normal(0, 0.8, n),
        hour_spread=np.array(_HOUR_SPREAD)[layer],
        weekday=_weekday_pattern(n, layer, rng),
        taste=_taste(layer, household, age, rng),
        household=household,
        age=age,
        female=rng.random(n) < 0.68,
        channel=rng.choice(5, n, p=(0.34, 0.36, 0.18, 0.09, 0.03)),
        opted_out=rng.random(n) < 0.05,
        allergen=np.where(rng.random(n) < 0.06, rng.integers(0, len(ALLERGENS), n), -1),
        names=person_names(n, rng),
    )
    return _with_walk_ins(users, config, communities)


def _normal(weight: np.ndarray) -> np.ndarray:
    return weight / weight.sum()


def _registered(n: int, timeline: Timeline, rng: np.random.Generator) -> np.ndarray:
    """Day of registration: most before the data, the rest evenly through them."""
    before = rng.random(n) < _BEFORE_SHARE
    earlier = -np.ceil(rng.exponential(260, n)).astype(np.int64) - 1
    return np.where(before, earlier, rng.integers(0, timeline.days, n))


def _weekday_pattern(n: int, layer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """User × weekday factors of mean 1; the efficient have strong habits of their own."""
    spread = np.where(layer == EFFICIENCY, 0.5, 0.22)[:, None]
    pattern = np.exp(rng.normal(0, 1, (n, 7)) * spread)
    pattern *= np.array((0.95, 0.92, 0.94, 0.98, 1.08, 1.12, 1.01))
    return pattern / pattern.mean(axis=1, keepdims=True)


def _taste(
    layer: np.ndarray, household: np.ndarray, age: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """User × category shares: the platform's mix, made personal."""
    share = _normal(np.array([c.share for c in CATEGORIES]))
    focus = np.array(_TASTE_FOCUS)[layer][:, None]
    taste = rng.gamma(np.maximum(share * focus, 0.05)) + 1e-4
    family = (household >= 3) & (age >= 2) & (age <= 3)
    taste[:, _MOTHER] *= np.where(family, 3.0, 0.4)
    taste[:, _STATIONERY] *= np.where((household >= 3) & (age >= 2) & (age <= 4), 2.0, 0.5)
    # what everybody buys now and then, so that scenes and weather find somebody to act on
    taste = 0.85 * taste / taste.sum(axis=1, keepdims=True) + 0.15 * share
    return taste / taste.sum(axis=1, keepdims=True)


def _with_walk_ins(users: Users, config: SimulationConfig, communities: Communities) -> Users:
    """Append one memoryless walk-in buyer per community, its rate a share of the community's."""
    count = communities.count
    alive = np.bincount(users.community, users.rate, count) * 0.6
    rate = np.maximum(alive * config.walk_in_share / (1 - config.walk_in_share), 1e-9)
    share = _normal(np.array([c.share for c in CATEGORIES]))
    extra: dict[str, Any] = {
        "community": np.arange(count), "layer": np.full(count, PRICE),
        "layer_after": np.full(count, PRICE), "flip_day": np.full(count, NEVER_DAY),
        "rate": rate, "shape": np.ones(count), "registered_day": np.full(count, -1),
        "registered_second": np.full(count, -DAY_SECONDS), "churn_day": np.full(count, NEVER_DAY),
        "pause_from": np.full(count, NEVER_DAY), "pause_days": np.zeros(count, np.int64),
        "hour": np.full(count, 19.0), "hour_spread": np.full(count, 3.0),
        "weekday": np.ones((count, 7)), "taste": np.tile(share, (count, 1)),
        "household": np.ones(count, np.int64), "age": np.full(count, 3),
        "female": np.zeros(count, bool), "channel": np.zeros(count, np.int64),
        "opted_out": np.ones(count, bool), "allergen": np.full(count, -1),
    }  # fmt: skip
    appended: dict[str, Any] = {
        name: np.concatenate([getattr(users, name), values]) for name, values in extra.items()
    }
    return replace(users, **appended)


def addresses(users: Users, communities: Communities) -> pa.Array:
    """Invented address of each real user: city, community, building, flat."""
    number = np.arange(users.real)
    return pa.array(
        [
            f"{CITIES[communities.region[c]]}{communities.names[c]}{u * 7 % 28 + 1}幢"
            f"{u % 3 + 1}单元{u * 13 % 18 + 1}{u % 4 + 1:02d}室"
            for u, c in zip(number.tolist(), users.community[: users.real].tolist(), strict=True)
        ]
    )


def phones(users: Users) -> pa.Array:
    """Return eleven digits with an unassigned prefix, scattered over the users."""
    return arrow.numbered("1990", np.arange(users.real) * 7919 % 10_000_000, 7)


def users_export(users: Users, communities: Communities, timeline: Timeline) -> pa.Table:
    """Build USERS registered before the export time; values that people did not give are empty."""
    n = users.real
    number = np.arange(n)
    blank = number % 11  # what was never filled in, by a rule that needs no draw
    return arrow.table_of(
        USERS,
        {
            "user_id": users.user_ids(number),
            "name": pa.array(users.names),
            "phone": phones(users),
            "address": addresses(users, communities),
            "gender": arrow.pick(
                Gender.values(), np.where(blank == 3, -1, np.where(users.female[:n], 0, 1))
            ),
            "age_band": arrow.pick(AgeBand.values(), np.where(blank == 5, -1, users.age[:n])),
            "household_size": arrow.integers(users.household[:n], blank == 7),
            "community_id": arrow.pick(communities.ids, users.community[:n]),
            "registered_at": arrow.moments(timeline, users.registered_second[:n]),
            "preferred_channel": arrow.pick(
                ContactChannel.values(), np.where(blank == 9, -1, users.channel[:n])
            ),
            "marketing_opt_out": arrow.flags(users.opted_out[:n]),
            "allergens": arrow.pick(ALLERGENS, users.allergen[:n]),
        },
    )
