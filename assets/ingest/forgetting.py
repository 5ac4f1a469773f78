"""Take a person out of a home: exports, computed tables, quarantine, hand-back files, vault.

Rows are removed, not blanked, and their files are removed from the disk with every older version of
them; the ledger moves them to `forgotten`, so that every file still adds up. The pseudonym is
remembered (sealed), and rows that come again are counted and stored nowhere.

What is to be done is planned for every lake before anything changes: a row set aside is theirs by
its id, by what the table keeps of it, or by its line in a hand-back file, and leaves both. A
removal that was interrupted is finished by asking again; until then nothing is loaded. The vault
comes last, because it holds the texts the person is found by.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.ingest import money
from assets.ingest.handback import short_fingerprint
from assets.ingest.handback_files import FOLDER, Key, LaidFile, Line, laid_files
from assets.resources.key_index import KeyIndex
from assets.resources.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.mentions import Owner, Person
from assets.resources.parquet_exchange import (
    StoredFile,
    exchange,
    files_of,
    partition_column,
    purge,
)
from assets.resources.private_files import sweep_unfinished, written
from assets.resources.rule_sql import words
from assets.resources.sql_text import literal
from assets.resources.vault.vault import Vault
from data_contracts.errors import LinliError
from data_contracts.exports import EXPORTS, LOGISTICS
from data_contracts.table import Table
from data_contracts.tables import TABLES
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE

PLAN = "_forgetting.json"
_MOVED = (
    "rows_loaded",
    "rows_quarantined",
    "rows_forgotten",
    "money_kept_yuan",
    "money_given_back_yuan",
    "money_quarantined_yuan",
    "money_forgotten_yuan",
)


@dataclass(frozen=True)
class Removed:
    """What was taken out of a home: rows by table, lines handed back.

    `files`: export files that name the person; they are not ours to change. `named_in`: files in
    `quarantine/` that are no hand-backs and name the person. `unread`: what may not be read.
    """

    rows: dict[str, int]
    handed_back: int
    files: tuple[str, ...]
    named_in: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not (sum(self.rows.values()) or self.handed_back)


def people_tables() -> list[Table]:
    """Tables of the lake whose rows name a user."""
    return [table for table in (*EXPORTS, *TABLES) if "user_id" in stored_columns(table)]


def refuse_unfinished(lake: Lakehouse) -> None:
    """Raise LinliError while a removal stands half done in `lake`."""
    if (lake.root / PLAN).is_file():
        raise LinliError(
            "the removal of a person was interrupted and must be finished first: "
            "run linli forget for the same user again"
        )


def take_out(root: Path, lakes: Sequence[tuple[Lakehouse, Vault]], person: Person) -> Removed:
    """Remove the person from all of the home `root` but the vaults; `finish` removes them there.

    `person`: its last id is the pseudonym. Nothing is loaded until `finish` was called.
    """
    user_id = person.ids[-1]
    with ExitStack() as held:
        for lake, _ in lakes:
            held.enter_context(lake.exclusive())
            _refuse_other(lake, user_id)
        for _, vault in lakes:
            vault.forget(user_id)
        sweep_unfinished(root / FOLDER)
        laid, unread = laid_files(root)
        plans = []
        for lake, _ in lakes:
            with lake.session() as session:
                plans.append(_plan(session, lake, person, laid))
        rows: dict[str, int] = {}
        for (lake, _), plan in zip(lakes, plans, strict=True):
            for name, count in _remove_from(lake, user_id, plan).items():
                rows[name] = rows.get(name, 0) + count
        handed_back, named_in = _remove_handed_back(root, lakes, person, laid, plans)
        for lake, _ in lakes:
            for table in (*people_tables(), LOGISTICS):
                purge(lake.path(table))
    files = {name for plan in plans for name in plan["files"]}
    kept = {name: count for name, count in rows.items() if count}
    return Removed(kept, handed_back, tuple(sorted(files)), tuple(named_in), tuple(unread))


def finish(lakes: Sequence[tuple[Lakehouse, Vault]], user_id: str) -> int:
    """Remove the person from the vaults and let loads go on; returns how many sealed rows there
    were."""
    sealed = 0
    for lake, vault in lakes:
        with lake.exclusive():
            _refuse_other(lake, user_id)
            sealed += vault.remove(user_id)
            (lake.root / PLAN).unlink(missing_ok=True)
    return sealed


def _remove_from(lake: Lakehouse, user_id: str, plan: dict[str, Any]) -> dict[str, int]:
    scratch = lake.scratch / "forget"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    try:
        with lake.session() as session:
            rows = _remove_rows(session, lake, user_id, plan["orders"], scratch)
        with lake.session() as session:
            rows["quarantine"] = _remove_quarantined(session, lake, plan["quarantined"])
            _settle_ledger(session, lake, plan["ledger"])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return rows


# -- what is to be done ------------------------------------------------------------------------


def _plan(
    session: Session, lake: Lakehouse, person: Person, laid: Sequence[LaidFile]
) -> dict[str, Any]:
    """What the removal does to the ledger, in absolute figures, written down before it begins."""
    path = lake.root / PLAN
    user_id = person.ids[-1]
    key = literal(user_id)
    if path.is_file():
        return json.loads(path.read_text("utf-8"))
    orders = [
        row[0]
        for row in session.rows(f"select distinct order_id from orders where user_id = {key}")
    ]
    losses: dict[tuple[str, str], list[Any]] = {}
    for table, condition in _conditions(user_id, orders):
        if table not in EXPORTS:
            continue
        for sha, count, amount, back in session.rows(
            f"select file_sha256, count(*)::bigint, "
            f"coalesce(sum({money.amount(table)}), 0)::decimal(18, 4), "
            f"coalesce(sum({money.given_back(table)}), 0)::decimal(18, 4) "
            f"from {table.name} where {condition} group by 1"
        ):
            losses[(table.name, sha)] = [count, amount, back, 0, Decimal(0)]
    aside = _set_aside(session, person, laid)
    for row in aside:
        loss = losses.setdefault(
            (row["export"], row["file_sha256"]), [0, Decimal(0), Decimal(0), 0, Decimal(0)]
        )
        loss[3] += 1
        loss[4] += row["amount_yuan"] or 0
    ledger, files = [], []
    for row in _ledger(session):
        key_of_row = (row["export"], row["file_sha256"])
        if key_of_row not in losses:
            continue
        count, amount, back, bad, bad_amount = losses[key_of_row]
        after = dict(row)
        after["rows_loaded"] -= count
        after["rows_quarantined"] -= bad
        after["rows_forgotten"] += count + bad
        after["money_kept_yuan"] -= amount - back
        after["money_given_back_yuan"] -= back
        after["money_quarantined_yuan"] -= bad_amount
        after["money_forgotten_yuan"] += amount + bad_amount
        files.append(row["file_name"])
        figures = {name: str(after[name]) for name in _MOVED}
        ledger.append({"export": row["export"], "file_sha256": row["file_sha256"]} | figures)
    plan = {
        "user_id": user_id,
        "orders": orders,
        "ledger": ledger,
        "files": sorted(set(files)),
        "quarantined": [
            [row["export"], row["file_sha256"], row["file_name"], row["row_number"]]
            for row in aside
        ],
    }
    with written(path) as stream:
        stream.write(json.dumps(plan, ensure_ascii=False).encode())
    return plan


def _set_aside(session: Session, person: Person, laid: Sequence[LaidFile]) -> list[dict[str, Any]]:
    """Rows of the quarantine about the person, by the table or by the lines handed back."""
    rows = session.arrow(
        "select export, file_sha256, file_name, row_number, user_id, amount_yuan, raw_value, "
        "raw_text from quarantine order by export, file_sha256, row_number"
    ).to_pylist()
    by_line: dict[Key, list[int]] = {}
    found = set()
    for place, row in enumerate(rows):
        name, number = row["file_name"], row["row_number"]
        for content in ("", short_fingerprint(row["file_sha256"])):
            by_line.setdefault((name, content, number), []).append(place)
        said = [row["raw_value"] or "", *(row["raw_text"] or "").split(" | ")]
        if person.names_row(said, _owner(row["user_id"], person)):
            found.add(place)
    for file in laid:
        for line in file.lines() if file.is_ours else ():
            for place in by_line.get(line.key, ()) if line.key is not None else ():
                owner = _owner(rows[place]["user_id"], person)
                if place not in found and person.names_row(line.cells, owner):
                    found.add(place)
    return [rows[place] for place in sorted(found)]


def _owner(user_id: str | None, person: Person) -> Owner:
    if user_id is None:
        return Owner.NOBODY
    return Owner.THEIRS if user_id == person.ids[-1] else Owner.ANOTHER


def _refuse_other(lake: Lakehouse, user_id: str) -> None:
    """Only the person whose removal was interrupted may be asked for while it is unfinished."""
    path = lake.root / PLAN
    if path.is_file() and json.loads(path.read_text("utf-8"))["user_id"] != user_id:
        refuse_unfinished(lake)


def _conditions(user_id: str, orders: Sequence[str]) -> list[tuple[Table, str]]:
    """Table and the SQL condition of its rows about the person."""
    found = [
        (table, f"user_id = {literal(user_id)}")
        for table in people_tables()
        if table is not QUARANTINE
    ]
    if orders:
        found.append((LOGISTICS, f"order_id in {words(list(orders))}"))
    return found


# -- doing it ----------------------------------------------------------------------------------


def _remove_rows(
    session: Session, lake: Lakehouse, user_id: str, orders: Sequence[str], scratch: Path
) -> dict[str, int]:
    """Rewrite the files that hold a row of the person; returns rows by table."""
    removed = {}
    for table, condition in _conditions(user_id, orders):
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
        removed[table.name] = sum(count for _, count in held)
    return removed


def _remove_quarantined(session: Session, lake: Lakehouse, planned: Sequence[Sequence[Any]]) -> int:
    """Remove the rows planned, each by export, content and number; those gone before count not."""
    theirs = pa.table(
        {
            "export": pa.array([row[0] for row in planned], pa.string()),
            "file_sha256": pa.array([row[1] for row in planned], pa.string()),
            "row_number": pa.array([row[3] for row in planned], pa.int64()),
        }
    )
    session.register("theirs", theirs)
    by_key = "join theirs using (export, file_sha256, row_number)"
    count = session.scalar(f"select count(*) from quarantine semi {by_key}")
    if count:
        rows = session.arrow(f"select quarantine.* from quarantine anti {by_key}")
        lake.overwrite(QUARANTINE, rows.cast(QUARANTINE.arrow_schema()))
    return int(count)


def _ledger(session: Session) -> list[dict[str, Any]]:
    rows = session.arrow("select * from ingest_ledger order by export, file_name, file_sha256")
    return rows.cast(INGEST_LEDGER.arrow_schema()).to_pylist()


def _settle_ledger(session: Session, lake: Lakehouse, changes: list[dict[str, str]]) -> None:
    """Put the planned figures into the ledger; doing it twice changes nothing."""
    after = {(row["export"], row["file_sha256"]): row for row in changes}
    if not after:
        return
    rows = _ledger(session)
    for row in rows:
        change = after.get((row["export"], row["file_sha256"]))
        for name in _MOVED if change is not None else ():
            row[name] = type(row[name])(change[name])  # type: ignore[index]
    lake.overwrite(INGEST_LEDGER, pa.Table.from_pylist(rows, schema=INGEST_LEDGER.arrow_schema()))


def _remove_handed_back(
    root: Path,
    lakes: Sequence[tuple[Lakehouse, Vault]],
    person: Person,
    laid: Sequence[LaidFile],
    plans: Sequence[dict[str, Any]],
) -> tuple[int, list[str]]:
    """Drop the person's lines from the hand-back files; returns how many, and other files that
    name them.

    A line whose row stands in a quarantine follows it; every other line is judged by itself.
    """
    planned = [row for plan in plans for row in plan["quarantined"]]
    gone = {key for row in planned for key in _keys(row[1], row[2], row[3])}
    stay: set[Key] = set()
    for lake, _ in lakes:
        with lake.session(QUARANTINE) as session:
            for row in session.rows("select file_sha256, file_name, row_number from quarantine"):
                stay.update(_keys(*row))
    dropped, named_in = 0, []
    for file in laid:
        if not file.is_ours:
            if any(_is_named(line, person) for line in file.lines()):
                named_in.append(file.path.relative_to(root).as_posix())
            continue
        theirs = [line.place for line in file.lines() if _is_theirs(line, person, gone, stay)]
        if theirs:
            file.drop(theirs)
            dropped += len(theirs)
    return dropped, named_in


def _is_named(line: Line, person: Person) -> bool:
    """Whether a line of a file that is not ours names them; a name alone is no evidence there."""
    is_theirs = line.owner(person) is Owner.THEIRS
    return person.names_row(line.cells, Owner.THEIRS if is_theirs else Owner.ANOTHER)


def _keys(sha256: str, name: str, number: int) -> tuple[Key, Key]:
    """How a line may name a row: with the content's fingerprint, or, in older files, without."""
    return (name, short_fingerprint(sha256), number), (name, "", number)


def _is_theirs(line: Line, person: Person, gone: set[Key], stay: set[Key]) -> bool:
    if line.key in gone:
        return True
    if line.key in stay:
        return False
    return person.names_row(line.cells, line.owner(person))
