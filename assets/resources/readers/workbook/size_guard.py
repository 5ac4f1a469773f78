"""Refuse a workbook that takes too much memory or time to open: a tiny file may fill memory.

A sheet is opened as the rectangle around all its cells, each with its own text: one cell in the
farthest corner, or one long text repeated on every row, is enough. So the workbook is first read in
a child process under limits (`trial_read`), which also ends there if the library crashes.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

from assets.resources.readers import limits
from assets.resources.readers.decompress import BROKEN_ZIP
from assets.resources.readers.workbook import trial_read
from data_contracts.errors import ExportError
from data_contracts.system_errors import said_of

_IS_ENCRYPTED = 0x1
_OUT_OF_MEMORY = {trial_read.OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGKILL}


def validate_workbook_size(path: Path) -> None:
    """Raise ExportError for a damaged workbook, or one larger than people create."""
    try:
        with zipfile.ZipFile(path) as book:
            _validate_entries(book, path)
    except BROKEN_ZIP as error:
        raise ExportError(
            f"{path.name}: a damaged workbook ({said_of(error)}); save it again",
            f"{path.name}：工作簿已损坏（{said_of(error).zh}）；请重新保存",
        ) from error
    arguments = (path.resolve(), limits.MAX_WORKBOOK_BYTES, limits.MAX_WORKBOOK_CPU_SECONDS)
    # -I: nothing of the current folder is imported
    trial = subprocess.run(
        [sys.executable, "-I", trial_read.__file__, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    refusal = workbook_refusal(trial.returncode, path.name)
    if refusal is not None:
        raise refusal


def workbook_refusal(returncode: int, name: str) -> ExportError | None:
    """Return the error for the exit code of a trial; None when the workbook `name` fits.

    >>> print(workbook_refusal(0, "a.xlsx"))
    None
    """
    if returncode == 0:
        return None
    if returncode in _OUT_OF_MEMORY:
        most = f"{limits.MAX_WORKBOOK_BYTES / (1 << 30):.3g} GiB"
        return ExportError(
            f"{name}: takes more than {most} of memory to open: cells far outside the table, a "
            "long text repeated on every row, or too many rows; delete what lies outside the "
            "table, or export it as CSV",
            f"{name}：打开时占用内存超过 {most}：表格之外很远处有单元格，很长的文本逐行重复，"
            "或行数过多；请删除表格以外的内容，或导出为 CSV",
        )
    if returncode == -signal.SIGXCPU:
        return ExportError(
            f"{name}: takes more than {limits.MAX_WORKBOOK_CPU_SECONDS} seconds to open; export it "
            "as CSV",
            f"{name}：打开用时超过 {limits.MAX_WORKBOOK_CPU_SECONDS} 秒；请导出为 CSV",
        )
    return ExportError(
        f"{name}: a damaged workbook (it ends the program that opens it); save it again",
        f"{name}：工作簿已损坏（会使打开它的程序中止）；请重新保存",
    )


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
