"""Change several tables of a lake atomically with an undo journal, since no transaction spans them.

Before the first commit the journal records the version of every table that may change and the text
of the small note files. After the last commit it is removed, and that one step makes the change
final. The next holder of the write lock that finds a journal restores the recorded versions with a
commit (the history of Delta still has the files). A change interrupted at any point, by a kill, a
full disk or an error, leaves no trace, and the rows it displaced are derived from commits, never
only from memory.

Contains: versions and notes. Not here: what a load writes, or in which order.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deltalake import DeltaTable

from assets.resources.files.atomic_file import write_atomically
from assets.resources.lakehouse.delta_commit import version_of
from assets.resources.lakehouse.safe_paths import is_unaddressable, table_address

JOURNAL = "_journal.json"
_DROPPED = ".undone-"


@contextmanager
def all_or_nothing(root: Path, tables: Iterable[str], notes: Iterable[str] = ()) -> Iterator[None]:
    """Undo every change to `tables` and `notes` of the lake at `root` unless the block succeeds.

    `tables`: folder names of Delta tables, existing or not. `notes`: relative paths of small text
    files. The caller holds the write lock of the lake, so that no other process commits to these
    tables.
    """
    recorded = {
        "versions": {name: version_of(root / name) for name in tables},
        "notes": {name: _text(root / name) for name in notes},
    }
    write_atomically(root / JOURNAL, json.dumps(recorded, ensure_ascii=False).encode())
    try:
        yield
    except BaseException as error:
        try:
            undo(root)
        except Exception as failed:  # the next holder of the lock tries again
            error.add_note(f"restoring the previous state failed too: {failed}")
        raise
    (root / JOURNAL).unlink()


def undo(root: Path) -> bool:
    """Restore what the journal of the lake at `root` records; return False without a journal.

    Can be interrupted and repeated at any point. The caller holds the write lock of the lake.
    """
    path = root / JOURNAL
    for dropped in root.glob(f"{_DROPPED}*"):
        shutil.rmtree(dropped)
    if not path.is_file():
        return False
    recorded = json.loads(path.read_text("utf-8"))
    for name, version in recorded["versions"].items():
        restore_version(root / name, version)
    for name, text in recorded["notes"].items():
        if text is None:
            (root / name).unlink(missing_ok=True)
        elif _text(root / name) != text:
            write_atomically(root / name, text.encode())
    path.unlink()
    return True


def restore_version(path: Path, version: int) -> None:
    """Restore the table at `path` to its content at `version`; -1: it did not exist.

    Does nothing when the table is at that version. The restored state is a new version.
    """
    if version < 0:
        if path.is_dir():
            # hidden first in one step: a table whose log is partly removed cannot be opened
            dropped = path.with_name(f"{_DROPPED}{path.name}")
            path.rename(dropped)
            shutil.rmtree(dropped)
    elif version_of(path) != version:
        # data files are not visible through a link; those of this version still exist
        DeltaTable(table_address(path)).restore(
            version, ignore_missing_files=is_unaddressable(path)
        )


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None
