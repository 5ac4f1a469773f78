"""Compute demand multipliers: the same arrays drive the orders and are written as truth.

Three levels, multiplied with one another:
- traffic, region × day: how often people order (holiday, weather, scene, local event);
- category, region × day × category: the mix of an order (season, weather, scene);
- SKU, layer × day × SKU: the chosen SKU (tier, price, promotion, launch, on offer or not).
A user's own weekday pattern and the leader's pull are traits (`users`, `neighbourhoods`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.simulate.assortment import CATEGORIES
from models.simulate.catalogue import ALWAYS, Catalogue
from models.simulate.promotions import Promotions
from models.simulate.seasons import Seasons
from models.simulate.simulated_days import Timeline
from models.simulate.users import LAYERS, NOVELTY
from models.simulate.weather import COLD_CELSIUS, HOT_CELSIUS, RAIN_MM, Weather

TRAFFIC = {
    "holiday": 0.90, "holiday_eve": 1.12, "makeup_workday": 1.02, "before_spring": 1.35,
    "during_spring": 0.35, "shopping_festival": 1.30, "rain": 1.05, "storm": 1.25,
    "local_event": 1.30,
}  # fmt: skip
TIER_PULL = np.array(  # layer × tier: appeal of cheap, middle and quality goods
    ((0.25, 0.90, 3.2), (0.90, 1.10, 0.9), (2.6, 1.00, 0.25), (0.9, 1.00, 1.2))
)
ELASTICITY = np.array((0.8, 1.0, 2.8, 1.6))  # exponent of list ÷ price, by layer
LAUNCH_DAYS = 45
LAUNCH_PULL = np.array((1.2, 0.9, 0.9, 4.0))
EXPANSION = 0.5  # share (as an exponent) of a SKU's gain that is new to its category


@dataclass(frozen=True)
class Effects:
    """`traffic` region × day; `category` region × day × category; `sku` layer × day × SKU;
    `pull` layer × day × category: how far the SKUs on offer widen or narrow the category."""

    traffic: np.ndarray
    category: np.ndarray
    sku: np.ndarray
    pull: np.ndarray


def build_effects(
    seasons: Seasons,
    weather: Weather,
    catalogue: Catalogue,
    promotions: Promotions,
    offered: np.ndarray,
) -> Effects:
    """Multiply `traffic_factors` and `category_factors`, and weight the SKUs."""
    traffic = np.ones_like(weather.rain_mm)
    for _, factor in traffic_factors(seasons, weather):
        traffic = traffic * factor
    category = np.ones((*weather.rain_mm.shape, len(CATEGORIES)))
    for _, factor in category_factors(seasons, weather):
        category = category * factor
    sku = _sku_weights(catalogue, promotions, offered)
    starts = catalogue.starts()[:-1]
    now = np.add.reduceat(sku, starts, axis=2)
    plain = catalogue.appeal * TIER_PULL[:, catalogue.tier]
    usual = np.add.reduceat(plain, starts, axis=1)
    return Effects(traffic, category, sku, (now / usual[:, None, :]) ** EXPANSION)


def traffic_factors(seasons: Seasons, weather: Weather) -> list[tuple[str, np.ndarray]]:
    """(name, region × day factor) of everything that changes how often people order."""
    shape = weather.rain_mm.shape
    wet = (weather.rain_mm >= RAIN_MM) & ~weather.storm
    flags = {
        "holiday": seasons.holiday & ~seasons.during_spring,
        "holiday_eve": seasons.holiday_eve & (seasons.before_spring == 0),
        "makeup_workday": seasons.makeup_workday,
        "during_spring": seasons.during_spring,
        "shopping_festival": seasons.shopping,
        "rain": wet,
        "storm": weather.storm,
        "local_event": seasons.local,
    }
    factors = [
        (name, np.broadcast_to(np.where(flag, TRAFFIC[name], 1.0), shape))
        for name, flag in flags.items()
    ]
    rising = 1 + (TRAFFIC["before_spring"] - 1) * seasons.before_spring
    return [*factors, ("before_spring", np.broadcast_to(rising, shape))]


def category_factors(seasons: Seasons, weather: Weather) -> list[tuple[str, np.ndarray]]:
    """(name, factor broadcastable to region × day × category) of what changes the mix."""
    of = lambda name: np.array([getattr(c, name) for c in CATEGORIES])  # noqa: E731
    wet = (weather.rain_mm >= RAIN_MM) & ~weather.storm
    phase = 2 * np.pi * (seasons.day_of_year[:, None] / 30.44 - of("peak_month")) / 12
    spread = lambda flag, name: np.where(flag[..., None], of(name), 1.0)  # noqa: E731
    before = 1 + (of("before_spring") - 1) * seasons.before_spring[:, None]
    return [
        ("season", (1 + of("season_swing") * np.cos(phase))[None]),
        ("rain", spread(wet, "rain")),
        ("storm", spread(weather.storm, "storm")),
        ("hot", spread(weather.temperature >= HOT_CELSIUS, "hot")),
        ("cold", spread(weather.temperature <= COLD_CELSIUS, "cold")),
        ("school_season", spread(seasons.school, "school")[None]),
        ("before_spring", before[None]),
        ("during_spring", spread(seasons.during_spring, "during_spring")[None]),
        ("solstice", spread(seasons.solstice, "solstice")[None]),
    ]


def _sku_weights(catalogue: Catalogue, promotions: Promotions, offered: np.ndarray) -> np.ndarray:
    """Layer × day × SKU weights; zero where the SKU is not on offer."""
    gain = np.log(promotions.list_fen / promotions.price_fen)
    drift = np.log(promotions.list_fen / catalogue.price_fen)  # a dearer list price costs demand
    age = np.arange(len(offered))[:, None] - catalogue.launch_day
    fresh = (catalogue.launch_day != ALWAYS) & (age >= 0) & (age < LAUNCH_DAYS)
    weights = np.empty((len(LAYERS), *offered.shape))
    for layer in range(len(LAYERS)):
        base = catalogue.appeal * TIER_PULL[layer, catalogue.tier]
        moved = np.exp(ELASTICITY[layer] * (gain - drift))
        launch = np.where(fresh, LAUNCH_PULL[layer], 1.0)
        weights[layer] = base * moved * launch * offered
    return weights


def effects_truth(
    seasons: Seasons,
    weather: Weather,
    promotions: Promotions,
    catalogue: Catalogue,
    timeline: Timeline,
    region_ids: list[str],
    sku_ids: list[str],
) -> pd.DataFrame:
    """Return level, effect, region_id, target, day, multiplier of every multiplier other than 1.

    Covers the days of the data; seasons are always included. Promotions are those felt by
    price-sensitive users, launches those felt by novelty-seeking users.
    """
    days = timeline.days
    names = [category.zh for category in CATEGORIES]
    parts = []
    for effect, factor in traffic_factors(seasons, weather):
        region, day = np.nonzero(factor[:, :days] != 1)
        parts.append(
            _part("traffic", effect, [region_ids[r] for r in region], "", day, factor[region, day])
        )
    full = (len(region_ids), timeline.all_days, len(CATEGORIES))
    for effect, factor in category_factors(seasons, weather):
        shown = factor if effect == "season" else np.broadcast_to(factor, full)
        region, day, category = np.nonzero(np.abs(shown[:, :days] - 1) > 1e-9)
        where = [""] * len(region) if effect == "season" else [region_ids[r] for r in region]
        targets = [names[c] for c in category]
        parts.append(_part("category", effect, where, targets, day, shown[region, day, category]))
    day, sku = np.nonzero(promotions.row[:days] >= 0)
    gain = np.log(promotions.list_fen / promotions.price_fen)[day, sku]
    felt = np.exp(ELASTICITY[2] * gain)
    parts.append(_part("sku", "promotion", "", [sku_ids[s] for s in sku], day, felt))
    age = np.arange(days)[:, None] - catalogue.launch_day
    day, sku = np.nonzero((catalogue.launch_day != ALWAYS) & (age >= 0) & (age < LAUNCH_DAYS))
    parts.append(_part("sku", "launch", "", [sku_ids[s] for s in sku], day, LAUNCH_PULL[NOVELTY]))
    frame = pd.concat(parts, ignore_index=True)
    frame["day"] = timeline.day64(frame["day"].to_numpy(np.int64)).astype("datetime64[s]")
    return frame


def _part(
    level: str,
    effect: str,
    region: list[str] | str,
    target: list[str] | str,
    day: np.ndarray,
    multiplier: np.ndarray | float,
) -> pd.DataFrame:
    return pd.DataFrame(
        {"day": day, "level": level, "effect": effect, "region_id": region, "target": target,
         "multiplier": multiplier},
    ).astype({"level": "str", "effect": "str", "region_id": "str", "target": "str"})  # fmt: skip
