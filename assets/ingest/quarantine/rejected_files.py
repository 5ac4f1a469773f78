"""Whatever lies in `quarantine/` of a home, taken apart as far as it goes, and written again.

We write hand-backs as CSV in UTF-8; people open them in Excel and save them as GB18030, with
semicolons, as a workbook, or put other files beside them. They are read by the readers of exports:
encoding, separator and sheets are found out. A file that cannot be taken apart is no error here.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assets.ingest.stage.returned_rows import (
    ORIGINAL,
    ORIGINAL_CONTENT,
    ORIGINAL_ROW,
    REASON_COLUMNS,
    WHOLE_NUMBER,
)
from assets.resources.mentions import Owner, Person, same_id
from assets.resources.outbox.spreadsheet import csv_value, write_texts
from assets.resources.private_files import FILE_MODE, written
from assets.resources.readers.decompress import BROKEN_FILE
from assets.resources.readers.delimited.row_reader import OpenQuoteError, every_row
from assets.resources.readers.detect import detect
from assets.resources.readers.file_format import SEPARATORS, Container, FileFormat
from assets.resources.readers.workbook.sheets import every_sheet
from data_contracts.errors import ExportError
from data_contracts.mappings.presets import presets
from data_contracts.mappings.spelling import normal

FOLDER = "quarantine"
NAME_END = "_退回"  # of a hand-back file, before its suffix
_HEADER_AMONG = 10  # rows
_LOOK_BYTES = 4096
_NOT_TAKEN_APART = (OpenQuoteError, csv.Error, UnicodeError, ExportError, *BROKEN_FILE)
_NUMBER_WITHOUT_DIGITS = re.compile(r"\d(\.\d+)?[eE]\+?\d+")

# Which row of which file a line was: name, short fingerprint of the content ("" where the file
# does not say), number.
Key = tuple[str, str, int]


@dataclass(frozen=True)
class Line:
    """A line of a file: its `place` (part, row) in it, which row it was, its cells, its id."""

    place: tuple[int, int]
    key: Key | None
    cells: list[str]
    id_cell: str

    def owner(self, person: Person) -> Owner:
        """Whose line it is by its own id."""
        bare = self.id_cell.strip(" \t'\"=")
        if not bare or _NUMBER_WITHOUT_DIGITS.fullmatch(bare):
            return Owner.NOBODY
        return Owner.THEIRS if same_id(bare, person.ids) else Owner.ANOTHER


class LaidFile:
    """A file in `quarantine/`. `is_ours`: a hand-back, whatever it was saved as since."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as stream:  # raises PermissionError, which readers only tell of
            begins = stream.read(_LOOK_BYTES)
        self.path = path
        self._format: FileFormat | None = None
        self._titles: list[str] = [""]
        self._rows: list[list[list[str]]] = []
        self._raw: list[bytes] = []  # lines of a hand-back that is no table any more
        is_named = NAME_END in path.name
        try:
            self._format = detect(path)
            self._read(self._format)
        except _NOT_TAKEN_APART:
            self._rows = []
        if not self._rows and is_named and b"\0" not in begins:
            self._raw = path.read_bytes().splitlines(keepends=True)
            self._rows = [_cells_of(self._raw)]
        self._headers = [_header_of(rows) for rows in self._rows]
        self.is_ours = is_named or any(map(_is_said, self._rows, self._headers))

    @property
    def is_taken_apart(self) -> bool:
        return bool(self._rows)

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Header and rows of the part that says which row each of its rows was; else empty."""
        for rows, place in zip(self._rows, self._headers, strict=True):
            if place is not None and _is_said(rows, place):
                return [csv_value(cell) for cell in rows[place]], rows[place + 1 :]
        return [], []

    def lines(self) -> Iterator[Line]:
        """Every line below the headers."""
        for part, (rows, place) in enumerate(zip(self._rows, self._headers, strict=True)):
            header = [] if place is None else [csv_value(cell).strip() for cell in rows[place]]
            where = {title: column for column, title in enumerate(header)}
            said_in = {where[title] for title in REASON_COLUMNS if title in where}
            ids = [column for column, title in enumerate(header) if normal(title) in id_headers()]
            for number in range(0 if place is None else place + 1, len(rows)):
                cells = rows[number]
                said = {title: _at(cells, where.get(title)) for title in REASON_COLUMNS}
                own = [cell for column, cell in enumerate(cells) if column not in said_in]
                named = next((c for column in ids if (c := _at(cells, column)).strip()), "")
                yield Line((part, number), _key(said), own, named)

    def drop(self, places: Collection[tuple[int, int]]) -> None:
        """Write the file again without these lines; a hand-back without any line is removed."""
        gone = set(places)
        headers = set(enumerate(self._headers))
        left = [
            [(n, row) for n, row in enumerate(rows) if (part, n) not in gone]
            for part, rows in enumerate(self._rows)
        ]
        if not any((part, n) not in headers for part, rows in enumerate(left) for n, _ in rows):
            self.path.unlink()
            return
        if self._raw:
            with written(self.path) as stream:
                stream.writelines(self._raw[n] for n, _ in left[0])
            return
        assert self._format is not None
        kept = [[row for _, row in rows] for rows in left]
        if self._format.container is Container.XLSX:
            with written(self.path) as stream:
                write_texts(stream, list(zip(self._titles, kept, strict=True)))
        else:
            _write_csv(self.path, self._format, kept[0])

    def _read(self, found: FileFormat) -> None:
        if found.container is Container.CSV:
            self._rows = [[list(cells) for cells in every_row(self.path, found)]]
        elif found.container is Container.XLSX:
            sheets = every_sheet(self.path)
            self._titles = [title for title, _ in sheets]
            self._rows = [rows for _, rows in sheets]


def laid_files(root: Path) -> tuple[list[LaidFile], list[str]]:
    """Files under `quarantine/` of the home `root`, and names of what may not be read.

    A file or folder of ours that lost its rights gets them back: it is looked into.
    """
    folder = root / FOLDER
    shut: list[str] = []
    found = []

    def said(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # there need be no such folder
            shut.append(str(error.filename))

    for top, folders, names in os.walk(folder, onerror=said):
        for name in folders:
            unlock(Path(top) / name, 0o700)
        for name in sorted(names):
            path = Path(top) / name
            if path.is_symlink() or not path.is_file():
                continue
            unlock(path)
            try:
                found.append(LaidFile(path))
            except PermissionError:
                shut.append(str(path))
    return found, [Path(name).relative_to(root).as_posix() for name in shut]


def unlock(path: Path, mode: int = FILE_MODE) -> None:
    """Give the owner the right to read what is theirs and lost it."""
    if not os.access(path, os.R_OK) and path.stat().st_uid == os.geteuid():
        path.chmod(mode)


def _write_csv(path: Path, found: FileFormat, rows: Sequence[Sequence[str]]) -> None:
    encoding = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(
        found.encoding or "utf-8", found.encoding
    )
    with written(path) as stream:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=found.delimiter or ",", lineterminator="\r\n").writerows(rows)
        content = text.getvalue().encode(encoding or "utf-8-sig")
        stream.write(gzip.compress(content) if found.gzipped else content)


def _header_of(rows: Sequence[Sequence[str]]) -> int | None:
    """The row that says which row each was, or else what its columns are; None without one."""
    for place, row in enumerate(rows[:_HEADER_AMONG]):
        titles = {csv_value(cell).strip() for cell in row}
        if {ORIGINAL, ORIGINAL_ROW} <= titles:
            return place
    for place, row in enumerate(rows[:_HEADER_AMONG]):
        if any(normal(cell) in id_headers() for cell in row):
            return place
    return None


def _is_said(rows: Sequence[Sequence[str]], place: int | None) -> bool:
    titles = {csv_value(cell).strip() for cell in rows[place]} if place is not None else set()
    return {ORIGINAL, ORIGINAL_ROW} <= titles


def _key(said: dict[str, str]) -> Key | None:
    number = WHOLE_NUMBER.fullmatch(said[ORIGINAL_ROW].strip())
    name = csv_value(said[ORIGINAL].strip())
    if number is None or not name:
        return None
    return name, said[ORIGINAL_CONTENT].strip(), int(number.group(1))


def _at(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _cells_of(lines: Sequence[bytes]) -> list[list[str]]:
    """Cells of each line for itself, so that an open quote spoils one line alone."""
    texts = [_text_of(line).rstrip("\r\n") for line in lines]
    separator = max(SEPARATORS, key=lambda sign: texts[0].count(sign)) if texts else ","
    return [next(csv.reader([text], delimiter=separator), []) for text in texts]


def _text_of(line: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


@cache
def id_headers() -> frozenset[str]:
    """What columns of user ids are called, in any preset."""
    return frozenset(
        normal(source.headers[0])
        for mapping in presets()
        for source in mapping.sources.get("user_id", ())
        if len(source.headers) == 1
    )
