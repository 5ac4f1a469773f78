"""Forgetting somebody whom what other people wrote names."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.ingest.privacy.verify_erasure import find_mentions
from assets.resources.home import LinliHome
from assets.resources.person_search.mentions import Owner, Person
from tests.conftest import linli
from tests.lake import copy_of, give_key, home_with

NAME, DOOR, PHONE = "王小明", "杭州市枫林苑1幢101室", "13812345678"
# each: user id, text, whether it is about U000001. U000002 lives behind the same door.
MESSAGES = [
    ("U000001", "好吃", True),
    ("", f"{NAME} 138 1234 5678 {DOOR} 请来取货", True),
    ("U000003", f"请{NAME}到枫林苑１幢 101室门口取", True),
    ("", f"请通知{NAME}来取货", True),
    ("U000003", "U000001 的货到了", True),
    ("", "１３８１２３４５６７８ 的货到了", True),
    ("U000003", f"{NAME}的货到了", False),
    ("", f"{NAME}住枫林苑2幢201室", False),
    ("", "杭州市枫林苑1幢102室的货到了", False),
    ("U000003", "张涵 138 0000 0000 请来取货", False),
    ("", "", False),
]
SEARCHES = [("U000003", f"{NAME} {DOOR}", True), ("U000003", "苹果", False)]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    folder = tmp_path_factory.mktemp("texts")
    give_key(folder / "home")
    users = [
        ("U000001", NAME, PHONE, f"浙江省{DOOR}"),
        ("U000002", "李雷", "13700000000", f"浙江省{DOOR}"),
        ("U000003", "张涵", "13600000000", ""),
        ("U000004", "张涵", "13500000000", ""),
    ]
    at = "2026-10-01 10:00:00"
    chat = [
        (f"M{place}", at, "group_chat", "leader", user, text)
        for place, (user, text, _) in enumerate(MESSAGES)
    ]
    browse = [(f"E{n}", at, "search", user, text) for n, (user, text, _) in enumerate(SEARCHES)]
    return home_with(
        folder,
        {
            "users": (("user_id", "name", "phone", "address"), users),
            "chat": (("message_id", "sent_at", "channel", "sender_role", "user_id", "text"), chat),
            "browse": (("event_id", "occurred_at", "action", "user_id", "search_text"), browse),
        },
    )


def forget(home: LinliHome, user: str):
    return linli("forget", user, "--yes", "--home", home.home, "--exports", home.exports)


def ids(home: LinliHome, table: str, column: str) -> list[str]:
    with home.lakehouse.session() as session:
        (read, kept), *_ = session.rows(
            "select sum(rows_read)::bigint, sum(rows_loaded + rows_quarantined + rows_duplicate "
            "+ rows_superseded + rows_forgotten)::bigint from ingest_ledger"
        )
        assert read == kept
        return [row[0] for row in session.rows(f"select {column} from {table} order by {column}")]


def test_what_others_wrote_about_them_leaves_the_lake(loaded: LinliHome, tmp_path: Path) -> None:
    home = copy_of(loaded, tmp_path)
    result = forget(home, "U000001")
    assert result.exit_code == 0, result.output
    assert "nothing names this person" in result.output
    stays = [f"M{place}" for place, (*_, gone) in enumerate(MESSAGES) if not gone]
    assert ids(home, "chat", "message_id") == sorted(stays)
    assert ids(home, "browse", "event_id") == ["E1"]
    assert "the same name is in lake/platform/chat" in " ".join(result.output.split())
    # a name that others have removes nothing, and is named all the same
    result = forget(home, "U000003")
    assert result.exit_code == 0, result.output
    assert ids(home, "chat", "message_id") == sorted({*stays} - {"M6", "M9"})
    result = forget(home, "U000004")
    assert "the same name is in" not in result.output


def test_a_common_name_alone_removes_nothing(loaded: LinliHome, tmp_path: Path) -> None:
    home = copy_of(loaded, tmp_path)
    result = forget(home, "U000004")
    assert result.exit_code == 0, result.output
    assert "M9" in ids(home, "chat", "message_id")
    assert "the same name is in lake/platform/chat" in " ".join(result.output.split())


def test_the_proof_sees_a_name_beside_an_address_that_others_have(loaded: LinliHome) -> None:
    person = Person(
        ("U000001", "nobody"), (), (DOOR,), (NAME,), shared=(("杭州市枫林苑1幢101室", 1),)
    )
    found = find_mentions(loaded.root, person, [], loaded.exports_dir)
    tables = {part for place in found.places for part in Path(place).parts}
    assert {"chat", "browse"} <= tables and not {"users", "ingest_ledger"} & tables


@pytest.mark.parametrize("is_exports", [False, True])
def test_the_inbox_is_searched_unless_the_exports_lie_in_it(
    tmp_path: Path, *, is_exports: bool
) -> None:
    inbox = tmp_path / "home" / "inbox"
    inbox.mkdir(parents=True)
    (inbox / "left.csv").write_text(f"user_id,phone\nU000001,{PHONE}\n", "utf-8")
    person = Person(("U000001",), (PHONE,), (), ())
    exports = inbox if is_exports else tmp_path / "exports"
    found = find_mentions(tmp_path / "home", person, [], exports)
    assert found.places == (() if is_exports else ("inbox/left.csv",))


@pytest.mark.parametrize(
    ("text", "owner", "is_theirs"),
    [
        (f"请{NAME}到{DOOR}取", Owner.ANOTHER, True),
        (f"请{NAME}取", Owner.NOBODY, True),
        (f"请{NAME}取", Owner.ANOTHER, False),
        (f"请{NAME}取，{DOOR[:-4]}102室", Owner.NOBODY, False),
        ("Ann Lee came", Owner.NOBODY, True),
        ("Joann Leeds came", Owner.NOBODY, False),
        ("the door of 枫林苑1幢101室", Owner.NOBODY, True),  # a household's
        ("the door of 枫林苑1幢101室", Owner.ANOTHER, False),
    ],
)
def test_running_text_names_somebody(text: str, owner: Owner, is_theirs: bool) -> None:
    person = Person(("17",), (), (DOOR,), (NAME, "Ann Lee"), shared=(("杭州市枫林苑1幢101室", 1),))
    assert person.names_text(text, owner) is is_theirs
