"""The bytes of a file, unpacked, and what a damaged one may raise while it is read."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import Any

from assets.resources.inbox.file_format import FileFormat

# What reading a damaged or cut-off file may raise, gzip included.
BROKEN_FILE = (OSError, EOFError, zlib.error)
# zipfile says NotImplementedError for odd versions and RuntimeError for a password.
BROKEN_ZIP = (*BROKEN_FILE, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError)


def opened(path: Path, found: FileFormat) -> Any:
    """The file's bytes, unpacked."""
    return gzip.open(path, "rb") if found.gzipped else path.open("rb")
