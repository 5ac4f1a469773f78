"""Keep what people said of being contacted: of each the newest refusal and the newest consent.

A row of a user is replaced by a later one, and a row of a corrected file goes with it; what it said
of consent stays here until a later file says the opposite in words. A file without the column, an
empty cell and a file the user is not in say nothing. Later is what is later among rows of one key:
by name of file, then by row. A corrected file takes the place of the words its name stood for, of
users it says something of. So the words depend on which files came, and not on their order, and
keeping the newest of each kind is enough: only a word under the same name can take one away.

The same holds of each contact and the person contacted, and nothing in another contact withdraws a
refusal. Words of contacts are kept from the first refusal on, and read from their rows before it:
a consent whose row a silent one replaced earlier is not known, and the refusal stands.

`users.marketing_opt_out` and `contacts.opted_out` are what stands here; whoever is in no row any
more is asked for in the kept words themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from assets.ingest.stage.stage_file import StagedFile
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.file_order import places
from data_contracts.exports import CONTACTS, USERS
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import CONSENT_WORDS, CONTACT_ANSWERS

STANDING = "words_standing"  # the step: the key of each word that holds from now on, and `refused`
_LATEST = "name_place desc, row_number desc, file_sha256 desc"


@dataclass(frozen=True)
class Said:
    """Where an export says who refused: its `column`, and the table that keeps the words, one
    refusal and one consent of each `key`. `only_once_refused`: a key without a refusal is left."""

    column: str
    kept: Table
    key: tuple[str, ...]
    only_once_refused: bool = False

    @property
    def keys(self) -> str:
        return ", ".join(self.key)


SAID: Mapping[str, Said] = {
    USERS.name: Said("marketing_opt_out", CONSENT_WORDS, ("user_id",)),
    CONTACTS.name: Said("opted_out", CONTACT_ANSWERS, ("contact_id", "user_id"), True),
}


def hear_words(
    session: Session,
    lake: Lakehouse,
    table: Table,
    staged: Sequence[StagedFile],
    names: Mapping[str, str],
) -> pa.Table | None:
    """The words known with those of `staged`; None where the table has none.

    `names`: sha256 → file name of contents known. Makes the step STANDING.
    """
    said = SAID.get(table.name)
    if said is None:
        return None
    named = {**names, **{item.sha256: item.source.file.name for item in staged}}
    pairs = {"file_sha256": list(named), "file_name": list(named.values())}
    session.register("word_files", pa.table(pairs))
    files = [str(file.path) for item in staged for file in item.good]
    incoming = f"read_parquet({literal(files)}, hive_partitioning = false)" if files else table.name
    session.table("words_incoming", _words_in(said, incoming, "true" if files else "false"))
    keys = said.keys
    is_kept = lake.snapshot(said.kept) is not None
    is_known = f"({keys}) in (select ({keys}) from {said.kept.name})" if is_kept else "false"
    # keys without words kept, and a lake of an earlier version that kept none: what their rows say
    known = [_words_in(said, table.name, f"not ({is_known})")]
    if is_kept:
        words = f"{keys}, refused, file_name, row_number, file_sha256"
        known.append(f"select {words} from {said.kept.name}")
    is_same = " and ".join(f"r.{name} = k.{name}" for name in said.key)
    session.table("words_before", " union ".join(known))
    spoken = "select distinct file_name from words_before union select file_name from word_files"
    place = places(row[0] for row in session.rows(spoken))
    place_of = {"file_name": list(place), "name_place": list(place.values())}
    session.register("word_places", pa.table(place_of))
    session.table(
        "words_newest",
        f"""
with replaced as (
  select {keys}, file_name, file_sha256 as by from words_incoming group by all
),
words as (
  select {keys}, refused, file_name, row_number, file_sha256
  from words_before as k
  where not exists (
    select 1 from replaced as r
    where {is_same} and r.file_name = k.file_name and r.by <> k.file_sha256
  )
  union
  select {keys}, refused, file_name, row_number, file_sha256 from words_incoming
),
placed as (
  select words.*, name_place,
    row_number() over (partition by {keys}, refused order by {_LATEST}) as place
  from words inner join word_places using (file_name)
)
select * exclude (place), row_number() over (partition by {keys} order by {_LATEST}) = 1 as stands
from placed
where place = 1
""",
    )
    refused_once = f"({keys}) in (select ({keys}) from words_newest where refused) or {is_known}"
    session.table(
        "words_known",
        f"select * from words_newest where {refused_once if said.only_once_refused else 'true'}",
    )
    session.table(STANDING, f"select {keys}, refused from words_known where stands")
    columns = ", ".join(said.kept.column_names)
    words = session.arrow(f"select {columns} from words_known order by {keys}, refused")
    return words.cast(said.kept.arrow_schema())


def _words_in(said: Said, source: str, where: str) -> str:
    return (
        f"select {said.keys}, {said.column} as refused, file_name, row_number, file_sha256 "
        f"from {source} join word_files using (file_sha256) "
        f"where {where} and {said.column} is not null"
    )


def as_said(table: Table, rows: str) -> str:
    """SQL of `rows` of `table` with the word that stands of each; `rows` where nothing is said."""
    said = SAID.get(table.name)
    if said is None:
        return rows
    return (
        f"(select * replace (coalesce(refused, {said.column}) as {said.column}) "
        f"from ({rows}) left join {STANDING} using ({said.keys}))"
    )


def unlike_said(session: Session, table: Table, rows: str) -> bool:
    """Whether one of the `rows` of `table` says something else than what stands."""
    said = SAID.get(table.name)
    return said is not None and bool(
        session.rows(
            f"select 1 from ({rows}) join {STANDING} using ({said.keys}) "
            f"where {said.column} is distinct from refused limit 1"
        )
    )


def carry_words(before: Lakehouse, into: Lakehouse) -> None:
    """Copy what people said into a lake that reloads every export: a file that was corrected is no
    longer in the folder."""
    for said in SAID.values():
        kept = said.kept
        if before.snapshot(kept) is None:
            continue
        with before.session(kept) as session:
            words = session.arrow(f"select * from {kept.name}").cast(kept.arrow_schema())
        with into.exclusive():
            into.overwrite(kept, words)
