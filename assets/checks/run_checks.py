"""Run the checks of a table for one day, and store their results and the page of checks."""

import time
from datetime import date

import dagster as dg

from assets.checks.changed_days import ChangedDays
from assets.checks.checked_rules import has_size
from assets.checks.checks_page import FILE as PAGE
from assets.checks.checks_page import render_checks_page
from assets.checks.store import (
    check_record,
    descriptions,
    metadata_of,
    severity_of,
    store_results,
    summary_zh,
)
from assets.checks.suites import run_suites
from assets.checks.table_sizes import TableSizes
from assets.checks.validate import validate
from assets.resources.home import LinliHome
from assets.resources.outbox import outbox
from data_contracts.table import Table


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
