"""Plant events on purpose: a label flip, a leader who goes quiet, a complaint burst, storm days.

The plan is made before any order (flip, quiet leader) or after them (the burst needs buyers); the
truth lists all of it in one table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.simulate.assortment import CATEGORIES
from models.simulate.neighbourhoods import Communities
from models.simulate.simulated_days import DAY_SECONDS, Timeline
from models.simulate.users import PRICE, QUALITY, Users
from models.simulate.weather import Weather

SEARCH_LEAD_DAYS = 14  # the flipped cohort searches differently this long before it buys so
BURST_DAYS = 3
BURST_LEAST_BUYERS = 10
QUIET_INTENSITY = 0.45  # orders of a community whose leader is quiet, factor
QUIET_CHURN = 4.0  # churn hazard there, factor
_COHORT_SHARE = 0.04
_NAPPIES = next(i for i, c in enumerate(CATEGORIES) if c.zh == "母婴")


@dataclass(frozen=True)
class Plan:
    """Planted before the orders: who flips when, whose leader goes quiet when."""

    cohort: np.ndarray  # user numbers
    flip_day: int
    quiet_community: int
    quiet_day: int


@dataclass(frozen=True)
class Burst:
    """Planted after the orders: the lines whose buyers complain about one SKU in a few days."""

    sku: int
    first_day: int
    lines: np.ndarray


def plan(
    users: Users, communities: Communities, timeline: Timeline, rng: np.random.Generator
) -> Plan:
    """Choose the cohort (price-sensitive users with a past and a future) and the community."""
    flip_day = int(timeline.days * 0.68)
    real = np.arange(users.size) < users.real
    fits = real & (users.layer == PRICE) & (users.registered_day < flip_day - 20)
    fits &= users.churn_day > flip_day + 10
    candidates = np.nonzero(fits if fits.any() else real)[0]
    count = min(len(candidates), max(5, round(users.real * _COHORT_SHARE)))
    sizes = np.bincount(users.community[: users.real], minlength=communities.count)
    large = np.nonzero(sizes >= np.median(sizes))[0]
    return Plan(
        cohort=np.sort(rng.choice(candidates, count, replace=False)),
        flip_day=flip_day,
        quiet_community=int(rng.choice(large)),
        quiet_day=int(timeline.days * rng.uniform(0.72, 0.78)),
    )


def apply(plan: Plan, users: Users) -> Users:
    """Users with the flip written into them, and shorter lives where the leader went quiet.

    The cohort buys baby goods often, so that there is something to see.
    """
    layer_after, flip_day = users.layer_after.copy(), users.flip_day.copy()
    layer_after[plan.cohort], flip_day[plan.cohort] = QUALITY, plan.flip_day
    rate, taste = users.rate.copy(), users.taste.copy()
    rate[plan.cohort] = np.maximum(rate[plan.cohort], 0.25)
    taste[plan.cohort, _NAPPIES] += 0.25
    taste /= taste.sum(axis=1, keepdims=True)
    touched = (users.community == plan.quiet_community) & (np.arange(users.size) < users.real)
    touched &= users.churn_day > plan.quiet_day
    start = np.maximum(plan.quiet_day, users.registered_day)
    shortened = start + np.ceil((users.churn_day - start) / QUIET_CHURN).astype(np.int64)
    return replace(
        users,
        layer_after=layer_after,
        flip_day=flip_day,
        rate=rate,
        taste=taste,
        churn_day=np.where(touched, shortened, users.churn_day),
    )


def choose_burst(
    user: np.ndarray,
    sku: np.ndarray,
    second: np.ndarray,
    skus: int,
    users: Users,
    timeline: Timeline,
) -> Burst:
    """The SKU bought by most distinct users in the burst's days (about 85 % into the data).

    Takes one entry per sold line. The window is widened backwards until ten users bought it or the
    data begin: a tiny simulation may have fewer.
    """
    first_day = int(timeline.days * 0.85)
    day = second // DAY_SECONDS
    inside = (user < users.real) & (day < first_day + 1) & (sku < skus)
    for reach in (BURST_DAYS, 7, 14, timeline.days):
        window = np.nonzero(inside & (day >= first_day + 1 - reach))[0]
        pairs = np.unique(sku[window] * users.size + user[window])
        buyers = np.bincount(pairs // users.size, minlength=skus)
        if buyers.max() >= 1.5 * BURST_LEAST_BUYERS:
            break
    chosen = int(buyers.argmax())
    lines = window[sku[window] == chosen]
    _, first_of_user = np.unique(user[lines], return_index=True)
    return Burst(chosen, first_day, lines[first_of_user])


def events_truth(
    plan: Plan,
    burst: Burst,
    complaining_users: int,
    users: Users,
    communities: Communities,
    weather: Weather,
    timeline: Timeline,
    sku_ids: list[str],
) -> pd.DataFrame:
    """Return kind, target, starts_on, ends_on, users: a row per planted event; storms by region and
    day.
    """
    last = timeline.days - 1
    rows = [
        ("label_flip", "price_sensitive→quality_seeking", plan.flip_day, last, len(plan.cohort)),
        (
            "quiet_leader", communities.ids[plan.quiet_community], plan.quiet_day, last,
            int(np.sum(users.community[: users.real] == plan.quiet_community)),
        ),
        (
            "complaint_burst", sku_ids[burst.sku], burst.first_day,
            min(burst.first_day + BURST_DAYS - 1, last), complaining_users,
        ),
    ]  # fmt: skip
    regions, days = np.nonzero(weather.storm[:, : timeline.days])
    rows += [
        ("storm", communities.region_ids[region], int(day), int(day), 0)
        for region, day in zip(regions, days, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["kind", "target", "starts_on", "ends_on", "users"])
    for name in ("starts_on", "ends_on"):
        frame[name] = timeline.day64(frame[name].to_numpy()).astype("datetime64[s]")
    return frame
