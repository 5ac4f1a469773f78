"""Identify every file of the exports folder in one place: content, export, preset, format, status.

Used by the load (which files are new), the check before a run, the coverage check and the run
card's list of unread files. Not here: what makes a file an export (`match.identify_file`), which
contents are loaded (`loaded_contents`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assets.ingest.loaded_contents import LoadedContents, is_later_of_series, loaded_contents
from assets.ingest.match.identify_file import IdentifiedFile, export_of_name, identify, own_mappings
from assets.ingest.merge.ledger import ledger_rows
from assets.ingest.no_orders import no_orders
from assets.resources.home import LinliHome
from assets.resources.home_folder.cutoff import require_same_business_day
from assets.resources.readers.file_index import ContentHashCache, IgnoredPath, InboxFile, list_files
from data_contracts.errors import ExportError, zh_of
from data_contracts.exports import ORDERS
from data_contracts.table import Table


class FileStatus(StrEnum):
    """What a load will do with a file."""

    NEW = "new"  # load it
    LOADED = "loaded"  # skip it: its content is in the ledger
    UNKNOWN = "unknown"  # reject it: no export fits
    UNREADABLE = "unreadable"  # fail: it cannot be opened


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

    def row(self) -> dict[str, str | int | None]:
        """The entry as plain values, without any cell of the file.

        The error is left out: it quotes the first row, which in a file without a header is data.
        """
        source = self.source
        return {
            "path": self.file.name,
            "size_bytes": self.file.size_bytes,
            "sha256": self.sha256,
            "status": self.status.value,
            "export": source.table.name if source else None,
            "preset": source.preset if source else None,
            "format": str(source.format.describe()) if source else None,
            "sheet": " + ".join(source.format.sheets) if source else None,
        }


@dataclass(frozen=True)
class InboxManifest:
    """Every file of the exports folder, by name, and what in it is never opened."""

    entries: tuple[ManifestEntry, ...]
    ignored: tuple[IgnoredPath, ...]
    loaded: LoadedContents

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
                reason, reason_zh = str(entry.error), f"已拒收：{zh_of(entry.error)}"
                rejected.append(IgnoredPath(entry.file.name, reason, reason_zh))
        return rejected


def identify_inbox(home: LinliHome, *, keeps_digests: bool = False) -> InboxManifest:
    """Identify every file of the exports folder; files whose content is loaded are not opened.

    `keeps_digests`: store the contents' digests in the lake for the next call. Raises ExportError
    when the folder does not exist or a mapping of the platform is wrong.
    """
    files, ignored = list_files(home.exports_dir)
    platform, own = home.platform(), own_mappings(home.exports_dir)
    contents = ContentHashCache(home.lakehouse.root / "_contents.json")
    contents.look_at(files, home.threads)
    loaded = loaded_contents(home.lakehouse)

    def entry_of(file: InboxFile) -> ManifestEntry:
        try:
            sha256 = contents.sha256(file)
        except ExportError as error:
            return ManifestEntry(file, FileStatus.UNREADABLE, error=error)
        if loaded.is_loaded(file.name, sha256):
            return ManifestEntry(file, FileStatus.LOADED, sha256)
        try:
            source = identify(file, platform.facts_of(file.name), own)
        except ExportError as error:
            return ManifestEntry(file, FileStatus.UNKNOWN, sha256, error=error)
        return ManifestEntry(file, FileStatus.NEW, sha256, source)

    entries = tuple(map(entry_of, files))
    if keeps_digests:
        contents.save()
    return InboxManifest(entries, tuple(ignored), loaded)


def identify_new_files(
    home: LinliHome, table: Table
) -> tuple[list[tuple[IdentifiedFile, str]], list[IgnoredPath]]:
    """Return the files of `table` to load, with the id of each content, and the rejected files.

    Raises ExportError for an unreadable file, and for one named as orders that does not fit.
    """
    manifest = identify_inbox(home, keeps_digests=True)
    rejected = manifest.rejected_files(table)
    return manifest.new_files(table), rejected


def preflight(home: LinliHome) -> list[IgnoredPath]:
    """List what in the exports folder will not be read, and why; nothing is loaded or written.

    Raises ExportError when the folder does not exist or an orders file does not fit, NoDataError
    when there are no orders at all, and LinliError when the stored rows were loaded with another
    cut-off.
    """
    manifest = identify_inbox(home)
    require_same_business_day(home)
    not_read = list(manifest.ignored)
    for entry in manifest.entries:
        if entry.error is not None:
            if export_of_name(entry.file.name) is ORDERS:
                raise entry.error
            not_read.append(IgnoredPath(entry.file.name, *entry.rejection))
    if not any(map(_is_of_orders, manifest.entries)) and not _has_stored_orders(home):
        sources = [entry.source for entry in manifest.entries if entry.source is not None]
        raise no_orders(
            home.exports_dir,
            [f"{one.file.name} (taken for {one.table.name})" for one in sources],
            [f"{one.file.name}（识别为{one.table.zh}）" for one in sources],
            not_read,
        )
    return not_read


def without_file_name(error: ExportError, name: str) -> tuple[str, str]:
    """Return the error in English and Chinese without the leading file name."""
    english = str(error).removeprefix(f"{name}: ")
    return english, zh_of(error).removeprefix(f"{name}: ").removeprefix(f"{name}：")


def _is_of_orders(entry: ManifestEntry) -> bool:
    if entry.source is not None:
        return entry.source.table is ORDERS
    return entry.status is FileStatus.LOADED and export_of_name(entry.file.name) is ORDERS


def _has_stored_orders(home: LinliHome) -> bool:
    return home.lakehouse.root.exists() and bool(ledger_rows(home.lakehouse, ORDERS))
