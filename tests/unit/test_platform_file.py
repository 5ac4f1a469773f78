"""What `platform.toml` states, and of which files."""

from __future__ import annotations

import re

import pytest

from data_contracts.platform_file import FileFacts, Platform
from data_contracts.sku_rename_list import resolved

STATED = FileFacts(
    "订单*.csv", "orders", "shiziyu", encoding="gb18030", delimiter=";", header_row=3
)


def test_a_hand_back_is_read_as_its_original_but_for_how_it_is_written() -> None:
    platform = Platform(files=(STATED,))
    assert platform.facts_of("订单1.csv") == STATED
    for name in ("订单1.csv_退回.csv", "订单1.csv_退回.xlsx", "订单1.csv_退回.csv_退回.csv"):
        assert platform.facts_of(name) == FileFacts(name, "orders", "shiziyu")


def test_an_original_named_in_full_states_its_hand_back_too() -> None:
    platform = Platform(files=(FileFacts("0901.csv", "orders", header_row=2),))
    name = "0901.csv_退回.csv"
    assert platform.facts_of(name) == FileFacts(name, "orders")


def test_an_entry_for_hand_backs_is_taken_as_it_is() -> None:
    own = FileFacts("*_退回.csv", "orders", encoding="gb18030")
    assert Platform(files=(STATED, own)).facts_of("0901.csv_退回.csv") == own
    assert Platform().facts_of("0901.csv_退回.csv") == FileFacts("0901.csv_退回.csv")


def test_sku_renames_round_trip_and_resolve_to_the_end_of_their_chain() -> None:
    stated = '[sku_renames]\n"A" = "B"\nB = "C"\n"引\\"号" = "商品 1"\n'
    platform = Platform.from_toml(stated)
    assert platform.sku_renames == {"A": "B", "B": "C", '引"号': "商品 1"}
    assert resolved(platform.sku_renames) == {"A": "C", "B": "C", '引"号': "商品 1"}
    both = Platform(sku_renames=platform.sku_renames, files=(STATED,))
    assert Platform.from_toml(both.to_toml()) == both


def test_a_long_chain_resolves_from_any_link() -> None:
    chain = {f"s{n}": f"s{n + 1}" for n in range(2_000)}
    backwards = dict(reversed(chain.items()))
    assert set(resolved(chain).values()) == set(resolved(backwards).values()) == {"s2000"}


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ('A = "A"', '"A" is renamed to itself; remove that line'),
        ('A = "B"\nB = "A"', "A → B → A is a circle; remove one of these lines"),
        ('X = "A"\nA = "B"\nB = "C"\nC = "A"', "sku_renames: A → B → C → A is a circle"),
        ("A = 1", '[sku_renames] must hold "old id" = "new id", both in quotes'),
        ('A.B = "C"', '[sku_renames] must hold "old id" = "new id", both in quotes'),
        ('"" = "C"', "an id is empty or has spaces around it"),
        ('"A " = "C"', "an id is empty or has spaces around it"),
    ],
)
def test_renames_without_an_end_are_refused_in_one_line(stated: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Platform.from_toml(f"[sku_renames]\n{stated}\n")


def test_a_list_of_renames_is_no_table() -> None:
    with pytest.raises(ValueError, match="must hold"):
        Platform.from_toml('sku_renames = ["A", "B"]\n')
