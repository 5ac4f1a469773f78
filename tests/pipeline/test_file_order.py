"""Files come one after the other as a person reads their names, in every export."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from assets.ingest.consent.current_refusals import current_refusals
from assets.resources.home import LinliHome
from assets.resources.readers import file_order
from assets.resources.readers.file_index import list_files
from tests.lake import copy_of, give_key, home_with, ingest, named, write_export
from tests.pipeline.churn_lake import read

ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")
STOCK = ("warehouse_id", "sku_id", "counted_at", "on_hand_units")
NAMES = [
    ("users", "users (1)"),
    ("users", "users(1)"),
    ("users", "users-2"),
    ("users_9", "users_10"),
    ("users 2026-10-9", "users 2026-10-10"),
    ("用户9月30日", "用户10月31日"),
    ("users_2026-10-09", "users_2026-10-10"),
    ("9/users", "10/users"),
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    root = tmp_path_factory.mktemp("loaded")
    give_key(root / "home")
    home = home_with(
        root, {"orders": (ORDER, [("A1", "L1", "2026-10-01 10:00:00", "U1", "S1", "1")])}
    )
    for folder in ("9", "10"):
        (home.exports_dir / folder).mkdir()
    return home


@pytest.fixture
def home(loaded: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(loaded, tmp_path)


def lay(home: LinliHome, name: str, refuses: str) -> None:
    write_export(home.exports_dir, name, ("user_id", "marketing_opt_out"), [("U1", refuses)])


@pytest.mark.parametrize("names", NAMES, ids=lambda names: " then ".join(names))
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "day by day"])
def test_the_later_file_has_the_last_word(
    home: LinliHome, names: tuple[str, str], at_once: bool
) -> None:
    for name, refuses in zip(names, ("false", "true"), strict=True):
        lay(home, name, refuses)
        if not at_once:
            ingest(home)
    ingest(home)
    assert named("U1") in current_refusals(home).users
    assert read(home, "select marketing_opt_out as m from users")["m"].tolist() == [True]


def test_files_that_come_late_are_earlier_by_their_names(home: LinliHome) -> None:
    for number, refuses in ((10, "true"), (9, "false"), (2, "false")):
        lay(home, f"users_{number}", refuses)
        ingest(home)
    assert named("U1") in current_refusals(home).users


def test_stock_of_every_day_is_the_last_ones(home: LinliHome) -> None:
    for number, units in ((9, "20"), (10, "30"), (11, "20"), (12, "31")):
        rows = [("W1", "S1", "2026-10-01 22:00:00", units)]
        write_export(home.exports_dir, f"stock_{number}", STOCK, rows)
        ingest(home)
        assert read(home, "select on_hand_units as n from stock")["n"].tolist() == [float(units)]


def test_a_row_set_aside_is_mended_by_the_later_file_of_one_load(home: LinliHome) -> None:
    bad, good = ("A2", "L1", "2026-10-01 10:00:00", "U1", "S1", "two"), "3"
    write_export(home.exports_dir, "orders_9", ORDER, [bad])
    write_export(home.exports_dir, "orders_10", ORDER, [(*bad[:-1], good)])
    ingest(home)
    assert read(home, "select 1 from quarantine").empty
    assert read(home, "select quantity_units as n from orders where order_id = 'A2'")["n"][0] == 3


def test_files_are_listed_in_their_order(tmp_path: Path) -> None:
    names = ["a_2.csv", "a_10.csv", "a_10.xlsx", "b.csv", "b (1).csv", "b (2).csv"]
    for name in reversed(names):
        (tmp_path / name).write_text("x", "utf-8")
    assert [file.name for file in list_files(tmp_path)[0]] == names


def test_the_examples() -> None:
    assert doctest.testmod(file_order).failed == 0
