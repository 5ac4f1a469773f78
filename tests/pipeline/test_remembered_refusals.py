"""A refusal outlives the file that said it and the phone of whoever refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assets.ingest.consent.current_refusals import current_refusals, remember_refusals
from assets.ingest.consent.remembered_refusals import FileRefusals, recall_refusals, remember_files
from assets.ingest.identify_inbox import identify_inbox
from assets.ingest.privacy.erase import erase_person, finish_erasure
from assets.resources.home import LinliHome
from assets.resources.person_search.mentions import Person
from assets.resources.vault.vault import MERGED_FROM, Book, Vault
from tests.conftest import linli
from tests.lake import copy_of, ingest, named, write_export
from tests.pipeline.deliveries import DAY, LISTED, PHONES, lay, publish
from tests.pipeline.deliveries import made as made

USERS = ("user_id", "phone", "marketing_opt_out")


@pytest.fixture
def home(made: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(made, tmp_path)


def load(home: LinliHome) -> None:
    """What the assets of users and contacts do each day."""
    ingest(home)
    remember_refusals(home, identify_inbox(home))


def sent(home: LinliHome, folder: Path) -> set[str]:
    """Who stands in a delivery of today."""
    target = folder / "sent.csv"
    target.unlink(missing_ok=True)
    result = linli(
        "deliver", "--as-of", str(DAY), "--out", str(target),
        "--home", str(home.root), "--exports", str(home.exports_dir),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    text = target.read_text("utf-8-sig")
    return {user for user in LISTED if f"{user}," in text}


BY_ID: tuple[str, ...] = ("user_id", "U1", "U2")
BY_PHONE = ("手机号", PHONES["U1"], f"+86 {PHONES['U2']}")
BY_HEADER = ("openid,退订时间", "U1,2026-10-02", "U2,2026-10-03", "U3,")


@pytest.mark.parametrize(
    ("name", "lines"),
    [("黑名单.csv", BY_ID), ("退订名单.csv", BY_PHONE), ("名册.csv", BY_HEADER)],
)
@pytest.mark.parametrize("see", [load, lambda home: None], ids=["run", "delivery"])
def test_a_list_that_left_the_folder_counts(
    home: LinliHome,
    tmp_path: Path,
    name: str,
    lines: tuple[str, ...],
    see: Callable[[LinliHome], None],
) -> None:
    lay(home, name, *lines)
    see(home)
    if see is not load:
        sent(home, tmp_path)
    (home.exports_dir / name).unlink()
    assert sent(home, tmp_path) == {*LISTED} - {"U1", "U2"}


def test_a_list_of_the_same_name_takes_a_refusal_back(home: LinliHome, tmp_path: Path) -> None:
    lay(home, "黑名单.csv", "user_id", "U1", "U2")
    load(home)
    lay(home, "黑名单.csv", "user_id", "U2")
    assert sent(home, tmp_path) == {*LISTED} - {"U2"}
    (home.exports_dir / "黑名单.csv").unlink()
    assert sent(home, tmp_path) == {*LISTED} - {"U2"}
    lay(home, "黑名单.csv", "user_id")
    assert sent(home, tmp_path) == {*LISTED}
    (home.exports_dir / "黑名单.csv").unlink()
    assert sent(home, tmp_path) == {*LISTED}


def test_a_delivery_says_which_file_is_gone(home: LinliHome, tmp_path: Path) -> None:
    lay(home, "黑名单.csv", *BY_ID)
    load(home)
    (home.exports_dir / "黑名单.csv").unlink()
    result = linli(
        "deliver", "--as-of", str(DAY), "--out", str(tmp_path / "sent.csv"),
        "--home", str(home.root), "--exports", str(home.exports_dir),
    )  # fmt: skip
    assert "still refused 2 by 黑名单.csv" in " ".join(result.stderr.split())


def test_the_phone_somebody_had_when_refusing_is_nobody_elses(
    home: LinliHome, tmp_path: Path
) -> None:
    write_export(home.exports_dir, "users_2", USERS, [("U9", "13700000009", "true")])
    load(home)
    assert sent(home, tmp_path) == {*LISTED}  # U9 has another phone than U8 when refusing
    write_export(home.exports_dir, "users_3", USERS, [("U9", PHONES["U7"], "")])
    load(home)
    assert sent(home, tmp_path) == {*LISTED} - {"U7"}
    write_export(home.exports_dir, "users_4", USERS, [("U9", "13700000008", "")])
    load(home)
    assert sent(home, tmp_path) == {*LISTED} - {"U7"}
    write_export(home.exports_dir, "users_5", USERS, [("U9", "13700000008", "false")])
    load(home)
    assert sent(home, tmp_path) == {*LISTED}


def test_a_file_that_cannot_be_read_stops_no_run(home: LinliHome) -> None:
    lay(home, "退订名单.csv", "说明", "没有编号")
    load(home)
    assert recall_refusals(home.vault).files == {}


def test_the_vault_is_told_once(home: LinliHome) -> None:
    lay(home, "黑名单.csv", *BY_ID)
    for _ in range(3):
        load(home)
        current_refusals(home)
    assert home.vault.entries(Book.REFUSALS).num_rows == 4  # two people, two phones


def test_no_number_stands_in_what_is_remembered(home: LinliHome) -> None:
    lay(home, "退订名单.csv", *BY_PHONE)
    load(home)
    assert not home.vault.names(Book.REFUSALS, [PHONES["U1"], PHONES["U2"]])


def test_who_is_removed_is_not_remembered(home: LinliHome) -> None:
    lay(home, "黑名单.csv", *BY_ID)
    load(home)
    (home.exports_dir / "黑名单.csv").unlink()
    erase_person(home.root, [(home.lakehouse, home.vault)], Person(ids=("U1", named("U1"))))
    finish_erasure([(home.lakehouse, home.vault)], named("U1"))
    assert not home.vault.knows(Book.REFUSALS, [named("U1")])
    assert home.vault.knows(Book.REFUSALS, [named("U2")])


def test_contents_that_come_back_are_the_newest_again(tmp_path: Path) -> None:
    vault = Vault(tmp_path, b"s" * 32)
    first, second = FileRefusals("a", frozenset({"u1"})), FileRefusals("b", frozenset({"u2"}))
    for heard in (first, second) * MERGED_FROM:  # the book is merged twice over
        remember_files(vault, {"list.csv": heard, "other.csv": first})
        assert recall_refusals(vault).files == {"list.csv": heard, "other.csv": first}
    assert vault.read(Book.REFUSALS).num_rows == 2


def test_a_published_list_is_found(home: LinliHome, tmp_path: Path) -> None:
    """The helpers above would pass on an empty list."""
    publish(home, ["U1"])
    assert sent(home, tmp_path) == {"U1"}
