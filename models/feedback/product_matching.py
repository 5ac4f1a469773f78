"""Match users' words with the product catalogue.

Contains colloquial product names and the match. Not here: extraction of the words
(`wish_extraction`). A word matches a product whose name ends in it: in Chinese the last word names
the kind, so 榴莲 does not match 榴莲千层, and the wish 无糖酸奶 does not match 酸奶.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

import pandas as pd

from data_contracts.codes.feedback import WishMatch
from models.feedback.normalise import normalise_text
from models.params.feedback import WishParams

_LEAST_NAME: Final = 2
_SPEC: Final = re.compile(
    r"[\d.]+\s*(?:kg|g|ml|l|斤|克|千克|公斤|升|毫升|包|片|支|只|个|袋|盒|瓶|罐|枚|连包|抽|卷|提|箱|件|粒|条|"
    r"码)?(?:[×x*]\d+)?|散称|[lmsx]+码|[()（）【】\[\]/]"
)
_KIND: Final = re.compile("^(?:优品|基础款|精选|特级|新款|优选)+")


def spoken_product_name(sku_name: str, brand: str | None) -> str:
    """Return the colloquial name of a product: without brand, grade and pack size.

    >>> spoken_product_name("田间集 优品红富士苹果 1kg", "田间集")
    '红富士苹果'
    """
    plain = normalise_text(sku_name)
    if brand:
        plain = plain.replace(normalise_text(brand), " ")
    words = [_KIND.sub("", word) for word in _SPEC.sub(" ", plain).split()]
    return "".join(word for word in words if word)


def match_products(
    things: list[str], products: pd.DataFrame, params: WishParams | None = None
) -> pd.DataFrame:
    """Match wishes with products: wish, wish_match, sku_id, sku_name, matched_skus.

    `products`: sku_id, sku_name, brand, is_on_offer; one row per SKU known at as_of. Of several
    SKUs the one with the shortest name wins, then the smallest id. A delisted product is named only
    if no product on offer matches.
    """
    params = params or WishParams()
    named = products.dropna(subset=["sku_name"]).sort_values("sku_id")
    spoken = spoken_product_names(named)
    shelf = list(zip(named["sku_id"], named["sku_name"], spoken, named["is_on_offer"], strict=True))
    pieces = [_pairs(name) for name in spoken]
    rows = []
    for thing in things:
        wanted = _pairs(thing)
        close = []
        for (sku_id, sku_name, name, on_offer), pairs in zip(shelf, pieces, strict=True):
            likeness = _likeness(thing, name, wanted, pairs, params.min_likeness)
            if likeness > 0:
                close.append((not on_offer, -likeness, len(name), sku_id, sku_name))
        best = min(close, default=None)
        on_shelf = [one for one in close if not one[0]]
        match = WishMatch.NOT_CARRIED
        if best is not None:
            match = WishMatch.DELISTED if best[0] else WishMatch.CARRIED
        rows.append(
            {
                "wish": thing,
                "wish_match": match.value,
                "sku_id": best[3] if best else None,
                "sku_name": best[4] if best else None,
                "matched_skus": len(on_shelf),
            }
        )
    columns = ["wish", "wish_match", "sku_id", "sku_name", "matched_skus"]
    return pd.DataFrame(rows, columns=columns)


def product_named_by_text(texts: pd.Series, products: pd.DataFrame) -> pd.Series:
    """sku_id of the product each normalised text names; missing: none, or names several share.

    The longest name wins, so that 红富士苹果 is not taken for 苹果; a name of one character says
    nothing.
    """
    skus_of_name: dict[str, set[str]] = {}
    for sku, spoken in zip(products["sku_id"], spoken_product_names(products), strict=True):
        if len(spoken) >= _LEAST_NAME:
            skus_of_name.setdefault(spoken, set()).add(str(sku))
    named = pd.Series(None, index=texts.index, dtype="object", name="sku_id")
    if not skus_of_name:
        return named
    by_start: dict[str, list[str]] = {}
    for name in sorted(skus_of_name, key=len, reverse=True):
        by_start.setdefault(name[:_LEAST_NAME], []).append(name)
    sku_of: dict[str, str | None] = {}
    for text in texts.unique().tolist():
        said = _names_in(text, by_start)
        skus = skus_of_name[said.pop()] if len(said) == 1 else set()
        sku_of[text] = next(iter(skus)) if len(skus) == 1 else None
    return texts.map(sku_of).astype("object").rename("sku_id")


def _names_in(text: str, by_start: dict[str, list[str]]) -> set[str]:
    """Names said in a text, from the left, the longest first, none within another.

    What an alternation of all names would find, in a tenth of its seconds for 3,000 of them.
    `by_start`: names by their first two characters, the longest first.
    """
    said: set[str] = set()
    free = 0
    places = range(len(text) - _LEAST_NAME + 1)
    for at in [place for place in places if text[place : place + _LEAST_NAME] in by_start]:
        if at < free:
            continue
        for name in by_start[text[at : at + _LEAST_NAME]]:
            if text.startswith(name, at):
                said.add(name)
                free = at + len(name)
                break
    return said


def spoken_product_names(products: pd.DataFrame) -> list[str]:
    """`spoken_product_name` of each row (sku_name, brand); empty for a product without a name."""
    return [
        spoken_product_name(str(name), None if pd.isna(brand) else str(brand))
        if pd.notna(name)
        else ""
        for name, brand in zip(products["sku_name"], products["brand"], strict=True)
    ]


def _likeness(
    thing: str, name: str, wanted: frozenset[str], pairs: frozenset[str], least: float
) -> float:
    """1: the name ends in the thing; above 0: as good as, but for a slip of one sign; 0: another.

    A slip costs two pairs, so that at `least` 0.6 it is forgiven from six characters on, where the
    last one is the same: in shorter names one character separates beef from mutton.
    """
    if not name:
        return 0.0
    if name.endswith(thing):
        return 1.0
    if len(name) < len(thing) or name[-1] != thing[-1]:
        return 0.0
    share = len(wanted & pairs) / len(wanted)
    return share if share >= least else 0.0


def _pairs(name: str) -> frozenset[str]:
    return frozenset(a + b for a, b in pairwise(name))
