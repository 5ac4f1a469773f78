"""Asset checks by Great Expectations: the contracts' rules as expectations on what was stored.

One declaration serves twice: `data_contracts.rules` is what ingest quarantines by, row for row, and
what is expected here of the day's rows. Beside them stand rules on the day as a whole (schema,
freshness, volume, shift; of a reference table schema and size), and row rules on the other days a
load has changed. Above `scope.SAMPLE_ROWS` rows a stated hash sample is looked at. A broken key,
requirement or schema blocks what rests on the table; the rest warns.

`looking` says which rows meet which rules, `judging` asks Great Expectations, `baselines` what the
days before say, `evidence` where failing rows stand; `recording` and `page` write it down. Here
stands only the step that Dagster runs.
"""

import logging
import time
import warnings
from collections.abc import Callable, Iterable
from datetime import date

import dagster as dg

from assets.checks.changed_days import TouchedDays
from assets.checks.checks_page import FILE as PAGE
from assets.checks.checks_page import page
from assets.checks.results import check_name
from assets.checks.store import descriptions, metadata_of, record, row_of, says, severity_of
from assets.checks.suites import NOT_EMPTY, OTHER_DAYS, checked_rules, has_size, is_blocking, look
from assets.checks.table_sizes import TableSizes
from assets.checks.validate import judge
from assets.framework.day_asset import STEP_LOGGER
from assets.framework.partitions import DAYS
from assets.resources.home import LinliHome
from assets.resources.outbox import outbox
from data_contracts.rules.batch import batch_rules
from data_contracts.table import Table

# Partitioned checks are what a day's check is; Dagster calls them a preview on every start.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)


def table_checks(table: Table, *, must_have_rows: bool) -> dg.AssetChecksDefinition:
    """One check step for `table` with one result per expectation.

    `must_have_rows`: an empty partition fails and blocks.
    """
    blocking = {check_name(rule) for rule in checked_rules(table) if is_blocking(rule)}
    blocking |= {check_name(rule) for rule in batch_rules(table) if is_blocking(rule)}
    # other days block when a rule that blocks is broken there: their severity says so
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
        told = {"zh": f"校验 {table.name}（{table.zh}）"}
        logging.getLogger(STEP_LOGGER).info(f"check {table.name}", extra=told)
        yield from run_checks(linli, table, as_of, must_have_rows=must_have_rows)

    return checks


def run_checks(
    home: LinliHome, table: Table, as_of: date, *, must_have_rows: bool = False
) -> list[dg.AssetCheckResult]:
    """Look at `table`, write results and page down, clear the noted days that are dealt with, and
    note the size of a reference table for the days to come."""
    started = time.perf_counter()
    found = look(home, table, as_of, judge, must_have_rows=must_have_rows)
    described = descriptions(table, must_have_rows=must_have_rows)
    seconds = time.perf_counter() - started
    rows = [
        row_of(item, table, described[item.check], rows=found.rows, step_seconds=seconds)
        for item in found.judged
    ]
    folder = home.report_dir(as_of)
    results = record(folder, table, rows)
    outbox.write_atomically(folder / PAGE, page(as_of, results).encode())
    if found.dealt_with:
        with home.lakehouse.exclusive():
            TouchedDays(home.lakehouse.root, table.name).clear(found.dealt_with)
    if has_size(table) and found.rows:
        with home.lakehouse.exclusive():
            TableSizes(home.lakehouse.root, table.name).note(as_of, found.rows)
    return [
        dg.AssetCheckResult(
            asset_key=table.name,
            check_name=item.check,
            passed=item.passed,
            severity=severity_of(item),
            description=says(item),
            metadata=metadata_of(item, found.rows, seconds),
        )
        for item in found.judged
    ]


def checks_of(
    tables: Iterable[Table], must_have_rows: Callable[[Table], bool]
) -> list[dg.AssetChecksDefinition]:
    """Check steps of every table."""
    return [table_checks(table, must_have_rows=must_have_rows(table)) for table in tables]
