"""A content that comes back after another one holds from then on; a copy of it does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assets.ingest.load import load
from assets.ingest.reload import reload_all
from assets.resources.home import LinliHome
from data_contracts.exports import ORDERS, USERS
from data_contracts.table import Table
from tests.lake import give_key, home_with, ingest, write_export
from tests.pipeline.churn_lake import read

ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")
AT = "2026-10-01 10:00:00"
USER = ("user_id", "marketing_opt_out")
YES, NO = [("U1", "true"), ("U2", "false")], [("U1", "false"), ("U2", "false")]


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    give_key(tmp_path / "home")
    return home_with(tmp_path, {"orders": (ORDER, [("A1", "L1", AT, "U1", "S1", "1")])})


def lay(home: LinliHome, name: str, rows: list[tuple[str, ...]], header: tuple = USER) -> None:
    write_export(home.exports_dir, name, header, rows)
    ingest(home)


def refused(home: LinliHome) -> int:
    return len(read(home, "select user_id from users where marketing_opt_out"))


def new_files(home: LinliHome, table: Table) -> int:
    return load(home, table, lambda _: None).new_files


@pytest.mark.parametrize(
    "names",
    [
        ["users"] * 5,
        ["users_1", "users_2", "users_3", "users_4", "users_5"],
        [f"{day}/users" for day in ("2026-10-29", "2026-10-30", "2026-10-31", "2026-11-01")],
    ],
    ids=["restored", "numbered", "by day"],
)  # fmt: skip
def test_what_holds_is_what_came_last(home: LinliHome, names: list[str]) -> None:
    for name, rows in zip(names, [YES, NO, YES, NO, YES], strict=False):
        (home.exports_dir / name).parent.mkdir(exist_ok=True)
        lay(home, name, rows)
        assert refused(home) == (rows is YES)
        assert new_files(home, USERS) == 0


def test_files_that_lie_there_at_once_are_read_as_one_after_the_other(home: LinliHome) -> None:
    for name, rows in (("users_1", YES), ("users_2", NO), ("users_3", YES)):
        write_export(home.exports_dir, name, USER, rows)
    ingest(home)
    assert refused(home) == 1
    assert new_files(home, USERS) == 0


@pytest.mark.parametrize(
    "copy", ["users_旧", "users_old", "备份/users_1", "users_1 - 副本", "users (1)"]
)
def test_an_old_content_kept_under_another_name_is_a_copy(home: LinliHome, copy: str) -> None:
    (home.exports_dir / "备份").mkdir()
    lay(home, "users_1", YES)
    lay(home, "users_2", NO)
    lay(home, copy, YES)
    assert refused(home) == 0
    assert new_files(home, USERS) == 0


def test_an_old_content_moved_aside_for_its_correction_is_a_copy(home: LinliHome) -> None:
    lay(home, "users", YES)
    shutil.move(home.exports_dir / "users.csv", home.exports_dir / "users_1.csv")
    lay(home, "users", NO)
    ingest(home)
    assert refused(home) == 0
    assert new_files(home, USERS) == 0


def test_a_copy_of_rows_that_stand_is_not_read_again(home: LinliHome) -> None:
    lay(home, "users_1", YES)
    write_export(home.exports_dir, "users_2", USER, YES)
    assert new_files(home, USERS) == 0


def test_orders_are_restored_to_the_row_and_the_fen(home: LinliHome) -> None:
    header = (*ORDER, "unit_price_yuan", "paid_amount_yuan")
    good = [
        (f"A{n}", "L1", f"2026-10-0{n} 10:00:00", "U1", "S1", "2", "3.50", "7.00")
        for n in range(1, 6)
    ]
    wrong = [(*row[:5], "20", "3.50", "70.00") for row in good[:3]] + [
        ("A4", "L1", "", "", "", "", "", "")
    ]
    sums = "select count(*) as n, sum(quantity_units) as q, sum(paid_amount_yuan) as y from orders"
    states = []
    for rows in (good, wrong, good, wrong, good):
        lay(home, "orders", rows, header)
        states.append(read(home, sums).values.tolist())
        assert new_files(home, ORDERS) == 0
    assert states[0] == states[2] == states[4] == [[5, 10.0, states[0][0][2]]]
    assert states[1] == states[3] != states[0]
    left = read(home, "select count(*) as n from quarantine where export = 'orders'")["n"][0]
    assert left == 0  # the row that was set aside went with its file


def test_a_platform_is_reloaded_though_a_content_came_back(home: LinliHome) -> None:
    for rows in (YES, NO, YES):
        lay(home, "users", rows)
    (home.exports_dir / "platform.toml").write_text('cutoff = "22:00"\n', "utf-8")
    assert reload_all(home, print)
    assert refused(home) == 1
