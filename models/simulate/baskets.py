"""Draw the lines of orders: SKUs and quantities. This is true demand, before any shortage.

The number of lines follows the category multipliers: a factor of 2 on a category doubles its
wanted lines instead of only shifting shares.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from models.simulate.assortment import CATEGORIES
from models.simulate.catalogue import Catalogue
from models.simulate.effects import Effects
from models.simulate.neighbourhoods import Communities
from models.simulate.promotions import Promotions
from models.simulate.rhythm import Orders
from models.simulate.users import ALLERGENS, Users

MILLI = 1000  # quantities are whole thousandths of a sale unit
_REPEAT_SHARE = np.array((0.45, 0.70, 0.30, 0.08))  # lines that are the user's usual SKU, by layer
_CHUNK = 200_000
_PERISHABLE = np.array([category.shelf_days <= 15 for category in CATEGORIES])


@dataclass(frozen=True)
class Lines:
    """One entry per line, in order of time. `order` points into the orders; `promotion` is -1 for
    none; prices are fen per sale unit."""

    order: np.ndarray
    user: np.ndarray
    day: np.ndarray
    second: np.ndarray
    sku: np.ndarray
    milli: np.ndarray
    list_fen: np.ndarray
    price_fen: np.ndarray
    promotion: np.ndarray

    @property
    def size(self) -> int:
        return len(self.order)

    def take(self, chosen: np.ndarray) -> Lines:
        return Lines(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def usual_skus(
    users: Users, catalogue: Catalogue, effects: Effects, rng: np.random.Generator
) -> np.ndarray:
    """Draw each user's regular SKU per category from those on offer on day 0; user × category."""
    user = np.repeat(np.arange(users.size), len(CATEGORIES))
    category = np.tile(np.arange(len(CATEGORIES)), users.size)
    day = np.zeros(len(user), np.int64)
    chosen = _draw_sku(effects, catalogue, users.layer[user], day, category, rng)
    return chosen.reshape(users.size, -1)


def draw_baskets(
    orders: Orders,
    users: Users,
    communities: Communities,
    catalogue: Catalogue,
    promotions: Promotions,
    effects: Effects,
    offered: np.ndarray,
    usual: np.ndarray,
    before_spring: np.ndarray,
    lines_per_order: float,
    rng: np.random.Generator,
) -> Lines:
    """Draw the lines of `orders`, which must be in order of time; one line per order and SKU."""
    layer = users.layer_on(orders.user, orders.day)
    order, category = _categories(orders, layer, users, communities, effects, lines_per_order, rng)
    day, user, line_layer = orders.day[order], orders.user[order], layer[order]
    sku = _draw_sku(effects, catalogue, line_layer, day, category, rng)
    own = usual[user, category]
    flipped = day >= users.flip_day[user]
    keeps = (rng.random(len(order)) < _REPEAT_SHARE[line_layer]) & offered[day, own] & ~flipped
    sku = np.where(keeps, own, sku)
    sku = _avoid_allergens(sku, user, day, line_layer, users, catalogue, effects, rng)
    milli = _quantities(sku, day, catalogue, promotions, before_spring, rng)
    key, where = np.unique(order * catalogue.size + sku, return_inverse=True)
    total = np.bincount(where, milli).astype(np.int64)
    order, sku = key // catalogue.size, key % catalogue.size
    day = orders.day[order]
    return Lines(
        order=order,
        user=orders.user[order],
        day=day,
        second=orders.second[order],
        sku=sku,
        milli=total,
        list_fen=promotions.list_fen[day, sku],
        price_fen=promotions.price_fen[day, sku],
        promotion=promotions.row[day, sku],
    )


def _categories(
    orders: Orders,
    layer: np.ndarray,
    users: Users,
    communities: Communities,
    effects: Effects,
    lines_per_order: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw (order, category) of every wanted line."""
    region = communities.region[users.community]
    order_parts, category_parts = [], []
    for first in range(0, orders.size, _CHUNK):
        part = slice(first, min(first + _CHUNK, orders.size))
        user, day = orders.user[part], orders.day[part]
        weight = users.taste[user] * effects.category[region[user], day]
        weight *= effects.pull[layer[part], day]
        summed = np.cumsum(weight, axis=1)
        wanted = summed[:, -1]
        count = 1 + rng.poisson(np.maximum(lines_per_order * wanted - 1, 0.05))
        row = np.repeat(np.arange(len(user)), np.minimum(count, 30))
        target = rng.random(len(row)) * wanted[row]
        order_parts.append(row + first)
        category_parts.append((summed[row] <= target[:, None]).sum(axis=1))
    if not order_parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(order_parts), np.concatenate(category_parts)


def _draw_sku(
    effects: Effects,
    catalogue: Catalogue,
    layer: np.ndarray,
    day: np.ndarray,
    category: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw a SKU of each category by the weights of layer and day: one search in one cumulative
    sum.
    """
    starts = catalogue.starts()
    running = np.concatenate([[0.0], np.cumsum(effects.sku.ravel())])
    row = (layer.astype(np.int64) * effects.sku.shape[1] + day) * catalogue.size
    low, high = running[row + starts[category]], running[row + starts[category + 1]]
    # below the category's end even after rounding, so that the SKU found is one on offer
    target = np.minimum(low + rng.random(len(row)) * (high - low), np.nextafter(high, 0))
    cell = np.searchsorted(running, target, side="right") - 1
    return cell - row


def _avoid_allergens(
    sku: np.ndarray,
    user: np.ndarray,
    day: np.ndarray,
    layer: np.ndarray,
    users: Users,
    catalogue: Catalogue,
    effects: Effects,
    rng: np.random.Generator,
) -> np.ndarray:
    """Replace lines that contain the user's allergens by a vegetable."""
    holds = np.array(
        [[name in text.split("|") for name in ALLERGENS] for text in catalogue.allergens]
    )
    clash = (users.allergen[user] >= 0) & holds[sku, users.allergen[user]]
    where = np.nonzero(clash)[0]
    vegetables = np.zeros(len(where), np.int64)
    result = sku.copy()
    result[where] = _draw_sku(effects, catalogue, layer[where], day[where], vegetables, rng)
    return result


def _quantities(
    sku: np.ndarray,
    day: np.ndarray,
    catalogue: Catalogue,
    promotions: Promotions,
    before_spring: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw thousandths of a sale unit: mostly one or two pieces, or a weight as on a scale.

    More during a promotion, and more storable goods before the Spring Festival.
    """
    size = len(sku)
    keeps = ~_PERISHABLE[catalogue.category[sku]]
    mean_extra = 0.28 * np.where(promotions.row[day, sku] >= 0, 1.6, 1.0)
    mean_extra = mean_extra * (1 + 1.5 * before_spring[day] * keeps)
    pieces = 1 + rng.poisson(mean_extra)
    kilograms = np.clip(rng.lognormal(-0.1, 0.45, size), 0.15, 8.0)
    grams = np.round(kilograms * MILLI).astype(np.int64)
    # every other scale shows two decimals
    weighed = np.where(sku % 2 == 0, grams // 10 * 10, grams)
    return np.where(catalogue.is_kg[sku], weighed, pieces * MILLI).astype(np.int64)


def expected_daily_units(users: Users, catalogue: Catalogue, lines_per_order: float) -> np.ndarray:
    """Estimate units per day and SKU on the platform, to size capped activities."""
    lines = users.rate.sum() * 0.6 * lines_per_order
    share = np.array([c.share for c in CATEGORIES])[catalogue.category]
    within = (
        catalogue.appeal / np.bincount(catalogue.category, catalogue.appeal)[catalogue.category]
    )
    return lines * share * within * 1.3
