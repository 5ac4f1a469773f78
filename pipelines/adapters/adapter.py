"""Describe an adapter: how one public data set becomes exports.

Contains the fields of an adapter and the reading of its SQL. Not here: opening a source
(`source.py`), the target folder (`folder.py`), facts about one data set (its own folder).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data_contracts.platform_file import Platform


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """Describe one public data set.

    `source_files`: file names to look for in a folder, preferred first. `exports`: exports to
    write, in this order; `<name>/<export>.sql` computes each from the relations that `load`
    creates. `load` gets the file found and raises ValueError, in one line, for a file it cannot
    read. `is_counted`: `<name>/counts.sql` counts rows that match between files, and an import
    writes the counts into its notes. `platform.name` is the title and identifies an import's
    folder.
    """

    name: str
    platform: Platform
    about: str
    licence: str
    source_files: tuple[str, ...]
    exports: tuple[str, ...]
    load: Callable[[duckdb.DuckDBPyConnection, Path], None]
    is_counted: bool = False

    @property
    def title(self) -> str:
        return self.platform.name

    def query(self, export: str) -> str:
        """Read the SQL that computes one export."""
        return adapter_sql(self.name, export)


def adapter_sql(adapter: str, step: str) -> str:
    """Read `<adapter>/<step>.sql`."""
    return (Path(__file__).parent / adapter / f"{step}.sql").read_text(encoding="utf-8")
