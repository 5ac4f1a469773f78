"""Open a file with the reader of its format: the only module that imports every reader."""

from __future__ import annotations

from pathlib import Path

from assets.resources.readers.delimited.reader import CsvRows
from assets.resources.readers.file_format import Container, FileFormat
from assets.resources.readers.json_lines.reader import JsonRows
from assets.resources.readers.parquet_file.reader import ParquetRows
from assets.resources.readers.rows import ProgressCallback, Rows
from assets.resources.readers.workbook.reader import XlsxRows

_READERS: dict[Container, type[Rows]] = {
    Container.CSV: CsvRows,
    Container.JSON_LINES: JsonRows,
    Container.PARQUET: ParquetRows,
    Container.XLSX: XlsxRows,
}


def open_rows(
    path: Path, format_: FileFormat, *, name: str, on_progress: ProgressCallback | None = None
) -> Rows:
    """Open the file; raise ExportError when it has no usable header.

    `on_progress` is called with bytes read and bytes in total.
    """
    return _READERS[format_.container](path, format_, name, on_progress)
