"""Load the exports of one contract in four steps: identify, stage, merge, commit.

1. Identify: take from the inbox manifest the files that are of this contract and not loaded yet: a
   content that is in the ledger is not read again.
2. Stage each file into Parquet that can be committed as it is. A file with too large a share of bad
   rows is rejected as a whole before anything changes.
3. Merge the staged rows into the table and compute everything to be committed: the `LoadPlan`.
4. Commit the plan as one change; an interrupted load leaves no trace and is repeated.

For every file rows_read = rows_loaded + rows_quarantined + rows_duplicate + rows_superseded +
rows_forgotten, and the same for money, asserted against the rows of the table.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from assets.ingest.file_verdict import is_rejected
from assets.ingest.identify_inbox import InboxManifest, identify_inbox
from assets.ingest.load_plan import commit_load, plan_load
from assets.ingest.loaded_contents import loaded_contents
from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.match.product_names import products_among
from assets.ingest.merge.convert_loaded import convert_stored_rows
from assets.ingest.merge.ledger import ledger_rows
from assets.ingest.merge.restore_table import restore_reconciled_version
from assets.ingest.merge.sku_renames import rename_stored_rows, stated_renames
from assets.ingest.privacy.erasure_plan import require_no_unfinished_erasure
from assets.ingest.quarantine.pending_rejected_files import write_pending_exports
from assets.ingest.quarantine.write_rejected_rows import write_rejected_rows
from assets.ingest.stage.normalise.totals_rows import CODE as TOTALS
from assets.ingest.stage.progress import Progress
from assets.ingest.stage.pseudonymise import PersonBatch
from assets.ingest.stage.stage_file import StagedFile, stage_file
from assets.ingest.stage.staging_queries import StagingContext
from assets.ingest.stage.units.pack_sizes import Pack, packs_of, with_renamed_skus
from assets.ingest.stage.units.product_units import skus_in_jin
from assets.ingest.stage.units.sale_units import COUNTED_BY_PRODUCT
from assets.resources.home import LinliHome
from assets.resources.home_folder.cutoff import record_platform
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.readers.file_index import IgnoredPath, assert_unchanged
from assets.resources.vault.keys import PseudonymKey
from assets.resources.vault.vault import Book
from data_contracts.errors import ExportError, zh_of
from data_contracts.exports import PRODUCTS
from data_contracts.records.ledger import LedgerRow
from data_contracts.table import Table


@dataclass(frozen=True)
class LoadResult:
    """Result of a load: the table's ledger rows, and the files that were rejected or not read."""

    ledger: list[LedgerRow]
    new_files: int
    rejected: tuple[IgnoredPath, ...] = ()


@dataclass(frozen=True)
class StagedFiles:
    """Files staged by one load, the vault rows of the users in them, and the rejected files."""

    files: tuple[StagedFile, ...]
    vault_books: Mapping[Book, pa.Table]
    rejected: tuple[IgnoredPath, ...] = ()


def load(
    home: LinliHome,
    table: Table,
    log: Callable[[str], None],
    manifest: InboxManifest | None = None,
) -> LoadResult:
    """Load every new file of `table` from the exports folder into the lake.

    `manifest`: the files of the folder; None: list them now. Raises ExportError for a file that
    cannot be read or has too many bad rows, when the table is indispensable; files of other tables
    are then listed in `rejected` and not loaded.
    """
    record_platform(home)
    lake = home.lakehouse
    scratch = lake.scratch / f"ingest-{table.name}"
    with lake.exclusive():
        require_no_unfinished_erasure(lake)
        lake.migrate(table)
        manifest = manifest or identify_inbox(home)
        manifest = manifest.with_loaded(loaded_contents(lake))
        write_pending_exports(home, table, manifest)
        rename_stored_rows(home, table, scratch, log)
        is_counted = table.name in COUNTED_BY_PRODUCT
        jin_skus = skus_in_jin(home, manifest) if is_counted else frozenset()
        packs = packs_of(home, manifest) if is_counted else {}
        convert_stored_rows(lake, table, jin_skus, scratch, log)
        key = home.pseudonym_key_of_lake()
        rejected, files = manifest.rejected_files(table), manifest.new_files(table)
        shutil.rmtree(scratch, ignore_errors=True)  # left by an interrupted load
        if not files:
            return LoadResult(ledger_rows(lake, table), 0, tuple(rejected))
        products = partial(manifest.sources_of, PRODUCTS)
        facts = staging_context(home, key, products, home.vault.forgotten(), jin_skus, packs)
        try:
            staged = stage_files(home, table, files, scratch, facts, log)
            if staged.files:
                restore_reconciled_version(lake, table, staged.files)
                plan = plan_load(home, table, staged.files, staged.vault_books, facts, scratch)
                commit_load(home, plan, staged.files, manifest)
            return LoadResult(
                ledger_rows(lake, table), len(staged.files), (*rejected, *staged.rejected)
            )
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def staging_context(
    home: LinliHome,
    key: PseudonymKey,
    product_files: Callable[[], Sequence[IdentifiedFile]],
    forgotten: tuple[str, ...] = (),
    jin_skus: frozenset[str] = frozenset(),
    packs: Mapping[str, Pack] | None = None,
) -> StagingContext:
    """Return what staging needs to know of the platform, and the pseudonym key.

    `product_files`: lists the product files of the exports folder. `jin_skus`: SKUs counted in 斤.
    `packs`: units per box, from the product files.
    """
    platform = home.platform()
    return StagingContext(
        cutoff_minutes=platform.cutoff_minutes,
        utc_offset_minutes=platform.utc_offset_minutes,
        key=key,
        sku_renames=stated_renames(home),
        forgotten=forgotten,
        products_among=partial(products_among, home, product_files),
        jin_skus=jin_skus,
        packs=with_renamed_skus(packs or {}, home),
    )


def stage_files(
    home: LinliHome,
    table: Table,
    files: Sequence[tuple[IdentifiedFile, str]],
    scratch: Path,
    facts: StagingContext,
    log: Callable[[str], None],
) -> StagedFiles:
    """Stage `files` of `table`, each with the id of its content, into `scratch`.

    Raises ExportError for a bad file of an indispensable table; other bad files are `rejected`.
    """
    staged: list[StagedFile] = []
    rejected: list[IgnoredPath] = []
    crowd = PersonBatch()
    with home.lakehouse.session(table) as session:
        for source, sha256 in files:
            try:
                item = _stage_file(home, session, source, sha256, scratch, facts, log)
            except ExportError as error:
                if table.indispensable:
                    raise
                rejected.append(
                    IgnoredPath(source.file.name, str(error), f"未导入：{zh_of(error)}")
                )
                continue
            staged.append(item)
            crowd.add(item.people)
        return StagedFiles(tuple(staged), crowd.books(session), tuple(rejected))


def _stage_file(
    home: LinliHome,
    session: Session,
    source: IdentifiedFile,
    sha256: str,
    scratch: Path,
    facts: StagingContext,
    log: Callable[[str], None],
) -> StagedFile:
    """Stage one file; raises ExportError when it changed meanwhile or too many of its rows are
    bad."""
    name = source.file.name
    progress = Progress(name, log)
    item = stage_file(session, source, sha256, scratch, facts, progress)
    assert_unchanged(source.file)
    share = item.bad_share
    limit = home.platform().max_bad_share
    if is_rejected(item, limit):
        codes = item.quarantine.column("reason_code").value_counts().to_pylist()
        faults = [row for row in codes if row["values"] != TOTALS]
        worst = max(faults, key=lambda row: row["counts"])
        rejected = write_rejected_rows(home, name, item.quarantine.to_pylist(), {sha256: source})
        raise ExportError(
            f"{name}: {item.rows_faulty:,} of {item.rows_read:,} rows are bad ({share:.1%}, more "
            f"than max_bad_share = {limit:g}), mostly {worst['values']}; the file is refused "
            f"whole. Mend it at the source (bad rows: {rejected.name}), state its preset, or raise "
            "the share in platform.toml",
            f"{name}：{item.rows_read:,} 行中有 {item.rows_faulty:,} 行有问题（"
            f"{share:.1%}，超过 max_bad_share = {limit:g}），主要是 "
            f"{worst['values']}；整个文件未导入。请在源头改正（问题行见 "
            f"{rejected.name}）、指明导出模板，或在 platform.toml 中调高该比例",
        )
    progress.done(item.rows_read, item.rows_bad, item.rows_repaired)
    return item
