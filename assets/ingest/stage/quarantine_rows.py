"""Build the quarantine's rows of one staged file: reason, value and row, without personal values.

Not here: finding the reason (`staging_queries.py`), hiding personal values (`redact.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.stage.casting.year_last_dates import with_date_format
from assets.ingest.stage.orders import row_value
from assets.ingest.stage.reject_reasons import reason_of
from assets.ingest.stage.staging_queries import FORGOTTEN, REJECTION
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.rows import Malformed
from data_contracts.tables.bookkeeping import QUARANTINE

IS_FORGOTTEN = f"reason_code = '{FORGOTTEN}'"


def staged_rows(paths: Sequence[Path]) -> str:
    """Return SQL that reads the staged files at `paths`."""
    return f"read_parquet({literal([str(path) for path in paths])}, hive_partitioning = false)"


def most_common_reason(session: Session, bad: tuple[Path, ...]) -> str:
    """Return the reason code that most of the rows in `bad` have."""
    return session.scalar(
        f"select reason_code from {staged_rows(bad)} group by 1 order by count(*) desc limit 1"
        if bad
        else "select 'row.fields'"
    )


def quarantine_rows(
    session: Session,
    source: IdentifiedFile,
    sha256: str,
    bad: tuple[Path, ...],
    malformed: list[Malformed],
) -> pa.Table:
    """Build the quarantine's rows of one file: rows of the staged files `bad`, then `malformed`.

    Rows of people who asked to be forgotten are left out.
    """
    common = {
        "export": source.table.name,
        "file_name": source.file.name,
        "file_sha256": sha256,
        "user_id": None,
    }
    table = source.table
    user = "user_id" if "user_id" in table.column_names else "NULL"
    version = table.version or "NULL"
    rows = []
    if bad:
        for number, user_id, amount, updated_at, code, key, value, text in session.rows(
            f"select row_number, {user}, {row_value.amount(table)}, {version}::timestamp, "
            f"{', '.join(REJECTION)} from {staged_rows(bad)} where not {IS_FORGOTTEN} order by 1"
        ):
            english, chinese = with_date_format(reason_of(code, table), code, table, source.match)
            rows.append(
                common
                | {
                    "row_number": number,
                    "column_name": re.split(r"[.+]", code)[0],
                    "reason_code": code,
                    "reason": english,
                    "reason_zh": chinese,
                    "raw_value": value,
                    "raw_text": text,
                    "user_id": user_id,
                    "amount_yuan": amount,
                    "row_key": key or None,
                    "row_updated_at": updated_at,
                }
            )
    for row in malformed:
        rows.append(
            common
            | {
                "row_number": row.row_number,
                "column_name": None,
                "reason_code": row.code,
                "reason": row.reason,
                "reason_zh": row.reason_zh,
                "raw_value": None,
                "raw_text": None,
            }
        )
    return pa.Table.from_pylist(rows, schema=QUARANTINE.arrow_schema())
