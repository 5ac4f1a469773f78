"""Which rows set aside a later row stands for, so that they leave the quarantine.

A row is settled when its mended row came back in a hand-back file (good, or bad again: then the
newer bad row stands for it), when another hand-back of the same row came, or when a good row of the
same key came by a later load. In one load the later file name counts as the later one, as it does
between rows of one key; a good row that is an older version of the line settles nothing.

What is settled follows from the quarantine and the files being loaded alone: a load that was killed
is done again and finds the same.
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
from assets.resources.readers.file_order import places
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import QUARANTINE

_CLAIMS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("row_number", pa.int64()),
        ("mends_sha256", pa.string()),
        ("mends_row_number", pa.int64()),
    ]
)
_FILES = pa.schema([("file_sha256", pa.string()), ("name_place", pa.int64())])


@dataclass(frozen=True)
class Aside:
    """What one content still has in the quarantine."""

    rows: int = 0
    amount: Decimal = ZERO


def left_aside(
    session: Session,
    table: Table,
    staged: Sequence[StagedFile],
    dropped: Collection[str],
    incoming: str,
) -> pa.Table:
    """The quarantine of `table` as it stands after `staged` is loaded.

    `dropped`: contents whose rows go with them. `incoming`: name of the good rows of `staged`.
    """
    session.register("claims", _claims(session, table, staged))
    session.register("newcomers", _newcomers(staged))
    kept = session.arrow(
        "select * from quarantine where export = $export and not list_contains($gone, file_sha256)",
        export=table.name,
        gone=sorted({*dropped, *(item.sha256 for item in staged)}),
    )
    schema = QUARANTINE.arrow_schema()
    session.register(
        "set_aside", pa.concat_tables([kept.cast(schema), *(item.quarantine for item in staged)])
    )
    session.table(
        "aside",
        """
select a.* exclude (mends_sha256, mends_row_number),
  coalesce(c.mends_sha256, a.mends_sha256) as mends_sha256,
  coalesce(c.mends_row_number, a.mends_row_number) as mends_row_number,
  n.name_place as newcomer
from set_aside as a
left join claims as c using (file_sha256, row_number)
left join newcomers as n using (file_sha256)""",
    )
    session.table("good_again", _good_again(session, table, incoming))
    return session.arrow(
        f"""
with settled as (
  select a.file_sha256, a.row_number
  from aside as a
  join claims as c on a.file_sha256 = c.mends_sha256 and a.row_number = c.mends_row_number
  union
  select a.file_sha256, a.row_number
  from aside as a
  join claims as c using (mends_sha256, mends_row_number)
  join newcomers as later on c.file_sha256 = later.file_sha256
  where {_IS_LATER}
  union
  select a.file_sha256, a.row_number
  from aside as a
  join good_again as g using (row_key)
  join newcomers as later on g.file_sha256 = later.file_sha256
  where {_IS_LATER} and (g.version is null or a.row_updated_at is null
    or g.version >= a.row_updated_at)
)
select {", ".join(QUARANTINE.column_names)}
from aside anti join settled using (file_sha256, row_number)
order by file_name, file_sha256, row_number"""
    ).cast(schema)


# A row that stood aside before this load, or came by an earlier file of it.
_IS_LATER = "(a.newcomer is null or a.newcomer < later.name_place)"


def _good_again(session: Session, table: Table, incoming: str) -> str:
    """Good rows of `staged` that have the key of a row set aside."""
    # a fingerprint per row is what this costs: nothing is set aside, nothing is computed
    has_keys = session.scalar("select count(*) > 0 from aside where row_key is not null")
    version = f"{table.version}::timestamp" if table.version else "NULL::timestamp"
    return f"""
select * from (
  select file_sha256, {row_key(table)} as row_key, {version} as version
  from {incoming} {"" if has_keys else "where false"}
) semi join aside using (row_key)"""


def _claims(session: Session, table: Table, staged: Sequence[StagedFile]) -> pa.Table:
    """Rows of hand-back files with the content and the row each of them was."""
    found: list[dict[str, Any]] = []
    if any(item.corrections for item in staged):
        known = session.rows(
            "select file_sha256, file_name, superseded_by is null from ingest_ledger "
            "where export = $export",
            export=table.name,
        )
        replaced = {item.source.file.name for item in staged if not item.corrections}
        fresh = [(item.sha256, item.source.file.name) for item in staged]
        by_content = {short_fingerprint(row[0]): row[0] for row in (*known, *fresh)}
        by_name = {name: sha for sha, name, live in known if live and name not in replaced}
        by_name |= {name: sha for sha, name in fresh if name in replaced}
        for item in staged:
            for claim in item.corrections:
                sha = _content_of(claim, by_content, by_name)
                if sha is not None and sha != item.sha256:
                    values = (item.sha256, claim.row_number, sha, claim.of_row_number)
                    found.append(dict(zip(_CLAIMS.names, values, strict=True)))
    return pa.Table.from_pylist(found, schema=_CLAIMS)


def _content_of(
    claim: ReturnedRow, by_content: Mapping[str, str], by_name: Mapping[str, str]
) -> str | None:
    if claim.of_content is not None:
        return by_content.get(claim.of_content)
    return by_name.get(claim.of_name)


def _newcomers(staged: Sequence[StagedFile]) -> pa.Table:
    place = places(item.source.file.name for item in staged)
    rows = [
        {"file_sha256": item.sha256, "name_place": place[item.source.file.name]} for item in staged
    ]
    return pa.Table.from_pylist(rows, schema=_FILES)


def by_content(left: pa.Table) -> dict[str, Aside]:
    """Rows and amounts that each content still has in the quarantine `left`."""
    found: dict[str, Aside] = {}
    for sha, amount in zip(
        left.column("file_sha256").to_pylist(), left.column("amount_yuan").to_pylist(), strict=True
    ):
        before = found.get(sha, Aside())
        found[sha] = Aside(before.rows + 1, before.amount + (amount or ZERO))
    return found
