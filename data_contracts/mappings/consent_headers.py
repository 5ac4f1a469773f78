"""Find the headers of a file that say who refused or agreed, or whose words are searched for it.

Not here: what a header or a word means (`consent.py`, `refusals_in_words.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from data_contracts.exports import CONTACTS, USERS
from data_contracts.mappings.closed_accounts import closes_account
from data_contracts.mappings.consent import FileKind, Says, consent_meaning, searched_words
from data_contracts.mappings.presets import HeaderMapping, Source
from data_contracts.mappings.spelling import normal
from data_contracts.table import Table


def file_kind(table: Table | None) -> FileKind:
    """Return the kind of file that a header of `table` is in; None: no known export."""
    if table is CONTACTS:
        return FileKind.CONTACTS
    return FileKind.PEOPLE if table is USERS or table is None else FileKind.OTHERS


def consent_of(header: str, table: Table | None) -> Says | None:
    """Return what a header of a file of `table` says about consent."""
    return consent_meaning(normal(header), file_kind(table))


def consent_or_words_of(header: str, table: Table | None) -> Says | None:
    """Return what a header says about consent, or how its words are searched."""
    return consent_of(header, table) or _beside(header, table)


def is_of_closed(header: str, table: Table | None) -> bool:
    """Whether a header of a file of `table` says that the person's account is closed."""
    among_people = table is None or table is USERS or table is CONTACTS
    return among_people and closes_account(normal(header), is_of_users=table is USERS)


def _beside(header: str, table: Table | None) -> Says | None:
    """Return how to read a header that is not about consent itself."""
    if is_of_closed(header, table) and consent_of(header, table) is None:
        return Says.REFUSAL
    return searched_words(normal(header), file_kind(table))


def excluded_headers(mapping: HeaderMapping) -> set[str]:
    """Headers that a mapping declares to be none of our columns, normalised."""
    return {normal(header) for header, _ in mapping.excluded_headers}


def consent_sources(
    header: Sequence[str],
    mapping: HeaderMapping,
    table: Table,
    columns: dict[str, tuple[Source, ...]],
) -> dict[str, list[Source]]:
    """Find headers that say who refused or agreed and that the mapping does not read.

    All of them are read, also those that the mapping, perhaps a draft, declares to be none of our
    columns.
    """
    refusal = refusal_of(table)
    if refusal is None:
        return {}
    taken = {
        normal(name) for of_column in columns.values() for one in of_column for name in one.headers
    }
    sources = []
    for name in header:
        said = None if normal(name) in taken else consent_of(name, table)
        how = said and said.transform
        if how is not None:
            sources.append(Source((name,), how))
    return {refusal: sources} if sources else {}


def in_words(
    header: Sequence[str],
    table: Table,
    columns: dict[str, tuple[Source, ...]],
    used: Collection[str],
) -> set[str]:
    """Add headers whose words are searched for refusals or closed accounts; return them.

    They do not help to identify the file.
    """
    refusal = refusal_of(table)
    if refusal is None or not columns:
        return set()
    asked = {
        name: said.transform
        for name in header
        if name not in used and (said := _beside(name, table)) is not None
    }
    sources = tuple(Source((name,), how) for name, how in asked.items() if how is not None)
    if sources:
        columns[refusal] = (*columns.get(refusal, ()), *sources)
    return set(asked)


def refusal_of(table: Table) -> str | None:
    """Return the column of `table` that says who refused."""
    return next((column.name for column in table.columns if column.doubt is not None), None)
