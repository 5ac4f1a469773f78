"""Derive bounds for a day's rows from earlier days, for expectations to validate against.

Volume of the weekday, latest event, shares of codes and deciles, size of a reference table. The
counts come from the SQL files in this folder. Only days up to `as_of` are read, and only rows
before the end of a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

import pandas as pd

from assets.checks.results import CheckResult, Status, unevaluated
from assets.checks.sampling import sampling_step
from assets.checks.validate import BatchBound
from assets.framework.day_asset import sql_beside
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.rules import batch
from data_contracts.rules.batch import BatchKind, BatchRule
from data_contracts.table import Table

# Rows of earlier days that deciles and shares are computed from; more are sampled by hash of the
# key. From a million rows a share of 10 % is known to ±0.1 percentage points.
BASELINE_ROWS = 1_000_000
EMPTY = "空 empty"
OTHER = "其他 other"


@dataclass(frozen=True)
class TableHistory:
    """Row counts and latest event of the day and of the days it is compared with."""

    rows: int
    latest: datetime | None
    weekday_rows: tuple[int, ...]
    rows_before: int
    days_before: int


@dataclass(frozen=True)
class BatchFrame:
    """A frame of the day with its bounds, and the share of the day's rows that it holds."""

    frame: pd.DataFrame
    bounds: tuple[BatchBound, ...]
    share: float


def batch_metrics(
    session: Session,
    table: Table,
    rules: Sequence[BatchRule],
    as_of: date,
    as_of_end: datetime,
) -> tuple[list[BatchFrame], list[CheckResult]]:
    """Return the frames to validate with their bounds, and results of rules that cannot be.

    `rules`: freshness, volume and shift of a daily export.
    """
    _create_days_view(session, table, as_of, as_of_end)
    history = day_history(session, as_of)
    if history.latest is None:
        history = replace(history, latest=_latest_event_before(session, table, as_of))
    outcomes = [batch_bound(rule, history, as_of_end) for rule in rules]
    bounds = [item for item in outcomes if isinstance(item, BatchBound)]
    batches = []
    if row_bounds := tuple(item for item in bounds if item.rule.kind is not BatchKind.SHIFT):
        name = table.event_time or "day"
        frame = session.frame(
            f"select event_at as {name} from compared_days where day = $as_of", as_of=as_of
        )
        batches.append(BatchFrame(frame, row_bounds, 1.0))
    if shifts := [item.rule for item in bounds if item.rule.kind is BatchKind.SHIFT]:
        batches.append(_label_shares(session, table, shifts, history, as_of))
    return batches, [item for item in outcomes if isinstance(item, CheckResult)]


def batch_bound(
    rule: BatchRule, history: TableHistory, as_of_end: datetime
) -> BatchBound | CheckResult:
    """Return the bounds of `rule` from earlier days, or why it cannot be evaluated.

    Bounds of a shift have no shares yet.
    """
    if history.rows == 0 and history.rows_before == 0 and history.latest is None:
        return unevaluated(rule, Status.NO_ROWS)
    match rule.kind:
        case BatchKind.FRESHNESS:
            oldest = as_of_end - timedelta(hours=rule.max_age_hours or 0)
            latest = f"{history.latest:%Y-%m-%d %H:%M}" if history.latest else None
            return BatchBound(rule, {"minimum": oldest}, latest, f"≥ {oldest:%Y-%m-%d %H:%M}")
        case BatchKind.VOLUME:
            if len(history.weekday_rows) < batch.VOLUME_MIN_DAYS:
                return unevaluated(rule, Status.NO_HISTORY, seen=f"{history.rows:,}")
            middle = float(median(history.weekday_rows))
            low, high = batch.volume_bounds(middle)
            return BatchBound(
                rule,
                {"minimum": low, "maximum": high},
                f"{history.rows:,}",
                f"{low:,} – {high:,} (中位数 median {middle:,.0f})",
            )
        case BatchKind.SHIFT:
            if history.rows < batch.SHIFT_MIN_ROWS:
                return unevaluated(rule, Status.TOO_FEW_ROWS)
            short = history.days_before < batch.SHIFT_MIN_DAYS
            if short or history.rows_before < batch.SHIFT_MIN_ROWS:
                return unevaluated(rule, Status.NO_HISTORY)
            return BatchBound(rule)
        case BatchKind.SCHEMA | BatchKind.SIZE:
            raise ValueError(f"{rule.kind} is not a rule on days")


def size_bound(
    rule: BatchRule, rows: int, before: tuple[date, int] | None
) -> BatchBound | CheckResult:
    """Return the bounds of `rule` from an earlier day and its rows, or why it has none."""
    if before is None:
        status = Status.NO_HISTORY if rows else Status.NO_ROWS
        return unevaluated(rule, status, seen=f"{rows:,}" if rows else None)
    day, rows_before = before
    fewest = batch.fewest_rows(rows_before)
    expected = f"≥ {fewest:,} (此前 before {rows_before:,}, {day})"
    return BatchBound(rule, {"minimum": fewest}, f"{rows:,}", expected)


def _create_days_view(session: Session, table: Table, as_of: date, as_of_end: datetime) -> None:
    """Create the view `compared_days`: rows of the day and earlier days, with day and time."""
    first = as_of - timedelta(days=batch.SHIFT_DAYS)
    column = batch.day_column(table)
    if column == table.event_time:
        # shifted by the cut-off, every business day begins at midnight
        midnight = datetime.combine(as_of + timedelta(days=1), datetime.min.time())
        minutes = int((midnight - as_of_end).total_seconds() // 60)
        day = f"({column} + to_minutes({minutes}))::date"
    else:
        day = str(column)
    session.view(
        "compared_days",
        f"select {day} as day, {table.event_time or column} as event_at, "
        f"hash({', '.join(table.key)}) as key_hash, * from {table.name} "
        f"where {day} between $first and $as_of",
        first=first,
        as_of=as_of,
    )


def _latest_event_before(session: Session, table: Table, as_of: date) -> datetime | None:
    """Return the latest event before the compared days; None when the table has no such row."""
    column = table.event_time or batch.day_column(table)
    first = as_of - timedelta(days=batch.SHIFT_DAYS)
    return session.scalar(
        f"select max({column})::timestamp from {table.name} where {column} < $first", first=first
    )


def day_history(session: Session, as_of: date) -> TableHistory:
    """Count the rows of `compared_days`; a weekday without rows does not count as a day."""
    rows, latest, weekday_rows, rows_before, days_before = session.rows(
        sql_beside(__file__, "day_history.sql"),
        as_of=as_of,
        weekdays=[as_of - timedelta(weeks=week + 1) for week in range(batch.VOLUME_WEEKS)],
    )[0]
    return TableHistory(rows, latest, tuple(weekday_rows or ()), rows_before, days_before)


def _label_shares(
    session: Session, table: Table, rules: Sequence[BatchRule], history: TableHistory, as_of: date
) -> BatchFrame:
    columns = [table.column(str(rule.column)) for rule in rules]
    names = [column.name for column in columns]
    before = max(1, -(-history.rows_before // BASELINE_ROWS))
    numbers = [column.name for column in columns if column.codes is None]
    edges = _decile_edges(session, numbers, as_of, before)
    labels = ", ".join(
        f"{label_of_number(column.name, edges[column.name])} as {column.name}"
        if column.codes is None
        else f"{label_of_code(column.name, column.codes.values())} as {column.name}"
        for column in columns
    )
    session.view("labels_by_day", f"select day, key_hash, {labels} from compared_days")
    every = sampling_step(history.rows)
    counts = session.rows(
        sql_beside(__file__, "label_counts.sql"), as_of=as_of, before=before, every=every
    )
    frame = session.frame(
        f"select {', '.join(names)} from labels_by_day "
        f"where day = $as_of and key_hash % {every} = 0",
        as_of=as_of,
    )
    bounds = tuple(
        BatchBound(
            rule,
            {
                "shares": batch.expected_shares(_label_counts(counts, str(rule.column), edges)),
                "maximum": batch.SHIFT_MAX_KL_NATS,
            },
            expected=f"KL ≤ {batch.SHIFT_MAX_KL_NATS:g}",
        )
        for rule in rules
    )
    return BatchFrame(frame, bounds, 1 / every)


def _decile_edges(
    session: Session, numbers: Sequence[str], as_of: date, before: int
) -> dict[str, list[float]]:
    """Return the deciles of each number over earlier days, distinct and ascending."""
    if not numbers:
        return {}
    cuts = [round(cut / batch.SHIFT_BINS, 6) for cut in range(1, batch.SHIFT_BINS)]
    deciles = ", ".join(f"quantile_disc({name}::double, {literal(cuts)})" for name in numbers)
    (row,) = session.rows(
        f"select {deciles} from compared_days where day < $as_of and key_hash % $every = 0",
        as_of=as_of,
        every=before,
    )
    return {name: sorted(set(edges or [])) for name, edges in zip(numbers, row, strict=True)}


def label_of_code(name: str, codes: list[str]) -> str:
    """Write the SQL of a code's label: the code, or the labels for empty and for other values.

    A value outside the list is never shown: it may be anything.
    """
    return (
        f"case when {name} is null then {literal(EMPTY)} "
        f"when {name} in {text_list(codes)} then {name} else {literal(OTHER)} end"
    )


def label_of_number(name: str, edges: Sequence[float]) -> str:
    """Write the SQL of a number's label: its range between `edges`, or the label for empty."""
    ranges = labels_of(edges)
    cases = " ".join(
        f"when {name}::double <= {edge!r} then {literal(label)}"
        for edge, label in zip(edges, ranges, strict=False)
    )
    return f"case when {name} is null then {literal(EMPTY)} {cases} else {literal(ranges[-1])} end"


def labels_of(edges: Sequence[float]) -> list[str]:
    """Return labels for the ranges between `edges`, upper edge included.

    >>> labels_of([1.0, 2.5])
    ['≤ 1', '1 – 2.5', '> 2.5']
    >>> labels_of([])
    ['有值 any']
    """
    if not edges:
        return ["有值 any"]
    shown = [f"{edge:.10g}" for edge in edges]
    between = [f"{low} – {high}" for low, high in pairwise(shown)]
    return [f"≤ {shown[0]}", *between, f"> {shown[-1]}"]


def _label_counts(
    counts: Sequence[tuple[str, str, int]], name: str, edges: Mapping[str, Sequence[float]]
) -> dict[str, int]:
    """Return label → rows on earlier days, for labels of either; ranges in ascending order."""
    rows = {label: before for column, label, before in counts if column == name}
    if name in edges:
        order = [*labels_of(edges[name]), EMPTY]
        return {label: rows[label] for label in order if label in rows}
    return dict(sorted(rows.items(), key=lambda item: (-item[1], item[0])))
