"""Find sheets without a header that continue the rows of the sheet before them.

People who copy the rest of a long table into a new sheet often leave the header behind. Such a
sheet is joined if it has the same number of columns and every column that holds numbers or times in
the first sheet holds them here too, from the first row on. Other sheets are reported and not read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assets.resources.readers.workbook.sheets import SheetPreview

_KINDS = {
    "moment": re.compile(r"\d{4}([-/.年])\d{1,2}([-/.月])\d{1,2}.*"),
    "number": re.compile(r"[-+]?[¥￥]?\d+(,\d{3})*(\.\d+)?(E[+-]?\d+)?"),
}
_MIN_TYPED_COLUMNS = 2  # columns with numbers or times


def continues_without_header(sheet: SheetPreview, first: SheetPreview) -> bool:
    """Decide whether all rows of `sheet`, including its first, belong to the table of `first`."""
    width = len(first.header)
    rows = [row for row in sheet.rows if any(cell.strip() for cell in row)]
    above = first.rows[first.header_row :]
    if not rows or not above or _width(rows) != width or _width(above) > width:
        return False
    kinds = [kind for place in range(width) if (kind := _kind(above, place)) is not None]
    here = [(_kind(above, place), _kind(rows, place)) for place in range(width)]
    return (
        len(kinds) >= _MIN_TYPED_COLUMNS
        and "moment" in kinds
        and all(own == kind for kind, own in here if kind is not None)
        and not {cell.strip() for cell in rows[0]} & {title.strip() for title in first.header}
    )


def _width(rows: Sequence[Sequence[str]]) -> int:
    return max(
        (place for row in rows for place, cell in enumerate(row, 1) if cell.strip()), default=0
    )


def _kind(rows: Sequence[Sequence[str]], place: int) -> str | None:
    """Return the kind that all cells of a column have, or None."""
    cells = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
    for kind, pattern in _KINDS.items():
        if cells and all(pattern.fullmatch(cell) for cell in cells):
            return kind
    return None
