"""Labels over days, drawn for CRM: what moves a label, what does not, and what it says of itself.

Scores of quality, efficiency, price and novelty per day; the label the rules alone would give, the
label in force, and since when. `.` is no score.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from data_contracts.codes.labels import Layer
from models.customers.label_hysteresis import BEFORE, apply_hysteresis, flips_per_user_month
from models.customers.layers import ASKED, FIGURES, THREE_LAYERS, label_layers
from models.params.layers import LayerParams

FIRST = date(2026, 9, 1)
SHORT = {"quality": "quality_seeking", "efficient": "efficiency_first", "price": "price_sensitive",
         "novelty": "novelty_seeking", "mixed": "mixed", "unknown": "unknown"}  # fmt: skip

# day  quality efficiency price novelty   rules alone   stands     since
WAVERING = """
1      .20     .30        .60   .10       price         price      1
2      .57     .30        .60   .10       mixed         price      1
3      .68     .30        .60   .10       quality       price      1
4      .66     .30        .60   .10       quality       price      1
5      .75     .30        .60   .10       quality       quality    5
6      .66     .30        .70   .10       mixed         quality    5
7      .60     .30        .73   .10       price         price      7
"""

FADING = """
1      .70     .30        .20   .10       quality       quality    1
2      .        .         .     .         unknown       unknown    2
3      .70     .30        .20   .10       quality       quality    3
4      .31     .30        .30   .28       mixed         quality    3
5      .20     .30        .31   .28       mixed         quality    3
6      .20     .30        .33   .28       mixed         mixed      6
7      .20     .34        .33   .28       mixed         mixed      6
"""


def _days(drawn: str) -> list[list[str]]:
    return [line.split() for line in drawn.strip().splitlines()]


def _labelled(row: list[str]) -> pd.DataFrame:
    layer = SHORT[row[5]]
    scores = {
        f"score_{SHORT[name]}": [np.nan if text == "." else float(text)]
        for name, text in zip(SHORT, row[1:5], strict=False)
    }
    three = THREE_LAYERS[Layer(layer)].value
    frame = {"user_id": ["mei"], "layer": [layer], "three_layer": [three], "reason_zh": ["因为"]}
    return pd.DataFrame(frame | scores)


@pytest.mark.parametrize("drawn", [WAVERING, FADING], ids=["wavering", "fading"])
def test_a_label_moves_when_another_leads_it_clearly(drawn: str) -> None:
    before = pd.DataFrame(columns=list(BEFORE))
    for row in _days(drawn):
        as_of = FIRST + timedelta(days=int(row[0]) - 1)
        held = apply_hysteresis(_labelled(row), before, as_of, LayerParams(hold_margin=0.12))
        mei = held.iloc[0]
        assert (mei["layer"], mei["valid_from"]) == (
            SHORT[row[6]],
            FIRST + timedelta(days=int(row[7]) - 1),
        ), f"day {row[0]}"
        was = before["layer"].iloc[0] if len(before) else None
        assert mei["is_changed"] == (was is not None and was != mei["layer"])
        if mei["is_changed"]:
            assert mei["previous_layer"] == was
            assert mei["reason_zh"].startswith("由") and "转为" in mei["reason_zh"]
        elif mei["layer"] != SHORT[row[5]]:
            assert "仍为" in mei["reason_zh"]
        before = held[list(BEFORE)]


def test_somebody_new_is_no_change_and_who_is_gone_is_not_carried_on() -> None:
    before = pd.DataFrame([["gone", "mixed", None, FIRST]], columns=list(BEFORE))
    held = apply_hysteresis(_labelled(_days(WAVERING)[0]), before, FIRST)
    assert held["user_id"].tolist() == ["mei"]
    assert not held["is_changed"].any()
    assert held["previous_layer"].isna().all()


def _platform(**searches: int) -> pd.DataFrame:
    """Forty customers between the extremes, and one who buys the basic nappies at a discount."""
    random = np.random.default_rng(5)
    figures = pd.DataFrame({name: random.uniform(0.2, 0.8, 40) for name in FIGURES})
    figures["user_id"] = [f"c{number}" for number in range(40)]
    nappies = figures.mean(numeric_only=True).to_dict() | {"user_id": "mei"}
    nappies |= {"price_level": 0.15, "discount_share": 0.85}
    figures = pd.concat([figures, pd.DataFrame([nappies])], ignore_index=True)
    figures[list(ASKED)] = 0
    for name, count in searches.items():
        figures.loc[figures["user_id"] == "mei", name] = count
    return figures.assign(evidence_count=30)


def _of_mei(figures: pd.DataFrame, before: pd.DataFrame, as_of: date) -> pd.DataFrame:
    held = apply_hysteresis(label_layers(figures), before, as_of)
    return held[held["user_id"] == "mei"]


@pytest.mark.parametrize(
    ("searches", "layer"),
    [
        ({}, "price_sensitive"),
        ({"quality_searches_30d": 1}, "price_sensitive"),  # once is no change of mind
        ({"quality_searches_30d": 3}, "quality_seeking"),  # organic nappies, several times lately
        ({"quality_searches_30d": 3, "price_searches_30d": 3}, "price_sensitive"),
        ({"novelty_searches_30d": 3}, "price_sensitive"),
        ({"quality_messages_30d": 1}, "price_sensitive"),
        ({"quality_searches_30d": 2, "quality_messages_30d": 1}, "quality_seeking"),
    ],
)
def test_searches_for_organic_nappies_move_who_still_buys_the_basic_ones(
    searches: dict[str, int], layer: str
) -> None:
    none = pd.DataFrame(columns=list(BEFORE))
    first = _of_mei(_platform(), none, FIRST)
    assert first["layer"].item() == "price_sensitive"
    later = _of_mei(_platform(**searches), first[list(BEFORE)], FIRST + timedelta(days=1))
    assert later["layer"].item() == layer
    if layer == "quality_seeking":
        said = later["reason_zh"].item()
        assert said.startswith("由价格敏感型（性价比导向型）转为品质追求型（品质导向型）：")
        searched, written = (searches.get(f"quality_{w}_30d", 0) for w in ("searches", "messages"))
        words = f"搜品质词{searched}次" + (f"、留言提品质词{written}次" if written else "")
        assert f"近30天{words}、" in said


def test_flips_count_changes_not_first_labels() -> None:
    days = pd.date_range("2026-09-01", periods=31)
    steady = pd.DataFrame({"as_of": days, "user_id": "a", "layer": "mixed"})
    restless = steady.assign(user_id="b", layer=["x", "y"] * 15 + ["x"])
    assert flips_per_user_month(steady) == 0
    assert flips_per_user_month(restless) == pytest.approx(30)
    assert flips_per_user_month(pd.concat([steady, restless])) == pytest.approx(15)
    assert flips_per_user_month(steady.iloc[:1]) == 0


@pytest.mark.parametrize(
    ("margin", "layer"), [(0.25, "quality_seeking"), (0.2501, "price_sensitive")]
)
def test_a_lead_of_the_margin_itself_moves_the_label(margin: float, layer: str) -> None:
    before = pd.DataFrame([["mei", "price_sensitive", None, FIRST]], columns=list(BEFORE))
    day = _labelled(["2", ".75", ".25", ".50", ".25", "quality"])
    held = apply_hysteresis(day, before, FIRST, LayerParams(hold_margin=margin)).iloc[0]
    assert held["layer"] == layer
    assert held["three_layer"] == THREE_LAYERS[Layer(layer)].value


@pytest.mark.parametrize("was", ["mixed", "unknown"])
def test_mixed_and_unknown_are_never_held(was: str) -> None:
    before = pd.DataFrame([["mei", was, None, FIRST]], columns=list(BEFORE))
    held = apply_hysteresis(
        _labelled(["2", ".51", ".25", ".50", ".25", "quality"]),
        before,
        FIRST,
        LayerParams(hold_margin=0.9),
    ).iloc[0]
    assert (held["layer"], held["previous_layer"]) == ("quality_seeking", was)


def test_a_held_label_keeps_its_first_day_and_says_how_far_it_is_behind() -> None:
    since = FIRST - timedelta(days=9)
    before = pd.DataFrame([["mei", "price_sensitive", "mixed", since]], columns=list(BEFORE))
    held = apply_hysteresis(
        _labelled(["2", ".60", ".25", ".55", ".25", "quality"]),
        before,
        FIRST,
        LayerParams(hold_margin=0.12),
    ).iloc[0]
    assert (held["layer"], held["valid_from"], held["is_changed"]) == (
        "price_sensitive", since, False,
    )  # fmt: skip
    assert held["previous_layer"] == "mixed"
    assert (
        held["reason_zh"].startswith("因为；仍为") and "落后0.05，不足0.12不改" in held["reason_zh"]
    )


def test_flips_are_counted_per_day_between_labels() -> None:
    """One change in ten days, a label each week or so: three in a month."""
    days = pd.to_datetime(["2026-09-01", "2026-09-08", "2026-09-11"])
    labels = pd.DataFrame({"as_of": days, "user_id": "u", "layer": ["a", "b", "b"]})
    assert flips_per_user_month(labels[::-1]) == pytest.approx(3)
