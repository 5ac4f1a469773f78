"""Restore a table that its ledger does not account for.

A home of an earlier version may hold the rows of a load that died before its ledger entry; today
the undo journal reverts such loads (`assets.resources.lakehouse.undo_journal`). Delta keeps the
earlier versions of the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assets.ingest.stage.stage_file import StagedFile
from assets.resources.lakehouse.delta_commit import StoredFile, files_of, version_of
from assets.resources.lakehouse.lakehouse import Lakehouse, QueryError, Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.lakehouse.undo_journal import restore_version
from data_contracts.errors import ExportError
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER


def restore_reconciled_version(lake: Lakehouse, table: Table, staged: Sequence[StagedFile]) -> None:
    """Restore the newest version of `table` whose rows per content equal the ledger's.

    `staged`: files that are not in the ledger; their rows must not be in the table either. Raises
    ExportError when no such version is left. The caller holds the lake's write lock.
    """
    path = lake.path(table)
    files = files_of(path, table.partition)
    with lake.session(INGEST_LEDGER) as session:
        accounted = Counter(
            {
                sha: rows
                for sha, rows in session.rows(
                    "select file_sha256, rows_loaded from ingest_ledger where export = $export",
                    export=table.name,
                )
                if rows
            }
        )
        days = {day for item in staged for day in item.days}
        close = [file for file in files if file.partition is None or file.partition in days]
        held = sum(file.rows for file in files)
        if held == accounted.total() and not (
            {item.sha256 for item in staged} & set(_rows_by_content(session, close))
        ):
            return
        for version in range(version_of(path), -1, -1) if accounted else ():
            try:
                stored = _rows_by_content(session, files_of(path, table.partition, version))
            except QueryError:  # its files were vacuumed, and so were those of older versions
                break
            if stored == accounted:
                restore_version(path, version)
                return
    if accounted:
        raise ExportError(
            f"{table.name}: its {held:,} rows are not the {accounted.total():,} that the ledger "
            f"accounts for, and no older version of it agrees. Restore a backup of the home, or "
            f"move {lake.root} away and load the exports again",
            f"{table.name}：表中 {held:,} 行与台账的 {accounted.total():,} 行不符，"
            f"历史版本也都对不上。请从备份恢复，或移走 {lake.root} 后重新导入",
        )
    restore_version(path, -1)


def _rows_by_content(session: Session, files: Sequence[StoredFile]) -> Counter[str]:
    """Count the rows of `files` by content."""
    if not files:
        return Counter()
    listed = literal([str(file.path) for file in files])
    return Counter(
        dict(
            session.rows(
                "select file_sha256, count(*)::bigint "
                f"from read_parquet({listed}, hive_partitioning = false) group by 1"
            )
        )
    )
