"""Read JSON lines: one record per line, nested objects flattened with dots, one list of lines
exploded.

An order that holds its lines in a list becomes one row per line, with the fields of the order
repeated: `{"order_sn": 1, "sub_order_list": [{"goods_id": 2}]}` has the columns `order_sn` and
`sub_order_list.goods_id`. Other lists stay JSON text. Numbers keep their original text.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.resources.readers import limits
from assets.resources.readers.decompress import BROKEN_FILE, damage, open_decompressed
from assets.resources.readers.file_format import FileFormat
from assets.resources.readers.headers import clean_header
from assets.resources.readers.json_lines.records import BrokenListError, records_of
from assets.resources.readers.rows import (
    Malformed,
    ProgressCallback,
    RowBuffer,
    Rows,
    malformed_cell,
    text_schema,
)
from data_contracts.errors import ExportError, zh_of
from data_contracts.messages import Bilingual

_BATCH_ROWS = 20_000
_MAX_DEPTH = 20

# Paths of the list of order lines, by platform; the first that a record has is exploded.
LINE_LISTS = (
    "sub_order_list",
    "order_goods_list",
    "full_order_info.orders",
    "orders",
    "items",
    "lines",
    "goods_list",
)

Record = dict[str, str]


class JsonRows(Rows):
    """Rows of a file of JSON records."""

    def __init__(
        self, path: Path, format_: FileFormat, name: str, on_progress: ProgressCallback | None
    ) -> None:
        super().__init__(path, format_, name, on_progress)
        seen: dict[str, None] = {}
        for place, (_, record, _) in enumerate(self._records()):
            seen |= dict.fromkeys(record or {})
            if place >= limits.JSON_HEADER_RECORDS or len(seen) > limits.MAX_COLUMNS:
                break
        if not seen:
            raise self.fail(
                "no line at its start is a JSON object with unique keys; write one record per "
                "line, or one list of records",
                "开头没有一行是键名不重复的 JSON 对象；请每行写一条记录，或把记录写成一个列表",
            )
        self.header = clean_header(list(seen), name)
        self._places = dict(zip(self.header, seen, strict=True))
        self._late: set[str] = set()

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = text_schema(columns)
        return pa.RecordBatchReader.from_batches(schema, self._batches(columns))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        wanted = set(numbers)
        last = max(wanted, default=0)
        for number, record, text in self._records():
            if number in wanted:
                cells = [record.get(key, "") for key in self._places.values()] if record else [text]
                yield number, cells
            if number >= last:
                return

    def _batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        buffer = RowBuffer(columns, _BATCH_ROWS)
        keys = [self._places[column] for column in columns]
        named = set(self._places.values())
        try:
            for number, record, _ in self._records():
                if record is None:
                    self.add_malformed(_malformed_record(number))
                elif not any(record.values()):
                    self.blank_rows += 1
                elif (malformed := malformed_cell(number, record.values())) is not None:
                    self.add_malformed(malformed)
                else:
                    self._note_late(record.keys() - named)
                    buffer.add(number, [record.get(key) for key in keys])
                if buffer.is_full():
                    yield from buffer.flush()
            yield from buffer.flush()
        except ExportError as error:
            self.failure = error
            raise

    def _note_late(self, keys: set[str]) -> None:
        new = keys - self._late
        if new and len(self._late) < limits.MAX_COLUMNS:
            self._late |= new
            self.notes.append(
                Bilingual(
                    "fields that are missing from the first records are not read: "
                    + ", ".join(sorted(new)),
                    f"开头的记录中都没有的字段未读取：{'、'.join(sorted(new))}",
                )
            )

    def _records(self) -> Iterator[tuple[int, Record | None, str]]:
        """Yield row number, flat record (None: not a JSON object), and the original text."""
        number = 0
        for value, text in self._found():
            try:
                rows = _explode(value) if isinstance(value, dict) else iter([None])
                for record in rows:
                    number += 1
                    yield number, record, text
            except RecursionError:
                number += 1
                yield number, None, text

    def _found(self) -> Iterator[tuple[Any, str]]:
        total = self.path.stat().st_size
        encoding = self.format.encoding or "utf-8"
        try:
            with open_decompressed(self.path, self.format) as binary:
                yield from records_of(
                    binary, encoding, lambda done: self.report_progress(done, total)
                )
        except UnicodeError as error:
            raise self.fail(
                f"a byte cannot be decoded as {encoding}; save it as UTF-8, or state its encoding "
                "in platform.toml [[files]]",
                f"有字节无法按 {encoding} 解读；请另存为 UTF-8，或在 platform.toml 的 "
                "[[files]] 中指明编码",
                error,
            ) from error
        except BrokenListError as error:
            raise self.fail(
                f"{error}; export it again", f"{zh_of(error)}；请重新导出", error
            ) from error
        except BROKEN_FILE as error:
            raise self.fail(*damage(error), error) from error


def _explode(record: dict[str, Any]) -> Iterator[Record]:
    """Yield the rows of one record: one per order line, or one."""
    for path in LINE_LISTS:
        lines = _at(record, path.split("."))
        if isinstance(lines, list) and lines and all(isinstance(line, dict) for line in lines):
            whole: Record = {}
            _flatten(record, "", whole, leave_out=path)
            for line in lines:
                row = dict(whole)
                _flatten(line, f"{path}.", row)
                yield row
            return
    row = {}
    _flatten(record, "", row)
    yield row


def _at(record: Any, keys: list[str]) -> Any:
    for key in keys:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def _flatten(
    value: dict[str, Any], prefix: str, into: Record, *, leave_out: str = "", depth: int = 0
) -> None:
    for key, item in value.items():
        path = f"{prefix}{key}"
        if path == leave_out:
            continue
        if isinstance(item, dict) and depth < _MAX_DEPTH:
            _flatten(item, f"{path}.", into, leave_out=leave_out, depth=depth + 1)
        elif isinstance(item, list | dict):
            into[path] = json.dumps(item, ensure_ascii=False) if item else ""
        elif isinstance(item, bool):
            into[path] = "true" if item else "false"
        elif item is not None:
            into[path] = str(item)
        else:
            into[path] = ""


def _malformed_record(number: int) -> Malformed:
    return Malformed(
        number,
        "row.json",
        "the line is not a JSON object, or repeats a key; it may be cut off, export it again",
        "该行不是完整的JSON对象（或有重复的键），可能被截断，请重新导出",
    )
