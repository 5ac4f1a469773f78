"""A table is declared once: what is stored, checked and never empty follows from its declaration
and from the flow."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from types import ModuleType

import pytest

import data_contracts.exports
import data_contracts.tables
from assets.checks.suites import NOT_EMPTY
from assets.framework.day_asset import TABLE_NAME, table_written_by
from data_contracts.lists import OPEN_DAY_STEPS
from data_contracts.stored_tables import STORED_BY_NAME, STORED_TABLES
from data_contracts.table import Table, tables_of
from data_contracts.tables import wake_up
from pipelines.definitions import defs
from pipelines.flow import CHECKED, FLOW, ON_DEMAND, OPEN_DAY, OPEN_DAY_CHECKED

ASSETS = (*FLOW, *ON_DEMAND, *OPEN_DAY)
# Assets that write files: lists, pages, the database of views.
WRITE_FILES = {"restock_list", "wake_up_list", "nowcast_list"}
WRITE_FILES |= {"database", "run_card", "backtest_report"}
# Assets whose table has a name of its own: the accuracy of the model they fit.
FIT_MODELS = {"demand_model": "demand_backtest", "churn_model": "churn_backtest"}


def declared_in(package: ModuleType) -> set[str]:
    """The names of all tables that modules of the package declare, found in its folder."""
    modules = (
        importlib.import_module(f"{package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(package.__path__)
    )
    return {v.name for m in modules for v in vars(m).values() if isinstance(v, Table)}


def checks() -> set[tuple[str, str]]:
    """Table and name of every check that Dagster knows."""
    found = [key for step in defs.asset_checks or () for key in step.check_keys]
    return {(key.asset_key.to_user_string(), key.name) for key in found}


@pytest.mark.parametrize("package", [data_contracts.exports, data_contracts.tables])
def test_every_declared_table_is_stored(package: ModuleType) -> None:
    declared = declared_in(package)
    assert declared and declared <= set(STORED_BY_NAME)


def test_nothing_is_registered_twice() -> None:
    names = Counter(table.name for table in STORED_TABLES)
    names.update(f"asset {key.to_user_string()}" for asset in ASSETS for key in asset.keys)
    assert [name for name, times in names.items() if times > 1] == []


def test_two_tables_of_one_name_are_refused() -> None:
    other = ModuleType("other")
    wrong = Table(name="wake_up_lines", zh="别的", meaning="another", columns=(), key=())
    other.WAKE_UP_LINES = wrong  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="wake_up_lines: two tables have this name"):
        tables_of(wake_up, other)
    again = ModuleType("again")
    again.WAKE_UP_LINES = wake_up.WAKE_UP_LINES  # type: ignore[attr-defined]
    assert tables_of(again, wake_up) == (wake_up.WAKE_UP_LINES, wake_up.WAKE_UP_LEFT_OUT)


def test_every_asset_knows_its_table() -> None:
    written = {}
    for asset in ASSETS:
        (spec,) = asset.specs
        assert spec.metadata[TABLE_NAME]
        table = table_written_by(asset)
        written[spec.key.to_user_string()] = table and table.name
    stored = {name: table for name, table in written.items() if table is not None}
    assert set(written) - set(stored) == WRITE_FILES
    assert {name: table for name, table in stored.items() if name != table} == FIT_MODELS


def test_checked_tables_follow_from_the_flow() -> None:
    of_day = [table.name for table in CHECKED]
    expected = [name for asset in FLOW for key in asset.keys if (name := key.to_user_string())]
    assert of_day == [name for name in expected if name not in WRITE_FILES | set(FIT_MODELS)]
    assert [table.name for table in OPEN_DAY_CHECKED] == ["order_nowcast"]
    assert {table for table, _ in checks()} == {*of_day, "order_nowcast"}


def test_tables_behind_the_restock_list_may_never_be_empty() -> None:
    expected = {"demand_day", "demand_forecast", "restock_lines"}
    assert {table.name for table in STORED_TABLES if table.is_never_empty} == expected
    assert {table for table, check in checks() if check == NOT_EMPTY} == expected


def test_the_steps_of_an_open_day_are_its_assets() -> None:
    assert tuple(key.to_user_string() for a in OPEN_DAY for key in a.keys) == OPEN_DAY_STEPS
