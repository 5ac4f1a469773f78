"""Small lakes for tests: write exports as files, load them the way a run does, open a session."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from assets.ingest.identify_inbox import identify_inbox
from assets.ingest.load import load
from assets.ingest.match.identify_file import export_of_name
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.vault.keys import PseudonymKey
from data_contracts.exports import BY_NAME, ORDERS
from data_contracts.stored_tables import STORED_TABLES

TEST_KEY = "of the tests, known to everybody"


def give_key(home: Path) -> None:
    """Lay the tests' key where a home looks for its own."""
    path = home / "vault" / "pseudonym.key"
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_text(TEST_KEY, "ascii")
    path.chmod(0o600)


def named(user_id: str) -> str:
    """The pseudonym of a user id in homes of the tests."""
    return PseudonymKey(TEST_KEY.encode()).pseudonym(user_id)


def write_export(
    folder: Path, name: str, header: Sequence[str], rows: Sequence[Sequence[object]]
) -> Path:
    """Write `name`.csv as an operator's tool would: header, commas, quotes where needed."""
    import csv

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def home_with(
    tmp_path: Path, files: Mapping[str, tuple[Sequence[str], Sequence[Sequence[object]]]]
) -> LinliHome:
    """A home whose lake holds the given exports, loaded through ingest."""
    exports = tmp_path / "exports"
    for name, (header, rows) in files.items():
        write_export(exports, name, header, rows)
    home = home_at(tmp_path, exports)
    ingest(home)
    return home


def home_at(tmp_path: Path, exports: Path) -> LinliHome:
    """A home for `exports` that names people as every other home of the tests does."""
    return LinliHome(
        home=str(tmp_path / "home"),
        exports=str(exports),
        threads=1,
        given_pseudonym_key=TEST_KEY,
    )


def copy_of(home: LinliHome, tmp_path: Path) -> LinliHome:
    """A home as it stands, with its exports, for one test to change: to copy what is loaded takes a
    hundredth of loading it."""
    moved = {name: str(tmp_path / name) for name in ("home", "exports")}
    other = replace(home, **moved)
    shutil.copytree(home.exports_dir, other.exports_dir)
    shutil.copytree(home.root, other.root, symlinks=True)
    found = home.stored
    if found.is_noted:
        other.platforms.note(found, other.exports_dir, other.platform())
    return other


def ingest(home: LinliHome) -> None:
    """Load whatever is new in the exports folder of `home`."""
    manifest = identify_inbox(home)
    there = {export_of_name(entry.file.name) or ORDERS for entry in manifest.entries}
    for table in BY_NAME.values():
        if table in there:
            load(home, table, lambda _: None, manifest)


def asking(home: LinliHome, sql: str) -> AbstractContextManager[Session]:
    """A session that knows the tables `sql` names; all of them take longer than most queries."""
    words = set(re.findall(r"\w+", sql))
    return home.lakehouse.session(*(table for table in STORED_TABLES if table.name in words))
