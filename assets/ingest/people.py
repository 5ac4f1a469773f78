"""Who is met in a file: pseudonyms while it streams past, and what the vault keeps of each person.

A person occurs in many rows. While the stream is pulled, each id gets its pseudonym once, and of
each person the last row of a batch is kept aside; when the stream is done those few rows are read
by the same mapping and cleaning as all others, for the vault. Raw values are held in memory only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest import expressions as ex
from assets.ingest.staging_sql import PSEUDONYM, StagingQueries
from assets.resources.inbox.rows import ROW_NUMBER
from assets.resources.lakehouse import Session
from assets.resources.rule_sql import words
from assets.resources.vault.keys import PseudonymKey
from assets.resources.vault.vault import Book
from data_contracts.mappings.fitting import Fit
from data_contracts.mappings.transforms import Transform
from data_contracts.table import Column, Mask, Personal, Table

KEPT_AS = {Mask.PHONE: "phone", Mask.NAME: "name", Mask.ADDRESS: "address"}
# What people say of themselves counts more than the receiver of an order.
RANKS = {"users": 2}
_CACHED_PSEUDONYMS = 1_000_000
_MERGED_FROM_ROWS = 400_000


def kept_as(column: Column) -> str | None:
    """Name under which the vault keeps a column; None for what it does not keep."""
    if column.personal is Personal.SENSITIVE:
        return column.name
    return KEPT_AS.get(column.mask) if column.mask is not None else None


class Met:
    """People met in the stream of one file of `table`, read by `fit`."""

    def __init__(self, table: Table, fit: Fit, key: PseudonymKey) -> None:
        self._key = key
        sources = fit.columns.get("user_id", ()) if "user_id" in table.column_names else ()
        self._id_headers = list(dict.fromkeys(h for one in sources for h in one.headers))
        self._is_plain = (
            len(sources) == 1
            and len(self._id_headers) == 1
            and sources[0].transform is Transform.AS_IS
            and not any(rule.column == "user_id" for rule in fit.codes)
        )
        self._table = table
        self._pseudonyms: dict[str, str] = {}
        self._parts: list[pa.Table] = []
        self._merged_rows = 0

    @property
    def is_wanted(self) -> bool:
        """Whether the file names users at all."""
        return bool(self._id_headers)

    def through(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """The same stream, with the pseudonym of each row where the id is one plain column."""
        if not self.is_wanted:
            return reader
        is_text = all(reader.schema.field(name).type == pa.string() for name in self._id_headers)
        self._is_plain = self._is_plain and is_text
        schema = reader.schema
        if self._is_plain:
            schema = schema.append(pa.field(PSEUDONYM, pa.string()))
        return pa.RecordBatchReader.from_batches(schema, self._batches(reader, schema))

    def _batches(self, reader: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for batch in reader:
            ids = _ids(batch, self._id_headers)
            self._keep(pa.Table.from_batches([batch]), ids)
            if not self._is_plain:
                yield batch
                continue
            named = pa.DictionaryArray.from_arrays(
                ids.indices, pa.array(self._named(ids.dictionary.to_pylist()), pa.string())
            ).cast(pa.string())
            yield pa.RecordBatch.from_arrays([*batch.columns, named], schema=schema)

    def _named(self, ids: Sequence[str]) -> list[str]:
        known = self._pseudonyms
        if len(known) > _CACHED_PSEUDONYMS:
            known.clear()
        found = []
        for user_id in ids:
            named = known.get(user_id)
            if named is None:
                named = known[user_id] = self._key.pseudonym(user_id)
            found.append(named)
        return found

    def _keep(self, rows: pa.Table, ids: pa.DictionaryArray) -> None:
        self._parts.append(_last_of_each(rows, ids))
        held = sum(part.num_rows for part in self._parts)
        if held > max(_MERGED_FROM_ROWS, 2 * self._merged_rows):
            self._parts = [self._merged()]
            self._merged_rows = self._parts[0].num_rows

    def _merged(self) -> pa.Table:
        rows = pa.concat_tables(self._parts).combine_chunks()
        batches = rows.to_batches()
        return _last_of_each(rows, _ids(batches[0], self._id_headers)) if batches else rows

    def books(self, session: Session, queries: StagingQueries) -> dict[Book, pa.Table]:
        """What the vault keeps of the people met; empty while the stream was not pulled."""
        if not self._parts:
            return {}
        session.register("people_met", self._merged())
        self._parts = []
        columns = [column for column in queries.present if kept_as(column) is not None]
        sensitive = {column.name for column in columns if column.personal is Personal.SENSITIVE}
        open_ones = [column for column in columns if column.name not in sensitive]
        found = {Book.PEOPLE: session.arrow(_query(queries, Book.PEOPLE, open_ones))}
        if sensitive:
            apart = [column for column in columns if column.name in sensitive]
            found[Book.EXCLUSIONS] = session.arrow(_query(queries, Book.EXCLUSIONS, apart))
        return {book: rows.cast(book.schema) for book, rows in found.items()}


def _ids(batch: pa.RecordBatch, headers: Sequence[str]) -> pa.DictionaryArray:
    """Which person each row is about, as far as its raw text says."""
    texts = [pc.cast(batch.column(name), pa.string()) for name in headers]
    joined = texts[0]
    if len(texts) > 1:
        joined = pc.binary_join_element_wise(
            *texts, " / ", null_handling="replace", null_replacement=""
        )
    return joined.dictionary_encode()


def _last_of_each(rows: pa.Table, ids: pa.DictionaryArray) -> pa.Table:
    """Of each person the last row."""
    valid = np.flatnonzero(np.asarray(ids.indices.is_valid()))
    last = np.full(len(ids.dictionary), -1, np.int64)
    last[ids.indices.drop_null().to_numpy()] = valid  # of several the last is kept
    return rows.take(pa.array(np.sort(last[last >= 0])))


def _query(queries: StagingQueries, book: Book, columns: list[Column]) -> str:
    """Rows of `book` out of `people_met`: cleaned as every row is, but not masked."""
    table = queries.table
    time = table.event_time if table.event_time in queries.names else None
    needed = [*columns, table.column("user_id"), *([table.column(time)] if time else [])]
    values = []
    for column in needed:
        how = queries.reading_of(column)
        if column.name in queries.ready:
            values.append(f"r_{column.name} as v_{column.name}")
            continue
        tries = ", ".join([how.strict, *(sql for _, sql in how.repaired), "NULL"])
        values.append(f"coalesce({tries}) as v_{column.name}")
    told = {kept_as(column): f"v_{column.name}" for column in columns}
    if book is Book.PEOPLE:
        told["platform_user_id"] = "v_user_id"
    shown = told | {
        "user_id": ex.pseudonym("v_user_id"),
        "rank": str(RANKS.get(table.name, 1)),
        "seen_at": f"v_{time}::timestamp" if time else "NULL",
    }
    listed = ", ".join(f"{shown.get(name, 'NULL')} as {name}" for name in book.schema.names)
    texts = ", ".join(f"{sql} as {name}" for name, sql in queries.texts().items())
    gone = list(queries.facts.forgotten)
    not_forgotten = f"and user_id not in {words(gone)}" if gone else ""
    return f"""
with texts as (select {texts}, {ROW_NUMBER} from people_met),
valued as (select {", ".join(values)}, {ROW_NUMBER} from texts),
listed as (select {listed}, {ROW_NUMBER} from valued where v_user_id is not null)
select * exclude ({ROW_NUMBER}) from listed
where ({" or ".join(f"{name} is not null" for name in told)}) {not_forgotten}
order by {ROW_NUMBER}"""
