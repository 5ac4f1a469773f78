"""Find cells of a sheet that show something but are read as empty: errors and formulas without a
result.

The workbook reader returns both as empty, so their positions are taken from the XML of the sheet.
An error becomes the text it shows, as in a CSV file; a row with a formula without a result is
quarantined.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assets.resources.readers import limits
from assets.resources.readers.decompress import BROKEN_ZIP
from assets.resources.readers.rows import Malformed
from assets.resources.readers.workbook.sheet_parts import (
    CELL,
    CELL_ADDRESS,
    blocks,
    column_number,
    sheet_part,
    whole_cells,
)

_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>[^<]")
_ERROR_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]{1,40})<")
_ANY_ERROR = "#VALUE!"
_EMPTY_TEXT = re.compile(rb"""\st\s*=\s*["'](?:str|s|inlineStr)["']""")


@dataclass(frozen=True)
class CellError:
    """A cell that is read as empty but is not.

    `row`, `column`: from 1, as in the sheet. `shown`: the error text; None for a formula without
    its result.
    """

    row: int
    column: int
    place: str
    shown: str | None

    def malformed(self, row_number: int, sheet: str | None = None) -> Malformed:
        """Return the malformed row; `sheet` is named when several sheets are read."""
        place = f"{sheet}!{self.place}" if sheet else self.place
        return Malformed(
            row_number,
            "row.formula",
            f"cell {place} has a formula without a result; open the workbook in Excel, "
            "save it and export it again",
            f"单元格{place}的公式没有结果，请用Excel打开并保存后重新导出",
        )


def find_cell_errors(path: Path, sheet: str) -> dict[int, list[CellError]]:
    """Find cell errors by row of the sheet; empty when its XML is not where it is expected."""
    errors: dict[int, list[CellError]] = {}
    try:
        with zipfile.ZipFile(path) as book:
            part = sheet_part(book, sheet)
            if part is None:
                return {}
            with book.open(part) as stream:
                for block in whole_cells(blocks(stream), (b'"e"', b"'e'", b"<f", b":f")):
                    for fault in _errors_in(block):
                        errors.setdefault(fault.row, []).append(fault)
                    if len(errors) > limits.MAX_MALFORMED_ROWS:
                        break
    except (*BROKEN_ZIP, ET.ParseError, LookupError):
        return {}  # opening it as a workbook reports what is wrong
    return errors


def _errors_in(block: bytes) -> Iterator[CellError]:
    for match in CELL.finditer(block):
        attributes, body = match.groups()
        is_error = _ERROR.search(attributes) is not None
        if not is_error and (
            not _FORMULA.search(body) or _VALUE.search(body) or _EMPTY_TEXT.search(attributes)
        ):
            continue
        place = CELL_ADDRESS.search(attributes)
        if place is not None:
            column, row = place.group(1).decode("ascii").upper(), int(place.group(2))
            shown = _shown(body) if is_error else None
            yield CellError(row, column_number(column), f"{column}{row}", shown)


def _shown(body: bytes) -> str:
    """Return the error text that a cell shows."""
    value = _ERROR_VALUE.search(body)
    return value.group(1).decode("utf-8", "replace").strip() if value else _ANY_ERROR
