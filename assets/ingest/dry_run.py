"""Look at one file before anything is loaded: what it is, how it is read, what would be set aside.

Runs the very staging a load runs, in a scratch folder, and leaves nothing behind.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assets.ingest.load import facts_of
from assets.ingest.match.identify_file import IdentifiedFile, identify, own_mappings
from assets.ingest.match.match_headers import unclear_consent_headers
from assets.ingest.match.risky_headers import risky_first
from assets.ingest.merge.sku_renames import stated_renames
from assets.ingest.stage.queries import PARTITION
from assets.ingest.stage.reasons import reason_of
from assets.ingest.stage.stage_file import StagedFile, stage_file
from assets.ingest.stage.units.pack_sizes import listed_packs, with_renamed_skus
from assets.ingest.stage.units.product_units import listed_units
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.file_index import as_inbox_file, content_sha256
from assets.resources.readers.open_rows import open_rows
from assets.resources.vault.keys import PseudonymKey
from data_contracts.exports import BY_NAME, ORDERS, STOCK
from data_contracts.mappings.spelling import normal
from data_contracts.platform_file import FileFacts
from data_contracts.repairs import RepairKind
from data_contracts.rules import RuleKind
from data_contracts.table import Table

EXAMPLES = 5
_SHOWN = 40  # characters of a word that is no code


@dataclass(frozen=True)
class Finding:
    """Rows of one reason: how many, and the numbers of the first."""

    reason_code: str
    reason: str
    reason_zh: str
    rows: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True)
class Inspection:
    """What a load of the file would do. `repairs`: (column, kind, rows). `first_rows`: the first
    good ones, as they would be stored. `repeated`: rows whose key another row has. `values_unread`:
    headers nothing is read from, and whether values stand under them."""

    source: IdentifiedFile
    staged: StagedFile
    findings: tuple[Finding, ...]
    repairs: tuple[tuple[str, str, int], ...]
    first_rows: tuple[dict[str, Any], ...] = ()
    repeated: int = 0
    values_unread: Mapping[str, bool] = field(default_factory=dict)

    @property
    def bad_share(self) -> float:
        return self.staged.bad_share

    @property
    def unclear_consents(self) -> list[str]:
        """Headers with values that speak of consent, and nobody can tell what they say."""
        unclear = unclear_consent_headers(self.source.match)
        return [header for header in unclear if self.values_unread.get(header, True)]

    @property
    def refusals_in_words(self) -> dict[str, int]:
        """Header that says nothing of consent → good rows in which a word under it refuses."""
        spelled = {normal(header): header for header in reversed(self.source.headers)}
        return {
            spelled.get(header, header): rows
            for header, kind, rows in self.repairs
            if kind == RepairKind.REFUSAL_WORD.value
        }


def inspect_file(
    home: LinliHome,
    path: Path,
    stated: FileFacts,
    *,
    tell: Callable[[int, int], None] | None = None,
) -> Inspection:
    """Stage the file at `path` and say what came of it; raises ExportError when it fits nothing.

    `stated` wins over `platform.toml`. Duplicates are settled at load only and are not counted.
    """
    file = as_inbox_file(path)
    export = BY_NAME.get(stated.export) if stated.export else None
    source = identify(file, stated, own_mappings(path.parent), export=export)
    scratch = Path(tempfile.mkdtemp(prefix="linli-check-"))
    try:
        with _nowhere(home, scratch).session() as session:
            # nothing is kept, so nobody's key is asked for
            facts = facts_of(home, PseudonymKey(secrets.token_bytes(32)))
            if source.table in (ORDERS, STOCK):
                units = listed_units(home, session).renamed(stated_renames(home))
                packs = with_renamed_skus(listed_packs(home, session), home)
                facts = replace(facts, jin_skus=units.jin, packs=packs)
            staged = stage_file(session, source, content_sha256(file), scratch, facts, tell)
            first_rows = _first_rows(session, staged)
            repeated = _repeated(session, staged)
            values = _values_unread(source)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    by_reason: dict[str, list[dict]] = {}
    for row in staged.quarantine.to_pylist():
        by_reason.setdefault(row["reason_code"], []).append(row)
    findings = [
        Finding(
            code,
            *_reason(code, rows, source.table),
            len(rows),
            tuple(row["row_number"] for row in rows[:EXAMPLES]),
        )
        for code, rows in by_reason.items()
    ]
    return Inspection(
        source,
        staged,
        tuple(sorted(findings, key=lambda found: -found.rows)),
        tuple((row["column_name"], row["kind"], row["rows"]) for row in staged.repairs.to_pylist()),
        first_rows,
        repeated,
        values,
    )


def _reason(code: str, rows: list[dict], table: Table) -> tuple[str, str]:
    """Why the rows are bad, with the words met that are no code of ours: what a check shows stays
    with whoever asked."""
    if not code.endswith(f".{RuleKind.CODES.value}"):
        return rows[0]["reason"], rows[0]["reason_zh"]
    met = dict.fromkeys(row["raw_value"] for row in rows if row["raw_value"] not in (None, "***"))
    return reason_of(code, table, [word[:_SHOWN] for word in list(met)[:EXAMPLES]])


def _read(staged: StagedFile) -> str:
    """The good rows, with the day that only their folder says where it is a column of the file."""
    files, table = literal([str(file.path) for file in staged.good]), staged.source.table
    if table.partition not in table.column_names:
        return f"read_parquet({files}, hive_partitioning = false)"
    day = f"regexp_extract(filename, '{PARTITION}=(\\d{{4}}-\\d{{2}}-\\d{{2}})', 1)::date"
    return (
        f"(select {day} as {table.partition}, * exclude (filename) "
        f"from read_parquet({files}, hive_partitioning = false, filename = true))"
    )


def _first_rows(session: Session, staged: StagedFile) -> tuple[dict[str, Any], ...]:
    """The first good rows as they would be loaded, without what is empty."""
    if not staged.good:
        return ()
    found = session.arrow(
        f"select * exclude (file_sha256) from {_read(staged)} order by row_number limit {EXAMPLES}"
    )
    return tuple(
        {name: value for name, value in row.items() if value is not None}
        for row in found.to_pylist()
    )


def _repeated(session: Session, staged: StagedFile) -> int:
    """Good rows whose key a row before them has."""
    key = ", ".join(staged.source.table.key)
    if not staged.good:
        return 0
    return session.scalar(
        f"select (sum(rows) - count(*))::bigint from "
        f"(select count(*) as rows from {_read(staged)} group by {key})"
    )


def _values_unread(source: IdentifiedFile) -> dict[str, bool]:
    """Headers nothing is read from → whether there are values among the first rows under them."""
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


def _nowhere(home: LinliHome, scratch: Path) -> Lakehouse:
    """A lake without a table: the file may belong to any platform, and nothing is asked of one."""
    return Lakehouse(
        scratch / "lake",
        threads=home.threads,
        memory_limit=home.memory_limit,
        scratch=scratch / "spilled",
    )
