"""Which product of the catalogue a wish or a text means: on offer, likest, shortest name."""

from __future__ import annotations

import pandas as pd
import pytest

from models.feedback.product_matching import match_products, product_named_by_text


def _shelf(*rows: tuple[str, str | None, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["sku_id", "sku_name", "is_on_offer"])
    return frame.assign(brand=None)


def test_the_product_on_offer_then_the_likest_then_the_shortest_name_is_meant() -> None:
    shelf = _shelf(
        ("d", "苹果", False), ("c", "阿克苏红富士苹果", True), ("b", "烟台红苹果", True),
        ("a", "栖霞青苹果", True), ("n", None, True),
    )  # fmt: skip
    (found,) = match_products(["苹果"], shelf).to_dict("records")
    assert found == {
        "wish": "苹果", "wish_match": "carried", "sku_id": "a", "sku_name": "栖霞青苹果",
        "matched_skus": 3,
    }  # fmt: skip
    (gone,) = match_products(["苹果"], shelf.head(1)).to_dict("records")
    assert (gone["wish_match"], gone["sku_id"], gone["matched_skus"]) == ("delisted", "d", 0)
    (none,) = match_products(["梨"], shelf).to_dict("records")
    assert (none["wish_match"], none["matched_skus"]) == ("not_carried", 0)
    assert pd.isna(none["sku_id"]) and pd.isna(none["sku_name"])


@pytest.mark.parametrize(
    ("wish", "name", "match"),
    [
        ("甲乙丙丁戊己", "甲乙丙丁丑己", "carried"),  # three of five pairs: exactly .6
        ("甲乙丙丁己", "甲乙丙丑己", "not_carried"),  # two of four
        ("甲乙丙丁戊己", "甲乙丙丁戊丑", "not_carried"),  # ends otherwise
        ("甲乙丙丁戊己", "甲乙丙丁己", "not_carried"),  # shorter than what is wished
        ("甲乙丙丁戊己", "甲乙丙丁戊庚己", "carried"),
    ],
)
def test_a_slip_of_one_sign_is_forgiven_from_six_on(wish: str, name: str, match: str) -> None:
    assert match_products([wish], _shelf(("s", name, True)))["wish_match"].tolist() == [match]


def test_a_likelier_name_is_meant_though_it_is_longer_and_sorted_later() -> None:
    shelf = _shelf(("a", "甲乙丙丁丑己", True), ("b", "大大甲乙丙丁戊己", True))
    assert match_products(["甲乙丙丁戊己"], shelf)["sku_id"].tolist() == ["b"]


def test_a_name_of_two_signs_is_found_anywhere_and_one_of_one_sign_nowhere() -> None:
    products = _shelf(("a", "苹果", True), ("b", "梨", True), ("c", None, True))
    texts = pd.Series(["苹果", "买苹果", "苹果好", "梨", "", "苹"], index=list("uvwxyz"))
    found = product_named_by_text(texts, products)
    assert found.fillna("-").to_dict() == dict(zip("uvwxyz", "aaa---", strict=True))
    assert product_named_by_text(texts, products.tail(2)).isna().all()
