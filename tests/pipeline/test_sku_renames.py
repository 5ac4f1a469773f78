"""An old SKU id becomes the new one, whether stated before or after its rows came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from assets.ingest import load
from assets.ingest.merge import reconcile, sku_renames
from assets.resources.home import LinliHome
from assets.resources.lakehouse.delta_commit import files_of, version_of
from data_contracts.errors import LinliError
from data_contracts.exports import BY_NAME, ORDERS
from tests.lake import asking, copy_of, home_at, ingest, write_export

Rows = Sequence[Sequence[object]]
FILES: dict[str, tuple[list[str], Rows]] = {
    "orders_1": (
        ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units", "unit_price_yuan"],
        [
            ["o1", "1", "2026-09-01 10:00:00", "old", 1, "3.33"],
            ["o2", "1", "2026-09-02 10:00:00", "ｏｌｄ", "２", "3.33"],
            ["o3", "1", "2026-09-03 10:00:00", "other", 1, "3.33"],
            ["o4", "1", "2026-09-03 11:00:00", "older", 1, "3.33"],
        ],
    ),
    "orders_2": (
        ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units", "unit_price_yuan"],
        [["o2", "1", "2026-09-02 10:00:00", "old", 5, "3.33"]],
    ),
    "browse": (
        ["event_id", "occurred_at", "user_id", "action", "sku_id"],
        [["e1", "2026-09-01 10:00:00", "u1", "view_detail", "old"]],
    ),
    "chat": (
        ["message_id", "sent_at", "user_id", "channel", "text", "sku_id"],
        [["m1", "2026-09-01 10:00:00", "u1", "review", "好", "old"]],
    ),
    "products": (
        ["sku_id", "sku_name"],
        [["old", "was"], ["new", "is"]],
    ),
    "stock_1": (
        ["warehouse_id", "sku_id", "batch_id", "counted_at", "on_hand_units"],
        [
            ["w1", "old", "", "2026-09-01 06:00:00", 5],
            ["w1", "new", "", "2026-09-01 06:00:00", 6],
            ["w2", "old", "", "2026-09-01 06:00:00", 7],
        ],
    ),
    "stock_2": (
        ["warehouse_id", "sku_id", "batch_id", "counted_at", "on_hand_units"],
        [
            ["w2", "new", "", "2026-09-01 06:00:00", 8],
            ["w3", "older", "", "2026-09-01 06:00:00", 9],
        ],
    ),
    "availability": (
        ["day", "warehouse_id", "sku_id", "hours_status"],
        [
            ["2026-09-01", "w1", "old", "A" * 24],
            ["2026-09-01", "w1", "new", "S" * 24],
            ["2026-09-02", "w1", "new", "N" * 24],
            ["2026-09-03", "w1", "old", "A" * 24],
        ],
    ),
    "promotions": (
        ["promotion_id", "sku_id", "starts_on", "ends_on"],
        [["p1", "old", "2026-09-01", "2026-09-02"], ["p2", "", "2026-09-01", "2026-09-02"]],
    ),
}
RENAMES = {"old": "new", "older": "old"}


def home_of(root: Path, renames: Mapping[str, str] | None = None) -> LinliHome:
    (root / "exports").mkdir(parents=True, exist_ok=True)
    home = home_at(root, root / "exports")
    state(home, renames or {})
    return home


def state(home: LinliHome, renames: Mapping[str, str]) -> None:
    lines = [f'"{old}" = "{new}"' for old, new in renames.items()]
    text = "\n".join(["max_bad_share = 0.9", "[sku_renames]", *lines, ""])
    (home.exports_dir / "platform.toml").write_text(text, "utf-8")


def put(home: LinliHome, *names: str) -> None:
    for name in names or FILES:
        write_export(home.exports_dir, name, *FILES[name])
    ingest(home)


KEYED = ("orders_1", "orders_2", "stock_1", "stock_2", "availability")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """A home that loaded orders and what has the SKU in its key, without a rename."""
    home = home_of(tmp_path_factory.mktemp("loaded"))
    put(home, *KEYED)
    return home


@pytest.fixture
def home(loaded: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(loaded, tmp_path)


def ask(home: LinliHome, sql: str) -> list[tuple]:
    with asking(home, sql) as session:
        return session.rows(sql)


def everything(home: LinliHome) -> dict[str, list[tuple]]:
    """Every row of every export, lineage included."""
    with home.lakehouse.session() as session:
        return {
            name: session.rows(f"select * from {name} order by file_sha256, row_number")
            for name in BY_NAME
        }


def accounts(home: LinliHome) -> list[tuple]:
    """The ledger, whose every file must balance against what the table holds."""
    held = " union all ".join(f"select '{name}' as export from {name}" for name in BY_NAME)
    wrong = ask(
        home,
        f"with held as (select export, count(*) as rows from ({held}) group by 1), "
        "told as (select export, sum(rows_loaded) as rows, sum(rows_loaded + rows_quarantined + "
        "rows_duplicate + rows_superseded + rows_forgotten - rows_read) as off, sum(money_kept_yuan"
        " + money_given_back_yuan + money_quarantined_yuan + money_duplicate_yuan + "
        "money_superseded_yuan + money_forgotten_yuan - money_read_yuan) as money_off "
        "from ingest_ledger group by 1) "
        "select * from held full join told using (export) "
        "where held.rows is distinct from told.rows or off <> 0 or money_off <> 0",
    )
    assert wrong == []
    return ask(
        home,
        "select file_name, rows_loaded, rows_duplicate, money_kept_yuan, "
        "money_duplicate_yuan, export from ingest_ledger order by 1",
    )


def repairs(home: LinliHome) -> list[tuple]:
    return ask(home, "select file_name, column_name, kind, rows from repairs order by 1, 2, 3")


def test_renamed_before_or_after_gives_the_same_tables(tmp_path: Path) -> None:
    before, home = home_of(tmp_path / "before", RENAMES), home_of(tmp_path)
    put(before)
    put(home)
    state(home, RENAMES)
    ingest(home)
    assert everything(home) == everything(before)
    assert accounts(home) == accounts(before)
    skus = ask(home, "select order_id, sku_id, repairs from orders order by 1")
    assert skus == [
        ("o1", "new", "sku_id:sku_rename"),
        ("o2", "new", "sku_id:sku_rename"),
        ("o3", "other", None),
        ("o4", "new", "sku_id:sku_rename"),
    ]
    for name in ("browse", "chat", "promotions", "stock", "availability"):
        assert ask(home, f"select count(*) from {name} where sku_id in ('old', 'older')") == [(0,)]
        assert ask(home, f"select count(*) > 0 from {name} where sku_id = 'new'") == [(True,)]
    assert ask(home, "select sku_id from products order by 1") == [("new",), ("old",)]


def test_a_renamed_row_is_counted_as_a_repair(home: LinliHome) -> None:
    """Rows that stand: what lost to another row, by the rename too, is none."""
    state(home, RENAMES)
    ingest(home)
    assert [row for row in repairs(home) if row[2] == "sku_rename"] == [
        ("availability.csv", "sku_id", "sku_rename", 1),
        ("orders_1.csv", "sku_id", "sku_rename", 2),
        ("orders_2.csv", "sku_id", "sku_rename", 1),
        ("stock_2.csv", "sku_id", "sku_rename", 1),
    ]


def test_no_key_stands_twice_and_the_ledger_names_the_duplicates(home: LinliHome) -> None:
    state(home, RENAMES)
    ingest(home)
    held = ask(home, "select warehouse_id, sku_id, on_hand_units from stock order by 1")
    assert held == [("w1", "new", 6.0), ("w2", "new", 8.0), ("w3", "new", 9.0)]
    assert ask(home, "select day::varchar, hours_status from availability order by 1") == [
        ("2026-09-01", "S" * 24),
        ("2026-09-02", "N" * 24),
        ("2026-09-03", "A" * 24),
    ]
    files = {row[0]: row[1:3] for row in accounts(home)}
    assert files["stock_1.csv"] == (1, 2)
    assert files["availability.csv"] == (3, 1)


def test_only_days_with_an_old_id_are_written_anew(home: LinliHome) -> None:
    def files() -> dict[str, set[Path]]:
        found: dict[str, set[Path]] = {}
        for file in files_of(home.lakehouse.path(ORDERS), ORDERS.partition):
            found.setdefault(str(file.partition), set()).add(file.path)
        return found

    before = files()
    state(home, {"older": "x"})
    ingest(home)
    after = files()
    assert {day for day in before if before[day] != after[day]} == {"2026-09-03"}


def test_a_load_without_a_change_looks_at_nothing(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    state(home, RENAMES)
    ingest(home)
    versions = {name: version_of(home.lakehouse.path(table)) for name, table in BY_NAME.items()}
    tables = everything(home)

    def forbidden(*_: object) -> None:
        raise AssertionError("looked at the rows")

    monkeypatch.setattr(sku_renames, "_rewrite_days", forbidden)
    monkeypatch.setattr(sku_renames, "reconcile_rewritten_rows", forbidden)
    ingest(home)
    assert everything(home) == tables
    assert {n: version_of(home.lakehouse.path(t)) for n, t in BY_NAME.items()} == versions


def test_rows_that_come_after_the_rename_are_renamed_at_the_door(tmp_path: Path) -> None:
    home = home_of(tmp_path, RENAMES)
    put(home, "orders_1")
    assert ask(home, "select repairs from orders where order_id = 'o2'") == [
        ("sku_id:full_width quantity_units:full_width sku_id:sku_rename",)
    ]
    assert ("orders_1.csv", "sku_id", "sku_rename", 3) in repairs(home)


def test_repairs_stand_in_the_same_order_either_way(tmp_path: Path) -> None:
    before, after = home_of(tmp_path / "before", RENAMES), home_of(tmp_path / "after")
    put(before, "orders_1")
    put(after, "orders_1")
    state(after, RENAMES)
    ingest(after)
    assert everything(before) == everything(after)
    assert repairs(before) == repairs(after)
    assert accounts(before) == accounts(after)
    repaired = "select rows_repaired from ingest_ledger"
    assert ask(before, repaired) == ask(after, repaired) == [(3,)]


def test_a_chain_that_goes_on_later_ends_where_it_would_have(
    home: LinliHome, tmp_path: Path
) -> None:
    state(home, {"older": "old"})
    ingest(home)
    state(home, RENAMES | {"new": "newest"})
    ingest(home)
    at_once = home_of(tmp_path / "at_once", RENAMES | {"new": "newest"})
    put(at_once, *KEYED)
    assert everything(home) == everything(at_once)


@pytest.mark.parametrize("later", [{}, {"old": "else"}, {"new": "old"}])
def test_taking_a_rename_back_is_refused(home: LinliHome, later: dict[str, str]) -> None:
    state(home, {"old": "new", "unknown": "x"})
    ingest(home)
    tables = everything(home)
    state(home, later)
    with pytest.raises(LinliError) as caught:
        ingest(home)
    said = str(caught.value)
    assert 'were already renamed from "old" to "new"' in said
    assert 'State "old" = "new" again, or remove' in said and str(home.lakehouse.root) in said
    assert "\n" not in said
    assert everything(home) == tables
    state(home, {"old": "new"})  # nobody ever met "unknown"
    ingest(home)
    assert everything(home) == tables


def test_a_rename_met_at_the_door_cannot_be_taken_back_either(tmp_path: Path) -> None:
    home = home_of(tmp_path, {"old": "new", "unknown": "x", "ｏｌｄ": "y"})
    put(home, "orders_1")
    state(home, {"unknown": "z"})
    with pytest.raises(LinliError, match='rows of orders were already renamed from "old" to "new"'):
        ingest(home)
    state(home, {"old": "new", "unknown": "z"})
    ingest(home)


def test_a_long_list_stands_in_a_file_of_its_own(home: LinliHome) -> None:
    folder = home.exports_dir / "mappings"
    folder.mkdir()
    path = folder / "sku_renames.csv"
    many = "".join(f"gone{n},kept{n}\n" for n in range(3_000))
    path.write_text(f"old_sku_id,new_sku_id\nold, new \n{many}", "gb18030")
    state(home, {"older": "old"})
    ingest(home)
    assert ask(home, "select distinct sku_id from orders order by 1") == [("new",), ("other",)]
    for content, message in {
        "old_sku_id,new_sku_id\nolder,x\n": "data row 1: 'older' is renamed to 'x', and elsewhere",
        "old_sku_id,new_sku_id\nold,new\nx,\n": "data row 2: old_sku_id or new_sku_id is empty",
        "old,new\nold,new\n": "its header must be old_sku_id,new_sku_id",
        "old_sku_id,new_sku_id\nold,older\n": "is a circle",
    }.items():
        path.write_text(content, "utf-8")
        with pytest.raises(LinliError, match=message):
            ingest(home)


def test_the_key_index_still_finds_what_stands(home: LinliHome) -> None:
    state(home, RENAMES)
    ingest(home)
    write_export(home.exports_dir, "orders_3", FILES["orders_1"][0], [FILES["orders_1"][1][0]])
    rows = [["2026-09-03", "w1", "new", "N" * 24]]
    write_export(home.exports_dir, "availability_2", FILES["availability"][0], rows)
    ingest(home)
    assert ask(home, "select count(*), count(distinct order_id) from orders") == [(4, 4)]
    assert ask(home, "select hours_status from availability where day = DATE '2026-09-03'") == [
        ("N" * 24,)
    ]
    accounts(home)


@pytest.mark.parametrize("last_commit", ["met", "table", "repairs", "ledger"])
def test_a_renaming_killed_between_commits_is_done_again(
    home: LinliHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last_commit: str
) -> None:
    whole = home_of(tmp_path / "whole")
    put(whole, *KEYED)
    state(whole, RENAMES)
    ingest(whole)
    state(home, RENAMES)
    with monkeypatch.context() as patched:
        if last_commit in ("met", "table"):
            name = {"met": "note_old_ids", "table": "commit_files"}[last_commit]
            patched.setattr(sku_renames, name, _dying(getattr(sku_renames, name)))
        else:
            count = {"repairs": 1, "ledger": 2}[last_commit]
            patched.setattr(
                reconcile, "_overwrite_export", _dying(reconcile._overwrite_export, count)
            )
        for name in ("stock", "orders"):
            with pytest.raises(KeyboardInterrupt):
                load.load(home, BY_NAME[name], lambda _: None)
    ingest(home)
    assert everything(home) == everything(whole)
    assert accounts(home) == accounts(whole)
    assert repairs(home) == repairs(whole)
    state(home, {})
    with pytest.raises(LinliError, match="were already renamed from"):
        ingest(home)


def _dying(real: Callable[..., Any], count: int = 1) -> Callable[..., Any]:
    calls = 0

    def die(*args: object, **named: object) -> Any:
        nonlocal calls
        result = real(*args, **named)
        calls += 1
        if calls == count:
            calls = 0
            raise KeyboardInterrupt
        return result

    return die
