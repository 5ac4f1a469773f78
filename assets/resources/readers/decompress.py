"""Open the bytes of a file, decompressed, and describe why a damaged file cannot be read."""

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
# zipfile raises NotImplementedError for unknown versions and RuntimeError for a password.
BROKEN_ZIP = (*BROKEN_FILE, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError)


class DecompressionLimitError(OSError):
    """A gzip file decompresses to more than the limit for exports."""


class _LimitedGzip(gzip.GzipFile):
    """Raise DecompressionLimitError before a small file fills memory or disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        packed = os.fstat(self.fileno()).st_size
        self._most = max(limits.RATIO_COUNTS_FROM_BYTES, limits.MAX_COMPRESSION_RATIO * packed)

    def read(self, size: int | None = -1) -> bytes:
        return self._within_limit(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._within_limit(super().read1(size))

    def _within_limit(self, block: bytes) -> bytes:
        if self.tell() > self._most:
            raise DecompressionLimitError
        return block


def open_decompressed(path: Path, format_: FileFormat) -> Any:
    """Open the file as a stream of decompressed bytes."""
    return _LimitedGzip(path) if format_.gzipped else path.open("rb")


def damage(error: BaseException) -> tuple[str, str]:
    """Describe a file that raised one of BROKEN_FILE, in English and Chinese."""
    if isinstance(error, DecompressionLimitError):
        most = limits.MAX_COMPRESSION_RATIO
        return (
            f"decompresses to more than {most} times its size, which no export does; decompress "
            "it, check it, and put only the table here",
            f"解压后超过原大小的 {most} 倍，正常导出不会如此；请解压检查，只放入其中的表格",
        )
    if isinstance(error, EOFError):
        return (
            "is incomplete: it was cut off during transfer; copy it again",
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
            "cannot be read; give the user that runs Linli read permission",
            "没有读取权限；请授予运行 Linli 的用户读取权限",
        )
    said = said_of(error)
    return f"cannot be read ({said}); copy it again", f"无法读取（{said.zh}）；请重新复制"
