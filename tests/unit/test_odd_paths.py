"""Homes and exports in folders with names that engines read as something else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import typer

from assets.ingest.privacy.erase import erase_person, finish_erasure
from assets.ingest.privacy.verify_erasure import find_mentions
from assets.resources.home import LinliHome
from assets.resources.lakehouse import lakehouse
from assets.resources.lakehouse.delta_commit import purge, version_of
from assets.resources.lakehouse.safe_paths import is_unaddressable
from assets.resources.lakehouse.undo_journal import restore_version
from assets.resources.lakehouse.vacuum import Freed, vacuum
from assets.resources.person_search.mentions import Person
from data_contracts.errors import LinliError
from data_contracts.tables.bookkeeping import RUN_STEPS
from pipelines.cli import console
from pipelines.settings import Settings
from tests.lake import asking, home_at, ingest, named, write_export

pytestmark = pytest.mark.slow  # loads a home in each folder

ODD = [
    "plain", "a b", "[x]", "x]", "[!a]", "50%", "%41", "a%20b", "100%25", "q?", "star*", "back\\s",
    "\\[x\\]%2F", "^x", "|p", "{b}", "ha#sh", "quo'te", 'dou"ble', "a;b", "$x", "~t", "a&b", "a:b",
    "a=b", "day=2026-01-01", "business_date=2026-09-04", "订单", "é", "@h", "(x)", "!a", "tr ",
    "<x>", "`b`", "..x", "-x", "a,b", "😀", "'", "NULL",
]  # fmt: skip
ALL = "we[i]r%41d ?*\\'\"#;{}^|$ 订单"
FIRST, SECOND = date(2026, 9, 3), date(2026, 9, 4)


def steps(day: date, step: str, rows: int) -> pa.Table:
    row = {"as_of": day, "step": step, "seconds": 1.0, "peak_memory_mib": 1.0, "rows": rows}
    return pa.Table.from_pylist([row], schema=RUN_STEPS.arrow_schema())


def held(home: LinliHome) -> list[tuple[Any, ...]]:
    with home.lakehouse.session(RUN_STEPS) as session:
        return session.rows("select as_of, step, rows from run_steps order by all")


@pytest.mark.parametrize("name", [*ODD, ALL], ids=range(len(ODD) + 1))
def test_a_table_is_written_read_and_opened_in_any_home(tmp_path: Path, name: str) -> None:
    root = tmp_path / name / "home"
    home = LinliHome(home=str(root), exports=str(tmp_path), threads=1)
    root.mkdir(parents=True)
    for day, step, rows in ((FIRST, "a", 1), (SECOND, "a", 2), (SECOND, "b", 3), (SECOND, "a", 4)):
        home.lakehouse.replace(RUN_STEPS, day, steps(day, step, rows), step=step)
    expected = [(FIRST, "a", 1), (SECOND, "a", 4), (SECOND, "b", 3)]
    assert held(home) == expected
    path = root / "lake" / "platform" / "run_steps"
    before = version_of(path)
    purge(path)
    files = sorted(file.relative_to(path).parts[0] for file in path.rglob("*=*/*.parquet"))
    assert held(home) == expected and set(files) == {f"as_of={FIRST}", f"as_of={SECOND}"}
    assert vacuum(home.lakehouse, 168) == Freed()
    home.lakehouse.overwrite(RUN_STEPS, steps(FIRST, "c", 5))
    assert held(home) == [(FIRST, "c", 5)]
    restore_version(path, before)
    assert held(home) == expected
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["[x]", "q?%41*", "back\\s", ALL], ids=range(4))
def test_the_database_of_any_home_can_be_opened(tmp_path: Path, name: str) -> None:
    home = LinliHome(home=str(tmp_path / name), exports=str(tmp_path), threads=1)
    home.root.mkdir()
    home.lakehouse.replace(RUN_STEPS, FIRST, steps(FIRST, "a", 1), step="a")
    home.lakehouse.publish(home.database)
    if "\\" not in name:  # the engine takes it for a separator, whoever opens the file
        with duckdb.connect(str(home.database), read_only=True) as people:
            assert len(people.execute("select * from run_steps").fetchall()) == 1
    assert [p.name for p in tmp_path.iterdir()] == [name] and home.database.is_file()


def test_a_table_of_an_earlier_version_gets_its_new_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = LinliHome(home=str(tmp_path / ALL), exports=str(tmp_path), threads=1)
    home.root.mkdir()
    home.lakehouse.replace(RUN_STEPS, FIRST, steps(FIRST, "a", 1), step="a")
    columns = lakehouse.stored_columns(RUN_STEPS)
    monkeypatch.setattr(lakehouse, "stored_columns", lambda _: columns | {"more": "VARCHAR"})
    more = steps(SECOND, "b", 2).append_column("more", pa.array(["x"]))
    home.lakehouse.replace(RUN_STEPS, SECOND, more, step="b")
    with home.lakehouse.session(RUN_STEPS) as session:
        found = session.rows("select step, rows, more from run_steps order by 1")
    assert found == [("a", 1, None), ("b", 2, "x")]


HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units", "user_id"]


def line(order: str, units: object = 1, day: int = 4) -> list[object]:
    return [order, "1", f"2026-09-{day:02} 10:00:00", "S1", units, f"U00000{order[-1]}"]


def loaded(root: Path, exports: Path) -> Iterator[object]:
    """What a home says of its orders, loaded, corrected, and after somebody is forgotten."""
    home = home_at(root, exports)
    write_export(exports, "orders", HEADER, [line("a1"), line("a2"), line("a3", day=3)])
    (exports / "products.jsonl").write_text('{"sku_id": "S1", "sku_name": "米"}\n', "utf-8")
    ingest(home)
    write_export(
        exports, "orders", HEADER, [line("a1", 5), line("a2"), line("a3", day=3), line("c5", "?")]
    )
    write_export(exports, "orders_2", HEADER, [line("a2", 7), line("b4")])
    ingest(home)
    sql = "select order_id, quantity_units, user_id from orders order by 1"
    with asking(home, sql) as session:
        yield session.rows(sql)
    yield sorted(path.name for path in (home.root / "quarantine").iterdir())
    person = Person(("U000001", named("U000001")))
    removed = erase_person(home.root, home.lakes(), person)
    yield removed.rows, removed.vault_rows
    finish_erasure(home.lakes(), person.ids[-1])
    with asking(home, sql) as session:
        yield session.rows(sql)
    yield find_mentions(home.root, person, [home.vault], home.exports_dir)
    ingest(home)
    sql = "select file_name, rows_loaded, rows_forgotten from ingest_ledger order by 1, 2"
    with asking(home, sql) as session:
        yield session.rows(sql)


@pytest.fixture(scope="module")
def of_a_plain_home(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    root = tmp_path_factory.mktemp("plain")
    return list(loaded(root, root / "exports"))


@pytest.mark.parametrize("name", ["back\\s", ALL], ids=range(2))
def test_a_home_is_loaded_and_somebody_forgotten_in_any_folder(
    tmp_path: Path, of_a_plain_home: list[object], name: str
) -> None:
    assert list(loaded(tmp_path / name, tmp_path / name / name)) == of_a_plain_home
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_exports_are_read_from_folders_of_any_name(tmp_path: Path) -> None:
    home = home_at(tmp_path, tmp_path / ALL)
    names = [name for name in [*ODD, ALL] if not name.startswith(("~", "."))]
    folders = [Path(*names[start : start + 5]) for start in range(0, len(names), 5)]
    for number, folder in enumerate(folders):
        name = f"orders {folder.parts[-1]}"
        write_export(home.exports_dir / folder, name, HEADER, [line(f"{number}-1")])
    ingest(home)
    with asking(home, "from orders") as session:
        assert session.scalar("select count(*) from orders") == len(folders)
    assert [path.name for path in (home.root / "lake").iterdir() if path.name[0] != "."] == [
        "platform"
    ]


def test_dagster_keeps_its_store_within_an_odd_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    home = tmp_path / "q?[x]%41" / "home"
    settings = Settings.from_environment({}, home=home)
    settings.prepare_home()
    import os

    place = Path(os.environ["DAGSTER_HOME"])
    assert place.is_dir() and not set("?[%") & set(str(place))
    (place / "store").touch()
    assert (home / "dagster" / "store").is_file() and is_unaddressable(home)


@pytest.mark.parametrize("name", [ALL, "back\\\\[x]", "[red]x[/red]"], ids=range(3))
def test_the_terminal_shows_every_name_as_it_is(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with console.steps(f"running on {name}", None) as tell:
        tell(f"reading {name}")
    with pytest.raises(typer.Exit), console.friendly(False):
        raise LinliError(f"{name}: no such folder")
    said = capsys.readouterr().err
    for line in (f"running on {name}", f"reading {name}", f"error {name}: no such folder"):
        assert line in said
