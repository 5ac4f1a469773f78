"""Reference files have no days: the table is compared with the size it had before it changed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.checks.run_checks import run_checks
from assets.checks.store import FILE
from assets.resources.home import LinliHome
from data_contracts.exports import BY_NAME, PRODUCTS
from data_contracts.rules import batch
from models.monitoring.run_verdict import judge_checks
from tests.lake import home_with, ingest, write_export

DAY = date(2026, 10, 30)
NEXT = DAY + timedelta(days=1)
CHECK = "table__size"


def products(rows: int) -> tuple[list[str], list[list[str]]]:
    return ["sku_id", "sku_name"], [[f"S{n}", "x"] for n in range(rows)]


def exported_again(home: LinliHome, rows: int) -> None:
    """The file of the same name, with other rows."""
    write_export(home.exports_dir, "products", *products(rows))
    ingest(home)


def size(home: LinliHome, day: date) -> dict[str, Any]:
    """The result on the size of the products, as the checks of `day` wrote it down."""
    run_checks(home, PRODUCTS, day)
    rows = json.loads((home.report_dir(day) / FILE).read_text("utf-8"))
    return next(row for row in rows if row["check"] == CHECK)


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    """A home with 1,000 products, checked on DAY."""
    home = home_with(tmp_path, {"products": products(1_000)})
    assert size(home, DAY)["status"] == "no_history"
    return home


@pytest.mark.parametrize(
    ("rows", "status"),
    [(1_000, "passed"), (5_000, "passed"), (800, "passed"), (799, "failed"), (1, "failed")],
)
def test_a_table_that_lost_more_than_a_fifth_warns(home: LinliHome, rows: int, status: str) -> None:
    exported_again(home, rows)
    found = size(home, NEXT)
    assert (found["status"], found["rows_checked"], found["severity"]) == (status, rows, "WARN")
    assert found["seen"] == f"{rows:,}"
    assert found["expected"] == f"≥ 800 (此前 before 1,000, {DAY})"


def test_both_numbers_stand_in_dagster_on_the_page_and_in_the_verdict(home: LinliHome) -> None:
    exported_again(home, 300)
    (result,) = (r for r in run_checks(home, PRODUCTS, NEXT) if r.check_name == CHECK)
    said = f"实际 300，预期 ≥ 800 (此前 before 1,000, {DAY})"
    assert (result.passed, result.description) == (False, said)
    page = (home.report_dir(NEXT) / "checks.html").read_text("utf-8")
    assert "全表行数，不少于上次变动前的 80%" in page and f"此前 before 1,000, {DAY}" in page
    checks = json.loads((home.report_dir(NEXT) / FILE).read_text("utf-8"))
    assert [reason.code for reason in judge_checks(checks)] == ["checks_warned"]


def test_a_smaller_table_keeps_warning_and_is_at_last_taken_as_meant(home: LinliHome) -> None:
    exported_again(home, 300)
    days = [DAY + timedelta(days=n) for n in range(1, batch.SIZE_DAYS + 2)]
    assert size(home, NEXT)["status"] == size(home, NEXT)["status"] == "failed"  # run again
    found = [size(home, day)["status"] for day in days]
    assert found == ["failed"] * batch.SIZE_DAYS + ["passed"]


def test_a_file_that_grows_back_passes_and_an_empty_table_warns(home: LinliHome) -> None:
    exported_again(home, 300)
    assert size(home, NEXT)["status"] == "failed"
    exported_again(home, 990)
    assert size(home, NEXT)["status"] == "passed"
    home.lakehouse.overwrite(PRODUCTS, stored(home).slice(0, 0))
    assert size(home, NEXT)["status"] == "failed"


def stored(home: LinliHome) -> Any:
    with home.lakehouse.session(PRODUCTS) as session:
        return session.arrow("select * from products")


def test_a_table_that_never_came_has_no_rows_and_no_size(tmp_path: Path) -> None:
    home = LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path))
    for day in (DAY, NEXT):
        assert size(home, day)["status"] == "no_rows"


def test_products_communities_and_users_are_watched() -> None:
    watched = {
        table.name
        for table in BY_NAME.values()
        if batch.BatchKind.SIZE in {rule.kind for rule in batch.batch_rules(table)}
    }
    assert watched == {"products", "communities", "users"}
    assert not [name for name in watched if BY_NAME[name].partition or BY_NAME[name].event_time]
