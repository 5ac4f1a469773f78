"""Refuse, before anything is written, what a run could not load.

Not here: whether the orders cover the day (`coverage`).
"""

from __future__ import annotations

from assets.ingest.identify_inbox import InboxManifest, ManifestEntry
from assets.ingest.match.identify_file import export_of_name
from assets.ingest.merge.ledger import ledger_rows
from assets.ingest.no_orders_error import no_orders
from assets.resources.home import LinliHome
from assets.resources.home_folder.cutoff import require_same_business_day
from assets.resources.readers.file_index import IgnoredPath
from data_contracts.codes.bookkeeping import FileStatus
from data_contracts.exports import ORDERS


def preflight(home: LinliHome, manifest: InboxManifest) -> list[IgnoredPath]:
    """List what in the exports folder will not be read, and why; nothing is loaded or written.

    Raises ExportError when an orders file does not fit, NoDataError when there are no orders at
    all, and LinliError when the stored rows were loaded with another cut-off.
    """
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


def _is_of_orders(entry: ManifestEntry) -> bool:
    if entry.source is not None:
        return entry.source.table is ORDERS
    return entry.status is FileStatus.LOADED and export_of_name(entry.file.name) is ORDERS


def _has_stored_orders(home: LinliHome) -> bool:
    return home.lakehouse.root.exists() and bool(ledger_rows(home.lakehouse, ORDERS))
