"""Read what number formats add to a number: leading zeros (`000000`) or a unit (`0"斤"`).

The workbook reader returns the number alone, so that an id loses its zeros and a quantity its unit.
Formats are in the styles of the workbook, in the syntax of ECMA-376, part 1, 18.8.31. Amounts,
percentages, dates and numbers shown in thousands keep their number; a price per 斤 gets its
unit.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assets.resources.readers.decompress import BROKEN_ZIP
from assets.resources.readers.workbook.sheet_parts import (
    CELL,
    CELL_ADDRESS,
    blocks,
    column_number,
    local_name,
    sheet_part,
    whole_cells,
)

_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]|([0#?.,]+)|(.)', re.DOTALL)
_BARE = frozenset(" -+/():$¥￥€£")  # signs that a format may hold without quotes
_STYLE = re.compile(rb"""\ss\s*=\s*["'](\d{1,6})["']""")
_KIND = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>\s*([^<\s]+)\s*<")
_MONEY = re.compile(r"元|圆|rmb|cny|usd|yuan|[$¥￥€£]", re.IGNORECASE)
_PER_WEIGHT = re.compile(r"[/每](斤|市斤|公斤|千克|kg|500g|箱)\s*$", re.IGNORECASE)
_SCALE = re.compile(r"[万千百亿]|\b[km]\b", re.IGNORECASE)
_EXACT_BELOW = 10**15  # Excel holds fifteen digits


@dataclass(frozen=True)
class NumberFormat:
    """Parts of a format in order; `is_digits` marks the digits of the number."""

    pieces: tuple[tuple[bool, str], ...]

    @property
    def is_padded(self) -> bool:
        """Return whether the format pads whole numbers with zeros."""
        runs = [text for is_digits, text in self.pieces if is_digits]
        return all(set(run) == {"0"} for run in runs) and sum(map(len, runs)) > 1

    def shown(self, value: float, plain: str) -> str | None:
        """Return the text that a cell with `value` shows; `plain` is its text without a format.

        None when the format hides part of the number, or has another section for its sign.
        """
        if not 0 <= value < _EXACT_BELOW:
            return None
        if not self.is_padded:
            return "".join(plain if is_digits else text for is_digits, text in self.pieces)
        if not value.is_integer():
            return None
        zeros = sum(len(text) for is_digits, text in self.pieces if is_digits)
        left, written = str(int(value)).rjust(zeros, "0"), ""
        for is_digits, text in reversed(self.pieces):
            if is_digits:
                zeros -= len(text)
                cut = len(left) - len(text) if zeros else 0  # the first run takes all that is left
                left, text = left[:cut], left[cut:]
            written = text + written
        return written


def parse_format(code: str) -> NumberFormat | None:
    """Parse the format `code`; return None when it adds nothing to the number.

    >>> parse_format("000000").shown(12.0, "12"), parse_format("000-0000").shown(12345.0, "12345")
    ('000012', '001-2345')
    >>> parse_format('"SP"0000').shown(7.0, "7"), parse_format('0.0"斤"').shown(2.5, "2.5")
    ('SP0007', '2.5斤')
    >>> parse_format('0.00"元/斤"').shown(3.5, "3.5")
    '3.5元/斤'
    >>> [parse_format(code) for code in ('"¥"#,##0.00', "yyyy-mm-dd", "0%", '0.0,"万"')]
    [None, None, None, None]
    """
    pieces: list[tuple[bool, str]] = []
    for quoted, escaped, digits, other in _TOKEN.findall(code.partition(";")[0]):
        if other and other not in _BARE and other < "\u2e80":
            return None  # dates, shares, powers of ten, texts
        if text := digits or quoted or escaped or other:
            pieces.append((bool(digits), text))
    parsed = NumberFormat(tuple(pieces))
    runs = [text for is_digits, text in pieces if is_digits]
    words = "".join(text for is_digits, text in pieces if not is_digits)
    if runs and parsed.is_padded and not _MONEY.search(words):
        return parsed
    is_amount = _MONEY.search(words) and not _PER_WEIGHT.search(words)
    says_more = any(sign.isalpha() for sign in words) and not is_amount
    is_whole_number = len(runs) == 1 and not runs[0].endswith(",") and not _SCALE.search(words)
    return parsed if says_more and is_whole_number else None


def formatted_cells(
    path: Path, sheet: str, text_of: Callable[[float], str | None]
) -> dict[int, list[tuple[int, str]]]:
    """Find the cells that show more than their number: column and text by row of the sheet.

    Rows and columns count from 1. Empty when the XML is not where it is expected: opening the
    workbook reports what is wrong.
    """
    shown_cells: dict[int, list[tuple[int, str]]] = {}
    try:
        with zipfile.ZipFile(path) as book:
            styles = _styles(book)
            part = sheet_part(book, sheet) if styles else None
            if part is None:
                return {}
            marks = [f"s={quote}{style}{quote}".encode() for style in styles for quote in "\"'"]
            with book.open(part) as stream:
                for block in whole_cells(blocks(stream), marks):
                    for attributes, body in CELL.findall(block):
                        style, place = _STYLE.search(attributes), CELL_ADDRESS.search(attributes)
                        if style is None or place is None or int(style[1]) not in styles:
                            continue
                        value = _number(attributes, body)
                        shown = None
                        if value is not None:
                            plain = text_of(value) or ""
                            shown = styles[int(style[1])].shown(value, plain)
                        if shown is not None:
                            column = column_number(place[1])
                            shown_cells.setdefault(int(place[2]), []).append((column, shown))
    except (*BROKEN_ZIP, ET.ParseError, LookupError, ValueError):
        return {}
    return shown_cells


def _styles(book: zipfile.ZipFile) -> dict[int, NumberFormat]:
    """Return the cell styles whose format shows more than the number."""
    codes: dict[str, str] = {}
    styles: dict[int, NumberFormat] = {}
    for entry in ET.fromstring(book.read("xl/styles.xml")):
        if local_name(entry.tag) == "numFmts":
            codes |= {one.get("numFmtId", ""): one.get("formatCode", "") for one in entry}
    for entry in ET.fromstring(book.read("xl/styles.xml")):
        if local_name(entry.tag) == "cellXfs":
            for place, style in enumerate(entry):
                form = parse_format(codes.get(style.get("numFmtId", ""), ""))
                if form is not None:
                    styles[place] = form
    return styles


def _number(attributes: bytes, body: bytes) -> float | None:
    """Return the number of a cell; None for a text, a boolean or an empty cell."""
    kind, value = _KIND.search(attributes), _VALUE.search(body)
    if value is None or (kind is not None and kind[1] != b"n"):
        return None
    try:
        return float(value[1])
    except ValueError:
        return None
