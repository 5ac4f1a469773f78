"""Find rows whose free text is about a person: by name, address, phone or id.

A leader may address a customer in the group chat, in a row that belongs to the leader or to no
user. Such a row is erased with the person when its text identifies them by the rules for
rejected-rows files (`mentions`); where it holds only a name, it stays and its table is reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.person_search.mentions import Owner, Person
from assets.resources.person_search.people_lookup import compacted
from data_contracts.exports import EXPORTS
from data_contracts.table import Personal, Table


@dataclass
class TextsAboutPerson:
    """Rows with texts about a person.

    `rows`: table → keys of rows that name the person. `with_name`: tables with rows that contain a
    name like the person's and stay.
    """

    rows: dict[str, list[str]] = field(default_factory=dict)
    with_name: list[str] = field(default_factory=list)


def free_text_columns(table: Table) -> list[str]:
    """Return the stored columns with free text."""
    return [column.name for column in table.columns if column.personal is Personal.FREE_TEXT]


def find_texts_about(session: Session, person: Person) -> TextsAboutPerson:
    """Search every stored text that is not in a row of the person's own."""
    texts_found, pieces = TextsAboutPerson(), person.pieces()
    for table in EXPORTS:
        columns = free_text_columns(table)
        if not columns or not pieces:
            continue
        (key,) = table.key
        rows = session.reader(
            f"select {key}, user_id, {', '.join(columns)} from {table.name} "
            f"where user_id is distinct from {literal(person.ids[-1])} "
            f"and ({' or '.join(f'{name} is not null' for name in columns)})"
        )
        theirs, has_name = [], False
        for batch in rows:
            for row in _rows_with_pieces(
                pa.Table.from_batches([batch]), columns, pieces
            ).to_pylist():
                owner = Owner.NOBODY if row["user_id"] is None else Owner.ANOTHER
                texts = [row[name] for name in columns if row[name]]
                if any(person.names_text(text, owner) for text in texts):
                    theirs.append(row[key])
                else:
                    has_name = has_name or any(map(person.has_name_within, texts))
        if theirs:
            texts_found.rows[table.name] = sorted(theirs)
        if has_name:
            texts_found.with_name.append(table.name)
    return texts_found


def _rows_with_pieces(rows: pa.Table, columns: list[str], pieces: tuple[str, ...]) -> pa.Table:
    """Filter rows that contain one of the `pieces`, column-wise."""
    is_near = pa.chunked_array([pa.array([False] * rows.num_rows, pa.bool_())])
    for name in columns:
        texts = compacted(rows.column(name))
        for piece in pieces:
            holds = pc.fill_null(pc.match_substring(texts, piece), False)
            is_near = pc.or_(is_near, holds)
    return rows.filter(is_near)
