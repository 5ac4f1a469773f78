"""Read every export of a platform anew into a second lake, which then takes the first one's place.

For a changed cut-off or offset: the business day of every stored row depends on them. Every content
that stands must still lie in the exports folder; where one is gone, nothing changes. The second
lake takes over in one step, by one entry of `platforms.json`; until then the first one serves, and
a reload that was killed is simply done again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace

from assets.ingest.consent.consent_log import carry_words
from assets.ingest.load import load
from assets.ingest.loaded_contents import generations, loaded_contents
from assets.resources.cutoff import other_day
from assets.resources.home import LinliHome
from assets.resources.platforms import StoredPlatform
from assets.resources.readers.file_index import content_sha256, list_files
from data_contracts.errors import LinliError
from data_contracts.exports import EXPORTS
from data_contracts.tables.bookkeeping import INGEST_LEDGER

SHOWN_FILES = 5


def reload_all(home: LinliHome, log: Callable[[str], None]) -> bool:
    """Load every export with the cut-off stated now; False when nothing is stated otherwise.

    Days computed so far, and models fitted on them, go with the old lake. Raises LinliError when a
    file whose rows stand is gone, or is refused now. The caller holds the home's lock.
    """
    found, stated = home.stored, home.platform()
    if other_day(home) is None:
        return False
    _refuse_gone(home)
    fresh = replace(home, chosen_lake=_next(found))
    shutil.rmtree(fresh.lakehouse.root, ignore_errors=True)
    before = set(_contents(home).values())
    try:
        carry_words(home.lakehouse, fresh.lakehouse)
        for table in EXPORTS:
            refused = load(fresh, table, log).refused
            if lost := [file for file in refused if file.name in before]:
                raise LinliError(
                    f"{lost[0].reason}; the cut-off stays as it was",
                    f"{lost[0].reason_zh}；截单时间保持不变",
                )
    except BaseException:
        shutil.rmtree(fresh.lakehouse.root, ignore_errors=True)
        raise
    gone = (*found.replaced, found.lake)
    entry = home.platforms.note(
        found,
        home.exports_dir,
        stated,
        lake=fresh.source_key,
        replaced=gone,
        cutoff=stated.cutoff,
        utc_offset=stated.utc_offset,
    )
    _remove(home, entry, found.lake)
    return True


def _refuse_gone(home: LinliHome) -> None:
    """Raise LinliError naming the files whose rows stand and that are no more in the folder."""
    files, _ = list_files(home.exports_dir)
    standing, loaded = _contents(home), loaded_contents(home.lakehouse)
    there = {one for file in files for one in generations(content_sha256(file), loaded)}
    gone = sorted({name for sha, name in standing.items() if sha not in there})
    if gone:
        shown = ", ".join(gone[:SHOWN_FILES]) + (" …" if len(gone) > SHOWN_FILES else "")
        raise LinliError(
            f"{home.exports_dir}: {len(gone)} file(s) whose rows stand are gone or were changed: "
            f"{shown}. A new cut-off means to read them anew; put them back, or state the old one",
            f"{home.exports_dir}：{len(gone)} 个已入库的文件已不在或已改动：{shown}。"
            "更改截单时间须重新读取它们；请放回文件，或改回原来的截单时间",
        )


def _contents(home: LinliHome) -> dict[str, str]:
    """sha256 → file name of every content of which rows stand, or are set aside."""
    with home.lakehouse.session(INGEST_LEDGER) as session:
        return dict(
            session.rows(
                "select file_sha256, file_name from ingest_ledger "
                "where rows_loaded + rows_quarantined > 0"
            )
        )


def _next(found: StoredPlatform) -> str:
    """A name for the next lake of the platform: `platform`, `platform.2`, `platform.3`, …"""
    number = found.lake.removeprefix(f"{found.key}.")
    return f"{found.key}.{int(number) + 1 if number.isdigit() else 2}"


def _remove(home: LinliHome, entry: StoredPlatform, lake: str) -> None:
    """Remove the lake that serves no more, and the models fitted on its days."""
    for room in ("lake", "models"):
        shutil.rmtree(home.root / room / lake, ignore_errors=True)
    left = tuple(name for name in entry.replaced if name != lake)
    home.platforms.note(entry, home.exports_dir, home.platform(), replaced=left)
