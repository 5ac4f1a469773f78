"""Pseudonymise user ids while a file streams, and collect each person's raw identifiers for the
vault.

A person occurs in many rows. Each id gets its pseudonym once. The first and last row of each person
are kept while the stream is read, and cast at the end with the same mapping and cleaning as all
rows, for the vault. Raw values are held in memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.personal_masks import mask_of
from assets.ingest.stage.source_columns import KEYED, MASKED, plain_header
from assets.ingest.stage.staging_queries import StagingQueries
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.readers.rows import ROW_NUMBER
from assets.resources.vault.keys import PseudonymKey
from assets.resources.vault.vault import Book
from data_contracts.table import Column, Mask, Personal, Table

VAULT_NAMES = {Mask.PHONE: "phone", Mask.NAME: "name", Mask.ADDRESS: "address"}
# People's own data outrank the receiver of an order.
RANKS = {"users": 2}
_DERIVED_TYPE = pa.dictionary(pa.int32(), pa.string())
_CACHED = 1_000_000
# Large buffers, so that few people are kept twice.
_WAITING_ROWS, _WAITING_BYTES = 1_000_000, 128 << 20
_MERGED_FROM_PARTS = 8


def vault_name(column: Column) -> str | None:
    """Return the name under which the vault stores a column; None if it does not store it."""
    if column.personal is Personal.SENSITIVE:
        return column.name
    return VAULT_NAMES.get(column.mask) if column.mask is not None else None


class PersonCollector:
    """Collects the people in the stream of one file of `table`.

    `made_before`: column → text → derived value, shared by all files of a load, because people
    occur in all of them.
    """

    def __init__(
        self,
        table: Table,
        match: HeaderMatch,
        key: PseudonymKey,
        made_before: dict[str, dict[str, str]],
    ) -> None:
        sources = match.columns.get("user_id", ()) if "user_id" in table.column_names else ()
        self._id_headers = list(dict.fromkeys(h for one in sources for h in one.headers))
        self._kept_headers = _kept_headers(table, match)
        self._made = _derived_columns(table, match, key, made_before)
        self._fit = match
        self._queries: StagingQueries | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._parts: list[pa.Table] = []

    @property
    def has_people(self) -> bool:
        """Whether the stream named any person."""
        return bool(self._parts)

    def transform(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """Add pseudonyms, fingerprints and masked texts to the stream as columns of their own."""
        if not self._id_headers:
            return reader
        is_text = {field.name for field in reader.schema if field.type == pa.string()}
        self._made = [made for made in self._made if made.header in is_text]
        schema = reader.schema
        for made in self._made:
            for name in made.names:
                schema = schema.append(pa.field(name, _DERIVED_TYPE))
        return pa.RecordBatchReader.from_batches(schema, self._batches(reader, schema))

    def _batches(self, reader: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        waiting_rows = waiting_bytes = 0
        for batch in reader:
            made = [one for made in self._made for one in made.derive(batch.column(made.header))]
            yield pa.RecordBatch.from_arrays([*batch.columns, *made], schema=schema)
            kept = batch.select([*self._kept_headers, ROW_NUMBER])
            self._waiting.append(kept)
            waiting_rows += kept.num_rows
            waiting_bytes += kept.nbytes
            if waiting_rows > _WAITING_ROWS or waiting_bytes > _WAITING_BYTES:
                self._keep_first_and_last()
                waiting_rows = waiting_bytes = 0
        if self._waiting:
            self._keep_first_and_last()

    def _keep_first_and_last(self) -> None:
        """Keep the first and the last row of each person among the buffered rows."""
        self._parts.append(self._first_and_last_rows(self._waiting, self._waiting[0].schema))
        self._waiting = []
        self._merge_parts()

    def _merge_parts(self) -> None:
        if len(self._parts) >= _MERGED_FROM_PARTS:
            self._parts = [self._merged()]

    def _merged(self) -> pa.Table:
        joined = pa.concat_tables(self._parts)
        return self._first_and_last_rows(joined.to_batches(), joined.schema)

    def _first_and_last_rows(
        self, batches: Sequence[pa.RecordBatch], schema: pa.Schema
    ) -> pa.Table:
        """Select each person's first and last row: exports begin or end with the newest."""
        person = _person_numbers(batches, self._id_headers)
        named = np.flatnonzero(person >= 0)
        first = np.full(int(person.max(initial=-1)) + 1, -1, np.int64)
        last = first.copy()
        last[person[named]] = named  # for a repeated person the later assignment wins
        first[person[named[::-1]]] = named[::-1]
        kept = np.union1d(first, last)
        # batch by batch: concatenating first would copy every text of every row
        starts = np.cumsum([0, *(batch.num_rows for batch in batches)])
        cuts = np.searchsorted(kept, starts)
        taken = [
            batch.take(pa.array(kept[low:high] - start))
            for batch, start, low, high in zip(batches, starts[:-1], cuts, cuts[1:], strict=False)
        ]
        return pa.Table.from_batches(taken, schema)

    def use_queries(self, queries: StagingQueries) -> None:
        """Set the queries that cast the kept rows."""
        self._queries = queries

    def has_same_mapping(self, other: PersonCollector) -> bool:
        """Whether both files are read with the same mapping from the same headers."""
        return (
            self._kept_headers == other._kept_headers
            and self._fit.columns == other._fit.columns
            and self._fit.codes == other._fit.codes
            and all(part.schema == other._parts[0].schema for part in self._parts[:1])
        )

    def absorb(self, other: PersonCollector) -> None:
        """Move the people of another file into this collector."""
        self._parts += other._parts
        other._parts = []
        self._merge_parts()

    def books(self, session: Session) -> dict[Book, pa.Table]:
        """Build the vault's rows of the collected people; empty if there are no people."""
        if not self._parts or self._queries is None:
            return {}
        queries = self._queries
        session.register("people_rows", self._merged())
        columns = [column for column in queries.present if vault_name(column) is not None]
        sensitive = {column.name for column in columns if column.personal is Personal.SENSITIVE}
        open_ones = [column for column in columns if column.name not in sensitive]
        books = {Book.PEOPLE: session.arrow(_query(queries, Book.PEOPLE, open_ones))}
        if sensitive:
            apart = [column for column in columns if column.name in sensitive]
            books[Book.EXCLUSIONS] = session.arrow(_query(queries, Book.EXCLUSIONS, apart))
        return {book: rows.cast(book.schema) for book, rows in books.items()}


class PersonBatch:
    """Collects the people of all files of a load; files with the same mapping are cast together."""

    def __init__(self) -> None:
        self._collectors: list[PersonCollector] = []

    def add(self, collector: PersonCollector) -> None:
        """Add the people of a file that is going to be loaded."""
        if not collector.has_people:
            return
        for collected in self._collectors:
            if collected.has_same_mapping(collector):
                collected.absorb(collector)
                return
        self._collectors.append(collector)

    def books(self, session: Session) -> dict[Book, pa.Table]:
        """Build the vault's rows, in the order of the files."""
        by_book: dict[Book, list[pa.Table]] = {}
        for collector in self._collectors:
            for book, rows in collector.books(session).items():
                by_book.setdefault(book, []).append(rows)
        return {book: pa.concat_tables(rows) for book, rows in by_book.items()}


def _kept_headers(table: Table, match: HeaderMatch) -> list[str]:
    """List the headers of the id, the vault's columns and the time that decides the latest."""
    needed = ["user_id", *(column.name for column in table.columns if vault_name(column))]
    if table.event_time is not None:
        needed.append(table.event_time)
    read = [h for name in needed for one in match.columns.get(name, ()) for h in one.headers]
    coded = [h for rule in match.codes if rule.column in needed for h in rule.headers]
    return list(dict.fromkeys([*read, *coded]))


def _derived_columns(
    table: Table, match: HeaderMatch, key: PseudonymKey, made_before: dict[str, dict[str, str]]
) -> list[_DerivedColumns]:
    """List what is derived from unchanged texts: pseudonyms, fingerprints and masked texts."""
    made: dict[str, _DerivedColumns] = {}

    def add(column: str, name: str, make: Callable[[str], str]) -> None:
        header = plain_header(match, column)
        if header is not None:
            one = made.setdefault(header, _DerivedColumns(header))
            one.add(name, make, made_before.setdefault(name, {}))

    if "user_id" in table.column_names:
        add("user_id", f"{KEYED}user_id", key.pseudonym)
    for column in table.added:
        add(column.fingerprint_of or "", f"{KEYED}{column.name}", key.fingerprint)
    for column in table.columns:
        if (make := mask_of(column.mask)) is not None:
            add(column.name, f"{MASKED}{column.name}", make)
    return list(made.values())


class _DerivedColumns:
    """Derives columns from the texts of one column, each distinct text once."""

    def __init__(self, header: str) -> None:
        self.header = header
        self._makers: dict[str, Callable[[str], str]] = {}
        self._known: dict[str, dict[str, str]] = {}

    @property
    def names(self) -> list[str]:
        return list(self._makers)

    def add(self, name: str, make: Callable[[str], str], made_before: dict[str, str]) -> None:
        self._makers[name] = make
        self._known[name] = made_before

    def derive(self, texts: pa.StringArray) -> list[pa.DictionaryArray]:
        """Derive the columns, in the order of `names`."""
        encoded = texts.dictionary_encode()
        distinct = encoded.dictionary.to_pylist()
        return [
            pa.DictionaryArray.from_arrays(
                encoded.indices, pa.array(self._made(name, distinct), pa.string())
            )
            for name in self._makers
        ]

    def _made(self, name: str, texts: list[str]) -> list[str | None]:
        made_before, make = self._known[name], self._makers[name]
        if len(made_before) > _CACHED:
            made_before.clear()
        made = list(map(made_before.get, texts))
        if None in made:
            for place, text in enumerate(texts):
                if made[place] is None:
                    made[place] = made_before[text] = make(text)
        return made


def _person_numbers(batches: Sequence[pa.RecordBatch], headers: Sequence[str]) -> np.ndarray:
    """Number the person of each row by the raw text of the id; -1 for rows without an id.

    Numbers begin at 0; int32, one per row.
    """
    joined = []
    for batch in batches:
        texts = [pc.cast(batch.column(name), pa.string()) for name in headers]
        whole = texts[0]
        if len(texts) > 1:
            whole = pc.binary_join_element_wise(
                *texts, " / ", null_handling="replace", null_replacement=""
            )
        joined.append(whole)
    encoded = pa.chunked_array(joined, pa.string()).dictionary_encode()
    numbers = [pc.fill_null(chunk.indices, -1).to_numpy() for chunk in encoded.chunks]
    return np.concatenate(numbers) if numbers else np.empty(0, np.int32)


def _query(queries: StagingQueries, book: Book, columns: list[Column]) -> str:
    """Write the query for rows of `book` from `people_rows`: cleaned like every row, but not
    masked.

    Only rows that need a repair go through the repair steps, which cost far more than the rest.
    """
    table = queries.table
    time = table.event_time if table.event_time in queries.names else None
    needed = [*columns, table.column("user_id"), *([table.column(time)] if time else [])]
    repair_steps = queries.repair_steps([c for c in needed if c.name not in queries.ready])
    strict, unrepaired, repaired, needs_repair = [], [], [], ["false"]
    for column in needed:
        name = column.name
        if name in queries.ready:
            strict.append(f"r_{name} as s_{name}")
            repaired.append(f"r_{name} as v_{name}")
        else:
            strict.append(f"{queries.cast_of(column).strict} as s_{name}")
            repaired.append(f"{repair_steps.value(name)} as v_{name}")
            needs_repair.append(f"(s_{name} is null and r_{name} is not null)")
        unrepaired.append(f"s_{name} as v_{name}")
    stored = {vault_name(column): f"v_{column.name}" for column in columns}
    if book is Book.PEOPLE:
        stored["platform_user_id"] = "v_user_id"
    shown = stored | {
        "user_id": ex.pseudonym("v_user_id"),
        "rank": str(RANKS.get(table.name, 1)),
        "seen_at": f"v_{time}::timestamp" if time else "NULL",
    }
    listed = ", ".join(f"{shown.get(name, 'NULL')} as {name}" for name in book.schema.names)
    raw = {f"r_{column.name}" for column in needed}
    texts = ", ".join(f"{sql} as {name}" for name, sql in queries.texts().items() if name in raw)
    gone = list(queries.context.forgotten)
    not_forgotten = f"and user_id not in {text_list(gone)}" if gone else ""
    return f"""
with texts as (select {texts}, {ROW_NUMBER} from people_rows),
strict as (select *, {", ".join(strict)} from texts),
needing_repair as (select * from strict where {" or ".join(needs_repair)}),
{repair_steps.steps("needing_repair")},
valued as (
  select {", ".join(unrepaired)}, {ROW_NUMBER} from strict where not ({" or ".join(needs_repair)})
  union all by name
  select {", ".join(repaired)}, {ROW_NUMBER} from repaired
),
listed as (select {listed}, {ROW_NUMBER} from valued where v_user_id is not null)
select * exclude ({ROW_NUMBER}) from listed
where ({" or ".join(f"{name} is not null" for name in stored)}) {not_forgotten}
order by {ROW_NUMBER}"""
