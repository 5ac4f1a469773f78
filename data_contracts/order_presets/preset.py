"""Read the preset of an order file: its columns, encoding and separator, stated in TOML.

    encoding = "gb18030"      # default "utf-8-sig", which Excel reads
    separator = "\\t"          # default ","
    guards_cells = false      # default true: ids and texts that Excel would change are guarded

    [[columns]]
    header = "数量"
    column = "suggested_units"  # a column of the restock list, or list_version
    decimals = 3                # of a number; default: as the list shows it

    [[columns]]
    header = "日期"
    column = "order_on"
    date_format = "%Y%m%d"      # default: 2026-10-31

    [[columns]]
    header = "单据类型"
    value = "采购单"            # the same on every line

An unknown key is an error. `generic.toml` beside this module is the default.
"""

from __future__ import annotations

import codecs
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from data_contracts.errors import StatedError
from data_contracts.lists import RESTOCK

GENERIC = "generic"
LIST_VERSION = "list_version"
_FOLDER = Path(__file__).parent
_KINDS: dict[str, type] = {"encoding": str, "separator": str, "guards_cells": bool, "columns": list}


@dataclass(frozen=True, kw_only=True)
class OrderColumn:
    """A column of an order file: a column of the list, or one `value` on every line."""

    header: str
    column: str | None = None
    value: str | None = None
    date_format: str | None = None
    decimals: int | None = None


@dataclass(frozen=True, kw_only=True)
class OrderPreset:
    """How an order file is written."""

    columns: tuple[OrderColumn, ...]
    encoding: str = "utf-8-sig"
    separator: str = ","
    guards_cells: bool = True


def built_in_presets() -> list[str]:
    """List the names of the presets that come with Linli."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def built_in_preset(name: str) -> OrderPreset:
    """Read a preset that comes with Linli; raises StatedError for an unknown name."""
    if name not in built_in_presets():
        names = ", ".join(built_in_presets())
        raise StatedError(
            f"order_preset = {name!r} is unknown; known: {names}, or a file beside platform.toml "
            "like mappings/orders.toml",
            f"order_preset = {name!r} 不存在；可用：{names}，或 platform.toml 旁的文件，如 "
            "mappings/orders.toml",
        )
    path = _FOLDER / f"{name}.toml"
    return parse_order_preset(path.read_text("utf-8"), path.name)


def parse_order_preset(content: str, name: str) -> OrderPreset:
    """Parse a preset; `name` of its file begins every error. Raises StatedError."""
    try:
        raw = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise StatedError(
            f"{name}: not valid TOML: {error}", f"{name}：不是有效的 TOML：{error}"
        ) from error
    _require_known(raw, _KINDS, name)
    for key, value in raw.items():
        _require_kind(value, _KINDS[key], key, name)
    stated = raw.pop("columns", [])
    if not stated:
        raise StatedError(
            f"{name}: it has no [[columns]]; state at least one",
            f"{name}：没有 [[columns]]；请至少写一列",
        )
    columns = tuple(_column(entry, place, name) for place, entry in enumerate(stated, 1))
    preset = OrderPreset(columns=columns, **raw)
    _require_writable(preset, name)
    return preset


def _column(entry: Any, place: int, name: str) -> OrderColumn:
    where = f"{name}: [[columns]] {place}"
    _require_kind(entry, dict, f"columns {place}", name)
    kinds = {item.name: int if item.name == "decimals" else str for item in fields(OrderColumn)}
    _require_known(entry, kinds, where)
    for key, value in entry.items():
        _require_kind(value, kinds[key], key, where)
    if "header" not in entry or ("column" in entry) == ("value" in entry):
        raise StatedError(
            f"{where}: needs header, and either column or value",
            f"{where}：需要 header，以及 column 或 value 之一",
        )
    names = [column.column.name for column in RESTOCK.columns] + [LIST_VERSION]
    column = entry.get("column")
    if column is not None and column not in names:
        raise StatedError(
            f"{where}: the list has no column {column!r}; it has {', '.join(names)}",
            f"{where}：清单没有列 {column!r}；可用：{', '.join(names)}",
        )
    return OrderColumn(**entry)


def _require_known(entry: dict[str, Any], allowed: dict[str, Any], where: str) -> None:
    unknown = sorted(set(entry) - set(allowed))
    if unknown:
        raise StatedError(
            f"{where}: unknown key {unknown[0]!r}; known keys: {', '.join(allowed)}",
            f"{where}：未知的键 {unknown[0]!r}；可用：{', '.join(allowed)}",
        )


def _require_kind(value: Any, kind: type, key: str, where: str) -> None:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        said = {str: ("text in quotes", "带引号的文本"), int: ("a whole number", "整数")}
        said |= {bool: ("true or false", "true 或 false"), list: ("a list", "列表")}
        kind_en, kind_zh = said.get(kind, ("a table", "表"))
        raise StatedError(f"{where}: {key} must be {kind_en}", f"{where}：{key} 必须是{kind_zh}")


def _require_writable(preset: OrderPreset, name: str) -> None:
    """Raise StatedError unless a CSV can be written with the encoding and the separator."""
    try:
        codecs.lookup(preset.encoding)
    except LookupError as error:
        raise StatedError(
            f"{name}: unknown encoding {preset.encoding!r}; like utf-8-sig or gb18030",
            f"{name}：未知的编码 {preset.encoding!r}；如 utf-8-sig 或 gb18030",
        ) from error
    if len(preset.separator) != 1:
        raise StatedError(
            f"{name}: separator {preset.separator!r} must be one character",
            f"{name}：分隔符 {preset.separator!r} 必须是一个字符",
        )
