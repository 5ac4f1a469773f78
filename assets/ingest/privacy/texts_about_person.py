"""Rows of the lake in which somebody wrote about a person: by name, address, phone or id.

A leader calls a customer in the group, and the row is nobody's or the leader's. Such a row leaves
with the person when its text says who is meant as a line of a hand-back would (`mentions`); where a
name alone stands in it, it stays and its table is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.mentions import Owner, Person
from assets.resources.vault.people_lookup import compacted
from data_contracts.exports import EXPORTS
from data_contracts.table import Personal, Table


@dataclass
class NamedTexts:
    """`rows`: table → keys of its rows that name the person. `with_name`: tables with rows that
    hold a name like theirs and stay."""

    rows: dict[str, list[str]] = field(default_factory=dict)
    with_name: list[str] = field(default_factory=list)


def texts_of(table: Table) -> list[str]:
    """Stored columns in which people write what they like."""
    return [column.name for column in table.columns if column.personal is Personal.FREE_TEXT]


def texts_naming(session: Session, person: Person) -> NamedTexts:
    """Look through every text that is stored and is not in a row of the person's own."""
    found, pieces = NamedTexts(), person.pieces()
    for table in EXPORTS:
        columns = texts_of(table)
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
            for row in _near(pa.Table.from_batches([batch]), columns, pieces).to_pylist():
                owner = Owner.NOBODY if row["user_id"] is None else Owner.ANOTHER
                texts = [row[name] for name in columns if row[name]]
                if any(person.names_text(text, owner) for text in texts):
                    theirs.append(row[key])
                else:
                    has_name = has_name or any(map(person.has_name_within, texts))
        if theirs:
            found.rows[table.name] = sorted(theirs)
        if has_name:
            found.with_name.append(table.name)
    return found


def _near(rows: pa.Table, columns: list[str], pieces: tuple[str, ...]) -> pa.Table:
    """Rows in which a piece stands: what cannot be about the person is left out in columns."""
    is_near = pa.chunked_array([pa.array([False] * rows.num_rows, pa.bool_())])
    for name in columns:
        texts = compacted(rows.column(name))
        for piece in pieces:
            holds = pc.fill_null(pc.match_substring(texts, piece), False)
            is_near = pc.or_(is_near, holds)
    return rows.filter(is_near)
