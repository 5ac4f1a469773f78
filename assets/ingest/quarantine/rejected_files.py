"""Read and rewrite the files in `quarantine/` of a home.

Rejected-rows files are written as CSV in UTF-8; people open them in Excel and save them as GB18030,
with semicolons or as a workbook, or add other files to the folder. The readers of exports detect
encoding, separator and sheets. A file that cannot be parsed is no error here.
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
from assets.resources.files.private_files import FILE_MODE, private_writer
from assets.resources.outbox.spreadsheet import csv_value
from assets.resources.outbox.workbook import write_texts
from assets.resources.person_search.mentions import Owner, Person, same_id
from assets.resources.readers.decompress import BROKEN_FILE
from assets.resources.readers.delimited.row_reader import OpenQuoteError, all_rows
from assets.resources.readers.detect import detect
from assets.resources.readers.file_format import SEPARATORS, Container, FileFormat
from assets.resources.readers.workbook.sheets import read_all_sheets
from data_contracts.errors import ExportError
from data_contracts.mappings.presets import presets
from data_contracts.mappings.spelling import normal

QUARANTINE_FOLDER = "quarantine"
REJECTED_SUFFIX = "_退回"  # of a rejected-rows file, before its suffix
_HEADER_WITHIN_ROWS = 10  # rows
_HEAD_BYTES = 4096
_UNREADABLE = (OpenQuoteError, csv.Error, UnicodeError, ExportError, *BROKEN_FILE)
_NUMBER_WITHOUT_DIGITS = re.compile(r"\d(\.\d+)?[eE]\+?\d+")

# The row a line refers to: file name, short fingerprint of the content ("" in older files), number.
RowReference = tuple[str, str, int]


@dataclass(frozen=True)
class FileLine:
    """One line of a file: its position (part, row), the row it refers to, its cells and its user
    id."""

    place: tuple[int, int]
    key: RowReference | None
    cells: list[str]
    id_cell: str

    def owner(self, person: Person) -> Owner:
        """Return whose line it is by its own user id."""
        bare = self.id_cell.strip(" \t'\"=")
        if not bare or _NUMBER_WITHOUT_DIGITS.fullmatch(bare):
            return Owner.NOBODY
        return Owner.THEIRS if same_id(bare, person.ids) else Owner.ANOTHER


class QuarantineFile:
    """A file in `quarantine/`.

    `is_rejected_rows`: it is a rejected-rows file, in whatever format it was saved since.
    """

    def __init__(self, path: Path) -> None:
        with path.open(
            "rb"
        ) as stream:  # raises PermissionError; the readers below turn it into a message
            begins = stream.read(_HEAD_BYTES)
        self.path = path
        self._format: FileFormat | None = None
        self._titles: list[str] = [""]
        self._rows: list[list[list[str]]] = []
        self._raw: list[bytes] = []  # lines of a rejected-rows file that cannot be parsed
        is_named = REJECTED_SUFFIX in path.name
        try:
            self._format = detect(path)
            self._read(self._format)
        except _UNREADABLE:
            self._rows = []
        if not self._rows and is_named and b"\0" not in begins:
            self._raw = path.read_bytes().splitlines(keepends=True)
            self._rows = [_split_lines(self._raw)]
        self._headers = [_header_position(rows) for rows in self._rows]
        self.is_rejected_rows = is_named or any(map(_has_return_columns, self._rows, self._headers))

    @property
    def is_readable(self) -> bool:
        return bool(self._rows)

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return header and rows of the part that refers to original rows; both empty without such
        a part."""
        for rows, place in zip(self._rows, self._headers, strict=True):
            if place is not None and _has_return_columns(rows, place):
                return [csv_value(cell) for cell in rows[place]], rows[place + 1 :]
        return [], []

    def lines(self) -> Iterator[FileLine]:
        """Yield every line below the headers."""
        for part, (rows, place) in enumerate(zip(self._rows, self._headers, strict=True)):
            header = [] if place is None else [csv_value(cell).strip() for cell in rows[place]]
            where = {title: column for column, title in enumerate(header)}
            said_in = {where[title] for title in REASON_COLUMNS if title in where}
            ids = [
                column for column, title in enumerate(header) if normal(title) in user_id_headers()
            ]
            for number in range(0 if place is None else place + 1, len(rows)):
                cells = rows[number]
                said = {title: _cell(cells, where.get(title)) for title in REASON_COLUMNS}
                own = [cell for column, cell in enumerate(cells) if column not in said_in]
                named = next((c for column in ids if (c := _cell(cells, column)).strip()), "")
                yield FileLine((part, number), _row_reference(said), own, named)

    def drop(self, places: Collection[tuple[int, int]]) -> None:
        """Rewrite the file without the lines at `places`; a rejected-rows file without lines is
        removed."""
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
            with private_writer(self.path) as stream:
                stream.writelines(self._raw[n] for n, _ in left[0])
            return
        assert self._format is not None
        kept = [[row for _, row in rows] for rows in left]
        if self._format.container is Container.XLSX:
            with private_writer(self.path) as stream:
                write_texts(stream, list(zip(self._titles, kept, strict=True)))
        else:
            _write_csv(self.path, self._format, kept[0])

    def _read(self, file_format: FileFormat) -> None:
        if file_format.container is Container.CSV:
            self._rows = [[list(cells) for cells in all_rows(self.path, file_format)]]
        elif file_format.container is Container.XLSX:
            sheets = read_all_sheets(self.path)
            self._titles = [title for title, _ in sheets]
            self._rows = [rows for _, rows in sheets]


def quarantine_files(root: Path) -> tuple[list[QuarantineFile], list[str]]:
    """Return the files under `quarantine/` of the home `root`, and the names of unreadable ones.

    A file or folder of ours that lost its read permission gets it back.
    """
    folder = root / QUARANTINE_FOLDER
    shut: list[str] = []
    files = []

    def said(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # there need be no such folder
            shut.append(str(error.filename))

    for top, folders, names in os.walk(folder, onerror=said):
        for name in folders:
            grant_owner_read(Path(top) / name, 0o700)
        for name in sorted(names):
            path = Path(top) / name
            if path.is_symlink() or not path.is_file():
                continue
            grant_owner_read(path)
            try:
                files.append(QuarantineFile(path))
            except PermissionError:
                shut.append(str(path))
    return files, [Path(name).relative_to(root).as_posix() for name in shut]


def grant_owner_read(path: Path, mode: int = FILE_MODE) -> None:
    """Restore the owner's read permission."""
    if not os.access(path, os.R_OK) and path.stat().st_uid == os.geteuid():
        path.chmod(mode)


def _write_csv(path: Path, file_format: FileFormat, rows: Sequence[Sequence[str]]) -> None:
    encoding = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(
        file_format.encoding or "utf-8", file_format.encoding
    )
    with private_writer(path) as stream:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=file_format.delimiter or ",", lineterminator="\r\n").writerows(
            rows
        )
        content = text.getvalue().encode(encoding or "utf-8-sig")
        stream.write(gzip.compress(content) if file_format.gzipped else content)


def _header_position(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the row of the header: the one with the return columns, else one with a user id; None
    without one."""
    for place, row in enumerate(rows[:_HEADER_WITHIN_ROWS]):
        titles = {csv_value(cell).strip() for cell in row}
        if {ORIGINAL, ORIGINAL_ROW} <= titles:
            return place
    for place, row in enumerate(rows[:_HEADER_WITHIN_ROWS]):
        if any(normal(cell) in user_id_headers() for cell in row):
            return place
    return None


def _has_return_columns(rows: Sequence[Sequence[str]], place: int | None) -> bool:
    titles = {csv_value(cell).strip() for cell in rows[place]} if place is not None else set()
    return {ORIGINAL, ORIGINAL_ROW} <= titles


def _row_reference(said: dict[str, str]) -> RowReference | None:
    number = WHOLE_NUMBER.fullmatch(said[ORIGINAL_ROW].strip())
    name = csv_value(said[ORIGINAL].strip())
    if number is None or not name:
        return None
    return name, said[ORIGINAL_CONTENT].strip(), int(number.group(1))


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _split_lines(lines: Sequence[bytes]) -> list[list[str]]:
    """Split each line into cells on its own, so that an open quote affects one line only."""
    texts = [_decode(line).rstrip("\r\n") for line in lines]
    separator = max(SEPARATORS, key=lambda sign: texts[0].count(sign)) if texts else ","
    return [next(csv.reader([text], delimiter=separator), []) for text in texts]


def _decode(line: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


@cache
def user_id_headers() -> frozenset[str]:
    """Return the headers of user ids in every preset."""
    return frozenset(
        normal(source.headers[0])
        for mapping in presets()
        for source in mapping.sources.get("user_id", ())
        if len(source.headers) == 1
    )
