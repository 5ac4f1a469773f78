"""Store check results in the day's `checks.json`, one row per check, and as Dagster metadata.

The run card and the page of checks are rendered from `checks.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from assets.checks.checked_rules import NOT_EMPTY, checked_rules, has_other_days
from assets.checks.checked_rules import OTHER_DAYS as OTHER_DAYS_CHECK
from assets.checks.descriptions import HAS_ROWS, OTHER_DAYS, Description, describe
from assets.checks.results import CheckResult, FailingRows, Status, check_name
from assets.resources.outbox import outbox
from data_contracts.rules.batch import batch_rules
from data_contracts.table import Table

FILE = "checks.json"
# Words of a status that earlier versions stored.
_EARLIER_WORDS = {"not_looked_at": Status.NOT_CHECKED.value}


def descriptions(table: Table, *, must_have_rows: bool) -> dict[str, Description]:
    """Return check name → description, in the order in which checks are shown."""
    described = {check_name(rule): describe(rule, table) for rule in batch_rules(table)}
    described |= {check_name(rule): describe(rule, table) for rule in checked_rules(table)}
    if must_have_rows:
        described[NOT_EMPTY] = HAS_ROWS
    if has_other_days(table):
        described[OTHER_DAYS_CHECK] = OTHER_DAYS
    return described


def severity_of(result: CheckResult) -> dg.AssetCheckSeverity:
    """Return ERROR for a result that stops the flow, WARN for the others."""
    return dg.AssetCheckSeverity.ERROR if result.blocks else dg.AssetCheckSeverity.WARN


def check_record(
    result: CheckResult, table: Table, described: Description, *, rows: int, step_seconds: float
) -> dict[str, Any]:
    """Convert a result to its stored form: file names, row numbers, figures, never a row value."""
    return {
        "table": table.name,
        "table_zh": table.zh,
        "check": result.check,
        "status": result.outcome.value,
        "passed": result.passed,
        "severity": severity_of(result).value,
        "description": described.zh,
        "description_en": described.en,
        "rows": rows,
        "rows_checked": result.rows,
        "share_of_rows_checked": result.share,
        "unexpected_rows": result.unexpected,
        "unexpected_percent": result.unexpected_percent,
        "seen": result.seen,
        "expected": result.expected,
        "days": result.days,
        "failing": _failing(result.failing),
        "shares": [
            {"label": item.label, "expected": item.expected, "seen": item.seen}
            for item in result.shares
        ],
        "parts": [
            {
                "check": part.check,
                "severity": severity_of(part).value,
                "unexpected_rows": part.unexpected,
                "failing": _failing(part.failing),
            }
            for part in result.parts
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


def store_results(
    folder: Path, table: Table, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Replace the results of `table` in the day's file; return all results of the file.

    The result on other days is kept from an earlier run of the day if nothing was loaded since.
    """
    # early versions of Linli wrote no status
    stored = [row for row in stored_results(folder) if "status" in row]
    earlier = {row["check"]: row for row in stored if row["table"] == table.name}
    of_table = [_new_or_earlier(earlier.get(row["check"]), row) for row in rows]
    records = [row for row in stored if row["table"] != table.name] + of_table
    # one check per line
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in records)
    outbox.write_atomically(folder / FILE, f"[\n{lines}\n]\n".encode())
    return records


def stored_results(folder: Path) -> list[dict[str, Any]]:
    """Read the day's results, those of earlier versions in today's words; empty without any."""
    path = folder / FILE
    written = json.loads(path.read_text("utf-8")) if path.is_file() else []
    return [
        row | {"status": _EARLIER_WORDS[row["status"]]}
        if row.get("status") in _EARLIER_WORDS
        else row
        for row in written
    ]


def _new_or_earlier(earlier: Mapping[str, Any] | None, row: Mapping[str, Any]) -> dict[str, Any]:
    is_new = row["check"] != OTHER_DAYS_CHECK or row["status"] != Status.NO_ROWS.value
    if is_new or earlier is None or not earlier.get("days") or not earlier["passed"]:
        return dict(row)
    return dict(earlier) | {"step_seconds": row["step_seconds"]}


def metadata_of(result: CheckResult, rows: int, step_seconds: float) -> dict[str, Any]:
    """Return the metadata that Dagster shows with a result."""
    facts: dict[str, Any] = {
        "status": f"{result.outcome.zh} {result.outcome.value}",
        "rows": rows,
        "rows_checked": result.rows,
        "share_of_rows_checked": result.share,
        "step_seconds": round(step_seconds, 3),
    }
    if result.expected is None:  # a rule on rows, not on the day as a whole
        facts["unexpected_rows"] = result.unexpected
        facts["unexpected_percent"] = result.unexpected_percent
    optional = {"seen": result.seen, "expected": result.expected, "days": result.days}
    facts |= {name: value for name, value in optional.items() if value is not None}
    lists = [(result.check, result.failing)] + [(part.check, part.failing) for part in result.parts]
    if tables := [
        _failing_rows_markdown(name, failing) for name, failing in lists if failing is not None
    ]:
        facts["failing_rows"] = dg.MetadataValue.md("\n\n".join(tables))
    if result.shares:
        lines = [
            f"| {item.label} | {item.expected:.1%} | {item.seen:.1%} |" for item in result.shares
        ]
        head = ["| 取值 label | 以往 before | 当天 on the day |", "|---|--:|--:|"]
        facts["shares"] = dg.MetadataValue.md("\n".join([*head, *lines]))
    return facts


def summary_zh(result: CheckResult) -> str | None:
    """Summarise a result that did not pass, in one line of Chinese; None without a remark."""
    if result.passed or result.outcome is Status.NOT_CHECKED:
        return None if result.outcome in (Status.PASSED, Status.FAILED) else result.outcome.zh
    if result.expected is not None:
        return f"实际 {result.seen or '—'}，预期 {result.expected}"
    lists = [result.failing, *(part.failing for part in result.parts)]
    return "；".join(_failing_rows_zh(failing) for failing in lists if failing is not None) or None


def _failing_rows_zh(failing: FailingRows) -> str:
    places = "，".join(f"{file} 第 {row} 行数据" for file, row in failing.shown)
    return f"{failing.total:,} 行不符" + (f"：{places}" if places else "")


def _failing_rows_markdown(name: str, failing: FailingRows) -> str:
    head = f"{name}: {failing.total:,} 行不符 failing rows"
    if not failing.shown:
        return head
    lines = [f"| {file.replace('|', '¦')} | {row:,} |" for file, row in failing.shown]
    return "\n".join([head, "", "| 文件 file | 数据行号 data row |", "|---|--:|", *lines])
