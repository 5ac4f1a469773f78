"""Change several tables of a lake as one, although no transaction spans them: an undo journal.

Before the first commit the journal notes the version of every table that may change and the text of
the small notes beside them; after the last commit it is removed, which is the one step that makes
the change final. Whoever takes the lake's write lock next and finds a journal goes back to what it
notes, by a commit that restores that version (Delta's history still has the files). So a change
that was cut off at any point, by a kill, a full disk or an error, leaves no trace, and what rows it
displaced is known from what was committed, never only from memory.

Belongs here: versions and notes. Does not: what a load writes, or in which order.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deltalake import DeltaTable

from assets.resources.atomic_file import write_atomically
from assets.resources.lakehouse.delta_commit import version_of
from assets.resources.lakehouse.safe_paths import is_odd, table_address

JOURNAL = "_journal.json"
_DROPPED = ".undone-"


@contextmanager
def all_or_nothing(root: Path, tables: Iterable[str], notes: Iterable[str] = ()) -> Iterator[None]:
    """Undo every change to `tables` and `notes` of the lake at `root` unless the block ends well.

    `tables`: folder names of Delta tables, existing or not. `notes`: relative paths of small text
    files. The caller holds the lake's write lock; nobody else commits to these tables meanwhile.
    """
    found = {
        "versions": {name: version_of(root / name) for name in tables},
        "notes": {name: _text(root / name) for name in notes},
    }
    write_atomically(root / JOURNAL, json.dumps(found, ensure_ascii=False).encode())
    try:
        yield
    except BaseException as error:
        try:
            undo(root)
        except Exception as failed:  # the next holder of the lock tries again
            error.add_note(f"going back to the state before it failed too: {failed}")
        raise
    (root / JOURNAL).unlink()


def undo(root: Path) -> bool:
    """Go back to what the journal of the lake at `root` notes; False where there is none.

    May be cut off and repeated at any point. The caller holds the lake's write lock.
    """
    path = root / JOURNAL
    for dropped in root.glob(f"{_DROPPED}*"):
        shutil.rmtree(dropped)
    if not path.is_file():
        return False
    found = json.loads(path.read_text("utf-8"))
    for name, version in found["versions"].items():
        restore(root / name, version)
    for name, text in found["notes"].items():
        if text is None:
            (root / name).unlink(missing_ok=True)
        elif _text(root / name) != text:
            write_atomically(root / name, text.encode())
    path.unlink()
    return True


def restore(path: Path, version: int) -> None:
    """Make the table at `path` hold again what it held at `version`; -1: it did not exist.

    Costs nothing where the table is at that version. The restored state is a new version.
    """
    if version < 0:
        if path.is_dir():
            # first out of sight in one step: a table whose log is half removed cannot be opened
            dropped = path.with_name(f"{_DROPPED}{path.name}")
            path.rename(dropped)
            shutil.rmtree(dropped)
    elif version_of(path) != version:
        # through a detour no file of rows is seen; those of a version are never removed before
        DeltaTable(table_address(path)).restore(version, ignore_missing_files=is_odd(path))


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None
