"""Layer labels: assign a user to one of four kinds of buyer, from figures of the profile.

Contains scores, the winning layer, its confidence and the sentence that explains it. Not here: the
figures (`assets/profiles`), weights and thresholds (`models/params/layers.py`), hysteresis.

Each figure becomes a percent rank among the users of the platform who have enough order lines: 0
the lowest, 1 the highest. So no threshold is in yuan or days, and a cheap platform has quality
seekers too. The ranks are interpolated in `thresholds`, which may be of an earlier day, so that a
user's rank does not change when only others act.

- quality_seeking: expensive within the category, few discounts, large baskets
- efficiency_first: regular purchase intervals, the same products, the same hour, few categories
- price_sensitive: many discounts, cheap within the category
- novelty_seeking: new products, many categories, little repeated, many searches

Searches and wishes with words of quality, price or novelty then shift the scores, because people
search before they buy: the words of the last 30 days change a label before the purchases do.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data_contracts.codes.labels import Layer, ThreeLayer
from models.params.layers import LayerParams, Trait

THREE_LAYERS: dict[Layer, ThreeLayer] = {
    Layer.QUALITY_SEEKING: ThreeLayer.QUALITY,
    Layer.EFFICIENCY_FIRST: ThreeLayer.EXPERIENCE,
    Layer.NOVELTY_SEEKING: ThreeLayer.EXPERIENCE,
    Layer.PRICE_SENSITIVE: ThreeLayer.PRICE,
    Layer.MIXED: ThreeLayer.MIXED,
    Layer.UNKNOWN: ThreeLayer.UNKNOWN,
}

# those without a score: no layer has the best one, or too little is known
_WITHOUT_SCORE = (Layer.MIXED, Layer.UNKNOWN)
LAYERS: tuple[Layer, ...] = tuple(layer for layer in THREE_LAYERS if layer not in _WITHOUT_SCORE)

# Searches and messages whose words ask for a layer, and the layer they speak against.
INTENTS: dict[Layer, tuple[str, str]] = {
    Layer.QUALITY_SEEKING: ("quality_searches_30d", "quality_messages_30d"),
    Layer.PRICE_SENSITIVE: ("price_searches_30d", "price_messages_30d"),
    Layer.NOVELTY_SEEKING: ("novelty_searches_30d", "novelty_messages_30d"),
}
ASKED: tuple[str, ...] = tuple(column for columns in INTENTS.values() for column in columns)
OPPOSED: dict[Layer, Layer] = {
    Layer.QUALITY_SEEKING: Layer.PRICE_SENSITIVE,
    Layer.PRICE_SENSITIVE: Layer.QUALITY_SEEKING,
}

_INTENT_ZH = {
    Layer.QUALITY_SEEKING: "品质",
    Layer.PRICE_SENSITIVE: "价格",
    Layer.NOVELTY_SEEKING: "新品",
}

FIGURES: tuple[str, ...] = (
    "price_level",
    "discount_share",
    "basket_yuan",
    "rhythm_days",
    "rhythm_spread_days",
    "repeat_share",
    "usual_hour_share",
    "categories_90d",
    "skus_90d",
    "orders_90d",
    "launch_share",
    "searches_30d",
    "quality_searches_30d",
    "price_searches_30d",
    "novelty_searches_30d",
    "quality_messages_30d",
    "price_messages_30d",
    "novelty_messages_30d",
)


# Values of a figure that are kept: as many as a rank in percent with one decimal needs.
MOST_VALUES = 1_001


def label_layers(
    figures: pd.DataFrame,
    params: LayerParams | None = None,
    places: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Label users by their figures and `places`, the result of `thresholds` (None: of `figures`).

    `figures`: one row per user: `user_id`, `evidence_count` (kept order lines) and `FIGURES`,
    missing where not known. Returns, in the same order, `user_id, layer, three_layer, score_*,
    confidence, evidence_count, reason_zh`. A layer too few of whose figures are known has no score
    (missing, never 0) and cannot win; with fewer than two scores there is nothing to compare and
    the layer is unknown. Raises KeyError when a column is missing.
    """
    params = params or LayerParams()
    places = thresholds(figures, params) if places is None else places
    figures_and_ratios = _with_ratios(figures)
    lines = figures_and_ratios["evidence_count"].fillna(0).to_numpy(dtype=float)
    enough = lines >= params.minimum_lines
    ranks = _ranks(figures_and_ratios, _columns_of(params), enough, places)
    scores = np.column_stack([_score(ranks, params.traits[layer], params) for layer in LAYERS])
    scores = _with_intent(scores, figures_and_ratios, params)
    best, second, order = _first_two(scores)
    comparable = enough & ~np.isnan(second)
    margin = np.where(comparable, best - second, 0.0)
    layer = _winners(order, margin, comparable, params)
    saturation = lines / (lines + params.saturation_lines)
    labelled = pd.DataFrame({"user_id": figures_and_ratios["user_id"].to_numpy(), "layer": layer})
    labelled["three_layer"] = labelled["layer"].map(
        {layer.value: three.value for layer, three in THREE_LAYERS.items()}
    )
    for position, each in enumerate(LAYERS):
        labelled[f"score_{each.value}"] = scores[:, position]
    labelled["confidence"] = margin * saturation
    labelled["evidence_count"] = lines.astype("int64")
    labelled["reason_zh"] = _reasons(
        figures_and_ratios, ranks, scores, order, labelled["layer"], params
    )
    return labelled


def thresholds(figures: pd.DataFrame, params: LayerParams | None = None) -> pd.DataFrame:
    """Where values of each figure lie among users with enough order lines.

    `figures` as for `label_layers`. Returns `figure, value, rank`, at most MOST_VALUES values of a
    figure in their order, the lowest and the highest among them; between two values the rank lies
    between theirs. A figure with one value for all users has none.
    """
    params = params or LayerParams()
    figures_and_ratios = _with_ratios(figures)
    enough = (
        figures_and_ratios["evidence_count"].fillna(0).to_numpy(dtype=float) >= params.minimum_lines
    )
    samples = []
    for column in _columns_of(params):
        rank = percent_ranks(figures_and_ratios, [column], enough)[column]
        pairs = pd.DataFrame(
            {"figure": column, "value": figures_and_ratios[column].astype("float64")}
        )
        pairs = pairs.assign(rank=rank).dropna().drop_duplicates("value").sort_values("value")
        evenly = np.linspace(0, 1, MOST_VALUES) * (len(pairs) - 1)
        samples.append(
            pairs if len(pairs) <= MOST_VALUES else pairs.iloc[evenly.round().astype(int)]
        )
    return pd.concat(samples, ignore_index=True)


def _ranks(
    figures: pd.DataFrame, columns: list[str], among: np.ndarray, places: pd.DataFrame
) -> pd.DataFrame:
    """Rank of each figure of the rows `among`; missing elsewhere and for figures without places."""
    ranks = pd.DataFrame(np.nan, index=figures.index, columns=columns)
    for column, place in places.sort_values("value").groupby("figure"):
        values = figures[column].astype("float64").to_numpy()
        read = np.interp(values, place["value"].to_numpy(), place["rank"].to_numpy())
        ranks[column] = np.where(among & ~np.isnan(values), read, np.nan)
    return ranks


def percent_ranks(figures: pd.DataFrame, columns: list[str], among: np.ndarray) -> pd.DataFrame:
    """Percent rank 0 to 1 of each column among the rows `among`; missing elsewhere.

    Ties share their mean rank. A figure with the same value for all users, or known for one user
    only, is missing for all.

    >>> frame = pd.DataFrame({"x": [10.0, 30.0, 20.0, 99.0], "y": 1.0})
    >>> percent_ranks(frame, ["x", "y"], np.array([True, True, True, False])).to_numpy().tolist()
    [[0.0, nan], [1.0, nan], [0.5, nan], [nan, nan]]
    """
    ranks = pd.DataFrame(index=figures.index)
    for column in columns:
        values = figures[column].astype("float64").where(among)
        count = int(values.count())
        if values.nunique() < 2:
            ranks[column] = np.nan
        else:
            ranks[column] = (values.rank(method="average") - 1) / (count - 1)
    return ranks


def _columns_of(params: LayerParams) -> list[str]:
    return list(dict.fromkeys(t.column for traits in params.traits.values() for t in traits))


def _with_ratios(figures: pd.DataFrame) -> pd.DataFrame:
    """Add the two ratios: spread ÷ rhythm, and SKUs per order."""
    missing = [name for name in ("user_id", "evidence_count", *FIGURES) if name not in figures]
    if missing:
        raise KeyError(f"label_layers needs the column {missing[0]}")
    with_ratios = figures.reset_index(drop=True)
    rhythm = with_ratios["rhythm_days"].astype("float64")
    orders = with_ratios["orders_90d"].astype("float64")
    with_ratios["rhythm_irregularity"] = with_ratios["rhythm_spread_days"].astype(
        "float64"
    ) / rhythm.where(rhythm > 0)
    with_ratios["skus_per_order"] = with_ratios["skus_90d"].astype("float64") / orders.where(
        orders > 0
    )
    return with_ratios


def _score(ranks: pd.DataFrame, traits: tuple[Trait, ...], params: LayerParams) -> np.ndarray:
    """Weighted mean of the known traits' ranks; missing below `minimum_coverage` of the weights."""
    total, covered = np.zeros(len(ranks)), np.zeros(len(ranks))
    for trait in traits:
        speaks = _towards(ranks, trait)
        there = ~np.isnan(speaks)
        total += np.where(there, np.nan_to_num(speaks) * trait.weight, 0.0)
        covered += np.where(there, trait.weight, 0.0)
    formed = covered >= params.minimum_coverage - 1e-9
    return np.divide(total, covered, out=np.full(len(ranks), np.nan), where=formed & (covered > 0))


def _with_intent(scores: np.ndarray, figures: pd.DataFrame, params: LayerParams) -> np.ndarray:
    """Shift the scores by recent searches and wishes; a layer without a score stays without one."""
    full = params.intent_full_searches
    wanted = {
        layer: params.intent_shift
        * np.minimum(figures[list(columns)].fillna(0).sum(axis=1).to_numpy(dtype=float) / full, 1)
        for layer, columns in INTENTS.items()
    }
    moved = scores.copy()
    for layer, shift in wanted.items():
        own = LAYERS.index(layer)
        moved[:, own] += (1 - moved[:, own]) * shift
        if layer in OPPOSED:
            moved[:, LAYERS.index(OPPOSED[layer])] *= 1 - shift
    return moved


def _towards(ranks: pd.DataFrame, trait: Trait) -> np.ndarray:
    """Return how strongly a figure supports the layer, 0 to 1."""
    rank = ranks[trait.column].to_numpy()
    return rank if trait.high else 1 - rank


def _first_two(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Best score, second score (missing if only one), and layers from best to worst."""
    order = np.argsort(-np.nan_to_num(scores, nan=-1.0), axis=1, kind="stable")
    ranked = np.take_along_axis(scores, order, axis=1)
    return ranked[:, 0], ranked[:, 1], order


def _winners(
    order: np.ndarray,
    margin: np.ndarray,
    comparable: np.ndarray,
    params: LayerParams,
) -> np.ndarray:
    names = np.array([layer.value for layer in LAYERS], dtype=object)[order[:, 0]]
    clear = margin >= params.minimum_margin
    named = np.where(clear, names, Layer.MIXED.value)
    return np.where(comparable, named, Layer.UNKNOWN.value)


def _reasons(
    figures: pd.DataFrame,
    ranks: pd.DataFrame,
    scores: np.ndarray,
    order: np.ndarray,
    layer: pd.Series,
    params: LayerParams,
) -> list[str]:
    """Write one sentence per user: figures of the winner, the runner-up, layers without a score."""
    is_named = layer.isin([each.value for each in LAYERS])
    described = _described(figures, ranks, order[:, 0], is_named, params)
    unformed = [_unformed_zh(row) for row in np.isnan(scores)]
    lines = figures["evidence_count"].fillna(0).astype(int).to_numpy()
    sentences = []
    for row, name in enumerate(layer):
        places = order[row, :2]
        first, second = (LAYERS[place] for place in places)
        lead = "，".join(f"{LAYERS[p].zh}{scores[row, p]:.2f}" for p in places)
        if lines[row] < params.minimum_lines:
            sentence = f"近一年有效订单行{lines[row]}条，不足{params.minimum_lines}条，暂不判断"
        elif name == Layer.UNKNOWN.value:
            sentence = f"依据{lines[row]}条订单行，能打分的分层不足两个，无法比较{unformed[row]}"
        elif name == Layer.MIXED.value:
            near = f"{first.zh}与{second.zh}差距不足{params.minimum_margin:.2f}（{lead}）"
            sentence = f"{near}；依据{lines[row]}条订单行{unformed[row]}"
        else:
            why = f"{described[row]}；{lead}"
            sentence = f"{why}；依据{lines[row]}条订单行{unformed[row]}"
        sentences.append(sentence)
    return sentences


def _described(
    figures: pd.DataFrame,
    ranks: pd.DataFrame,
    winner: np.ndarray,
    is_named: pd.Series,
    params: LayerParams,
) -> np.ndarray:
    """Describe what supports each user's label most: two figures, and matching searches."""
    described = np.full(len(figures), "", dtype=object)
    for place, each in enumerate(LAYERS):
        rows = np.flatnonzero((winner == place) & is_named.to_numpy())
        theirs = figures.iloc[rows]
        texts = _strongest_two(theirs, ranks.iloc[rows], params.traits[each])
        if each in INTENTS:
            asked = theirs[list(INTENTS[each])].fillna(0).astype(int)
            texts = [
                _asked_zh(_INTENT_ZH[each], searches, messages) + text
                for (searches, messages), text in zip(asked.to_numpy(), texts, strict=True)
            ]
        described[rows] = texts
    return described


def _asked_zh(kind: str, searches: int, messages: int) -> str:
    """ "近30天搜品质词3次、留言提品质词1次、"; empty where neither happened."""
    parts = [f"搜{kind}词{searches}次"] if searches else []
    parts += [f"留言提{kind}词{messages}次"] if messages else []
    return f"近30天{'、'.join(parts)}、" if parts else ""


def _strongest_two(
    figures: pd.DataFrame, ranks: pd.DataFrame, traits: tuple[Trait, ...]
) -> list[str]:
    """Return per user the two figures that support the layer most, with their rank among users."""
    pull = np.column_stack([np.nan_to_num(_towards(ranks, t)) * t.weight for t in traits])
    strongest = np.argsort(-pull, axis=1, kind="stable")[:, :2]
    texts = np.full(pull.shape, "", dtype=object)
    for place, trait in enumerate(traits):
        chosen_rows = np.flatnonzero((strongest == place).any(axis=1))
        texts[chosen_rows, place] = _figure_texts(
            figures.iloc[chosen_rows], ranks.iloc[chosen_rows], trait
        )
    chosen = np.take_along_axis(texts, strongest, axis=1)
    return ["、".join(text for text in two if text) for two in chosen.tolist()]


def _figure_texts(figures: pd.DataFrame, ranks: pd.DataFrame, trait: Trait) -> list[str]:
    """ "优惠占比23%（高于82%的用户）" per user; empty where the figure is not known."""
    values = figures[trait.column].astype("float64").tolist()
    places = ranks[trait.column].tolist()
    word = "高于" if trait.high else "低于"
    texts = []
    for value, place in zip(values, places, strict=True):
        if place != place:  # missing
            texts.append("")
            continue
        shown = f"{value:.0%}" if trait.as_percent else f"{value:.2f}".rstrip("0").rstrip(".")
        share = place if trait.high else 1 - place
        texts.append(f"{trait.zh}{shown}（{word}{share:.0%}的用户）")
    return texts


def _unformed_zh(missing: np.ndarray) -> str:
    names = [layer.zh for layer, gone in zip(LAYERS, missing, strict=True) if gone]
    return f"；缺少数据、未打分：{'、'.join(names)}" if names else ""
