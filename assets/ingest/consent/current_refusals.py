"""Find the people who currently refuse to be contacted: in the lake, and in files not loaded yet.

A list is computed at night and sent in the morning; a person who refuses in between must not be
contacted. So files of users and contacts in the exports folder that are not loaded yet are read as
a load would read them, and nothing is loaded. A refusal in a quarantined row counts too and is read
from the row's text. Phones of people who refused are excluded under every user id. Refusals of
files that have left the folder, and earlier phones, come from the vault.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.consent.consent_log import CONSENT_SOURCES
from assets.ingest.consent.remembered_refusals import (
    FileRefusals,
    phone_mark,
    recall_refusals,
    remember_files,
    remember_phones,
)
from assets.ingest.consent.suppression_lists import (
    ConsentReader,
    consent_reader,
    holds_refusals,
    is_suppression_list,
    read_refusals,
    rows_with_refusal_words,
)
from assets.ingest.identify_inbox import InboxManifest, identify_inbox
from assets.ingest.load import staging_context
from assets.ingest.loaded_contents import loaded_contents
from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.stage.stage_file import stage_file
from assets.resources.files.private_files import scratch_folder
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.person_search.mentions import fold_text, phone_digits
from assets.resources.person_search.people_lookup import phones_of
from assets.resources.readers.decompress import BROKEN_FILE
from assets.resources.readers.delimited.row_reader import OpenQuoteError
from assets.resources.readers.file_index import InboxFile
from assets.resources.vault.keys import PseudonymKey
from assets.resources.vault.vault import Book
from data_contracts.codes.bookkeeping import FileStatus
from data_contracts.errors import ExportError, zh_of
from data_contracts.exports import BY_NAME, CONTACTS, PRODUCTS, USERS
from data_contracts.mappings.consent import Says, refuses
from data_contracts.mappings.consent_headers import consent_of, consent_or_words_of
from data_contracts.mappings.spelling import normal
from data_contracts.repairs import RepairKind
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE, REPAIRS

# Table → its column that says that the person refused.
REFUSAL_COLUMNS = tuple((table, CONSENT_SOURCES[table.name].column) for table in (USERS, CONTACTS))


@dataclass
class CurrentRefusals:
    """People who refuse, and where that was read.

    `users`: pseudonyms. `phones`: their numbers. `read_files`: files not loaded yet whose refusals
    were read. `unloaded_files`: other files not loaded. `unattributed_rows`: refusals in rows
    without a readable id. `unknown_ids`: refusals by an id no file has. `phone_marks`: keyed marks
    of phones whose number is unknown. `files`: refusals in files that no load reads.
    `from_missing_files`: file name → refusals it held before it left the folder or was changed.
    `rows_with_words`: header that is not about consent, and file → rows in which a word under it
    refuses.
    """

    users: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    read_files: list[str] = field(default_factory=list)
    unloaded_files: list[str] = field(default_factory=list)
    unattributed_rows: int = 0
    unknown_ids: int = 0
    phone_marks: set[str] = field(default_factory=set)
    files: dict[str, FileRefusals] = field(default_factory=dict)
    from_missing_files: dict[str, int] = field(default_factory=dict)
    rows_with_words: dict[tuple[str, str], int] = field(default_factory=dict)

    def has_phone(self, phone: str, key: PseudonymKey) -> bool:
        """Return whether a phone, in any spelling, belongs to a person who refused."""
        numbers = phone_digits(phone)
        return not self.phones.isdisjoint(numbers) or any(
            phone_mark(key, number) in self.phone_marks for number in numbers
        )


def current_refusals(home: LinliHome) -> CurrentRefusals:
    """Return everyone who refuses, according to the lake and the exports folder now.

    Raises ExportError for a file of users or contacts that cannot be read, because its refusals are
    unknown. Without the exports folder only the lake is read.
    """
    refusals = CurrentRefusals(users=set(home.vault.forgotten()))
    _add_from_lake(home, refusals)
    books = [home.vault.read(Book.PEOPLE)]
    if home.exports_dir.is_dir():
        manifest = identify_inbox(home)
        _add_from_lists(home, refusals, set(books[0].column("user_id").to_pylist()), manifest)
        books += _add_from_new_files(home, refusals, manifest)
    _add_remembered(home, refusals)
    for people in books:
        users = pa.array(sorted(refusals.users), pa.string())
        theirs = people.filter(pc.is_in(people.column("user_id"), users))
        refusals.phones |= phones_of(theirs)
    return refusals


def _add_from_lake(home: LinliHome, refusals: CurrentRefusals) -> None:
    """Add the refusals in rows of the lake, quarantined ones included, and in the consent log."""
    kept = [said.log_table for said in CONSENT_SOURCES.values()]
    with home.lakehouse.session(
        USERS, CONTACTS, QUARANTINE, INGEST_LEDGER, REPAIRS, *kept
    ) as session:
        refusals.rows_with_words |= _worded_rows(session)
        for table, column in REFUSAL_COLUMNS:
            words = CONSENT_SOURCES[table.name].log_table.name
            refusals.users |= _users(
                session, f"select user_id from {words} where refused and stands"
            )
            refusals.users |= _users(session, f"select user_id from {table.name} where {column}")
            aside = session.rows(
                "select user_id, raw_text from quarantine where export = $export",
                export=table.name,
            )
            _add_quarantined(refusals, table, column, aside)


def remember_refusals(home: LinliHome, manifest: InboxManifest) -> None:
    """Store in the vault what is kept nowhere else: refusals of files in `manifest` that no load
    reads, and the phones of people who refused.

    Files that cannot be read are ignored here; the delivery fails on them.
    """
    refusals = CurrentRefusals()
    _add_from_lake(home, refusals)
    loaded_users = set(home.vault.read(Book.PEOPLE).column("user_id").to_pylist())
    with suppress(ExportError):
        _add_from_lists(
            home, refusals, loaded_users, manifest.with_loaded(loaded_contents(home.lakehouse))
        )
    _add_remembered(home, refusals)
    remember_files(home.vault, refusals.files)
    remember_phones(home.vault, home.pseudonym_key_of_lake(), refusals.users)


def _add_remembered(home: LinliHome, refusals: CurrentRefusals) -> None:
    """Add remembered refusals of files that are missing or no longer hold them, and earlier
    phones."""
    remembered = recall_refusals(home.vault)
    for name, of_file in remembered.files.items():
        if name not in refusals.files and of_file:
            refusals.users |= of_file.users
            refusals.phone_marks |= of_file.phone_marks
            refusals.from_missing_files[name] = len(of_file)
    for user in refusals.users.intersection(remembered.phones):
        refusals.phone_marks |= remembered.phones[user]


def _users(session: Session, sql: str) -> set[str]:
    return {row[0] for row in session.rows(sql) if row[0] is not None}


def _worded_rows(session: Session) -> dict[tuple[str, str], int]:
    """Return header and loaded file → rows whose word under the header refuses."""
    rows = session.rows(
        "select r.column_name, r.file_name, r.rows from repairs as r "
        "join ingest_ledger as l using (export, file_sha256) "
        "where r.kind = $kind and l.superseded_by is null",
        kind=RepairKind.REFUSAL_WORD.value,
    )
    return {(header, name): rows for header, name, rows in rows}


def _add_from_new_files(
    home: LinliHome, refusals: CurrentRefusals, manifest: InboxManifest
) -> list[pa.Table]:
    """Add the refusals of files not loaded yet; return the people they name."""
    key = home.pseudonym_key_of_lake()
    facts = staging_context(home, key, partial(manifest.sources_of, PRODUCTS))
    people = []
    with scratch_folder(home.lakehouse.scratch) as folder:
        for table, column in REFUSAL_COLUMNS:
            rejected = manifest.rejected_files(table)
            refused = [one for one in rejected if one.name not in refusals.read_files]
            if refused:
                raise ExportError(
                    f"{refused[0].reason}; {_NOT_DELIVERED}",
                    f"{refused[0].reason_zh}；{_NOT_DELIVERED_ZH}",
                )
            for source, sha256 in manifest.new_files(table):
                with home.lakehouse.session(table) as session:
                    try:
                        item = stage_file(session, source, sha256, folder / table.name, facts)
                    except ExportError as error:
                        raise ExportError(
                            f"{error}; {_NOT_DELIVERED}", f"{zh_of(error)}；{_NOT_DELIVERED_ZH}"
                        ) from error
                    if (
                        column in source.match.columns
                        and source.file.name not in refusals.read_files
                    ):
                        refusals.read_files.append(source.file.name)
                    refusals.rows_with_words |= {
                        (row["column_name"], source.file.name): row["rows"]
                        for row in item.repairs.to_pylist()
                        if row["kind"] == RepairKind.REFUSAL_WORD.value
                    }
                    refusals.users |= _refusing_users(
                        session, [file.path for file in item.good], column
                    )
                    aside = item.quarantine.select(["user_id", "raw_text"]).to_pylist()
                    rows = [(row["user_id"], row["raw_text"]) for row in aside]
                    _add_quarantined(refusals, table, column, rows)
                    people += [
                        rows
                        for book, rows in item.people.books(session).items()
                        if book is Book.PEOPLE
                    ]
    refusals.unloaded_files = _unloaded_names(manifest, refusals.read_files)
    return people


_UNREADABLE = (ExportError, OpenQuoteError, OSError, ValueError, csv.Error, *BROKEN_FILE)


def _add_from_lists(
    home: LinliHome, refusals: CurrentRefusals, loaded_users: set[str], manifest: InboxManifest
) -> None:
    """Add refusals that no load reads: in files not loaded, and in loaded files of users and
    contacts."""
    for one in manifest.ignored:
        if is_suppression_list(one.name):
            raise ExportError(
                f"{one.name} {one.reason}; {_NOT_DELIVERED}",
                f"{one.name}{one.reason_zh}；{_NOT_DELIVERED_ZH}",
            )
    ignored_columns = _ignored_columns(home)
    key = home.pseudonym_key_of_lake()
    pseudonym = key.pseudonym
    columns = {table.name: column for table, column in REFUSAL_COLUMNS}
    for entry in manifest.entries:
        file, sha256 = entry.file, entry.sha256 or ""
        if entry.status is FileStatus.UNREADABLE and entry.error is not None:
            raise entry.error
        is_loaded = entry.status is FileStatus.LOADED
        export, unheard = ignored_columns.get(sha256, ("", ""))
        if is_loaded and not (_mentions_consent(unheard, export) or is_suppression_list(file.name)):
            continue
        try:
            source = manifest.identifier.identify(file)
        except ExportError:
            source = None
        table = source.table if source is not None else None
        says = consent_reader(source, table, columns.get(table.name) if table is not None else None)
        is_list = is_suppression_list(file.name) and (table is None or table.name in columns)
        try:
            unread = _unread_headers(source, unheard if is_loaded else None)
            is_heard = is_list or _has_unread_refusals(file, says, unread)
        except _UNREADABLE:
            # no kind of file that is read: it is named as not loaded
            is_list = is_heard = is_suppression_list(file.name)
        if not is_heard:
            continue
        try:
            parts = None
            if is_loaded and not is_list and source is not None and unread is not None:
                says = _limit_to(says, unread)
                parts = rows_with_refusal_words(source, unread, says)
            listed = read_refusals(
                file.path, file.name, pseudonym, loaded_users, says, by_name=is_list, parts=parts
            )
        except ExportError as error:
            raise ExportError(
                f"{error}; {_NOT_DELIVERED}", f"{zh_of(error)}；{_NOT_DELIVERED_ZH}"
            ) from error
        except _UNREADABLE as error:
            raise ExportError(
                f"{file.name}: cannot be read; {_NOT_DELIVERED}",
                f"{file.name}：无法读取；{_NOT_DELIVERED_ZH}",
            ) from error
        users = listed.users | {pseudonym(one) for one in listed.ids}
        marks = frozenset(phone_mark(key, number) for number in listed.phones)
        refusals.files[file.name] = FileRefusals(sha256, frozenset(users), marks)
        refusals.users |= users
        refusals.phones |= listed.phones
        refusals.unattributed_rows += listed.unattributed_rows
        refusals.unknown_ids += listed.unknown_ids
        refusals.rows_with_words |= {
            (header, file.name): rows for header, rows in listed.rows_with_words.items()
        }
        if not is_loaded:
            refusals.read_files.append(file.name)


def _ignored_columns(home: LinliHome) -> dict[str, tuple[str, str]]:
    """Return sha256 of each content → its export, and the headers its load did not read."""
    with home.lakehouse.session(INGEST_LEDGER) as session:
        contents = session.rows(
            "select file_sha256, export, coalesce(ignored_columns, '') from ingest_ledger"
        )
    return {sha256: (export, ignored) for sha256, export, ignored in contents}


def _mentions_consent(headers: str, export: str) -> bool:
    """Return whether one of the unread headers is about consent, or may hold words about it."""
    table = BY_NAME.get(export)
    return any(
        consent_of(header, None) is not None
        or (table is not None and consent_or_words_of(header, table) is not None)
        for header in headers.split(", ")
    )


def _unread_headers(source: IdentifiedFile | None, ignored: str | None) -> set[str] | None:
    """Return the headers that no load reads; None for an unknown file.

    `ignored`: the unread headers of a loaded file.
    """
    if source is None:
        return None
    fit = source.match
    if ignored is None:
        return set(fit.unused_headers)
    return {name for name in (*source.headers, *fit.unused_headers) if name in ignored}


def _has_unread_refusals(file: InboxFile, says: ConsentReader, unread: set[str] | None) -> bool:
    """Return whether unread headers of a file are about refusals.

    For headers a load has read, the lake has the answer, and a later file may have withdrawn it.
    """
    if unread is None:
        return holds_refusals(file.path, says)
    return any(says(header) is not None for header in unread)


def _limit_to(says: ConsentReader, headers: set[str]) -> ConsentReader:
    """Return a reader that only reads consent under `headers`."""
    spelled = set(map(normal, headers))
    return lambda header: says(header) if normal(header) in spelled else None


_NOT_DELIVERED = (
    "while it cannot be read, its refusals are unknown and nothing is delivered. Fix it, or move "
    "it out of the folder"
)
_NOT_DELIVERED_ZH = (
    "读不到该文件，就不知道其中谁已拒绝，因此没有交付。请改正该文件，或将其移出文件夹"
)


def _refusing_users(session: Session, paths: list[Path], column: str) -> set[str]:
    if not paths:
        return set()
    listed = literal([str(path) for path in paths])
    source = f"read_parquet({listed}, hive_partitioning = false)"
    return _users(session, f"select user_id from {source} where {column}")


def _add_quarantined(
    refusals: CurrentRefusals,
    table: Table,
    column: str,
    rows: Iterable[tuple[str | None, str | None]],
) -> None:
    """Add the refusals of quarantined rows: any cell under the consent column that is not a plain
    no."""
    label = f"{table.column(column).zh}="
    for user_id, text in rows:
        said = [cell for cell in (text or "").split(" | ") if cell.startswith(label)]
        words = [fold_text(cell.removeprefix(label)).strip() for cell in said]
        if not any(refuses(word, Says.REFUSAL) for word in words):
            continue
        if user_id is None:
            refusals.unattributed_rows += 1
        else:
            refusals.users.add(user_id)


def _unloaded_names(manifest: InboxManifest, besides: Iterable[str]) -> list[str]:
    """Return the names of other files in the folder that are not loaded."""
    heeded = set(besides)
    return [
        entry.file.name
        for entry in manifest.entries
        if entry.status is not FileStatus.LOADED and entry.file.name not in heeded
    ]
