"""Allow one run at a time in a home: a writer holds its lock, and a waiting command names the
holder.

    home/.run.lock    the holder: process, command, day; written when it is taken

The lock is released with its process. Taking it again in the same process does nothing, so that a
command may run a job whose resource takes it too. Commands that only read do not take it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from data_contracts.errors import LinliError
from data_contracts.system_errors import said_of

LOCK = ".run.lock"
_LOOK_EVERY_SECONDS = 0.25
_SAY_AGAIN_AFTER_SECONDS = 60
_HELD: set[tuple[int, str]] = set()  # by process, since a fork copies it


@dataclass(frozen=True)
class Holder:
    """The holder of the lock. `since`: the time of the file, so that no clock is read."""

    pid: int
    command: str
    day: str
    since: datetime

    @property
    def message(self) -> str:
        day = f" of {self.day}" if self.day else ""
        return f"{self.command}{day} (process {self.pid}), under way since {self._since}"

    @property
    def message_zh(self) -> str:
        day = f"（{self.day}）" if self.day else ""
        return f"{self.command}{day}，进程 {self.pid}，自 {self._since} 起运行"

    @property
    def _since(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M:%S}"


@contextmanager
def one_run(
    root: Path,
    command: str,
    day: str = "",
    *,
    report: Callable[[str], None],
    is_reading: bool = False,
) -> Iterator[None]:
    """Hold the lock of the home `root` for `command`; wait while another process holds it.

    `report` receives a message at once when it has to wait, and again every minute. `is_reading`:
    the command changes nothing in the home; where the home is read-only it takes a shared lock.
    Raises LinliError when a writing command cannot write there.
    """
    key = (os.getpid(), os.path.realpath(root))
    if key in _HELD:
        yield
        return
    with _opened_to_read(root) if is_reading and _is_read_only(root) else _opened(root) as lock:
        _wait(root, lock, report)
        _write(lock, {"pid": os.getpid(), "command": command, "day": day})
        _HELD.add(key)
        try:
            yield
        finally:
            _HELD.discard(key)
            _write(lock, {})


def is_free(root: Path) -> bool:
    """Return whether no process holds the lock of `root` at this moment."""
    path = root / LOCK
    if not path.is_file():
        return True
    with path.open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def current_holder(root: Path) -> Holder | None:
    """Return the holder of the lock of `root` according to its file; None without one."""
    path = root / LOCK
    try:
        said = json.loads(path.read_text("utf-8"))
        since = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        return Holder(said["pid"], said["command"], said["day"], since)
    except (OSError, ValueError, KeyError):
        return None  # just taken or just released


def _wait(root: Path, lock: TextIO | None, report: Callable[[str], None]) -> None:
    if lock is None:  # no command has written here yet
        return
    said: Holder | None = None
    looks = 0
    kind = fcntl.LOCK_EX if lock.writable() else fcntl.LOCK_SH
    while True:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = current_holder(root)
            is_due = looks * _LOOK_EVERY_SECONDS >= _SAY_AGAIN_AFTER_SECONDS
            if holder is not None and (holder != said or is_due):
                report(f"waiting for {holder.message}; ctrl-C stops waiting")
                report(f"等待中：{holder.message_zh}；按 ctrl-C 放弃")
                said, looks = holder, 0
            looks += 1
            time.sleep(_LOOK_EVERY_SECONDS)


@contextmanager
def _opened(root: Path) -> Iterator[TextIO]:
    try:
        root.mkdir(parents=True, exist_ok=True)
        opened = os.open(root / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LinliError(
            f"{root}: cannot be written ({said_of(error)}); choose another folder with LINLI_HOME",
            f"{root}：无法写入（{said_of(error).zh}）；请用 LINLI_HOME 指定其他目录",
        ) from error
    with os.fdopen(opened, "r+", encoding="utf-8") as lock:
        yield lock


def _is_read_only(root: Path) -> bool:
    """Return whether the lock file can neither be written nor created."""
    path = root / LOCK
    return root.is_dir() and not os.access(path if path.exists() else root, os.W_OK)


@contextmanager
def _opened_to_read(root: Path) -> Iterator[TextIO | None]:
    """Open the existing lock file; yield None without one."""
    try:
        lock = (root / LOCK).open("r", encoding="utf-8")
    except FileNotFoundError:
        yield None
        return
    with lock:
        yield lock


def _write(lock: TextIO | None, said: dict[str, object]) -> None:
    if lock is None or not lock.writable():
        return
    lock.seek(0)
    lock.truncate()
    json.dump(said, lock)
    lock.flush()
