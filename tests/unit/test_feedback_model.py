"""The trained polarity: features counted a second way, calibration, what it never does."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.feedback.classify import classify_messages, fit_classifier
from models.feedback.features import WordPairs
from models.feedback.normalise import normalise_text
from models.feedback.polarity import PolarityModel, fit_polarity, log_count_ratio
from models.params.feedback import FeedbackParams, PolarityParams

GOOD = ("很新鲜", "好吃", "送得快", "团长热情", "下次还买", "价格实惠", "孩子喜欢")
BAD = ("烂了", "不新鲜", "送得太慢", "没人理", "再也不买", "太贵", "孩子不吃")


def reviews(each: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Texts of two or three clauses of one side and, now and then, one of the other."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for good in (True, False):
        own, other = (GOOD, BAD) if good else (BAD, GOOD)
        for _ in range(each):
            parts = list(rng.choice(own, 2)) + ([rng.choice(other)] if rng.random() < 0.3 else [])
            texts.append(",".join(parts))
            labels.append(good)
    return texts, np.array(labels)


@pytest.fixture(scope="module")
def model() -> PolarityModel:
    fitted = fit_polarity(*reviews(150))
    assert fitted is not None
    return fitted


def test_word_pairs_are_the_pairs_of_a_text() -> None:
    """Against itertools: the same pairs, the same idf, rows of length 1."""
    said = [["果", "甜", "甜", "大"], ["果", "大", "烂"], ["甜", "果"], ["烂"], ["果", "甜"]]
    params = PolarityParams(pair_documents=2)
    pairs = WordPairs.fit(said, params)
    counted: dict[tuple[str, ...], int] = {}
    for words in said:
        for pair in combinations(sorted(set(words)), 2):
            counted[pair] = counted.get(pair, 0) + 1
    known = {pair: n for pair, n in counted.items() if n >= 2}
    assert len(pairs.codes) == len(known) == 2
    row = pairs.transform([["甜", "果", "大", "新词"]]).toarray()[0]
    idf = np.array([(np.log(6 / (1 + n)) + 1) ** 2 for n in known.values()])
    assert sorted(row) == pytest.approx(sorted(idf / np.linalg.norm(idf)))
    assert pairs.transform([["烂"], []]).nnz == 0


def test_only_the_first_words_of_a_long_text_are_paired() -> None:
    words = [str(n) for n in range(300)]
    pairs = WordPairs.fit([words] * 3, PolarityParams(pair_words=20))
    assert len(pairs.codes) == 20 * 19 // 2


def test_the_ratio_is_positive_where_good_texts_say_it() -> None:
    from scipy import sparse

    rows = sparse.csr_matrix(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=np.float32))
    ratio = log_count_ratio(rows, np.array([True, True, False]))
    assert ratio == pytest.approx([np.log((3 / 4) / (1 / 3)), np.log((1 / 4) / (2 / 3))])


def test_it_learns_what_the_stars_say(model: PolarityModel) -> None:
    texts, good = reviews(100, seed=1)
    found = model.probability(texts)
    assert ((found > 0.5) == good).mean() > 0.97
    assert ((found >= 0) & (found <= 1)).all()


def test_probabilities_hold_what_they_say() -> None:
    """Labels turned at random for a third: nobody can be surer than two in three."""
    texts, good = reviews(600)
    noisy = good ^ (np.random.default_rng(3).random(len(good)) < 1 / 3)
    fitted = fit_polarity(texts, noisy)
    assert fitted is not None
    unseen = fitted.unseen
    assert abs(unseen[good].mean() - 2 / 3) < 0.06
    assert abs(unseen[~good].mean() - 1 / 3) < 0.06


def test_unseen_is_of_fits_that_had_not_seen_the_text() -> None:
    """Random labels on texts all different: a fit remembers them, an unseen one cannot."""
    rng = np.random.default_rng(5)
    texts = ["".join(rng.choice(list("甲乙丙丁戊己庚辛壬癸子丑寅卯"), 12)) for _ in range(400)]
    labels = rng.random(400) < 0.5
    fitted = fit_polarity(texts, labels)
    assert fitted is not None
    assert ((fitted.probability(texts) > 0.5) == labels).mean() > 0.6
    assert ((fitted.unseen > 0.5) == labels).mean() < 0.57


def test_each_text_is_judged_by_itself(model: PolarityModel) -> None:
    texts, _ = reviews(20, seed=2)
    together = model.probability(texts)
    assert together == pytest.approx([float(model.probability([one])[0]) for one in texts])
    assert len(model.probability([])) == 0


def test_a_fit_is_the_same_twice() -> None:
    first, second = fit_polarity(*reviews(60)), fit_polarity(*reviews(60))
    assert first is not None and second is not None
    assert (first.probability(["很新鲜", "烂了"]) == second.probability(["很新鲜", "烂了"])).all()


def test_the_leaning_is_the_probability_at_even_odds() -> None:
    texts, good = reviews(300)
    kept = np.flatnonzero(good | (np.cumsum(~good) <= 60))
    fitted = fit_polarity([texts[n] for n in kept], good[kept])
    assert fitted is not None
    p, lean = fitted.probability(["哦"])[0], (1 + fitted.leaning(["哦"])[0]) / 2
    assert np.log(p / (1 - p)) - np.log(lean / (1 - lean)) == pytest.approx(np.log(300 / 60))


@pytest.mark.parametrize(("good", "bad", "fits"), [(40, 40, True), (39, 400, False)])
def test_too_few_of_a_side_give_no_model(good: int, bad: int, fits: bool) -> None:
    texts, labels = reviews(400)
    kept = np.flatnonzero(labels)[:good].tolist() + np.flatnonzero(~labels)[:bad].tolist()
    fitted = fit_polarity([texts[n] for n in kept], labels[kept])
    assert (fitted is not None) is fits


def test_reviews_of_one_word_have_no_pairs_and_still_teach() -> None:
    fitted = fit_polarity(["好评"] * 60 + ["差评"] * 50, np.array([True] * 60 + [False] * 50))
    assert fitted is not None and not len(fitted.pairs.codes)
    assert fitted.probability(["好评", "差评"]).round().tolist() == [1, 0]


def test_three_stars_and_empty_texts_teach_nothing() -> None:
    texts, good = reviews(50)
    frame = pd.DataFrame({"text": texts, "stars": np.where(good, 5, 1)})
    more = pd.DataFrame({"text": ["烂了", None, " ", "很好"], "stars": [3, 5, 1, None]})
    fitted = fit_classifier(pd.concat([frame, more], ignore_index=True))
    assert fitted is not None and fitted.trained_on == 100


def test_only_the_latest_reviews_are_learnt_from() -> None:
    texts, good = reviews(100)
    order = np.random.default_rng(0).permutation(200)
    frame = pd.DataFrame({"text": texts, "stars": np.where(good, 5, 1)}).iloc[order]
    params = FeedbackParams(polarity=PolarityParams(max_reviews=120))
    fitted = fit_classifier(frame, params)
    assert fitted is not None and fitted.trained_on == 120


def test_stars_and_text_are_weighed_and_said(model: PolarityModel) -> None:
    messages = pd.DataFrame(
        {"text": ["好吃", "好吃", None, "几点开门", None], "stars": [1.0, None, 4.0, None, None]},
        index=[9, 4, 2, 7, 1],
    )
    read = classify_messages(messages, model).signals
    text = model.leaning(["好吃"])[0]
    assert read.index.tolist() == messages.index.tolist()
    assert read["polarity"].tolist()[:3] == pytest.approx([0.6 * -1 + 0.4 * text, text, 0.5])
    assert read["polarity"].isna().tolist() == [False, False, False, True, True]
    sources = read["polarity_source"].fillna("-").tolist()
    assert sources == ["stars_model", "model", "stars", "-", "-"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ＯＫ！！！！！！", "可以!!"),
        ("新先👍👍👍", "新鲜,赞,"),
        ("今天收到滴洗手液一滴没漏", "今天收到的洗手液一滴没漏"),
        ("哈哈哈哈哈哈哈", "哈哈哈"),
        ("Good quality", "不错 质量"),
        ("goodness 10000g", "goodness 10000g"),
        ("差\u200b评👎🏻", "差评,差评,"),
        ("[流泪]太慢", ",失望,太慢"),
        ("", ""),
    ],
    ids=lambda value: f"u{sum(map(ord, value))}",
)
def test_one_spelling(typed: str, meant: str) -> None:
    assert normalise_text(typed) == meant
    assert normalise_text(normalise_text(typed)) == normalise_text(typed)


@pytest.mark.parametrize(
    "wrong", [{"min_each": 2}, {"bad_to_stars": 4, "good_from_stars": 4}], ids=["few", "stars"]
)
def test_params_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        PolarityParams(**wrong)


def test_the_model_speaks_where_no_word_is_listed(model: PolarityModel) -> None:
    texts = ["孩子不吃", "孩子不吃,麻烦放门口", "几点提货"]
    said = pd.DataFrame({"text": texts, "stars": [float("nan")] * 3})
    assert classify_messages(said, None).signals["polarity"].isna().all()
    found = classify_messages(said, model).signals
    assert found["polarity"].iloc[0] <= FeedbackParams().sentiment.silent_polarity * -1
    assert found["is_complaint"].tolist() == [True, False, False]
    assert found["polarity"].iloc[1:].isna().all()
