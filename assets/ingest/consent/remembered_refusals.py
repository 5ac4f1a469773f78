"""Remember refusals whose file, or phone number, is no longer there.

A suppression list (黑名单.csv) is no export and is stored in no table: once it leaves the folder,
its refusals would be lost. So they are kept in the vault, by file name and content. A file in the
folder always wins; for a missing file the last known refusals count. To withdraw a refusal, put the
file back without it.

Phones of people who refuse are kept as long as they refuse, because a newer phone replaces the
older one in the book of people. Both are stored as keyed marks that do not reveal a number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from assets.resources.person_search.mentions import phone_digits
from assets.resources.vault.keys import PseudonymKey
from assets.resources.vault.vault import Book, Vault

_PHONE_ENTRY = ""  # in place of a file name: a present or past phone of a user who refuses


@dataclass(frozen=True)
class FileRefusals:
    """Refusals in a file: pseudonyms and phone marks."""

    sha256: str
    users: frozenset[str] = frozenset()
    phone_marks: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.users) + len(self.phone_marks)


@dataclass
class RememberedRefusals:
    """Refusals in the vault.

    `files`: file name → refusals of its last content. `phones`: user → marks of the phones they
    had. `last_sequence`: number of the last entry.
    """

    files: dict[str, FileRefusals] = field(default_factory=dict)
    phones: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    last_sequence: int = 0


def phone_mark(key: PseudonymKey, number: str) -> str:
    """Return a keyed mark of a phone's digits: equal for equal numbers, and reveals nothing
    else."""
    return key.pseudonym(f"phone {number}")


def recall_refusals(vault: Vault) -> RememberedRefusals:
    """Read the remembered refusals from the vault."""
    remembered = RememberedRefusals()
    entries: dict[tuple[str, str], list[dict[str, str | None]]] = defaultdict(list)
    for row in vault.read(Book.REFUSALS).to_pylist():
        remembered.last_sequence = max(remembered.last_sequence, row["told"])
        if row["file_name"] == _PHONE_ENTRY:
            remembered.phones[row["user_id"]].add(row["phone_mark"])
        else:
            entries[(row["file_name"], row["file_sha256"])].append(row)
    for (name, sha256), rows in entries.items():
        users, marks = (
            frozenset(text for row in rows if (text := row[column]) is not None)
            for column in ("user_id", "phone_mark")
        )
        remembered.files[name] = FileRefusals(sha256, users, marks)
    return remembered


def remember_files(vault: Vault, files: Mapping[str, FileRefusals]) -> None:
    """Store the refusals of files where they are new; a newer content replaces an older one."""
    remembered = recall_refusals(vault)
    rows: list[_Row] = []
    for name, refusals in files.items():
        if remembered.files.get(name, None if refusals else refusals) == refusals:
            continue
        last = (name, refusals.sha256, remembered.last_sequence + 1)
        rows += [(user, None, *last) for user in sorted(refusals.users)]
        rows += [(None, mark, *last) for mark in sorted(refusals.phone_marks)]
        if not refusals:
            rows.append((None, None, *last))
    vault.put(Book.REFUSALS, _refusal_rows(rows))


def remember_phones(vault: Vault, key: PseudonymKey, users: Collection[str]) -> None:
    """Store the current phones of `users`, who refuse."""
    if not users:
        return
    people = vault.read(Book.PEOPLE)
    is_theirs = pc.is_in(people.column("user_id"), pa.array(sorted(users), pa.string()))
    theirs = people.filter(is_theirs).select(["user_id", "phone"]).to_pylist()
    had = recall_refusals(vault).phones
    vault.put(
        Book.REFUSALS,
        _refusal_rows(
            (row["user_id"], mark, _PHONE_ENTRY, "", 0)
            for row in theirs
            for mark in sorted({phone_mark(key, n) for n in phone_digits(row["phone"] or "")})
            if mark not in had.get(row["user_id"], ())
        ),
    )


_Row = tuple[str | None, str | None, str, str, int]


def _refusal_rows(rows: Iterable[_Row]) -> pa.Table:
    names = Book.REFUSALS.schema.names
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], schema=Book.REFUSALS.schema
    )
