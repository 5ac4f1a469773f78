"""List what the exports folder holds and ingestion does not read: files, sheets and columns.

For the run card and the manifests. Not here: deciding what is read (`identify_file.py`,
`choose_sheets.py`).
"""

from __future__ import annotations

from typing import Any

from assets.framework.day_asset import sql_beside
from assets.ingest.identify_inbox import manifest_of_run
from assets.ingest.match.identify_file import own_mappings
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.exports import BY_NAME
from data_contracts.mappings.consent import Says
from data_contracts.mappings.consent_headers import consent_of, excluded_headers
from data_contracts.mappings.spelling import normal


def unread_parts(session: Session) -> list[dict[str, Any]]:
    """List unused columns and sheets by export; files with the same ones count as one row.

    Keys: export, zh, file_name (the first), files, columns, sheets.
    """
    return [
        {
            "export": export,
            "zh": BY_NAME[export].zh,
            "file_name": name,
            "files": files,
            "columns": columns,
            "sheets": sheets,
        }
        for export, name, files, columns, sheets in session.rows(
            sql_beside(__file__, "unread_inputs.sql")
        )
    ]


def headers_not_understood(home: LinliHome, session: Session) -> str:
    """List unused headers of people's files that concern consent, separated by commas.

    Headers that a mapping of the platform declares to be none of our columns are left out.
    """
    own = own_mappings(home.exports_dir)
    stated = {spelled for mapping in own for spelled in excluded_headers(mapping)}
    people_files = session.rows(
        "select export, ignored_columns from ingest_ledger "
        "where superseded_by is null and export in ('users', 'contacts') order by file_name"
    )
    headers = [
        header
        for export, ignored in people_files
        for header in (ignored or "").split(", ")
        if consent_of(header, BY_NAME[export]) is Says.UNCLEAR and normal(header) not in stated
    ]
    return ", ".join(dict.fromkeys(headers))


def unread_files(home: LinliHome) -> list[dict[str, str]]:
    """List the files that the run found to be no known export, each with the reason."""
    if not home.exports_dir.is_dir():
        return []
    manifest = manifest_of_run(home)
    rejections = [(entry.file.name, *entry.rejection) for entry in manifest.entries if entry.error]
    return [
        {"file_name": name, "reason": reason, "reason_zh": reason_zh}
        for name, reason, reason_zh in (
            *((one.name, one.reason, one.reason_zh) for one in manifest.ignored),
            *rejections,
        )
    ]
