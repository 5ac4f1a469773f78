"""Write an import's files into their folder: all or none, and never over files of others.

Contains the steps of the folder (check, fill a new one next to it, move it into place) and the
COPY that gives a file the columns and types of its contract. Not here: the rows.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from data_contracts.errors import GivenError
from data_contracts.exports import BY_NAME
from data_contracts.platform_file import Platform
from data_contracts.table import Table

PLATFORM_FILE = "platform.toml"


def require_importable_folder(out: Path, title: str) -> None:
    """Raise ValueError unless `out` is absent, empty, or an untouched earlier import of `title`."""
    if not out.exists():
        return
    if not out.is_dir():
        raise GivenError(
            f"{out}: is a file; name a folder for the exports",
            f"{out}：是文件；请指定存放导出文件的文件夹",
        )
    present = sorted(path.name for path in out.iterdir())
    if not present:
        return
    if _platform_name(out) != title:
        raise GivenError(
            f"{out}: is not empty and no earlier import of {title}; name another folder or empty "
            "it",
            f"{out}：不为空，也不是之前导入的 {title}；请指定其他文件夹或先清空",
        )
    ours = {PLATFORM_FILE, *(f"{name}.parquet" for name in BY_NAME)}
    foreign = [name for name in present if name not in ours]
    if foreign:
        raise GivenError(
            f"{out}: holds {foreign[0]}, which no import wrote; move it away or name another "
            "folder",
            f"{out}：其中的 {foreign[0]} 不是导入写出的；请移走它或指定其他文件夹",
        )


def _platform_name(folder: Path) -> str | None:
    try:
        return Platform.from_toml((folder / PLATFORM_FILE).read_text(encoding="utf-8")).name
    except (OSError, ValueError):
        return None


@contextmanager
def staged_folder(out: Path) -> Iterator[Path]:
    """Yield a new folder next to `out` that replaces `out` when the block succeeds.

    When the block raises, the new folder is removed and `out` is unchanged.
    """
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = out.parent / f".{out.name}.importing-{os.getpid()}"
    former = out.parent / f".{out.name}.former-{os.getpid()}"
    shutil.rmtree(staging, ignore_errors=True)  # left by a killed process with the same id
    staging.mkdir()
    try:
        yield staging
        if out.exists():
            out.rename(former)
        try:
            staging.rename(out)
        except OSError:
            if former.exists():
                former.rename(out)
            raise
        shutil.rmtree(former, ignore_errors=True)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_export(
    connection: duckdb.DuckDBPyConnection, export: str, query: str, folder: Path
) -> int:
    """Write `<export>.parquet` from `query`; return its row count.

    Columns get the contract's order and types; optional ones may be missing. Raises ValueError for
    a column that is not in the contract, a missing required column, and a query that fails, with
    its SQL as a note.
    """
    table = BY_NAME[export]
    target = str(folder / f"{export}.parquet").replace("'", "''")
    try:
        description = connection.execute(f"SELECT * FROM ({query}) LIMIT 0").description
        columns = _contract_columns(table, [column[0] for column in description])
        copied = connection.execute(
            f"COPY (SELECT {columns} FROM ({query})) TO '{target}' (FORMAT parquet)"
        )
        return int(copied.fetchall()[0][0])
    except duckdb.Error as error:
        failure = ValueError(f"{export}: its SQL failed: {str(error).splitlines()[0]}")
        failure.add_note(query)
        raise failure from error


def _contract_columns(table: Table, given: list[str]) -> str:
    for name in given:
        if name not in table.column_names:
            raise ValueError(f"{table.name}: the contract has no column {name}")
    for name in table.required_names:
        if name not in given:
            raise ValueError(f"{table.name}: the required column {name} is missing")
    return ", ".join(
        f'CAST("{column.name}" AS {column.type.duckdb}) AS "{column.name}"'
        for column in table.columns
        if column.name in given
    )
