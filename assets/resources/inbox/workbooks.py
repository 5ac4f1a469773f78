"""Workbooks: judged before they are opened, and the cells of their sheets as a person sees them.

Dates come as `2026-10-31 10:00:00`, whole numbers without a decimal point, so that a date or an
order number reads the same whether the sheet holds it as text or as a number.
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

from assets.resources.inbox import limits
from assets.resources.inbox.unpacking import BROKEN_ZIP
from data_contracts.errors import ExportError

_LOOK_ROWS = 50


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


def first_rows(path: Path, sheet: str | None) -> tuple[str, list[list[str]]]:
    """Name of the sheet that is read and its first rows; the first sheet that holds two rows.

    Raises ExportError when there is no such sheet, or none with a table.
    """
    book = open_workbook(path)
    if sheet is not None and sheet not in book.sheet_names:
        raise ExportError(f"{path.name}: no sheet {sheet!r}; it has {', '.join(book.sheet_names)}")
    for name in [sheet] if sheet is not None else book.sheet_names:
        rows = cells_of(book, path, name)[:_LOOK_ROWS]
        if sheet is not None or len(rows) > 1:
            return name, [[text_of(cell) or "" for cell in row] for row in rows]
    first = book.sheet_names[0]
    rows = cells_of(book, path, first)[:_LOOK_ROWS]
    if not rows:
        raise ExportError(f"{path.name}: every sheet is empty; export it again, or remove it")
    return first, [[text_of(cell) or "" for cell in row] for row in rows]


def text_of(cell: Any) -> str | None:
    """What a person reads in a cell; None for an empty one."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        rounded = (cell + timedelta(milliseconds=500)).replace(microsecond=0)
        return rounded.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def open_workbook(path: Path) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.load_workbook(str(path))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: cannot be opened as a workbook ({error}); save it again without password"
        ) from error


def cells_of(book: python_calamine.CalamineWorkbook, path: Path, sheet: str) -> list[list[Any]]:
    try:
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: sheet {sheet!r} cannot be read ({error}); save it again"
        ) from error
