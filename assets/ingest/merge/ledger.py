"""Read the ledger of files as records, and turn records into the rows that are stored.

Not here: how its figures change with a load (`reconcile.py`) or an erasure (`privacy/erase.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from data_contracts.records.ledger import LedgerRow
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER


def ledger_rows(lake: Lakehouse, table: Table) -> list[LedgerRow]:
    """Return the ledger rows of `table`, ordered by file name."""
    with lake.session(INGEST_LEDGER) as session:
        return ledger_of(session, table)


def ledger_of(session: Session, table: Table) -> list[LedgerRow]:
    """Return the ledger rows of `table` that the session holds, ordered by file name."""
    return _records(
        session.arrow(
            "select * from ingest_ledger where export = $export order by file_name, file_sha256",
            export=table.name,
        )
    )


def whole_ledger(session: Session) -> list[LedgerRow]:
    """Return the ledger rows of every table, ordered by table and file name."""
    return _records(
        session.arrow("select * from ingest_ledger order by export, file_name, file_sha256")
    )


def ledger_table(rows: Iterable[LedgerRow]) -> pa.Table:
    """Return the rows as `ingest_ledger` stores them."""
    return pa.Table.from_pylist([vars(row) for row in rows], schema=INGEST_LEDGER.arrow_schema())


def _records(stored: pa.Table) -> list[LedgerRow]:
    return [LedgerRow(**row) for row in stored.cast(INGEST_LEDGER.arrow_schema()).to_pylist()]
