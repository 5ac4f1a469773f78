"""Access folders whose names the engine or the table format would misinterpret.

DuckDB reads `* ? [` as patterns and a backslash as a separator, the storage of Dagster reads `?` as
the end of a file name, and delta-rs builds a URL from the folder of a table and cannot address one
with `[ ] ^ | \\` or a percent code. Linux allows all of them, and people use them.

Two workarounds use links in a temporary folder that is removed with the process:

- `safe_path(path, root)`: the same place through a link to `root`, for code that opens a path;
- `table_address(path)`: a folder that contains only a link to the log of the table, because
  delta-rs resolves links before it builds its URL. The log is read and committed through it; data
  files are written by `table_writer`.
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
_SPECIAL_CHARACTERS = re.compile(r"[*?\[\]\\%#^|{}]")
_UNADDRESSABLE = re.compile(r"[\[\]^|\\]|%[0-9A-Fa-f]{2}")
_PREFIX = "of-linli-"  # followed by the process id; folders named linli-… are removed after a day
_LINKS: dict[tuple[int, str, str], Path] = {}  # by process, since a fork copies them


def safe_path(path: Path, root: Path) -> Path:
    """Return `path`, which is in the folder `root`, under a name without special characters."""
    if not _SPECIAL_CHARACTERS.search(str(root)) or not root.is_dir():
        return path
    return _link_to(root, "") / path.relative_to(root)


def is_unaddressable(path: Path) -> bool:
    """Return whether delta-rs cannot address the table folder `path`."""
    return _UNADDRESSABLE.search(os.path.realpath(path)) is not None


def table_address(path: Path, *, is_new: bool = False) -> str:
    """Return the address of the table at `path` for delta-rs. `is_new`: the table is about to be
    created.
    """
    if not is_unaddressable(path):
        return str(path)
    if is_new:
        (path / LOG).mkdir(parents=True, exist_ok=True)
    return str(_link_to(Path(os.path.realpath(path)) / LOG, LOG).parent)


@contextmanager
def built_at_safe_path(target: Path) -> Iterator[Path]:
    """Yield where to build the file `target`: there, or in a temporary folder.

    The temporary folder is used when the folder name would be misinterpreted even through a link.
    """
    if not _SPECIAL_CHARACTERS.search(str(target)):
        yield target
        return
    with tempfile.TemporaryDirectory(prefix="linli-") as folder:
        place = Path(folder) / "built"
        yield place
        shutil.copyfile(place, target)


def literal_pattern(path: Path) -> str:
    """Return the pattern of the engine that matches only `path`.

    With a backslash, which a pattern cannot contain, it is the path itself: an existing path is not
    treated as a pattern.
    """
    if "\\" in str(path):
        return str(path)
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def _remove_abandoned_links() -> None:
    """Remove the links left by killed processes of this user."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            if folder.lstat().st_uid == os.getuid() and pid.isdigit():
                os.kill(int(pid), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def _link_to(target: Path, name: str) -> Path:
    """Return a link to `target` in its own folder, created once per process."""
    key = (os.getpid(), os.path.realpath(target), name)
    if key not in _LINKS:
        _remove_abandoned_links()
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        link = folder / (name or "home")
        link.symlink_to(key[1], target_is_directory=True)
        _LINKS[key] = link
    return _LINKS[key]
