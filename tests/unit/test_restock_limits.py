"""Limits of a day's orders in `platform.toml`: read, written again, and what is wrong with them."""

from __future__ import annotations

import pytest

from data_contracts.errors import StatedError
from data_contracts.platform_file import Platform
from data_contracts.restock_limits import RestockLimits, WarehouseLimits

WRITTEN = """
[restock]
budget_yuan = 50000
service_level = 0.95

[restock.warehouses.W01]
budget_yuan = 20000
capacity_units = 3000.5

[restock.warehouses."仓 2"]
"""


def test_limits_are_read_and_written_again() -> None:
    platform = Platform.from_toml(WRITTEN)
    assert platform.restock == RestockLimits(
        50_000.0,
        0.95,
        {"W01": WarehouseLimits(20_000.0, 3000.5), "仓 2": WarehouseLimits()},
    )
    assert Platform.from_toml(platform.to_toml()) == platform


def test_without_the_table_nothing_is_limited() -> None:
    assert Platform.from_toml("").restock == RestockLimits()
    assert "restock" not in Platform().to_toml()


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("restock = 3", r"\[restock\] must be a table of its own"),
        ("[restock]\nbudget = 3", r"\[restock\] has the unknown key 'budget'; known keys: budget_"),
        ("[restock]\nbudget_yuan = 0", r"\[restock\] budget_yuan = 0 must be a number above 0"),
        ("[restock]\nbudget_yuan = true", "budget_yuan = True must be a number"),
        ('[restock]\nbudget_yuan = "50k"', "budget_yuan = '50k' must be a number"),
        ("[restock]\nservice_level = 1", "service_level = 1 must be a number between 0 and 1"),
        ("[restock]\nservice_level = 95", "between 0 and 1, like 0.95"),
        ("[restock]\nwarehouses = 1", r"\[restock.warehouses\] must be a table"),
        ("[restock.warehouses]\nW01 = 5", r"\[restock.warehouses.W01\] must be a table"),
        (
            "[restock.warehouses.W01]\nservice_level = 0.9",
            r"\[restock.warehouses.W01\] has the unknown key 'service_level'",
        ),
        ("[restock.warehouses.W01]\ncapacity_units = -1", "capacity_units = -1 must be a number"),
    ],
)
def test_what_is_wrong_is_named(toml: str, says: str) -> None:
    with pytest.raises(StatedError, match=says):
        Platform.from_toml(toml)
