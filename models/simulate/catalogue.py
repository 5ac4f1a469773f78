"""Draw the SKUs: names, tiers, prices, costs, shelf life, packs, launches; build PRODUCTS.

The last SKU number is a postage line (`is_goods` false): it is sold, but not demanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_contracts.codes.products import SaleUnit
from data_contracts.exports import PRODUCTS
from models.simulate import arrow
from models.simulate.assortment import BRANDS, CATEGORIES, TIER_WORDS
from models.simulate.config import SimulationConfig
from models.simulate.simulated_days import Timeline

ALWAYS = -100_000  # launch day of a SKU that was there before the data
NEVER = 100_000  # delisting day of one that stays
POSTAGE_FEN = 300
_UNSPOKEN = re.compile("优品|基础款|有机棉")
_TIER_PRICE = (0.72, 1.0, 1.75)
_TIER_SHARE = (0.35, 0.43, 0.22)
_LAUNCH_SHARE = 0.14
_DELIST_SHARE = 0.05


@dataclass(frozen=True)
class Catalogue:
    """One entry per SKU, ordered by category. Prices in fen per sale unit, days as day numbers."""

    name: list[str]
    item: list[str]
    subcategory: list[str]
    brand: list[str]
    spec: list[str]
    allergens: list[str]
    category: np.ndarray
    tier: np.ndarray
    is_kg: np.ndarray
    price_fen: np.ndarray
    cost_fen: np.ndarray
    pack: np.ndarray
    shelf_days: np.ndarray
    lead_days: np.ndarray
    appeal: np.ndarray
    launch_day: np.ndarray
    delist_day: np.ndarray
    months: np.ndarray  # SKU × 12, True where offered

    @property
    def size(self) -> int:
        return len(self.name)

    @property
    def spoken(self) -> list[str]:
        """Return items as people call them, without the word for the tier."""
        return [_UNSPOKEN.sub("", item) for item in self.item]

    @property
    def ids(self) -> pa.Array:
        """SKU ids, the postage line last."""
        return arrow.numbered("SKU", np.arange(10_001, 10_002 + self.size), 5)

    @property
    def line_names(self) -> pa.Array:
        return pa.array([*self.name, "运费"])

    @property
    def line_categories(self) -> pa.Array:
        return pa.array([*(CATEGORIES[index].zh for index in self.category), "服务"])

    def mode(self) -> np.ndarray:
        """Fulfilment mode per SKU."""
        return np.array([CATEGORIES[index].mode for index in self.category])

    def starts(self) -> np.ndarray:
        """First SKU of each category, and the end: SKUs are ordered by category."""
        return np.searchsorted(self.category, np.arange(len(CATEGORIES) + 1))


def build_catalogue(
    config: SimulationConfig, timeline: Timeline, rng: np.random.Generator
) -> Catalogue:
    """Draw `config.skus` SKUs, at least one per category."""
    category = np.repeat(np.arange(len(CATEGORIES)), _counts(config.skus))
    rank = np.concatenate([np.arange(count) for count in _counts(config.skus)])
    size = config.skus
    tier = rng.choice(3, size, p=_TIER_SHARE)
    tier[rank == 0] = 1
    low, high = (np.array([c.price_yuan[end] for c in CATEGORIES])[category] for end in (0, 1))
    # a price that ends in 9 tenths, as on any shelf
    yuan = (low + (high - low) * rng.beta(1.4, 2.2, size)) * np.array(_TIER_PRICE)[tier]
    price_fen = np.maximum(np.round(yuan).astype(np.int64) * 100 - 10, 90)
    kg_share = np.array([c.kg_share for c in CATEGORIES])[category]
    ratio = np.array([c.cost_ratio for c in CATEGORIES])[category] * rng.uniform(0.9, 1.1, size)
    named = [_name(int(c), int(r), int(t)) for c, r, t in zip(category, rank, tier, strict=True)]
    is_kg = rng.random(size) < kg_share
    launch = np.where(
        rng.random(size) < _LAUNCH_SHARE, rng.integers(10, timeline.days, size), ALWAYS
    )
    delist = np.where(
        (rng.random(size) < _DELIST_SHARE) & (launch == ALWAYS),
        rng.integers(timeline.days // 2, timeline.days, size),
        NEVER,
    )
    months = np.array([_months(months) for *_, months in named])
    # The first of a category always stays, so that no category is ever empty.
    first = rank == 0
    launch[first], delist[first], months[first] = ALWAYS, NEVER, True
    return Catalogue(
        name=_distinct([_label(row, kg) for row, kg in zip(named, is_kg, strict=True)]),
        item=[row[1] for row in named],
        subcategory=[row[2] for row in named],
        brand=[row[0] for row in named],
        spec=["散称" if kg else row[3] for row, kg in zip(named, is_kg, strict=True)],
        allergens=[row[4] for row in named],
        category=category,
        tier=tier,
        is_kg=is_kg,
        price_fen=price_fen,
        cost_fen=np.round(price_fen * ratio).astype(np.int64),
        pack=np.array([c.pack for c in CATEGORIES])[category] * rng.choice((1, 1, 2), size),
        shelf_days=np.array([c.shelf_days for c in CATEGORIES])[category],
        lead_days=np.array([c.lead_days for c in CATEGORIES])[category],
        appeal=rng.lognormal(0.0, 0.7, size),
        launch_day=launch,
        delist_day=delist,
        months=months,
    )


def _counts(skus: int) -> np.ndarray:
    """Allocate SKUs to categories by largest remainder, at least one each."""
    share = np.array([c.share for c in CATEGORIES])
    free = skus - len(CATEGORIES)
    exact = share / share.sum() * free
    counts = np.floor(exact).astype(int)
    for index in np.argsort(-(exact - counts), kind="stable")[: free - counts.sum()]:
        counts[index] += 1
    return counts + 1


def _name(category: int, rank: int, tier: int) -> tuple[str, str, str, str, str, str]:
    """Return (brand, item, sub-category, spec, allergens, months) of the `rank`-th SKU of a
    category.
    """
    data = CATEGORIES[category]
    item, sub, months, allergens = data.items[rank % len(data.items)]
    brands = BRANDS[tier]
    brand = brands[(rank // len(data.items) + category + rank) % len(brands)]
    spec = data.specs[(rank // len(data.items)) % len(data.specs)]
    if category_is_nappy(item):
        item = ("基础款纸尿裤", "纸尿裤", "有机棉纸尿裤")[tier]
    else:
        item = TIER_WORDS[tier] + item
    return brand, item, sub, spec, allergens, months


def category_is_nappy(item: str) -> bool:
    """Return whether the category is nappies, which name their tier in their own words."""
    return item == "纸尿裤"


def _label(row: tuple[str, str, str, str, str, str], is_kg: bool) -> str:
    brand, item, _, spec, _, _ = row
    return f"{brand} {item} {'散称' if is_kg else spec}"


def _distinct(names: list[str]) -> list[str]:
    """Make names distinct by a count behind every repetition."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} {seen[name]}号")
    return result


def _months(text: str) -> list[bool]:
    """Convert `11-3` to twelve flags, January first; an empty text means all year."""
    if not text:
        return [True] * 12
    first, last = (int(part) for part in text.split("-"))
    inside = range(first, last + 1) if first <= last else (*range(first, 13), *range(1, last + 1))
    return [month in inside for month in range(1, 13)]


def offered(catalogue: Catalogue, timeline: Timeline) -> np.ndarray:
    """All days × SKU: True where the SKU is on offer."""
    day = np.arange(timeline.all_days)[:, None]
    months = np.array([date.month - 1 for date in timeline.dates()])
    inside = (day >= catalogue.launch_day) & (day <= catalogue.delist_day)
    return inside & catalogue.months[:, months].T


def products_export(
    catalogue: Catalogue, timeline: Timeline, last_price_fen: np.ndarray
) -> pa.Table:
    """Build PRODUCTS, with the list price of the last day."""
    end = catalogue.size
    goods = np.arange(end + 1) < end
    padded = lambda values, fill: np.append(values, fill)  # noqa: E731
    launch = padded(catalogue.launch_day, ALWAYS)
    delist = padded(catalogue.delist_day, NEVER)
    categories = [CATEGORIES[index] for index in catalogue.category]
    kg, piece = SaleUnit.KILOGRAM.value, SaleUnit.PIECE.value
    return arrow.table_of(
        PRODUCTS,
        {
            "sku_id": catalogue.ids,
            "sku_name": catalogue.line_names,
            "category": catalogue.line_categories,
            "subcategory": pa.array([*catalogue.subcategory, None]),
            "brand": pa.array([*catalogue.brand, None]),
            "sale_unit": pa.array([*(kg if is_kg else piece for is_kg in catalogue.is_kg), None]),
            "pack_size_units": arrow.reals(padded(catalogue.pack, 1), ~goods),
            "list_price_yuan": arrow.yuan(padded(last_price_fen, POSTAGE_FEN)),
            "cost_yuan": arrow.yuan(padded(catalogue.cost_fen, 0), ~goods),
            "shelf_life_days": arrow.integers(padded(catalogue.shelf_days, 0), ~goods),
            "fulfilment_mode": pa.array([*(c.mode for c in categories), None]),
            "supplier_id": arrow.numbered(
                "SUP", padded(catalogue.category * 3 + catalogue.tier, -1), 3
            ),
            "lead_time_days": arrow.integers(padded(catalogue.lead_days, 0), ~goods),
            "is_goods": arrow.flags(goods),
            "allergens": pa.array([*(text or None for text in catalogue.allergens), None]),
            "storage": pa.array([*(c.storage for c in categories), None]),
            "launched_on": arrow.days(
                timeline, np.where(launch == ALWAYS, 0, launch), launch == ALWAYS
            ),
            "delisted_on": arrow.days(
                timeline, np.where(delist == NEVER, 0, delist), delist == NEVER
            ),
        },
    )
