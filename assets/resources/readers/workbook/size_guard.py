"""Measure how large a workbook is once it is opened, before opening it: a tiny file may fill
memory.

A sheet is opened as the rectangle around all its cells, each with its own text: one cell in the
farthest corner, or one long text repeated on every row, is enough. The parts are read as bytes and
counted, without building a document.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from assets.resources.readers import limits
from assets.resources.readers.decompress import BROKEN_ZIP
from data_contracts.errors import ExportError
from data_contracts.system_errors import said_of

_BLOCK_BYTES = 4 << 20
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b(?:[^>]*?\sr\s*=\s*["'](\d{1,7})["'])?""")
_TEXT_CELL = re.compile(rb"""\st\s*=\s*["']s["'][^>]*>(?:<f.{0,999}?</f>)?\s*<v>(\d{1,9})</v>""")
_CELL_BEGINS = (b"<c ", b"<c>", b"<c/", b"<c\n", b"<c\t", b"<c\r", b":c ", b":c>", b":c/", b":c\n")
_ROW_BEGINS = re.compile(rb"<(?:\w+:)?row\b")
_SHARED = re.compile(rb"<(?:\w+:)?si\b")
_IS_ENCRYPTED = 0x1


def validate_workbook_size(path: Path) -> None:
    """Raise ExportError for a damaged workbook, or one larger than people create."""
    name = path.name
    try:
        with zipfile.ZipFile(path) as book:
            _validate_entries(book, path)
            parts = [_measure(book, entry) for entry in book.infolist()]
            for part in parts:
                _validate_sheet_area(part, name)
            most = max((part.longest_text for part in parts), default=0)
            if most * sum(part.text_cells for part in parts) > limits.MAX_SHEET_TEXT_BYTES:
                _validate_text_size(book, name)
    except BROKEN_ZIP as error:
        raise ExportError(
            f"{name}: a damaged workbook ({said_of(error)}); save it again",
            f"{name}：工作簿已损坏（{said_of(error).zh}）；请重新保存",
        ) from error


def _validate_entries(book: zipfile.ZipFile, path: Path) -> None:
    entries = book.infolist()
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise ExportError(
            f"{path.name}: a zip file, not a workbook; unpack it, or save it as .xlsx",
            f"{path.name}：是 zip 压缩包，不是工作簿；请解压，或另存为 .xlsx",
        )
    if any(entry.flag_bits & _IS_ENCRYPTED for entry in entries):
        raise ExportError(
            f"{path.name}: password-protected; save it without a password",
            f"{path.name}：有密码保护；请取消密码后另存",
        )
    unpacked = sum(entry.file_size for entry in entries)
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
            "workbook may; export it as CSV",
            f"{path.name}：解压后有 {unpacked:,} 字节、{len(entries):,} 个部分，超出"
            "工作簿的合理大小；请导出为 CSV",
        )


@dataclass
class _Part:
    """Counts of one part of a workbook. Cells and rows may have no address."""

    cells: int = 0
    placed_cells: int = 0
    text_cells: int = 0
    last_row: int = 0
    unplaced_rows: int = 0
    columns: set[bytes] = field(default_factory=set)
    cells_of_row: int = 0
    widest_unplaced: int = 0
    longest_text: int = 0

    def count(self, block: bytes) -> None:
        placed = _CELL.findall(block)
        cells = _cells(block)
        self.placed_cells += len(placed)
        self.cells += cells
        if cells > len(placed):
            self._count_by_row(block)
        self.columns |= {column for column, _ in placed}
        self.text_cells += block.count(b't="s"') + block.count(b"t='s'")
        rows = _ROW.findall(block) if b"row" in block else []
        self.unplaced_rows += rows.count(b"")
        places = {row for _, row in placed}.union(rows) - {b""}
        self.last_row = max([self.last_row, *map(int, places)])

    def _count_by_row(self, block: bytes) -> None:
        # a row may span two blocks
        before, *rows = _ROW_BEGINS.split(block)
        for cells in (self.cells_of_row + _cells(before), *map(_cells, rows)):
            self.cells_of_row = cells
            self.widest_unplaced = max(self.widest_unplaced, cells)

    @property
    def rows(self) -> int:
        return self.last_row + self.unplaced_rows

    @property
    def last_column(self) -> int:
        # cells without an address follow one another in their row
        return max(map(column_number, self.columns), default=0) + self.widest_unplaced


def _cells(block: bytes) -> int:
    begins = _CELL_BEGINS if b":c" in block else _CELL_BEGINS[:6]
    return sum(block.count(begin) for begin in begins)


def _measure(book: zipfile.ZipFile, entry: zipfile.ZipInfo) -> _Part:
    """Count one part, read once; its declared size is not trusted."""
    part = _Part()
    texts = _TextSizes()
    with book.open(entry) as stream:
        for block in blocks(stream):
            part.count(block)
            part.longest_text = max([part.longest_text, *texts.of(block)])
    part.longest_text = max(part.longest_text, texts.last)
    return part


class _TextSizes:
    """Measure every shared text in bytes, in order; a text may span two blocks."""

    def __init__(self) -> None:
        self.last = 0
        self._is_open = False

    def of(self, block: bytes) -> list[int]:
        """Return the sizes of the texts that end within the block."""
        before, *pieces = _SHARED.split(block)
        if not self._is_open:
            self._is_open, self.last = bool(pieces), len(pieces[-1]) if pieces else 0
            return [len(piece) for piece in pieces[:-1]]
        sizes = [self.last + len(before), *map(len, pieces)]
        self.last = sizes[-1]
        return sizes[:-1]


def blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the part in blocks that end with a tag."""
    rest = b""
    while read := stream.read(_BLOCK_BYTES):
        block = rest + read
        end = block.rfind(b">") + 1
        rest = block[end:]
        if len(rest) > limits.MAX_RECORD_CHARACTERS:
            raise ValueError("a text that never ends")
        if end:
            yield block[:end]


def _validate_sheet_area(part: _Part, name: str) -> None:
    area = part.rows * part.last_column
    if area > limits.MAX_SHEET_CELLS or (
        area > limits.SPARSE_COUNTS_FROM_CELLS
        and area > limits.MAX_EMPTY_SHARE_INVERSE * max(part.cells, part.placed_cells)
    ):
        raise ExportError(
            f"{name}: a sheet reaches to row {part.rows:,} and column {part.last_column:,} with "
            f"{part.cells:,} cells filled; delete what lies outside the table, or export it as CSV",
            f"{name}：有工作表延伸到第 {part.rows:,} 行、第 {part.last_column:,} 列，"
            f"但只填了 {part.cells:,} 个单元格；请删除表格以外的内容，或导出为 CSV",
        )


def _validate_text_size(book: zipfile.ZipFile, name: str) -> None:
    """Raise ExportError when the texts of all cells, repetitions included, exceed the limit."""
    sizes: list[int] = []
    for entry in book.infolist():
        texts = _TextSizes()
        with book.open(entry) as stream:
            for block in blocks(stream):
                sizes += texts.of(block)
        sizes += [texts.last] if texts.last else []
    if not sizes:
        return
    lengths = np.array(sizes, np.int64)
    total = 0
    for entry in book.infolist():
        with book.open(entry) as stream:
            for block in blocks(stream):
                places = np.array(_TEXT_CELL.findall(block), np.int64)
                total += int(lengths[np.minimum(places, len(lengths) - 1)].sum())
    if total > limits.MAX_SHEET_TEXT_BYTES:
        raise ExportError(
            f"{name}: its cells hold {total:,} bytes of text, more than a workbook may; "
            "shorten the texts that repeat, or export it as CSV",
            f"{name}：各单元格的文本共 {total:,} 字节，超出工作簿的合理大小；请缩短"
            "重复的文本，或导出为 CSV",
        )


def column_number(letters: bytes | str) -> int:
    """Convert column letters to a number.

    >>> column_number("A"), column_number(b"AA"), column_number("XFD")
    (1, 27, 16384)
    """
    text = letters.decode("ascii") if isinstance(letters, bytes) else letters
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - 64
    return number
