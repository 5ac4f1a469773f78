"""Take a person out of a lake: exports, computed tables, quarantine, hand-back files, vault.

Rows are removed, not blanked, and their files are removed from the disk with every older version of
them; the ledger moves them to `forgotten`, so that every file still adds up. The pseudonym is
remembered (sealed), and rows that come again are counted and stored nowhere. A removal that was
interrupted is finished by asking again; until then nothing is loaded.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.ingest import money
from assets.ingest.handback import FOLDER, ORIGINAL, ORIGINAL_ROW, lines_of, write_lines
from assets.resources.key_index import KeyIndex
from assets.resources.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.parquet_exchange import (
    StoredFile,
    exchange,
    files_of,
    partition_column,
    purge,
)
from assets.resources.rule_sql import words
from assets.resources.spreadsheet import csv_value
from assets.resources.sql_text import literal
from assets.resources.vault.vault import Vault
from data_contracts.errors import LinliError
from data_contracts.exports import EXPORTS, LOGISTICS
from data_contracts.table import Table
from data_contracts.tables import TABLES
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE

PLAN = "_forgetting.json"
SHORTEST_MENTION = 6  # characters; a shorter id stands in the text of other people's rows by chance
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
    """What was taken out of one lake: rows by table, rows handed back, sealed rows.

    `files`: export files that name the person; they are not ours to change.
    """

    rows: dict[str, int]
    handed_back: int
    sealed: int
    files: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        return not (sum(self.rows.values()) or self.handed_back or self.sealed)


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


def forget_in_lake(
    root: Path, lake: Lakehouse, vault: Vault, user_id: str, names: Sequence[str]
) -> Removed:
    """Remove the person with the pseudonym `user_id` from `lake` and `vault`.

    `root`: the home. `names`: the texts that mean the person in raw rows (id, phone).
    """
    with lake.exclusive():
        _refuse_other(lake, user_id)
        vault.forget(user_id)
        scratch = lake.scratch / "forget"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True, mode=0o700)
        try:
            with lake.session() as session:
                plan = _plan(session, lake, user_id, names)
                rows = _remove_rows(session, lake, user_id, plan["orders"], scratch)
            with lake.session() as session:
                rows["quarantine"] = _remove_quarantined(session, lake, user_id, names)
                _settle_ledger(session, lake, plan["ledger"])
            handed_back = _remove_handed_back(root, names, plan["quarantined"])
            for table in (*people_tables(), LOGISTICS):
                purge(lake.path(table))
            sealed = vault.remove(user_id)
            (lake.root / PLAN).unlink()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    kept = {name: count for name, count in rows.items() if count}
    return Removed(kept, handed_back, sealed, tuple(plan["files"]))


# -- what is to be done ------------------------------------------------------------------------


def _plan(session: Session, lake: Lakehouse, user_id: str, names: Sequence[str]) -> dict[str, Any]:
    """What the removal does to the ledger, in absolute figures, written down before it begins."""
    path = lake.root / PLAN
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
    aside = session.rows(
        "select export, file_sha256, file_name, row_number, coalesce(amount_yuan, 0) "
        f"from quarantine where {_set_aside(user_id, names)}"
    )
    for export, sha, _, _, amount in aside:
        loss = losses.setdefault((export, sha), [0, Decimal(0), Decimal(0), 0, Decimal(0)])
        loss[3] += 1
        loss[4] += amount
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
        "quarantined": [[name, number] for _, _, name, number, _ in aside],
    }
    building = path.with_suffix(".tmp")
    building.write_text(json.dumps(plan, ensure_ascii=False), "utf-8")
    building.replace(path)
    return plan


def _set_aside(user_id: str, names: Sequence[str]) -> str:
    """Condition of quarantined rows about the person: by the id, or, in a row whose cells stand
    under the wrong header, by a name in its text."""
    mentions = [re.escape(name) for name in names if len(name) >= SHORTEST_MENTION]
    by_id = f"coalesce(user_id = {literal(user_id)}, false)"
    if not mentions:
        return by_id
    pattern = f"(^|[^0-9A-Za-z_])({'|'.join(mentions)})([^0-9A-Za-z_]|$)"
    text = "concat_ws(' ', raw_value, raw_text)"
    return f"({by_id} or regexp_matches({text}, {literal(pattern)}))"


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


def _remove_quarantined(
    session: Session, lake: Lakehouse, user_id: str, names: Sequence[str]
) -> int:
    theirs = _set_aside(user_id, names)
    count = session.scalar(f"select count(*) from quarantine where {theirs}")
    if count:
        rows = session.arrow(f"select * from quarantine where not {theirs}")
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
    root: Path, names: Sequence[str], quarantined: Sequence[tuple[str, int]]
) -> int:
    """Drop the person's lines from the hand-back files: known ones by number, others by name."""
    numbers = {(name, number) for name, number in quarantined}
    folder = root / FOLDER
    paths = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    return sum(_drop_lines(path, numbers, names) for path in paths)


def _drop_lines(path: Path, numbers: set[tuple[str, int]], names: Sequence[str]) -> int:
    """Rewrite one hand-back file without the person's lines; removes it when none is left."""
    header, *rows = lines_of(path)
    where, number = header.index(ORIGINAL), header.index(ORIGINAL_ROW)
    kept = [
        row
        for row in rows
        if (csv_value(row[where]), int(row[number])) not in numbers
        and not names_in(" ".join(row), names)
    ]
    if len(kept) == len(rows):
        return 0
    if not kept:
        path.unlink()
        return len(rows)
    write_lines(path, [header, *kept])
    return len(rows) - len(kept)


def names_in(text: str, names: Sequence[str]) -> bool:
    """Whether one of the names stands in the text as a whole word; short ones are no evidence.

    >>> names_in("U10017 138", ["U10017"]), names_in("U100172", ["U10017"]), names_in("7", ["7"])
    (True, False, False)
    """
    return any(
        re.search(rf"(?<![0-9A-Za-z_]){re.escape(name)}(?![0-9A-Za-z_])", text)
        for name in names
        if len(name) >= SHORTEST_MENTION
    )
