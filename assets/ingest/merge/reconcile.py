"""Account for every row and every fen of every file: ledger, quarantine, repairs.

read = loaded + quarantined + duplicate + superseded + forgotten, of the rows and of the money
(loaded money is what was kept and what was given back). Asserted, never assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from assets.ingest.merge.merge import Exchange, Lost
from assets.ingest.quarantine.release import Aside
from assets.ingest.stage.orders import order_value as money
from assets.ingest.stage.stage_file import ZERO, StagedFile
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.lakehouse.sql_text import literal
from data_contracts.errors import ExportError
from data_contracts.repairs import RepairKind
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE, REPAIRS

Corrected = dict[str, tuple[str, Any, Any]]
_NOTHING = Lost(0, ZERO, ZERO)
# A fault of ours, never of the file: the journal takes the load back.
_UNDONE = "this is a fault of Linli: the load was undone and changed nothing. Please report it"
_UNDONE_ZH = "这是 Linli 的错误：本次导入已撤销，未作任何更改。请反馈此问题"


def ledger_rows(lake: Lakehouse, table: Table) -> list[dict[str, Any]]:
    """Ledger rows of `table`, by file name."""
    with lake.session(INGEST_LEDGER) as session:
        return _ledger(session, table)


def commit_ledger(
    session: Session,
    lake: Lakehouse,
    table: Table,
    staged: list[StagedFile],
    change: Exchange,
    corrected: Corrected,
    aside: Mapping[str, Aside],
    rows_held: int,
) -> None:
    """Write the new files' accounts, and take from older ones what no longer stands of them.

    `aside`: content → what the quarantine holds of it after the commit; `rows_held`: rows of the
    table after the commit. Raises ExportError when rows or money do not add up.
    """
    new = {item.sha256 for item in staged}
    rows = [row for row in _ledger(session, table) if row["file_sha256"] not in new]
    for row in rows:
        sha = row["file_sha256"]
        _take(row, change.duplicates.get(sha, _NOTHING), "duplicate")
        _take(row, change.superseded.get(sha, _NOTHING), "superseded")
        if sha in corrected:
            row["superseded_by"] = corrected[sha][0]
    for item in staged:
        row = _first_account(item)
        _take(row, change.duplicates.get(item.sha256, _NOTHING), "duplicate")
        _take(row, change.superseded.get(item.sha256, _NOTHING), "superseded")
        rows.append(row)
    for row in rows:
        _settle_aside(row, aside.get(row["file_sha256"], Aside()))
        _assert_balanced(row)
    accounted = sum(row["rows_loaded"] for row in rows)
    if accounted != rows_held:
        raise ExportError(
            f"{table.name}: the table would hold {rows_held:,} rows, its files account for "
            f"{accounted:,}; {_UNDONE}",
            f"{table.name}：入库后表中应有 {rows_held:,} 行，而各文件合计 "
            f"{accounted:,} 行；{_UNDONE_ZH}",
        )
    _replace(session, lake, INGEST_LEDGER, table, rows)


def commit_beside(
    session: Session,
    lake: Lakehouse,
    table: Table,
    staged: list[StagedFile],
    corrected: Corrected,
    left: pa.Table,
) -> None:
    """Store the quarantine as it is `left`, and what was repaired or made in `staged`; that of
    corrected files goes with their files."""
    _replace(session, lake, QUARANTINE, table, left)
    kept = session.arrow(
        "select * from repairs where export = $export and not list_contains($gone, file_sha256)",
        export=table.name,
        gone=sorted({item.sha256 for item in staged} | set(corrected)),
    )
    mine = [part for item in staged for part in (item.repairs, _made(item))]
    _replace(
        session, lake, REPAIRS, table, pa.concat_tables([kept.cast(REPAIRS.arrow_schema()), *mine])
    )


def commit_renamed(
    session: Session,
    lake: Lakehouse,
    table: Table,
    column: str,
    kind: str,
    taken_back: Mapping[str, int] | None = None,
) -> None:
    """Account for rows of `table` that were repaired where they stood, from what stands now.

    Rows that lost to another one of their key by it are duplicates. `column` and `kind`: the
    repair; its count never falls, since rows that had it may have been replaced meanwhile, but by
    what was `taken_back`: content → rows. Where something may be taken back, the repair changes
    what rows are worth and never how many there are.
    """
    said = literal(f"{column}:{kind}")
    standing = {
        sha: (Lost(rows, amount, back), repaired, of_kind)
        for sha, rows, amount, back, repaired, of_kind in session.rows(
            "select file_sha256, count(*)::bigint, "
            f"coalesce(sum({money.amount(table)}), 0)::decimal(18, 4), "
            f"coalesce(sum({money.returned_amount(table)}), 0)::decimal(18, 4), "
            "count(repairs)::bigint, "
            f"(count(*) filter (contains(repairs, {said})))::bigint from {table.name} group by 1"
        )
    }
    ledger = _ledger(session, table)
    counted = session.arrow("select * from repairs where export = $export", export=table.name)
    repairs = {
        (row["file_sha256"], row["column_name"], row["kind"]): row for row in counted.to_pylist()
    }
    for row in ledger:
        sha = row["file_sha256"]
        held, repaired, of_kind = standing.get(sha, (_NOTHING, 0, 0))
        if taken_back is not None:
            _revalue(row, held)
        loaded = row["money_kept_yuan"] + row["money_given_back_yuan"]
        back = row["money_given_back_yuan"] - held.given_back
        lost = Lost(row["rows_loaded"] - held.rows, loaded - held.amount, back)
        _take(row, lost, "duplicate")
        _assert_balanced(row)
        row["rows_repaired"] = max(row["rows_repaired"], repaired)
        key = (sha, column, kind)
        if (taken := (taken_back or {}).get(sha)) and key in repairs:
            repairs[key]["rows"] = max(repairs[key]["rows"] - taken, 0)
        if of_kind > repairs.get(key, {}).get("rows", 0):
            names = ("export", "file_name", "file_sha256")
            said_of = {"column_name": column, "kind": kind, "rows": of_kind}
            repairs[key] = {name: row[name] for name in names} | said_of
    kept = [row for row in repairs.values() if row["rows"]]
    _replace(session, lake, REPAIRS, table, kept)
    _replace(session, lake, INGEST_LEDGER, table, ledger)


def names_settled(session: Session, table: Table, aside: Mapping[str, Aside]) -> set[str]:
    """Names of files of which the ledger counts more rows set aside than are left."""
    return {
        row["file_name"]
        for row in _ledger(session, table)
        if row["rows_quarantined"] != aside.get(row["file_sha256"], Aside()).rows
    }


def _ledger(session: Session, table: Table) -> list[dict[str, Any]]:
    return (
        session.arrow(
            "select * from ingest_ledger where export = $export order by file_name, file_sha256",
            export=table.name,
        )
        .cast(INGEST_LEDGER.arrow_schema())
        .to_pylist()
    )


def _replace(
    session: Session,
    lake: Lakehouse,
    book: Table,
    table: Table,
    rows: list[dict[str, Any]] | pa.Table,
) -> None:
    """Put `rows` in place of what `book` holds of `table`, when they differ."""
    schema = book.arrow_schema()
    mine = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows, schema=schema)
    others = session.arrow(f"select * from {book.name} where export <> $export", export=table.name)
    if mine.num_rows == 0 and not session.scalar(
        f"select count(*) from {book.name} where export = $export", export=table.name
    ):
        return
    lake.overwrite(book, pa.concat_tables([others.cast(schema), mine]))


def _made(item: StagedFile) -> pa.Table:
    """Columns the file has not and every good row of it got made of others, as rows of `repairs`.

    The rows themselves do not say so: nothing in them was repaired.
    """
    rows = [
        {
            "export": item.source.table.name,
            "file_name": item.source.file.name,
            "file_sha256": item.sha256,
            "column_name": column,
            "kind": RepairKind.MADE.value,
            "rows": item.good_totals.rows,
        }
        for column in item.derived
        if item.good_totals.rows
    ]
    return pa.Table.from_pylist(rows, schema=REPAIRS.arrow_schema())


def _first_account(item: StagedFile) -> dict[str, Any]:
    days = item.days
    good = item.good_totals
    return {
        "export": item.source.table.name,
        "file_name": item.source.file.name,
        "file_sha256": item.sha256,
        "file_bytes": item.source.file.size_bytes,
        "file_format": str(item.source.format.describe()),
        "preset": item.source.preset,
        "rows_read": item.rows_read,
        "rows_loaded": good.rows,
        "rows_quarantined": item.rows_bad,
        "rows_duplicate": 0,
        "rows_superseded": 0,
        "rows_forgotten": item.forgotten_totals.rows,
        "rows_repaired": item.rows_repaired,
        "money_read_yuan": item.all_totals.amount,
        "money_kept_yuan": good.amount - good.returned_amount,
        "money_given_back_yuan": good.returned_amount,
        "money_quarantined_yuan": item.bad_totals.amount,
        "money_duplicate_yuan": ZERO,
        "money_superseded_yuan": ZERO,
        "money_forgotten_yuan": item.forgotten_totals.amount,
        "rows_without_amount": item.all_totals.without_amount,
        "first_day": days[0] if days else None,
        "last_day": days[-1] if days else None,
        "latest_event_at": item.latest_event_at,
        "ignored_columns": ", ".join(item.ignored_headers),
        "ignored_sheets": ", ".join(item.source.format.unread),
        "superseded_by": None,
        "product_unit_columns": " ".join(item.product_unit_columns),
    }


def _revalue(row: dict[str, Any], held: Lost) -> None:
    """Take the amounts of the rows that stand for what the file says of them."""
    loaded = row["money_kept_yuan"] + row["money_given_back_yuan"]
    row["money_read_yuan"] += held.amount - loaded
    row["money_kept_yuan"] = held.amount - held.given_back
    row["money_given_back_yuan"] = held.given_back


def _take(row: dict[str, Any], lost: Lost, why: str) -> None:
    """Move what was lost from loaded to `why`."""
    row["rows_loaded"] -= lost.rows
    row[f"rows_{why}"] += lost.rows
    row["money_kept_yuan"] -= lost.amount - lost.given_back
    row["money_given_back_yuan"] -= lost.given_back
    row[f"money_{why}_yuan"] += lost.amount


def _settle_aside(row: dict[str, Any], left: Aside) -> None:
    """Move what left the quarantine from quarantined to superseded.

    It follows from the quarantine as it stands, so that a killed load may do it again.
    """
    rows = row["rows_quarantined"] - left.rows
    if rows < 0:
        raise ExportError(
            f"{row['file_name']}: {left.rows:,} rows stand in the quarantine, "
            f"{row['rows_quarantined']:,} were set aside; {_UNDONE}",
            f"{row['file_name']}：隔离区有 {left.rows:,} 行，而应隔离 "
            f"{row['rows_quarantined']:,} 行；{_UNDONE_ZH}",
        )
    amount = row["money_quarantined_yuan"] - left.amount
    row["rows_quarantined"], row["money_quarantined_yuan"] = left.rows, left.amount
    row["rows_superseded"] += rows
    row["money_superseded_yuan"] += amount


def _assert_balanced(row: dict[str, Any]) -> None:
    parts = ("loaded", "quarantined", "duplicate", "superseded", "forgotten")
    rows = sum(row[f"rows_{part}"] for part in parts)
    money = sum(
        (row[f"money_{part}_yuan"] for part in ("kept", "given_back", *parts[1:])),
        Decimal(0),
    )
    if row["rows_read"] != rows or row["rows_loaded"] < 0:
        raise ExportError(
            f"{row['file_name']}: {row['rows_read']:,} rows read, {rows:,} accounted for; "
            f"{_UNDONE}",
            f"{row['file_name']}：读取 {row['rows_read']:,} 行，只对上 {rows:,} 行；{_UNDONE_ZH}",
        )
    if row["money_read_yuan"] != money:
        raise ExportError(
            f"{row['file_name']}: {row['money_read_yuan']} yuan read, {money} accounted for; "
            f"{_UNDONE}",
            f"{row['file_name']}：读取金额 {row['money_read_yuan']} 元，只对上 "
            f"{money} 元；{_UNDONE_ZH}",
        )
