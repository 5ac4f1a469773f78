"""Erase a person from a home: exports, computed tables, quarantine, rejected-rows files and vault.

People may ask for it: data_contracts/domain.md#erasure.

Rows are deleted, not blanked, and every older version of their files is deleted from the disk; the
ledger moves them to `forgotten`, so that every file still adds up. The pseudonym is kept (sealed),
and rows of the person that come again are counted but not stored.

The erasure is planned for every lake before anything changes (`erasure_plan`); a quarantined row
leaves its table and its rejected-rows file together. An interrupted erasure is finished by
repeating the command; until then nothing is loaded. The vault comes last, because it holds the
texts that identify the person.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.ingest.merge.key_index import KeyIndex
from assets.ingest.merge.ledger import ledger_table, whole_ledger
from assets.ingest.privacy.erasure_plan import (
    MOVED_COLUMNS,
    PLAN_FILE,
    ErasurePlan,
    erasure_conditions,
    plan_erasure,
    require_same_person,
    row_references,
    store_plan,
    tables_with_users,
)
from assets.ingest.quarantine.rejected_files import (
    QUARANTINE_FOLDER,
    FileLine,
    QuarantineFile,
    RowReference,
    quarantine_files,
)
from assets.resources.files.private_files import sweep_unfinished
from assets.resources.lakehouse.delta_commit import (
    StoredFile,
    commit_files,
    files_of,
    partition_column,
    purge,
)
from assets.resources.lakehouse.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.lakehouse.sql_text import literal
from assets.resources.person_search.mentions import Owner, Person
from assets.resources.vault.vault import Vault
from data_contracts.exports import LOGISTICS
from data_contracts.records.ledger import LedgerRow
from data_contracts.tables.bookkeeping import INBOX_MANIFEST, INGEST_LEDGER, QUARANTINE


@dataclass(frozen=True)
class ErasureReport:
    """What was erased from a home: rows by table, lines of rejected-rows files, vault rows, lists.

    After an interrupted erasure these are the figures of the whole. `files`: export files that name
    the person; Linli does not change them. `foreign_files`: other files in `quarantine/` that name
    the person. `unreadable`: files without read permission. `with_name`: tables with texts that
    contain a name like the person's and stay.
    """

    rows: dict[str, int]
    rejected_lines: int
    vault_rows: int
    lists: int
    files: tuple[str, ...]
    foreign_files: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    with_name: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (sum(self.rows.values()) or self.rejected_lines or self.vault_rows)


def erase_person(
    root: Path, lakes: Sequence[tuple[Lakehouse, Vault]], person: Person, lists: int = 0
) -> ErasureReport:
    """Erase the person from the home `root` except the vaults; `finish_erasure` erases them there.

    `person`: its last id is the pseudonym. `lists`: number of published lists that name the person.
    Nothing is loaded until `finish_erasure` was called.
    """
    user_id = person.ids[-1]
    with ExitStack() as held:
        for lake, _ in lakes:
            held.enter_context(lake.exclusive())
            require_same_person(lake, user_id)
        for _, vault in lakes:
            vault.forget(user_id)
        sweep_unfinished(root / QUARANTINE_FOLDER)
        laid, unread = quarantine_files(root)
        plans = [plan_erasure(lake, vault, person, laid) for lake, vault in lakes]
        dropped, named_in = _lines_to_drop(root, lakes, person, laid, plans)
        whole = {"lists": lists, "handed_back": sum(len(places) for _, places in dropped)}
        plans = [whole | plan for plan in plans]
        for (lake, _), plan in zip(lakes, plans, strict=True):
            store_plan(lake, plan)
        for (lake, _), plan in zip(lakes, plans, strict=True):
            _erase_from_lake(lake, user_id, plan)
        for file, places in dropped:
            file.drop(places)
        for lake, _ in lakes:
            _forget_files(lake)
            for table in (*tables_with_users(), LOGISTICS, INBOX_MANIFEST):
                purge(lake.path(table))
    rows: Counter[str] = Counter()
    for plan in plans:
        rows.update(plan["rows"])
    return ErasureReport(
        dict(rows),
        rejected_lines=max((plan["handed_back"] for plan in plans), default=0),
        vault_rows=sum(plan["sealed"] for plan in plans),
        lists=max((plan["lists"] for plan in plans), default=0),
        files=tuple(sorted({name for plan in plans for name in plan["files"]})),
        foreign_files=tuple(named_in),
        unreadable=tuple(unread),
        with_name=tuple(
            (lake.place / name).relative_to(root).as_posix()
            for (lake, _), plan in zip(lakes, plans, strict=True)
            for name in plan.get("with_name", ())
        ),
    )


def finish_erasure(lakes: Sequence[tuple[Lakehouse, Vault]], user_id: str) -> None:
    """Erase the person from the vaults and allow loads again."""
    with ExitStack() as held:
        for lake, _ in lakes:
            held.enter_context(lake.exclusive())
            require_same_person(lake, user_id)
        for _, vault in lakes:
            vault.remove(user_id)
        for lake, _ in lakes:
            (lake.root / PLAN_FILE).unlink(missing_ok=True)


def _forget_files(lake: Lakehouse) -> None:
    """Empty the list of the exports folder: names of files and rejected headers may name people.

    The next run lists the folder again.
    """
    if lake.has_rows(INBOX_MANIFEST):
        lake.overwrite(INBOX_MANIFEST, INBOX_MANIFEST.arrow_schema().empty_table())


def _erase_from_lake(lake: Lakehouse, user_id: str, plan: ErasurePlan) -> None:
    scratch = lake.scratch / "forget"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    try:
        with lake.session() as session:
            _erase_rows(session, lake, user_id, plan, scratch)
        with lake.session() as session:
            _erase_quarantined(session, lake, plan["quarantined"])
            _update_ledger(session, lake, plan["ledger"])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _erase_rows(
    session: Session, lake: Lakehouse, user_id: str, plan: ErasurePlan, scratch: Path
) -> None:
    """Rewrite the files that hold a row of the person."""
    for table, condition in erasure_conditions(user_id, plan["orders"], plan.get("texts", {})):
        path = lake.path(table)
        by = partition_column(path)
        files = {str(file.path): file for file in files_of(path, by)}
        if not files:
            continue
        source = f"read_parquet({literal(list(files))}, hive_partitioning = false, filename = true)"
        held = session.rows(
            f"select filename, count(*)::bigint from {source} where {condition} group by 1"
        )
        added = []
        for number, (name, count) in enumerate(held):
            file = files[name]
            if count == file.rows:
                continue
            target = scratch / f"{table.name}-{number}.parquet"
            session.run(
                f"copy (select * from read_parquet({literal(name)}, hive_partitioning = false) "
                f"where ({condition}) is distinct from true) "
                f"to {literal(target)} (format parquet, compression zstd)"
            )
            added.append(StoredFile(target, file.rows - count, file.partition))
        if held:
            commit_files(path, stored_columns(table), by, added, [files[name] for name, _ in held])
            KeyIndex(lake.root / "_keys" / table.name).clear()


def _erase_quarantined(session: Session, lake: Lakehouse, planned: Sequence[Sequence[Any]]) -> None:
    """Delete the planned rows from the quarantine: export, content and row number of each."""
    theirs = pa.table(
        {
            "export": pa.array([row[0] for row in planned], pa.string()),
            "file_sha256": pa.array([row[1] for row in planned], pa.string()),
            "row_number": pa.array([row[3] for row in planned], pa.int64()),
        }
    )
    session.register("theirs", theirs)
    by_key = "join theirs using (export, file_sha256, row_number)"
    if session.scalar(f"select count(*) from quarantine semi {by_key}"):
        rows = session.arrow(f"select quarantine.* from quarantine anti {by_key}")
        lake.overwrite(QUARANTINE, rows.cast(QUARANTINE.arrow_schema()))


def _update_ledger(session: Session, lake: Lakehouse, changes: list[dict[str, str]]) -> None:
    """Write the planned figures into the ledger; repeating it changes nothing."""
    after = {(row["export"], row["file_sha256"]): row for row in changes}
    if not after:
        return
    rows = whole_ledger(session)
    moved = [
        _with_planned_figures(row, after[row.key]) if row.key in after else row for row in rows
    ]
    lake.overwrite(INGEST_LEDGER, ledger_table(moved))


def _with_planned_figures(row: LedgerRow, change: Mapping[str, str]) -> LedgerRow:
    figures = {name: type(getattr(row, name))(change[name]) for name in MOVED_COLUMNS}
    return replace(row, **figures)


def _lines_to_drop(
    root: Path,
    lakes: Sequence[tuple[Lakehouse, Vault]],
    person: Person,
    laid: Sequence[QuarantineFile],
    plans: Sequence[ErasurePlan],
) -> tuple[list[tuple[QuarantineFile, list[tuple[int, int]]]], list[str]]:
    """Return the person's lines in each rejected-rows file, and other files that name the person.

    A line is dropped or kept with its row of the quarantine; every other line is decided by its own
    cells.
    """
    planned = [row for plan in plans for row in plan["quarantined"]]
    gone = {key for row in planned for key in row_references(row[1], row[2], row[3])}
    stay: set[RowReference] = set()
    for lake, _ in lakes:
        with lake.session(QUARANTINE) as session:
            for row in session.rows("select file_sha256, file_name, row_number from quarantine"):
                stay.update(row_references(*row))
    dropped, named_in = [], []
    for file in laid:
        if not file.is_rejected_rows:
            if any(_names_person(line, person) for line in file.lines()):
                named_in.append(file.path.relative_to(root).as_posix())
            continue
        theirs = [line.place for line in file.lines() if _is_about_person(line, person, gone, stay)]
        if theirs:
            dropped.append((file, theirs))
    return dropped, named_in


def _names_person(line: FileLine, person: Person) -> bool:
    """Return whether a line of a foreign file names the person; a name alone proves nothing
    there."""
    is_theirs = line.owner(person) is Owner.THEIRS
    return person.names_row(line.cells, Owner.THEIRS if is_theirs else Owner.ANOTHER)


def _is_about_person(
    line: FileLine, person: Person, gone: set[RowReference], stay: set[RowReference]
) -> bool:
    if line.key in gone:
        return True
    if line.key in stay:
        return False
    return person.names_row(line.cells, line.owner(person))
