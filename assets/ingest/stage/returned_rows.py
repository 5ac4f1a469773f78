"""Read the rows of a returned file and find the original row that each of them corrects.

Not here: writing the file that is returned (`quarantine/write_rejected_rows.py`), releasing the
rows that it corrects (`quarantine/release.py`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from assets.ingest.match.identify_file import IdentifiedFile
from assets.resources.outbox.spreadsheet import csv_value
from assets.resources.readers.open_rows import open_rows

ORIGINAL, ORIGINAL_ROW, ORIGINAL_CONTENT = "原文件", "原行号", "原文件指纹"
# First columns of a returned file; no mapping reads them.
REASON_COLUMNS = ("问题", "problem", ORIGINAL, ORIGINAL_ROW, ORIGINAL_CONTENT)
WHOLE_NUMBER = re.compile(r"(\d{1,12})(?:\.0+)?")
_FINGERPRINT_CHARACTERS = 12


@dataclass(frozen=True)
class ReturnedRow:
    """A row of a returned file, and the row `of_row_number` of the file `of_name` that it corrects.

    `of_content`: short fingerprint of that file's content; None in files without that column.
    """

    row_number: int
    of_name: str
    of_content: str | None
    of_row_number: int


def short_fingerprint(sha256: str) -> str:
    """Shorten a content's sha256; it begins with a letter, so no spreadsheet takes it for a number.

    >>> short_fingerprint("12e4567890123456")
    'f12e456789012'
    """
    return f"f{sha256[:_FINGERPRINT_CHARACTERS]}"


def is_returned_file(source: IdentifiedFile) -> bool:
    """Whether the file has the columns that name the original file and row."""
    return {ORIGINAL, ORIGINAL_ROW} <= set(source.match.unused_headers)


def returned_rows(source: IdentifiedFile, malformed: Collection[int]) -> list[ReturnedRow]:
    """List which row each row of a returned file corrects; empty for every other file.

    `malformed`: numbers of rows that could not be split into cells; their first cells are read.
    """
    if not is_returned_file(source):
        return []
    columns = [name for name in REASON_COLUMNS[2:] if name in source.match.unused_headers]
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    claims = []
    for batch in rows.reader(columns):
        for cells in batch.to_pylist():
            claims.append(_returned_row(cells.pop("row_number"), cells))
    for number, raw in rows.raw(malformed):
        cells = dict(zip(rows.header, raw, strict=False))
        claims.append(_returned_row(number, {name: cells.get(name) for name in columns}))
    return [claim for claim in claims if claim is not None]


def _returned_row(row_number: int, cells: Mapping[str, Any]) -> ReturnedRow | None:
    name, number = (str(cells.get(key) or "").strip() for key in (ORIGINAL, ORIGINAL_ROW))
    whole = WHOLE_NUMBER.fullmatch(number)
    if not name or whole is None:
        return None
    content = str(cells.get(ORIGINAL_CONTENT) or "").strip() or None
    return ReturnedRow(row_number, csv_value(name), content, int(whole.group(1)))
