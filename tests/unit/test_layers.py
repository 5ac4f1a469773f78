"""Percent ranks, missing figures and the sum of it all: properties of the layer scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data_contracts.codes.labels import Layer
from models.customers.layers import (
    ASKED,
    FIGURES,
    LAYERS,
    MOST_VALUES,
    THREE_LAYERS,
    label_layers,
    percent_ranks,
    thresholds,
)
from models.params.layers import LayerParams, Trait

SCORES = [f"score_{layer.value}" for layer in LAYERS]


def _platform(users: int = 60, seed: int = 3) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    figures = pd.DataFrame({name: random.uniform(1, 20, users) for name in FIGURES})
    shares = ("price_level", "discount_share", "repeat_share", "usual_hour_share", "launch_share")
    for share in shares:
        figures[share] = random.uniform(0, 1, users)
    figures[list(ASKED)] = 0  # what words of searches do stands in tests/spec
    figures["user_id"] = [f"u{number:03d}" for number in range(users)]
    figures["evidence_count"] = random.integers(5, 60, users)
    return figures


def test_ranks_agree_with_counting_by_hand() -> None:
    values = [3.0, 1.0, 3.0, np.nan, 8.0]
    ranks = percent_ranks(pd.DataFrame({"x": values}), ["x"], np.ones(5, dtype=bool))["x"]
    known = [value for value in values if not np.isnan(value)]
    for value, rank in zip(values, ranks, strict=True):
        if np.isnan(value):
            assert np.isnan(rank)
            continue
        below = sum(other < value for other in known)
        tied = sum(other == value for other in known) - 1
        assert rank == pytest.approx((below + tied / 2) / (len(known) - 1))


def test_scores_stay_between_0_and_1_and_the_margin_makes_the_confidence() -> None:
    figures = _platform()
    found = label_layers(figures)
    scores = found[SCORES].to_numpy()
    assert ((scores >= 0) & (scores <= 1)).all()
    ordered = np.sort(scores, axis=1)
    assert found["evidence_count"].tolist() == figures["evidence_count"].tolist()
    lines = figures["evidence_count"].to_numpy()
    expected = (ordered[:, -1] - ordered[:, -2]) * lines / (lines + 10)
    assert found["confidence"].to_numpy() == pytest.approx(expected)


def test_the_winner_is_the_best_score() -> None:
    found = label_layers(_platform())
    named = found[~found["layer"].isin([Layer.MIXED.value, Layer.UNKNOWN.value])]
    assert len(named) > 20
    best = named[SCORES].idxmax(axis=1).astype(str).str.removeprefix("score_")
    assert named["layer"].tolist() == best.tolist()


def test_the_order_of_users_does_not_matter() -> None:
    figures = _platform()
    shuffled = figures.sample(frac=1, random_state=1)
    first = label_layers(figures).set_index("user_id")
    second = label_layers(shuffled).set_index("user_id").loc[first.index]
    pd.testing.assert_frame_equal(first, second)


def test_only_the_order_of_figures_counts_not_their_size() -> None:
    figures = _platform()
    other_currency = figures.assign(basket_yuan=np.exp(figures["basket_yuan"]))
    first, second = label_layers(figures), label_layers(other_currency)
    pd.testing.assert_frame_equal(first[SCORES], second[SCORES])


def test_users_without_enough_lines_do_not_move_the_others() -> None:
    figures = _platform()
    newcomer = figures.iloc[:1].assign(user_id="new", evidence_count=4, basket_yuan=1e6)
    alone = label_layers(figures)
    together = label_layers(pd.concat([figures, newcomer], ignore_index=True))
    pd.testing.assert_frame_equal(alone, together.iloc[:-1])
    assert together["layer"].iloc[-1] == Layer.UNKNOWN.value


def test_without_prices_and_discounts_two_layers_have_no_score() -> None:
    figures = _platform().assign(price_level=np.nan, discount_share=np.nan)
    found = label_layers(figures)
    assert found["score_price_sensitive"].isna().all()
    assert found["score_quality_seeking"].isna().all()
    assert set(found["layer"]) <= {"efficiency_first", "novelty_seeking", "mixed"}
    assert found["reason_zh"].str.contains("缺少数据、未打分：品质追求型、价格敏感型").all()


def test_a_single_score_cannot_win() -> None:
    gone = dict.fromkeys(["price_level", "discount_share", "launch_share", "searches_30d"], np.nan)
    figures = _platform().assign(**gone, skus_90d=np.nan, categories_90d=np.nan)
    found = label_layers(figures)
    assert found[SCORES].notna().sum(axis=1).eq(1).all()
    assert set(found["layer"]) == {Layer.UNKNOWN.value}
    assert (found["confidence"] == 0).all()


def test_a_figure_the_same_for_all_says_nothing() -> None:
    figures = _platform()
    same = label_layers(figures.assign(searches_30d=7))
    missing = label_layers(figures.assign(searches_30d=np.nan))
    pd.testing.assert_frame_equal(same, missing)


def test_nobody_is_labelled_on_an_empty_platform() -> None:
    found = label_layers(_platform().iloc[:0])
    assert len(found) == 0
    assert {"user_id", "layer", "three_layer", "confidence", "reason_zh", *SCORES} <= set(found)


def test_every_layer_has_a_three_layer_view() -> None:
    assert set(THREE_LAYERS) == set(Layer)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(KeyError, match="usual_hour_share"):
        label_layers(_platform().drop(columns="usual_hour_share"))


def test_weights_that_do_not_add_up_are_refused() -> None:
    half = (Trait(column="basket_yuan", zh="客单价", weight=0.5),)
    with pytest.raises(ValueError, match=r"add up to 0\.5"):
        LayerParams(traits=dict.fromkeys(LAYERS, half))
    with pytest.raises(ValueError, match="minimum_margin"):
        LayerParams(minimum_margin=2.0)


@pytest.mark.parametrize(
    ("figure", "per", "ratio"),
    [
        ("rhythm_spread_days", "rhythm_days", "rhythm_irregularity"),
        ("skus_90d", "orders_90d", "skus_per_order"),
    ],
)
def test_a_ratio_ranks_users_by_one_figure_per_the_other(figure: str, per: str, ratio: str) -> None:
    """4 ÷ 8, 6 ÷ 2 and 2 ÷ 1 are ½, 3 and 2: neither figure nor their product ranks so."""
    figures = _platform(4).assign(
        evidence_count=20, **{figure: [4.0, 6.0, 2.0, 5.0], per: [8.0, 2.0, 1.0, 0.0]}
    )
    own = {Layer.NOVELTY_SEEKING: (Trait(column=ratio, zh="比", weight=1.0),)}
    params = LayerParams(traits={**LayerParams().traits, **own})
    scores = label_layers(figures, params)[f"score_{Layer.NOVELTY_SEEKING.value}"]
    assert scores[:3].tolist() == [0.0, 1.0, 0.5]
    assert np.isnan(scores[3])  # per nothing is no ratio


@pytest.mark.parametrize("users", [MOST_VALUES - 1, MOST_VALUES, MOST_VALUES + 1, 1500])
def test_at_most_so_many_values_are_kept_with_the_lowest_and_the_highest(users: int) -> None:
    figures = _platform(users).assign(basket_yuan=np.arange(users, dtype=float))
    places = thresholds(figures)
    own = places[places["figure"] == "basket_yuan"]
    assert len(own) == min(users, MOST_VALUES)
    assert (own["value"].iloc[0], own["value"].iloc[-1]) == (0.0, users - 1.0)
    assert own["value"].is_monotonic_increasing and own["value"].is_unique
    assert own["rank"].to_numpy() == pytest.approx(own["value"].to_numpy() / (users - 1))


def test_lines_that_are_not_known_are_none() -> None:
    """As if nobody had bought: five lines are enough, four and none are not."""
    figures = _platform().astype({"evidence_count": float})
    figures.loc[:2, "evidence_count"] = [5.0, 4.0, np.nan]
    found = label_layers(figures, LayerParams(minimum_lines=5))
    assert found["evidence_count"].tolist()[:3] == [5, 4, 0]
    assert (found["layer"][:3] == Layer.UNKNOWN.value).tolist() == [False, True, True]
    assert "有效订单行4条，不足5条" in found["reason_zh"][1]
    assert "有效订单行0条，不足5条" in found["reason_zh"][2]
    one = label_layers(figures, LayerParams(minimum_lines=1))
    assert (one["layer"][:3] == Layer.UNKNOWN.value).tolist() == [False, False, True]
    known = set(thresholds(figures, LayerParams(minimum_lines=1))["value"])
    assert figures["basket_yuan"][1] in known and figures["basket_yuan"][2] not in known
