"""The lists of a closed day are declared once; the flow makes each of them."""

from __future__ import annotations

from data_contracts.lists import DAILY_LIST_NAMES, DAILY_LISTS


def test_the_flow_makes_every_daily_list_and_no_other() -> None:
    from pipelines.flow import FLOW

    made = {key.to_user_string() for asset in FLOW for key in asset.keys}
    assert {name for name in made if name.endswith("_list")} == {
        f"{name}_list" for name in DAILY_LIST_NAMES
    }


def test_every_daily_list_has_a_name_and_a_title_of_its_own() -> None:
    assert len(set(DAILY_LIST_NAMES)) == len({spec.zh for spec in DAILY_LISTS}) == len(DAILY_LISTS)
