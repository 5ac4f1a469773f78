"""Folders whose names the engine or the table format would read as something else.

DuckDB takes `* ? [` for patterns and a backslash for a separator, Dagster's store takes `?` for the
end of a file's name, and delta-rs makes an address of a table's folder and cannot name one with
`[ ] ^ | \\` or what looks like a percent code. Linux allows all of them, and people use them.

Two detours, both in a temporary folder that goes with the process, and both nothing but links:

- `plain(path, root)`: the same place through a link to `root`, for whoever opens what it is told;
- `table_address(path)`: a folder that holds a link to the table's log and nothing else, because
  delta-rs resolves links before it makes its address. Through it the log is read and committed to;
  files of rows are written by us (`odd_tables`).
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOG = "_delta_log"
_READ_OTHERWISE = re.compile(r"[*?\[\]\\%#^|{}]")
_NO_ADDRESS = re.compile(r"[\[\]^|\\]|%[0-9A-Fa-f]{2}")
_PREFIX = "of-linli-"  # with the process: what is called linli-… is removed after a day
_LINKS: dict[tuple[int, str, str], Path] = {}  # by process, since a fork copies them


def plain(path: Path, root: Path) -> Path:
    """`path`, which lies in the folder `root`, under a name that nobody reads otherwise."""
    if not _READ_OTHERWISE.search(str(root)) or not root.is_dir():
        return path
    return _linked(root, "") / path.relative_to(root)


def is_odd(path: Path) -> bool:
    """Whether delta-rs cannot name the table's folder `path`."""
    return _NO_ADDRESS.search(os.path.realpath(path)) is not None


def table_address(path: Path, *, is_new: bool = False) -> str:
    """What to give delta-rs for the table in the folder `path`. `is_new`: it is to be made now."""
    if not is_odd(path):
        return str(path)
    if is_new:
        (path / LOG).mkdir(parents=True, exist_ok=True)
    return str(_linked(Path(os.path.realpath(path)) / LOG, LOG).parent)


@contextmanager
def built_elsewhere(target: Path) -> Iterator[Path]:
    """Where to build a single file that is to stand at `target` afterwards: there, or, where the
    folder's name is read otherwise even through a link, in a temporary folder."""
    if not _READ_OTHERWISE.search(str(target)):
        yield target
        return
    with tempfile.TemporaryDirectory(prefix="linli-") as folder:
        place = Path(folder) / "built"
        yield place
        shutil.copyfile(place, target)


def pattern_of(path: Path) -> str:
    """`path` as the engine's pattern that matches it alone.

    With a backslash, which a pattern cannot hold, it is the path itself: what exists is no pattern.
    """
    if "\\" in str(path):
        return str(path)
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def _remove_of_the_dead() -> None:
    """Remove the links that processes of this user left which were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            if folder.lstat().st_uid == os.getuid() and pid.isdigit():
                os.kill(int(pid), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def _linked(target: Path, name: str) -> Path:
    """A link to `target` in a folder of its own, made once per process."""
    key = (os.getpid(), os.path.realpath(target), name)
    if key not in _LINKS:
        _remove_of_the_dead()
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        link = folder / (name or "home")
        link.symlink_to(key[1], target_is_directory=True)
        _LINKS[key] = link
    return _LINKS[key]
