"""Remember who refused when the file that said so, or the phone they had, is gone.

A list of refusals (黑名单.csv) is no export and stands in no table: once it leaves the folder,
nobody would know. So what was heard in such a file is kept in the vault, by name of file and
content. A file that lies in the folder speaks for itself; one that is gone is heard as it last was.
To take a refusal back, put the file there without it.

Phones of those who refuse are kept too, as long as they do: a newer phone takes the place of the
older one in the book of people. Both are kept as keyed marks that tell no number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from assets.resources.mentions import numbers_of
from assets.resources.vault.keys import PseudonymKey
from assets.resources.vault.vault import Book, Vault

_OF_PEOPLE = ""  # in place of a file's name: a phone that somebody who refused has or had


@dataclass(frozen=True)
class FileHeard:
    """What a file says: pseudonyms and phone marks of those who refuse in it."""

    sha256: str
    users: frozenset[str] = frozenset()
    phone_marks: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.users) + len(self.phone_marks)


@dataclass
class Remembered:
    """What the vault knows of refusals. `files`: name → what its last content said; `phones`: of
    each user the marks of the phones they had."""

    files: dict[str, FileHeard] = field(default_factory=dict)
    phones: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    told: int = 0  # how often it was told


def phone_mark(key: PseudonymKey, number: str) -> str:
    """A keyed mark of the digits of a phone: equal for equal numbers, and tells nothing else."""
    return key.pseudonym(f"phone {number}")


def recall(vault: Vault) -> Remembered:
    """What the vault has been told of refusals."""
    found = Remembered()
    told: dict[tuple[str, str], list[dict[str, str | None]]] = defaultdict(list)
    for row in vault.read(Book.REFUSALS).to_pylist():
        found.told = max(found.told, row["told"])
        if row["file_name"] == _OF_PEOPLE:
            found.phones[row["user_id"]].add(row["phone_mark"])
        else:
            told[(row["file_name"], row["file_sha256"])].append(row)
    for (name, sha256), rows in told.items():
        users, marks = (
            frozenset(text for row in rows if (text := row[column]) is not None)
            for column in ("user_id", "phone_mark")
        )
        found.files[name] = FileHeard(sha256, users, marks)
    return found


def remember_files(vault: Vault, files: Mapping[str, FileHeard]) -> None:
    """Keep what files said, where it is not known yet; a newer content takes the older's place."""
    known = recall(vault)
    rows: list[_Row] = []
    for name, heard in files.items():
        if known.files.get(name, None if heard else heard) == heard:
            continue
        last = (name, heard.sha256, known.told + 1)
        rows += [(user, None, *last) for user in sorted(heard.users)]
        rows += [(None, mark, *last) for mark in sorted(heard.phone_marks)]
        if not heard:
            rows.append((None, None, *last))
    vault.put(Book.REFUSALS, _book(rows))


def remember_phones(vault: Vault, key: PseudonymKey, users: Collection[str]) -> None:
    """Keep the phones that `users`, who refuse, have now."""
    if not users:
        return
    people = vault.read(Book.PEOPLE)
    is_theirs = pc.is_in(people.column("user_id"), pa.array(sorted(users), pa.string()))
    theirs = people.filter(is_theirs).select(["user_id", "phone"]).to_pylist()
    had = recall(vault).phones
    vault.put(
        Book.REFUSALS,
        _book(
            (row["user_id"], mark, _OF_PEOPLE, "", 0)
            for row in theirs
            for mark in sorted({phone_mark(key, n) for n in numbers_of(row["phone"] or "")})
            if mark not in had.get(row["user_id"], ())
        ),
    )


_Row = tuple[str | None, str | None, str, str, int]


def _book(rows: Iterable[_Row]) -> pa.Table:
    names = Book.REFUSALS.schema.names
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], schema=Book.REFUSALS.schema
    )
