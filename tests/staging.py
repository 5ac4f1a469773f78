"""One file staged without a load: its good rows as the lake would have them, and what is set aside.

A load commits to four tables; where only the reading matters, staging takes a tenth of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.ingest.identify_inbox import identify_inbox
from assets.ingest.load import staging_context
from assets.ingest.match.identify_file import identify, own_mappings
from assets.ingest.stage.stage_file import StagedFile, stage_file
from assets.resources.home import LinliHome
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.file_index import as_inbox_file, content_sha256
from assets.resources.vault.keys import PseudonymKey
from data_contracts.exports import PRODUCTS
from data_contracts.platform_file import FileFacts
from tests.lake import TEST_KEY


def staged(
    folder: Path, name: str, text: str, **facts: str
) -> tuple[StagedFile, list[dict[str, Any]]]:
    """What staging makes of a file of that name and text, and its good rows in their order.

    `facts`: what `platform.toml` would state of the file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    return staged_file(path, **facts)


def staged_rows(tmp_path: Path, text: str, **facts: str) -> list[dict[str, Any]]:
    """The staged rows of a file of orders; no row of it is set aside."""
    made, rows = staged(tmp_path, "orders.csv", text, **facts)
    assert made.rows_bad == 0
    return rows


def staged_file(path: Path, **facts: str) -> tuple[StagedFile, list[dict[str, Any]]]:
    """The same of the file that stands at `path`."""
    folder, name = path.parent, path.name
    home = LinliHome(home=str(folder / "home"), exports=str(folder), threads=1)
    file = as_inbox_file(path)
    source = identify(file, FileFacts(name, **facts), own_mappings(folder))
    with home.lakehouse.session() as session:
        made = stage_file(
            session,
            source,
            content_sha256(file),
            folder / "scratch",
            staging_context(
                home,
                PseudonymKey(TEST_KEY.encode()),
                lambda: identify_inbox(home).sources_of(PRODUCTS),
            ),
        )
        files = literal([str(file.path) for file in made.good])
        rows = (
            session.arrow(
                f"select * from read_parquet({files}, hive_partitioning = false) "
                "order by row_number"
            ).to_pylist()
            if made.good
            else []
        )
    return made, rows


@dataclass(frozen=True)
class Read:
    """What became of the rows of a file: `good`, the columns asked for; `aside`, row number and
    reason; `repairs`, rows by column and kind."""

    good: list[tuple[Any, ...]]
    aside: list[tuple[int, str]]
    repairs: dict[tuple[str, str], int]
    staged: StagedFile


def read_file(path: Path, *columns: str, **facts: str) -> Read:
    """Stage the file at `path` and tell its rows by `columns`."""
    made, rows = staged_file(path, **facts)
    return Read(
        [tuple(row[name] for name in columns) for row in rows],
        sorted((row["row_number"], row["reason_code"]) for row in made.quarantine.to_pylist()),
        {(row["column_name"], row["kind"]): row["rows"] for row in made.repairs.to_pylist()},
        made,
    )
