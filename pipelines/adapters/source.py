"""Find, open and validate the file of a data set.

Contains the checks of every data set (missing path, unreadable file, missing column, invalid
values); each error is one line with the file or column and the remedy. Not here: the columns and
checks of one data set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import csv

from data_contracts.errors import GivenError


def find_source(source: Path, names: tuple[str, ...]) -> Path:
    """Return the file itself, or the first of `names` in the folder; raises GivenError."""
    wanted, wanted_zh = " or ".join(names), " 或 ".join(names)
    if source.is_file():
        return source
    if not source.exists():
        raise GivenError(
            f"{source}: no such file or folder; give {wanted} or the folder that holds it",
            f"{source}：没有这个文件或文件夹；请指定 {wanted_zh} 或它所在的文件夹",
        )
    for name in names:
        if (source / name).is_file():
            return source / name
    raise GivenError(
        f"{source}: holds no {wanted}; put the file there or name it directly",
        f"{source}：其中没有 {wanted_zh}；请放入该文件，或直接指定它",
    )


def register_parquet(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Create the view `name` of one Parquet file; raises ValueError if it is not readable."""
    # A path is a pattern to DuckDB: its own brackets, stars and question marks must not match.
    literal = re.sub(r"([\[*?])", r"[\1]", str(path)).replace("'", "''")
    try:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet('{literal}')"
        )
        connection.execute(f"SELECT * FROM {name} LIMIT 1").fetchall()
    except duckdb.Error as error:
        raise GivenError(
            f"{path}: not a readable Parquet file; fetch it again from its source",
            f"{path}：不是可读的 Parquet 文件；请从来源重新下载",
        ) from error


def register_csv(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Register one CSV file as the relation `name`.

    Every column is text, empty cells are NULL.
    UTF-8 with or without BOM, else Windows-1252, the way spreadsheets save it. Raises ValueError
    when neither reads it.
    """
    content = path.read_bytes()
    try:
        content.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "cp1252"
    header = content.split(b"\n", 1)[0].decode(encoding, errors="replace").lstrip("\ufeff")
    columns = [column.strip().strip('"') for column in header.split(",")]
    try:
        rows = csv.read_csv(
            pa.BufferReader(content),
            read_options=csv.ReadOptions(encoding=encoding, use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types={column: pa.string() for column in columns},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, UnicodeError) as error:
        reason = str(error).splitlines()[0]
        raise GivenError(
            f"{path}: not a readable CSV file ({reason}); save it again",
            f"{path}：不是可读的 CSV 文件（{reason}）；请重新保存",
        ) from error
    connection.register(name, rows)


def require_columns(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Iterable[str], path: Path
) -> None:
    """Raise ValueError for the first missing column, or for a file without rows."""
    present = connection.execute(f"SELECT * FROM {relation} LIMIT 0").description
    names = {column[0] for column in present}
    for column in columns:
        if column not in names:
            raise GivenError(
                f"{path}: has no column {column}; take the file as its source publishes it",
                f"{path}：没有 {column} 列；请使用来源发布的原文件",
            )
    if not connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchall():
        raise GivenError(
            f"{path}: holds no row; fetch it again from its source",
            f"{path}：没有数据行；请从来源重新下载",
        )


def require_valid_values(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Raise ValueError for the first column of a check that has bad rows.

    `query` returns one row with a count of bad rows per column. A column's name is the source
    column, two underscores, and the problem with underscores for blanks.
    """
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    for name, rows in zip(names, result.fetchall()[0], strict=True):
        if rows:
            column, problem = name.split("__", 1)
            raise GivenError(
                f"{path}: column {column} {problem.replace('_', ' ')} in {rows:,} rows; "
                "take the file as its source publishes it",
                f"{path}：{column} 列有 {rows:,} 行的值不正常；请使用来源发布的原文件",
            )


def count_lines(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """Return one line per row of `query`: the rows of a part, and how many have each property.

    `query` returns `part`, `all_rows` and `findings`, a list of `what` and `rows`.
    """
    rows = connection.execute(query).fetchall()
    return [
        f"{part}: {total:,}; "
        + "; ".join(f"{finding['what']} {finding['rows']:,}" for finding in findings)
        for part, total, findings in rows
    ]
