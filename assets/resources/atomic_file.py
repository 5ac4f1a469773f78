"""Write a single file that every reader sees either as it was or as it is now."""

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
    """Put `content` at `path` in one step, on the disk before it returns; `replacing` says more."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as stream:
        stream.write(content)


@contextmanager
def replacing(path: Path, *, is_private: bool = False) -> Iterator[BinaryIO]:
    """A stream whose bytes stand at `path`, on the disk, once the block ends without an error.

    Raises OSError when it cannot, and leaves `path` as it was. What a killed process left of an
    earlier attempt is removed. `is_private`: for the owner alone, whatever the umask; else the
    folder's default rights decide, for people who pick up lists.
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


def remove_all_abandoned(folder: Path) -> None:
    """The same for every file of the folder."""
    for found in folder.glob(".*"):
        match = _OF_A_PROCESS.fullmatch(found.name)
        if match is not None and not _is_running(int(match[1])):
            found.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
