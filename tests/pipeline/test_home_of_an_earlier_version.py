"""A home written by the code of commit c8adcf8 opens, runs its next day and erases a person.

The archive holds one small platform (8 users, 4 SKUs, 61 days) as `linli run` of that commit left
it for 2026-10-31, without Dagster's store, the database of views and the pages. All names in it
are invented.
"""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assets.resources.home import LinliHome
from pipelines.settings import Settings
from tests.conftest import linli
from tests.lake import named

ARCHIVE = Path(__file__).parent / "homes" / "c8adcf8.tar.xz"
OLD_DAY, NEXT_DAY = "2026-10-31", "2026-11-01"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home after its next day: a new file of orders, and the corrected row handed back."""
    folder = tmp_path_factory.mktemp("earlier") / "home"
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    shown = linli("lists", "--home", folder)
    assert shown.exit_code == 0 and OLD_DAY in shown.output, shown.output
    inbox = folder / "inbox"
    rejected = next((folder / "quarantine").glob("*.csv")).read_text("utf-8-sig")
    (inbox / "orders_corrected.csv").write_text(rejected.replace("many", "2"), "utf-8")
    with (inbox / "orders.csv").open(encoding="utf-8", newline="") as stream:
        first = next(csv.DictReader(stream))
    day = f"{NEXT_DAY} 09:00:00"
    first |= {"order_id": "O9002", "ordered_at": day, "updated_at": day, "user_id": "U4"}
    with (inbox / "orders_2026-11-01.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, first)
        writer.writeheader()
        writer.writerow(first)
    count = "warehouse_id,sku_id,counted_at,on_hand_units\nW1,S1,2026-11-01 22:00:00,7\n"
    (inbox / "stock_2026-11-01.csv").write_text(count, "utf-8")
    ran = linli("run", "--home", folder, "--as-of", NEXT_DAY)
    assert ran.exit_code == 0, ran.output
    yield folder


def opened(folder: Path) -> LinliHome:
    settings = Settings.from_environment({}, home=folder, exports=folder / "inbox")
    return settings.linli_home()


def test_the_earlier_list_is_still_there_and_the_next_one_is_published(home: Path) -> None:
    for name in ("restock", "wake_up"):
        latest = json.loads((home / "lists" / name / "latest.json").read_text("utf-8"))
        assert latest["last_good"] == NEXT_DAY and latest["status"] == "published"
        for day in (OLD_DAY, NEXT_DAY):
            assert (home / "lists" / name / day / "manifest.json").exists()


def test_every_row_of_the_earlier_version_counts(home: Path) -> None:
    """285 rows were loaded by the earlier version; one was corrected, one is of the new day."""
    with opened(home).lakehouse.session() as session:
        assert session.scalar("select count(*) from orders") == 288 - 1 - 1 + 2
        assert session.scalar("select count(*) from stock") == 4 + 1
        assert session.scalar("select count(*) from quarantine") == 0
        unequal = session.scalar(
            "select count(*) from ingest_ledger where rows_read <> rows_loaded "
            "+ rows_quarantined + rows_duplicate + rows_superseded + rows_forgotten"
        )
        assert unequal == 0
        assert session.scalar("select count(*) from layer_labels where as_of = date '2026-10-31'")


def test_who_refused_in_the_earlier_version_is_not_contacted(home: Path) -> None:
    with opened(home).lakehouse.session() as session:
        contacted = {row[0] for row in session.rows("select user_id from wake_up_lines")}
    assert not contacted & {named("U2"), named("U3")}


def test_a_person_of_the_earlier_version_can_be_erased(home: Path) -> None:
    with opened(home).lakehouse.session() as session:
        assert session.scalar("select count(*) from orders where user_id = $u", u=named("U5")) > 0
    gone = linli("forget", "U5", "--home", home, "--yes")
    assert gone.exit_code == 0 and "nothing names this person" in gone.output, gone.output
    with opened(home).lakehouse.session() as session:
        assert session.scalar("select count(*) from orders where user_id = $u", u=named("U5")) == 0


def test_the_days_of_the_earlier_version_are_whole(home: Path) -> None:
    with opened(home).lakehouse.session() as session:
        first, last = session.rows("select min(business_date), max(business_date) from orders")[0]
    assert (first, last) == (date(2026, 9, 1), date(2026, 11, 1))
