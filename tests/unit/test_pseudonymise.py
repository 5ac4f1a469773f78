"""What is made of texts about people is made once, however many files of a load they stand in."""

from __future__ import annotations

import pyarrow as pa
import pytest

from assets.ingest.match.match_headers import best_matches
from assets.ingest.stage.pseudonymise import PersonCollector
from assets.resources.readers.rows import ROW_NUMBER
from assets.resources.vault import keys
from assets.resources.vault.keys import PseudonymKey
from data_contracts.exports import ORDERS

HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units", "user_id"]
HEADER += ["receiver_name", "receiver_address"]


class Counting(PseudonymKey):
    """A key that notes what it is asked for."""

    def pseudonym(self, user_id: str) -> str:
        ASKED.append(user_id)
        return super().pseudonym(user_id)


ASKED: list[str] = []


def read(known: dict[str, dict[str, str]], users: list[str | None]) -> pa.Table:
    """The rows of one file with what was made of them."""
    (fit, *_) = best_matches(HEADER, export="orders")
    columns = {name: [f"{name} {user}" for user in users] for name in HEADER}
    columns |= {"user_id": users}
    rows = pa.table(columns | {ROW_NUMBER: range(len(users))})
    met = PersonCollector(ORDERS, fit, Counting(b"k" * 32), known)
    return met.transform(rows.to_reader()).read_all()


def test_the_next_file_of_a_load_finds_what_was_made_before() -> None:
    ASKED.clear()
    known: dict[str, dict[str, str]] = {}
    first, second = read(known, ["U1", "U2", "U1"]), read(known, ["U2", None, "U3"])
    assert ASKED == ["U1", "U2", "U3"]
    both = pa.concat_tables([first, second]).unify_dictionaries().to_pylist()
    apart = [*read({}, ["U1", "U2", "U1"]).to_pylist(), *read({}, ["U2", None, "U3"]).to_pylist()]
    assert both == apart


def test_the_key_of_addresses_is_derived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export holds an address per user; to derive the key for each took a tenth of a load."""
    derived: list[str] = []
    own = keys.derive_key

    def noting(secret: bytes, purpose: str) -> bytes:
        derived.append(purpose)
        return own(secret, purpose)

    monkeypatch.setattr(keys, "derive_key", noting)
    key = PseudonymKey(b"k" * 32)
    assert (
        key.fingerprint("幸福里１号")
        == key.fingerprint("幸福里 1 号")
        != key.fingerprint("幸福里2号")
    )
    assert key.blocks()[2] == own(b"k" * 32, "address")
    assert derived == ["address"]
