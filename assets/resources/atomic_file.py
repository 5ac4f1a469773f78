"""Write a single file that every reader sees either as it was or as it is now."""

from __future__ import annotations

import glob
import os
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step, on the disk before it returns.

    Raises OSError when it cannot, and leaves `path` as it was. What a killed process left of an
    earlier attempt is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Make the disk hold what was written: a power cut must not leave a link to an empty file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_abandoned(path: Path) -> None:
    """Remove the temporary files of `path`, `.name.process…`, whose process is gone."""
    prefix = f".{path.name}."
    for found in path.parent.glob(f"{glob.escape(prefix)}*"):
        process = found.name.removeprefix(prefix).partition(".")[0]
        if process.isdigit() and not _is_running(int(process)):
            found.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
