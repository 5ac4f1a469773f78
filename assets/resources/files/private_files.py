"""Create files and folders that only their owner may read.

Unfinished files have a recognisable name, and the next writer removes them. A scratch folder is
locked while its process lives; folders of killed processes are removed.
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

from assets.resources.files.atomic_file import PRIVATE, atomic_writer, remove_all_abandoned

_UNFINISHED = ".unfinished"
_OWN = "own-"
FOLDER_MODE, FILE_MODE = 0o700, PRIVATE
_KEPT_FROM_OTHERS = 0o077


def set_private_umask() -> int:
    """Make files of this process and its children private; return the previous umask."""
    return os.umask(_KEPT_FROM_OTHERS)


def private_folder(path: Path) -> Path:
    """Create the folder, or remove other users' access to it."""
    path.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    if path.stat().st_mode & _KEPT_FROM_OTHERS:
        path.chmod(FOLDER_MODE)
    return path


def private_writer(path: Path) -> AbstractContextManager[BinaryIO]:
    """Yield a stream that replaces `path` with mode 600 when the block succeeds."""
    return atomic_writer(path, is_private=True)


def put_new(path: Path, content: bytes) -> None:
    """Create a new file: it appears complete or not at all.

    On file systems with unnamed temporary files a killed process leaves nothing; otherwise it
    leaves `unfinished_path(path)`. Raises FileExistsError.
    """
    if not _put_nameless(path, content):
        with _opened_new(unfinished_path(path)) as stream:
            _fill(stream, content)
        try:
            os.link(unfinished_path(path), path)
        finally:
            unfinished_path(path).unlink()


def _put_nameless(path: Path, content: bytes) -> bool:
    """Create the file from an unnamed temporary file; return False where that is unsupported."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        opened = os.open(path.parent, os.O_WRONLY | os.O_TMPFILE, FILE_MODE)
        with os.fdopen(opened, "wb") as stream:
            _fill(stream, content)
            # passing the folder descriptor makes Python call linkat, which follows the link
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


def unfinished_path(path: Path) -> Path:
    """Return where a file is written before it is moved to `path`."""
    return path.with_name(f".{path.name}{_UNFINISHED}")


def sweep_unfinished(folder: Path) -> None:
    """Remove unfinished files in `folder`; call it only when no process writes there."""
    remove_all_abandoned(folder)
    for path in folder.glob(f".*{_UNFINISHED}"):
        path.unlink(missing_ok=True)


@contextmanager
def scratch_folder(scratch: Path) -> Iterator[Path]:
    """Yield an empty private folder under `scratch`, removed when the block ends.

    Folders of killed processes are removed first. On a read-only disk the temporary folder of the
    system is used.
    """
    try:
        private_folder(scratch)
        for path in scratch.glob(f"{_OWN}*"):
            _remove_abandoned(path)
        folder, descriptor = _create_locked_folder(scratch)
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


def _create_locked_folder(scratch: Path) -> tuple[Path, int]:
    """Create a folder and lock it; retry when another process removed it before it was locked."""
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
    """Remove everything in `scratch` except the folders of living processes.

    Call it only when no process uses other names in `scratch`.
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
    """Remove the folder unless a living process holds its lock."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # already removed, or owned by another user
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)
