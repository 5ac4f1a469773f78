"""Read CSV row by row with Python's csv module: slow and exact, for files the fast reader cannot
parse.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from assets.resources.readers import limits
from assets.resources.readers.decompress import open_decompressed
from assets.resources.readers.delimited.stream import END, codec
from assets.resources.readers.file_format import FileFormat


class OpenQuoteError(Exception):
    """A quote is never closed and would swallow the rows after it."""

    def __init__(self, row_number: int) -> None:
        super().__init__(f"a quote opened in data row {row_number} is never closed")
        self.row_number = row_number


def header_cells(path: Path, format_: FileFormat) -> list[str]:
    """Return the cells of the header row; empty when the file ends before it."""
    return next((cells for number, cells in _numbered(path, format_) if number == 0), [])


def numbered_rows(path: Path, format_: FileFormat) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows after the header with their numbers; raise OpenQuoteError at the end."""
    for number, cells in _numbered(path, format_):
        if number > 0:
            yield number, cells


def all_rows(path: Path, format_: FileFormat) -> Iterator[list[str]]:
    """Yield all rows, including the header and rows above it; raise as `numbered_rows` does."""
    for _, cells in _numbered(path, format_):
        yield cells


def unreadable_line(path: Path, format_: FileFormat) -> int | None:
    """Return the number of the first line (1 = first) that its encoding cannot decode."""
    if codec(format_.encoding).startswith("utf-16"):
        return None  # a line break cannot be found without decoding
    with open_decompressed(path, format_) as binary:
        number = 0
        while line := binary.readline(limits.MAX_RECORD_CHARACTERS):
            number += 1
            try:
                line.decode(codec(format_.encoding))
            except UnicodeError:
                return number
    return None


def _numbered(path: Path, format_: FileFormat) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with their numbers: the header is 0, rows above it are negative."""
    csv.field_size_limit(limits.MAX_RECORD_CHARACTERS)
    with open_decompressed(path, format_) as binary:
        text = io.TextIOWrapper(
            binary, encoding=codec(format_.encoding), errors="strict", newline=""
        )
        if text.read(1) != "\ufeff":
            text.seek(0)
        reader = csv.reader(_lines(text), delimiter=format_.delimiter or ",")
        number = -format_.header_row
        try:
            for cells in reader:
                if cells == [END]:
                    return
                number += 1
                if any(cell.endswith(END) for cell in cells):
                    raise OpenQuoteError(number)
                if number > 0 and not cells:
                    number -= 1  # a blank line is not a row
                    continue
                yield number, cells
        except csv.Error as error:
            if "field larger than field limit" in str(error):
                raise OpenQuoteError(number + 1) from error
            raise


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines of bounded length, then END as a line; raise csv.Error for a longer line."""
    line = ""
    while line := text.readline(limits.MAX_RECORD_CHARACTERS):
        if len(line) == limits.MAX_RECORD_CHARACTERS:
            raise csv.Error(f"a line of more than {limits.MAX_RECORD_CHARACTERS:,} characters")
        yield line if line.endswith(("\n", "\r")) else f"{line}\n"
    yield END
