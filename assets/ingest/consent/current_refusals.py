"""Who must not be contacted, as known this moment: in the lake, and in files not loaded yet.

A list is made at night and sent in the morning; who refuses between must not be sent. So the files
of users and contacts that lie in the exports folder and are not loaded are read as a load would
read them, and nothing is loaded. A refusal in a row that was set aside counts as one: it is asked
of the row's text. Phones of those who refused go out to nobody, under whatever id they stand. What
files said that have left the folder, and older phones, the vault remembers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.consent.consent_log import SAID
from assets.ingest.consent.remembered_refusals import (
    FileHeard,
    phone_mark,
    recall,
    remember_files,
    remember_phones,
)
from assets.ingest.consent.suppression_lists import (
    Saying,
    hear,
    is_refusal_list,
    rows_in_words,
    saying,
    says_refusals,
)
from assets.ingest.load import facts_of, new_files
from assets.ingest.loaded_contents import loaded_contents
from assets.ingest.match.identify_file import IdentifiedFile, identify, own_mappings
from assets.ingest.stage.stage_file import stage_file
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.mentions import numbers_of, plain
from assets.resources.private_files import own_folder
from assets.resources.readers.decompress import BROKEN_FILE
from assets.resources.readers.delimited.row_reader import OpenQuoteError
from assets.resources.readers.file_index import InboxFile, KnownContents, list_files
from assets.resources.vault.keys import PseudonymKey
from assets.resources.vault.people_lookup import phones_of
from assets.resources.vault.vault import Book
from data_contracts.errors import ExportError, zh_of
from data_contracts.exports import BY_NAME, CONTACTS, USERS
from data_contracts.mappings.consent import Says, refuses
from data_contracts.mappings.consent_headers import consent_of, consent_or_words_of
from data_contracts.mappings.spelling import normal
from data_contracts.repairs import RepairKind
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE, REPAIRS

# Table → its column that says that the person refused.
REFUSALS = tuple((table, SAID[table.name].column) for table in (USERS, CONTACTS))


@dataclass
class Refused:
    """`users`: pseudonyms of those who refused. `phones`: their numbers. `heeded`: files not loaded
    yet in which refusals were understood. `unloaded`: other files not loaded. `nameless`: refusals
    in rows whose id cannot be read. `phone_marks`: of numbers known by their marks alone. `files`:
    what files in the folder say that no load reads; `gone`: how many refusals files told
    that left it, or that say nothing of them any more. `in_words`: header that says nothing of
    consent, and file → rows in which a word under it refuses."""

    users: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    heeded: list[str] = field(default_factory=list)
    unloaded: list[str] = field(default_factory=list)
    nameless: int = 0
    unknown: int = 0
    phone_marks: set[str] = field(default_factory=set)
    files: dict[str, FileHeard] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    in_words: dict[tuple[str, str], int] = field(default_factory=dict)

    def has_phone(self, phone: str, key: PseudonymKey) -> bool:
        """Whether a phone, however it is written, is that of somebody who refused."""
        numbers = numbers_of(phone)
        return not self.phones.isdisjoint(numbers) or any(
            phone_mark(key, number) in self.phone_marks for number in numbers
        )


def refused_now(home: LinliHome) -> Refused:
    """Everybody who refused, by what the lake and the exports folder say now.

    Raises ExportError for a file of users or contacts that cannot be read: nobody knows who refused
    in it. Without the folder only the lake is asked.
    """
    found = Refused(users=set(home.vault.forgotten()))
    _hear_lake(home, found)
    known = [home.vault.read(Book.PEOPLE)]
    if home.exports_dir.is_dir():
        _hear_lists(home, found, set(known[0].column("user_id").to_pylist()))
        known += _hear_files(home, found)
    _hear_remembered(home, found)
    for people in known:
        users = pa.array(sorted(found.users), pa.string())
        theirs = people.filter(pc.is_in(people.column("user_id"), users))
        found.phones |= phones_of(theirs)
    return found


def _hear_lake(home: LinliHome, found: Refused) -> None:
    """Add what rows of the lake say, those set aside among them, and what was said before them."""
    kept = [said.kept for said in SAID.values()]
    with home.lakehouse.session(
        USERS, CONTACTS, QUARANTINE, INGEST_LEDGER, REPAIRS, *kept
    ) as session:
        found.in_words |= _rows_in_words(session)
        for table, column in REFUSALS:
            words = SAID[table.name].kept.name
            found.users |= _users(session, f"select user_id from {words} where refused and stands")
            found.users |= _users(session, f"select user_id from {table.name} where {column}")
            aside = session.rows(
                "select user_id, raw_text from quarantine where export = $export",
                export=table.name,
            )
            _hear_set_aside(found, table, column, aside)


def remember_refusals(home: LinliHome) -> None:
    """Note in the vault what nothing else keeps: what files that no load reads say of refusals, and
    the phones of those who refused. Files that cannot be read are left to the delivery to refuse.
    """
    found = Refused()
    _hear_lake(home, found)
    if home.exports_dir.is_dir():
        known = set(home.vault.read(Book.PEOPLE).column("user_id").to_pylist())
        with suppress(ExportError):
            _hear_lists(home, found, known)
    _hear_remembered(home, found)
    remember_files(home.vault, found.files)
    remember_phones(home.vault, home.pseudonym_key_of_lake(), found.users)


def _hear_remembered(home: LinliHome, found: Refused) -> None:
    """Add what the vault was told by files that are gone, or say nothing of refusals any more, and
    older phones of those who refuse."""
    known = recall(home.vault)
    for name, heard in known.files.items():
        if name not in found.files and heard:
            found.users |= heard.users
            found.phone_marks |= heard.phone_marks
            found.gone[name] = len(heard)
    for user in found.users.intersection(known.phones):
        found.phone_marks |= known.phones[user]


def _users(session: Session, sql: str) -> set[str]:
    return {row[0] for row in session.rows(sql) if row[0] is not None}


def _rows_in_words(session: Session) -> dict[tuple[str, str], int]:
    """Header and loaded file → rows whose word under the header refuses."""
    found = session.rows(
        "select r.column_name, r.file_name, r.rows from repairs as r "
        "join ingest_ledger as l using (export, file_sha256) "
        "where r.kind = $kind and l.superseded_by is null",
        kind=RepairKind.REFUSAL_WORD.value,
    )
    return {(header, name): rows for header, name, rows in found}


def _hear_files(home: LinliHome, found: Refused) -> list[pa.Table]:
    """Add what files say that are not loaded yet; returns the people they name."""
    key = home.pseudonym_key_of_lake()
    facts = facts_of(home, key)
    people = []
    with own_folder(home.lakehouse.scratch) as folder:
        for table, column in REFUSALS:
            sources, refused = new_files(home, table)
            refused = [one for one in refused if one.name not in found.heeded]
            if refused:
                raise ExportError(
                    f"{refused[0].reason}; {_UNREAD}", f"{refused[0].reason_zh}；{_UNREAD_ZH}"
                )
            for source, sha256 in sources:
                with home.lakehouse.session(table) as session:
                    try:
                        item = stage_file(session, source, sha256, folder / table.name, facts)
                    except ExportError as error:
                        raise ExportError(
                            f"{error}; {_UNREAD}", f"{zh_of(error)}；{_UNREAD_ZH}"
                        ) from error
                    if column in source.match.columns and source.file.name not in found.heeded:
                        found.heeded.append(source.file.name)
                    found.in_words |= {
                        (row["column_name"], source.file.name): row["rows"]
                        for row in item.repairs.to_pylist()
                        if row["kind"] == RepairKind.REFUSAL_WORD.value
                    }
                    found.users |= _refusing(session, [file.path for file in item.good], column)
                    aside = item.quarantine.select(["user_id", "raw_text"]).to_pylist()
                    rows = [(row["user_id"], row["raw_text"]) for row in aside]
                    _hear_set_aside(found, table, column, rows)
                    people += [
                        rows
                        for book, rows in item.people.books(session).items()
                        if book is Book.PEOPLE
                    ]
    found.unloaded = _unloaded(home, found.heeded)
    return people


_NOT_READ = (ExportError, OpenQuoteError, OSError, ValueError, csv.Error, *BROKEN_FILE)


def _hear_lists(home: LinliHome, found: Refused, known: set[str]) -> None:
    """Add what a load does not read as a refusal, of files that are not loaded and of those of
    users, contacts and refusals that are."""
    files, ignored = list_files(home.exports_dir)
    for one in ignored:
        if is_refusal_list(one.name):
            raise ExportError(
                f"{one.name} {one.reason}; {_UNREAD}", f"{one.name}{one.reason_zh}；{_UNREAD_ZH}"
            )
    contents = KnownContents(home.lakehouse.root / "_contents.json")
    loaded, own, platform = loaded_contents(home.lakehouse), None, home.platform()
    ignored_columns = _ignored_columns(home)
    key = home.pseudonym_key_of_lake()
    pseudonym = key.pseudonym
    columns = {table.name: column for table, column in REFUSALS}
    for file in files:
        sha256 = contents.sha256(file)
        is_loaded = loaded.is_loaded(file.name, sha256)
        export, unheard = ignored_columns.get(sha256, ("", ""))
        if is_loaded and not (_touches(unheard, export) or is_refusal_list(file.name)):
            continue
        own = own_mappings(home.exports_dir) if own is None else own
        try:
            source = identify(file, platform.facts_of(file.name), own)
        except ExportError:
            source = None
        table = source.table if source is not None else None
        says = saying(source, table, columns.get(table.name) if table is not None else None)
        is_list = is_refusal_list(file.name) and (table is None or table.name in columns)
        try:
            unread = _unread(source, unheard if is_loaded else None)
            is_heard = is_list or _is_unheard(file, says, unread)
        except _NOT_READ:
            # no kind of file that is read: it is named as not loaded
            is_list = is_heard = is_refusal_list(file.name)
        if not is_heard:
            continue
        try:
            parts = None
            if is_loaded and not is_list and source is not None and unread is not None:
                says = _only(says, unread)
                parts = rows_in_words(source, unread, says)
            heard = hear(file.path, file.name, pseudonym, known, says, by_name=is_list, parts=parts)
        except ExportError as error:
            raise ExportError(f"{error}; {_UNREAD}", f"{zh_of(error)}；{_UNREAD_ZH}") from error
        except _NOT_READ as error:
            raise ExportError(
                f"{file.name}: cannot be read; {_UNREAD}",
                f"{file.name}：无法读取；{_UNREAD_ZH}",
            ) from error
        users = heard.users | {pseudonym(one) for one in heard.ids}
        marks = frozenset(phone_mark(key, number) for number in heard.phones)
        found.files[file.name] = FileHeard(sha256, frozenset(users), marks)
        found.users |= users
        found.phones |= heard.phones
        found.nameless += heard.nameless
        found.unknown += heard.unknown
        found.in_words |= {(header, file.name): rows for header, rows in heard.in_words.items()}
        if not is_loaded:
            found.heeded.append(file.name)


def _ignored_columns(home: LinliHome) -> dict[str, tuple[str, str]]:
    """sha256 of each content → its export, and headers nothing was read from when it was loaded."""
    with home.lakehouse.session(INGEST_LEDGER) as session:
        found = session.rows(
            "select file_sha256, export, coalesce(ignored_columns, '') from ingest_ledger"
        )
    return {sha256: (export, ignored) for sha256, export, ignored in found}


def _touches(headers: str, export: str) -> bool:
    """Whether one of the headers, as the ledger has them, speaks of consent; in a file of people of
    an earlier version words under it may too."""
    table = BY_NAME.get(export)
    return any(
        consent_of(header, None) is not None
        or (table is not None and consent_or_words_of(header, table) is not None)
        for header in headers.split(", ")
    )


def _unread(source: IdentifiedFile | None, ignored: str | None) -> set[str] | None:
    """Headers of a file that no load reads, or none did: `ignored`, of one that is loaded. None
    where nobody knows what the file is."""
    if source is None:
        return None
    fit = source.match
    if ignored is None:
        return set(fit.unused_headers)
    return {name for name in (*source.headers, *fit.unused_headers) if name in ignored}


def _is_unheard(file: InboxFile, says: Saying, unread: set[str] | None) -> bool:
    """Whether headers of a file say who refused that no load reads, or none did. What a load read
    the lake says, where a later file may have withdrawn it."""
    if unread is None:
        return says_refusals(file.path, says)
    return any(says(header) is not None for header in unread)


def _only(says: Saying, headers: set[str]) -> Saying:
    """What a header says of consent where it is one of `headers`."""
    spelled = set(map(normal, headers))
    return lambda header: says(header) if normal(header) in spelled else None


_UNREAD = (
    "until it reads, nobody knows who refused in it and nothing is delivered. Mend it, or take it "
    "out of the folder"
)
_UNREAD_ZH = "读不到它，就不知道其中谁已拒绝，因此不交付。请改正该文件，或将其移出文件夹"


def _refusing(session: Session, paths: list[Path], column: str) -> set[str]:
    if not paths:
        return set()
    listed = literal([str(path) for path in paths])
    source = f"read_parquet({listed}, hive_partitioning = false)"
    return _users(session, f"select user_id from {source} where {column}")


def _hear_set_aside(
    found: Refused, table: Table, column: str, rows: Iterable[tuple[str | None, str | None]]
) -> None:
    """Add the refusals of rows set aside: whatever stands under the column and is no plain no."""
    label = f"{table.column(column).zh}="
    for user_id, text in rows:
        said = [cell for cell in (text or "").split(" | ") if cell.startswith(label)]
        words = [plain(cell.removeprefix(label)).strip() for cell in said]
        if not any(refuses(word, Says.REFUSAL) for word in words):
            continue
        if user_id is None:
            found.nameless += 1
        else:
            found.users.add(user_id)


def _unloaded(home: LinliHome, besides: Iterable[str]) -> list[str]:
    """Names of other files in the folder that are not loaded."""
    files, _ = list_files(home.exports_dir)
    contents = KnownContents(home.lakehouse.root / "_contents.json")
    loaded, heeded = loaded_contents(home.lakehouse), set(besides)
    return [
        file.name
        for file in files
        if file.name not in heeded and not loaded.is_loaded(file.name, contents.sha256(file))
    ]
