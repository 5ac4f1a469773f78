"""Workbooks: which sheet is read, and its cells as a person sees them.

Dates come as `2026-10-31 10:00:00`, whole numbers without a decimal point, so that a date or an
order number reads the same whether the sheet holds it as text or as a number. A number of sixteen
digits or more comes in scientific notation, since its last digits are not the ones typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.resources.readers.headers import filled, header_among
from data_contracts.errors import ExportError
from data_contracts.system_errors import said_of

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_LOOK_ROWS = 50
_EXACT_BELOW = 10**15  # Excel keeps fifteen digits of a number and puts 0 for the others


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: its first rows, and where among them its header stands (1 = first)."""

    name: str
    rows: list[list[str]]
    is_hidden: bool = False
    header_row: int = 1

    @property
    def header(self) -> list[str]:
        """Cells of the header without the empty ones at its end."""
        cells = self.rows[self.header_row - 1] if self.header_row <= len(self.rows) else []
        last = max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)
        return cells[:last]

    @property
    def is_table(self) -> bool:
        return len(self.rows) > 1

    @property
    def label(self) -> str:
        return f"{self.name} (hidden)" if self.is_hidden else self.name


def sheets_of(path: Path, header_row: int | None = None) -> list[Sheet]:
    """Every sheet that holds anything, in the order of the workbook."""
    from python_calamine import SheetTypeEnum
    from python_calamine import SheetVisibleEnum as Visible

    book = open_workbook(path)
    found = []
    for sheet in book.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        rows = _first_rows(book, path, sheet.name)
        if rows:
            is_hidden = sheet.visible != Visible.Visible
            place = header_row or header_among(rows)
            found.append(Sheet(sheet.name, rows, is_hidden, place))
    return found


def chosen_sheets(path: Path, found: Sequence[Sheet], stated: str | None) -> list[Sheet]:
    """Of the sheets `found` the stated one, or the one with the widest table and those that have
    its very header; of several as wide the first.

    Hidden sheets are read when they are stated or when no other has a table. Raises ExportError
    when there is no such sheet and when none has a table.
    """
    if stated is not None:
        chosen = [sheet for sheet in found if sheet.name == stated]
        if not chosen:
            names = open_workbook(path).sheet_names
            if stated in names:
                raise ExportError(
                    f"{path.name}: the sheet {stated!r} is empty; state another one",
                    f"{path.name}：工作表 {stated!r} 是空的，请指明另一张",
                )
            raise ExportError(
                f"{path.name}: no sheet {stated!r}; it has {', '.join(names)}",
                f"{path.name}：没有工作表 {stated!r}；现有：{', '.join(names)}",
            )
        return chosen
    tables = [sheet for sheet in found if sheet.is_table]
    candidates = [sheet for sheet in tables if not sheet.is_hidden] or tables or found
    if not candidates:
        raise ExportError(
            f"{path.name}: every sheet is empty; export it again, or remove it",
            f"{path.name}：所有工作表都是空的；请重新导出，或删除它",
        )
    best = max(candidates, key=lambda sheet: filled(sheet.header))
    if filled(best.header) < 2:
        return [best]
    return [sheet for sheet in candidates if sheet.header == best.header]


def every_sheet(path: Path) -> list[tuple[str, list[list[str]]]]:
    """Title and cells of every sheet of a workbook, hidden ones among them."""
    from python_calamine import SheetTypeEnum

    book = open_workbook(path)
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    return [(name, _texts(cells_of(book, path, name))) for name in names]


def _texts(rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    return [[text_of(cell) or "" for cell in row] for row in rows]


def _first_rows(book: CalamineWorkbook, path: Path, sheet: str) -> list[list[str]]:
    return _texts(cells_of(book, path, sheet, _LOOK_ROWS))


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
    from python_calamine import CalamineError, load_workbook

    try:
        return load_workbook(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: cannot be opened as a workbook ({said_of(error)}); save it again",
            f"{path.name}：无法作为工作簿打开（{said_of(error).zh}）；请重新保存",
        ) from error


def cells_of(
    book: CalamineWorkbook, path: Path, sheet: str, most_rows: int | None = None
) -> list[list[Any]]:
    """The cells of a sheet, at most `most_rows` rows of it."""
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=most_rows)
    except (CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: sheet {sheet!r} cannot be read ({said_of(error)}); save it again",
            f"{path.name}：无法读取工作表 {sheet!r}（{said_of(error).zh}）；请重新保存",
        ) from error


Place = tuple[int, int]  # row and column, from 0


def merged_ranges(book: CalamineWorkbook, sheet: str) -> list[tuple[Place, Place]]:
    """First and last cell of every merged range of a sheet."""
    from python_calamine import CalamineError

    try:
        return list(book.get_sheet_by_name(sheet).merged_cell_ranges or [])
    except (CalamineError, OSError, ValueError):
        return []
