"""Write starred reviews from phrases; feelings follow the stars and the delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.simulate import phrases
from models.simulate.assortment import FOOD
from models.simulate.catalogue import Catalogue
from models.simulate.generated_lines import Sales
from models.simulate.simulated_days import Timeline

GOOD, PLAIN, BAD, NO_FEELING = 1, 0, -1, 9
_REVIEW_SHARE, _REVIEW_SHARE_STRUCK = 0.08, 0.35
_STARS = (0.02, 0.04, 0.08, 0.20, 0.66)  # one to five, when nothing went wrong
_STARS_STRUCK = (0.48, 0.34, 0.18, 0.0, 0.0)
_FOOD_ASPECTS = (0.36, 0.0, 0.14, 0.13, 0.12, 0.15, 0.10)
_OTHER_ASPECTS = (0.0, 0.42, 0.16, 0.14, 0.12, 0.16, 0.0)
_ISSUE_ASPECT = np.array(  # none, late, damaged, short, wrong item, lost
    (0, phrases.DELIVERY, phrases.PACKAGING, phrases.WEIGHT, phrases.SERVICE, phrases.DELIVERY)
)
_TYPO_SHARE = 0.03
_MIXED_SHARE = 0.15


@dataclass(frozen=True)
class Messages:
    """One entry per message.

    -1 is no user, community, sku, order or aspect; 0 is no stars. `kind`, `channel` and `role` are
    texts.
    """

    second: np.ndarray
    channel: np.ndarray
    role: np.ndarray
    user: np.ndarray
    community: np.ndarray
    sku: np.ndarray
    order_number: np.ndarray
    text: np.ndarray
    stars: np.ndarray
    kind: np.ndarray
    feeling: np.ndarray
    aspect: np.ndarray

    @classmethod
    def of(cls, size: int, **given: Any) -> Messages:
        """Build messages of `size` rows; a scalar fills its column, a missing column is empty."""
        none: dict[str, Any] = {
            "user": -1, "community": -1, "sku": -1, "order_number": -1, "stars": 0,
            "feeling": NO_FEELING, "aspect": -1, "role": "user",
        }  # fmt: skip
        columns = {}
        for name in cls.__annotations__:
            value: Any = given.get(name, none.get(name))
            scalar = np.ndim(value) == 0
            kind = object if isinstance(value, str) else None
            columns[name] = np.full(size, value, kind) if scalar else np.asarray(value)
        return cls(**columns)


def concatenate_messages(parts: list[Messages]) -> Messages:
    return Messages(
        **{
            n: np.concatenate([getattr(part, n) for part in parts])
            for n in Messages.__annotations__
        }
    )


def some(pool: tuple[str, ...], size: int, rng: np.random.Generator) -> np.ndarray:
    """Texts drawn from a pool, as an object array that can be added to."""
    return np.array(pool, object)[rng.integers(0, len(pool), size)]


def fill_templates(forms: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Replace `{}` in the forms by the name."""
    pairs = zip(forms.tolist(), names.tolist(), strict=True)
    return np.array([form.replace("{}", name) for form, name in pairs], object)


def with_typos(text: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Replace a few texts by hurried spellings."""
    result = text.copy()
    for row in np.nonzero(rng.random(len(text)) < _TYPO_SHARE)[0]:
        right, wrong = phrases.TYPOS[int(rng.integers(0, len(phrases.TYPOS)))]
        result[row] = result[row].replace(right, wrong)
    return result


def sentences(
    feeling: np.ndarray, aspect: np.ndarray, item: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Sentences of a feeling about an aspect: opener, item, one or two clauses, closer, emoji."""
    size = len(feeling)
    text = np.full(size, "", object)
    for mood, clauses, closers, emoji in (
        (GOOD, phrases.GOOD, phrases.GOOD_CLOSERS, phrases.GOOD_EMOJI),
        (BAD, phrases.BAD, phrases.BAD_CLOSERS, phrases.BAD_EMOJI),
    ):
        for number in range(len(phrases.ASPECTS)):
            rows = np.nonzero((feeling == mood) & (aspect == number))[0]
            count = len(rows)
            first, second = some(clauses[number], count, rng), some(clauses[number], count, rng)
            more = np.where((rng.random(count) < 0.35) & (first != second), "，" + second, "")
            text[rows] = first + more + some(closers, count, rng) + some(emoji, count, rng)
    # people rarely write in one colour: praise with a but, anger with a concession
    mixed = rng.random(size) < _MIXED_SHARE
    good, bad = np.nonzero(mixed & (feeling == GOOD))[0], np.nonzero(mixed & (feeling == BAD))[0]
    text[good] = text[good] + some(phrases.MILD, len(good), rng)
    text[bad] = some(phrases.CONCESSIONS, len(bad), rng) + text[bad]
    rows = np.nonzero(feeling == PLAIN)[0]
    text[rows] = some(phrases.PLAIN, len(rows), rng) + some(phrases.PLAIN_CLOSERS, len(rows), rng)
    plainly = ~(mixed & (feeling == BAD))
    openers = np.where(plainly, some(phrases.OPENERS, size, rng), "")
    names = np.where(plainly & (rng.random(size) < 0.4), item, "")
    return with_typos(openers + names + text, rng)


def reviews(
    sales: Sales, catalogue: Catalogue, timeline: Timeline, rng: np.random.Generator
) -> Messages:
    """Reviews of lines that were picked up, written some hours later."""
    lines, orders = sales.lines, sales.orders
    wait = rng.exponential(20 * 3600, lines.size).astype(np.int64) + 1800
    second = orders.picked_up[lines.order] + wait
    issue = orders.issue[lines.order]
    struck = sales.affected | (issue == 1)  # a late truck is late for every line
    share = np.where(struck, _REVIEW_SHARE_STRUCK, _REVIEW_SHARE)
    able = (sales.cancelled_milli == 0) & (lines.sku < catalogue.size) & (issue != 5)
    able &= orders.ships[lines.order] & (second < timeline.end_second)
    rows = np.nonzero(able & (rng.random(lines.size) < share))[0]
    size = len(rows)
    sku, order, struck = lines.sku[rows], lines.order[rows], struck[rows]
    stars = np.where(
        struck, rng.choice(5, size, p=_STARS_STRUCK), rng.choice(5, size, p=_STARS)
    ) + 1  # fmt: skip
    feeling = np.where(stars >= 4, GOOD, np.where(stars == 3, PLAIN, BAD))
    food = np.array(FOOD)[catalogue.category[sku]]
    aspect = np.where(
        food, rng.choice(7, size, p=_FOOD_ASPECTS), rng.choice(7, size, p=_OTHER_ASPECTS)
    )
    aspect = np.where(struck, _ISSUE_ASPECT[issue[rows]], aspect)
    item = np.array(catalogue.spoken, object)[sku]
    return Messages.of(
        size, second=second[rows], channel="review", user=lines.user[rows],
        community=orders.community[order], sku=sku, order_number=orders.order_number[order],
        text=sentences(feeling, aspect, item, rng), stars=stars, kind="review", feeling=feeling,
        aspect=np.where(feeling == PLAIN, -1, aspect),
    )  # fmt: skip
