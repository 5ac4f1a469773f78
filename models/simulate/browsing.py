"""Simulate views, searches, favourites and carts; build the BROWSE export.

Events precede wanted lines (bought or sold out), so browsing predicts purchases. In addition there
is latent interest (a long look, no purchase), abandoned carts, and new searches of the flipped
cohort two weeks before its new purchases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_contracts.codes.browse import BrowseAction
from data_contracts.exports import BROWSE
from models.simulate import arrow
from models.simulate.assortment import CATEGORIES, WISHES
from models.simulate.baskets import Lines
from models.simulate.catalogue import Catalogue
from models.simulate.events import SEARCH_LEAD_DAYS
from models.simulate.neighbourhoods import Communities
from models.simulate.simulated_days import DAY_SECONDS, Timeline
from models.simulate.users import PRICE, QUALITY, Users

LATENT_SECONDS = 120  # a look longer than this without a purchase is latent interest
_LIST, _DETAIL, _SEARCH, _FAVOURITE, _ADD, _REMOVE, _SHARE = range(len(BrowseAction.values()))
_BEFORE_LINE = ((_DETAIL, 0.50, 0, 1800), (_ADD, 0.28, 0, 600), (_FAVOURITE, 0.02, 0, 1800),
                (_DETAIL, 0.06, 6 * 3600, 5 * DAY_SECONDS), (_SHARE, 0.006, 0, 900))  # fmt: skip
_LIST_SHARE, _SEARCH_SHARE, _WISH_SHARE, _LATENT_SHARE, _LEFT_CART_SHARE = (
    0.45,
    0.22,
    0.015,
    0.10,
    0.05,
)
_QUALITY_WORDS = ("有机", "进口", "优品", "高端")
_PRICE_WORDS = ("便宜", "特价", "实惠")
_PHRASES = ("{}", "{}推荐", "新鲜{}", "{}团购")


@dataclass(frozen=True)
class _Events:
    """One entry per event; `sku` and `text` are -1 without a value, `dwell` NaN."""

    user: np.ndarray
    second: np.ndarray
    action: np.ndarray
    sku: np.ndarray
    text: np.ndarray
    dwell: np.ndarray


def browse_export(
    lines: Lines,
    users: Users,
    communities: Communities,
    catalogue: Catalogue,
    offered: np.ndarray,
    timeline: Timeline,
    rng: np.random.Generator,
) -> pa.Table:
    """Build BROWSE in order of time, without walk-in buyers. `lines` are the wanted ones."""
    of_users = lines.take(lines.user < users.real)
    first = np.ones(of_users.size, bool)
    first[1:] = of_users.order[1:] != of_users.order[:-1]
    heads = of_users.take(first)
    texts = _search_texts(catalogue)
    parts = [_before_lines(of_users, share, rng) for share in _BEFORE_LINE]
    parts += [_lists(heads, rng), _searches(heads, users, catalogue, rng)]
    parts += [_wishes(heads, catalogue, rng), *_interest(heads, catalogue, offered, rng)]
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in _Events.__annotations__
    }
    earliest = np.maximum(users.registered_second[joined["user"]], 0)
    inside = (joined["second"] >= earliest) & (joined["second"] < timeline.end_second)
    order = np.nonzero(inside)[0]
    order = order[np.argsort(joined["second"][order], kind="stable")]
    events = _Events(**{name: values[order] for name, values in joined.items()})
    return arrow.table_of(
        BROWSE,
        {
            "event_id": arrow.numbered("E", np.arange(1, len(order) + 1), 10),
            "user_id": users.user_ids(events.user),
            "occurred_at": arrow.moments(timeline, events.second),
            "action": arrow.pick(BrowseAction.values(), events.action),
            "sku_id": arrow.pick(catalogue.ids, events.sku),
            "search_text": arrow.pick(texts, events.text),
            "dwell_seconds": arrow.reals(events.dwell, np.isnan(events.dwell)),
            "community_id": arrow.pick(communities.ids, users.community[events.user]),
        },
    )


def _events(
    source: Lines,
    action: int,
    ago: np.ndarray,
    *,
    sku: np.ndarray | None = None,
    text: np.ndarray | None = None,
    dwell: np.ndarray | None = None,
) -> _Events:
    none = np.full(source.size, -1)
    return _Events(
        user=source.user,
        second=source.second - ago,
        action=np.full(source.size, action),
        sku=none if sku is None else sku,
        text=none if text is None else text,
        dwell=np.full(source.size, np.nan) if dwell is None else dwell,
    )  # fmt: skip


def _dwell(size: int, median_seconds: float, rng: np.random.Generator) -> np.ndarray:
    return np.round(np.minimum(rng.lognormal(np.log(median_seconds), 0.8, size), 1800), 1)


def _before_lines(
    lines: Lines, trace: tuple[int, float, int, int], rng: np.random.Generator
) -> _Events:
    """Draw one kind of event before a share of the lines, a number of seconds ahead."""
    action, share, least, most = trace
    chosen = lines.take(rng.random(lines.size) < share)
    ago = least + (rng.random(chosen.size) ** 2 * (most - least)).astype(np.int64) + 5
    dwell = _dwell(chosen.size, 28, rng) if action == _DETAIL else None
    return _events(chosen, action, ago, sku=chosen.sku, dwell=dwell)


def _lists(heads: Lines, rng: np.random.Generator) -> _Events:
    chosen = heads.take(rng.random(heads.size) < _LIST_SHARE)
    ago = rng.integers(600, 2400, chosen.size)
    return _events(chosen, _LIST, ago, dwell=_dwell(chosen.size, 20, rng))


def _search_texts(catalogue: Catalogue) -> list[str]:
    """List every search text: per SKU its plain, quality and price forms, then the wishes."""
    texts = []
    for plain in catalogue.spoken:
        texts += [phrase.format(plain) for phrase in _PHRASES]
        texts += [
            ("有机棉" if "纸尿裤" in plain and word == "有机" else word) + plain
            for word in _QUALITY_WORDS
        ]
        texts += [word + plain for word in _PRICE_WORDS]
    return [*texts, *WISHES, *(f"有没有{wish}" for wish in WISHES)]


def _searches(
    heads: Lines, users: Users, catalogue: Catalogue, rng: np.random.Generator
) -> _Events:
    """Draw searches before an order: for the item bought, in the words of the user's layer."""
    flipping = heads.day >= users.flip_day[heads.user] - SEARCH_LEAD_DAYS
    share = np.where(flipping, 0.85, _SEARCH_SHARE)
    chosen_rows = rng.random(heads.size) < share
    chosen, flipping = heads.take(chosen_rows), flipping[chosen_rows]
    layer = users.layer_on(chosen.user, chosen.day)
    lot = rng.random(chosen.size)
    per_sku = len(_PHRASES) + len(_QUALITY_WORDS) + len(_PRICE_WORDS)
    plain = rng.integers(0, len(_PHRASES), chosen.size)
    quality = len(_PHRASES) + rng.integers(0, len(_QUALITY_WORDS), chosen.size)
    price = len(_PHRASES) + len(_QUALITY_WORDS) + rng.integers(0, len(_PRICE_WORDS), chosen.size)
    wants_quality = lot < np.where(flipping, 0.65, np.where(layer == QUALITY, 0.4, 0.0))
    wants_price = (layer == PRICE) & (lot < 0.35) & ~flipping
    form = np.where(wants_quality, quality, np.where(wants_price, price, plain))
    # half of what the flipping cohort searches for are better nappies
    nappies = np.nonzero([CATEGORIES[c].zh == "母婴" for c in catalogue.category])[0][0]
    sku = np.where(flipping & (rng.random(chosen.size) < 0.5), nappies, chosen.sku)
    ago = rng.integers(60, 2400, chosen.size)
    return _events(chosen, _SEARCH, ago, text=sku * per_sku + form)


def _wishes(heads: Lines, catalogue: Catalogue, rng: np.random.Generator) -> _Events:
    """Draw searches for products that are not sold."""
    chosen = heads.take(rng.random(heads.size) < _WISH_SHARE)
    per_sku = len(_PHRASES) + len(_QUALITY_WORDS) + len(_PRICE_WORDS)
    text = catalogue.size * per_sku + rng.integers(0, 2 * len(WISHES), chosen.size)
    return _events(chosen, _SEARCH, rng.integers(60, 6 * 3600, chosen.size), text=text)


def _interest(
    heads: Lines, catalogue: Catalogue, offered: np.ndarray, rng: np.random.Generator
) -> list[_Events]:
    """Draw long looks at another SKU of the bought category, and abandoned carts (some emptied)."""
    events = []
    for share, action in ((_LATENT_SHARE, _DETAIL), (_LEFT_CART_SHARE, _ADD)):
        chosen = heads.take(rng.random(heads.size) < share)
        starts = catalogue.starts()
        category = catalogue.category[chosen.sku]
        width = starts[category + 1] - starts[category]
        sku = starts[category] + (rng.random(chosen.size) * width).astype(np.int64)
        ago = rng.integers(600, 20 * 3600, chosen.size)
        seen_day = np.maximum((chosen.second - ago) // DAY_SECONDS, 0)
        usable = (sku != chosen.sku) & offered[seen_day, sku]
        chosen, sku, ago = chosen.take(usable), sku[usable], ago[usable]
        dwell = None
        if action == _DETAIL:
            dwell = np.round(LATENT_SECONDS + 1 + rng.exponential(80, chosen.size), 1)
        events.append(_events(chosen, action, ago, sku=sku, dwell=dwell))
        if action == _ADD:
            emptied = rng.random(chosen.size) < 0.3
            later = np.maximum(ago[emptied] - rng.integers(60, 500, int(emptied.sum())), 30)
            events.append(_events(chosen.take(emptied), _REMOVE, later, sku=sku[emptied]))
    return events
