"""Turn the checks of a table into one Dagster step with one result per expectation."""

import logging
import time
import warnings
from collections.abc import Iterable
from datetime import date

import dagster as dg

from assets.checks.changed_days import ChangedDays
from assets.checks.checks_page import FILE as PAGE
from assets.checks.checks_page import render_checks_page
from assets.checks.results import check_name
from assets.checks.store import (
    check_record,
    descriptions,
    metadata_of,
    severity_of,
    store_results,
    summary_zh,
)
from assets.checks.suites import (
    NOT_EMPTY,
    OTHER_DAYS,
    checked_rules,
    has_size,
    is_blocking,
    run_suites,
)
from assets.checks.table_sizes import TableSizes
from assets.checks.validate import validate
from assets.framework.day_asset import STEP_LOGGER
from assets.framework.partitions import DAYS
from assets.resources.home import LinliHome
from assets.resources.outbox import outbox
from data_contracts.rules.batch import batch_rules
from data_contracts.table import Table

# The check of a day is a partitioned check, which Dagster reports as a preview on every start.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)


def table_checks(table: Table, *, must_have_rows: bool) -> dg.AssetChecksDefinition:
    """Define the check step of `table`, with one result per expectation.

    `must_have_rows`: an empty partition fails and blocks.
    """
    blocking = {check_name(rule) for rule in checked_rules(table) if is_blocking(rule)}
    blocking |= {check_name(rule) for rule in batch_rules(table) if is_blocking(rule)}
    # a result on other days has severity ERROR only if a blocking rule is broken there
    blocking |= {NOT_EMPTY, OTHER_DAYS}
    specs = [
        dg.AssetCheckSpec(
            name=name,
            asset=table.name,
            description=described.both,
            blocking=name in blocking,
            partitions_def=DAYS,
        )
        for name, described in descriptions(table, must_have_rows=must_have_rows).items()
    ]

    @dg.multi_asset_check(name=f"check_{table.name}", specs=specs)
    def checks(
        context: dg.AssetCheckExecutionContext, linli: dg.ResourceParam[LinliHome]
    ) -> Iterable[dg.AssetCheckResult]:
        as_of = date.fromisoformat(context.partition_key)
        extra = {"zh": f"校验 {table.name}（{table.zh}）"}
        logging.getLogger(STEP_LOGGER).info(f"check {table.name}", extra=extra)
        yield from run_checks(linli, table, as_of, must_have_rows=must_have_rows)

    return checks


def run_checks(
    home: LinliHome, table: Table, as_of: date, *, must_have_rows: bool = False
) -> list[dg.AssetCheckResult]:
    """Check `table`; store the results and the page of checks.

    Also clear the changed days that were checked, and record the size of a reference table for
    later days.
    """
    started = time.perf_counter()
    run = run_suites(home, table, as_of, validate, must_have_rows=must_have_rows)
    described = descriptions(table, must_have_rows=must_have_rows)
    seconds = time.perf_counter() - started
    rows = [
        check_record(item, table, described[item.check], rows=run.rows, step_seconds=seconds)
        for item in run.results
    ]
    folder = home.report_dir(as_of)
    results = store_results(folder, table, rows)
    outbox.write_atomically(folder / PAGE, render_checks_page(as_of, results).encode())
    if run.cleared_days:
        with home.lakehouse.exclusive():
            ChangedDays(home.lakehouse.root, table.name).clear(run.cleared_days)
    if has_size(table) and run.rows:
        with home.lakehouse.exclusive():
            TableSizes(home.lakehouse.root, table.name).record(as_of, run.rows)
    return [
        dg.AssetCheckResult(
            asset_key=table.name,
            check_name=item.check,
            passed=item.passed,
            severity=severity_of(item),
            description=summary_zh(item),
            metadata=metadata_of(item, run.rows, seconds),
        )
        for item in run.results
    ]


def checks_of(tables: Iterable[Table]) -> list[dg.AssetChecksDefinition]:
    """Define the check steps of every table."""
    return [table_checks(table, must_have_rows=table.is_never_empty) for table in tables]
