"""Where a home still names somebody: a look into every file, whatever its format.

It is the proof after a removal and shares nothing with it but the spellings (`mentions`): it knows
no table and no contract, only files. Parquet is searched cell by cell, workbooks, archives and
sealed books are opened, everything else is searched as bytes in every encoding of ours. What says
it alone (ids, phones, addresses) is looked for everywhere, in names of files too; a name alone is
somebody else's too often to prove anything, so that files with it are named apart.
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

from assets.resources.mentions import (
    ENCODINGS,
    SHORTEST_MENTION,
    WIDE_DIGITS,
    Person,
    anchor_of,
    compact,
    spelled,
)
from assets.resources.readers.decompress import BROKEN_ZIP
from assets.resources.readers.workbook.sheets import every_sheet
from assets.resources.search_parquet import search_parquet
from assets.resources.vault.vault import Book, Vault
from data_contracts.errors import LinliError

_BLOCK_BYTES, _OVERLAP_BYTES = 8 << 20, 4096
_MOST_UNPACKED_BYTES = 1 << 30  # of one member of an archive: more is no file of ours
_BETWEEN_DIGITS = b" \t-().\x00/"
_WIDE_BETWEEN = "．\u3000\u00a0‐‑‒–—−·"
_NARROWED = [
    *((said, b"%d" % n) for n, sign in enumerate(WIDE_DIGITS) for said in spelled(sign)),
    *((said, b"") for sign in _WIDE_BETWEEN for said in spelled(sign)),
]
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Searched:
    """`places`: files, relative to the home, that still name the person. `with_name`: files in
    which a name of theirs stands, perhaps of somebody else. `unread`: what may not be read.
    `files`: all looked at."""

    places: tuple[str, ...]
    files: int
    with_name: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass
class _Found:
    places: set[Path] = field(default_factory=set)
    with_name: set[Path] = field(default_factory=set)
    unread: set[Path] = field(default_factory=set)


def search(
    root: Path,
    person: Person,
    vaults: Iterable[Vault],
    exports: Path,
    besides: Collection[Path] = (),
) -> Searched:
    """Look for `person` in every file under `root`.

    Export files, which are not ours to change, are left out: the folder `exports` where it lies
    within the home; and files of `besides`. Key files are not opened.
    """
    skip = [exports] if root in exports.parents else []
    look, found = Look(person), _Found()
    parquet: list[Path] = []
    looked = 0
    for path in _files(root, skip, found.unread):
        if path in besides:
            continue
        looked += 1
        _note_name(path, path.relative_to(root), look, found)
        if path.suffix == ".parquet":
            parquet.append(path)
        elif path.suffix != ".sealed":
            _look_into(path, look, found)
    places, unsearched = search_parquet(parquet, person)
    found.places |= places
    for path in unsearched:
        _look_into(path, look, found)
    sealed = search_vaults(root, person, vaults)
    return Searched(
        tuple(sorted([*_named(root, found.places), *sealed])),
        looked,
        tuple(_named(root, found.with_name - found.places)),
        tuple(_named(root, found.unread)),
    )


def search_vaults(root: Path, person: Person, vaults: Iterable[Vault]) -> list[str]:
    """Books that hold an entry of the person; the same phone under another id is another's."""
    return [
        f"{vault.folder.relative_to(root).as_posix()}/{book.title}"
        for vault in vaults
        for book in (Book.PEOPLE, Book.EXCLUSIONS)
        if vault.knows(book, person.ids)
    ]


def _named(root: Path, paths: Iterable[Path]) -> list[str]:
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


def is_named(person: Person, path: Path) -> bool:
    """Whether a name of the relative path says it alone; an underscore stands between words."""
    return any(person.is_in(part.replace("_", " ")) for part in path.parts)


# -- bytes ---------------------------------------------------------------------------------------


class Look:
    """How a person is looked for in bytes: first plainly, for what cannot be missing, then, where
    that is found, in the text."""

    def __init__(self, person: Person) -> None:
        self.person = person
        plainly = [one for one in person.ids if len(one) >= SHORTEST_MENTION]
        strong = [a for a in person.addresses if compact(a) in person.strong_addresses]
        plainly += map(anchor_of, strong)
        self._plainly = [said for text in plainly for said in spelled(text)]
        self._digits = [number.encode() for number in person.strong_phones]
        scientific = "|".join(map(_with_exponent, person.strong_phones))
        self._scientific = re.compile(scientific.encode()) if scientific else None
        self._names = [said for name in person.lone_names() for said in spelled(name)]

    def is_in(self, block: bytes) -> bool:
        return self.may_be_in(block) and any(self.person.is_in(text) for text in _texts_of(block))

    def may_be_in(self, block: bytes) -> bool:
        """Whether the block has to be read as text, which takes a hundred times as long."""
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
        """Whether a phone stands in bytes without signs between digits, whole or by exponent."""
        return any(number in close for number in self._digits) or (
            self._scientific is not None and self._scientific.search(close) is not None
        )


def _with_exponent(number: str) -> str:
    """Pattern of a number that is written with an exponent, its point left out: 138E+10.

    The digits alone would be found in any file: those of 19900000000 are 1.99.
    """
    return rf"{number.rstrip('0')}0*[eE]\+?0?{len(number) - 1}"


def _texts_of(block: bytes) -> Iterator[str]:
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


def _look_into(path: Path, look: Look, found: _Found) -> None:
    """Search one file: as it stands, and what is packed in it."""
    try:
        with path.open("rb") as stream:
            _note(path, _blocks(stream), look, found)
            stream.seek(0)
            head = stream.read(4)
    except FileNotFoundError:
        return  # gone meanwhile
    except OSError:
        found.unread.add(path)
        return
    try:
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path, "rb") as packed:
                _note(path, _blocks(packed, _MOST_UNPACKED_BYTES), look, found)
        elif head.startswith(b"PK\x03\x04"):
            _look_into_archive(path, look, found)
    except BROKEN_ZIP:
        pass  # damaged: what can be read of it was
    if head.startswith(b"PK\x03\x04") and path not in found.places:
        _look_into_workbook(path, look, found)


def _note_name(path: Path, inside: Path, look: Look, found: _Found) -> None:
    """Look at the name of a file and of the folders it lies in, which tells whoever lists them."""
    if is_named(look.person, inside):
        found.places.add(path)
    elif any(name in part for name in look.person.lone_names() for part in inside.parts):
        found.with_name.add(path)


def _note(path: Path, blocks: Iterable[bytes], look: Look, found: _Found) -> None:
    for block in blocks:
        if look.has_name(block):
            found.with_name.add(path)
        if look.is_in(block):
            found.places.add(path)
            return


def _look_into_archive(path: Path, look: Look, found: _Found) -> None:
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            with book.open(name) as member:
                _note(path, _blocks(member, _MOST_UNPACKED_BYTES), look, found)


def _look_into_workbook(path: Path, look: Look, found: _Found) -> None:
    """Its cells as people see them: a text may be stored in pieces, a phone as a number."""
    try:
        sheets = every_sheet(path)
    except LinliError:
        return
    for _, rows in sheets:
        for row in rows:
            if look.person.is_in("\x1f".join(row)):
                found.places.add(path)
                return
