"""Load the exports of one contract into the lake: stage what is new, settle keys, commit, account.

A file is known by its content: one that stands in the ledger is not read again. Among rows of one
key the latest version wins, then the later file, then the later row. For every file
rows_read = rows_loaded + rows_quarantined + rows_duplicate, asserted against what the table holds.
Commits come in the order table, quarantine, ledger, so that a killed load is simply done again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.ingest.staging import BROKEN_RULE, Staged, stage
from assets.resources.inbox import ExportFile, find_files, identify
from assets.resources.lakehouse import Lakehouse, Session, literal, stored_columns
from data_contracts.errors import ExportError
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE


def new_files(lake: Lakehouse, exports: Path, table: Table) -> list[ExportFile]:
    """Files of `table` whose content the ledger does not know; the same content counts once."""
    known = set(_ledger_rows(lake, table).column("file_sha256").to_pylist())
    found: dict[str, ExportFile] = {}
    for path in find_files(exports, table):
        file = identify(exports, table, path)
        if file.sha256 not in known:
            found.setdefault(file.sha256, file)
    return list(found.values())


def load(
    lake: Lakehouse, exports: Path, table: Table, cutoff_minutes: int, log: Callable[[str], None]
) -> pa.Table:
    """Bring every new file of `table` into the lake; returns the table's ledger rows.

    Raises ExportError for a file that cannot be read as its contract; nothing is loaded then.
    """
    scratch = lake.scratch / f"ingest-{table.name}"
    with lake.exclusive():
        files = new_files(lake, exports, table)
        if not files:
            return _ledger_rows(lake, table)
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            with lake.session() as session:
                staged = []
                for file in files:
                    staged.append(stage(session, file, scratch, cutoff_minutes))
                    read, bad = staged[-1].rows_read, staged[-1].rows_bad
                    log(f"{file.name}: {read:,} rows read, {bad:,} set aside")
                _settle(session, table, staged)
                _commit_rows(session, lake, table)
                _commit_quarantine(session, lake, table, staged)
                lost = session.rows("select file_sha256, count(*)::bigint from losers group by 1")
            with lake.session() as session:
                return _commit_ledger(session, lake, table, staged, dict(lost))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _settle(session: Session, table: Table, staged: list[Staged]) -> None:
    """Make the view `settled`: the rows the table should hold for the days the files touch."""
    columns = ", ".join(stored_columns(table))
    incoming = " union all by name ".join(
        f"select *, {sequence} as file_sequence from read_parquet({literal(item.path)})"
        for sequence, item in enumerate(staged, start=1)
    )
    shas = [item.file.sha256 for item in staged]
    session.view("incoming", f"select * from ({incoming}) where {BROKEN_RULE} is null")
    # rows of these very files may stand already, when a load was killed before the ledger
    session.view(
        "standing",
        f"select * from {table.name} where not list_contains($shas, file_sha256)",
        shas=shas,
    )
    session.view(
        "every",
        f"select {columns}, file_sequence from incoming union all by name "
        f"select {columns}, 0 as file_sequence from standing",
    )
    key = ", ".join(table.key)
    # A key that occurs once needs no ordering; only the few that do not are ranked.
    session.table(
        "repeated", f"select hash({key}) as key_hash from every group by 1 having count(*) > 1"
    )
    version = f"{table.version} desc nulls last, " if table.version else ""
    session.table(
        "losers",
        f"""select file_sha256, row_number from (
            select file_sha256, row_number, row_number() over (
                partition by {key} order by {version}file_sequence desc, row_number desc
            ) as place
            from every where hash({key}) in (select key_hash from repeated)
        ) where place > 1""",
    )
    session.view(
        "settled", f"select {columns} from every anti join losers using (file_sha256, row_number)"
    )


def _commit_rows(session: Session, lake: Lakehouse, table: Table) -> None:
    columns = ", ".join(f"{name}::{kind} as {name}" for name, kind in stored_columns(table).items())
    if table.partition is None:
        lake.overwrite(table, session.reader(f"select {columns} from settled"))
        return
    day = table.partition
    session.table(
        "touched_days",
        f"select distinct {day} as day from incoming union "
        f"select distinct {day} from standing semi join losers using (file_sha256, row_number)",
    )
    days = [row[0] for row in session.rows("select day from touched_days order by 1")]
    reader = session.reader(
        f"select {columns} from settled where {day} in (select day from touched_days)"
    )
    lake.replace_days(table, days, reader, by=day)


def _commit_quarantine(
    session: Session, lake: Lakehouse, table: Table, staged: list[Staged]
) -> None:
    shas = [item.file.sha256 for item in staged]
    kept = session.arrow(
        "select * from quarantine "
        "where not (export = $export and list_contains($shas, file_sha256))",
        export=table.name,
        shas=shas,
    )
    schema = QUARANTINE.arrow_schema()
    lake.overwrite(
        QUARANTINE, pa.concat_tables([kept.cast(schema), *[item.quarantine for item in staged]])
    )


def _commit_ledger(
    session: Session, lake: Lakehouse, table: Table, staged: list[Staged], lost: dict[str, int]
) -> pa.Table:
    """Account for every file of `table` anew, because new rows may stand for older ones.

    `lost`: rows per file that another row of their key stands for.
    """
    day = table.partition or (f"cast({table.event_time} as date)" if table.event_time else "NULL")
    latest = table.event_time or "NULL"
    held = {
        sha: {"rows": rows, "first_day": first, "last_day": last, "latest_event_at": at}
        for sha, rows, first, last, at in session.rows(
            f"select file_sha256, count(*)::bigint, min({day})::date, max({day})::date, "
            f"max({latest})::timestamp from {table.name} group by 1"
        )
    }
    rows = _ledger_rows(lake, table).to_pylist()
    for row in rows:
        row["rows_loaded"] = held.get(row["file_sha256"], {"rows": 0})["rows"]
        row["rows_duplicate"] = row["rows_read"] - row["rows_quarantined"] - row["rows_loaded"]
    rows += [_ledger_row(item, lost.get(item.file.sha256, 0)) for item in staged]
    for row in rows:
        facts = dict(held.get(row["file_sha256"], {"rows": 0}))
        _assert_balanced(row, facts.pop("rows"))
        row |= facts
    others = session.arrow("select * from ingest_ledger where export <> $export", export=table.name)
    schema = INGEST_LEDGER.arrow_schema()
    mine = pa.Table.from_pylist(rows, schema=schema)
    lake.overwrite(INGEST_LEDGER, pa.concat_tables([others.cast(schema), mine]))
    return mine


def _ledger_row(item: Staged, lost: int) -> dict[str, Any]:
    return {
        "export": item.file.table.name,
        "file_name": item.file.name,
        "file_sha256": item.file.sha256,
        "file_bytes": item.file.size_bytes,
        "rows_read": item.rows_read,
        "rows_loaded": item.rows_good - lost,
        "rows_quarantined": item.rows_bad,
        "rows_duplicate": lost,
        "first_day": None,
        "last_day": None,
        "latest_event_at": None,
        "ignored_columns": ", ".join(item.ignored_columns),
    }


def _assert_balanced(row: dict[str, Any], held: int) -> None:
    """Raise ExportError when rows read are not all accounted for, or the table holds others."""
    accounted = row["rows_loaded"] + row["rows_quarantined"] + row["rows_duplicate"]
    if row["rows_read"] != accounted or row["rows_loaded"] != held or row["rows_duplicate"] < 0:
        raise ExportError(
            f"{row['file_name']}: {row['rows_read']:,} rows read, {accounted:,} accounted for, "
            f"{held:,} in the table; the load is not trusted. Remove the lake folder and run again"
        )


def _ledger_rows(lake: Lakehouse, table: Table) -> pa.Table:
    with lake.session() as session:
        rows = session.arrow(
            "select * from ingest_ledger where export = $export", export=table.name
        )
    return rows.cast(INGEST_LEDGER.arrow_schema())
