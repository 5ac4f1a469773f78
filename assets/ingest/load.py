"""Load the exports of one contract into the lake: stage what is new, settle keys, commit, account.

A file is known by its content: one that stands in the ledger is not read again. For every file
rows_read = rows_loaded + rows_quarantined + rows_duplicate + rows_superseded + rows_forgotten, and
the same of the money, asserted against what the table holds. A file with too large a share of bad
rows is refused whole, before anything changed. Commits come in the order table, quarantine,
repairs, ledger under one journal, so that a load cut off at any point is undone and simply done
again; hand-backs are written after it, from what was committed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from assets.checks.changed_days import ChangedDays, changed_days_file
from assets.ingest.consent.consent_log import SAID, hear_words
from assets.ingest.file_verdict import is_refused
from assets.ingest.loaded_contents import is_sequel, loaded_contents
from assets.ingest.match.identify_file import IdentifiedFile, export_of_name, identify, own_mappings
from assets.ingest.match.product_names import products_among
from assets.ingest.merge.convert_loaded import convert_standing
from assets.ingest.merge.key_index import KeyIndex, Run
from assets.ingest.merge.merge import settle, stamp
from assets.ingest.merge.reconcile import commit_beside, commit_ledger, ledger_rows, names_settled
from assets.ingest.merge.recovery import restore_accounted
from assets.ingest.merge.sku_renames import MEMORY as RENAMES_NOTE
from assets.ingest.merge.sku_renames import note_met, rename_standing, stated_renames
from assets.ingest.privacy.erasure_plan import refuse_unfinished
from assets.ingest.quarantine.export import write_handback
from assets.ingest.quarantine.pending_exports import hand_back_pending, note_pending
from assets.ingest.quarantine.release import by_content, left_aside
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.normalise.totals_rows import CODE as TOTALS
from assets.ingest.stage.progress import Progress
from assets.ingest.stage.pseudonymise import PersonBatch
from assets.ingest.stage.queries import StagingContext
from assets.ingest.stage.stage_file import StagedFile, stage_file
from assets.ingest.stage.units.pack_sizes import Pack, packs_of, with_renamed_skus
from assets.ingest.stage.units.product_units import skus_in_jin
from assets.ingest.stage.units.sale_units import COUNTED_BY_PRODUCT
from assets.resources.cutoff import refuse_other_day, settle_platform
from assets.resources.home import LinliHome
from assets.resources.lakehouse.delta_commit import exchange, files_of, version_of
from assets.resources.lakehouse.lakehouse import Session, stored_columns
from assets.resources.readers.file_index import (
    Ignored,
    KnownContents,
    assert_unchanged,
    list_files,
)
from assets.resources.vault.keys import PseudonymKey
from data_contracts.errors import ExportError, NoDataError, zh_of
from data_contracts.exports import ORDERS
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import (
    INGEST_LEDGER,
    QUARANTINE,
    REPAIRS,
)

NAMED_FILES = 20  # of a folder without orders


@dataclass(frozen=True)
class Loaded:
    """What a load did: the table's ledger rows, and the files that were refused or not read."""

    ledger: list[dict]
    new_files: int
    refused: tuple[Ignored, ...] = ()


def load(home: LinliHome, table: Table, log: Callable[[str], None]) -> Loaded:
    """Bring every new file of `table` in the exports folder into the lake.

    Raises ExportError for a file that cannot be read, or of which too much is bad, when the table
    is indispensable; other tables' bad files are named in `refused`, and nothing of them is loaded.
    """
    settle_platform(home)
    lake = home.lakehouse
    scratch = lake.scratch / f"ingest-{table.name}"
    with lake.exclusive():
        refuse_unfinished(lake)
        lake.migrate(table)
        hand_back_pending(home, table)
        rename_standing(home, table, scratch, log)
        jin_skus = skus_in_jin(home) if table.name in COUNTED_BY_PRODUCT else frozenset()
        packs = packs_of(home) if table.name in COUNTED_BY_PRODUCT else {}
        convert_standing(lake, table, jin_skus, scratch, log)
        key = home.pseudonym_key_of_lake()
        found, refused = new_files(home, table)
        shutil.rmtree(scratch, ignore_errors=True)  # a killed load leaves rows as they stood
        if not found:
            return Loaded(ledger_rows(lake, table), 0, tuple(refused))
        try:
            staged, crowd = [], PersonBatch()
            with lake.session(table) as session:
                facts = facts_of(home, key, home.vault.forgotten(), jin_skus, packs)
                for source, sha256 in found:
                    try:
                        item = _staged(home, session, source, sha256, scratch, facts, log)
                    except ExportError as error:
                        if table.indispensable:
                            raise
                        refused.append(
                            Ignored(source.file.name, str(error), f"已拒收：{zh_of(error)}")
                        )
                        continue
                    staged.append(item)
                    crowd.add(item.people)
                people = crowd.books(session)
            if staged:
                # before the rows: whoever a row names can be found
                for book, rows in people.items():
                    home.vault.put(book, rows)
                _commit(home, table, staged, facts, scratch)
            return Loaded(ledger_rows(lake, table), len(staged), tuple(refused))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def new_files(
    home: LinliHome, table: Table
) -> tuple[list[tuple[IdentifiedFile, str]], list[Ignored]]:
    """Files of `table` whose content is not loaded, with the id it is loaded under; and what is
    refused.

    The same content under two names counts once, under the later of two of one make. A file that
    fits nothing is refused by the export its name says. Raises ExportError for a file called orders
    that fits nothing.
    """
    files, _ = list_files(home.exports_dir)
    platform, own = home.platform(), own_mappings(home.exports_dir)
    contents = KnownContents(home.lakehouse.root / "_contents.json")
    contents.look_at(files, home.threads)
    loaded = loaded_contents(home.lakehouse)
    mine: dict[str, IdentifiedFile] = {}
    refused: list[Ignored] = []
    for file in files:
        sha256 = contents.sha256(file)
        if loaded.is_loaded(file.name, sha256):
            continue
        try:
            source = identify(file, platform.facts_of(file.name), own)
        except ExportError as error:
            named = export_of_name(file.name)
            if named is table and table.indispensable:
                raise
            if named is table:
                refused.append(Ignored(file.name, str(error), f"已拒收：{zh_of(error)}"))
            continue
        before = mine.get(sha256)
        if source.table is table and (before is None or is_sequel(file.name, before.file.name)):
            mine[sha256] = source
    contents.save()
    return [(source, loaded.new_id(sha)) for sha, source in mine.items()], refused


def look_over(home: LinliHome) -> list[Ignored]:
    """What in the exports folder will not be read, and why; nothing is loaded or written.

    Raises ExportError when the folder does not exist, when an orders file fits nothing, and
    NoDataError when there are no orders at all, and LinliError when the rows that stand were loaded
    with another cut-off.
    """
    files, ignored = list_files(home.exports_dir)
    refuse_other_day(home)
    platform, own = home.platform(), own_mappings(home.exports_dir)
    contents = KnownContents(home.lakehouse.root / "_contents.json")
    contents.look_at(files, home.threads)
    known = loaded_contents(home.lakehouse)
    has_orders = False
    taken: list[str] = []
    taken_zh: list[str] = []
    for file in files:
        try:
            if contents.sha256(file) in known:
                has_orders = has_orders or export_of_name(file.name) is ORDERS
                continue
            found = identify(file, platform.facts_of(file.name), own)
            has_orders |= found.table is ORDERS
            taken.append(f"{file.name} (taken for {found.table.name})")
            taken_zh.append(f"{file.name}（识别为{found.table.zh}）")
        except ExportError as error:
            if export_of_name(file.name) is ORDERS:
                raise
            ignored.append(Ignored(file.name, *without_name(error, file.name)))
    if not has_orders and home.lakehouse.root.exists():
        has_orders = bool(ledger_rows(home.lakehouse, ORDERS))
    if not has_orders:
        taken_zh += [f"{one.name}（未读取：{one.reason_zh}）" for one in ignored]
        taken += [f"{one.name} (not read: {one.reason})" for one in ignored]
        raise NoDataError(
            f"{home.exports_dir}: no orders file ({ORDERS.name}.csv, .xlsx, .jsonl or .parquet); "
            f"put one there, or make a sample with: linli sample. {_held(taken)}",
            f"{home.exports_dir}：没有订单文件（{ORDERS.name}.csv、.xlsx、.jsonl 或 "
            ".parquet）；请放入该文件，或用 linli sample 生成样例。"
            f"{_held_zh(taken_zh)}",
        )
    return ignored


def _held(taken: list[str]) -> str:
    """What a folder holds, in words."""
    if not taken:
        return "The folder is empty"
    more = len(taken) - NAMED_FILES
    named = "; ".join(taken[:NAMED_FILES])
    return f"The folder holds: {named}" + (f"; and {more:,} more" if more > 0 else "")


def _held_zh(taken: list[str]) -> str:
    if not taken:
        return "文件夹是空的"
    more = len(taken) - NAMED_FILES
    named = "；".join(taken[:NAMED_FILES])
    return f"文件夹中有：{named}" + (f"；另有 {more:,} 个" if more > 0 else "")


def without_name(error: ExportError, name: str) -> tuple[str, str]:
    """What an error says in English and Chinese, without the name of the file before it."""
    english = str(error).removeprefix(f"{name}: ")
    return english, zh_of(error).removeprefix(f"{name}: ").removeprefix(f"{name}：")


def facts_of(
    home: LinliHome,
    key: PseudonymKey,
    forgotten: tuple[str, ...] = (),
    jin_skus: frozenset[str] = frozenset(),
    packs: Mapping[str, Pack] | None = None,
) -> StagingContext:
    """What staging files must know of the platform, and by which key it names people. `jin_skus`:
    counted in 斤, `packs`: what a box holds, as product files say."""
    platform = home.platform()
    return StagingContext(
        cutoff_minutes=platform.cutoff_minutes,
        utc_offset_minutes=platform.utc_offset_minutes,
        key=key,
        sku_renames=stated_renames(home),
        forgotten=forgotten,
        products_among=partial(products_among, home),
        jin_skus=jin_skus,
        packs=with_renamed_skus(packs or {}, home),
    )


def _staged(
    home: LinliHome,
    session: Session,
    source: IdentifiedFile,
    sha256: str,
    scratch: Path,
    facts: StagingContext,
    log: Callable[[str], None],
) -> StagedFile:
    """Stage one file; raises ExportError when it changed meanwhile or too much of it is bad."""
    name = source.file.name
    progress = Progress(name, log)
    item = stage_file(session, source, sha256, scratch, facts, progress)
    assert_unchanged(source.file)
    share = item.bad_share
    limit = home.platform().max_bad_share
    if is_refused(item, limit):
        codes = item.quarantine.column("reason_code").value_counts().to_pylist()
        faults = [row for row in codes if row["values"] != TOTALS]
        worst = max(faults, key=lambda row: row["counts"])
        handback = write_handback(home, name, item.quarantine.to_pylist(), {sha256: source})
        raise ExportError(
            f"{name}: {item.rows_faulty:,} of {item.rows_read:,} rows are bad ({share:.1%}, more "
            f"than max_bad_share = {limit:g}), mostly {worst['values']}; the file is refused "
            f"whole. Mend it at the source (bad rows: {handback.name}), state its preset, or raise "
            "the share in platform.toml",
            f"{name}：{item.rows_read:,} 行中有 {item.rows_faulty:,} 行有问题（"
            f"{share:.1%}，超过 max_bad_share = {limit:g}），主要是 "
            f"{worst['values']}；整个文件未导入。请在源头改正（问题行见 "
            f"{handback.name}）、指明预设，或在 platform.toml 中调高该比例",
        )
    progress.done(item.rows_read, item.rows_bad, item.rows_repaired)
    return item


def _commit(
    home: LinliHome, table: Table, staged: list[StagedFile], facts: StagingContext, scratch: Path
) -> None:
    """Commit table, quarantine, repairs and ledger as one change, then hand back the bad rows."""
    lake = home.lakehouse
    path = lake.path(table)
    index = KeyIndex(lake.root / "_keys" / table.name)
    restore_accounted(lake, table, staged)
    said = SAID.get(table.name)
    books = (QUARANTINE, REPAIRS, INGEST_LEDGER, *((said.kept,) if said else ()))
    with (
        lake.all_or_nothing(*(table, *books), notes=(RENAMES_NOTE, changed_days_file(table.name))),
        lake.session(table, *books) as session,
    ):
        session.secret(ex.ADDRESS, facts.key.blocks()[2])
        _refresh(session, index, table, version_of(path))
        corrected = _corrected(session, table, staged)
        # a hand-back file adds to what stands under its name and never stands for all of it
        added_to = {item.sha256 for item in staged if item.corrections}
        replaced = {old: by for old, by in corrected.items() if by[0] not in added_to}
        names_known = dict(session.rows("select file_sha256, file_name from ingest_ledger"))
        words = hear_words(session, lake, table, staged, names_known)
        change = settle(
            session,
            table,
            staged,
            files_of(path, table.partition),
            index,
            corrected,
            names_known,
            scratch,
        )
        met = {old for item in staged for old in item.old_sku_ids}
        note_met(lake, table, met, facts.sku_renames)
        left = left_aside(session, table, staged, replaced, "incoming")
        version = exchange(
            path, stored_columns(table), table.partition, change.added, change.removed
        )
        ChangedDays(lake.root, table.name).add(change.days, version)
        if change.keys is not None:
            index.add(change.keys, stamp(version))
        if said is not None and words is not None:
            lake.overwrite(said.kept, words)
        commit_beside(session, lake, table, staged, replaced, left)
        aside = by_content(left)
        names = names_settled(session, table, aside)
        held = sum(file.rows for file in files_of(path, table.partition))
        commit_ledger(session, lake, table, staged, change, replaced, aside, held)
        note_pending(lake, table, names | {item.source.file.name for item in staged})
    hand_back_pending(home, table, {item.sha256: item.source for item in staged})


def _corrected(
    session: Session, table: Table, staged: list[StagedFile]
) -> dict[str, tuple[str, date, date]]:
    """Contents that a staged file of the same name corrects: sha256 → (new sha256, days held)."""
    by_name = {item.source.file.name: item.sha256 for item in staged}
    return {
        sha: (by_name[name], first or date.min, last or date.max)
        for sha, name, first, last in session.rows(
            "select file_sha256, file_name, first_day, last_day from ingest_ledger "
            "where export = $export and superseded_by is null",
            export=table.name,
        )
        if name in by_name and by_name[name] != sha
    }


def _refresh(session: Session, index: KeyIndex, table: Table, version: int) -> None:
    """Make the key index anew when it does not describe the table as it stands."""
    if table.partition is None or version < 0 or index.stands_at(stamp(version)):
        return
    key = ", ".join(table.key)
    fetched = session.run(
        f"select hash({key}) as h, ({table.partition} - DATE '1970-01-01')::integer as d "
        f"from {table.name}"
    ).fetchnumpy()
    index.clear()
    index.add(
        Run.of(np.asarray(fetched["h"], np.uint64), np.asarray(fetched["d"], np.int32)),
        stamp(version),
    )
