"""Plan a load in full before its first commit, and commit the plan in one function.

`plan_load` merges the staged rows and computes every table and note the load will write;
`commit_load` writes them in the order of the fields of `LoadPlan`. Not here: which rows win a key
(`merge.merge`), the figures of the ledger (`merge.reconcile`), what a kill leaves behind
(`lakehouse.undo_journal`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.checks.changed_days import ChangedDays, changed_days_file
from assets.ingest.consent.consent_log import CONSENT_SOURCES, update_consent_log
from assets.ingest.identify_inbox import InboxManifest
from assets.ingest.merge.key_index import KeyIndex, KeyRun, index_stamp
from assets.ingest.merge.merge import merge_staged
from assets.ingest.merge.reconcile import (
    assert_accounted,
    bookkeeping_with,
    files_with_released_rows,
    reconciled_ledger,
    repairs_after,
)
from assets.ingest.merge.sku_renames import APPLIED_FILE, note_old_ids
from assets.ingest.merge.table_commit import TableCommit
from assets.ingest.quarantine.pending_rejected_files import (
    note_pending_exports,
    write_pending_exports,
)
from assets.ingest.quarantine.release import remaining_quarantine, totals_by_content
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.stage_file import StagedFile
from assets.ingest.stage.staging_queries import StagingContext
from assets.resources.home import LinliHome
from assets.resources.lakehouse.delta_commit import StoredFile, commit_files, files_of, version_of
from assets.resources.lakehouse.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.vault.vault import Book
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE, REPAIRS


@dataclass(frozen=True)
class LoadPlan:
    """Everything one load of `table` commits, in the order in which it is committed.

    1. `vault_books`: rows for the vault, before the journal opens, so that every user of a stored
       row is in the vault; a load that is undone leaves them there.
    2. The undo journal opens over `journal_tables` and `journal_notes`.
    3. `old_sku_ids`: old SKU id → current id, of the rows the load renames.
    4. `rows`: files the table gains and loses, the note of its changed days, and its key index.
       The table must hold `rows_after` rows then.
    5. `bookkeeping`: new content of consent log, quarantine, repairs and ledger; None: unchanged.
    6. `rejected_rows_of`: names of files whose rejected rows must be written.
    7. The journal is removed: the load is final. Then the rejected rows are written.
    """

    table: Table
    vault_books: Mapping[Book, pa.Table]
    old_sku_ids: Mapping[str, str]
    rows: TableCommit
    rows_after: int
    bookkeeping: tuple[tuple[Table, pa.Table | None], ...]
    rejected_rows_of: frozenset[str]

    @property
    def journal_tables(self) -> tuple[Table, ...]:
        """Tables that the undo journal restores when the load is interrupted."""
        return (self.table, *(table for table, _ in self.bookkeeping))

    @property
    def journal_notes(self) -> tuple[str, ...]:
        """Small files next to the tables that the undo journal restores."""
        return (APPLIED_FILE, changed_days_file(self.table.name))


def plan_load(
    home: LinliHome,
    table: Table,
    staged: Sequence[StagedFile],
    vault_books: Mapping[Book, pa.Table],
    facts: StagingContext,
    scratch: Path,
) -> LoadPlan:
    """Merge `staged` into `table` and compute all that the load commits; nothing is committed here.

    Writes rewritten days to `scratch`. Raises ExportError when the rows or the money of a file
    would not add up.
    """
    lake = home.lakehouse
    consent = CONSENT_SOURCES.get(table.name)
    logs = (consent.log_table,) if consent is not None else ()
    with lake.session(table, *logs, QUARANTINE, REPAIRS, INGEST_LEDGER) as session:
        session.secret(ex.ADDRESS, facts.key.blocks()[2])
        _refresh_key_index(session, lake, table)
        corrected = _corrected_contents(session, table, staged)
        # a returned file adds rows under its name and never replaces an earlier file as a whole
        returned = {item.sha256 for item in staged if item.corrections}
        replaced = {old: by for old, by in corrected.items() if by[0] not in returned}
        names = dict(session.rows("select file_sha256, file_name from ingest_ledger"))
        answers = update_consent_log(session, lake, table, staged, names)
        stored = files_of(lake.path(table), table.partition)
        index = _key_index(lake, table)
        rows = merge_staged(session, table, staged, stored, index, corrected, names, scratch)
        quarantine = remaining_quarantine(session, table, staged, replaced, "incoming")
        quarantined = totals_by_content(quarantine)
        rows_after = _row_count(stored) + _row_count(rows.added) - _row_count(rows.removed)
        ledger = reconciled_ledger(session, table, staged, rows, replaced, quarantined, rows_after)
        repairs = repairs_after(session, table, staged, replaced)
        released = files_with_released_rows(session, table, quarantined)
        return LoadPlan(
            table=table,
            vault_books=vault_books,
            old_sku_ids={
                old: facts.sku_renames[old] for item in staged for old in item.old_sku_ids
            },
            rows=rows,
            rows_after=rows_after,
            bookkeeping=(
                *((log, answers) for log in logs),
                (QUARANTINE, bookkeeping_with(session, QUARANTINE, table, quarantine)),
                (REPAIRS, bookkeeping_with(session, REPAIRS, table, repairs)),
                (INGEST_LEDGER, bookkeeping_with(session, INGEST_LEDGER, table, ledger)),
            ),
            rejected_rows_of=frozenset(released | {item.source.file.name for item in staged}),
        )


def commit_load(
    home: LinliHome, plan: LoadPlan, staged: Sequence[StagedFile], manifest: InboxManifest
) -> None:
    """Commit `plan` as one change, in its order, then write the rejected rows of its files.

    `manifest`: the files of the exports folder, for rows of earlier files.

    An interrupted load leaves no trace but the vault's books; the next holder of the lake's write
    lock undoes it (decision 19). The caller holds that lock. Raises LinliError when a file of
    rejected rows cannot be written; the load is final then.
    """
    lake = home.lakehouse
    for book, people in plan.vault_books.items():
        home.vault.put(book, people)
    with lake.all_or_nothing(*plan.journal_tables, notes=plan.journal_notes):
        note_old_ids(lake, plan.table, plan.old_sku_ids)
        _commit_rows(lake, plan.table, plan.rows)
        stored = files_of(lake.path(plan.table), plan.table.partition)
        assert_accounted(plan.table, _row_count(stored), plan.rows_after)
        for table, content in plan.bookkeeping:
            _commit_bookkeeping(lake, table, content)
        note_pending_exports(lake, plan.table, plan.rejected_rows_of)
    sources = {item.sha256: item.source for item in staged}
    write_pending_exports(home, plan.table, manifest, sources)


def _commit_rows(lake: Lakehouse, table: Table, rows: TableCommit) -> None:
    """Commit the files of the table, note its changed days, and add its new keys to the index."""
    version = commit_files(
        lake.path(table), stored_columns(table), table.partition, rows.added, rows.removed
    )
    ChangedDays(lake.root, table.name).add(rows.days, version)
    if rows.keys is not None:
        _key_index(lake, table).add(rows.keys, index_stamp(version))


def _commit_bookkeeping(lake: Lakehouse, table: Table, content: pa.Table | None) -> None:
    if content is not None:
        lake.overwrite(table, content)


def _row_count(files: Iterable[StoredFile]) -> int:
    return sum(file.rows for file in files)


def _corrected_contents(
    session: Session, table: Table, staged: Sequence[StagedFile]
) -> dict[str, tuple[str, date, date]]:
    """Return the contents that a staged file of the same name corrects: sha256 → (new sha256, days
    held)."""
    by_name = {item.source.file.name: item.sha256 for item in staged}
    return {
        sha: (by_name[name], first or date.min, last or date.max)
        for sha, name, first, last in session.rows(
            "select file_sha256, file_name, first_day, last_day from ingest_ledger "
            "where export = $export and superseded_by is null",
            export=table.name,
        )
        if name in by_name and by_name[name] != sha
    }


def _key_index(lake: Lakehouse, table: Table) -> KeyIndex:
    return KeyIndex(lake.root / "_keys" / table.name)


def _refresh_key_index(session: Session, lake: Lakehouse, table: Table) -> None:
    """Rebuild the key index when it does not describe the current version of the table."""
    version, index = version_of(lake.path(table)), _key_index(lake, table)
    if table.partition is None or version < 0 or index.is_current(index_stamp(version)):
        return
    key = ", ".join(table.key)
    fetched = session.run(
        f"select hash({key}) as h, ({table.partition} - DATE '1970-01-01')::integer as d "
        f"from {table.name}"
    ).fetchnumpy()
    index.clear()
    index.add(
        KeyRun.of(np.asarray(fetched["h"], np.uint64), np.asarray(fetched["d"], np.int32)),
        index_stamp(version),
    )
