"""Render the page of checks, `reports/<as-of>/checks.html`, which opens without a network.

Every check step rewrites it from `checks.json`, so it is complete after the last step and exists
when a failed check has stopped the run. Self-contained, every value escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from assets.checks.results import Status
from assets.resources.outbox.html_page import load_template
from data_contracts.rules import batch
from data_contracts.stored_tables import STORED_TABLES

if TYPE_CHECKING:
    from jinja2 import Template

FILE = "checks.html"
NOT_EVALUATED = (Status.NO_HISTORY, Status.TOO_FEW_ROWS, Status.NO_ROWS)


def tone_of(check: Mapping[str, Any]) -> str:
    """Return the colour class: bad (stops the flow), warn, none (not evaluated) or good."""
    if not check["passed"]:
        return "bad" if check["severity"] == "ERROR" else "warn"
    return "none" if check["status"] in NOT_EVALUATED else "good"


def by_table(checks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Group checks by table with their counts: failing tables first, then the order of the flow.

    Within a table failing checks come first.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    flow = [table.name for table in STORED_TABLES]
    for check in sorted(checks, key=lambda check: flow.index(check["table"])):
        groups.setdefault(check["table"], []).append(check)
    order = {"bad": 0, "warn": 1, "none": 2, "good": 2}
    tables = [
        {
            "name": name,
            "zh": rows[0]["table_zh"],
            "rows": rows[0]["rows"],
            "absent": rows[0]["rows"] == 0 and all(row["status"] == "no_rows" for row in rows),
            "counts": counts_of(rows),
            "checks": sorted(rows, key=lambda row: order[tone_of(row)]),
        }
        for name, rows in groups.items()
    ]
    return sorted(tables, key=lambda table: min(order[tone_of(row)] for row in table["checks"]))


def counts_of(checks: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count checks by tone, in total, and on a sample."""
    counts = {"good": 0, "warn": 0, "bad": 0, "none": 0, "sampled": 0, "all": 0}
    for check in checks:
        counts[tone_of(check)] += 1
        counts["all"] += 1
        counts["sampled"] += check["share_of_rows_checked"] < 1 and check["rows_checked"] > 0
    return counts


def render_checks_page(as_of: date, checks: Sequence[Mapping[str, Any]]) -> str:
    """Render the page as HTML."""
    return _template().render(
        as_of=as_of.isoformat(),
        counts=counts_of(checks),
        tables=by_table(checks),
        tone_of=tone_of,
        status_zh={status.value: status.zh for status in Status},
        policy=batch,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    filters = {"number": _number, "percent": _percent, "share": _share}
    return load_template(__file__, "checks.html.j2", filters)


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _share(value: float) -> str:
    """Format a sampled share: 2 %, 0.33 %."""
    return f"{100 * value:.3g} %"
