"""Which product a person on the wake-up list is offered.

The usual product, or the best seller of its category where the usual one is sold out, delisted or
unsuitable for an allergy or a child. `-` means: not known.
"""

from __future__ import annotations

import pandas as pd
import pytest

from models.params.wake_up import WAKE_UP
from models.wake_up import offered_product, rules
from models.wake_up.offered_product import Assortment
from tests.spec.wake_up_users import AS_OF, USUAL, assortment, cases, number, users


@pytest.mark.parametrize(
    "case",
    cases(
        """
        what                                        | allergens | usual   | sold out | offered
        nothing forbids the usual product           | -         | spinach | -        | spinach
        allergen that no product has                | 芒果      | spinach | -        | spinach
        usual product contains the allergen         | 花生      | peanuts | -        | cabbage
        one of several, in another spelling         | 鱼、坚果类 | nutmilk | -        | cabbage
        allergic to it, yet no other allergen rules | 牛奶      | peanuts | -        | peanuts
        usual product delisted                      | -         | oldleek | -        | cabbage
        usual product gone from the file            | -         | unknown | -        | cabbage
        usual product sold out in the warehouse     | -         | spinach | spinach  | cabbage
        """
    ),
)
def test_which_product_is_offered(case: dict[str, str]) -> None:
    best = {"vegetables": ["oldleek", "cabbage", "spinach"]}
    sold_out = set() if case["sold out"] == "-" else {("W1", case["sold out"])}
    user = USUAL | {
        "favourite_sku_id": case["usual"],
        "allergens": None if case["allergens"] == "-" else case["allergens"],
    }
    assert assortment(best, sold_out).choose(user).sku_id == case["offered"]


@pytest.mark.parametrize(
    "case",
    cases(
        """
        what                                   | youngest | usual   | offered
        no child is known of                   | -        | peanuts | peanuts
        the youngest is younger than it is for | 2        | peanuts | cabbage
        the youngest is just old enough        | 3        | peanuts | peanuts
        no age forbids the product             | 0        | spinach | spinach
        """
    ),
)
def test_the_age_of_a_child_only_takes_products_away(case: dict[str, str]) -> None:
    user = USUAL | {
        "favourite_sku_id": case["usual"],
        "youngest_child_years": number(case["youngest"]),
    }
    assert assortment({"vegetables": ["cabbage"]}).choose(user).sku_id == case["offered"]


def test_the_stand_in_has_no_allergen_either() -> None:
    best = {"vegetables": ["peanuts", "nutmilk", "cabbage"]}
    user = USUAL | {"favourite_sku_id": "peanuts", "allergens": "花生|坚果"}
    assert assortment(best).choose(user).sku_id == "cabbage"
    assert assortment({"vegetables": ["peanuts", "nutmilk"]}).choose(user).sku_id is None


def test_without_a_product_file_an_allergic_user_is_offered_nothing() -> None:
    bare = pd.DataFrame(
        [
            {
                "sku_id": "spinach",
                "sku_name": "x",
                "allergens": None,
                "unsuitable_below_years": None,
                "is_offerable": True,
                "is_on_promotion": False,
            }
        ]
    )
    unknowing = Assortment(bare, pd.DataFrame(columns=["category", "sku_id"]))
    assert unknowing.choose(USUAL | {"allergens": "花生"}).sku_id is None
    assert unknowing.choose(USUAL).sku_id == "spinach"


def test_a_line_never_betrays_an_allergen() -> None:
    best = {"vegetables": ["cabbage"]}
    allergic = users({"recency_days": 17, "favourite_sku_id": "peanuts", "allergens": "花生"})
    line = rules.select_users(allergic, assortment(best), AS_OF, WAKE_UP).lines.iloc[0]
    words = " ".join(str(value) for value in line)
    assert "花生" not in words
    assert "过敏" not in words
    assert "已换同品类" in line["flag_zh"]


def test_a_choice_says_what_it_stands_for() -> None:
    """milk is the favourite and promoted, bread sells best of its category."""
    columns = ["sku_id", "sku_name", "allergens", "unsuitable_below_years", "is_offerable"]
    products = pd.DataFrame(
        [["milk", "牛奶", None, None, True], ["bread", "面包", None, None, True],
         ["gone", "旧品", None, None, False]], columns=columns,
    ).assign(is_on_promotion=[True, False, False])  # fmt: skip
    best = pd.DataFrame({"category": ["baked"], "sku_id": ["bread"]})
    offered = Assortment(products, best)
    user = dict.fromkeys(
        ("favourite_category", "warehouse_id", "allergens", "youngest_child_years")
    )

    def chosen(**known: str) -> offered_product.Choice:
        return offered.choose({"favourite_sku_id": None} | user | known)

    assert chosen(favourite_sku_id="milk") == offered_product.Choice(
        "milk", "牛奶", None, True, True, True
    )
    assert chosen(favourite_sku_id="gone", favourite_category="baked") == offered_product.Choice(
        "bread", "面包", "baked", False, True, False
    )
    assert chosen(favourite_category="baked") == offered_product.Choice(
        "bread", "面包", "baked", False, False, False
    )
    assert chosen(favourite_sku_id="gone") == offered_product.Choice(had_favourite=True)
    assert chosen() == offered_product.Choice(had_favourite=False)


@pytest.mark.parametrize(("one", "other"), [("花生", "花生制品"), ("花生制品", "花生")])
def test_an_allergen_within_another_name_is_the_same(one: str, other: str) -> None:
    assert offered_product.contains_avoided(frozenset({one}), frozenset({other}))
    assert offered_product.contains_avoided(frozenset({"虾", one}), frozenset({"奶", other}))
    assert not offered_product.contains_avoided(frozenset({one}), frozenset({"牛奶"}))
