"""What lies in the exports folder and is not read: files, sheets of a workbook, columns.

Belongs here: naming it, for run card and manifests. Does not: deciding it (`recognising`,
`choosing_sheets`).
"""

from __future__ import annotations

from typing import Any

from assets.framework.day_asset import sql_beside
from assets.ingest.load import without_name
from assets.ingest.loaded_contents import loaded_contents
from assets.ingest.match.identify_file import identify, own_mappings
from assets.ingest.match.match_headers import consent_of, normal, strangers
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.readers.file_index import KnownContents, list_files
from data_contracts.errors import ExportError
from data_contracts.exports import BY_NAME
from data_contracts.mappings.consent import Says


def unread_parts(session: Session) -> list[dict[str, Any]]:
    """Columns and sheets nothing was read from, by export; files alike in them are counted as one.

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
        for export, name, files, columns, sheets in session.rows(sql_beside(__file__, "unread.sql"))
    ]


def headers_not_understood(home: LinliHome, session: Session) -> str:
    """Headers of loaded files of people that speak of consent and that nobody can read, but for
    those a mapping of the platform calls none of our columns; separated by commas."""
    own = own_mappings(home.exports_dir)
    stated = {spelled for mapping in own for spelled in strangers(mapping)}
    found = session.rows(
        "select export, ignored_columns from ingest_ledger "
        "where superseded_by is null and export in ('users', 'contacts') order by file_name"
    )
    headers = [
        header
        for export, ignored in found
        for header in (ignored or "").split(", ")
        if consent_of(header, BY_NAME[export]) is Says.UNCLEAR and normal(header) not in stated
    ]
    return ", ".join(dict.fromkeys(headers))


def unread_files(home: LinliHome) -> list[dict[str, str]]:
    """Files that no export was recognised in, each with the reason."""
    if not home.exports_dir.is_dir():
        return []
    files, ignored = list_files(home.exports_dir)
    found = [
        {"file_name": one.name, "reason": one.reason, "reason_zh": one.reason_zh} for one in ignored
    ]
    contents = KnownContents(home.lakehouse.root / "_contents.json")
    known = loaded_contents(home.lakehouse)
    platform, own = home.platform(), own_mappings(home.exports_dir)
    for file in files:
        try:
            if contents.sha256(file) not in known:
                identify(file, platform.facts_of(file.name), own)
        except ExportError as error:
            reason, reason_zh = without_name(error, file.name)
            found.append({"file_name": file.name, "reason": reason, "reason_zh": reason_zh})
    return found
