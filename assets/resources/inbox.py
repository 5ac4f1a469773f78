"""The inbox: which files there are for which contract, and how each is opened.

A file belongs to a contract by its name: `orders.csv`, `orders_2026-10.csv.gz`, `orders.parquet`,
or anything in a folder `orders/`. Nothing here judges a value: CSV comes out as text, Parquet with
the types it has, each row with its number (1 = first data row).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from data_contracts.errors import ExportError
from data_contracts.table import Table

SUFFIXES = (".csv", ".csv.gz", ".parquet")
BESIDE_EXPORTS = {"platform.toml", "truth"}  # a sample's truth is never read
ROW_NUMBER = "row_number"
_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class ExportFile:
    """A file of one contract. `name` is its path inside the exports folder."""

    table: Table
    path: Path
    name: str
    sha256: str
    size_bytes: int

    @property
    def is_parquet(self) -> bool:
        return self.path.suffix == ".parquet"


@dataclass(frozen=True)
class Malformed:
    """A CSV row whose number of fields is not that of the header."""

    row_number: int
    expected_fields: int
    found_fields: int


def find_files(exports: Path, table: Table) -> list[Path]:
    """Files of `table` in `exports`, by name; empty when there are none.

    Raises ExportError when the folder does not exist.
    """
    if not exports.is_dir():
        raise ExportError(
            f"{exports}: no such folder; put the exports there, or name another with --exports"
        )
    pattern = re.compile(rf"{table.name}([-_.].*)?", re.IGNORECASE)
    found = []
    for path in sorted(exports.iterdir()):
        if path.is_dir() and path.name.lower() == table.name:
            found += [file for file in sorted(path.rglob("*")) if _is_export(file)]
        elif _is_export(path) and pattern.fullmatch(_stem(path)):
            found.append(path)
    return found


def unrecognised(exports: Path, tables: Iterable[Table]) -> list[str]:
    """Names in `exports` that belong to no contract: a typing error would lose a whole export."""
    known = {path for table in tables for path in find_files(exports, table)}
    folders = {path.parent for path in known}
    return [
        path.name
        for path in sorted(exports.iterdir())
        if path not in known
        and path not in folders
        and path.name not in BESIDE_EXPORTS
        and not path.name.startswith((".", "~"))
    ]


def identify(exports: Path, table: Table, path: Path) -> ExportFile:
    """Hash a file, so that it is known by its content; raises ExportError when unreadable."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
        size = path.stat().st_size
    except OSError as error:
        raise ExportError(
            f"{path.name}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    return ExportFile(table, path, str(path.relative_to(exports)), digest.hexdigest(), size)


def header(file: ExportFile) -> list[str]:
    """Column names as they stand in the file; raises ExportError when there is no header."""
    try:
        if file.is_parquet:
            return pa_parquet.read_schema(file.path).names
        with pa_csv.open_csv(file.path, parse_options=_parse_options(lambda row: "skip")) as reader:
            return reader.schema.names
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(file, error) from error


def match_columns(file: ExportFile) -> dict[str, str]:
    """Contract column → header of the file; a header may be the column's name or Chinese label.

    Raises ExportError for a missing required column or a header that stands twice.
    """
    by_header = {}
    for name in header(file):
        key = name.strip().lstrip("\ufeff").lower()
        if key in by_header:
            raise ExportError(f"{file.name}: the header {name!r} stands twice; remove one of them")
        by_header[key] = name
    matched = {}
    for column in file.table.columns:
        for alias in (column.name, column.zh.lower()):
            if alias in by_header:
                matched[column.name] = by_header[alias]
                break
    missing = [name for name in file.table.required_names if name not in matched]
    if missing:
        column = file.table.column(missing[0])
        raise ExportError(
            f"{file.name}: the required column {column.name} ({column.zh}) is missing; "
            f"the header has {', '.join(list(by_header)[:12])}. Add it, or rename its header"
        )
    return matched


class CsvRows:
    """Rows of a CSV as text with `row_number`, in file order, streamed once.

    Rows with too few or too many fields are left out and stand in `malformed`. What stops the
    stream stands in `failure`, because an engine that pulls the stream loses the exception.
    One thread, so that row numbers are known.
    """

    def __init__(self, file: ExportFile, columns: list[str]) -> None:
        self.malformed: list[Malformed] = []
        self.failure: ExportError | None = None
        self._file = file
        self._columns = columns

    def reader(self) -> pa.RecordBatchReader:
        """The stream; raises ExportError while it is pulled when the file is not CSV."""
        fields = [pa.field(name, pa.string()) for name in self._columns]
        schema = pa.schema([*fields, pa.field(ROW_NUMBER, pa.int64())])
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        try:
            with pa_csv.open_csv(
                self._file.path,
                read_options=pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
                parse_options=_parse_options(self._skip),
                convert_options=pa_csv.ConvertOptions(
                    include_columns=self._columns,
                    column_types={name: pa.string() for name in self._columns},
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            ) as reader:
                yield from self._numbered(reader, schema)
        except (pa.ArrowException, OSError, EOFError) as error:
            self.failure = _unreadable(self._file, error)
            raise self.failure from error

    def _numbered(
        self, batches: Iterable[pa.RecordBatch], schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        position = 0  # data rows passed, malformed ones included
        passed = 0  # malformed rows already counted into position
        for batch in batches:
            # malformed rows up to the end of this batch are known before it is handed out
            last = position + batch.num_rows
            skipped = []
            while passed < len(self.malformed) and self.malformed[passed].row_number <= last:
                skipped.append(self.malformed[passed].row_number)
                passed += 1
                last += 1
            numbers = np.setdiff1d(np.arange(position + 1, last + 1), skipped, assume_unique=True)
            position = last
            columns = [*batch.columns, pa.array(numbers, pa.int64())]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    def _skip(self, row: pa_csv.InvalidRow) -> str:
        # Arrow counts the header as row 1
        self.malformed.append(Malformed(row.number - 1, row.expected_columns, row.actual_columns))
        return "skip"


def _parse_options(skip: Callable[[pa_csv.InvalidRow], str]) -> pa_csv.ParseOptions:
    return pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip)


def _unreadable(file: ExportFile, error: Exception) -> ExportError:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "UTF8" in first or "UTF-8" in first:
        mend = "save it as CSV UTF-8"
    elif "Empty CSV" in first:
        first, mend = "the file is empty", "export it again, or remove it"
    else:
        mend = "export it again"
    return ExportError(f"{file.name}: cannot be read as {file.table.name} ({first}); {mend}")


def _is_export(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith(SUFFIXES) and path.name[0] not in ".~"


def _stem(path: Path) -> str:
    name = path.name
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name
