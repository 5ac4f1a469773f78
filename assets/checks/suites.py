"""One look at one table on one day: the suites, in the order schema, rows, day or size, other days.

Belongs here: which rows meet which rules. Does not: how a rule is judged (`judging`), what the past
says (`baselines`), where results go (`recording`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

import pandas as pd

from assets.checks.changed_days import TouchedDays
from assets.checks.failing_rows import failing_rows
from assets.checks.history import size_bound, watch_day
from assets.checks.results import Judged, Status, check_name, undecided
from assets.checks.sampling import Scope, frame_of, scope_of_day, scope_of_days
from assets.checks.stored_schema import (
    actual_columns,
    expected_columns,
    frame_of_columns,
    missing_columns,
)
from assets.checks.table_sizes import TableSizes
from assets.checks.validate import Bound
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session, stored_columns
from data_contracts.exports import BY_NAME as EXPORTS
from data_contracts.rules import Rule, RuleKind, table_rules
from data_contracts.rules.batch import SIZE_DAYS, BatchKind, BatchRule, batch_rules
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER

NOT_EMPTY = "table__not_empty"
OTHER_DAYS = "table__other_days"
# A row that breaks one of these is no row: what rests on the table stops.
BLOCKING = {RuleKind.REQUIRED, RuleKind.UNIQUE, RuleKind.TYPE}

Judge: TypeAlias = Callable[[pd.DataFrame, Sequence[Rule | Bound], Table], list[Judged]]


@dataclass(frozen=True)
class Looked:
    """Results of one look, the rows there were, and the noted days it has dealt with."""

    judged: list[Judged]
    rows: int
    dealt_with: Mapping[date, int] = field(default_factory=dict)


def checked_rules(table: Table) -> list[Rule]:
    """Rules worth an expectation: not types, which storage guarantees, nor what is not stored."""
    stored = stored_columns(table)
    return [
        rule
        for rule in table_rules(table)
        if rule.kind is not RuleKind.TYPE and all(name in stored for name in rule.columns)
    ]


def is_blocking(rule: Rule | BatchRule) -> bool:
    """Whether a failure stops what rests on the table."""
    return rule.kind in BLOCKING or rule.kind is BatchKind.SCHEMA


def has_other_days(table: Table) -> bool:
    """Whether loads change days of it besides the one that is run."""
    return table.name in EXPORTS and table.partition is not None


def has_size(table: Table) -> bool:
    """Whether its rows are compared with those it had when it was checked before."""
    return any(rule.kind is BatchKind.SIZE for rule in batch_rules(table))


def look(
    home: LinliHome, table: Table, as_of: date, judge: Judge, *, must_have_rows: bool
) -> Looked:
    """Check `table` as it stands on `as_of`; nothing is written."""
    lake = home.lakehouse
    rules, day_rules = checked_rules(table), batch_rules(table)
    notes = TouchedDays(lake.root, table.name).read() if has_other_days(table) else {}
    judged, readable = _schema(home, table, day_rules, judge)
    later = [rule for rule in day_rules if rule.kind is not BatchKind.SCHEMA]
    of_day = [rule for rule in later if rule.kind is not BatchKind.SIZE]
    if not readable:
        unread: list[Rule | BatchRule] = [*rules, *later]
        left = [undecided(rule, Status.NOT_LOOKED_AT) for rule in unread]
        others = [_no_other_days(Status.NOT_LOOKED_AT)] if has_other_days(table) else []
        empty = [Judged(NOT_EMPTY, False, 0, 0, 0.0, status=Status.NOT_LOOKED_AT)]
        return Looked([*judged, *left, *(empty if must_have_rows else []), *others], 0)
    with lake.session(table, INGEST_LEDGER) as session:
        scope = scope_of_day(session, table, as_of, home.as_of_end(as_of))
        judged += _rows(session, table, rules, scope, judge)
        judged += _day(session, home, table, of_day, as_of, judge)
        for rule in later:
            if rule.kind is BatchKind.SIZE:
                before = TableSizes(lake.root, table.name).before(as_of, scope.rows, SIZE_DAYS)
                judged.append(_size(session, table, rule, scope, before, judge))
        if must_have_rows:
            judged.append(Judged(NOT_EMPTY, scope.rows > 0, scope.rows, 0, 0.0, blocks=True))
        dealt_with = {as_of: notes[as_of]} if as_of in notes else {}
        if has_other_days(table):
            other = {day: version for day, version in notes.items() if day < as_of}
            found = _other_days(session, table, rules, sorted(other), judge)
            judged.append(found)
            dealt_with |= other if found.passed else {}
    return Looked(judged, scope.rows, dealt_with)


def _schema(
    home: LinliHome, table: Table, rules: Sequence[BatchRule], judge: Judge
) -> tuple[list[Judged], bool]:
    """The schema's result, and whether the table can be read by its contract."""
    asked = [rule for rule in rules if rule.kind is BatchKind.SCHEMA]
    if not asked:
        return [], True
    actual = actual_columns(home.lakehouse, table)
    if actual is None:
        return [undecided(rule, Status.NO_ROWS) for rule in asked], True
    wanted = expected_columns(table)
    bounds = [
        Bound(rule, {"columns": wanted}, expected=f"{len(wanted)} 列 columns") for rule in asked
    ]
    found = judge(frame_of_columns(actual), bounds, table)
    return [replace(item, blocks=True) for item in found], not missing_columns(actual, table)


def _rows(
    session: Session, table: Table, rules: Sequence[Rule], scope: Scope, judge: Judge
) -> list[Judged]:
    """Rules on single rows and on the key, with the numbers of failing rows."""
    columns = [name for rule in rules for name in rule.columns]
    found = judge(frame_of(session, table, scope, columns), rules, table)
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
        for item in found
    ]


def _day(
    session: Session,
    home: LinliHome,
    table: Table,
    rules: Sequence[BatchRule],
    as_of: date,
    judge: Judge,
) -> list[Judged]:
    """Freshness, volume and shift, in the order of `rules`."""
    if not rules:
        return []
    watched, found = watch_day(session, table, rules, as_of, home.as_of_end(as_of))
    for batch in watched:
        judged = judge(batch.frame, batch.bounds, table)
        found += [replace(item, share=batch.share) for item in judged]
    order = [check_name(rule) for rule in rules]
    return sorted(found, key=lambda item: order.index(item.check))


def _size(
    session: Session,
    table: Table,
    rule: BatchRule,
    scope: Scope,
    before: tuple[date, int] | None,
    judge: Judge,
) -> Judged:
    """Rows of a reference table beside the day and the rows `before` they last changed."""
    bound = size_bound(rule, scope.rows, before)
    if isinstance(bound, Judged):
        return bound
    there = session.frame(f"select true as is_there from {table.name} where {scope.where}")
    (found,) = judge(there, [bound], table)
    return found


def _other_days(
    session: Session, table: Table, rules: Sequence[Rule], days: Sequence[date], judge: Judge
) -> Judged:
    """Row rules on the other days that loads have changed and no check has looked at since."""
    if not days:
        return _no_other_days(Status.NO_ROWS)
    scope = scope_of_days(session, table, days)
    found = _rows(session, table, rules, scope, judge)
    failed = tuple(item for item in found if not item.passed)
    rows = max((item.rows for item in found), default=0)
    unexpected = sum(item.unexpected for item in failed)
    return Judged(
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


def _no_other_days(status: Status) -> Judged:
    return Judged(OTHER_DAYS, status is not Status.NOT_LOOKED_AT, 0, 0, 0.0, status=status, days=0)
