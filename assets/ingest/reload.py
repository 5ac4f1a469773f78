"""Reload every export of a platform into a second lake, which then replaces the first one.

Needed when the cut-off or the UTC offset changes: the business day of every stored row depends on
them. Every stored content must still be in the exports folder; if one is missing, nothing changes.
The second lake takes over by one entry of `platforms.json`; until then the first one is used, and
an interrupted reload is simply repeated.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace

from assets.ingest.consent.consent_log import copy_consent_log
from assets.ingest.identify_inbox import InboxManifest, identify_inbox
from assets.ingest.load import load
from assets.ingest.loaded_contents import loaded_ids
from assets.resources.home import LinliHome
from assets.resources.home_folder.cutoff import changed_day_setting
from assets.resources.home_folder.stored_platform import StoredPlatform
from assets.resources.lakehouse.lakehouse import Lakehouse
from data_contracts.errors import LinliError
from data_contracts.exports import EXPORTS
from data_contracts.tables.bookkeeping import INGEST_LEDGER
from data_contracts.tables.replenishment import RESTOCK_EDITS

MAX_NAMED_FILES = 5


def reload_all(home: LinliHome, log: Callable[[str], None]) -> bool:
    """Reload every export with the stated cut-off; return False when it is unchanged.

    Computed days, and models fitted on them, are removed with the old lake. Raises LinliError when
    a file with stored rows is missing or is now rejected. The caller holds the home's lock.
    """
    platform, stated = home.stored, home.platform()
    if changed_day_setting(home) is None:
        return False
    manifest = identify_inbox(home)
    _require_loaded_files(home, manifest)
    fresh = replace(home, chosen_lake=_next_lake_name(platform))
    shutil.rmtree(fresh.lakehouse.root, ignore_errors=True)
    before = set(_stored_contents(home).values())
    try:
        copy_consent_log(home.lakehouse, fresh.lakehouse)
        copy_edits(home.lakehouse, fresh.lakehouse)
        for table in EXPORTS:
            refused = load(fresh, table, log, manifest).rejected
            if lost := [file for file in refused if file.name in before]:
                raise LinliError(
                    f"{lost[0].reason}; the cut-off stays as it was",
                    f"{lost[0].reason_zh}；截单时间保持不变",
                )
    except BaseException:
        shutil.rmtree(fresh.lakehouse.root, ignore_errors=True)
        raise
    gone = (*platform.replaced, platform.lake)
    entry = home.platforms.note(
        platform,
        home.exports_dir,
        stated,
        lake=fresh.source_key,
        replaced=gone,
        cutoff=stated.cutoff,
        utc_offset=stated.utc_offset,
    )
    _remove_lake(home, entry, platform.lake)
    return True


def copy_edits(before: Lakehouse, into: Lakehouse) -> None:
    """Copy what people decided on past lists: no export has it."""
    if not before.has_rows(RESTOCK_EDITS):
        return
    with before.session(RESTOCK_EDITS) as session:
        rows = session.arrow("select * from restock_edits").cast(RESTOCK_EDITS.arrow_schema())
    with into.exclusive():
        days = sorted(set(rows.column("as_of").to_pylist()))
        into.replace_days(RESTOCK_EDITS, days, rows, by="as_of")


def _require_loaded_files(home: LinliHome, manifest: InboxManifest) -> None:
    """Raise LinliError naming the files with stored rows that are missing from the folder."""
    standing, there = _stored_contents(home), set()
    for entry in manifest.entries:
        if entry.sha256 is None and entry.error is not None:
            raise entry.error
        there.update(loaded_ids(entry.sha256 or "", manifest.loaded))
    gone = sorted({name for sha, name in standing.items() if sha not in there})
    if gone:
        shown = ", ".join(gone[:MAX_NAMED_FILES]) + (" …" if len(gone) > MAX_NAMED_FILES else "")
        raise LinliError(
            f"{home.exports_dir}: {len(gone)} loaded file(s) are missing or were changed: "
            f"{shown}. A new cut-off requires reading them again; put them back, or state the old "
            "one",
            f"{home.exports_dir}：{len(gone)} 个已导入的文件已不在或已改动：{shown}。"
            "更改截单时间须重新读取它们；请放回文件，或改回原来的截单时间",
        )


def _stored_contents(home: LinliHome) -> dict[str, str]:
    """Return sha256 → file name of every content with loaded or quarantined rows."""
    with home.lakehouse.session(INGEST_LEDGER) as session:
        return dict(
            session.rows(
                "select file_sha256, file_name from ingest_ledger "
                "where rows_loaded + rows_quarantined > 0"
            )
        )


def _next_lake_name(platform: StoredPlatform) -> str:
    """Return a name for the next lake of the platform: `platform`, `platform.2`, `platform.3`, …"""
    number = platform.lake.removeprefix(f"{platform.key}.")
    return f"{platform.key}.{int(number) + 1 if number.isdigit() else 2}"


def _remove_lake(home: LinliHome, entry: StoredPlatform, lake: str) -> None:
    """Remove the replaced lake and the models fitted on its days."""
    for room in ("lake", "models"):
        shutil.rmtree(home.root / room / lake, ignore_errors=True)
    left = tuple(name for name in entry.replaced if name != lake)
    home.platforms.note(entry, home.exports_dir, home.platform(), replaced=left)
