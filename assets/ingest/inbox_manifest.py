"""Asset `inbox_manifest`: the files of the exports folder, listed once at the start of a run.

Not here: how files are listed and identified (`identify_inbox`); the CLI does that without Dagster.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import dagster as dg

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.codes.bookkeeping import FileStatus
from data_contracts.tables.bookkeeping import INBOX_MANIFEST

if TYPE_CHECKING:
    from assets.ingest.identify_inbox import InboxManifest

_SHOWN_FILES = 50


@day_asset(INBOX_MANIFEST, deps=[], kinds={"deltalake"})
def inbox_manifest(run: DayRun) -> Written:
    """List every file of the exports folder: content, export, preset, format, sheets and status.

    Unchanged files are neither hashed nor opened. The assets of the exports load what is new in
    this list; a file that comes later belongs to the next run.
    """
    from assets.ingest.identify_inbox import identify_inbox, store_manifest

    manifest = identify_inbox(run.home)
    store_manifest(run.home, manifest)
    statuses = Counter(entry.status for entry in manifest.entries)
    statuses[FileStatus.IGNORED] = len(manifest.ignored)
    counts = {f"files_{status.value}": statuses[status] for status in FileStatus}
    files = len(manifest.entries) + len(manifest.ignored)
    return Written(files, {**counts, "files_to_load": dg.MetadataValue.md(_to_load(manifest))})


def _to_load(manifest: InboxManifest) -> str:
    """Write a table of the new files."""
    lines = ["| file | export | preset | format |", "|---|---|---|---|"]
    sources = [entry.source for entry in manifest.entries if entry.source is not None]
    lines += [
        f"| {one.file.name} | {one.table.name} | {one.preset} | {one.format.describe()} |"
        for one in sources[:_SHOWN_FILES]
    ]
    return "\n".join(lines)
