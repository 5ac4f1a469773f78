"""List the sheets of a workbook and read their cells as a person sees them.

Dates are returned as `2026-10-31 10:00:00`, whole numbers without a decimal point, so that a date
or an order number is the same text whether the sheet holds it as text or as a number. A number of
sixteen digits or more is in scientific notation, because Excel does not keep its last digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.resources.readers.headers import filled_cells, find_header_row
from data_contracts.errors import ExportError
from data_contracts.system_errors import said_of

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_PREVIEW_ROWS = 50
_EXACT_BELOW = 10**15  # Excel keeps fifteen digits of a number and replaces the others by 0


@dataclass(frozen=True)
class SheetPreview:
    """The first rows of a sheet. `header_row`: row of the header among them, 1 = first."""

    name: str
    rows: list[list[str]]
    is_hidden: bool = False
    header_row: int = 1

    @property
    def header(self) -> list[str]:
        """Return the cells of the header without trailing empty ones."""
        cells = self.rows[self.header_row - 1] if self.header_row <= len(self.rows) else []
        last = max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)
        return cells[:last]

    @property
    def is_table(self) -> bool:
        return len(self.rows) > 1

    @property
    def label(self) -> str:
        return f"{self.name} (hidden)" if self.is_hidden else self.name


def preview_sheets(path: Path, header_row: int | None = None) -> list[SheetPreview]:
    """Return every non-empty sheet, in workbook order."""
    from python_calamine import SheetTypeEnum
    from python_calamine import SheetVisibleEnum as Visible

    book = open_workbook(path)
    previews = []
    for sheet in book.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        rows = _first_rows(book, path, sheet.name)
        if rows:
            is_hidden = sheet.visible != Visible.Visible
            place = header_row or find_header_row(rows)
            previews.append(SheetPreview(sheet.name, rows, is_hidden, place))
    return previews


def pick_sheets(
    path: Path, previews: Sequence[SheetPreview], stated: str | None
) -> list[SheetPreview]:
    """Pick the stated sheet, or the widest table and the sheets with the same header.

    Of equally wide tables the first is picked. Hidden sheets are read only when stated or when no
    other sheet has a table. Raises ExportError when the stated sheet does not exist and when all
    sheets are empty.
    """
    if stated is not None:
        chosen = [sheet for sheet in previews if sheet.name == stated]
        if not chosen:
            names = open_workbook(path).sheet_names
            if stated in names:
                raise ExportError(
                    f"{path.name}: the sheet {stated!r} is empty; state another sheet",
                    f"{path.name}：工作表 {stated!r} 是空的，请指明另一张",
                )
            raise ExportError(
                f"{path.name}: no sheet {stated!r}; it has {', '.join(names)}",
                f"{path.name}：没有工作表 {stated!r}；现有：{', '.join(names)}",
            )
        return chosen
    tables = [sheet for sheet in previews if sheet.is_table]
    candidates = [sheet for sheet in tables if not sheet.is_hidden] or tables or previews
    if not candidates:
        raise ExportError(
            f"{path.name}: every sheet is empty; export it again, or remove it",
            f"{path.name}：所有工作表都是空的；请重新导出，或删除它",
        )
    best = max(candidates, key=lambda sheet: filled_cells(sheet.header))
    if filled_cells(best.header) < 2:
        return [best]
    return [sheet for sheet in candidates if sheet.header == best.header]


def read_all_sheets(path: Path) -> list[tuple[str, list[list[str]]]]:
    """Return title and cells of every sheet, hidden ones included."""
    from python_calamine import SheetTypeEnum

    book = open_workbook(path)
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    return [(name, _texts(read_cells(book, path, name))) for name in names]


def _texts(rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    return [[cell_text(cell) or "" for cell in row] for row in rows]


def _first_rows(book: CalamineWorkbook, path: Path, sheet: str) -> list[list[str]]:
    return _texts(read_cells(book, path, sheet, _PREVIEW_ROWS))


def cell_text(cell: Any) -> str | None:
    """Return the text that a person reads in a cell; None for an empty one."""
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
    """Open the workbook; raise ExportError when the file is not one."""
    from python_calamine import CalamineError, load_workbook

    try:
        return load_workbook(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: cannot be opened as a workbook ({said_of(error)}); save it again",
            f"{path.name}：无法作为工作簿打开（{said_of(error).zh}）；请重新保存",
        ) from error


def read_cells(
    book: CalamineWorkbook, path: Path, sheet: str, most_rows: int | None = None
) -> list[list[Any]]:
    """Read the cells of a sheet, at most `most_rows` rows."""
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=most_rows)
    except (CalamineError, OSError, ValueError) as error:
        raise ExportError(
            f"{path.name}: sheet {sheet!r} cannot be read ({said_of(error)}); save it again",
            f"{path.name}：无法读取工作表 {sheet!r}（{said_of(error).zh}）；请重新保存",
        ) from error


CellPosition = tuple[int, int]  # row and column, from 0


def merged_ranges(book: CalamineWorkbook, sheet: str) -> list[tuple[CellPosition, CellPosition]]:
    """Return first and last cell of every merged range of a sheet."""
    from python_calamine import CalamineError

    try:
        return list(book.get_sheet_by_name(sheet).merged_cell_ranges or [])
    except (CalamineError, OSError, ValueError):
        return []
