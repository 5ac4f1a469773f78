"""Turn the checks of a table into one Dagster step with one result per expectation."""

import logging
import warnings
from collections.abc import Iterable
from datetime import date

import dagster as dg

from assets.checks.checked_rules import NOT_EMPTY, OTHER_DAYS, checked_rules, is_blocking
from assets.checks.results import check_name
from assets.checks.store import (
    descriptions,
)
from assets.framework.day_asset import STEP_LOGGER
from assets.framework.partitions import DAYS
from assets.resources.home import LinliHome
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
        from assets.checks.run_checks import run_checks

        as_of = date.fromisoformat(context.partition_key)
        extra = {"zh": f"检查 {table.name}（{table.zh}）"}
        logging.getLogger(STEP_LOGGER).info(f"check {table.name}", extra=extra)
        yield from run_checks(linli, table, as_of, must_have_rows=must_have_rows)

    return checks


def checks_of(tables: Iterable[Table]) -> list[dg.AssetChecksDefinition]:
    """Define the check steps of every table."""
    return [table_checks(table, must_have_rows=table.is_never_empty) for table in tables]
