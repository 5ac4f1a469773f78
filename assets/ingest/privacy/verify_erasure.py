"""Search every file of a home for mentions of a person, whatever the file's format.

This verifies an erasure and shares only the spellings (`mentions`) with it: it uses no table and no
contract, only files. Parquet is searched by cell; workbooks, archives and sealed books are opened;
everything else is searched as bytes in every supported encoding. Identifying values (ids, phones,
addresses) are searched everywhere, file names included; a name alone often belongs to another
person, so files that contain one are listed separately.
"""

from __future__ import annotations

import gzip
import os
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from assets.resources.person_search.mentions import (
    ENCODINGS,
    SHORTEST_MENTION,
    WIDE_DIGITS,
    Person,
    compact,
    encoded_forms,
    search_anchor,
)
from assets.resources.person_search.search_parquet import search_parquet
from assets.resources.readers.decompress import BROKEN_ZIP
from assets.resources.readers.workbook.sheets import read_all_sheets
from assets.resources.vault.vault import Book, Vault
from data_contracts.errors import LinliError

_BLOCK_BYTES, _OVERLAP_BYTES = 8 << 20, 4096
_MOST_UNPACKED_BYTES = 1 << 30  # of one member of an archive: more is no file of ours
_BETWEEN_DIGITS = b" \t-().\x00/"
_WIDE_BETWEEN = "．\u3000\u00a0‐‑‒–—−·"
_NARROWED = [
    *((said, b"%d" % n) for n, sign in enumerate(WIDE_DIGITS) for said in encoded_forms(sign)),
    *((said, b"") for sign in _WIDE_BETWEEN for said in encoded_forms(sign)),
]
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True)
class ErasureCheck:
    """Result of the search.

    `places`: files, relative to the home, that still name the person. `with_name`: files that
    contain a name like the person's. `unreadable`: files without read permission. `files`: number
    of files searched.
    """

    places: tuple[str, ...]
    files: int
    with_name: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass
class _Mentions:
    places: set[Path] = field(default_factory=set)
    with_name: set[Path] = field(default_factory=set)
    unreadable: set[Path] = field(default_factory=set)


def find_mentions(
    root: Path,
    person: Person,
    vaults: Iterable[Vault],
    exports: Path,
    besides: Collection[Path] = (),
) -> ErasureCheck:
    """Search every file under `root` for `person`.

    Export files, which Linli does not change, are skipped: the folder `exports` where it is within
    the home, and the files in `besides`. Key files are not opened.
    """
    skip = [exports] if root in exports.parents else []
    search, mentions = PersonSearch(person), _Mentions()
    parquet: list[Path] = []
    looked = 0
    for path in _files(root, skip, mentions.unreadable):
        if path in besides:
            continue
        looked += 1
        _check_name(path, path.relative_to(root), search, mentions)
        if path.suffix == ".parquet":
            parquet.append(path)
        elif path.suffix != ".sealed":
            _search_file(path, search, mentions)
    places, unsearched = search_parquet(parquet, person)
    mentions.places |= places
    for path in unsearched:
        _search_file(path, search, mentions)
    sealed = find_in_vaults(root, person, vaults)
    return ErasureCheck(
        tuple(sorted([*_relative_names(root, mentions.places), *sealed])),
        looked,
        tuple(_relative_names(root, mentions.with_name - mentions.places)),
        tuple(_relative_names(root, mentions.unreadable)),
    )


def find_in_vaults(root: Path, person: Person, vaults: Iterable[Vault]) -> list[str]:
    """List the vault books with an entry of the person; the same phone under another id is another
    person."""
    return [
        f"{vault.folder.relative_to(root).as_posix()}/{book.title}"
        for vault in vaults
        for book in (Book.PEOPLE, Book.EXCLUSIONS)
        if vault.knows(book, person.ids)
    ]


def _relative_names(root: Path, paths: Iterable[Path]) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in paths)


def _files(root: Path, skip: Sequence[Path], unread: set[Path]) -> Iterator[Path]:
    def shut(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # gone meanwhile
            unread.add(Path(str(error.filename)))

    for top, folders, names in os.walk(root, onerror=shut):
        folders[:] = sorted(name for name in folders if Path(top) / name not in skip)
        for name in sorted(names):
            path = Path(top) / name
            if not path.is_symlink() and path.is_file() and path.suffix != ".key":
                yield path


def path_names_person(person: Person, path: Path) -> bool:
    """Return whether a part of the relative path identifies the person; `_` separates words."""
    return any(person.is_in(part.replace("_", " ")) for part in path.parts)


# -- bytes ---------------------------------------------------------------------------------------


class PersonSearch:
    """Search for a person in bytes: first for literal bytes that must occur, then in the decoded
    text."""

    def __init__(self, person: Person) -> None:
        self.person = person
        plainly = [one for one in person.ids if len(one) >= SHORTEST_MENTION]
        strong = [a for a in person.addresses if compact(a) in person.strong_addresses]
        plainly += map(search_anchor, strong)
        self._plainly = [said for text in plainly for said in encoded_forms(text)]
        self._digits = [number.encode() for number in person.strong_phones]
        scientific = "|".join(map(_exponent_pattern, person.strong_phones))
        self._scientific = re.compile(scientific.encode()) if scientific else None
        self._names = [said for name in person.lone_names() for said in encoded_forms(name)]

    def is_in(self, block: bytes) -> bool:
        return self.may_be_in(block) and any(self.person.is_in(text) for text in _decoded(block))

    def may_be_in(self, block: bytes) -> bool:
        """Return whether the block must be decoded, which takes a hundred times as long."""
        return any(said in block for said in self._plainly) or self._has_digits(block)

    def has_name(self, block: bytes) -> bool:
        return any(said in block for said in self._names)

    def _has_digits(self, block: bytes) -> bool:
        if not self._digits:
            return False
        close = block.translate(None, _BETWEEN_DIGITS)
        if self._is_written_in(close):
            return True
        if close.isascii():
            return False
        for wide, narrow in _NARROWED:
            close = close.replace(wide, narrow)
        return self._is_written_in(close)

    def _is_written_in(self, close: bytes) -> bool:
        """Return whether a phone is in bytes without separators, in full or in scientific
        notation."""
        return any(number in close for number in self._digits) or (
            self._scientific is not None and self._scientific.search(close) is not None
        )


def _exponent_pattern(number: str) -> str:
    """Return the pattern of a number in scientific notation without its point: 138E+10.

    The digits alone would match in any file: those of 19900000000 are 1.99.
    """
    return rf"{number.rstrip('0')}0*[eE]\+?0?{len(number) - 1}"


def _decoded(block: bytes) -> Iterator[str]:
    for encoding in ENCODINGS:
        text = block.decode(encoding, "ignore")
        yield text
        if "\\u" in text:
            yield _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)


def _blocks(stream: IO[bytes] | gzip.GzipFile, most: int | None = None) -> Iterator[bytes]:
    before, done = b"", 0
    while block := stream.read(_BLOCK_BYTES):
        yield before + block
        before, done = block[-_OVERLAP_BYTES:], done + len(block)
        if most is not None and done > most:
            return


def _search_file(path: Path, search: PersonSearch, mentions: _Mentions) -> None:
    """Search one file: its bytes, and the content of archives."""
    try:
        with path.open("rb") as stream:
            _check_blocks(path, _blocks(stream), search, mentions)
            stream.seek(0)
            head = stream.read(4)
    except FileNotFoundError:
        return  # gone meanwhile
    except OSError:
        mentions.unreadable.add(path)
        return
    try:
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path, "rb") as packed:
                _check_blocks(path, _blocks(packed, _MOST_UNPACKED_BYTES), search, mentions)
        elif head.startswith(b"PK\x03\x04"):
            _search_archive(path, search, mentions)
    except BROKEN_ZIP:
        pass  # damaged: what can be read of it was
    if head.startswith(b"PK\x03\x04") and path not in mentions.places:
        _search_workbook(path, search, mentions)


def _check_name(path: Path, inside: Path, search: PersonSearch, mentions: _Mentions) -> None:
    """Search the names of a file and its folders, which a directory listing shows."""
    if path_names_person(search.person, inside):
        mentions.places.add(path)
    elif any(name in part for name in search.person.lone_names() for part in inside.parts):
        mentions.with_name.add(path)


def _check_blocks(
    path: Path, blocks: Iterable[bytes], search: PersonSearch, mentions: _Mentions
) -> None:
    for block in blocks:
        if search.has_name(block):
            mentions.with_name.add(path)
        if search.is_in(block):
            mentions.places.add(path)
            return


def _search_archive(path: Path, search: PersonSearch, mentions: _Mentions) -> None:
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            with book.open(name) as member:
                _check_blocks(path, _blocks(member, _MOST_UNPACKED_BYTES), search, mentions)


def _search_workbook(path: Path, search: PersonSearch, mentions: _Mentions) -> None:
    """Search the cells as displayed: a text may be stored in pieces, a phone as a number."""
    try:
        sheets = read_all_sheets(path)
    except LinliError:
        return
    for _, rows in sheets:
        for row in rows:
            if search.person.is_in("\x1f".join(row)):
                mentions.places.add(path)
                return
