"""Take a person out of a home: exports, computed tables, quarantine, hand-back files, vault.

People may ask for it: data_contracts/domain.md#erasure.

Rows are removed, not blanked, and their files are removed from the disk with every older version of
them; the ledger moves them to `forgotten`, so that every file still adds up. The pseudonym is
remembered (sealed), and rows that come again are counted and stored nowhere.

What is to be done is planned for every lake before anything changes (`removal_plan`); a row set
aside leaves its table and its hand-back file together. A removal that was interrupted is finished
by asking again; until then nothing is loaded. The vault comes last, because it holds the texts the
person is found by.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.ingest.merge.key_index import KeyIndex
from assets.ingest.privacy.erasure_plan import (
    MOVED,
    PLAN,
    Plan,
    conditions,
    ledger_rows,
    line_keys,
    people_tables,
    plan_removal,
    refuse_other,
    store_plan,
)
from assets.ingest.quarantine.rejected_files import FOLDER, Key, LaidFile, Line, laid_files
from assets.resources.lakehouse.delta_commit import (
    StoredFile,
    exchange,
    files_of,
    partition_column,
    purge,
)
from assets.resources.lakehouse.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.lakehouse.sql_text import literal
from assets.resources.mentions import Owner, Person
from assets.resources.private_files import sweep_unfinished
from assets.resources.vault.vault import Vault
from data_contracts.exports import LOGISTICS
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE


@dataclass(frozen=True)
class Removed:
    """What was taken out of a home: rows by table, lines handed back, sealed rows, lists.

    Of a removal that was cut off and finished these are the figures of the whole. `files`: export
    files that name the person; they are not ours to change. `named_in`: files in `quarantine/` that
    are no hand-backs and name the person. `unread`: what may not be read. `with_name`: tables with
    texts that hold a name like theirs and stay.
    """

    rows: dict[str, int]
    handed_back: int
    sealed: int
    lists: int
    files: tuple[str, ...]
    named_in: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    with_name: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not (sum(self.rows.values()) or self.handed_back or self.sealed)


def take_out(
    root: Path, lakes: Sequence[tuple[Lakehouse, Vault]], person: Person, lists: int = 0
) -> Removed:
    """Remove the person from all of the home `root` but the vaults; `finish` removes them there.

    `person`: its last id is the pseudonym. `lists`: how many published lists name them. Nothing is
    loaded until `finish` was called.
    """
    user_id = person.ids[-1]
    with ExitStack() as held:
        for lake, _ in lakes:
            held.enter_context(lake.exclusive())
            refuse_other(lake, user_id)
        for _, vault in lakes:
            vault.forget(user_id)
        sweep_unfinished(root / FOLDER)
        laid, unread = laid_files(root)
        plans = [plan_removal(lake, vault, person, laid) for lake, vault in lakes]
        dropped, named_in = _lines_of(root, lakes, person, laid, plans)
        whole = {"lists": lists, "handed_back": sum(len(places) for _, places in dropped)}
        plans = [whole | plan for plan in plans]
        for (lake, _), plan in zip(lakes, plans, strict=True):
            store_plan(lake, plan)
        for (lake, _), plan in zip(lakes, plans, strict=True):
            _remove_from(lake, user_id, plan)
        for file, places in dropped:
            file.drop(places)
        for lake, _ in lakes:
            for table in (*people_tables(), LOGISTICS):
                purge(lake.path(table))
    rows: Counter[str] = Counter()
    for plan in plans:
        rows.update(plan["rows"])
    return Removed(
        dict(rows),
        handed_back=max((plan["handed_back"] for plan in plans), default=0),
        sealed=sum(plan["sealed"] for plan in plans),
        lists=max((plan["lists"] for plan in plans), default=0),
        files=tuple(sorted({name for plan in plans for name in plan["files"]})),
        named_in=tuple(named_in),
        unread=tuple(unread),
        with_name=tuple(
            (lake.place / name).relative_to(root).as_posix()
            for (lake, _), plan in zip(lakes, plans, strict=True)
            for name in plan.get("with_name", ())
        ),
    )


def finish(lakes: Sequence[tuple[Lakehouse, Vault]], user_id: str) -> None:
    """Remove the person from the vaults and let loads go on."""
    with ExitStack() as held:
        for lake, _ in lakes:
            held.enter_context(lake.exclusive())
            refuse_other(lake, user_id)
        for _, vault in lakes:
            vault.remove(user_id)
        for lake, _ in lakes:
            (lake.root / PLAN).unlink(missing_ok=True)


def _remove_from(lake: Lakehouse, user_id: str, plan: Plan) -> None:
    scratch = lake.scratch / "forget"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    try:
        with lake.session() as session:
            _remove_rows(session, lake, user_id, plan, scratch)
        with lake.session() as session:
            _remove_quarantined(session, lake, plan["quarantined"])
            _settle_ledger(session, lake, plan["ledger"])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _remove_rows(
    session: Session, lake: Lakehouse, user_id: str, plan: Plan, scratch: Path
) -> None:
    """Rewrite the files that hold a row of the person."""
    for table, condition in conditions(user_id, plan["orders"], plan.get("texts", {})):
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
        for place, (name, count) in enumerate(held):
            file = files[name]
            if count == file.rows:
                continue
            target = scratch / f"{table.name}-{place}.parquet"
            session.run(
                f"copy (select * from read_parquet({literal(name)}, hive_partitioning = false) "
                f"where ({condition}) is distinct from true) "
                f"to {literal(target)} (format parquet, compression zstd)"
            )
            added.append(StoredFile(target, file.rows - count, file.partition))
        if held:
            exchange(path, stored_columns(table), by, added, [files[name] for name, _ in held])
            KeyIndex(lake.root / "_keys" / table.name).clear()


def _remove_quarantined(
    session: Session, lake: Lakehouse, planned: Sequence[Sequence[Any]]
) -> None:
    """Remove the rows planned, each by export, content and number."""
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


def _settle_ledger(session: Session, lake: Lakehouse, changes: list[dict[str, str]]) -> None:
    """Put the planned figures into the ledger; doing it twice changes nothing."""
    after = {(row["export"], row["file_sha256"]): row for row in changes}
    if not after:
        return
    rows = ledger_rows(session)
    for row in rows:
        change = after.get((row["export"], row["file_sha256"]))
        for name in MOVED if change is not None else ():
            row[name] = type(row[name])(change[name])  # type: ignore[index]
    lake.overwrite(INGEST_LEDGER, pa.Table.from_pylist(rows, schema=INGEST_LEDGER.arrow_schema()))


def _lines_of(
    root: Path,
    lakes: Sequence[tuple[Lakehouse, Vault]],
    person: Person,
    laid: Sequence[LaidFile],
    plans: Sequence[Plan],
) -> tuple[list[tuple[LaidFile, list[tuple[int, int]]]], list[str]]:
    """The person's lines in each hand-back file, and other files that name them.

    A line whose row stays in a quarantine stays with it, one whose row leaves it leaves too; every
    other line is judged by itself.
    """
    planned = [row for plan in plans for row in plan["quarantined"]]
    gone = {key for row in planned for key in line_keys(row[1], row[2], row[3])}
    stay: set[Key] = set()
    for lake, _ in lakes:
        with lake.session(QUARANTINE) as session:
            for row in session.rows("select file_sha256, file_name, row_number from quarantine"):
                stay.update(line_keys(*row))
    dropped, named_in = [], []
    for file in laid:
        if not file.is_ours:
            if any(_is_named(line, person) for line in file.lines()):
                named_in.append(file.path.relative_to(root).as_posix())
            continue
        theirs = [line.place for line in file.lines() if _is_theirs(line, person, gone, stay)]
        if theirs:
            dropped.append((file, theirs))
    return dropped, named_in


def _is_named(line: Line, person: Person) -> bool:
    """Whether a line of a file that is not ours names them; a name alone is no evidence there."""
    is_theirs = line.owner(person) is Owner.THEIRS
    return person.names_row(line.cells, Owner.THEIRS if is_theirs else Owner.ANOTHER)


def _is_theirs(line: Line, person: Person, gone: set[Key], stay: set[Key]) -> bool:
    if line.key in gone:
        return True
    if line.key in stay:
        return False
    return person.names_row(line.cells, line.owner(person))
