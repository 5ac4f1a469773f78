"""Parse and write `platform.toml`: facts about a platform, kept with its exports.

    id = "sample"           # data of one platform; another id never mixes with it
    name = "Sample platform"
    cutoff = "23:00"        # the minute from which orders belong to the next business day
                            # (data_contracts/domain.md#business-day)
    currency = "CNY"        # amounts are counted as yuan, never converted
    utc_offset = "+08:00"   # the platform's clock; moments with another offset are converted to it
    max_bad_share = 0.1     # a file with a larger share of bad rows is rejected as a whole
    notes = ["amounts are GBP, taken as they are"]
    order_preset = "mappings/erp.toml"  # columns of the order files (data_contracts/order_presets)

    [[files]]               # facts about files that cannot be detected reliably
    name = "订单*.csv"       # pattern of the file's name
    export = "orders"
    preset = "shiziyu"
    encoding = "gb18030"    # also: delimiter, sheet, header_row
    dates = "day_first"     # or "month_first": how 03/04/2026 is meant; "year_first": 26/03/04
    repeats = "pieces"      # or "duplicates": the meaning of identical rows of an order
    decimal = ","           # or ".": the sign before decimals, how 1,250 is meant

    [restock]               # limits of a day's orders: data_contracts/restock_limits.py
    budget_yuan = 50000

    [sku_renames]           # old id = current id; long lists: mappings/sku_renames.csv
    "SKU0001" = "SKU0001-A"

Every key is optional; an unknown key is an error.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from data_contracts.errors import StatedError
from data_contracts.mappings.transforms import DATE_ORDERS
from data_contracts.restock_limits import RestockLimits
from data_contracts.sku_rename_list import resolved

_CUTOFF = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")
# A returned file of quarantined rows, as Linli names it or as a spreadsheet saves it.
_HANDED_BACK = re.compile(r"(.+)_退回\.\w+")
# The meaning of rows of an order that are identical in every cell.
REPEATS = PIECES, DUPLICATES = "pieces", "duplicates"
_TEXT_KEYS = ("id", "name", "cutoff", "currency", "utc_offset")
_OPTIONAL_TEXT_KEYS = ("order_preset",)


@dataclass(frozen=True)
class FileFacts:
    """What `platform.toml` states of the files whose name matches `name`; None: to be found out."""

    name: str
    export: str | None = None
    preset: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    dates: str | None = None
    repeats: str | None = None
    decimal: str | None = None

    def applies_to(self, file_name: str) -> bool:
        """Whether the pattern matches the file's path in the folder, or its last part."""
        return fnmatchcase(file_name, self.name) or fnmatchcase(
            file_name.rsplit("/", 1)[-1], self.name
        )


@dataclass(frozen=True)
class Platform:
    """`cutoff_minutes`: minutes after midnight, 1 to 1440; 1440 means the calendar day.

    `sku_renames`: old id → new id as stated, chains unresolved.
    """

    id: str = ""
    name: str = "unnamed platform"
    cutoff: str = "24:00"
    currency: str = "CNY"
    utc_offset: str = "+08:00"
    max_bad_share: float = 0.1
    order_preset: str = ""
    notes: tuple[str, ...] = ()
    files: tuple[FileFacts, ...] = ()
    sku_renames: Mapping[str, str] = field(default_factory=dict)
    restock: RestockLimits = field(default_factory=RestockLimits)

    def __post_init__(self) -> None:
        match = _CUTOFF.fullmatch(self.cutoff)
        if match is None or not 0 < self.cutoff_minutes <= 1440:
            raise StatedError(
                f"cutoff = {_quote(self.cutoff)} is not a time of day from 00:01 to 24:00; "
                'write it like "23:00", or "24:00" for the calendar day',
                f"cutoff = {_quote(self.cutoff)} 不是 00:01 到 24:00 之间的时刻；格式如 "
                '"23:00"；按自然日截单请写 "24:00"',
            )
        if _OFFSET.fullmatch(self.utc_offset) is None:
            raise StatedError(
                f'utc_offset = {_quote(self.utc_offset)} is not an offset; write it like "+08:00"',
                f'utc_offset = {_quote(self.utc_offset)} 不是时区偏移；格式如 "+08:00"',
            )
        if not 0 < self.max_bad_share <= 1:
            raise StatedError(
                f"max_bad_share = {self.max_bad_share} must be above 0 and at most 1",
                f"max_bad_share = {self.max_bad_share} 应大于 0 且不超过 1",
            )
        resolved(self.sku_renames)

    @property
    def cutoff_minutes(self) -> int:
        hours, minutes = self.cutoff.split(":")
        return int(hours) * 60 + int(minutes)

    @property
    def utc_offset_minutes(self) -> int:
        """Minutes by which the platform's clock is ahead of UTC."""
        sign, hours, minutes = _OFFSET.fullmatch(self.utc_offset).groups()  # type: ignore[union-attr]
        return (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)

    def facts_of(self, file_name: str) -> FileFacts:
        """Return the first entry whose pattern matches the file, else an empty entry.

        A returned file (退回) has the export, preset, dates and decimal sign of its original; its
        format is detected, because Linli or a spreadsheet wrote it. An entry that names 退回 itself
        applies unchanged.
        """
        entry = next((facts for facts in self.files if facts.applies_to(file_name)), None)
        handed_back = _HANDED_BACK.fullmatch(file_name)
        if handed_back is None or (entry is not None and "退回" in entry.name):
            return entry or FileFacts(file_name)
        original = self.facts_of(handed_back[1])
        return FileFacts(
            file_name,
            original.export,
            original.preset,
            dates=original.dates,
            repeats=original.repeats,
            decimal=original.decimal,
        )

    @classmethod
    def from_toml(cls, content: str) -> Platform:
        """Parse `platform.toml`; raises StatedError naming the key that is wrong."""
        try:
            raw = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            raise StatedError(
                f"platform.toml is not valid TOML: {error}",
                f"platform.toml 不是有效的 TOML：{error}",
            ) from error
        keys = set(cls.__dataclass_fields__)
        unknown = sorted(set(raw) - keys)
        if unknown:
            raise StatedError(
                f"platform.toml: unknown key {unknown[0]!r}; known keys: {', '.join(sorted(keys))}",
                f"platform.toml：未知的键 {unknown[0]!r}；可用：{', '.join(sorted(keys))}",
            )
        for key in (*_TEXT_KEYS, *_OPTIONAL_TEXT_KEYS):
            if key in raw and not isinstance(raw[key], str):
                raise StatedError(
                    f"platform.toml: {key} must be text in quotes",
                    f"platform.toml：{key} 必须是带引号的文本",
                )
        notes = raw.pop("notes", [])
        if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
            raise StatedError(
                "platform.toml: notes must be a list of texts",
                "platform.toml：notes 必须是文本列表",
            )
        share = raw.pop("max_bad_share", cls.max_bad_share)
        if isinstance(share, bool) or not isinstance(share, int | float):
            raise StatedError(
                "platform.toml: max_bad_share must be a number like 0.1",
                "platform.toml：max_bad_share 必须是数字，如 0.1",
            )
        facts = tuple(_facts(entry) for entry in _tables(raw.pop("files", [])))
        renames = raw.pop("sku_renames", {})
        if not isinstance(renames, dict) or not all(
            isinstance(new, str) for new in renames.values()
        ):
            raise StatedError(
                'platform.toml: [sku_renames] must hold "old id" = "new id", both in quotes',
                'platform.toml：[sku_renames] 须写成 "旧编码" = "新编码"，两边都带引号',
            )
        limits = RestockLimits.from_table(raw.pop("restock", {}))
        return cls(
            **raw,
            restock=limits,
            notes=tuple(notes),
            max_bad_share=float(share),
            files=facts,
            sku_renames=renames,
        )

    def to_toml(self) -> str:
        """The file's text; `from_toml(to_toml())` gives the same platform."""
        lines = [f"{key} = {_quote(getattr(self, key))}" for key in _TEXT_KEYS]
        lines += [
            f"{key} = {_quote(stated)}"
            for key in _OPTIONAL_TEXT_KEYS
            if (stated := getattr(self, key))
        ]
        lines.append(f"max_bad_share = {self.max_bad_share!r}")
        lines.append(f"notes = [{', '.join(_quote(note) for note in self.notes)}]")
        for entry in self.files:
            lines += ["", "[[files]]"]
            for item in fields(entry):
                value = getattr(entry, item.name)
                if value is not None:
                    shown = str(value) if isinstance(value, int) else _quote(value)
                    lines.append(f"{item.name} = {shown}")
        lines += self.restock.to_toml()
        if self.sku_renames:
            lines += ["", "[sku_renames]"]
            lines += [f"{_quote(old)} = {_quote(new)}" for old, new in self.sku_renames.items()]
        return "\n".join(lines) + "\n"


def _quote(value: str) -> str:
    # JSON's escapes are TOML's but for DEL, which TOML does not take as it is
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _tables(entries: Any) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise StatedError(
            "platform.toml: files must be written as [[files]] tables",
            "platform.toml：files 须写成 [[files]] 表",
        )
    return entries


def _facts(entry: dict[str, Any]) -> FileFacts:
    keys = {item.name for item in fields(FileFacts)}
    unknown = sorted(set(entry) - keys)
    if unknown:
        raise StatedError(
            f"platform.toml: [[files]] has the unknown key {unknown[0]!r}; "
            f"known keys: {', '.join(sorted(keys))}",
            f"platform.toml：[[files]] 中有未知的键 {unknown[0]!r}；可用："
            f"{', '.join(sorted(keys))}",
        )
    if "name" not in entry:
        raise StatedError(
            'platform.toml: a [[files]] entry needs a name, like "订单*.csv"',
            'platform.toml：[[files]] 每一项都要有 name，如 "订单*.csv"',
        )
    for key, value in entry.items():
        expected = int if key == "header_row" else str
        if not isinstance(value, expected) or isinstance(value, bool):
            raise StatedError(
                f"platform.toml: [[files]] {key} must be "
                + ("a whole number" if expected is int else "text in quotes"),
                f"platform.toml：[[files]] 的 {key} 必须是"
                f"{'整数' if expected is int else '带引号的文本'}",
            )
    choices = {
        "dates": [order.value for order in DATE_ORDERS],
        "repeats": list(REPEATS),
        "decimal": [",", "."],
    }
    for key, allowed in choices.items():
        if entry.get(key, allowed[0]) not in allowed:
            raise StatedError(
                f"platform.toml: [[files]] {key} = {_quote(entry[key])} is neither "
                + " nor ".join(_quote(one) for one in allowed),
                f"platform.toml：[[files]] 的 {key} = {_quote(entry[key])} 无效；可写："
                f"{'、'.join(_quote(one) for one in allowed)}",
            )
    return FileFacts(**entry)
