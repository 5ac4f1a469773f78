"""Where a home still names somebody: a look into every file, whatever its format.

It is the proof after a removal and shares nothing with it: it knows no table and no contract, only
files. Parquet is searched cell by cell, workbooks and sealed books opened, everything else searched
as bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets.resources.rule_sql import words
from assets.resources.sql_text import literal
from assets.resources.vault.vault import Book, Vault

# Shorter texts stand in files by chance: they are looked for in cells only, not in bytes.
SHORTEST_IN_BYTES = 6
INBOX = "inbox"
_BLOCK_BYTES = 8 << 20


@dataclass(frozen=True)
class Searched:
    """`places`: files, relative to the home, that still name the person. `files`: all looked at."""

    places: tuple[str, ...]
    files: int


def search(root: Path, names: Sequence[str], vaults: Iterable[Vault], exports: Path) -> Searched:
    """Look for `names` (texts that mean one person) in every file under `root`.

    Export files, which are not ours to change, are left out: the folder `exports` where it lies
    within the home, and the home's own inbox. Key files are not opened.
    """
    skip = [path for path in (root / INBOX, exports) if root in path.parents]
    found: list[str] = []
    parquet: dict[Path, list[Path]] = {}
    looked = 0
    for path in _files(root, skip):
        looked += 1
        if path.suffix == ".parquet":
            parquet.setdefault(_table_of(path), []).append(path)
        elif path.suffix == ".xlsx":
            found += [path.relative_to(root).as_posix()] if _in_workbook(path, names) else []
        elif path.suffix != ".sealed" and _in_bytes(path, names):
            found.append(path.relative_to(root).as_posix())
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set enable_progress_bar = false")
        for paths in parquet.values():
            found += [
                Path(name).relative_to(root).as_posix()
                for name in _in_parquet(connection, paths, names)
            ]
    for vault in vaults:
        found += [
            f"{vault.folder.relative_to(root).as_posix()}/{book.title}"
            for book in (Book.PEOPLE, Book.EXCLUSIONS)
            if vault.names(book, names)
        ]
    return Searched(tuple(sorted(found)), looked)


def _files(root: Path, skip: Sequence[Path]) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.suffix == ".key":
            continue
        if not any(path.is_relative_to(folder) for folder in skip):
            yield path


def _table_of(path: Path) -> Path:
    """The folder that holds all days of the table `path` is a file of: days asked for one by one
    take ten times as long."""
    folder = path.parent
    while "=" in folder.name:
        folder = folder.parent
    return folder


def _in_bytes(path: Path, names: Sequence[str]) -> bool:
    pattern = _pattern(names)
    if pattern is None:
        return False
    longest = max(len(name.encode()) for name in names)
    with path.open("rb") as stream:
        before = b""
        while block := stream.read(_BLOCK_BYTES):
            if pattern.search(before + block):
                return True
            before = block[-longest - 1 :]
    return False


def _pattern(names: Sequence[str]) -> re.Pattern[bytes] | None:
    """The names as whole words: 10001 is not 100012."""
    long_ones = [re.escape(name.encode()) for name in names if len(name) >= SHORTEST_IN_BYTES]
    if not long_ones:
        return None
    return re.compile(rb"(?<![0-9A-Za-z_])(?:" + b"|".join(long_ones) + rb")(?![0-9A-Za-z_])")


def _in_workbook(path: Path, names: Sequence[str]) -> bool:
    pattern = _pattern(names)
    try:
        with zipfile.ZipFile(path) as book:
            return pattern is not None and any(
                pattern.search(book.read(name)) for name in book.namelist()
            )
    except zipfile.BadZipFile:
        return _in_bytes(path, names)


def _in_parquet(
    connection: duckdb.DuckDBPyConnection, paths: list[Path], names: Sequence[str]
) -> list[str]:
    """Files of one table in which a text cell is one of the names or holds it as a word."""
    source = (
        f"read_parquet({literal([str(path) for path in paths])}, "
        "hive_partitioning = false, union_by_name = true, filename = true)"
    )
    columns = [
        str(row[0])
        for row in connection.execute(f"describe from {source}").fetchall()
        if row[1] == "VARCHAR" and row[0] != "filename"
    ]
    if not columns:
        return []
    listed = words(list(names))
    mentions = [name for name in names if len(name) >= SHORTEST_IN_BYTES]
    conditions = []
    for name in columns:
        column = '"' + name.replace('"', '""') + '"'
        conditions.append(f"{column} in {listed}")
        for mention in mentions:
            whole = literal(f"(^|[^0-9A-Za-z_]){re.escape(mention)}([^0-9A-Za-z_]|$)")
            # the plain look first: it costs a tenth of the pattern
            conditions.append(
                f"(contains({column}, {literal(mention)}) and regexp_matches({column}, {whole}))"
            )
    where = " or ".join(conditions)
    return [
        row[0]
        for row in connection.execute(
            f"select distinct filename from {source} where {where}"
        ).fetchall()
    ]
