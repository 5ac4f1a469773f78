"""Release quarantined rows that a corrected or later row supersedes.

A row is released when its corrected row came in a returned file (good, or bad again: then the newer
bad row replaces it), when another returned file has the same row, or when a later load has a good
row of the same key. Within one load the later file name counts as later, as it does between rows of
one key; a good row that is an older version of the line releases nothing.

The result depends only on the quarantine and the files of the load, so an interrupted load that is
repeated releases the same rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from assets.ingest.stage.redact import row_key
from assets.ingest.stage.returned_rows import ReturnedRow, short_fingerprint
from assets.ingest.stage.stage_file import ZERO, StagedFile
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.readers.file_order import order_ranks
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import QUARANTINE

_CORRECTION_SCHEMA = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("row_number", pa.int64()),
        ("mends_sha256", pa.string()),
        ("mends_row_number", pa.int64()),
    ]
)
_FILE_SCHEMA = pa.schema([("file_sha256", pa.string()), ("file_rank", pa.int64())])


@dataclass(frozen=True)
class QuarantinedTotals:
    """Rows and amount (yuan) that one content still has in the quarantine."""

    rows: int = 0
    amount: Decimal = ZERO


def remaining_quarantine(
    session: Session,
    table: Table,
    staged: Sequence[StagedFile],
    dropped: Collection[str],
    incoming: str,
) -> pa.Table:
    """Return the quarantine of `table` after `staged` is loaded.

    `dropped`: contents whose quarantined rows are removed with them. `incoming`: view of the good
    rows of `staged`.
    """
    session.register("corrections", _corrections(session, table, staged))
    session.register("new_files", _new_files(staged))
    kept = session.arrow(
        "select * from quarantine where export = $export and not list_contains($gone, file_sha256)",
        export=table.name,
        gone=sorted({*dropped, *(item.sha256 for item in staged)}),
    )
    schema = QUARANTINE.arrow_schema()
    session.register(
        "quarantined_rows",
        pa.concat_tables([kept.cast(schema), *(item.quarantine for item in staged)]),
    )
    session.table(
        "linked_rows",
        """
select a.* exclude (mends_sha256, mends_row_number),
  coalesce(c.mends_sha256, a.mends_sha256) as mends_sha256,
  coalesce(c.mends_row_number, a.mends_row_number) as mends_row_number,
  n.file_rank as new_file_rank
from quarantined_rows as a
left join corrections as c using (file_sha256, row_number)
left join new_files as n using (file_sha256)""",
    )
    session.table("reloaded_keys", _reloaded_keys(session, table, incoming))
    return session.arrow(
        f"""
with released_rows as (
  select a.file_sha256, a.row_number
  from linked_rows as a
  join corrections as c on a.file_sha256 = c.mends_sha256 and a.row_number = c.mends_row_number
  union
  select a.file_sha256, a.row_number
  from linked_rows as a
  join corrections as c using (mends_sha256, mends_row_number)
  join new_files as later on c.file_sha256 = later.file_sha256
  where {_IS_LATER}
  union
  select a.file_sha256, a.row_number
  from linked_rows as a
  join reloaded_keys as g using (row_key)
  join new_files as later on g.file_sha256 = later.file_sha256
  where {_IS_LATER} and (g.version is null or a.row_updated_at is null
    or g.version >= a.row_updated_at)
)
select {", ".join(QUARANTINE.column_names)}
from linked_rows anti join released_rows using (file_sha256, row_number)
order by file_name, file_sha256, row_number"""
    ).cast(schema)


# The row was in the quarantine before this load, or came with an earlier file of it.
_IS_LATER = "(a.new_file_rank is null or a.new_file_rank < later.file_rank)"


def _reloaded_keys(session: Session, table: Table, incoming: str) -> str:
    """Return SQL for the good rows of `staged` that have the key of a quarantined row."""
    # costs one fingerprint per row, so skip it where no quarantined row has a key
    has_keys = session.scalar("select count(*) > 0 from linked_rows where row_key is not null")
    version = f"{table.version}::timestamp" if table.version else "NULL::timestamp"
    return f"""
select * from (
  select file_sha256, {row_key(table)} as row_key, {version} as version
  from {incoming} {"" if has_keys else "where false"}
) semi join linked_rows using (row_key)"""


def _corrections(session: Session, table: Table, staged: Sequence[StagedFile]) -> pa.Table:
    """Return each row of a returned file with the content and row number it corrects."""
    corrections: list[dict[str, Any]] = []
    if any(item.corrections for item in staged):
        loaded = session.rows(
            "select file_sha256, file_name, superseded_by is null from ingest_ledger "
            "where export = $export",
            export=table.name,
        )
        replaced = {item.source.file.name for item in staged if not item.corrections}
        fresh = [(item.sha256, item.source.file.name) for item in staged]
        by_content = {short_fingerprint(row[0]): row[0] for row in (*loaded, *fresh)}
        by_name = {name: sha for sha, name, live in loaded if live and name not in replaced}
        by_name |= {name: sha for sha, name in fresh if name in replaced}
        for item in staged:
            for claim in item.corrections:
                sha = _corrected_content(claim, by_content, by_name)
                if sha is not None and sha != item.sha256:
                    values = (item.sha256, claim.row_number, sha, claim.of_row_number)
                    corrections.append(dict(zip(_CORRECTION_SCHEMA.names, values, strict=True)))
    return pa.Table.from_pylist(corrections, schema=_CORRECTION_SCHEMA)


def _corrected_content(
    claim: ReturnedRow, by_content: Mapping[str, str], by_name: Mapping[str, str]
) -> str | None:
    if claim.of_content is not None:
        return by_content.get(claim.of_content)
    return by_name.get(claim.of_name)


def _new_files(staged: Sequence[StagedFile]) -> pa.Table:
    rank = order_ranks(item.source.file.name for item in staged)
    rows = [
        {"file_sha256": item.sha256, "file_rank": rank[item.source.file.name]} for item in staged
    ]
    return pa.Table.from_pylist(rows, schema=_FILE_SCHEMA)


def totals_by_content(quarantine: pa.Table) -> dict[str, QuarantinedTotals]:
    """Return the rows and amount of each content in the quarantine `left`."""
    totals: dict[str, QuarantinedTotals] = {}
    for sha, amount in zip(
        quarantine.column("file_sha256").to_pylist(),
        quarantine.column("amount_yuan").to_pylist(),
        strict=True,
    ):
        before = totals.get(sha, QuarantinedTotals())
        totals[sha] = QuarantinedTotals(before.rows + 1, before.amount + (amount or ZERO))
    return totals
