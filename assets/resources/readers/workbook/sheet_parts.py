"""Find the parts of a workbook zip and the cells of a sheet as bytes, without an XML tree."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO

from assets.resources.readers import limits

_BLOCK_BYTES = 4 << 20
CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*[^>/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
CELL_ADDRESS = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")


def blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the part in blocks that end with a tag."""
    rest = b""
    while read := stream.read(_BLOCK_BYTES):
        block = rest + read
        end = block.rfind(b">") + 1
        rest = block[end:]
        if len(rest) > limits.MAX_RECORD_CHARACTERS:
            raise ValueError("a text that never ends")
        if end:
            yield block[:end]


def whole_cells(parts: Iterator[bytes], marks: Sequence[bytes]) -> Iterator[bytes]:
    """Yield blocks that end with a cell and contain one of `marks`."""
    rest = b""
    for part in parts:
        block = rest + part
        end = max(block.rfind(b"c>") + 2, 0) if b"c>" in block else 0
        rest = block[end:] if len(block) - end <= limits.MAX_RECORD_CHARACTERS else b""
        if any(mark in block for mark in marks):
            yield block[:end]


def sheet_part(book: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the path in the zip of the sheet with that name."""
    for entry in ET.fromstring(book.read("xl/workbook.xml")).iter():
        if local_name(entry.tag) == "sheet" and entry.get("name") == sheet:
            wanted = next((v for k, v in entry.items() if local_name(k) == "id"), None)
            for relation in ET.fromstring(book.read("xl/_rels/workbook.xml.rels")).iter():
                if relation.get("Id") == wanted:
                    target = relation.get("Target", "")
                    root = PurePosixPath("/") if target.startswith("/") else PurePosixPath("/xl")
                    return str(root / target).lstrip("/")
    return None


def local_name(tag: str) -> str:
    """Return a tag without its namespace."""
    return tag.rpartition("}")[2]


def column_number(letters: bytes | str) -> int:
    """Convert column letters to a number.

    >>> column_number("A"), column_number(b"AA"), column_number("XFD")
    (1, 27, 16384)
    """
    text = letters.decode("ascii") if isinstance(letters, bytes) else letters
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - 64
    return number
