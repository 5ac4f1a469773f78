"""What `platform.toml` states, and of which files."""

from __future__ import annotations

from data_contracts.platform_file import FileFacts, Platform

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
