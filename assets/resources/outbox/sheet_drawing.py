"""Draw a sheet row by row: bands over all columns, rows of cells, cells that may be edited.

Contains: how it looks and prints. Not here: which rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from assets.resources.outbox.workbook import (
    PAGE_POINTS,
    READABLE_SCALE,
    XLSX_CELL_CHARACTERS,
    CellFormats,
    fitting_scale,
    number_format,
    rows_of_text,
    set_up_print,
)
from data_contracts.lists import Shown

# Height of a row of letters: stated for each row, or programs choose their own and pages overflow.
LETTER_POINTS = 15.75
HEADER = {"bold": True, "bg_color": "#DDE6EE", "border": 1, "text_wrap": True, "valign": "vcenter"}
EDITABLE = {"bg_color": "#FFFFE0", "locked": False}
_LINE = {"bottom": 4, "bottom_color": "#999999"}  # dots under a line, so that the eye keeps it


@dataclass(frozen=True)
class DrawnColumn:
    """A column of a drawn sheet; `is_wrapped`: its texts may need several rows."""

    header: str
    width: float
    shown: Shown = Shown.TEXT
    is_wrapped: bool = False
    look: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Formula:
    """A formula of ours with its value now; texts of a list never become one."""

    text: str
    value: float | str


@dataclass
class SheetDrawing:
    """A sheet that is drawn from the top; `row` is the next one."""

    sheet: Worksheet
    formats: CellFormats
    columns: Sequence[DrawnColumn]
    row: int = 0
    breaks: list[int] = field(default_factory=list)
    points: float = 0  # of the rows of this page
    header_points: float = 0  # of the header, which every page repeats

    @classmethod
    def begin(
        cls, book: Workbook, title: str, formats: CellFormats, columns: Sequence[DrawnColumn]
    ) -> SheetDrawing:
        """Add a sheet with the widths of its columns."""
        drawing = cls(book.add_worksheet(title), formats, columns)
        for position, column in enumerate(columns):
            drawing.sheet.set_column(position, position, column.width)
        drawing.sheet.hide_gridlines(2)
        return drawing

    def band(self, text: str, *, first: int = 0, last: int | None = None, **look: Any) -> None:
        """Write a text over the columns `first` to `last`, wrapped, and go to the next row."""
        end = len(self.columns) - 1 if last is None else last
        self.piece(text, first, end, **look)
        self.next_row(self.rows_of_band(text, first, end, look.get("font_size", 10)))

    def rows_of_band(self, text: str, first: int, last: int, font_size: float = 10) -> float:
        """Return the rows of letters that a text over some columns needs."""
        width = sum(column.width for column in self.columns[first : last + 1])
        size = font_size / 10
        return sum(rows_of_text(part, int(width / size)) for part in text.split("\n")) * size

    def piece(self, text: str, first: int, last: int, **look: Any) -> None:
        """Write a text over some columns of this row."""
        cell = self.formats.get(**({"num_format": "@", "text_wrap": True} | look))
        if first == last:
            self.sheet.write_string(self.row, first, text[:XLSX_CELL_CHARACTERS], cell)
        else:
            self.sheet.merge_range(self.row, first, self.row, last, "", cell)
            self.sheet.write_string(self.row, first, text[:XLSX_CELL_CHARACTERS], cell)

    def header(self) -> None:
        """Write the header of the columns."""
        for position, column in enumerate(self.columns):
            self.sheet.write_string(self.row, position, column.header, self.formats.get(**HEADER))
        self.next_row(2.2)
        self.header_points = self.points

    def cells(self, values: Sequence[Any], *, is_last: bool = True, **look: Any) -> None:
        """Write one value per column; None leaves the cell empty. `is_last`: ruled below."""
        height = 1
        for position, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            if column.is_wrapped and isinstance(value, str):
                height = max(height, rows_of_text(value, int(column.width)))
            rule = _LINE if is_last else {}
            self._cell(position, column, value, rule | column.look | look)
        self.next_row(height)

    def next_row(self, rows_of_letters: float = 1) -> None:
        height = LETTER_POINTS * rows_of_letters
        self.sheet.set_row(self.row, height)
        self.points += height
        self.row += 1

    def new_page(self) -> None:
        """Begin a new page with the next row."""
        self.breaks.append(self.row)
        self.points = self.header_points

    def keep_together(self, rows_of_letters: float) -> None:
        """Begin a new page unless the next rows fit on this one."""
        scale = fitting_scale([column.width for column in self.columns])
        page = PAGE_POINTS * 100 / max(READABLE_SCALE, min(scale, 100))
        is_begun = self.points > self.header_points
        if is_begun and self.points + LETTER_POINTS * rows_of_letters > page:
            self.new_page()

    def finish(
        self,
        footer: str,
        version: str,
        *,
        header_rows: tuple[int, int],
        frozen_columns: int = 0,
    ) -> None:
        """Set up how the sheet prints; freeze a header at its top and the first columns."""
        if header_rows[0] == 0:
            self.sheet.freeze_panes(header_rows[1] + 1, frozen_columns)
        set_up_print(
            self.sheet,
            footer,
            [column.width for column in self.columns],
            version=version,
            frozen_columns=frozen_columns,
            header_rows=header_rows,
            breaks=self.breaks,
        )

    def lock(self) -> None:
        """Lock every cell that is not editable, without a password: against slips, not people."""
        self.sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})

    def _cell(self, position: int, column: DrawnColumn, value: Any, look: dict[str, Any]) -> None:
        row, sheet = self.row, self.sheet
        if isinstance(value, Formula):
            cell = self.formats.get(num_format=number_format(column.shown, False), **look)
            sheet.write_formula(row, position, value.text, cell, value.value)
        elif value is None or value == "":
            sheet.write_blank(row, position, None, self._blank(column, look))
        elif isinstance(value, date):
            day = self.formats.get(num_format='m"月"d"日"', align="left", indent=1, **look)
            sheet.write_datetime(row, position, datetime.combine(value, time()), day)
        elif isinstance(value, int | float):
            is_whole = value % 1 == 0
            cell = self.formats.get(num_format=number_format(column.shown, is_whole), **look)
            sheet.write_number(row, position, value, cell)
        else:
            wrap = {"text_wrap": True} if column.is_wrapped else {}
            cell = self.formats.get(num_format="@", **wrap, **look)
            sheet.write_string(row, position, str(value)[:XLSX_CELL_CHARACTERS], cell)

    def _blank(self, column: DrawnColumn, look: dict[str, Any]) -> Any:
        is_number = column.shown in (Shown.QUANTITY, Shown.MONEY)
        shown = number_format(column.shown, False) if is_number else "@"
        return self.formats.get(num_format=shown, **look)
