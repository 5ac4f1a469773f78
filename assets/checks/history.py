"""What the days before say of the day: volume of the weekday, latest event, shares of codes and of
deciles, size of a reference table. Computed set-based by the SQL beside, turned into bounds that an
expectation can judge by.

Only days up to `as_of` are read, and of a day only what stands before its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

import pandas as pd

from assets.checks.results import Judged, Status, undecided
from assets.checks.sampling import every_of
from assets.checks.validate import Bound
from assets.framework.day_asset import sql_beside
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.rule_sql import words
from assets.resources.lakehouse.sql_text import literal
from data_contracts.rules import batch
from data_contracts.rules.batch import BatchKind, BatchRule
from data_contracts.table import Table

# Rows of the days before that deciles and shares are taken from; more are sampled by hash of the
# key. Of a million rows a share of 10 % is known to ±0.1 percentage points.
BASELINE_ROWS = 1_000_000
EMPTY = "空 empty"
OTHER = "其他 other"


@dataclass(frozen=True)
class Past:
    """Rows and latest event of the day and of what it is compared with."""

    rows: int
    latest: datetime | None
    weekday_rows: tuple[int, ...]
    rows_before: int
    days_before: int


@dataclass(frozen=True)
class Watched:
    """A frame of the day with the bounds to judge it by, and the share of the rows it holds."""

    frame: pd.DataFrame
    bounds: tuple[Bound, ...]
    share: float


def watch_day(
    session: Session,
    table: Table,
    rules: Sequence[BatchRule],
    as_of: date,
    as_of_end: datetime,
) -> tuple[list[Watched], list[Judged]]:
    """Frames to judge by Great Expectations, and the rules that cannot be judged, with the reason.

    `rules`: freshness, volume and shift of a daily export.
    """
    _view_of_days(session, table, as_of, as_of_end)
    past = past_of(session, as_of)
    if past.latest is None:
        past = replace(past, latest=_latest_ever(session, table, as_of))
    found = [day_bound(rule, past, as_of_end) for rule in rules]
    bound = [item for item in found if isinstance(item, Bound)]
    watched = []
    if whole := tuple(item for item in bound if item.rule.kind is not BatchKind.SHIFT):
        name = table.event_time or "day"
        frame = session.frame(
            f"select event_at as {name} from watched_days where day = $as_of", as_of=as_of
        )
        watched.append(Watched(frame, whole, 1.0))
    if shifts := [item.rule for item in bound if item.rule.kind is BatchKind.SHIFT]:
        watched.append(_watched_shares(session, table, shifts, past, as_of))
    return watched, [item for item in found if isinstance(item, Judged)]


def day_bound(rule: BatchRule, past: Past, as_of_end: datetime) -> Bound | Judged:
    """Bounds of `rule` by the days before, or why it cannot be judged. Shares come later."""
    if past.rows == 0 and past.rows_before == 0 and past.latest is None:
        return undecided(rule, Status.NO_ROWS)
    match rule.kind:
        case BatchKind.FRESHNESS:
            oldest = as_of_end - timedelta(hours=rule.max_age_hours or 0)
            latest = f"{past.latest:%Y-%m-%d %H:%M}" if past.latest else None
            return Bound(rule, {"minimum": oldest}, latest, f"≥ {oldest:%Y-%m-%d %H:%M}")
        case BatchKind.VOLUME:
            if len(past.weekday_rows) < batch.VOLUME_MIN_DAYS:
                return undecided(rule, Status.NO_HISTORY, seen=f"{past.rows:,}")
            middle = float(median(past.weekday_rows))
            low, high = batch.volume_bounds(middle)
            return Bound(
                rule,
                {"minimum": low, "maximum": high},
                f"{past.rows:,}",
                f"{low:,} – {high:,} (中位数 median {middle:,.0f})",
            )
        case BatchKind.SHIFT:
            if past.rows < batch.SHIFT_MIN_ROWS:
                return undecided(rule, Status.TOO_FEW_ROWS)
            short = past.days_before < batch.SHIFT_MIN_DAYS
            if short or past.rows_before < batch.SHIFT_MIN_ROWS:
                return undecided(rule, Status.NO_HISTORY)
            return Bound(rule)
        case BatchKind.SCHEMA | BatchKind.SIZE:
            raise ValueError(f"{rule.kind} is no matter of days")


def size_bound(rule: BatchRule, rows: int, before: tuple[date, int] | None) -> Bound | Judged:
    """Bounds of `rule` by the day and the rows `before`, or why it cannot be judged."""
    if before is None:
        status = Status.NO_HISTORY if rows else Status.NO_ROWS
        return undecided(rule, status, seen=f"{rows:,}" if rows else None)
    day, rows_before = before
    fewest = batch.fewest_rows(rows_before)
    expected = f"≥ {fewest:,} (此前 before {rows_before:,}, {day})"
    return Bound(rule, {"minimum": fewest}, f"{rows:,}", expected)


def _view_of_days(session: Session, table: Table, as_of: date, as_of_end: datetime) -> None:
    """`watched_days`: rows of the day and of the days before, with their day and time."""
    first = as_of - timedelta(days=batch.SHIFT_DAYS)
    column = batch.day_column(table)
    if column == table.event_time:
        # the end of `as_of` ends a day: shifted by it, every business day begins at midnight
        midnight = datetime.combine(as_of + timedelta(days=1), datetime.min.time())
        minutes = int((midnight - as_of_end).total_seconds() // 60)
        day = f"({column} + to_minutes({minutes}))::date"
    else:
        day = str(column)
    session.view(
        "watched_days",
        f"select {day} as day, {table.event_time or column} as event_at, "
        f"hash({', '.join(table.key)}) as key_hash, * from {table.name} "
        f"where {day} between $first and $as_of",
        first=first,
        as_of=as_of,
    )


def _latest_ever(session: Session, table: Table, as_of: date) -> datetime | None:
    """Latest event before the days that are compared; None when the table has none."""
    column = table.event_time or batch.day_column(table)
    first = as_of - timedelta(days=batch.SHIFT_DAYS)
    return session.scalar(
        f"select max({column})::timestamp from {table.name} where {column} < $first", first=first
    )


def past_of(session: Session, as_of: date) -> Past:
    """Counts of `watched_days`; a weekday without a row does not count as a day."""
    rows, latest, weekday_rows, rows_before, days_before = session.rows(
        sql_beside(__file__, "past.sql"),
        as_of=as_of,
        weekdays=[as_of - timedelta(weeks=week + 1) for week in range(batch.VOLUME_WEEKS)],
    )[0]
    return Past(rows, latest, tuple(weekday_rows or ()), rows_before, days_before)


def _watched_shares(
    session: Session, table: Table, rules: Sequence[BatchRule], past: Past, as_of: date
) -> Watched:
    columns = [table.column(str(rule.column)) for rule in rules]
    names = [column.name for column in columns]
    before = max(1, -(-past.rows_before // BASELINE_ROWS))
    numbers = [column.name for column in columns if column.codes is None]
    edges = _edges(session, numbers, as_of, before)
    labels = ", ".join(
        f"{label_of_number(column.name, edges[column.name])} as {column.name}"
        if column.codes is None
        else f"{label_of_code(column.name, column.codes.values())} as {column.name}"
        for column in columns
    )
    session.view("watched_labels", f"select day, key_hash, {labels} from watched_days")
    every = every_of(past.rows)
    counted = session.rows(
        sql_beside(__file__, "shares.sql"), as_of=as_of, before=before, every=every
    )
    frame = session.frame(
        f"select {', '.join(names)} from watched_labels "
        f"where day = $as_of and key_hash % {every} = 0",
        as_of=as_of,
    )
    bounds = tuple(
        Bound(
            rule,
            {
                "shares": batch.expected_shares(_in_order(counted, str(rule.column), edges)),
                "maximum": batch.SHIFT_MAX_KL_NATS,
            },
            expected=f"KL ≤ {batch.SHIFT_MAX_KL_NATS:g}",
        )
        for rule in rules
    )
    return Watched(frame, bounds, 1 / every)


def _edges(
    session: Session, numbers: Sequence[str], as_of: date, before: int
) -> dict[str, list[float]]:
    """Deciles of each number over the days before, distinct and ascending."""
    if not numbers:
        return {}
    cuts = [round(cut / batch.SHIFT_BINS, 6) for cut in range(1, batch.SHIFT_BINS)]
    deciles = ", ".join(f"quantile_disc({name}::double, {literal(cuts)})" for name in numbers)
    found = session.rows(
        f"select {deciles} from watched_days where day < $as_of and key_hash % $every = 0",
        as_of=as_of,
        every=before,
    )[0]
    return {name: sorted(set(edges or [])) for name, edges in zip(numbers, found, strict=True)}


def label_of_code(name: str, codes: list[str]) -> str:
    """SQL: the code, or the words for no value and for what is none of the codes.

    A value from outside the list is never shown: it may be anything.
    """
    return (
        f"case when {name} is null then {literal(EMPTY)} "
        f"when {name} in {words(codes)} then {name} else {literal(OTHER)} end"
    )


def label_of_number(name: str, edges: Sequence[float]) -> str:
    """SQL: the range of `edges` a number lies in, or the word for no value."""
    ranges = labels_of(edges)
    cases = " ".join(
        f"when {name}::double <= {edge!r} then {literal(label)}"
        for edge, label in zip(edges, ranges, strict=False)
    )
    return f"case when {name} is null then {literal(EMPTY)} {cases} else {literal(ranges[-1])} end"


def labels_of(edges: Sequence[float]) -> list[str]:
    """Words for the ranges between `edges`, the upper edge included.

    >>> labels_of([1.0, 2.5])
    ['≤ 1', '1 – 2.5', '> 2.5']
    >>> labels_of([])
    ['有值 any']
    """
    if not edges:
        return ["有值 any"]
    words = [f"{edge:.10g}" for edge in edges]
    between = [f"{low} – {high}" for low, high in pairwise(words)]
    return [f"≤ {words[0]}", *between, f"> {words[-1]}"]


def _in_order(
    counted: Sequence[tuple[str, str, int]], name: str, edges: Mapping[str, Sequence[float]]
) -> dict[str, int]:
    """Rows of the days before by label, for every label seen in either; ranges in their order."""
    rows = {label: before for label_of, label, before in counted if label_of == name}
    if name in edges:
        order = [*labels_of(edges[name]), EMPTY]
        return {label: rows[label] for label in order if label in rows}
    return dict(sorted(rows.items(), key=lambda item: (-item[1], item[0])))
