"""The bytes of a file, unpacked, and what a damaged one may raise while it is read."""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

from assets.resources.readers import limits
from assets.resources.readers.file_format import FileFormat
from data_contracts.system_errors import said_of

# What reading a damaged or cut-off file may raise, gzip included.
BROKEN_FILE = (OSError, EOFError, zlib.error)
# zipfile says NotImplementedError for odd versions and RuntimeError for a password.
BROKEN_ZIP = (*BROKEN_FILE, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError)


class SwollenError(OSError):
    """A gzip that unpacks to more than any export does."""


class _Unpacked(gzip.GzipFile):
    """Stops with SwollenError before a small file has filled the memory or the day."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        packed = os.fstat(self.fileno()).st_size
        self._most = max(limits.RATIO_COUNTS_FROM_BYTES, limits.MAX_COMPRESSION_RATIO * packed)

    def read(self, size: int | None = -1) -> bytes:
        return self._judged(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._judged(super().read1(size))

    def _judged(self, block: bytes) -> bytes:
        if self.tell() > self._most:
            raise SwollenError
        return block


def opened(path: Path, found: FileFormat) -> Any:
    """The file's bytes, unpacked."""
    return _Unpacked(path) if found.gzipped else path.open("rb")


def damage(error: BaseException) -> tuple[str, str]:
    """What is wrong with a file that raised one of BROKEN_FILE, in English and Chinese."""
    if isinstance(error, SwollenError):
        most = limits.MAX_COMPRESSION_RATIO
        return (
            f"unpacks to more than {most} times its size, as no export does; unpack it, look into "
            "it, and put the table alone here",
            f"解压后超过原大小的 {most} 倍，正常导出不会如此；请解压检查，只放入其中的表格",
        )
    if isinstance(error, EOFError):
        return (
            "ends in the middle; it was cut off on its way, copy it again",
            "文件不完整，传输时被截断；请重新复制",
        )
    if isinstance(error, gzip.BadGzipFile) and "Not a gzipped file" in str(error):
        return (
            "other bytes follow the end of its gzip; copy it again",
            "gzip 结尾之后还有其他字节；请重新复制",
        )
    if isinstance(error, zlib.error | gzip.BadGzipFile):
        return "its gzip is damaged; copy it again", "gzip 已损坏；请重新复制"
    if isinstance(error, PermissionError):
        return (
            "may not be read; give the user that runs Linli the right to",
            "没有读取权限；请授予运行 Linli 的用户读取权限",
        )
    said = said_of(error)
    return f"cannot be read ({said}); copy it again", f"无法读取（{said.zh}）；请重新复制"
