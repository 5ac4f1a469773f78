"""Stage one file without loading it: what it is, how it is read, which rows would be rejected.

Runs the same staging as a load, in a scratch folder that is removed afterwards.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from assets.ingest.identify_inbox import file_identifier
from assets.ingest.load import staging_context
from assets.ingest.match.identify_file import IdentifiedFile, identify, own_mappings
from assets.ingest.match.match_headers import unclear_consent_headers
from assets.ingest.match.risky_headers import risky_first
from assets.ingest.merge.sku_renames import stated_renames
from assets.ingest.stage.reject_reasons import reason_of
from assets.ingest.stage.stage_file import StagedFile, stage_file
from assets.ingest.stage.staging_queries import PARTITION
from assets.ingest.stage.units.pack_sizes import listed_packs, with_renamed_skus
from assets.ingest.stage.units.product_units import listed_units
from assets.ingest.stage.units.sale_units import COUNTED_BY_PRODUCT
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.file_index import as_inbox_file, content_sha256, list_files
from assets.resources.readers.open_rows import open_rows
from assets.resources.vault.keys import PseudonymKey
from data_contracts.exports import BY_NAME, PRODUCTS
from data_contracts.mappings.spelling import normal
from data_contracts.platform_file import FileFacts
from data_contracts.repairs import RepairKind
from data_contracts.rules import RuleKind
from data_contracts.table import Table

MAX_EXAMPLES = 5
_MAX_WORD_CHARACTERS = 40  # longest unknown word that is shown


@dataclass(frozen=True)
class RejectionReason:
    """Rows rejected for one reason: their number, and the row numbers of the first ones."""

    reason_code: str
    reason: str
    reason_zh: str
    rows: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True)
class DryRun:
    """What a load of the file would do.

    `repairs`: (column, kind, rows). `first_rows`: the first good rows as they would be stored.
    `repeated_keys`: rows whose key an earlier row has. `values_unread`: header that is not read →
    whether it has values.
    """

    source: IdentifiedFile
    staged: StagedFile
    reasons: tuple[RejectionReason, ...]
    repairs: tuple[tuple[str, str, int], ...]
    first_rows: tuple[dict[str, Any], ...] = ()
    repeated_keys: int = 0
    values_unread: Mapping[str, bool] = field(default_factory=dict)

    @property
    def bad_share(self) -> float:
        return self.staged.bad_share

    @property
    def unclear_consents(self) -> list[str]:
        """Headers with values about consent that cannot be read as agreement or refusal."""
        unclear = unclear_consent_headers(self.source.match)
        return [header for header in unclear if self.values_unread.get(header, True)]

    @property
    def refusals_in_words(self) -> dict[str, int]:
        """Header that is not about consent → good rows in which a word under it refuses."""
        spelled = {normal(header): header for header in reversed(self.source.headers)}
        return {
            spelled.get(header, header): rows
            for header, kind, rows in self.repairs
            if kind == RepairKind.REFUSAL_WORD.value
        }


def dry_run_file(
    home: LinliHome,
    path: Path,
    stated: FileFacts,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> DryRun:
    """Stage the file at `path` and describe the result; raises ExportError when it fits no export.

    `stated` wins over `platform.toml`. Duplicates are found at load only and are not counted.
    """
    file = as_inbox_file(path)
    export = BY_NAME.get(stated.export) if stated.export else None
    source = identify(file, stated, own_mappings(path.parent), export=export)
    scratch = Path(tempfile.mkdtemp(prefix="linli-check-"))
    try:
        with _empty_lake(home, scratch).session() as session:
            # nothing is kept, so a random key will do
            key = PseudonymKey(secrets.token_bytes(32))
            facts = staging_context(home, key, partial(_product_files, home))
            if source.table.name in COUNTED_BY_PRODUCT:
                products = _product_files(home)
                units = listed_units(session, products).renamed(stated_renames(home))
                packs = with_renamed_skus(listed_packs(session, products), home)
                facts = replace(facts, jin_skus=units.jin, packs=packs)
            staged = stage_file(session, source, content_sha256(file), scratch, facts, on_progress)
            first_rows = _first_rows(session, staged)
            repeated = _repeated(session, staged)
            values = _values_unread(source)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    by_reason: dict[str, list[dict]] = {}
    for row in staged.quarantine.to_pylist():
        by_reason.setdefault(row["reason_code"], []).append(row)
    findings = [
        RejectionReason(
            code,
            *_reason_with_words(code, rows, source.table),
            len(rows),
            tuple(row["row_number"] for row in rows[:MAX_EXAMPLES]),
        )
        for code, rows in by_reason.items()
    ]
    return DryRun(
        source,
        staged,
        tuple(sorted(findings, key=lambda one: -one.rows)),
        tuple((row["column_name"], row["kind"], row["rows"]) for row in staged.repairs.to_pylist()),
        first_rows,
        repeated,
        values,
    )


def _product_files(home: LinliHome) -> list[IdentifiedFile]:
    """Return the product files of the exports folder; none is hashed."""
    files, _ = list_files(home.exports_dir)
    return file_identifier(home).sources_of(PRODUCTS, files)


def _reason_with_words(code: str, rows: list[dict], table: Table) -> tuple[str, str]:
    """Return why the rows are bad, with the unknown words found.

    A load does not store such words; only the user who runs the check sees them.
    """
    if not code.endswith(f".{RuleKind.CODES.value}"):
        return rows[0]["reason"], rows[0]["reason_zh"]
    unknown_words = dict.fromkeys(
        row["raw_value"] for row in rows if row["raw_value"] not in (None, "***")
    )
    return reason_of(
        code, table, [word[:_MAX_WORD_CHARACTERS] for word in list(unknown_words)[:MAX_EXAMPLES]]
    )


def _rows_of(staged: StagedFile) -> str:
    """Return SQL for the good rows, with the day that only their folder has where the table has
    such a column."""
    files, table = literal([str(file.path) for file in staged.good]), staged.source.table
    if table.partition not in table.column_names:
        return f"read_parquet({files}, hive_partitioning = false)"
    day = f"regexp_extract(filename, '{PARTITION}=(\\d{{4}}-\\d{{2}}-\\d{{2}})', 1)::date"
    return (
        f"(select {day} as {table.partition}, * exclude (filename) "
        f"from read_parquet({files}, hive_partitioning = false, filename = true))"
    )


def _first_rows(session: Session, staged: StagedFile) -> tuple[dict[str, Any], ...]:
    """Return the first good rows as they would be loaded, without empty values."""
    if not staged.good:
        return ()
    rows = session.arrow(
        f"select * exclude (file_sha256) from {_rows_of(staged)} "
        f"order by row_number limit {MAX_EXAMPLES}"
    )
    return tuple(
        {name: value for name, value in row.items() if value is not None}
        for row in rows.to_pylist()
    )


def _repeated(session: Session, staged: StagedFile) -> int:
    """Count the good rows whose key an earlier row has."""
    key = ", ".join(staged.source.table.key)
    if not staged.good:
        return 0
    return session.scalar(
        f"select (sum(rows) - count(*))::bigint from "
        f"(select count(*) as rows from {_rows_of(staged)} group by {key})"
    )


def _values_unread(source: IdentifiedFile) -> dict[str, bool]:
    """Return header that is not read → whether it has values among the first rows."""
    unread = list(risky_first(source.match.unused_headers, source.table))
    if not unread:
        return {}
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    with closing(rows):
        batch = next(iter(rows.reader(unread)), None)
    return {
        header: batch is not None and batch.column(header).null_count < batch.num_rows
        for header in unread
    }


def _empty_lake(home: LinliHome, scratch: Path) -> Lakehouse:
    """Return a lake without tables: the file may belong to any platform, so none is read."""
    return Lakehouse(
        scratch / "lake",
        threads=home.threads,
        memory_limit=home.memory_limit,
        scratch=scratch / "spilled",
    )
