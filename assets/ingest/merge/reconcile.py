"""Reconcile every row and every fen of a file: ledger, quarantine and repairs.

read = loaded + quarantined + duplicate + superseded + forgotten, for rows and for money (loaded
money = kept + given back). The equality is asserted for each file before it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from assets.ingest.merge.ledger import ledger_of, ledger_table
from assets.ingest.merge.table_commit import ReplacedRows, TableCommit
from assets.ingest.quarantine.release import QuarantinedTotals
from assets.ingest.stage.orders import row_value as money
from assets.ingest.stage.stage_file import ZERO, StagedFile
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.lakehouse.sql_text import literal
from data_contracts.errors import ExportError
from data_contracts.records.ledger import LedgerRow
from data_contracts.repairs import RepairKind
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, REPAIRS

CorrectedContents = dict[str, tuple[str, Any, Any]]
_NO_ROWS = ReplacedRows(0, ZERO, ZERO)
# Such an error is never the file's fault; the undo journal reverts the load.
_LOAD_UNDONE = "this is a fault of Linli: the load was undone and changed nothing. Please report it"
_LOAD_UNDONE_ZH = "这是 Linli 的错误：本次导入已撤销，未作任何更改。请反馈此问题"


def reconciled_ledger(
    session: Session,
    table: Table,
    staged: Sequence[StagedFile],
    change: TableCommit,
    corrected: CorrectedContents,
    quarantined: Mapping[str, QuarantinedTotals],
    rows_after: int,
) -> pa.Table:
    """Return the ledger of `table` after a load: a row per new file, and what older files lost.

    `quarantined`: content → totals of its rows in the quarantine after the load. `rows_after`: rows
    of the table after the load. Raises ExportError when rows or money do not add up.
    """
    new = {item.sha256 for item in staged}
    older = [row for row in ledger_of(session, table) if row.file_sha256 not in new]
    rows = [
        replace(row, superseded_by=corrected[row.file_sha256][0])
        if row.file_sha256 in corrected
        else row
        for row in older
    ]
    rows += [_new_ledger_row(item) for item in staged]
    after = []
    for row in rows:
        sha = row.file_sha256
        row = _with_duplicates(row, change.duplicates.get(sha, _NO_ROWS))
        row = _with_superseded(row, change.superseded.get(sha, _NO_ROWS))
        row = _release_quarantined(row, quarantined.get(sha, QuarantinedTotals()))
        _assert_balanced(row)
        after.append(row)
    assert_accounted(table, rows_after, sum(row.rows_loaded for row in after))
    return ledger_table(after)


def assert_accounted(table: Table, rows_held: int, rows_accounted: int) -> None:
    """Raise ExportError when the table does not hold as many rows as its files account for."""
    if rows_accounted != rows_held:
        raise ExportError(
            f"{table.name}: the table would hold {rows_held:,} rows, its files account for "
            f"{rows_accounted:,}; {_LOAD_UNDONE}",
            f"{table.name}：导入后表中应有 {rows_held:,} 行，而各文件合计 "
            f"{rows_accounted:,} 行；{_LOAD_UNDONE_ZH}",
        )


def repairs_after(
    session: Session, table: Table, staged: Sequence[StagedFile], corrected: CorrectedContents
) -> pa.Table:
    """Return the repairs of `table` after a load, with the derived columns of `staged`.

    Repairs of corrected files are removed with their files.
    """
    kept = session.arrow(
        "select * from repairs where export = $export and not list_contains($gone, file_sha256)",
        export=table.name,
        gone=sorted({item.sha256 for item in staged} | set(corrected)),
    )
    new = [part for item in staged for part in (item.repairs, _derived_columns(item))]
    return pa.concat_tables([kept.cast(REPAIRS.arrow_schema()), *new])


def reconcile_rewritten_rows(
    session: Session,
    lake: Lakehouse,
    table: Table,
    column: str,
    kind: str,
    converted_back: Mapping[str, int] | None = None,
) -> None:
    """Update ledger and repairs of `table` after stored rows were repaired in place.

    Rows that lost their key to another row by the repair count as duplicates. `column` and `kind`:
    the repair. Its count never falls, since rows that had it may have been replaced since, except
    by `converted_back`: content → rows whose repair was reverted. With `converted_back` the repair
    changes the amounts of rows and never their number.
    """
    tag = literal(f"{column}:{kind}")
    stored = {
        sha: (ReplacedRows(rows, amount, given_back), repaired, of_kind)
        for sha, rows, amount, given_back, repaired, of_kind in session.rows(
            "select file_sha256, count(*)::bigint, "
            f"coalesce(sum({money.amount(table)}), 0)::decimal(18, 4), "
            f"coalesce(sum({money.returned_amount(table)}), 0)::decimal(18, 4), "
            "count(repairs)::bigint, "
            f"(count(*) filter (contains(repairs, {tag})))::bigint from {table.name} group by 1"
        )
    }
    counted = session.arrow("select * from repairs where export = $export", export=table.name)
    repairs = {
        (row["file_sha256"], row["column_name"], row["kind"]): row for row in counted.to_pylist()
    }
    ledger = []
    for row in ledger_of(session, table):
        sha = row.file_sha256
        stored_totals, repaired, of_kind = stored.get(sha, (_NO_ROWS, 0, 0))
        if converted_back is not None:
            row = _restate_amounts(row, stored_totals)
        replaced = ReplacedRows(
            row.rows_loaded - stored_totals.rows,
            row.money_loaded_yuan - stored_totals.amount,
            row.money_given_back_yuan - stored_totals.given_back,
        )
        row = _with_duplicates(row, replaced)
        _assert_balanced(row)
        ledger.append(replace(row, rows_repaired=max(row.rows_repaired, repaired)))
        key = (sha, column, kind)
        if (withdrawn := (converted_back or {}).get(sha)) and key in repairs:
            repairs[key]["rows"] = max(repairs[key]["rows"] - withdrawn, 0)
        if of_kind > repairs.get(key, {}).get("rows", 0):
            file = {"export": row.export, "file_name": row.file_name, "file_sha256": sha}
            repairs[key] = file | {"column_name": column, "kind": kind, "rows": of_kind}
    kept = [row for row in repairs.values() if row["rows"]]
    kept_repairs = pa.Table.from_pylist(kept, schema=REPAIRS.arrow_schema())
    _overwrite_export(session, lake, REPAIRS, table, kept_repairs)
    _overwrite_export(session, lake, INGEST_LEDGER, table, ledger_table(ledger))


def files_with_released_rows(
    session: Session, table: Table, quarantined: Mapping[str, QuarantinedTotals]
) -> set[str]:
    """Return the names of files that have fewer rows in the quarantine than the ledger says."""
    return {
        row.file_name
        for row in ledger_of(session, table)
        if row.rows_quarantined != quarantined.get(row.file_sha256, QuarantinedTotals()).rows
    }


def bookkeeping_with(
    session: Session, bookkeeping: Table, table: Table, rows: pa.Table
) -> pa.Table | None:
    """Return the content of `bookkeeping` with `rows` in place of those of `table`.

    None where there are no rows of `table` before and after.
    """
    if rows.num_rows == 0 and not session.scalar(
        f"select count(*) from {bookkeeping.name} where export = $export", export=table.name
    ):
        return None
    others = session.arrow(
        f"select * from {bookkeeping.name} where export <> $export", export=table.name
    )
    return pa.concat_tables([others.cast(bookkeeping.arrow_schema()), rows])


def _overwrite_export(
    session: Session,
    lake: Lakehouse,
    bookkeeping: Table,
    table: Table,
    rows: pa.Table,
) -> None:
    """Replace the rows of `table` in `bookkeeping` by `rows`."""
    content = bookkeeping_with(session, bookkeeping, table, rows)
    if content is not None:
        lake.overwrite(bookkeeping, content)


def _derived_columns(item: StagedFile) -> pa.Table:
    """Return, as rows of `repairs`, the columns that are absent in the file and derived for every
    good row.

    The rows themselves do not record it: none of their values was repaired.
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


def _new_ledger_row(item: StagedFile) -> LedgerRow:
    """Return the ledger row of a file before any of its rows is replaced."""
    days = item.days
    good = item.good_totals
    return LedgerRow(
        export=item.source.table.name,
        file_name=item.source.file.name,
        file_sha256=item.sha256,
        file_bytes=item.source.file.size_bytes,
        file_format=str(item.source.format.describe()),
        preset=item.source.preset,
        rows_read=item.rows_read,
        rows_loaded=good.rows,
        rows_quarantined=item.rows_bad,
        rows_duplicate=0,
        rows_superseded=0,
        rows_forgotten=item.forgotten_totals.rows,
        rows_repaired=item.rows_repaired,
        money_read_yuan=item.all_totals.amount,
        money_kept_yuan=good.amount - good.returned_amount,
        money_given_back_yuan=good.returned_amount,
        money_quarantined_yuan=item.bad_totals.amount,
        money_duplicate_yuan=ZERO,
        money_superseded_yuan=ZERO,
        money_forgotten_yuan=item.forgotten_totals.amount,
        rows_without_amount=item.all_totals.without_amount,
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        latest_event_at=item.latest_event_at,
        ignored_columns=", ".join(item.ignored_headers),
        ignored_sheets=", ".join(item.source.format.unread),
        superseded_by=None,
        product_unit_columns=" ".join(item.product_unit_columns),
    )


def _restate_amounts(row: LedgerRow, stored_totals: ReplacedRows) -> LedgerRow:
    """Return the ledger row with the amounts of its stored rows."""
    return replace(
        row,
        money_read_yuan=row.money_read_yuan + stored_totals.amount - row.money_loaded_yuan,
        money_kept_yuan=stored_totals.amount - stored_totals.given_back,
        money_given_back_yuan=stored_totals.given_back,
    )


def _with_duplicates(row: LedgerRow, replaced: ReplacedRows) -> LedgerRow:
    """Return the ledger row after loaded rows were replaced by others of their key."""
    return replace(
        _without(row, replaced),
        rows_duplicate=row.rows_duplicate + replaced.rows,
        money_duplicate_yuan=row.money_duplicate_yuan + replaced.amount,
    )


def _with_superseded(row: LedgerRow, replaced: ReplacedRows) -> LedgerRow:
    """Return the ledger row after loaded rows were retracted by a corrected file."""
    return replace(
        _without(row, replaced),
        rows_superseded=row.rows_superseded + replaced.rows,
        money_superseded_yuan=row.money_superseded_yuan + replaced.amount,
    )


def _without(row: LedgerRow, replaced: ReplacedRows) -> LedgerRow:
    """Return the ledger row without loaded rows that are to be counted elsewhere."""
    return replace(
        row,
        rows_loaded=row.rows_loaded - replaced.rows,
        money_kept_yuan=row.money_kept_yuan - (replaced.amount - replaced.given_back),
        money_given_back_yuan=row.money_given_back_yuan - replaced.given_back,
    )


def _release_quarantined(row: LedgerRow, remaining: QuarantinedTotals) -> LedgerRow:
    """Return the ledger row after rows left the quarantine: they count as superseded.

    The figures follow from the stored quarantine, so an interrupted load can be repeated.
    """
    rows = row.rows_quarantined - remaining.rows
    if rows < 0:
        raise ExportError(
            f"{row.file_name}: {remaining.rows:,} rows are in the quarantine, "
            f"the ledger counts {row.rows_quarantined:,}; {_LOAD_UNDONE}",
            f"{row.file_name}：隔离区有 {remaining.rows:,} 行，而台账记为 "
            f"{row.rows_quarantined:,} 行；{_LOAD_UNDONE_ZH}",
        )
    amount = row.money_quarantined_yuan - remaining.amount
    return replace(
        row,
        rows_quarantined=remaining.rows,
        money_quarantined_yuan=remaining.amount,
        rows_superseded=row.rows_superseded + rows,
        money_superseded_yuan=row.money_superseded_yuan + amount,
    )


def _assert_balanced(row: LedgerRow) -> None:
    """Raise ExportError when a ledger row does not add up."""
    if row.rows_read != row.rows_accounted or row.rows_loaded < 0:
        raise ExportError(
            f"{row.file_name}: {row.rows_read:,} rows read, {row.rows_accounted:,} accounted for; "
            f"{_LOAD_UNDONE}",
            f"{row.file_name}：读取 {row.rows_read:,} 行，只对上 {row.rows_accounted:,} 行；"
            f"{_LOAD_UNDONE_ZH}",
        )
    if row.money_read_yuan != row.money_accounted_yuan:
        raise ExportError(
            f"{row.file_name}: {row.money_read_yuan} yuan read, {row.money_accounted_yuan} "
            f"accounted for; {_LOAD_UNDONE}",
            f"{row.file_name}：读取金额 {row.money_read_yuan} 元，只对上 "
            f"{row.money_accounted_yuan} 元；{_LOAD_UNDONE_ZH}",
        )
