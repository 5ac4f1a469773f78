"""Workbooks: which sheet is read, and its cells as a person sees them.

Dates come as `2026-10-31 10:00:00`, whole numbers without a decimal point, so that a date or an
order number reads the same whether the sheet holds it as text or as a number. A number of sixteen
digits or more comes in scientific notation, since its last digits are not the ones typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, load_workbook
from python_calamine import SheetVisibleEnum as Visible

from assets.resources.inbox.headers import filled, header_among
from data_contracts.errors import ExportError

_LOOK_ROWS = 50
_EXACT_BELOW = 10**15  # Excel keeps fifteen digits of a number and puts 0 for the others


@dataclass(frozen=True)
class Sheet:
    """The sheet that is read: its name, its first rows, and the sheets that are not read."""

    name: str
    rows: list[list[str]]
    others: tuple[str, ...] = ()


def chosen_sheet(path: Path, stated: str | None, header_row: int | None) -> Sheet:
    """The stated sheet, or the one with the widest table; of several as wide the first.

    Hidden sheets are read when they are stated or when no other has a table. Raises ExportError
    when there is no such sheet, when none has a table, and when two have the same header: rows of
    the second would be lost without a word.
    """
    book = open_workbook(path)
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if stated is not None:
        if stated not in names:
            raise ExportError(f"{path.name}: no sheet {stated!r}; it has {', '.join(names)}")
        return Sheet(stated, _first_rows(book, path, stated))
    hidden = {sheet.name for sheet in book.sheets_metadata if sheet.visible != Visible.Visible}
    found = [Sheet(name, _first_rows(book, path, name)) for name in names]
    tables = [sheet for sheet in found if len(sheet.rows) > 1]
    shown = [sheet for sheet in tables if sheet.name not in hidden]
    candidates = shown or tables or [sheet for sheet in found if sheet.rows]
    if not candidates:
        raise ExportError(f"{path.name}: every sheet is empty; export it again, or remove it")
    headers = {sheet.name: _header(sheet, header_row) for sheet in candidates}
    best = max(candidates, key=lambda sheet: filled(headers[sheet.name]))
    same = [
        sheet.name
        for sheet in candidates
        if sheet is not best and headers[sheet.name] == headers[best.name]
    ]
    if same and filled(headers[best.name]) > 1:
        raise ExportError(
            f"{path.name}: the sheets {best.name} and {', '.join(same)} have the same header; save "
            "each as a file of its own, or state in platform.toml [[files]] which sheet is read"
        )
    others = tuple(
        f"{sheet.name} (hidden)" if sheet.name in hidden else sheet.name
        for sheet in found
        if sheet.rows and sheet is not best
    )
    return Sheet(best.name, best.rows, others)


def _first_rows(book: CalamineWorkbook, path: Path, sheet: str) -> list[list[str]]:
    return [
        [text_of(cell) or "" for cell in row] for row in cells_of(book, path, sheet, _LOOK_ROWS)
    ]


def _header(sheet: Sheet, header_row: int | None) -> list[str]:
    place = (header_row or header_among(sheet.rows)) - 1
    return sheet.rows[place] if place < len(sheet.rows) else []


def text_of(cell: Any) -> str | None:
    """What a person reads in a cell; None for an empty one."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float) and abs(cell) >= _EXACT_BELOW:
        return f"{cell:.14E}"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        rounded = (cell + timedelta(milliseconds=500)).replace(microsecond=0)
        return rounded.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def open_workbook(path: Path) -> CalamineWorkbook:
    """The workbook; raises ExportError for what is none."""
    try:
        return load_workbook(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: cannot be opened as a workbook ({_said(error)}); save it again"
        ) from error


def cells_of(
    book: CalamineWorkbook, path: Path, sheet: str, most_rows: int | None = None
) -> list[list[Any]]:
    """The cells of a sheet, at most `most_rows` rows of it."""
    try:
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=most_rows)
    except (CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: sheet {sheet!r} cannot be read ({_said(error)}); save it again"
        ) from error


def _said(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
