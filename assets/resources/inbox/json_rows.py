"""JSON lines: one record a line, nested objects flattened with dots, one list of lines exploded.

An order that holds its lines in a list becomes one row per line, the order's own fields repeated on
each: `{"order_sn": 1, "sub_order_list": [{"goods_id": 2}]}` has the columns `order_sn` and
`sub_order_list.goods_id`. Other lists stay JSON text. Numbers stay as they are written.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.resources.inbox import limits
from assets.resources.inbox.file_format import FileFormat
from assets.resources.inbox.headers import clean_header
from assets.resources.inbox.rows import (
    Malformed,
    Rows,
    Tell,
    holds_nul,
    text_schema,
    too_long,
)
from assets.resources.inbox.unpacking import BROKEN_FILE, opened
from data_contracts.errors import ExportError

_BATCH_ROWS = 20_000
_MAX_DEPTH = 20

# Where an order keeps its lines, by platform; the first that a record has is exploded.
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

    def __init__(self, path: Path, format_: FileFormat, name: str, tell: Tell | None) -> None:
        super().__init__(path, format_, name, tell)
        seen: dict[str, None] = {}
        for place, (_, record, _) in enumerate(self._records()):
            seen |= dict.fromkeys(record or {})
            if place >= limits.JSON_HEADER_RECORDS or len(seen) > limits.MAX_COLUMNS:
                break
        self.header = clean_header(list(seen), name)
        self._late: set[str] = set()

    def reader(self, columns: Sequence[str]) -> pa.RecordBatchReader:
        schema = text_schema(columns)
        return pa.RecordBatchReader.from_batches(schema, self._batches(columns, schema))

    def raw(self, numbers: Collection[int]) -> Iterator[tuple[int, list[str]]]:
        wanted = set(numbers)
        for number, record, text in self._records():
            if number in wanted:
                yield number, [text] if record is None else [record.get(h, "") for h in self.header]

    def _batches(self, columns: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        kept: list[list[str | None]] = []
        numbers: list[int] = []
        known = set(self.header)
        try:
            for number, record, text in self._records():
                if record is None:
                    self.malformed.append(_no_record(number, text))
                    continue
                if not any(record.values()):
                    self.blank_rows += 1
                    continue
                if any(len(cell) > limits.MAX_CELL_CHARACTERS for cell in record.values()):
                    self.malformed.append(too_long(number))
                    continue
                if any("\0" in cell for cell in record.values()):
                    self.malformed.append(holds_nul(number))
                    continue
                self._note_late(record.keys() - known)
                kept.append([record.get(column) or None for column in columns])
                numbers.append(number)
                if len(kept) >= _BATCH_ROWS:
                    yield _batch(kept, numbers, schema)
                    kept, numbers = [], []
            if kept:
                yield _batch(kept, numbers, schema)
        except ExportError as error:
            self.failure = error
            raise

    def _note_late(self, keys: set[str]) -> None:
        new = keys - self._late
        if new and len(self._late) < limits.MAX_COLUMNS:
            self._late |= new
            self.notes.append(
                "fields that stand in no record at the beginning are not read: "
                + ", ".join(sorted(new))
            )

    def _records(self) -> Iterator[tuple[int, Record | None, str]]:
        """Row number, flat record (None: not JSON), and the text, line by line."""
        number = 0
        for text in self._lines():
            try:
                # integers and amounts stay the text they are: no digit is lost
                found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
            except (ValueError, RecursionError):
                found = None
            if not isinstance(found, dict):
                number += 1
                yield number, None, text
                continue
            for record in _exploded(found):
                number += 1
                yield number, record, text

    def _lines(self) -> Iterator[str]:
        total = self.path.stat().st_size
        encoding = self.format.encoding or "utf-8"
        with opened(self.path, self.format) as binary:
            try:
                first = binary.read(4).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
                binary.seek(0)
                if first.startswith(b"["):
                    yield from self._document(binary.read(limits.MAX_JSON_DOCUMENT_BYTES + 1))
                    return
                text = io.TextIOWrapper(binary, encoding=encoding, errors="strict")
                done = 0
                while line := text.readline(limits.MAX_CELL_CHARACTERS * 64):
                    done += len(line)
                    line = line.strip().lstrip("\ufeff")
                    if line:
                        yield line
                    self.tell(min(done, total), total)
            except UnicodeError as error:
                raise self.fail(
                    f"a byte does not read as {encoding}; save it as UTF-8, or state its encoding "
                    "in platform.toml [[files]]",
                    error,
                ) from error
            except BROKEN_FILE as error:
                raise self.fail(
                    "ends in the middle; it was cut off on its way, copy it again", error
                ) from error

    def _document(self, content: bytes) -> Iterator[str]:
        """Records of a single JSON list."""
        if len(content) > limits.MAX_JSON_DOCUMENT_BYTES:
            raise self.fail("a single JSON list of this size is not read; write JSON lines")
        try:
            found = json.loads(content.decode(self.format.encoding or "utf-8").lstrip("\ufeff"))
        except (ValueError, RecursionError) as error:
            raise self.fail(f"is no valid JSON ({error}); export it again", error) from error
        if not isinstance(found, list):
            raise self.fail("is no list of records; write JSON lines")
        for record in found:
            yield json.dumps(record, ensure_ascii=False)


def _exploded(record: dict[str, Any]) -> Iterator[Record]:
    """The rows of one record: one for each of its lines, or one."""
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


def _no_record(number: int, text: str) -> Malformed:
    return Malformed(
        number,
        "row.json",
        "the line is no JSON object; it may be cut off, export it again",
        "该行不是完整的JSON对象，可能被截断，请重新导出",
    )


def _batch(rows: list[list[str | None]], numbers: list[int], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays([*arrays, pa.array(numbers, pa.int64())], schema=schema)
