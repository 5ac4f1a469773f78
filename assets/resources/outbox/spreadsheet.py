"""Write lists as CSV that opens correctly in Excel in China, XLSX for people, Parquet for programs.

Contains: how a cell is written. Not here: the columns of a list (`data_contracts.lists`) or where
the files go (`outbox`). All formats have the same values, computed by `displayed_table`.

CSV has no types, so three rules keep it safe and exact:

- text that a spreadsheet would take for a formula gets a leading `'`, numbers never do;
- an id that Excel would turn into a number or a date (`690123456789`, `007`, `3-4`, `1E5`) gets a
  trailing tab: Excel then shows every digit. `="…"` would be a formula, and a leading `'` visible;
- `csv_value` removes both, so that edited lists can be read back.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from data_contracts.lists import Emphasis, ListColumn, Shown

XLSX_LINES_PER_SHEET = 1_000_000  # Excel holds 1,048,576 rows
XLSX_CELL_CHARACTERS = 32_767  # longer text is refused by Excel
SENTENCE_WIDTH = 24  # columns as wide as this hold sentences
ROW_POINTS = 15.0  # height of a row of text

# The four full-width signs are ＝ ＋ － ＠: Excel with an East Asian keyboard takes them too.
_FORMULA = re.compile("'*\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
_LONG_OR_PADDED = re.compile(r"\d{12,}|0\d+")
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_LOOKS_LIKE_NUMBER_OR_DATE = re.compile(
    rf"\d[\d.,:/eE+-]*%?|{_MONTH}[ -]?\d{{1,4}}|\d{{1,4}}[ -]?{_MONTH}(?:[ -]?\d{{2,4}})?|"
    r"\d{1,2} [ap]m?|true|false",
    re.IGNORECASE,
)
_PLAIN_NUMBER = re.compile(r"[1-9]\d{0,10}|0")
_DECIDED: dict[str, Any] = {"bold": True, "bg_color": "#E2F0D9"}
_NOTHING_TO_DO: dict[str, Any] = {"font_color": "#999999"}
_TEXT_STAYS_TEXT: dict[str, Any] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_NUMBERS = (Shown.COUNT, Shown.HOUR, Shown.QUANTITY, Shown.MONEY, Shown.SHARE)


def csv_text(text: str, *, is_id: bool = False) -> str:
    """Guard a text cell so that Excel neither runs it as a formula nor changes the digits of an id.

    >>> csv_text("=HYPERLINK(1)"), csv_text("橙子"), csv_text("3-4"), csv_text("3-4", is_id=True)
    ("'=HYPERLINK(1)", '橙子', '3-4', '3-4\\t')
    """
    if _FORMULA.match(text):
        return f"'{text}"
    needs_guard = is_id and (_is_changed_by_excel(text) or text.endswith("\t"))
    return f"{text}\t" if needs_guard else text


def csv_value(cell: str, *, is_id: bool = False) -> str:
    """Return the text passed to `csv_text`; an id loses any guard, including those of other
    programs.

    >>> csv_value("'=HYPERLINK(1)"), csv_value("007\\t", is_id=True), csv_value("it's")
    ('=HYPERLINK(1)', '007', "it's")
    >>> csv_value("GIFT1\\t", is_id=True), csv_value('="007"', is_id=True)
    ('GIFT1', '007')
    """
    if cell.startswith("'") and _FORMULA.match(cell[1:]):
        return cell[1:]
    if is_id and cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return cell[:-1] if is_id and cell.endswith("\t") else cell


def _is_changed_by_excel(text: str) -> bool:
    if _LONG_OR_PADDED.fullmatch(text):
        return True
    return bool(_LOOKS_LIKE_NUMBER_OR_DATE.fullmatch(text)) and not _PLAIN_NUMBER.fullmatch(text)


def csv_number(number: float, decimals: int) -> str:
    """Format a number in full, without trailing zeros and without an exponent.

    >>> csv_number(12.0, 2), csv_number(-0.5, 2), csv_number(1e16, 2), csv_number(-0.001, 2)
    ('12', '-0.5', '10000000000000000', '0')
    """
    text = f"{number:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def displayed_table(columns: Sequence[ListColumn], stored: pa.Table) -> pa.Table:
    """Return the columns as people see them: Chinese headers, labels for codes, rounded numbers.

    `stored` has the stored column names. Types (text, date, int64, float64) are kept; field
    metadata has the stored name, unit and meaning.
    """
    arrays, fields = [], []
    for column in columns:
        array = _displayed_array(column, stored.column(column.column.name))
        about = {
            "name": column.column.name,
            "unit": column.column.unit.value,
            "meaning": column.column.meaning,
        }
        arrays.append(array)
        fields.append(pa.field(column.header, array.type, metadata=about))
    return pa.table(arrays, schema=pa.schema(fields))


def _displayed_array(column: ListColumn, array: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.column.codes is not None:
        encoded = array.combine_chunks().dictionary_encode()
        labels = [column.column.codes.zh_of(value) for value in encoded.dictionary.to_pylist()]
        return pa.chunked_array([pa.array(labels, pa.string()).take(encoded.indices)])
    if column.shown is Shown.DATE:
        return array.cast(pa.date32())
    if column.shown is Shown.MOMENT:
        return pc.strftime(array, format="%Y-%m-%d %H:%M")
    if column.shown in (Shown.COUNT, Shown.HOUR):
        return array.cast(pa.int64())
    if column.shown in _NUMBERS:
        numbers = array.cast(pa.float64())
        finite = pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))
        return pc.add(pc.round(finite, column.shown.decimals), 0.0)  # −0.0 + 0.0 = 0.0
    return array.cast(pa.string())


def write_csv(path: Path, columns: Sequence[ListColumn], lines: pa.Table) -> int:
    """Write UTF-8 with BOM, `\\r\\n` and one header row; return the number of lines."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        _write_csv(file, columns, lines)
    return lines.num_rows


def csv_bytes(columns: Sequence[ListColumn], lines: pa.Table) -> bytes:
    """Return what `write_csv` writes, in memory."""
    file = io.StringIO(newline="")
    _write_csv(file, columns, lines)
    return file.getvalue().encode("utf-8-sig")


def _write_csv(file: TextIO, columns: Sequence[ListColumn], lines: pa.Table) -> None:
    texts = [_csv_column(column, lines.column(column.header)) for column in columns]
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(csv_text(column.header) for column in columns)
    writer.writerows(zip(*texts, strict=True))


def _csv_column(column: ListColumn, array: pa.ChunkedArray) -> Iterator[str]:
    kind = column.shown
    for value in array.to_pylist():
        if value is None:
            yield ""
        elif kind in _NUMBERS:
            yield csv_number(value, kind.decimals)
        elif kind is Shown.DATE:
            yield value.isoformat()
        else:
            yield csv_text(value, is_id=kind is Shown.ID)


def write_parquet(path: Path, lines: pa.Table) -> int:
    """Write the same columns and values, typed; return the number of lines."""
    pq.write_table(lines, path, compression="zstd")
    return lines.num_rows


@dataclass(frozen=True)
class Sheet:
    """A sheet of lines (from `displayed_table`) under a frozen header with a filter."""

    title: str
    columns: Sequence[ListColumn]
    lines: pa.Table
    frozen_columns: int = 0


@dataclass(frozen=True)
class Notes:
    """A sheet of labelled remarks: sections of (label, text)."""

    title: str
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    is_warning: bool = False


@dataclass
class _CellFormats:
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


def write_xlsx(path: Path, sheets: Sequence[Sheet | Notes], as_of: date) -> int:
    """Write a workbook that opens on its first sheet; return the lines of the first sheet.

    Text stays text, even when a cell is edited later. The same sheets give the same bytes, as the
    creation time is `as_of`.
    """
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    return _fill(xlsxwriter.Workbook(str(path), _TEXT_STAYS_TEXT | options), sheets, as_of)


def xlsx_bytes(sheets: Sequence[Sheet | Notes], as_of: date) -> bytes:
    """Return the same workbook in memory: no temporary file ever contains a row of it."""
    file = io.BytesIO()
    _fill(xlsxwriter.Workbook(file, _TEXT_STAYS_TEXT | {"in_memory": True}), sheets, as_of)
    return file.getvalue()


def _fill(book: Workbook, sheets: Sequence[Sheet | Notes], as_of: date) -> int:
    book.set_properties({"title": sheets[0].title, "created": datetime.combine(as_of, time())})
    formats = _CellFormats(book)
    for sheet in sheets:
        if isinstance(sheet, Notes):
            _write_notes(book.add_worksheet(sheet.title), sheet, formats)
        else:
            for title, part in _parts(sheet):
                _write_sheet(book.add_worksheet(title), sheet, part, formats, as_of)
    book.close()
    first = sheets[0]
    return first.lines.num_rows if isinstance(first, Sheet) else 0


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
    worksheet: Worksheet, sheet: Sheet, lines: pa.Table, formats: _CellFormats, as_of: date
) -> None:
    header = formats.get(bold=True, bg_color="#DDE6EE", border=1, text_wrap=True, valign="vcenter")
    for position, column in enumerate(sheet.columns):
        worksheet.set_column(position, position, column.width)
    worksheet.set_row(0, 32)
    for position, column in enumerate(sheet.columns):
        worksheet.write_string(0, position, column.header, header)
    worksheet.freeze_panes(1, sheet.frozen_columns)
    worksheet.autofilter(0, 0, max(1, lines.num_rows), len(sheet.columns) - 1)
    _set_up_print(worksheet, f"{sheet.title} 截至 {as_of.isoformat()}")
    writers = [
        _cell_writer(worksheet, position, column, formats)
        for position, column in enumerate(sheet.columns)
    ]
    sentences = [at for at, column in enumerate(sheet.columns) if _holds_sentences(column)]
    row = 0
    for batch in lines.to_batches(max_chunksize=10_000):
        for values in zip(*(array.to_pylist() for array in batch.columns), strict=True):
            row += 1
            rows_of_text = max(
                (_rows_of_text(values[at], sheet.columns[at].width) for at in sentences), default=1
            )
            if rows_of_text > 1:
                worksheet.set_row(row, ROW_POINTS * rows_of_text)
            for write, value in zip(writers, values, strict=True):
                if value is not None:
                    write(row, value)


def _holds_sentences(column: ListColumn) -> bool:
    return column.shown is Shown.TEXT and column.width >= SENTENCE_WIDTH


def _rows_of_text(value: str | None, width: int) -> int:
    """Count the rows of a wrapped text in a column of `width` characters; hanzi count two.

    >>> _rows_of_text("库存过期", 24), _rows_of_text("到货周期5天，超过72小时；库存过期", 24)
    (1, 2)
    """
    return 1 if value is None else -(-len(value.encode("gbk", "replace")) // (width - 1)) or 1


def _cell_writer(
    worksheet: Worksheet, position: int, column: ListColumn, formats: _CellFormats
) -> Callable[[int, Any], None]:
    """Return the writer of the values of `column`; formats are looked up once, not per cell."""
    if column.shown in _NUMBERS:
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
    text = formats.get(num_format="@", text_wrap=_holds_sentences(column), **look)

    def write_text(row: int, value: str) -> None:
        if value:
            worksheet.write_string(row, position, value[:XLSX_CELL_CHARACTERS], text)

    return write_text


def _number_writer(
    worksheet: Worksheet, position: int, column: ListColumn, formats: _CellFormats
) -> Callable[[int, Any], None]:
    decides = column.emphasis is Emphasis.DECISION
    styles = {
        (is_whole, is_above_zero): formats.get(
            num_format=_number_format(column.shown, is_whole),
            **((_DECIDED if is_above_zero else _NOTHING_TO_DO) if decides else {}),
        )
        for is_whole in (True, False)
        for is_above_zero in (True, False)
    }

    def write(row: int, value: float) -> None:
        worksheet.write_number(row, position, value, styles[value % 1 == 0, value > 0])

    return write


def _number_format(kind: Shown, is_whole: bool) -> str:
    if kind is Shown.SHARE:
        return "0.0%"
    if kind is Shown.HOUR:
        return '0":00"'
    return "#,##0" if is_whole else "#,##0.00"


def _set_up_print(worksheet: Worksheet, title: str) -> None:
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0)
    worksheet.set_footer(f"&L{title}&R&P / &N")


def _write_notes(worksheet: Worksheet, notes: Notes, formats: _CellFormats) -> None:
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
