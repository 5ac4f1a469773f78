"""Files that only their owner may read: written whole or not at all, and folders of one's own.

What is not finished has a name by which the next writer knows it and removes it. A folder of one's
own is locked while its process lives; one that a killed process left is swept.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from assets.resources.atomic_file import PRIVATE, remove_all_abandoned, replacing

_UNFINISHED = ".unfinished"
_OWN = "own-"
FOLDER_MODE, FILE_MODE = 0o700, PRIVATE
_KEPT_FROM_OTHERS = 0o077


def keep_private() -> int:
    """Let nobody but the owner read what this process and its children write from here on; returns
    the mask that was set before."""
    return os.umask(_KEPT_FROM_OTHERS)


def private_folder(path: Path) -> Path:
    """Make the folder, or take others' rights to it away."""
    path.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    if path.stat().st_mode & _KEPT_FROM_OTHERS:
        path.chmod(FOLDER_MODE)
    return path


def written(path: Path) -> AbstractContextManager[BinaryIO]:
    """A stream whose bytes stand at `path`, for the owner alone, once the block ends well."""
    return replacing(path, is_private=True)


def put_new(path: Path, content: bytes) -> None:
    """Put a file where none was: it appears whole or not at all.

    Where the file system knows files without a name, a process that is killed leaves nothing; else
    what it leaves is called `unfinished(path)`. Raises FileExistsError.
    """
    if not _put_nameless(path, content):
        with _opened_new(unfinished(path)) as stream:
            _fill(stream, content)
        try:
            os.link(unfinished(path), path)
        finally:
            unfinished(path).unlink()


def _put_nameless(path: Path, content: bytes) -> bool:
    """The same by a file without a name; False where that cannot be made."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        opened = os.open(path.parent, os.O_WRONLY | os.O_TMPFILE, FILE_MODE)
        with os.fdopen(opened, "wb") as stream:
            _fill(stream, content)
            # the folder's number makes Python call linkat, which follows the link
            os.link(f"/proc/self/fd/{opened}", path, src_dir_fd=folder, follow_symlinks=True)
        os.fsync(folder)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return False
    finally:
        os.close(folder)
    return True


def _opened_new(path: Path) -> BinaryIO:
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb")


def _fill(stream: BinaryIO, content: bytes) -> None:
    os.fchmod(stream.fileno(), FILE_MODE)
    stream.write(content)
    stream.flush()
    os.fsync(stream.fileno())


def unfinished(path: Path) -> Path:
    """Where a file is written before it stands at `path`."""
    return path.with_name(f".{path.name}{_UNFINISHED}")


def sweep_unfinished(folder: Path) -> None:
    """Remove what a killed process had begun to write in `folder`; call it where nobody writes."""
    remove_all_abandoned(folder)
    for path in folder.glob(f".*{_UNFINISHED}"):
        path.unlink(missing_ok=True)


@contextmanager
def own_folder(scratch: Path) -> Iterator[Path]:
    """An empty folder under `scratch` for this block alone; gone, with all in it, afterwards. Those
    that killed processes left are removed first. Where the disk can only be read it lies in the
    system's folder for temporary files."""
    try:
        private_folder(scratch)
        for path in scratch.glob(f"{_OWN}*"):
            _remove_abandoned(path)
        folder, descriptor = _own(scratch)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        with tempfile.TemporaryDirectory(prefix="linli-") as elsewhere:
            yield Path(elsewhere)
        return
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _own(scratch: Path) -> tuple[Path, int]:
    """A new folder and the descriptor that holds its lock; made again where somebody took it for
    abandoned before it was locked."""
    while True:
        folder = scratch / f"{_OWN}{os.getpid()}-{secrets.token_hex(4)}"
        folder.mkdir(mode=FOLDER_MODE)
        with suppress(FileNotFoundError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder, descriptor
            os.close(descriptor)


def sweep(scratch: Path) -> None:
    """Remove from `scratch` all that killed processes left; folders of living ones stay.

    Call it where nobody else works under another name in `scratch`.
    """
    if not scratch.is_dir():
        return
    private_folder(scratch)
    for path in scratch.iterdir():
        if not path.is_dir() or path.is_symlink():
            path.unlink(missing_ok=True)
        elif path.name.startswith(_OWN):
            _remove_abandoned(path)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove the folder unless a living process holds its lock; nobody can take it meanwhile."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # gone meanwhile, or somebody else's
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)
