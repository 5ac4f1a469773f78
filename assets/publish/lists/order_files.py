"""Write the order of each supplier as a CSV of its own, in `orders/` beside the restock list.

Contains: which lines and files. Not here: the columns, which are a preset
(`data_contracts/order_presets`): the generic one, or what `order_preset` of platform.toml names.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assets.publish.lists.publish_list import Draft
from assets.publish.lists.restock_pages.parts import UNKNOWN_SUPPLIER
from assets.resources.outbox.outbox import Writer
from assets.resources.outbox.spreadsheet import csv_number, csv_text
from data_contracts.errors import StatedError, zh_of
from data_contracts.lists import RESTOCK, Shown
from data_contracts.order_presets.preset import (
    GENERIC,
    LIST_VERSION,
    OrderColumn,
    OrderPreset,
    built_in_preset,
    parse_order_preset,
)
from data_contracts.system_errors import said_of

FOLDER = "orders"
_UNSAFE = re.compile(r"[^\w-]+")
_LONGEST_NAME = 60
_COLUMNS = {column.column.name: column for column in RESTOCK.columns}

Row = Mapping[str, Any]  # a line of the list: stored column name → value as shown
Fallback = Callable[[str, str, str], None]


def stated_preset(stated: str, exports: Path, fallback: Fallback) -> OrderPreset:
    """Read the preset that platform.toml names; where it cannot be read, use the generic one.

    A list in the generic columns is better than no list; `fallback` records it.
    """
    try:
        if not stated.endswith(".toml"):
            return built_in_preset(stated or GENERIC)
        return parse_order_preset((exports / stated).read_text("utf-8"), stated)
    except (StatedError, OSError, UnicodeDecodeError) as error:
        told = error if isinstance(error, StatedError) else said_of(error)
        fallback(
            "order_preset_unusable",
            f"order files have the generic columns: {stated}: {told}",
            f"供应商订单文件使用默认的列：{stated}：{zh_of(told) if told is error else told.zh}",
        )
        return built_in_preset(GENERIC)


def order_files(draft: Draft, preset: OrderPreset) -> dict[str, Writer]:
    """Return a writer per supplier of what the list orders: file name → writer."""
    names = [column.column.name for column in RESTOCK.columns]
    version = {LIST_VERSION: draft.manifest.list_version}
    rows = [
        dict(zip(names, values, strict=True)) | version
        for values in zip(*(array.to_pylist() for array in draft.cells.columns), strict=True)
    ]
    ordered = sorted((row for row in rows if row["suggested_units"] > 0), key=_place)
    files: dict[str, Writer] = {}
    for supplier, group in itertools.groupby(ordered, lambda row: row["supplier_id"]):
        name = _free_name(supplier or UNKNOWN_SUPPLIER, draft.manifest.as_of, files)
        files[name] = _writer(list(group), preset)
    return files


def _place(row: Row) -> tuple[Any, ...]:
    supplier = row["supplier_id"]
    return supplier is None, supplier or "", row["warehouse_id"], row["sku_id"]


def _free_name(supplier: str, as_of: str, taken: Mapping[str, Writer]) -> str:
    """Name the file of a supplier; characters that a file name may not have become `_`."""
    safe = _UNSAFE.sub("_", supplier)[:_LONGEST_NAME]
    name, number = f"{FOLDER}/{as_of}_{safe}.csv", 1
    while name in taken:
        number += 1
        name = f"{FOLDER}/{as_of}_{safe}-{number}.csv"
    return name


def _writer(rows: Sequence[Row], preset: OrderPreset) -> Writer:
    def write(path: Path) -> int:
        # what an encoding lacks becomes ?, so that a rare character never stops the list
        with path.open("w", encoding=preset.encoding, errors="replace", newline="") as file:
            writer = csv.writer(file, delimiter=preset.separator, lineterminator="\r\n")
            writer.writerow(column.header for column in preset.columns)
            writer.writerows(_cells(row, preset) for row in rows)
        return len(rows)

    return write


def _cells(row: Row, preset: OrderPreset) -> Iterator[str]:
    for column in preset.columns:
        if column.column is None:
            yield column.value or ""
            continue
        yield _cell(row[column.column], column, is_guarded=preset.guards_cells)


def _cell(value: Any, column: OrderColumn, *, is_guarded: bool) -> str:
    assert column.column is not None
    if value is None:
        return ""
    list_column = _COLUMNS.get(column.column)
    shown = Shown.TEXT if list_column is None else list_column.shown
    if isinstance(value, int | float):
        assert list_column is not None
        return csv_number(
            value, list_column.decimals if column.decimals is None else column.decimals
        )
    if shown is Shown.DATE:
        return value.strftime(column.date_format) if column.date_format else value.isoformat()
    return csv_text(value, is_id=shown is Shown.ID) if is_guarded else str(value)
