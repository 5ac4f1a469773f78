"""Import public data sets as exports that `linli run` reads: `linli import NAME PATH --out DIR`.

Contains the list of data sets and the import itself. Not here: facts about a data set (its own
folder), opening and validating a source (`source.py`), the target folder (`folder.py`). A new data
set is one folder and one line in `ADAPTERS`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb

from data_contracts.errors import GivenError
from data_contracts.messages import Bilingual
from pipelines.adapters.adapter import Adapter, adapter_sql
from pipelines.adapters.folder import (
    PLATFORM_FILE,
    require_importable_folder,
    staged_folder,
    write_export,
)
from pipelines.adapters.frn50k.adapter import FRN50K
from pipelines.adapters.olist.adapter import OLIST
from pipelines.adapters.source import count_lines, find_source
from pipelines.adapters.uci_online_retail.adapter import UCI_ONLINE_RETAIL

ADAPTERS: dict[str, Adapter] = {
    adapter.name: adapter for adapter in (FRN50K, UCI_ONLINE_RETAIL, OLIST)
}

__all__ = ["ADAPTERS", "Adapter", "import_dataset"]


def import_dataset(
    name: str,
    source: Path,
    out: Path,
    progress: Callable[[str], None] | None = None,
    *,
    threads: int = 2,
    memory_limit: str = "4GB",
) -> dict[str, int]:
    """Write the exports of one public data set into `out`; return the rows per export.

    `source`: the data set's file, the first of several, or the folder with it. `out` gets
    `<export>.parquet` and `platform.toml` in one step when all files are written; an earlier
    import of the same data set is replaced. `progress` is called with one line per file and per
    count. Raises ValueError for an unknown name, a source that is missing, cannot be read or lacks
    a column, and a folder with other files.
    """
    if name not in ADAPTERS:
        raise GivenError(
            f"unknown data set {name}; known: {', '.join(ADAPTERS)}",
            f"没有名为 {name} 的数据集；可用：{'、'.join(ADAPTERS)}",
        )
    adapter = ADAPTERS[name]
    path = find_source(Path(source), adapter.source_files)
    require_importable_folder(Path(out), adapter.title)
    with staged_folder(Path(out)) as folder:
        spill = folder / "spill"
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": str(spill),
        }
        with duckdb.connect(config=config) as connection:
            connection.execute("SET enable_progress_bar = false")
            report = progress or (lambda line: None)
            rows = _write_all(adapter, connection, path, folder, report)
            counts = _counts(adapter, connection)
        if spill.exists():
            spill.rmdir()
        platform = replace(adapter.platform, notes=(*adapter.platform.notes, *counts))
        (folder / PLATFORM_FILE).write_text(platform.to_toml(), encoding="utf-8")
    for line in counts:
        report(line)
    return rows


def _counts(adapter: Adapter, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Count how many rows of each file match the other files; empty for a single file."""
    if not adapter.is_counted:
        return []
    return count_lines(connection, adapter_sql(adapter.name, "counts"))


def _write_all(
    adapter: Adapter,
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    folder: Path,
    progress: Callable[[str], None],
) -> dict[str, int]:
    try:
        adapter.load(connection, path)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise GivenError(
            f"{path}: cannot be read as {adapter.title} ({reason})",
            f"{path}：无法按 {adapter.title} 读取（{reason}）",
        ) from error
    rows: dict[str, int] = {}
    for number, export in enumerate(adapter.exports, start=1):
        started = time.perf_counter()
        rows[export] = write_export(connection, export, adapter.query(export), folder)
        seconds = time.perf_counter() - started
        begins = f"{number}/{len(adapter.exports)} {export}.parquet"
        progress(
            Bilingual(
                f"{begins}: {rows[export]:,} rows, {seconds:.1f} s",
                f"{begins}：{rows[export]:,} 行，{seconds:.1f} 秒",
            )
        )
    return rows
