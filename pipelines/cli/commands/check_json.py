"""Build the JSON of `linli check --json`: everything known about a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from data_contracts.messages import in_chinese
from data_contracts.repairs import RepairKind

if TYPE_CHECKING:
    from assets.ingest.dry_run import DryRun


REJECTED, NOTHING_LOADED = "refused", "nothing loaded"


@dataclass(frozen=True)
class Rejection:
    """State why a load rejects a file (REJECTED) or loads no row of it (NOTHING_LOADED)."""

    verdict: str
    reason: str
    reason_zh: str


def as_json(facts: Mapping[str, Any]) -> str:
    """Format the facts as an indented JSON document."""
    return json.dumps(facts, ensure_ascii=False, indent=2, default=_plain)


def facts_of_check(found: DryRun, rejection: Rejection | None) -> dict[str, Any]:
    """Collect the facts of a readable file, and its `rejection` if any."""
    source, staged = found.source, found.staged
    fit, format_ = source.match, source.format
    coded = {rule.column for rule in fit.codes}
    known = {*fit.columns, *coded} | ({"order_status"} if fit.has_status else set())
    return {
        "file": source.file.name,
        "verdict": _verdict(found, rejection),
        "reason": rejection and rejection.reason,
        "format": {
            "container": format_.container.value,
            "gzipped": format_.gzipped,
            "encoding": format_.encoding,
            "delimiter": format_.delimiter,
            "sheets": format_.sheets if format_.sheet else [],
            "sheets_not_read": list(format_.unread),
            "header_row": format_.header_row,
            "evidence": list(format_.evidence),
        },
        "export": source.table.name,
        "preset": source.preset,
        "as_likely": list(source.equals),
        "mapping": [
            {
                "headers": list(one.headers),
                "column": column,
                "transform": one.transform.value,
                "is_made": column in fit.derived,
            }
            for column, sources in fit.columns.items()
            for one in sources
        ],
        "words": [
            {
                "headers": list(rule.headers),
                "column": rule.column,
                "value": rule.value,
                "code": rule.code,
            }
            for rule in fit.codes
        ],
        "absent_columns": [n for n in source.table.column_names if n not in known],
        "not_read": [
            {"header": header, "has_values": has} for header, has in found.values_unread.items()
        ],
        "consent_not_understood": found.unclear_consents,
        "refusals_in_words": found.refusals_in_words,
        "notes": list(staged.notes),
        "notes_zh": [in_chinese(note) for note in staged.notes],
        "rows": {
            "read": staged.rows_read,
            "good": staged.good_totals.rows,
            "repaired": staged.rows_repaired,
            "set_aside": staged.rows_bad,
            "repeated_keys": found.repeated_keys,
        },
        "money_yuan": {"read": staged.all_totals.amount, "set_aside": staged.bad_totals.amount},
        "repairs": [
            {"column": column, "kind": kind, "zh": RepairKind.zh_of(kind), "rows": rows}
            for column, kind, rows in found.repairs
        ],
        "reasons": [
            {
                "code": one.reason_code,
                "reason": one.reason,
                "reason_zh": one.reason_zh,
                "rows": one.rows,
                "first_rows": list(one.first_rows),
            }
            for one in found.reasons
        ],
        "first_rows": list(found.first_rows),
    }


def facts_of_refusal(name: str, reason: str) -> dict[str, Any]:
    """Build the facts of a file that fits no export."""
    return {"file": name, "verdict": REJECTED, "reason": reason}


def facts_of_failure(name: str, reason: str) -> dict[str, Any]:
    """Build the facts of a file that could not be checked, for a `reason` outside the file."""
    return {"file": name, "verdict": "not looked at", "reason": reason}


def _verdict(found: DryRun, rejection: Rejection | None) -> str:
    if rejection is not None:
        return rejection.verdict
    return "loaded, except quarantined rows" if found.staged.rows_bad else "loaded"


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
