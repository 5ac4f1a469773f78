"""Detect the format of a file: container, compression, encoding, separator, header row.

The format is detected from the content, never from the name. The evidence is reported, so that a
wrong guess is visible and can be overridden (`platform.toml` [[files]], or options of `linli
check`).
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

from assets.resources.readers.decompress import BROKEN_FILE, damage
from assets.resources.readers.delimited.sniff import (
    SAMPLE_BYTES,
    decoded,
    is_json,
    sniff_encoding,
    sniff_layout,
    title_rows_note,
)
from assets.resources.readers.file_format import Container, FileFormat, FormatOverride, SheetPart
from assets.resources.readers.workbook.sheets import SheetPreview, pick_sheets, preview_sheets
from assets.resources.readers.workbook.size_guard import validate_workbook_size
from data_contracts.errors import ExportError
from data_contracts.messages import Bilingual

_GZIP = b"\x1f\x8b"
# PDF, compress, 7z, RAR, Zstandard, PNG, JPEG, GIF, SQLite
_BINARY_SIGNATURES = (
    b"%PDF", b"\x1f\x9d", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd", b"\x89PNG", b"\xff\xd8\xff",
    b"GIF8", b"SQLite format 3\0",
)  # fmt: skip


def detect(path: Path, override: FormatOverride | None = None) -> FileFormat:
    """Detect the format of the file at `path`.

    Reads at most the first MiB; of a workbook, every part. Raises ExportError with a remedy.
    """
    stated = override or FormatOverride()
    name = path.name
    head, gzipped = _head(path)
    if not head:
        raise ExportError(
            f"{name}: the file is empty; export it again, or remove it",
            f"{name}：文件为空；请重新导出，或删除它",
        )
    if gzipped and head.startswith(_GZIP):
        raise ExportError(
            f"{name}: a gzip inside a gzip; decompress it once",
            f"{name}：用 gzip 压缩了两次；请先解压一次",
        )
    if head.startswith(b"PAR1"):
        if gzipped:
            raise ExportError(
                f"{name}: gzip-compressed Parquet is not supported; decompress it",
                f"{name}：不支持 gzip 压缩的 Parquet；请先解压",
            )
        return FileFormat(
            Container.PARQUET, evidence=(Bilingual("begins with PAR1", "以 PAR1 开头"),)
        )
    if head.startswith(b"PK\x03\x04"):
        if gzipped:
            raise ExportError(
                f"{name}: gzip-compressed XLSX is not supported; decompress it",
                f"{name}：不支持 gzip 压缩的 XLSX；请先解压",
            )
        return _xlsx(path, stated)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise ExportError(
            f"{name}: an old or encrypted Excel file; save it as .xlsx without password",
            f"{name}：是旧版或加密的 Excel 文件；请取消密码并另存为 .xlsx",
        )
    if head.startswith(_BINARY_SIGNATURES):
        raise ExportError(
            f"{name}: not a text table; export it as CSV or XLSX",
            f"{name}：不是文本表格；请导出为 CSV 或 XLSX",
        )
    encoding, evidence = sniff_encoding(head, name, stated)
    evidence = (*(("gzip",) if gzipped else ()), *evidence)
    text = decoded(head, encoding)
    start = text.lstrip("\ufeff \t\r\n")[:200].lower()
    if start.startswith(("<!doctype", "<html", "<table", "<?xml", "<meta")):
        raise ExportError(
            f"{name}: a web page with a wrong extension; open it and save it as .xlsx or CSV UTF-8",
            f"{name}：实际是网页，只是改了扩展名；请打开后另存为 .xlsx 或 CSV UTF-8",
        )
    if is_json(text):
        return FileFormat(
            Container.JSON_LINES,
            gzipped,
            encoding,
            evidence=(*evidence, Bilingual("begins as JSON", "以 JSON 开头")),
        )
    layout = sniff_layout(text, stated)
    return FileFormat(
        Container.CSV,
        gzipped,
        encoding,
        layout.delimiter,
        header_row=layout.header_row,
        trailing=layout.trailing,
        evidence=(*evidence, *layout.evidence),
    )


def _head(path: Path) -> tuple[bytes, bool]:
    try:
        with path.open("rb") as stream:
            head = stream.read(SAMPLE_BYTES)
        if not head.startswith(_GZIP):
            return head, False
        with gzip.open(path, "rb") as packed:
            return packed.read(SAMPLE_BYTES), True
    except BROKEN_FILE as error:
        # a truncated gzip still has a readable start; reading it in full reports the damage
        partial = _partial_gzip(path)
        if partial:
            return partial, True
        english, chinese = damage(error)
        raise ExportError(f"{path.name}: {english}", f"{path.name}：{chinese}") from error


def _partial_gzip(path: Path) -> bytes:
    content = bytearray()
    try:
        with gzip.open(path, "rb") as packed:
            while block := packed.read(4096):
                content += block
                if len(content) >= SAMPLE_BYTES:
                    break
    except BROKEN_FILE:
        pass
    return bytes(content)


def _xlsx(path: Path, stated: FormatOverride) -> FileFormat:
    validate_workbook_size(path)
    sheets_seen = preview_sheets(path, stated.header_row)
    sheets = pick_sheets(path, sheets_seen, stated.sheet)
    names = {sheet.name for sheet in sheets}
    unread = tuple(sheet.label for sheet in sheets_seen if sheet.name not in names)
    return workbook_format(sheets, unread)


def workbook_format(sheets: Sequence[SheetPreview], unread: Sequence[str]) -> FileFormat:
    """Build the format of a workbook whose `sheets` are read one after the other."""
    first, *more = sheets
    read = " + ".join(sheet.name for sheet in sheets)
    said: list[str] = [Bilingual(f"a workbook; sheet {read}", f"工作簿；工作表 {read}")]
    if unread:
        said.append(
            Bilingual(f"not read: sheet {', '.join(unread)}", f"未读取：工作表 {'、'.join(unread)}")
        )
    if first.header_row > 1:
        said.append(title_rows_note(first.header_row))
    return FileFormat(
        Container.XLSX,
        sheet=first.name,
        header_row=first.header_row,
        parts=tuple(SheetPart(sheet.name, sheet.header_row) for sheet in more),
        unread=tuple(unread),
        evidence=tuple(said),
    )
