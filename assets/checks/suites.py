"""Run the check suites of one table on one day: schema, rows, day or size, other days.

Contains the choice of rows and rules. Not here: how a rule is validated (`validate`), bounds from
earlier days (`history`), where results are stored (`store`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

import pandas as pd

from assets.checks.changed_days import ChangedDays
from assets.checks.checked_rules import (
    NOT_EMPTY,
    OTHER_DAYS,
    checked_rules,
    has_other_days,
    is_blocking,
)
from assets.checks.failing_rows import failing_rows
from assets.checks.history import batch_metrics, size_bound
from assets.checks.results import CheckResult, Status, check_name, unevaluated
from assets.checks.sampling import Scope, sampled_frame, scope_of_day, scope_of_days
from assets.checks.stored_schema import (
    actual_columns,
    expected_columns,
    frame_of_columns,
    missing_columns,
)
from assets.checks.table_sizes import TableSizes
from assets.checks.validate import BatchBound
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.rules import Rule
from data_contracts.rules.batch import SIZE_DAYS, BatchKind, BatchRule, batch_rules
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER

Validate: TypeAlias = Callable[
    [pd.DataFrame, Sequence[Rule | BatchBound], Table], list[CheckResult]
]


@dataclass(frozen=True)
class SuiteRun:
    """Results of one run, the number of rows in scope, and the changed days it has cleared."""

    results: list[CheckResult]
    rows: int
    cleared_days: Mapping[date, int] = field(default_factory=dict)


def run_suites(
    home: LinliHome, table: Table, as_of: date, validate: Validate, *, must_have_rows: bool
) -> SuiteRun:
    """Check `table` on `as_of`; write nothing."""
    lake = home.lakehouse
    rules, table_batch_rules = checked_rules(table), batch_rules(table)
    changed = ChangedDays(lake.root, table.name).read() if has_other_days(table) else {}
    results, is_readable = _schema(home, table, table_batch_rules, validate)
    not_schema = [rule for rule in table_batch_rules if rule.kind is not BatchKind.SCHEMA]
    of_day = [rule for rule in not_schema if rule.kind is not BatchKind.SIZE]
    if not is_readable:
        skipped_rules: list[Rule | BatchRule] = [*rules, *not_schema]
        skipped = [unevaluated(rule, Status.NOT_CHECKED) for rule in skipped_rules]
        others = [_no_other_days(Status.NOT_CHECKED)] if has_other_days(table) else []
        empty = [CheckResult(NOT_EMPTY, False, 0, 0, 0.0, status=Status.NOT_CHECKED)]
        return SuiteRun([*results, *skipped, *(empty if must_have_rows else []), *others], 0)
    with lake.session(table, INGEST_LEDGER) as session:
        scope = scope_of_day(session, table, as_of, home.as_of_end(as_of))
        results += _rows(session, table, rules, scope, validate)
        results += _day(session, home, table, of_day, as_of, validate)
        for rule in not_schema:
            if rule.kind is BatchKind.SIZE:
                before = TableSizes(lake.root, table.name).before(as_of, scope.rows, SIZE_DAYS)
                results.append(_size(session, table, rule, scope, before, validate))
        if must_have_rows:
            results.append(CheckResult(NOT_EMPTY, scope.rows > 0, scope.rows, 0, 0.0, blocks=True))
        cleared_days = {as_of: changed[as_of]} if as_of in changed else {}
        if has_other_days(table):
            other = {day: version for day, version in changed.items() if day < as_of}
            result = _other_days(session, table, rules, sorted(other), validate)
            results.append(result)
            cleared_days |= other if result.passed else {}
    return SuiteRun(results, scope.rows, cleared_days)


def _schema(
    home: LinliHome, table: Table, rules: Sequence[BatchRule], validate: Validate
) -> tuple[list[CheckResult], bool]:
    """Check the stored schema; also return whether the table can be read by its contract."""
    schema_rules = [rule for rule in rules if rule.kind is BatchKind.SCHEMA]
    if not schema_rules:
        return [], True
    actual = actual_columns(home.lakehouse, table)
    if actual is None:
        return [unevaluated(rule, Status.NO_ROWS) for rule in schema_rules], True
    expected = expected_columns(table)
    bounds = [
        BatchBound(rule, {"columns": expected}, expected=f"{len(expected)} 列 columns")
        for rule in schema_rules
    ]
    results = validate(frame_of_columns(actual), bounds, table)
    return [replace(item, blocks=True) for item in results], not missing_columns(actual, table)


def _rows(
    session: Session, table: Table, rules: Sequence[Rule], scope: Scope, validate: Validate
) -> list[CheckResult]:
    """Check the rules on single rows and on the key, and locate failing rows."""
    columns = [name for rule in rules for name in rule.columns]
    results = validate(sampled_frame(session, table, scope, columns), rules, table)
    by_check = {check_name(rule): rule for rule in rules}
    return [
        replace(
            item,
            share=scope.share,
            blocks=is_blocking(by_check[item.check]),
            failing=None
            if item.passed
            else failing_rows(session, table, by_check[item.check], scope.where),
        )
        for item in results
    ]


def _day(
    session: Session,
    home: LinliHome,
    table: Table,
    rules: Sequence[BatchRule],
    as_of: date,
    validate: Validate,
) -> list[CheckResult]:
    """Check freshness, volume and shift; results in the order of `rules`."""
    if not rules:
        return []
    batches, results = batch_metrics(session, table, rules, as_of, home.as_of_end(as_of))
    for batch in batches:
        validated = validate(batch.frame, batch.bounds, table)
        results += [replace(item, share=batch.share) for item in validated]
    order = [check_name(rule) for rule in rules]
    return sorted(results, key=lambda item: order.index(item.check))


def _size(
    session: Session,
    table: Table,
    rule: BatchRule,
    scope: Scope,
    before: tuple[date, int] | None,
    validate: Validate,
) -> CheckResult:
    """Compare the rows of a reference table with those `before` its number last changed."""
    bound = size_bound(rule, scope.rows, before)
    if isinstance(bound, CheckResult):
        return bound
    rows = session.frame(f"select true as is_present from {table.name} where {scope.where}")
    (result,) = validate(rows, [bound], table)
    return result


def _other_days(
    session: Session, table: Table, rules: Sequence[Rule], days: Sequence[date], validate: Validate
) -> CheckResult:
    """Check the row rules on the other days that a load changed and no check has seen since."""
    if not days:
        return _no_other_days(Status.NO_ROWS)
    scope = scope_of_days(session, table, days)
    results = _rows(session, table, rules, scope, validate)
    failed = tuple(item for item in results if not item.passed)
    rows = max((item.rows for item in results), default=0)
    unexpected = sum(item.unexpected for item in failed)
    return CheckResult(
        OTHER_DAYS,
        not failed,
        rows,
        unexpected,
        round(100 * unexpected / rows, 4) if rows else 0.0,
        share=scope.share,
        seen=f"{days[0]} – {days[-1]}, {scope.rows:,} 行 rows",
        days=len(days),
        parts=failed,
        blocks=any(item.blocks for item in failed),
    )


def _no_other_days(status: Status) -> CheckResult:
    return CheckResult(
        OTHER_DAYS, status is not Status.NOT_CHECKED, 0, 0, 0.0, status=status, days=0
    )
