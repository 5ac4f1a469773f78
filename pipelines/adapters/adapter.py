"""What an adapter is: a named recipe that turns one public data set into exports of our contracts.

Belongs here: the shape of a recipe and where its SQL stands. Does not: how a source is opened
(`source.py`), how the files get into their folder (`folder.py`), facts about one data set (its own
module and the SQL files beside it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data_contracts.platform_file import Platform


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """One public data set.

    `source_files`: names looked for when a folder is given, best first. `exports`: contracts that
    are written, in this order; `<name>/<export>.sql` yields each from the
    relations `load` makes. `load` gets the file that was found and raises ValueError, in one line,
    for what it cannot read. `is_counted`: `<name>/counts.sql` says how the files fit together, and
    an import writes that among its notes. `platform.name` is the title and marks the folder as
    ours.
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
        """The SQL that yields one export."""
        return adapter_sql(self.name, export)


def adapter_sql(adapter: str, step: str) -> str:
    """Text of `<adapter>/<step>.sql`."""
    return (Path(__file__).parent / adapter / f"{step}.sql").read_text(encoding="utf-8")
