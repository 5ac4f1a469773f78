"""What kind of file a file is: container, compression, encoding, separator, header row.

Found from the content, never from the name, and said with its evidence, so that a wrong guess is
seen and can be overridden (`platform.toml` [[files]], or options of `linli check`).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from assets.resources.inbox import limits
from data_contracts.errors import ExportError

_SAMPLE_BYTES = 1 << 20
# What reading a damaged or cut-off file may raise, gzip included.
BROKEN_FILE = (OSError, EOFError, zlib.error)
# zipfile says NotImplementedError for odd versions and RuntimeError for a password.
BROKEN_ZIP = (*BROKEN_FILE, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError)
_SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_TITLE_ROWS = 10  # a header stands among the first rows; titles and notes above it are skipped


class Container(StrEnum):
    CSV = "CSV"
    XLSX = "XLSX"
    JSON_LINES = "JSON lines"
    PARQUET = "Parquet"


@dataclass(frozen=True)
class FormatOverride:
    """What a person states; None: to be found out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None


@dataclass(frozen=True)
class FileFormat:
    """How a file is read. `header_row`: the row the header stands on, 1 = first.

    `evidence`: short facts the finding rests on.
    """

    container: Container
    gzipped: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1
    evidence: tuple[str, ...] = ()

    def describe(self) -> str:
        """One line: `CSV, gb18030, tab, header in row 1`."""
        parts = [self.container.value]
        if self.gzipped:
            parts.append("gzip")
        if self.encoding:
            parts.append(self.encoding)
        if self.delimiter:
            parts.append(_SEPARATORS.get(self.delimiter, repr(self.delimiter)))
        if self.sheet:
            parts.append(f"sheet {self.sheet}")
        if self.header_row != 1:
            parts.append(f"header in row {self.header_row}")
        return ", ".join(parts)


def detect(path: Path, override: FormatOverride | None = None) -> FileFormat:
    """Find out the format of the file at `path`; raises ExportError naming the mend.

    Reads at most the first MiB (a sheet's first rows for XLSX).
    """
    stated = override or FormatOverride()
    name = path.name
    head, gzipped = _head(path)
    if not head:
        raise ExportError(f"{name}: the file is empty; export it again, or remove it")
    if head.startswith(b"PAR1"):
        if gzipped:
            raise ExportError(f"{name}: gzip around Parquet is not read; unpack it")
        return FileFormat(Container.PARQUET, evidence=("begins with PAR1",))
    if head.startswith(b"PK\x03\x04"):
        if gzipped:
            raise ExportError(f"{name}: gzip around XLSX is not read; unpack it")
        return _xlsx(path, stated)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise ExportError(
            f"{name}: an old or encrypted Excel file; save it as .xlsx without password"
        )
    if head.startswith((b"%PDF", b"\x1f\x9d", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")):
        raise ExportError(f"{name}: no table of text; export it as CSV or XLSX")
    encoding, found = _encoding(head, name, stated)
    text = _decoded(head, encoding)
    start = text.lstrip("\ufeff \t\r\n")[:200].lower()
    if start.startswith(("<!doctype", "<html", "<table", "<?xml", "<meta")):
        raise ExportError(
            f"{name}: a web page under another name; open it and save it as .xlsx or CSV UTF-8"
        )
    if start.startswith(("{", "[")) and _is_json(text):
        return FileFormat(
            Container.JSON_LINES, gzipped, encoding, evidence=(*found, "begins as JSON")
        )
    delimiter, header_row, said = _layout(text, stated)
    return FileFormat(
        Container.CSV,
        gzipped,
        encoding,
        delimiter,
        header_row=header_row,
        evidence=(*(("gzip",) if gzipped else ()), *found, *said),
    )


def opened(path: Path, found: FileFormat) -> Any:
    """The file's bytes, unpacked."""
    return gzip.open(path, "rb") if found.gzipped else path.open("rb")


def _head(path: Path) -> tuple[bytes, bool]:
    try:
        with path.open("rb") as stream:
            head = stream.read(_SAMPLE_BYTES)
        if not head.startswith(b"\x1f\x8b"):
            return head, False
        with gzip.open(path, "rb") as packed:
            return packed.read(_SAMPLE_BYTES), True
    except BROKEN_FILE as error:
        # a gzip that ends early still has a head to look at; reading it in full will say so
        partial = _partial_gzip(path)
        if partial:
            return partial, True
        what = "ends in the middle; it was cut off on its way, copy it again"
        if isinstance(error, zlib.error):
            what = "its gzip is damaged; copy it again"
        elif not isinstance(error, EOFError):
            what = f"cannot be read ({error}); export it again"
        raise ExportError(f"{path.name}: {what}") from error


def _partial_gzip(path: Path) -> bytes:
    found = bytearray()
    try:
        with gzip.open(path, "rb") as packed:
            while block := packed.read(4096):
                found += block
                if len(found) >= _SAMPLE_BYTES:
                    break
    except BROKEN_FILE:
        pass
    return bytes(found)


def _encoding(head: bytes, name: str, stated: FormatOverride) -> tuple[str, tuple[str, ...]]:
    if stated.encoding:
        try:
            "".encode(stated.encoding)
        except LookupError as error:
            raise ExportError(
                f"{name}: {stated.encoding!r} is no encoding; write utf-8, gb18030 or utf-16"
            ) from error
        return stated.encoding.lower(), (f"encoding {stated.encoding} was stated",)
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8", ("byte order mark of UTF-8",)
    if head.startswith(b"\xff\xfe"):
        return "utf-16-le", ("byte order mark of UTF-16, little endian",)
    if head.startswith(b"\xfe\xff"):
        return "utf-16-be", ("byte order mark of UTF-16, big endian",)
    guess = _utf16_without_mark(head)
    if guess:
        return guess, (f"every other byte is 0, as in {guess} without a mark",)
    if head.isascii():
        return "utf-8", ("no byte above 127",)
    if _decodes(head, "utf-8"):
        return "utf-8", ("decodes as UTF-8",)
    if _decodes(head, "gb18030"):
        return "gb18030", ("decodes as GB18030, not as UTF-8",)
    # a stray byte in the middle makes no other encoding: reading names its place
    faults = {name: _faults(head, name) for name in ("utf-8", "gb18030")}
    near = min(faults, key=lambda name: faults[name])
    return near, (f"nearest to {near}, with {faults[near]} byte(s) that do not fit",)


def _utf16_without_mark(head: bytes) -> str | None:
    part = head[: 4096 - 4096 % 2]
    if len(part) < 8:
        return None
    even, odd = part[0::2].count(0), part[1::2].count(0)
    half = len(part) // 2
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _decodes(head: bytes, encoding: str) -> bool:
    """Whether `head` decodes; a character cut off at its end is no fault."""
    for cut in range(4):
        try:
            head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError as error:
            if len(head) < _SAMPLE_BYTES or error.start < len(head) - 8:
                return False
        else:
            return True
    return False


def _faults(head: bytes, encoding: str) -> int:
    return head.decode(encoding, errors="replace").count("\ufffd")


def _decoded(head: bytes, encoding: str) -> str:
    return head.decode(encoding, errors="replace").lstrip("\ufeff")


def _is_json(text: str) -> bool:
    first = text.lstrip("\ufeff \t\r\n")
    line = first.splitlines()[0] if first else ""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        # one document over many lines, or an array
        return first[0] == "[" or (first[0] == "{" and '"' in first[1:50].lstrip()[:1])


def _layout(text: str, stated: FormatOverride) -> tuple[str, int, tuple[str, ...]]:
    """Separator and header row of the first lines."""
    said: list[str] = []
    delimiter = stated.delimiter
    rows: list[list[str]]
    if delimiter is not None:
        said.append(f"separator {_SEPARATORS.get(delimiter, repr(delimiter))} was stated")
        rows = _rows(text, delimiter)
    else:
        best: tuple[float, int, str, list[list[str]]] | None = None
        for one in _SEPARATORS:
            found = _rows(text, one)
            width, share = _usual_width(found)
            score = (share if width > 1 else 0.0, width, one, found)
            if best is None or score[:2] > best[:2]:
                best = score
        assert best is not None
        share, width, delimiter, rows = best
        if width <= 1:
            delimiter, rows = ",", _rows(text, ",")
            said.append("no separator stands on every line: one column")
        else:
            word = _SEPARATORS[delimiter]
            said.append(f"{word} separates {width} columns in {share:.0%} of {len(rows)} rows")
    if stated.header_row is not None:
        return delimiter, stated.header_row, (*said, f"header row {stated.header_row} was stated")
    header_row = header_among(rows)
    if header_row > 1:
        said.append(f"{header_row - 1} row(s) above the header are titles")
    return delimiter, header_row, tuple(said)


def header_among(rows: list[list[str]]) -> int:
    """Row of the header (1 = first): the first of the first rows that is as wide as any of them.

    A row counts as wide by its non-empty cells; titles and notes above a header fill one or two.
    """
    first = rows[:_TITLE_ROWS]
    widths = [sum(1 for cell in row if cell.strip()) for row in first]
    if not widths or (widths[0] >= 2 and widths[0] >= 0.6 * max(widths)):
        return 1
    for place, width in enumerate(widths):
        if width >= 2 and width >= 0.8 * max(widths):
            return place + 1
    return 1


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The first complete rows, at most 50."""
    rows: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(text[:65536], newline=""), delimiter=delimiter)
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > 50:
                break
    except csv.Error:
        pass
    if len(rows) > 2 and len(text) > 65536:
        rows.pop()  # may be cut off
    return rows[:50]


def _usual_width(rows: list[list[str]]) -> tuple[int, float]:
    if not rows:
        return 0, 0.0
    width, count = Counter(len(row) for row in rows).most_common(1)[0]
    return width, count / len(rows)


def _xlsx(path: Path, stated: FormatOverride) -> FileFormat:
    refuse_swollen_workbook(path)
    from assets.resources.inbox.xlsx_rows import first_rows

    sheet, rows = first_rows(path, stated.sheet)
    said = [f"a workbook; sheet {sheet}"]
    header_row = stated.header_row or header_among(rows)
    if header_row > 1:
        said.append(f"{header_row - 1} row(s) above the header are titles")
    return FileFormat(Container.XLSX, sheet=sheet, header_row=header_row, evidence=tuple(said))


def refuse_swollen_workbook(path: Path) -> None:
    """Raise ExportError for a workbook that unpacks to more than any sheet holds."""
    try:
        with zipfile.ZipFile(path) as book:
            entries = book.infolist()
    except BROKEN_ZIP as error:
        raise ExportError(f"{path.name}: a damaged workbook ({error}); save it again") from error
    unpacked = sum(entry.file_size for entry in entries)
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise ExportError(f"{path.name}: a zip, but no workbook; unpack it, or save it as .xlsx")
    packed = max(path.stat().st_size, 1)
    if (
        len(entries) > limits.MAX_XLSX_ENTRIES
        or packed > limits.MAX_XLSX_BYTES
        or unpacked > limits.MAX_XLSX_UNPACKED_BYTES
        or (
            unpacked > limits.RATIO_COUNTS_FROM_BYTES
            and unpacked / packed > limits.MAX_COMPRESSION_RATIO
        )
    ):
        raise ExportError(
            f"{path.name}: unpacks to {unpacked:,} bytes in {len(entries):,} parts, more than a "
            "workbook may; export it as CSV"
        )
    # what is declared may be a lie: unpack each part once up to its declared size
    with zipfile.ZipFile(path) as book:
        try:
            wrong = book.testzip()
        except BROKEN_ZIP as error:
            raise ExportError(
                f"{path.name}: a damaged workbook ({error}); save it again"
            ) from error
    if wrong is not None:
        raise ExportError(f"{path.name}: a damaged workbook ({wrong}); save it again")
