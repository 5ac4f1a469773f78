"""CSV row by row with Python's csv module: slow, exact, at ease with what the fast one is not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from assets.resources.readers import limits
from assets.resources.readers.decompress import opened
from assets.resources.readers.delimited.stream import END, codec
from assets.resources.readers.file_format import FileFormat


class OpenQuoteError(Exception):
    """A quote that is never closed; it would swallow the rows after it."""

    def __init__(self, row_number: int) -> None:
        super().__init__(f"a quote opened in data row {row_number} is never closed")
        self.row_number = row_number


def header_cells(path: Path, format_: FileFormat) -> list[str]:
    """Cells of the header row; none when the file ends before it."""
    return next((cells for number, cells in _numbered(path, format_) if number == 0), [])


def careful_cells(path: Path, format_: FileFormat) -> Iterator[tuple[int, list[str]]]:
    """Rows after the header with their numbers; raises OpenQuoteError at the end."""
    for number, cells in _numbered(path, format_):
        if number > 0:
            yield number, cells


def every_row(path: Path, format_: FileFormat) -> Iterator[list[str]]:
    """All rows, the header and what stands above it among them; raises as `careful_cells` does."""
    for _, cells in _numbered(path, format_):
        yield cells


def unreadable_line(path: Path, format_: FileFormat) -> int | None:
    """Number of the first line (1 = first of the file) that does not read by its encoding."""
    if codec(format_.encoding).startswith("utf-16"):
        return None  # a line break cannot be found without decoding
    with opened(path, format_) as binary:
        number = 0
        while line := binary.readline(limits.MAX_RECORD_CHARACTERS):
            number += 1
            try:
                line.decode(codec(format_.encoding))
            except UnicodeError:
                return number
    return None


def _numbered(path: Path, format_: FileFormat) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers: the header is 0, what stands above it negative."""
    csv.field_size_limit(limits.MAX_RECORD_CHARACTERS)
    with opened(path, format_) as binary:
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
                    number -= 1  # a blank line is no row
                    continue
                yield number, cells
        except csv.Error as error:
            if "field larger than field limit" in str(error):
                raise OpenQuoteError(number + 1) from error
            raise


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines of a bounded length, and END on one of its own; raises csv.Error for a longer one."""
    line = ""
    while line := text.readline(limits.MAX_RECORD_CHARACTERS):
        if len(line) == limits.MAX_RECORD_CHARACTERS:
            raise csv.Error(f"a line of more than {limits.MAX_RECORD_CHARACTERS:,} characters")
        yield line if line.endswith(("\n", "\r")) else f"{line}\n"
    yield END
