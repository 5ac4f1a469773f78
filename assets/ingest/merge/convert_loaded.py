"""Convert rows that are loaded already when a product file says later what they count in.

New rows are converted while they are staged. When the SKUs that product files count in 斤 differ
from those a table was stored with, the days that hold such a SKU are written again: rows that named
no unit come to be what they would be had the product file been there first, and rows converted by a
product file that was corrected since are what they were. The ledger says of each content which of
its columns count in the unit of the product, so that no export is opened again, and none has to be
there still. Contents of an earlier version do not say it; `unsaid` finds their rows.

Table, repairs, ledger and the note of what is applied change as one, under the journal.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.checks.changed_days import ChangedDays, changed_days_file
from assets.ingest.merge.key_index import KeyIndex, Run
from assets.ingest.merge.merge import Settling, stamp
from assets.ingest.merge.reconcile import commit_renamed
from assets.ingest.stage.units.product_units import MEMORY, applied_to, note_applied
from assets.ingest.stage.units.sale_units import COUNTED_BY_PRODUCT, PRICES_PER_UNIT
from assets.resources.lakehouse.delta_commit import StoredFile, exchange, files_of, version_of
from assets.resources.lakehouse.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.lakehouse.rule_sql import words
from assets.resources.lakehouse.sql_text import literal
from data_contracts.messages import Bilingual
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, REPAIRS
from data_contracts.units import Unit

_SAID = f"sale_unit:{RepairKind.UNIT_OF_PRODUCT.value}"
_NO_SKU = ("",)


def convert_standing(
    lake: Lakehouse,
    table: Table,
    skus: Collection[str],
    scratch: Path,
    log: Callable[[str], None],
) -> None:
    """Bring the rows of `table` to the unit its product files say now; `skus`: counted in 斤.

    Costs nothing while nothing changed. The caller holds the lake's write lock.
    """
    before = applied_to(lake, table)
    if table.name not in COUNTED_BY_PRODUCT or before == frozenset(skus):
        return
    lake.root.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    try:
        with lake.all_or_nothing(
            table, REPAIRS, INGEST_LEDGER, notes=(MEMORY, changed_days_file(table.name))
        ):
            parts = _written_again(
                lake, table, frozenset(skus) - before, before - frozenset(skus), scratch
            )
            note_applied(lake, table, skus)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if parts:
        log(
            Bilingual(
                f"units of the product file: {parts:,} parts of {table.name} written again",
                f"按商品档案的单位重写了 {table.zh}的 {parts:,} 个分区",
            )
        )


def unsaid(session: Session, table: Table, skus: Collection[str]) -> dict[str, int]:
    """SKU → rows of `table` that may count in 斤 and that no ledger row says it of."""
    return dict(
        session.rows(
            f"select sku_id, count(*)::bigint from {table.name} "
            f"where sku_id in {words([*_NO_SKU, *sorted(skus)])} and {_is_untold(table)} "
            "and file_sha256 in (select file_sha256 from ingest_ledger "
            f"where export = {literal(table.name)} and product_unit_columns is null) "
            "group by 1 order by 2 desc, 1"
        )
    )


def _is_untold(table: Table) -> str:
    """Condition of a stored row that was never converted and named no unit."""
    untold = "sale_unit is null and " if "sale_unit" in table.column_names else ""
    return f"{untold}not coalesce(contains(repairs, 'sale_unit:'), false)"


def _written_again(
    lake: Lakehouse, table: Table, new: frozenset[str], gone: frozenset[str], scratch: Path
) -> int:
    """Commit the days that hold rows of those SKUs, converted; how many parts they stood in."""
    path = lake.path(table)
    standing = files_of(path, table.partition)
    if not standing:
        return 0
    before = version_of(path)
    with lake.session(INGEST_LEDGER, REPAIRS) as session:
        work = Settling(session, table, [], standing, {}, scratch)
        touched = _converted(session, work, new, gone)
        if not touched:
            return 0
        fell = Counter(dict(session.rows("select file_sha256, rows from turned where is_back")))
        added = work.written_anew(touched, scratch / "converted", "converted", stays="")
        version = exchange(path, stored_columns(table), table.partition, added, touched)
        days = {file.partition for file in touched if file.partition is not None}
        ChangedDays(lake.root, table.name).add(days, version)
        index = KeyIndex(lake.root / "_keys" / table.name)
        if index.stands_at(stamp(before)):  # no key changed
            index.add(Run(np.empty(0, np.uint64), np.empty(0, np.int32)), stamp(version))
    with lake.session(table, INGEST_LEDGER, REPAIRS) as session:
        kind = RepairKind.UNIT_OF_PRODUCT.value
        commit_renamed(session, lake, table, "sale_unit", kind, fell)
    return len(touched)


def _converted(
    session: Session, work: Settling, new: frozenset[str], gone: frozenset[str]
) -> list[StoredFile]:
    """Files of the days that hold rows to be converted; view `converted` of all their rows, table
    `turned` of how many rows of each content turn, and which way."""
    table = work.table
    session.table(
        "counted",
        "select file_sha256, product_unit_columns as columns from ingest_ledger "
        f"where export = {literal(table.name)} and product_unit_columns <> ''",
    )
    session.register("units_new", pa.table({"sku_id": sorted(new)}, _SKUS))
    session.register("units_gone", pa.table({"sku_id": sorted(gone)}, _SKUS))
    is_to = f"s.sku_id in (select sku_id from units_new) and {_is_untold(table)}"
    is_back = (
        f"s.sku_id in (select sku_id from units_gone) and contains(s.repairs, {literal(_SAID)})"
    )
    turned = f"coalesce({is_to}, false) as is_to, coalesce({is_back}, false) as is_back"
    with_counted = "join counted as c using (file_sha256)"
    session.table(
        "turned",
        f"select stored_day, file_sha256, is_back, count(*)::bigint as rows from ("
        f"select s.stored_day, file_sha256, {turned} from ({work.source(work.standing)}) as s "
        f"{with_counted}) where is_to or is_back group by all",
    )
    days = {row[0] for row in session.rows("select distinct stored_day from turned")}
    touched = [file for file in work.standing if work.day_of(file) in days]
    replaced = [f"{_value(column)} as {column.name}" for column in table.columns if _turns(column)]
    if "sale_unit" in table.column_names:
        replaced.append(
            "case when is_to then 'kg' when is_back then NULL else sale_unit end as sale_unit"
        )
    without = f"nullif(trim(replace(' ' || repairs || ' ', {literal(f' {_SAID} ')}, ' ')), '')"
    replaced.append(
        f"case when is_to then concat_ws(' ', repairs, {literal(_SAID)}) "
        f"when is_back then {without} else repairs end as repairs"
    )
    session.view(
        "converted",
        f"select * replace ({', '.join(replaced)}) from ("
        f"select s.*, c.columns, c.columns is not null and {is_to} as is_to, "
        f"c.columns is not null and coalesce({is_back}, false) as is_back "
        f"from ({work.source(touched)}) as s left {with_counted})",
    )
    return touched


_SKUS = pa.schema([("sku_id", pa.string())])


def _turns(column: Column) -> bool:
    return column.unit is Unit.SALE_UNITS or column.name in PRICES_PER_UNIT


def _value(column: Column) -> str:
    """The value in the unit its row has from now on, where the file counts the column in it."""
    to, back = ("0.5", "2") if column.unit is Unit.SALE_UNITS else ("2", "0.5")
    counts = f"list_contains(string_split(columns, ' '), {literal(column.name)})"
    name, kind = column.name, column.type.duckdb
    return (
        f"case when is_to and {counts} then ({name} * {to})::{kind} "
        f"when is_back and {counts} then ({name} * {back})::{kind} else {name} end"
    )
