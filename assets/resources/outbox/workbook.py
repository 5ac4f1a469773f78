"""Write lists as XLSX for people: sheets of lines, remarks, and sheets that draw themselves.

Contains: looks of cells, columns and pages. Not here: the values (`spreadsheet.displayed_table`).
Text stays text, so that no cell of a list is ever run as a formula.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from assets.resources.outbox.spreadsheet import NUMBERS
from data_contracts.lists import Emphasis, ListColumn, Shown

XLSX_LINES_PER_SHEET = 1_000_000  # Excel holds 1,048,576 rows
XLSX_CELL_CHARACTERS = 32_767  # longer text is refused by Excel
SENTENCE_WIDTH = 24  # columns as wide as this hold sentences
ROW_POINTS = 15.0  # height of a row of text
READABLE_SCALE = 80  # percent: ten points of a sheet are eight on paper, and no smaller
PAGE_PIXELS = 1_045  # between the margins of a landscape A4 page
PAGE_POINTS = 500  # of its height, less than the 516 there are: programs round rows up
_MARGIN_INCHES = 0.4
_BREAKS_PER_SHEET = 1_000  # Excel keeps 1,026 page breaks of a sheet

_DECIDED: dict[str, Any] = {"bold": True, "bg_color": "#E2F0D9"}
_NOTHING_TO_DO: dict[str, Any] = {"font_color": "#999999"}
_TEXT_STAYS_TEXT: dict[str, Any] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class Page(Protocol):
    """What a workbook is made of: it adds one sheet, or several, to a book."""

    @property
    def title(self) -> str: ...

    def draw(self, book: Workbook, formats: CellFormats, as_of: date) -> None:
        """Add the sheets to `book`, from the first row to the last."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of lines (from `displayed_table`) under a frozen header with a filter.

    `version`: printed in the footer, where a list has one. `printed_columns`: as many of the first
    are printed; 0: all.
    """

    title: str
    columns: Sequence[ListColumn]
    lines: pa.Table
    frozen_columns: int = 0
    version: str = ""
    printed_columns: int = 0

    def draw(self, book: Workbook, formats: CellFormats, as_of: date) -> None:
        for title, part in _parts(self):
            _write_sheet(book.add_worksheet(title), self, part, formats, as_of)


@dataclass(frozen=True)
class Notes:
    """A sheet of labelled remarks: sections of (label, text)."""

    title: str
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    is_warning: bool = False

    def draw(self, book: Workbook, formats: CellFormats, as_of: date) -> None:
        _write_notes(book.add_worksheet(self.title), self, formats)


@dataclass
class CellFormats:
    """Cell formats of one workbook, created on first use."""

    book: Workbook
    cache: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def get(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self.cache:
            self.cache[key] = self.book.add_format(
                {"font_name": "微软雅黑", "font_size": 10, "valign": "top"} | properties
            )
        return self.cache[key]


def write_xlsx(path: Path, pages: Sequence[Page], as_of: date) -> int:
    """Write a workbook that opens on its first sheet; return the lines of its first `Sheet`.

    Text stays text, even when a cell is edited later. The same pages give the same bytes, as the
    creation time is `as_of`.
    """
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    return _fill(_book(str(path), options), pages, as_of)


def xlsx_bytes(pages: Sequence[Page], as_of: date) -> bytes:
    """Return the same workbook in memory: no temporary file ever contains a row of it."""
    file = io.BytesIO()
    _fill(_book(file, {"in_memory": True}), pages, as_of)
    return file.getvalue()


def _book(target: str | io.BytesIO, options: dict[str, Any]) -> Workbook:
    # The width of a column is counted in digits of this font: Calibri is missing on many machines,
    # where columns would then be a third wider than on paper. Arial or its twin is everywhere.
    font = {"default_format_properties": {"font_name": "Arial", "font_size": 10}}
    return xlsxwriter.Workbook(target, _TEXT_STAYS_TEXT | font | options)


def _fill(book: Workbook, pages: Sequence[Page], as_of: date) -> int:
    book.set_properties({"title": pages[0].title, "created": datetime.combine(as_of, time())})
    formats = CellFormats(book)
    for page in pages:
        page.draw(book, formats, as_of)
    book.close()
    return next((page.lines.num_rows for page in pages if isinstance(page, Sheet)), 0)


def write_texts(stream: BinaryIO, sheets: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> None:
    """Write a workbook of plain texts, as (title, rows), without any other file."""
    book = xlsxwriter.Workbook(stream, _TEXT_STAYS_TEXT | {"in_memory": True})
    as_text = book.add_format({"num_format": "@"})
    for title, rows in sheets:
        sheet = book.add_worksheet(title)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell:
                    sheet.write_string(row, column, cell[:XLSX_CELL_CHARACTERS], as_text)
    book.close()


def _parts(sheet: Sheet) -> Iterable[tuple[str, pa.Table]]:
    """Yield the sheet, split when it has too many lines: `补货清单`, `补货清单 (2)`."""
    starts = range(0, max(1, sheet.lines.num_rows), XLSX_LINES_PER_SHEET)
    for number, start in enumerate(starts, 1):
        title = sheet.title if number == 1 else f"{sheet.title} ({number})"
        yield title, sheet.lines.slice(start, XLSX_LINES_PER_SHEET)


def _write_sheet(
    worksheet: Worksheet, sheet: Sheet, lines: pa.Table, formats: CellFormats, as_of: date
) -> None:
    header = formats.get(bold=True, bg_color="#DDE6EE", border=1, text_wrap=True, valign="vcenter")
    for position, column in enumerate(sheet.columns):
        worksheet.set_column(position, position, column.width)
    worksheet.set_row(0, 32)
    for position, column in enumerate(sheet.columns):
        worksheet.write_string(0, position, column.header, header)
    worksheet.freeze_panes(1, sheet.frozen_columns)
    worksheet.autofilter(0, 0, max(1, lines.num_rows), len(sheet.columns) - 1)
    printed = sheet.printed_columns or len(sheet.columns)
    set_up_print(
        worksheet,
        f"{sheet.title} 截至 {as_of.isoformat()}",
        [column.width for column in sheet.columns[:printed]],
        version=sheet.version,
        frozen_columns=sheet.frozen_columns,
    )
    worksheet.print_area(0, 0, lines.num_rows, printed - 1)
    # what is not printed is not wrapped either: rows for the screen, one line each
    sentences = [at for at in range(printed) if _holds_sentences(sheet.columns[at])]
    writers = [
        _cell_writer(worksheet, position, column, formats, is_wrapped=position in sentences)
        for position, column in enumerate(sheet.columns)
    ]
    row = 0
    for batch in lines.to_batches(max_chunksize=10_000):
        for values in zip(*(array.to_pylist() for array in batch.columns), strict=True):
            row += 1
            height = max(
                (rows_of_text(values[at], sheet.columns[at].width) for at in sentences), default=1
            )
            if height > 1:
                worksheet.set_row(row, ROW_POINTS * height)
            for write, value in zip(writers, values, strict=True):
                if value is not None:
                    write(row, value)


def _holds_sentences(column: ListColumn) -> bool:
    return column.shown is Shown.TEXT and column.width >= SENTENCE_WIDTH


def rows_of_text(value: str | None, width: int) -> int:
    """Count the rows of a wrapped text in a column of `width` characters; hanzi count two.

    >>> rows_of_text("库存过期", 24), rows_of_text("到货周期5天，超过72小时；库存过期", 24)
    (1, 2)
    """
    return 1 if value is None else -(-len(value.encode("gbk", "replace")) // (width - 1)) or 1


def _cell_writer(
    worksheet: Worksheet,
    position: int,
    column: ListColumn,
    formats: CellFormats,
    *,
    is_wrapped: bool,
) -> Callable[[int, Any], None]:
    """Return the writer of the values of `column`; formats are looked up once, not per cell."""
    if column.shown in NUMBERS:
        return _number_writer(worksheet, position, column, formats)
    if column.shown is Shown.DATE:
        day = formats.get(num_format="yyyy-mm-dd")

        def write_day(row: int, value: date) -> None:
            worksheet.write_datetime(row, position, datetime.combine(value, time()), day)

        return write_day
    background: dict[Emphasis, dict[str, Any]] = {
        Emphasis.WARNING: {"bg_color": "#FFF2CC"},
        Emphasis.DECISION: _DECIDED,
    }
    # "@": stays text when the cell is edited. Sentences are wrapped, or the next cell and the
    # printer would cut them off
    look = background.get(column.emphasis, {})
    text = formats.get(num_format="@", text_wrap=is_wrapped, **look)

    def write_text(row: int, value: str) -> None:
        if value:
            worksheet.write_string(row, position, value[:XLSX_CELL_CHARACTERS], text)

    return write_text


def _number_writer(
    worksheet: Worksheet, position: int, column: ListColumn, formats: CellFormats
) -> Callable[[int, Any], None]:
    decides = column.emphasis is Emphasis.DECISION
    styles = {
        (is_whole, is_above_zero): formats.get(
            num_format=number_format(column.shown, is_whole),
            **((_DECIDED if is_above_zero else _NOTHING_TO_DO) if decides else {}),
        )
        for is_whole in (True, False)
        for is_above_zero in (True, False)
    }

    def write(row: int, value: float) -> None:
        worksheet.write_number(row, position, value, styles[value % 1 == 0, value > 0])

    return write


def number_format(kind: Shown, is_whole: bool) -> str:
    if kind is Shown.SHARE:
        return "0.0%"
    if kind is Shown.HOUR:
        return '0":00"'
    if is_whole:
        return "#,##0"
    return "#,##0.00##" if kind is Shown.QUANTITY else "#,##0.00"


def set_up_print(
    worksheet: Worksheet,
    title: str,
    widths: Sequence[float],
    *,
    version: str = "",
    frozen_columns: int = 0,
    header_rows: tuple[int, int] = (0, 0),
    breaks: Sequence[int] = (),
) -> None:
    """Print on landscape A4, header on every page, letters of eight points or more.

    Columns of `widths` that need more than a page continue on the next one, beside the frozen ones
    again. `header_rows`: first and last row of the header. `breaks`: rows, from 0, that begin a new
    page; Excel ignores them where it scales to the page, so then the scale is stated.
    """
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.set_margins(_MARGIN_INCHES, _MARGIN_INCHES, 0.5, 0.6)
    worksheet.repeat_rows(*header_rows)
    scale = fitting_scale(widths)
    if scale < READABLE_SCALE or breaks:
        worksheet.set_print_scale(max(READABLE_SCALE, min(scale, 100)))
        worksheet.print_across()
    else:
        worksheet.fit_to_pages(1, 0)
    if scale < READABLE_SCALE and frozen_columns:
        worksheet.repeat_columns(0, frozen_columns - 1)
    if breaks:
        worksheet.set_h_pagebreaks(list(breaks[:_BREAKS_PER_SHEET]))
    middle = f"&C版本 {version}" if version else ""
    worksheet.set_footer(f"&L{title}{middle}&R第&P页 / 共&N页")


def fitting_scale(widths: Sequence[float]) -> int:
    """Return the percent at which columns of `widths` are as wide as a page."""
    return int(PAGE_PIXELS * 100 // sum(map(_pixels, widths)))


def _pixels(width: float) -> float:
    """Return the pixels of a column of `width` characters: 7 and a half for a digit of Arial 10."""
    return 7.6 * width + 5


def _write_notes(worksheet: Worksheet, notes: Notes, formats: CellFormats) -> None:
    worksheet.set_column(0, 0, 26)
    worksheet.set_column(1, 1, 100)
    worksheet.hide_gridlines(2)
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    if notes.is_warning:
        worksheet.set_tab_color("#FFC000")
    heading = formats.get(bold=True, bg_color="#DDE6EE", num_format="@")
    label_look = formats.get(num_format="@", valign="top", font_color="#555555")
    text_look = formats.get(num_format="@", valign="top", text_wrap=True)
    row = 0
    for section, remarks in notes.sections:
        worksheet.write_string(row, 0, section, heading)
        worksheet.write_string(row, 1, "", heading)
        for label, text in remarks:
            row += 1
            worksheet.write_string(row, 0, label[:XLSX_CELL_CHARACTERS], label_look)
            worksheet.write_string(row, 1, text[:XLSX_CELL_CHARACTERS], text_look)
        row += 2
