"""A load is planned in full before anything is committed, and committed in the plan's order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from assets.ingest.identify_inbox import identify_inbox
from assets.ingest.load import load, stage_files, staging_context
from assets.ingest.load_plan import LoadPlan, commit_load, plan_load
from assets.ingest.stage.stage_file import StagedFile
from assets.resources.home import LinliHome
from assets.resources.lakehouse.undo_journal import JOURNAL
from assets.resources.vault.vault import Book
from data_contracts.errors import ExportError
from data_contracts.exports import ORDERS
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE, REPAIRS
from tests.lake import asking, copy_of, home_at, named, write_export

HEADER = [
    "order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units",
    "unit_price_yuan", "receiver_phone",
]  # fmt: skip
FIRST = [
    ["a", "1", "2026-09-01 10:00:00", "U1", "s1", "1", "3.33", "13812345678"],
    ["b", "1", "2026-09-01 11:00:00", "U2", "s1", "two", "3.33", "13812345679"],
]
CORRECTED = [
    ["a", "1", "2026-09-01 10:00:00", "U1", "s1", "4", "3.33", "13812345678"],
    ["c", "1", "2026-09-02 10:00:00", "U3", "s2", "２", "1.00", "13812345670"],
]
BOOKKEEPING = (QUARANTINE, REPAIRS, INGEST_LEDGER)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    folder = tmp_path_factory.mktemp("loaded")
    write_export(folder / "exports", "orders", HEADER, FIRST)
    home = home_at(folder, folder / "exports")
    load(home, ORDERS, lambda _: None)
    write_export(folder / "exports", "orders", HEADER, CORRECTED)
    return home


@contextmanager
def planned(home: LinliHome) -> Iterator[tuple[LoadPlan, tuple[StagedFile, ...]]]:
    """The plan of what a load of the new files would commit; the lake is locked meanwhile."""
    with home.lakehouse.exclusive():
        facts = staging_context(home, home.pseudonym_key_of_lake(), tuple)
        scratch = home.lakehouse.scratch / "planned"
        files = identify_inbox(home).new_files(ORDERS)
        staged = stage_files(home, ORDERS, files, scratch, facts, lambda _: None)
        yield (
            plan_load(home, ORDERS, staged.files, staged.vault_books, facts, scratch),
            staged.files,
        )


def content(home: LinliHome) -> dict[str, list[str]]:
    """Every row of the tables a load of orders writes, and the pseudonyms in the vault."""
    found = {}
    for table in (ORDERS, *BOOKKEEPING):
        with asking(home, f"from {table.name}") as session:
            found[table.name] = sorted(map(repr, session.rows(f"from {table.name}")))
    found["vault"] = sorted(home.vault.read(Book.PEOPLE).column("user_id").to_pylist())
    return found


def test_a_plan_has_everything_and_commits_nothing(loaded: LinliHome, tmp_path: Path) -> None:
    home = copy_of(loaded, tmp_path)
    before = content(home)
    with planned(home) as (plan, _):
        assert [table for table, _ in plan.bookkeeping] == [*BOOKKEEPING]
        assert plan.journal_tables == (ORDERS, *BOOKKEEPING)
        assert plan.vault_books[Book.PEOPLE].num_rows == 2
        assert plan.rows_after == 2
        assert plan.rejected_rows_of == {"orders.csv"}
        assert sum(file.rows for file in plan.rows.removed) == 1, "the old row of order a"
    assert content(home) == before
    assert not (home.lakehouse.root / JOURNAL).exists()


def test_a_committed_plan_is_the_load(loaded: LinliHome, tmp_path: Path) -> None:
    home, other = copy_of(loaded, tmp_path / "one"), copy_of(loaded, tmp_path / "two")
    with planned(home) as (plan, staged):
        commit_load(home, plan, staged, identify_inbox(home))
    load(other, ORDERS, lambda _: None)
    assert content(home) == content(other)
    assert len(content(home)["orders"]) == 2
    assert named("U3") in content(home)["vault"]


def test_a_table_with_other_rows_than_planned_is_restored(
    loaded: LinliHome, tmp_path: Path
) -> None:
    home = copy_of(loaded, tmp_path)
    before = content(home) | {"vault": ["U1", "U2", "U3"]}
    with planned(home) as (plan, staged), pytest.raises(ExportError, match="account for 3"):
        commit_load(home, replace(plan, rows_after=3), staged, identify_inbox(home))
    after = content(home)
    assert {name: after[name] for name in after if name != "vault"} == {
        name: before[name] for name in before if name != "vault"
    }
    assert not (home.lakehouse.root / JOURNAL).exists()


def test_the_commits_come_in_the_order_of_the_plan(loaded: LinliHome, tmp_path: Path) -> None:
    home = copy_of(loaded, tmp_path)
    with planned(home) as (plan, staged):
        commit_load(home, plan, staged, identify_inbox(home))
    newest = [
        max(path.stat().st_mtime_ns for path in folder.rglob("*.json*"))
        for folder in (home.lakehouse.path(table) / "_delta_log" for table in plan.journal_tables)
    ]
    assert newest == sorted(newest)
