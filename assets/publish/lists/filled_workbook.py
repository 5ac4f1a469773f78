"""Read a restock workbook that people filled in, as Excel, WPS or LibreOffice saved it.

Contains: what the cells hold, and which cells cannot be used, each with its sheet, cell and
the way to mend it. Not here: whether it fits the published list (`restock_edits`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.publish.lists.restock_pages.orders import TOTAL
from assets.publish.lists.restock_pages.parts import (
    CONFIRMED,
    EDIT_REASON,
    ORDERS,
    SKU,
    VERSION_LABEL,
    WAREHOUSE,
    ZEROS,
)
from assets.resources.readers.workbook.cell_errors import find_cell_errors
from assets.resources.readers.workbook.sheets import cell_text, open_workbook, read_cells
from assets.resources.readers.workbook.size_guard import validate_workbook_size
from data_contracts.errors import LinliError
from data_contracts.messages import Bilingual

_HEADERS = (WAREHOUSE, SKU, CONFIRMED, EDIT_REASON)
_VERSION = re.compile(rf"{VERSION_LABEL}\s*(\d{{4}}-\d{{2}}-\d{{2}})-([0-9a-f]{{12}})")
_SEARCHED_ROWS = 20  # that may hold header and version


@dataclass(frozen=True)
class ListVersion:
    """The list that a workbook is of: its day, and the whole text of its version."""

    as_of: date
    text: str


@dataclass(frozen=True)
class FilledLine:
    """A line as filled in. `quantity_cell`: like `订单!J12`. `reason`: as typed; None: empty."""

    warehouse_id: str
    sku_id: str
    units: float
    reason: str | None
    quantity_cell: str
    key_cell: str


@dataclass(frozen=True)
class FilledWorkbook:
    """The lines of the sheets 订单 and 不补, and the cells that cannot be used."""

    version: ListVersion
    lines: tuple[FilledLine, ...]
    problems: tuple[Bilingual, ...]


def read_filled(path: Path) -> FilledWorkbook:
    """Read the workbook; raises LinliError if it is not one, or a sheet or its version is gone."""
    if path.suffix.lower() != ".xlsx" or not path.is_file():
        raise LinliError(
            f"{path}: no such .xlsx file; save the restock workbook as .xlsx",
            f"{path}：不是 .xlsx 文件或不存在；请把补货清单另存为 .xlsx",
        )
    validate_workbook_size(path)
    book = open_workbook(path)
    names = [name for name in book.sheet_names if _kind(name) in (ORDERS, ZEROS)]
    if ORDERS not in map(_kind, names):
        raise LinliError(
            f"{path.name}: no sheet {ORDERS}; it has {', '.join(book.sheet_names)}. Take the "
            "workbook of the restock list",
            f"{path.name}：没有工作表“{ORDERS}”；现有：{'、'.join(book.sheet_names)}。"
            "请使用补货清单的工作簿",
        )
    versions, lines, problems = [], [], []
    for name in names:
        rows = read_cells(book, path, name)
        versions.append(_version(rows, path.name, name))
        errors = {
            (row - 1, fault.column - 1)
            for row, faults in find_cell_errors(path, name).items()
            for fault in faults
        }
        sheet_lines, wrong = _read_sheet(name, rows, errors)
        lines += sheet_lines
        problems += wrong
    if len({version.text for version in versions}) > 1:
        raise LinliError(
            f"{path.name}: its sheets are of several lists; fill in one workbook per list",
            f"{path.name}：工作表来自不同的清单；请每份清单用一个工作簿",
        )
    return FilledWorkbook(versions[0], tuple(lines), tuple(problems))


def _kind(sheet: str) -> str:
    """Return the title without the number of a continued sheet: `订单 (2)` is `订单`."""
    return re.sub(r" \(\d+\)$", "", sheet)


def _version(rows: Sequence[Sequence[Any]], file: str, sheet: str) -> ListVersion:
    for row in rows[:_SEARCHED_ROWS]:
        for cell in row:
            if isinstance(cell, str) and (stamp := _VERSION.search(cell)):
                return ListVersion(date.fromisoformat(stamp[1]), f"{stamp[1]}-{stamp[2]}")
    raise LinliError(
        f"{file}: sheet {sheet} has no “{VERSION_LABEL}” above its header, so the list it belongs "
        "to is unknown; fill in the workbook as it was published",
        f"{file}：工作表“{sheet}”的表头上方没有“{VERSION_LABEL}”，不知道属于哪份清单；"
        "请在发布的工作簿上填写",
    )


def _read_sheet(
    sheet: str, rows: Sequence[Sequence[Any]], errors: set[tuple[int, int]]
) -> tuple[list[FilledLine], list[Bilingual]]:
    top, places = _header(rows)
    missing = [header for header in _HEADERS if header not in places]
    if missing:
        listed = "、".join(missing)
        return [], [
            Bilingual(
                f"{sheet}: the column {listed} is missing; copy it back from the published "
                "workbook",
                f"{sheet}：缺少列“{listed}”；请从发布的工作簿中补回",
            )
        ]
    lines, problems = [], []
    for row in range(top + 1, len(rows)):
        cells = {h: rows[row][at] if at < len(rows[row]) else None for h, at in places.items()}
        if (row, places[CONFIRMED]) in errors:
            cells[CONFIRMED] = "#"
        where = f"{sheet}!{_address(row, places[CONFIRMED])}"
        key_cell = f"{sheet}!{_address(row, places[SKU])}"
        warehouse, sku = (cell_text(cells[header]) for header in (WAREHOUSE, SKU))
        if sku is None or warehouse is None:
            if isinstance(cells[CONFIRMED], int | float) and not _is_total(warehouse):
                problems.append(
                    Bilingual(
                        f"{where}: a quantity without warehouse and SKU; fill in {key_cell}, or "
                        "empty the cell",
                        f"{where}：有数量但没有网格仓和商品编码；请填写 {key_cell}，或清空该单元格",
                    )
                )
            continue
        if not _is_line(rows[row]):
            continue
        quantity = _quantity(cells[CONFIRMED], where)
        if isinstance(quantity, Bilingual):
            problems.append(quantity)
            continue
        reason = cell_text(cells[EDIT_REASON])
        lines.append(
            FilledLine(
                warehouse.strip(),
                sku.strip(),
                quantity,
                reason.strip() if reason and reason.strip() else None,
                where,
                key_cell,
            )
        )
    return lines, problems


def _header(rows: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]]:
    """Return row and columns of the header: the row with the most of the headers."""
    best: tuple[int, dict[str, int]] = (0, {})
    for row, cells in enumerate(rows[:_SEARCHED_ROWS]):
        places = {
            text.strip(): at
            for at, cell in reversed(list(enumerate(cells)))
            if isinstance(cell, str) and (text := cell).strip() in _HEADERS
        }
        if len(places) > len(best[1]):
            best = (row, places)
    return best


def _is_line(row: Sequence[Any]) -> bool:
    """Return whether the row is a line; a heading or a reason is one text and nothing else."""
    return sum(1 for cell in row if cell not in (None, "")) > 1


def _is_total(label: str | None) -> bool:
    return label is not None and label.startswith(TOTAL)


def _quantity(cell: Any, where: str) -> float | Bilingual:
    """Return the quantity in a cell, or why it has none."""
    if cell is None or cell == "":
        return Bilingual(
            f"{where}: empty; write a number, 0 to order nothing",
            f"{where}：是空的；请填数字，不订请填 0",
        )
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        shown = cell_text(cell) or ""
        return Bilingual(
            f"{where}: {shown[:20]!r} is not a number; write digits alone, without a unit",
            f"{where}：“{shown[:20]}”不是数字；请只填数字，不带单位",
        )
    if not 0 <= cell < float("inf"):
        return Bilingual(
            f"{where}: {cell:g} is below 0; write 0 to order nothing",
            f"{where}：{cell:g} 小于 0；不订请填 0",
        )
    return float(cell)


def _address(row: int, column: int) -> str:
    """Return the address of a cell.

    >>> _address(11, 9), _address(0, 27)
    ('J12', 'AB1')
    """
    return "".join(reversed(list(_letters(column)))) + str(row + 1)


def _letters(column: int) -> Iterator[str]:
    while column >= 0:
        yield chr(ord("A") + column % 26)
        column = column // 26 - 1
