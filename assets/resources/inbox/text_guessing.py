"""What a text file's first bytes say: its encoding, its separator, the row its header stands on."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter

from assets.resources.inbox.file_format import SEPARATORS, FormatOverride
from assets.resources.inbox.headers import header_among
from data_contracts.errors import ExportError

SAMPLE_BYTES = 1 << 20


def encoding_of(head: bytes, name: str, stated: FormatOverride) -> tuple[str, tuple[str, ...]]:
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
            if len(head) < SAMPLE_BYTES or error.start < len(head) - 8:
                return False
        else:
            return True
    return False


def _faults(head: bytes, encoding: str) -> int:
    return head.decode(encoding, errors="replace").count("\ufffd")


def decoded(head: bytes, encoding: str) -> str:
    return head.decode(encoding, errors="replace").lstrip("\ufeff")


def is_json(text: str) -> bool:
    first = text.lstrip("\ufeff \t\r\n")
    line = first.splitlines()[0] if first else ""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        # one document over many lines, or an array
        return first[0] == "[" or (first[0] == "{" and '"' in first[1:50].lstrip()[:1])


def layout_of(text: str, stated: FormatOverride) -> tuple[str, int, tuple[str, ...]]:
    """Separator and header row of the first lines."""
    said: list[str] = []
    delimiter = stated.delimiter
    rows: list[list[str]]
    if delimiter is not None:
        said.append(f"separator {SEPARATORS.get(delimiter, repr(delimiter))} was stated")
        rows = _rows(text, delimiter)
    else:
        best: tuple[float, int, str, list[list[str]]] | None = None
        for one in SEPARATORS:
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
            word = SEPARATORS[delimiter]
            said.append(f"{word} separates {width} columns in {share:.0%} of {len(rows)} rows")
    if stated.header_row is not None:
        return delimiter, stated.header_row, (*said, f"header row {stated.header_row} was stated")
    header_row = header_among(rows)
    if header_row > 1:
        said.append(f"{header_row - 1} row(s) above the header are titles")
    return delimiter, header_row, tuple(said)


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
