"""Build the JSON of `linli check --json`: everything known about a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from data_contracts.messages import in_chinese
from data_contracts.records.file_check import (
    CheckedFormat,
    CheckedMoney,
    CheckedReason,
    CheckedRepair,
    CheckedRows,
    FileCheck,
    MappedHeaders,
    TranslatedWord,
    UnreadableFile,
    UnreadHeader,
)
from data_contracts.records.json_form import to_json
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


def as_json(checked: FileCheck | UnreadableFile) -> str:
    """Format the record as an indented JSON document."""
    return json.dumps(to_json(checked), ensure_ascii=False, indent=2)


def file_check(checked: DryRun, rejection: Rejection | None) -> FileCheck:
    """Build the record of a readable file, and its `rejection` if any."""
    source, staged = checked.source, checked.staged
    match, format_ = source.match, source.format
    filled = set(match.columns) | {rule.column for rule in match.codes}
    filled |= {"order_status"} if match.has_status else set()
    return FileCheck(
        file=source.file.name,
        verdict=_verdict(checked, rejection),
        reason=rejection.reason if rejection else None,
        format=CheckedFormat(
            container=format_.container.value,
            gzipped=format_.gzipped,
            encoding=format_.encoding,
            delimiter=format_.delimiter,
            sheets=format_.sheets if format_.sheet else [],
            sheets_not_read=format_.unread,
            header_row=format_.header_row,
            evidence=format_.evidence,
        ),
        export=source.table.name,
        preset=source.preset,
        as_likely=source.equals,
        mapping=[
            MappedHeaders(
                headers=one.headers,
                column=column,
                transform=one.transform.value,
                is_made=column in match.derived,
            )
            for column, sources in match.columns.items()
            for one in sources
        ],
        words=[
            TranslatedWord(
                headers=rule.headers, column=rule.column, value=rule.value, code=rule.code
            )
            for rule in match.codes
        ],
        absent_columns=[name for name in source.table.column_names if name not in filled],
        not_read=[
            UnreadHeader(header=header, has_values=has)
            for header, has in checked.values_unread.items()
        ],
        consent_not_understood=checked.unclear_consents,
        refusals_in_words=checked.refusals_in_words,
        notes=staged.notes,
        notes_zh=[in_chinese(note) for note in staged.notes],
        rows=CheckedRows(
            read=staged.rows_read,
            good=staged.good_totals.rows,
            repaired=staged.rows_repaired,
            set_aside=staged.rows_bad,
            repeated_keys=checked.repeated_keys,
        ),
        money_yuan=CheckedMoney(
            read=float(staged.all_totals.amount), set_aside=float(staged.bad_totals.amount)
        ),
        repairs=[
            CheckedRepair(column=column, kind=kind, zh=RepairKind.zh_of(kind), rows=rows)
            for column, kind, rows in checked.repairs
        ],
        reasons=[
            CheckedReason(
                code=one.reason_code,
                reason=one.reason,
                reason_zh=one.reason_zh,
                rows=one.rows,
                first_rows=one.first_rows,
            )
            for one in checked.reasons
        ],
        first_rows=[
            {name: _shown(value) for name, value in row.items()} for row in checked.first_rows
        ],
    )


def unfit_file(name: str, reason: str) -> UnreadableFile:
    """Build the record of a file that fits no export."""
    return UnreadableFile(file=name, verdict=REJECTED, reason=reason)


def unchecked_file(name: str, reason: str) -> UnreadableFile:
    """Build the record of a file that could not be checked, for a `reason` outside the file."""
    return UnreadableFile(file=name, verdict="not looked at", reason=reason)


def _verdict(checked: DryRun, rejection: Rejection | None) -> str:
    if rejection is not None:
        return rejection.verdict
    return "loaded, except quarantined rows" if checked.staged.rows_bad else "loaded"


def _shown(value: Any) -> Any:
    """Write a stored value as people write it: numbers, and moments with a space."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value
