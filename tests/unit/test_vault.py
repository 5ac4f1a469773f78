"""Keys and the sealed books: what opens, what does not, what wins, what is gone."""

from __future__ import annotations

import hashlib
import hmac
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.resources.vault import vault as vault_module
from assets.resources.vault.keys import PseudonymKey, assert_key_of_lake, load_key
from assets.resources.vault.vault import Book, Vault
from data_contracts.errors import LinliError

SECRET = b"s" * 64


def people(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=Book.PEOPLE.schema)


def test_a_pseudonym_is_the_hmac_of_the_id() -> None:
    key = b"a key of forty characters, for the test."
    expected = hmac.new(key, "用户1".encode(), hashlib.sha256).hexdigest()[:24]
    assert PseudonymKey(key).pseudonym("用户1") == f"u{expected}"


@pytest.mark.parametrize("length", [32, 64, 65, 200])
def test_the_key_blocks_give_the_same_hmac_for_keys_of_any_length(length: int) -> None:
    key = PseudonymKey(b"k" * length)
    inner, outer, _ = key.blocks()
    digest = hashlib.sha256(outer + hashlib.sha256(inner + b"U1").digest()).hexdigest()
    assert key.pseudonym("U1") == f"u{digest[:24]}"


def test_a_key_shows_in_no_text() -> None:
    key = PseudonymKey(SECRET)
    assert "ssss" not in f"{key!r} {key}"


def test_a_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    first = load_key(folder, "vault", "", "LINLI_VAULT_KEY", is_used=False)
    assert len(first) == 64
    assert load_key(folder, "vault", "", "LINLI_VAULT_KEY", is_used=False) == first
    assert stat.S_IMODE((folder / "vault.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["vault.key"]


def test_a_key_others_may_read_is_refused(tmp_path: Path) -> None:
    load_key(tmp_path, "vault", "", "LINLI_VAULT_KEY", is_used=False)
    (tmp_path / "vault.key").chmod(0o640)
    with pytest.raises(LinliError, match="chmod 600"):
        load_key(tmp_path, "vault", "", "LINLI_VAULT_KEY", is_used=False)


def test_a_key_that_is_gone_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    with pytest.raises(LinliError, match=r"LINLI_VAULT_KEY is not set .* put the file back"):
        load_key(tmp_path, "vault", "", "LINLI_VAULT_KEY", is_used=True)
    assert list(tmp_path.iterdir()) == []


def test_a_short_key_of_the_environment_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(LinliError, match=r"LINLI_VAULT_KEY has 8 characters") as caught:
        load_key(tmp_path, "vault", "hunter22", "LINLI_VAULT_KEY", is_used=False)
    assert "hunter22" not in str(caught.value)


def test_a_lake_takes_no_other_key(tmp_path: Path) -> None:
    assert_key_of_lake(tmp_path, PseudonymKey(SECRET), has_rows=False)
    assert_key_of_lake(tmp_path, PseudonymKey(SECRET), has_rows=True)
    with pytest.raises(LinliError, match="another pseudonym key"):
        assert_key_of_lake(tmp_path, PseudonymKey(b"o" * 64), has_rows=True)


def test_a_lake_of_raw_ids_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LinliError, match="before user ids became pseudonyms"):
        assert_key_of_lake(tmp_path, PseudonymKey(SECRET), has_rows=True)


def test_what_is_sealed_cannot_be_read_without_the_key(tmp_path: Path) -> None:
    Vault(tmp_path, SECRET).put(Book.PEOPLE, people({"user_id": "u1", "phone": "13812345678"}))
    (segment,) = tmp_path.glob("*.sealed")
    assert b"13812345678" not in segment.read_bytes()
    assert stat.S_IMODE(segment.stat().st_mode) == 0o600
    with pytest.raises(LinliError, match="another key"):
        Vault(tmp_path, b"x" * 64).read(Book.PEOPLE)


@pytest.mark.parametrize("harm", ["changed", "cut off", "renamed"])
def test_a_changed_segment_is_noticed(tmp_path: Path, harm: str) -> None:
    vault = Vault(tmp_path, SECRET)
    vault.put(Book.PEOPLE, people({"user_id": "u1", "phone": "1"}))
    (segment,) = tmp_path.glob("*.sealed")
    content = segment.read_bytes()
    if harm == "changed":
        segment.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    elif harm == "cut off":
        segment.write_bytes(content[:20])
    else:  # an old segment must not pass for a newer one
        segment.rename(tmp_path / "people-000009.sealed")
    with pytest.raises(LinliError, match="cannot be opened"):
        vault.read(Book.PEOPLE)


def test_the_last_value_wins_and_an_empty_one_takes_nothing_away(tmp_path: Path) -> None:
    vault = Vault(tmp_path, SECRET)
    early, late = datetime(2026, 1, 1), datetime(2026, 2, 1)
    vault.put(Book.PEOPLE, people({"user_id": "u1", "phone": "new", "rank": 1, "seen_at": late}))
    vault.put(
        Book.PEOPLE,
        people({"user_id": "u1", "phone": "old", "name": "n", "rank": 1, "seen_at": early}),
    )
    (row,) = vault.read(Book.PEOPLE).to_pylist()
    assert (row["phone"], row["name"], row["seen_at"]) == ("new", "n", late)


def test_what_people_say_of_themselves_counts_more_than_a_receiver(tmp_path: Path) -> None:
    vault = Vault(tmp_path, SECRET)
    vault.put(Book.PEOPLE, people({"user_id": "u1", "name": "own", "rank": 2, "seen_at": None}))
    late = datetime(2026, 2, 1)
    vault.put(Book.PEOPLE, people({"user_id": "u1", "name": "gift", "rank": 1, "seen_at": late}))
    person = vault.person("u1")
    assert person is not None and person["name"] == "own"


def test_many_segments_become_one_and_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_module, "MERGED_FROM", 4)
    vault = Vault(tmp_path, SECRET)
    for number in range(10):
        vault.put(
            Book.PEOPLE,
            people({"user_id": f"u{number % 3}", "name": f"n{number}", "rank": 1}),
        )
        assert len(list(tmp_path.glob("people-*.sealed"))) < 4
    names = {row["user_id"]: row["name"] for row in vault.read(Book.PEOPLE).to_pylist()}
    assert names == {"u0": "n9", "u1": "n7", "u2": "n8"}


def test_a_removed_person_is_in_no_book(tmp_path: Path) -> None:
    vault = Vault(tmp_path, SECRET)
    for user in ("u1", "u2"):
        vault.put(Book.PEOPLE, people({"user_id": user, "phone": f"phone of {user}"}))
    apart = [{"user_id": "u1", "allergens": "花生"}]
    vault.put(Book.EXCLUSIONS, pa.Table.from_pylist(apart, schema=Book.EXCLUSIONS.schema))
    assert vault.names(Book.PEOPLE, ["phone of u1"])
    assert vault.knows(Book.PEOPLE, ["u1"]) and not vault.knows(Book.PEOPLE, ["phone of u1"])
    assert vault.sealed_rows("u1") == 2
    vault.remove("u1")
    vault.remove("u1")
    assert vault.sealed_rows("u1") == 0
    assert not vault.names(Book.PEOPLE, ["phone of u1", "u1"])
    assert vault.read(Book.EXCLUSIONS).num_rows == 0
    assert vault.read(Book.PEOPLE).column("user_id").to_pylist() == ["u2"]


def test_the_forgotten_are_remembered_once(tmp_path: Path) -> None:
    vault = Vault(tmp_path, SECRET)
    for user in ("u2", "u1", "u2"):
        vault.forget(user)
    assert vault.forgotten() == ("u1", "u2")
