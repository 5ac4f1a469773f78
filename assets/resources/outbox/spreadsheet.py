"""Write lists as CSV that opens correctly in Excel in China, and as Parquet for programs.

Contains: the values of a list and how a cell of a CSV is written. Not here: the columns of a list
(`data_contracts.lists`), workbooks (`workbook`) or where the files go (`outbox`). All formats have
the same values, computed by `displayed_table`.

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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_contracts.lists import ListColumn, Shown

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
NUMBERS = (Shown.COUNT, Shown.HOUR, Shown.QUANTITY, Shown.MONEY, Shown.SHARE)


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
    if column.shown in NUMBERS:
        numbers = array.cast(pa.float64())
        finite = pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))
        return pc.add(pc.round(finite, column.decimals), 0.0)  # −0.0 + 0.0 = 0.0
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
        elif kind in NUMBERS:
            yield csv_number(value, column.decimals)
        elif kind is Shown.DATE:
            yield value.isoformat()
        else:
            yield csv_text(value, is_id=kind is Shown.ID)


def write_parquet(path: Path, lines: pa.Table) -> int:
    """Write the same columns and values, typed; return the number of lines."""
    pq.write_table(lines, path, compression="zstd")
    return lines.num_rows
