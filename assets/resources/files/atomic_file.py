"""Replace a single file atomically: a reader sees the old content or the new."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PRIVATE, _AS_THE_FOLDER_SAYS = 0o600, 0o666
_OF_A_PROCESS = re.compile(r"\..+\.(\d+)")


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at `path` by `content` in one step and sync it; see `atomic_writer`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_writer(path) as stream:
        stream.write(content)


@contextmanager
def atomic_writer(path: Path, *, is_private: bool = False) -> Iterator[BinaryIO]:
    """Yield a stream whose bytes replace `path`, synced to disk, when the block ends without an
    error.

    Raises OSError on failure and leaves `path` unchanged. Temporary files of killed processes are
    removed first. `is_private`: mode 600 regardless of the umask; otherwise the default mode of the
    folder, for people who pick up lists.
    """
    remove_abandoned(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    mode = PRIVATE if is_private else _AS_THE_FOLDER_SAYS
    opened = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(opened, "wb") as stream:
            if is_private:
                os.fchmod(stream.fileno(), PRIVATE)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Flush to disk: after a power failure no link may point to an empty file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_abandoned(path: Path) -> None:
    """Remove temporary files of `path` (`.name.process…`) whose process has ended."""
    prefix = f".{path.name}."
    for temporary in path.parent.glob(f"{glob.escape(prefix)}*"):
        process = temporary.name.removeprefix(prefix).partition(".")[0]
        if process.isdigit() and not _is_running(int(process)):
            temporary.unlink(missing_ok=True)


def remove_all_abandoned(folder: Path) -> None:
    """Remove such temporary files of every file in the folder."""
    for temporary in folder.glob(".*"):
        match = _OF_A_PROCESS.fullmatch(temporary.name)
        if match is not None and not _is_running(int(match[1])):
            temporary.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
