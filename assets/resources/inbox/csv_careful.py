"""CSV row by row with Python's csv module: slow, exact, at ease with what the fast one is not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from assets.resources.inbox.csv_stream import codec
from assets.resources.inbox.file_format import FileFormat
from assets.resources.inbox.unpacking import opened


def header_cells(path: Path, format_: FileFormat) -> list[str]:
    """Cells of the header row; none when the file ends before it."""
    return next((cells for number, cells in _numbered(path, format_) if number == 0), [])


def careful_cells(
    path: Path, format_: FileFormat, *, strict: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Rows after the header with their numbers. `strict`: an open quote raises csv.Error."""
    for number, cells in _numbered(path, format_, strict=strict):
        if number > 0:
            yield number, cells


def _numbered(
    path: Path, format_: FileFormat, *, strict: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers: the header is 0, what stands above it negative."""
    csv.field_size_limit(1 << 30)
    with opened(path, format_) as binary:
        text = io.TextIOWrapper(
            binary, encoding=codec(format_.encoding), errors="strict", newline=""
        )
        if text.read(1) != "\ufeff":
            text.seek(0)
        reader = csv.reader(text, delimiter=format_.delimiter or ",", strict=strict)
        number = -format_.header_row
        for cells in reader:
            number += 1
            if number > 0 and not cells:
                number -= 1  # a blank line is no row
                continue
            yield number, cells
