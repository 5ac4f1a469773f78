"""Load one export for a day: what is new in the inbox manifest, with the notes that people need."""

import logging
from datetime import date
from typing import Any

import dagster as dg

from assets.checks.gx import import_in_background
from assets.framework.day_asset import STEP_LOGGER, DayRun, Written
from assets.ingest.consent.consent_log import CONSENT_SOURCES
from assets.ingest.consent.current_refusals import remember_refusals
from assets.ingest.coverage import not_covered_message
from assets.ingest.identify_inbox import manifest_of_run
from assets.ingest.load import load
from assets.ingest.merge.convert_loaded import rows_of_unknown_unit
from assets.ingest.reading_notes import note_repairs, note_split_orders
from assets.ingest.stage.units.product_units import applied_to
from data_contracts.errors import NoDataError
from data_contracts.exports import ORDERS
from data_contracts.messages import in_chinese
from data_contracts.records.ledger import LedgerRow
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER

# Shown by the CLI within the step; the Dagster UI has the run's log.
PROGRESS = logging.getLogger(f"{STEP_LOGGER}.progress")
ABSENT = "absent"
REFUSED = "refused"
_NAMED_SKUS = 10
NO_USER = "no_user"
_ANY_USER = "select 1 from orders where user_id is not null limit 1"
_NO_USER_MESSAGE = (
    "no order names its user: no wake-up list, no profiles and no churn can be made. Export the "
    "user's id (用户编号, openid, 会员编号); a nickname or a phone is no id",
    "订单没有用户编号：无法生成唤醒清单、用户画像和流失预测。请导出用户编号（openid、会员编号等）；"
    "昵称和电话不能代替用户编号",
)


def load_export(run: DayRun, table: Table) -> Written:
    """Load the new files of `table`; note what is absent, rejected or not of the day.

    Raises NoDataError when an indispensable table is absent or does not cover the day.
    """
    import_in_background()  # the checks come next; there is time now

    def report(message: str) -> None:
        run.log(message)
        PROGRESS.info(message, extra={"zh": in_chinese(message)})

    manifest = manifest_of_run(run.home)
    loaded = load(run.home, table, report, manifest)
    if table.name in CONSENT_SOURCES:
        remember_refusals(run.home, manifest)
    ledger = loaded.ledger
    for file in loaded.rejected:
        run.fallback(f"{REFUSED} {file.name}", file.reason, file.reason_zh)
    if not ledger:
        _note_absent(run, table)
        return Written(0, {"files": 0})
    with run.lake.session(table) as session:
        day_filter = f"where {table.partition} = $as_of" if table.partition else ""
        rows = session.scalar(f"select count(*) from {table.name} {day_filter}", as_of=run.as_of)
        if table is ORDERS and not session.rows(_ANY_USER):
            run.fallback(NO_USER, *_NO_USER_MESSAGE)
        note_repairs(run, table)
        if table is ORDERS:
            note_split_orders(run)
        if skus := applied_to(run.lake, table):
            note_units_known_later(run, table, skus)
        if table.indispensable:
            _require_covered(
                run,
                table,
                session.rows(
                    f"select min({table.partition}), max({table.partition}) from {table.name}"
                )[0],
            )
            if rows == 0:
                run.fallback(
                    "no_rows_on_day",
                    f"{table.name}: no row on {run.as_of}, though other days have some",
                    f"{table.zh}：{run.as_of} 当天没有任何记录",
                )
    return Written(rows, _metadata(ledger))


def _note_absent(run: DayRun, table: Table) -> None:
    if table.indispensable:
        raise NoDataError(
            f"{run.home.exports_dir}: no {table.name} file "
            f"({table.name}.csv, .xlsx, .jsonl or .parquet); put one there, nothing runs without "
            "it",
            f"{run.home.exports_dir}：没有{table.zh}文件（{table.name}.csv、.xlsx、"
            ".jsonl 或 .parquet）；请放入该文件，没有它无法运行",
        )
    run.fallback(
        ABSENT,
        f"no {table.name} file: results that depend on it say no_evidence or use a fallback",
        f"没有{table.zh}文件：相关结果标为无依据，或降级处理",
    )


def note_units_known_later(run: DayRun, table: Table, skus: frozenset[str]) -> None:
    """Note rows that an earlier version loaded before their product file said 斤: their unit is
    unknown."""
    with run.lake.session(table, INGEST_LEDGER) as session:
        rows_by_sku = rows_of_unknown_unit(session, table, skus)
    if rows_by_sku:
        rows = sum(rows_by_sku.values())
        named = ", ".join(list(rows_by_sku)[:_NAMED_SKUS]) + (
            " …" if len(rows_by_sku) > _NAMED_SKUS else ""
        )
        run.fallback(
            "units_known_later",
            f"{table.name}: {rows:,} rows were loaded before the product file said that they count "
            f"in 斤, and may count twice what they weigh (SKU {named}). Export them with their "
            "unit (单位), under the same file names",
            f"{table.zh}：{rows:,} 行在商品档案注明按斤计之前已导入，数量可能多算一倍"
            f"（商品 {named}）；请带“单位”列按原文件名重新导出",
        )


def _require_covered(run: DayRun, table: Table, days: tuple[date | None, date | None]) -> None:
    first, last = days
    if first is None or last is None:
        raise NoDataError(
            f"{table.name}: no row could be loaded; see the quarantine for why",
            f"{table.zh}：没有一行可以导入；原因见隔离区",
        )
    if not first <= run.as_of <= last:
        raise NoDataError(*not_covered_message(run.as_of, first, last))


def _metadata(ledger: list[LedgerRow]) -> dict[str, Any]:
    lines = [
        "| file | read as | read | loaded | quarantined | duplicate | corrected | latest |",
        "|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for row in ledger[:50]:
        lines.append(
            f"| {row.file_name} | {row.preset}; {row.file_format} | {row.rows_read:,} "
            f"| {row.rows_loaded:,} | {row.rows_quarantined:,} | {row.rows_duplicate:,} "
            f"| {row.rows_superseded:,} | {row.latest_event_at or row.last_day} |"
        )
    return {
        "dagster/row_count": sum(row.rows_loaded for row in ledger),
        "rows_read": sum(row.rows_read for row in ledger),
        "rows_quarantined": sum(row.rows_quarantined for row in ledger),
        "rows_duplicate": sum(row.rows_duplicate for row in ledger),
        "rows_superseded": sum(row.rows_superseded for row in ledger),
        "rows_forgotten": sum(row.rows_forgotten for row in ledger),
        "rows_repaired": sum(row.rows_repaired for row in ledger),
        "exports_bytes": sum(row.file_bytes or 0 for row in ledger),
        "files": dg.MetadataValue.md("\n".join(lines)),
    }
