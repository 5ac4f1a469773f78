"""Look up a person in the vaults of a home, and other people with the same phone or address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from assets.resources.person_search.mentions import (
    Person,
    compact,
    fold_text,
    phone_digits,
    phones_in,
)
from assets.resources.vault.vault import Book, Vault


def load_person(platform_user_id: str, pseudonym: str, vaults: Iterable[Vault]) -> Person:
    """Return the person with that id: every phone, address and name in the vaults, older ones
    included.
    """
    entries = [vault.entries(Book.PEOPLE) for vault in vaults]
    rows = pa.concat_tables([Book.PEOPLE.schema.empty_table(), *entries])
    is_theirs = pc.equal(rows.column("user_id"), pseudonym)
    theirs, others = rows.filter(is_theirs), rows.filter(pc.invert(is_theirs))
    phones = [*_texts(theirs, "phone"), *phones_in(fold_text(platform_user_id))]
    addresses, names = _texts(theirs, "address"), _texts(theirs, "name")
    numbers = {number for phone in phones for number in phone_digits(phone)}
    shared = _holders(others, "phone", _digits, numbers, pc.ends_with)
    shared |= _holders(others, "address", compacted, {compact(text) for text in addresses})
    folded = {" ".join(fold_text(name).casefold().split()) for name in names}
    return Person(
        ids=(platform_user_id, pseudonym),
        phones=tuple(phones),
        addresses=tuple(addresses),
        names=tuple(names),
        shared=tuple(shared.items()),
        known_names=tuple(_holders(others, "name", _folded, folded)),
    )


@dataclass(frozen=True)
class ResolvedPerson:
    """What a text given by a user identifies.

    `raw_id`: the platform id, when it is one. `kind`: otherwise the column (phone, name, address)
    with that value. `holders`: pseudonyms of the people with that value.
    """

    raw_id: str | None
    kind: str = ""
    holders: tuple[str, ...] = ()


def resolve_person(text: str, pseudonym: str, vaults: Iterable[Vault]) -> ResolvedPerson:
    """Resolve `text` to a person: an id, else a pseudonym, else a phone, name or address.

    `pseudonym`: that of `text`, in case it is an id. An unknown text is treated as an id.
    """
    entries = [vault.entries(Book.PEOPLE) for vault in vaults]
    rows = pa.concat_tables([Book.PEOPLE.schema.empty_table(), *entries])
    users = rows.column("user_id")
    if pc.any(pc.equal(users, pseudonym)).as_py():
        return ResolvedPerson(text)
    bare = fold_text(text).strip(" \t'\"=")  # as a spreadsheet may have written the id
    is_said = pc.or_kleene(pc.equal(users, bare), pc.equal(rows.column("platform_user_id"), bare))
    said = rows.filter(is_said).column("platform_user_id").drop_null()
    if len(said):
        return ResolvedPerson(said[0].as_py())
    for kind, holders in (
        ("phone", _having_phone(rows, phone_digits(text))),
        ("name", _having(rows, "name", _folded, " ".join(fold_text(text).casefold().split()))),
        ("address", _having(rows, "address", compacted, compact(text))),
    ):
        if holders:
            return ResolvedPerson(None, kind, tuple(sorted(holders)))
    return ResolvedPerson(text)


def _having_phone(rows: pa.Table, numbers: Iterable[str]) -> set[str]:
    """Return the pseudonyms of people with one of `numbers`, alone or with other phones."""
    users = set()
    for number in numbers:
        near = rows.filter(pc.match_substring(_digits(rows.column("phone")), number))
        pairs = zip(*(near.column(name).to_pylist() for name in ("user_id", "phone")), strict=True)
        users |= {user for user, phone in pairs if number in phone_digits(phone)}
    return users


def _having(
    rows: pa.Table, column: str, normal: Callable[[pa.ChunkedArray], pa.ChunkedArray], text: str
) -> set[str]:
    """Return the pseudonyms of people with that normalised text in `column`."""
    is_theirs = pc.equal(normal(rows.column(column)), text)
    return set(rows.column("user_id").filter(is_theirs).to_pylist()) if text else set()


def sharing_phone(people: pa.Table, refused: Iterable[str]) -> set[str]:
    """Return the pseudonyms of other people who share a phone with one of `refused`, in any
    spelling.

    `people`: rows of book PEOPLE. Most phones are eleven digits and compared as columns.
    """
    is_theirs = pc.is_in(people.column("user_id"), pa.array(sorted(refused), pa.string()))
    numbers = phones_of(people.filter(is_theirs))
    others = people.filter(pc.and_(pc.invert(is_theirs), pc.is_valid(people.column("phone"))))
    is_plain = pc.match_substring_regex(others.column("phone"), r"^1[3-9][0-9]{9}$")
    plainly, oddly = others.filter(is_plain), others.filter(pc.invert(is_plain))
    has_one = pc.is_in(plainly.column("phone"), pa.array(sorted(numbers), pa.string()))
    sharing = set(plainly.filter(has_one).column("user_id").to_pylist())
    pairs = zip(oddly.column("user_id").to_pylist(), oddly.column("phone").to_pylist(), strict=True)
    return sharing | {user for user, phone in pairs if numbers.intersection(phone_digits(phone))}


def phones_of(people: pa.Table) -> set[str]:
    """Return the digits of every phone in rows of book PEOPLE."""
    return {number for phone in _texts(people, "phone") for number in phone_digits(phone)}


def _texts(rows: pa.Table, column: str) -> list[str]:
    return sorted({text for text in rows.column(column).to_pylist() if text})


def _holders(
    others: pa.Table,
    column: str,
    normal: Callable[[pa.ChunkedArray], pa.ChunkedArray],
    wanted: Iterable[str],
    has: Callable[..., pa.ChunkedArray] = pc.equal,
) -> dict[str, int]:
    """Map each of the `wanted` texts to the number of other people who have it; omit zero."""
    texts = normal(others.column(column))
    holders_of = {}
    for text in wanted:
        holders = others.column("user_id").filter(pc.fill_null(has(texts, text), False))
        if len(holders):
            holders_of[text] = len(pc.unique(holders))
    return holders_of


def _plain(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))


def _digits(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    whole = pc.replace_substring_regex(_plain(texts), r"\.0+$", "")
    return pc.replace_substring_regex(whole, "[^0-9]", "")


def compacted(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Apply `mentions.compact` to a column."""
    return pc.replace_substring_regex(_plain(texts), r"[^\p{L}\p{N}]", "")


def _folded(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    spaced = pc.replace_substring_regex(_plain(texts), r"\s+", " ")
    return pc.utf8_trim_whitespace(spaced)
