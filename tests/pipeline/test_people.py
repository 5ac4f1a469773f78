"""People at the door: pseudonyms in every table, raw values in the vault alone, forgetting."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from assets.ingest.exports import INGEST_ASSETS
from assets.ingest.load import load
from assets.ingest.privacy import erase
from assets.ingest.privacy.erase import erase_person, finish_erasure
from assets.ingest.privacy.erasure_plan import tables_with_users
from assets.ingest.privacy.verify_erasure import find_mentions
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import stored_columns
from assets.resources.person_search.mentions import Person
from assets.resources.person_search.people_lookup import load_person
from assets.resources.vault.keys import PseudonymKey
from assets.resources.vault.vault import Book
from data_contracts.errors import LinliError
from data_contracts.exports import ORDERS
from data_contracts.stored_tables import STORED_TABLES
from data_contracts.table import Personal
from pipelines.definitions import home_resource
from pipelines.settings import PSEUDONYM_KEY, VAULT_KEY, Settings
from tests.lake import copy_of, home_with, ingest, named, write_export

HEADER = (
    *("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units"),
    *("unit_price_yuan", "receiver_name", "receiver_phone", "receiver_address"),
)
PHONE, OTHER_PHONE = "13812345678", "13987654321"
ADDRESSES = ("杭州市枫林苑1幢101室",)


def line(order: str, user: str, *, at: str = "2026-10-01 10:00:00", **more: str) -> tuple[str, ...]:
    row = {
        "order_id": order,
        "line_id": f"{order}-1",
        "ordered_at": at,
        "user_id": user,
        "sku_id": "S1",
        "quantity_units": "2",
        "unit_price_yuan": "5.00",
        "receiver_name": "王小明",
        "receiver_phone": PHONE,
        "receiver_address": "杭州市枫林苑1幢101室",
    } | more
    return tuple(row[name] for name in HEADER)


USERS = ("user_id", "name", "phone", "address", "allergens", "youngest_child_years")
PLATFORM = {
    "orders": (
        HEADER,
        [
            line("A1", "U000001"),
            line("C1", "U000001", quantity_units="many"),
            line("A2", "U000001", at="2026-10-02 10:00:00", receiver_phone=OTHER_PHONE),
            line("B1", "U000002", receiver_phone="13700000000", receiver_name="李雷"),
        ],
    ),
    "users": (
        USERS,
        [
            ("U000001", "王明", "", "", "花生|牛奶", "2"),
            ("U000002", "李雷", "13700000000", "杭州市枫林苑2幢", "", ""),
        ],
    ),
    "browse": (
        ("event_id", "user_id", "occurred_at", "action"),
        [("e1", "U000001", "2026-10-01 09:00:00", "view_detail")],
    ),
    "logistics": (
        ("shipment_id", "order_id", "dispatched_at"),
        [("s1", "A1", "2026-10-02 05:00:00"), ("s2", "B1", "2026-10-02 05:00:00")],
    ),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    return home_with(tmp_path_factory.mktemp("loaded"), PLATFORM)


@pytest.fixture
def home(loaded: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(loaded, tmp_path)


def ledger(home: LinliHome, export: str) -> dict[str, object]:
    with home.lakehouse.session() as session:
        rows = session.arrow(
            "select sum(rows_read) as read, sum(rows_loaded) as loaded, "
            "sum(rows_quarantined) as quarantined, sum(rows_forgotten) as forgotten, "
            "sum(money_read_yuan) as money_read, sum(money_kept_yuan) as money_kept, "
            "sum(money_forgotten_yuan) as money_forgotten "
            "from ingest_ledger where export = $export",
            export=export,
        )
    return rows.to_pylist()[0]


# -- pseudonyms -----------------------------------------------------------------------------------


def test_every_table_knows_a_user_by_the_same_pseudonym(home: LinliHome) -> None:
    with home.lakehouse.session() as session:
        for table, users in (("orders", "12"), ("users", "12"), ("browse", "1")):
            found = {row[0] for row in session.rows(f"select user_id from {table}")}
            assert found == {named(f"U00000{number}") for number in users}


@pytest.mark.parametrize("written", [" U000001", "Ｕ000001", '="U000001"', "U000001\u200b"])
def test_a_repaired_id_is_the_same_person(tmp_path: Path, written: str) -> None:
    later = line("A1", written, at="2026-10-03 10:00:00", receiver_phone=OTHER_PHONE)
    home = home_with(tmp_path, {"orders": (HEADER, [later, line("A2", "U000001")])})
    with home.lakehouse.session() as session:
        assert session.rows("select distinct user_id from orders") == [(named("U000001"),)]
    (person,) = home.vault.read(Book.PEOPLE).to_pylist()
    assert (person["platform_user_id"], person["phone"]) == ("U000001", OTHER_PHONE)


def test_an_id_that_lost_its_digits_names_nobody(tmp_path: Path) -> None:
    rows = [line("A1", "1.38E+10"), line("A2", "U2")]
    home = home_with(tmp_path, {"orders": (HEADER, rows)})
    with home.lakehouse.session() as session:
        reasons = session.rows("select reason_code from quarantine")
    assert reasons == [("user_id.lost_digits",)]


def test_no_raw_value_stands_anywhere_but_in_the_vault(home: LinliHome) -> None:
    (home.root / "quarantine").rename(home.root.parent / "handed back")  # rows in full, on purpose
    vaults = [home.vault]
    person = Person(("U000001", "U000002"), (PHONE, OTHER_PHONE), ADDRESSES, ("王小明", "李雷"))
    found = find_mentions(home.root, person, vaults, home.exports_dir)
    assert found.with_name == ()
    assert found.places == (f"vault/{home.source_key}/people",)
    assert found.files > 10


def test_no_table_of_the_lake_has_a_sensitive_column() -> None:
    for table in STORED_TABLES:
        sensitive = {c.name for c in table.columns if c.personal is Personal.SENSITIVE}
        assert not sensitive & set(stored_columns(table))


def test_allergens_and_children_stand_in_a_book_of_their_own(home: LinliHome) -> None:
    (row,) = home.vault.read(Book.EXCLUSIONS).to_pylist()
    assert (row["user_id"], row["allergens"]) == (named("U000001"), "花生|牛奶")
    assert row["youngest_child_years"] == 2
    assert "allergens" not in Book.PEOPLE.schema.names


def test_the_vault_knows_the_latest_and_best_of_a_person(home: LinliHome) -> None:
    person = home.vault.person(named("U000001"))
    assert person is not None
    assert person["platform_user_id"] == "U000001"
    assert person["name"] == "王明"  # the user file, though the order says another
    assert person["phone"] == OTHER_PHONE  # of the later order: the user file has none


def test_addresses_are_told_apart_without_being_told(tmp_path: Path) -> None:
    rows = [
        line("A1", "U1"),
        line("A2", "U1", receiver_address="杭州市枫林苑 1幢１０１室"),
        line("A3", "U1", receiver_address="杭州市枫林苑1幢102室"),
        line("A4", "U1", receiver_address=""),
    ]
    home = home_with(tmp_path, {"orders": (HEADER, rows)})
    with home.lakehouse.session() as session:
        keys = dict(session.rows("select order_id, receiver_address_key from orders"))
    assert keys["A1"] == keys["A2"] != keys["A3"]
    assert keys["A4"] is None
    assert len(keys["A1"]) == 16


def test_a_load_with_another_key_is_refused_before_anything_changed(
    home: LinliHome, tmp_path: Path
) -> None:
    other = LinliHome(home=home.home, exports=home.exports, given_pseudonym_key="x" * 40)
    write_export(home.exports_dir, "orders_2", HEADER, [line("D1", "U000003")])
    with pytest.raises(LinliError, match="another pseudonym key"):
        load(other, ORDERS, lambda _: None)
    assert ledger(home, "orders")["read"] == 4


def test_a_home_whose_keys_are_gone_says_so_at_once(home: LinliHome) -> None:
    bare = LinliHome(home=home.home, exports=home.exports)
    with pytest.raises(LinliError, match="LINLI_PSEUDONYM_KEY is not set"):
        load(bare, ORDERS, lambda _: None)
    (home.root / "vault" / "vault.key").unlink()
    with pytest.raises(LinliError, match="LINLI_VAULT_KEY is not set"):
        home.vault.read(Book.PEOPLE)


def test_keys_of_the_environment_serve_and_are_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_export(tmp_path / "exports", "orders", HEADER, [line("A1", "U000001")])
    keys = {PSEUDONYM_KEY: "a-pseudonym-key-" * 3, VAULT_KEY: "a-key-of-the-vault-" * 3}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment(home=tmp_path / "home", exports=tmp_path / "exports")
    (tmp_path / "dagster").mkdir()
    orders = next(asset for asset in INGEST_ASSETS if asset.key.path == ["orders"])
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        dg.materialize(
            [orders],
            partition_key="2026-10-01",
            resources={"linli": home_resource(settings)},
            instance=instance,
        )
    home = settings.linli_home()
    expected = PseudonymKey(keys[PSEUDONYM_KEY].encode()).pseudonym("U000001")
    with home.lakehouse.session() as session:
        assert session.rows("select user_id from orders") == [(expected,)]
    assert home.vault.person(expected) is not None
    assert not list((tmp_path / "home" / "vault").glob("*.key"))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(value.encode() in content for value in keys.values()), path.name


def test_the_log_of_a_table_holds_no_value(home: LinliHome) -> None:
    logs = list(home.lakehouse.root.rglob("_delta_log/*.json"))
    assert len(logs) > 5
    for path in logs:
        for entry in map(json.loads, path.read_text("utf-8").splitlines()):
            stats = json.loads(entry.get("add", {}).get("stats") or "{}")
            assert not stats.get("minValues"), path.parent.parent.name


# -- forgetting -----------------------------------------------------------------------------------


def forget(home: LinliHome, user: str, *more: str):
    lakes = [(home.lakehouse, home.vault)]
    known = load_person(user, named(user), [home.vault])
    removed = erase_person(home.root, lakes, replace(known, phones=(*known.phones, *more)))
    finish_erasure(lakes, named(user))
    return removed


def test_a_forgotten_person_is_nowhere_and_every_file_adds_up(home: LinliHome) -> None:
    before = ledger(home, "orders")
    removed = forget(home, "U000001", PHONE, OTHER_PHONE)
    assert removed.rows == {"orders": 2, "users": 1, "browse": 1, "logistics": 1, "quarantine": 1}
    assert removed.rejected_lines == 1
    assert removed.files == ("browse.csv", "logistics.csv", "orders.csv", "users.csv")
    found = find_mentions(
        home.root,
        Person(("U000001", named("U000001")), (PHONE, OTHER_PHONE)),
        [home.vault],
        home.exports_dir,
    )
    assert found.places == ()
    after = ledger(home, "orders")
    assert after["read"] == before["read"] == 4
    assert (after["loaded"], after["quarantined"], after["forgotten"]) == (1, 0, 3)
    assert after["money_kept"] == Decimal(10) == after["money_read"] - after["money_forgotten"]
    with home.lakehouse.session() as session:
        assert session.rows("select user_id from orders") == [(named("U000002"),)]
        assert session.rows("select shipment_id from logistics") == [("s2",)]


def test_no_older_version_of_a_table_can_be_read_again(home: LinliHome) -> None:
    forget(home, "U000001")
    for table in tables_with_users():
        for path in home.lakehouse.path(table).rglob("*.parquet"):
            assert named("U000001") not in str(pq.read_table(path).to_pylist())


def test_forgetting_twice_changes_nothing(home: LinliHome) -> None:
    forget(home, "U000001")
    before = ledger(home, "orders")
    again = forget(home, "U000001")
    assert again.is_empty and again.files == ()
    assert ledger(home, "orders") == before


def test_rows_that_come_again_are_counted_and_stored_nowhere(home: LinliHome) -> None:
    forget(home, "U000001")
    write_export(
        home.exports_dir,
        "orders_later",
        HEADER,
        [line("E1", "U000001"), line("E2", " U000001"), line("E3", "U000002")],
    )
    ingest(home)
    after = ledger(home, "orders")
    assert (after["read"], after["loaded"], after["forgotten"]) == (7, 2, 5)
    assert after["money_forgotten"] == after["money_read"] - after["money_kept"]
    assert not (home.root / "quarantine" / "orders_later.csv_退回.csv").exists()
    person = Person(("U000001", named("U000001")))
    assert find_mentions(home.root, person, [home.vault], home.exports_dir).places == ()


def test_a_lake_made_anew_still_leaves_them_out(home: LinliHome) -> None:
    import shutil

    forget(home, "U000001")
    shutil.rmtree(home.lakehouse.root)
    ingest(home)
    after = ledger(home, "orders")
    assert (after["read"], after["loaded"], after["forgotten"]) == (4, 1, 3)


@pytest.mark.parametrize("where", ["_erase_rows", "_erase_quarantined", "_update_ledger", "purge"])
def test_an_interrupted_removal_blocks_loads_and_is_finished_by_asking_again(
    home: LinliHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    class Killed(BaseException):
        pass

    at_once = forget(copy_of(home, tmp_path / "at once"), "U000001")

    whole = getattr(erase, where)

    def killed(*arguments: object, **more: object) -> None:
        whole(*arguments, **more)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(erase, where, killed)
        with pytest.raises(Killed):
            forget(home, "U000001")
    write_export(home.exports_dir, "orders_2", HEADER, [line("F1", "U000002")])
    with pytest.raises(LinliError, match="must be finished first"):
        load(home, ORDERS, lambda _: None)
    with pytest.raises(LinliError, match="must be finished first"):
        forget(home, "U000002")
    removed = forget(home, "U000001", PHONE, OTHER_PHONE)
    assert (removed.rows, removed.rejected_lines, removed.vault_rows) == (
        at_once.rows,
        at_once.rejected_lines,
        at_once.vault_rows,
    ), "what is noted is the whole removal, not its last part"
    ingest(home)
    after = ledger(home, "orders")
    assert (after["read"], after["loaded"], after["forgotten"]) == (5, 2, 3)
    person = Person(("U000001", named("U000001")), (OTHER_PHONE,))
    assert find_mentions(home.root, person, [home.vault], home.exports_dir).places == ()


def test_a_hand_back_line_that_only_mentions_them_goes_too(tmp_path: Path) -> None:
    rows = [
        line("A1", "U000002"),
        line("", "", receiver_phone=PHONE),  # bad, and nobody's by its id
        line("", "U000002", receiver_phone="13700000000"),
    ]
    home = home_with(tmp_path, {"orders": (HEADER, rows)})
    removed = forget(home, "U000001", PHONE)
    assert removed.rejected_lines == 1
    (path,) = (home.root / "quarantine").glob("*.csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        left = list(csv.DictReader(stream))
    assert [row["原行号"] for row in left] == ["3"]


def test_a_row_whose_cells_slipped_goes_by_what_stands_in_it(tmp_path: Path) -> None:
    rows = [
        line("A1", "U000002"),
        line("A2", "U000002", sku_id="U000001", quantity_units="slipped"),
        line("A3", "U000002", sku_id="U0000017", quantity_units="another"),
    ]
    home = home_with(tmp_path, {"orders": (HEADER, rows)})
    assert forget(home, "U000001").rows == {"quarantine": 1}
    after = ledger(home, "orders")
    assert (after["read"], after["quarantined"], after["forgotten"]) == (3, 1, 1)
    assert (
        find_mentions(home.root, Person(("U000001",)), [home.vault], home.exports_dir).places == ()
    )


@pytest.mark.parametrize("exports", ["", "."])
def test_the_proof_looks_into_a_home_that_lies_within_the_exports(
    home: LinliHome, exports: str
) -> None:
    """Leaving out the exports folder must never leave out the home with it."""
    folder = home.root.parent if exports else home.root
    found = find_mentions(home.root, Person((named("U000002"),)), [home.vault], folder)
    assert found.files > 10 and found.places


def test_the_proof_finds_what_a_removal_missed(home: LinliHome) -> None:
    forget(home, "U000001", PHONE, OTHER_PHONE)
    (home.root / "reports").mkdir(exist_ok=True)
    (home.root / "reports" / "note.json").write_text(json.dumps({"who": "U000001"}), "utf-8")
    (home.root / "reports" / "near.json").write_text(json.dumps({"who": "U0000012"}), "utf-8")
    found = find_mentions(home.root, Person(("U000001",)), [home.vault], home.exports_dir)
    assert found.places == ("reports/note.json",)
