"""List the files of the exports folder in one place: content, export, preset, format and status.

A run lists them once (asset `inbox_manifest`), and everything after it reads that list: the assets
of the exports, refusals, the run card. Not here: what makes a file an export
(`match.identify_file`), what is reused of unchanged files (`match.identified_files`), which
contents are loaded (`loaded_contents`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from assets.ingest.loaded_contents import (
    LoadedContents,
    is_later_of_series,
    loaded_contents_in,
    loaded_ids,
)
from assets.ingest.match.identified_files import (
    FileIdentifier,
    manifest_rows,
    mark_text,
    marked_file,
    settled_rows,
    written_before,
)
from assets.ingest.match.identify_file import IdentifiedFile, export_of_name
from assets.resources.home import LinliHome
from assets.resources.home_folder.cutoff import record_platform
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.readers.file_index import IgnoredPath, InboxFile, list_files
from assets.resources.readers.file_order import file_order
from data_contracts.codes.bookkeeping import FileStatus
from data_contracts.errors import ExportError, zh_of
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INBOX_MANIFEST, INGEST_LEDGER

# Digests of contents, as earlier versions stored them.
_EARLIER_FILE = "_contents.json"
_AS_LOADED = ("export", "preset", "file_format")  # of a ledger row


@dataclass(frozen=True)
class ManifestEntry:
    """One file of the exports folder.

    `source`: how a new file is read. `error`: why an unknown or unreadable file is not loaded.
    """

    file: InboxFile
    status: FileStatus
    sha256: str | None = None
    source: IdentifiedFile | None = None
    error: ExportError | None = None

    @property
    def rejection(self) -> tuple[str, str]:
        """The error in English and Chinese, without the leading file name; empty without error."""
        return without_file_name(self.error, self.file.name) if self.error else ("", "")


@dataclass(frozen=True)
class InboxManifest:
    """Every file of the exports folder, by name, and what in it is never opened.

    `loaded`: the contents in the ledger, by which the status of a file is decided.
    """

    entries: tuple[ManifestEntry, ...]
    ignored: tuple[IgnoredPath, ...]
    loaded: LoadedContents
    identifier: FileIdentifier

    def new_files(self, table: Table) -> list[tuple[IdentifiedFile, str]]:
        """Return the new files of `table`, with the id each content is loaded under.

        The same content under two names counts once, under the later name of a series.
        """
        by_sha256: dict[str, IdentifiedFile] = {}
        for entry in self.entries:
            source, sha256 = entry.source, entry.sha256
            if source is None or sha256 is None or source.table is not table:
                continue
            before = by_sha256.get(sha256)
            if before is None or is_later_of_series(source.file.name, before.file.name):
                by_sha256[sha256] = source
        return [(source, self.loaded.new_id(sha)) for sha, source in by_sha256.items()]

    def rejected_files(self, table: Table) -> list[IgnoredPath]:
        """Return the unknown files whose name says they are of `table`.

        Raises ExportError for an unreadable file, and for one named as orders that does not fit.
        """
        rejected = []
        for entry in self.entries:
            if entry.error is None:
                continue
            is_named = export_of_name(entry.file.name) is table
            if entry.status is FileStatus.UNREADABLE or (is_named and table.indispensable):
                raise entry.error
            if is_named:
                reason, reason_zh = str(entry.error), f"未导入：{zh_of(entry.error)}"
                rejected.append(IgnoredPath(entry.file.name, reason, reason_zh))
        return rejected

    def sources_of(
        self, table: Table, besides: LoadedContents | None = None
    ) -> list[IdentifiedFile]:
        """Return the files that are read as `table`, loaded ones too, except those in `besides`."""
        files = [
            entry.file
            for entry in self.entries
            if entry.sha256 is None
            or besides is None
            or not besides.is_loaded(entry.file.name, entry.sha256)
        ]
        return self.identifier.sources_of(table, files)

    def file_with_content(self, name: str, content_id: str) -> IdentifiedFile | None:
        """Return the file called `name` if it has the content loaded under that id; else None."""
        for entry in self.entries:
            if entry.file.name == name and entry.sha256 is not None:
                if content_id not in loaded_ids(entry.sha256, self.loaded):
                    return None
                try:
                    return self.identifier.identify(entry.file)
                except ExportError:
                    return None
        return None

    def with_loaded(self, loaded: LoadedContents) -> InboxManifest:
        """Return the manifest with the statuses that follow from the contents `loaded` now."""
        files = [entry.file for entry in self.entries]
        return _manifest(files, self.ignored, loaded, self.identifier)

    def rows(self, ledger: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
        """Return the rows to store. `ledger`: content → export, preset and format of its load."""
        rows = []
        for entry in self.entries:
            identification = self.identifier.identification(entry.file)
            if entry.status is FileStatus.LOADED and not identification.get("export"):
                load = ledger.get(loaded_ids(entry.sha256 or "", self.loaded)[-1], ())
                identification = dict(zip(_AS_LOADED, load, strict=False))
            if entry.status is FileStatus.UNREADABLE and entry.error is not None:
                identification = {"reason": str(entry.error), "reason_zh": zh_of(entry.error)}
            rows.append(
                {
                    "file_name": entry.file.name,
                    "status": entry.status.value,
                    "file_sha256": entry.sha256,
                    "file_bytes": entry.file.size_bytes,
                    "file_mark": mark_text(entry.file),
                    **identification,
                }
            )
        known_names = {entry.file.name for entry in self.entries}
        rows += [
            {
                "file_name": one.name,
                "status": FileStatus.IGNORED.value,
                "reason": one.reason,
                "reason_zh": one.reason_zh,
            }
            for one in {one.name: one for one in self.ignored}.values()
            if one.name not in known_names
        ]
        empty = dict.fromkeys(INBOX_MANIFEST.column_names)
        return sorted((empty | row for row in rows), key=lambda row: file_order(row["file_name"]))


def identify_inbox(home: LinliHome) -> InboxManifest:
    """Identify every file of the exports folder as it is now, without opening unchanged ones.

    Files whose content is loaded are not identified. Nothing is stored. Raises ExportError when the
    folder does not exist or a mapping of the platform is wrong.
    """
    files, ignored = list_files(home.exports_dir)
    identifier, loaded = _identifier_now(home)
    identifier.hash_files(files, home.threads)
    return _manifest(files, ignored, loaded, identifier)


def file_identifier(home: LinliHome) -> FileIdentifier:
    """Return what identifies single files of the exports folder, with what the home knows."""
    return _identifier_now(home)[0]


def manifest_of_run(home: LinliHome) -> InboxManifest:
    """Return the files as the run listed them, with the statuses they have now.

    In a home without a stored manifest they are identified now.
    """
    lake = home.lakehouse
    rows, loaded = _stored(lake)
    if not rows:
        return identify_inbox(home)
    is_ignored = FileStatus.IGNORED.value
    identifier = FileIdentifier(home, {row["file_name"]: row for row in rows})
    return _manifest(
        [
            marked_file(home.exports_dir, row["file_name"], row["file_mark"])
            for row in rows
            if row["status"] != is_ignored
        ],
        [
            IgnoredPath(row["file_name"], row["reason"], row["reason_zh"])
            for row in rows
            if row["status"] == is_ignored
        ],
        loaded,
        identifier,
    )


def store_manifest(home: LinliHome, manifest: InboxManifest) -> None:
    """Store the manifest for the steps of the run, in one commit; skip it where nothing changed.

    Records the platform first. Raises LinliError when the home has rows of another platform.
    """
    record_platform(home)
    lake = home.lakehouse
    with lake.exclusive():
        (lake.root / _EARLIER_FILE).unlink(missing_ok=True)
        with lake.session(INBOX_MANIFEST, INGEST_LEDGER) as session:
            rows = manifest.rows(_loads(session))
            is_same = rows == manifest_rows(session)
        if is_same and all(manifest.identifier.is_stored(one.file) for one in manifest.entries):
            return
        lake.overwrite(
            INBOX_MANIFEST, pa.Table.from_pylist(rows, schema=INBOX_MANIFEST.arrow_schema())
        )


def without_file_name(error: ExportError, name: str) -> tuple[str, str]:
    """Return the error in English and Chinese without the leading file name."""
    english = str(error).removeprefix(f"{name}: ")
    return english, zh_of(error).removeprefix(f"{name}: ").removeprefix(f"{name}：")


def _identifier_now(home: LinliHome) -> tuple[FileIdentifier, LoadedContents]:
    written_ns = written_before(home.lakehouse)
    rows, loaded = _stored(home.lakehouse)
    return FileIdentifier(home, settled_rows(rows, written_ns)), loaded


def _stored(lake: Lakehouse) -> tuple[list[dict[str, Any]], LoadedContents]:
    """Return the rows of the stored manifest and the loaded contents of a lake."""
    if not lake.root.exists():
        return [], LoadedContents()
    with lake.session(INBOX_MANIFEST, INGEST_LEDGER) as session:
        return manifest_rows(session), loaded_contents_in(session)


def _loads(session: Session) -> dict[str, Sequence[str]]:
    """Return content → export, preset and format it was loaded with."""
    loads = session.rows(
        f"select file_sha256, {', '.join(_AS_LOADED)} from ingest_ledger order by export"
    )
    return {row[0]: row[1:] for row in loads}


def _manifest(
    files: Iterable[InboxFile],
    ignored: Iterable[IgnoredPath],
    loaded: LoadedContents,
    identifier: FileIdentifier,
) -> InboxManifest:
    entries = tuple(_entry_of(file, loaded, identifier) for file in files)
    return InboxManifest(entries, tuple(ignored), loaded, identifier)


def _entry_of(file: InboxFile, loaded: LoadedContents, identifier: FileIdentifier) -> ManifestEntry:
    try:
        sha256 = identifier.sha256(file)
    except ExportError as error:
        return ManifestEntry(file, FileStatus.UNREADABLE, error=error)
    if loaded.is_loaded(file.name, sha256):
        return ManifestEntry(file, FileStatus.LOADED, sha256)
    try:
        source = identifier.identify(file)
    except ExportError as error:
        return ManifestEntry(file, FileStatus.UNKNOWN, sha256, error=error)
    return ManifestEntry(file, FileStatus.NEW, sha256, source)
