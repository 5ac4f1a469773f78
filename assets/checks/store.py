"""Where results go: the day's `checks.json`, one row per check, which the run card and the page
of checks are written from; and the metadata Dagster shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from assets.checks.descriptions import HAS_ROWS, OTHER_DAYS, Description, describe
from assets.checks.results import FailingRows, Judged, Status, check_name
from assets.checks.suites import NOT_EMPTY, checked_rules, has_other_days
from assets.checks.suites import OTHER_DAYS as OTHER_DAYS_CHECK
from assets.resources.outbox import outbox
from data_contracts.rules.batch import batch_rules
from data_contracts.table import Table

FILE = "checks.json"


def descriptions(table: Table, *, must_have_rows: bool) -> dict[str, Description]:
    """Check → what it looks at, in the order in which checks are shown."""
    found = {check_name(rule): describe(rule, table) for rule in batch_rules(table)}
    found |= {check_name(rule): describe(rule, table) for rule in checked_rules(table)}
    if must_have_rows:
        found[NOT_EMPTY] = HAS_ROWS
    if has_other_days(table):
        found[OTHER_DAYS_CHECK] = OTHER_DAYS
    return found


def severity_of(found: Judged) -> dg.AssetCheckSeverity:
    """ERROR for what stops the flow, WARN for the rest."""
    return dg.AssetCheckSeverity.ERROR if found.blocks else dg.AssetCheckSeverity.WARN


def row_of(
    found: Judged, table: Table, described: Description, *, rows: int, step_seconds: float
) -> dict[str, Any]:
    """A result as it is stored; file names, row numbers and figures, never a value of a row."""
    return {
        "table": table.name,
        "table_zh": table.zh,
        "check": found.check,
        "status": found.outcome.value,
        "passed": found.passed,
        "severity": severity_of(found).value,
        "description": described.zh,
        "description_en": described.en,
        "rows": rows,
        "rows_checked": found.rows,
        "share_of_rows_checked": found.share,
        "unexpected_rows": found.unexpected,
        "unexpected_percent": found.unexpected_percent,
        "seen": found.seen,
        "expected": found.expected,
        "days": found.days,
        "failing": _failing(found.failing),
        "shares": [
            {"label": item.label, "expected": item.expected, "seen": item.seen}
            for item in found.shares
        ],
        "parts": [
            {
                "check": part.check,
                "severity": severity_of(part).value,
                "unexpected_rows": part.unexpected,
                "failing": _failing(part.failing),
            }
            for part in found.parts
        ],
        "step_seconds": round(step_seconds, 3),
    }


def _failing(failing: FailingRows | None) -> dict[str, Any] | None:
    if failing is None:
        return None
    return {
        "total": failing.total,
        "rows": [{"file": name, "row": number} for name, number in failing.shown],
    }


def record(folder: Path, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put the results of `table` into the day's file in place of earlier ones; returns all.

    A look at other days is kept from an earlier run of the day when nothing was loaded since.
    """
    path = folder / FILE
    written = json.loads(path.read_text("utf-8")) if path.is_file() else []
    stored = [row for row in written if "status" in row]  # not of an earlier version of Linli
    earlier = {row["check"]: row for row in stored if row["table"] == table.name}
    mine = [_kept_or_new(earlier.get(row["check"]), row) for row in rows]
    kept = [row for row in stored if row["table"] != table.name] + mine
    # one check per line
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in kept)
    outbox.write_atomically(path, f"[\n{lines}\n]\n".encode())
    return kept


def _kept_or_new(earlier: Mapping[str, Any] | None, row: Mapping[str, Any]) -> dict[str, Any]:
    is_news = row["check"] != OTHER_DAYS_CHECK or row["status"] != Status.NO_ROWS.value
    if is_news or earlier is None or not earlier.get("days") or not earlier["passed"]:
        return dict(row)
    return dict(earlier) | {"step_seconds": row["step_seconds"]}


def metadata_of(found: Judged, rows: int, step_seconds: float) -> dict[str, Any]:
    """What Dagster shows beside a result."""
    facts: dict[str, Any] = {
        "status": f"{found.outcome.zh} {found.outcome.value}",
        "rows": rows,
        "rows_checked": found.rows,
        "share_of_rows_checked": found.share,
        "step_seconds": round(step_seconds, 3),
    }
    if found.expected is None:  # a rule on rows, not on the day as a whole
        facts["unexpected_rows"] = found.unexpected
        facts["unexpected_percent"] = found.unexpected_percent
    named = {"seen": found.seen, "expected": found.expected, "days": found.days}
    facts |= {name: value for name, value in named.items() if value is not None}
    lists = [(found.check, found.failing)] + [(part.check, part.failing) for part in found.parts]
    if tables := [_markdown(name, failing) for name, failing in lists if failing is not None]:
        facts["failing_rows"] = dg.MetadataValue.md("\n\n".join(tables))
    if found.shares:
        lines = [
            f"| {item.label} | {item.expected:.1%} | {item.seen:.1%} |" for item in found.shares
        ]
        head = ["| 取值 label | 以往 before | 当天 on the day |", "|---|--:|--:|"]
        facts["shares"] = dg.MetadataValue.md("\n".join([*head, *lines]))
    return facts


def says(found: Judged) -> str | None:
    """One line beside a result that did not pass; None where there is nothing to add."""
    if found.passed or found.outcome is Status.NOT_LOOKED_AT:
        return None if found.outcome in (Status.PASSED, Status.FAILED) else found.outcome.zh
    if found.expected is not None:
        return f"实际 {found.seen or '—'}，预期 {found.expected}"
    lists = [found.failing, *(part.failing for part in found.parts)]
    return "；".join(_in_words(failing) for failing in lists if failing is not None) or None


def _in_words(failing: FailingRows) -> str:
    places = "，".join(f"{file} 第 {row} 行数据" for file, row in failing.shown)
    return f"{failing.total:,} 行不符" + (f"：{places}" if places else "")


def _markdown(name: str, failing: FailingRows) -> str:
    head = f"{name}: {failing.total:,} 行不符 failing rows"
    if not failing.shown:
        return head
    lines = [f"| {file.replace('|', '¦')} | {row:,} |" for file, row in failing.shown]
    return "\n".join([head, "", "| 文件 file | 数据行号 data row |", "|---|--:|", *lines])
