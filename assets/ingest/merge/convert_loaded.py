"""Convert stored rows when a product file changes the unit they count in.

New rows are converted while they are staged. When the SKUs that product files count in 斤 differ
from those a table was stored with, the days that hold such a SKU are rewritten: rows without a unit
get the value they would have had with the product file loaded first, and rows converted by a
product file that was corrected since get their original value back. The ledger records for each
content which columns count in the product's unit, so no export is opened again. Contents loaded by
an earlier version lack this record; `rows_of_unknown_unit` finds their rows.

Table, repairs, ledger and the note of applied units change as one, under the undo journal.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.checks.changed_days import ChangedDays, changed_days_file
from assets.ingest.merge.key_index import KeyIndex, KeyRun, index_stamp
from assets.ingest.merge.merge import TableMerge
from assets.ingest.merge.reconcile import reconcile_rewritten_rows
from assets.ingest.stage.units.product_units import MEMORY, applied_to, note_applied
from assets.ingest.stage.units.sale_units import COUNTED_BY_PRODUCT, PRICES_PER_UNIT
from assets.resources.lakehouse.delta_commit import StoredFile, commit_files, files_of, version_of
from assets.resources.lakehouse.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.messages import Bilingual
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, REPAIRS
from data_contracts.units import Unit

_REPAIR = f"sale_unit:{RepairKind.UNIT_OF_PRODUCT.value}"
_NO_SKU = ("",)


def convert_stored_rows(
    lake: Lakehouse,
    table: Table,
    skus: Collection[str],
    scratch: Path,
    log: Callable[[str], None],
) -> None:
    """Convert the stored rows of `table` to the units of the current product files.

    `skus`: SKUs counted in 斤. Does nothing while they are unchanged. The caller holds the lake's
    write lock.
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
            parts = _rewrite_days(
                lake, table, frozenset(skus) - before, before - frozenset(skus), scratch
            )
            note_applied(lake, table, skus)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if parts:
        log(
            Bilingual(
                f"units of the product file: {parts:,} parts of {table.name} rewritten",
                f"按商品档案的单位重写了 {table.zh}的 {parts:,} 个分区",
            )
        )


def rows_of_unknown_unit(session: Session, table: Table, skus: Collection[str]) -> dict[str, int]:
    """Count the rows of `table` that may be in 斤 and whose content has no unit record: SKU →
    rows."""
    return dict(
        session.rows(
            f"select sku_id, count(*)::bigint from {table.name} "
            f"where sku_id in {text_list([*_NO_SKU, *sorted(skus)])} and {_is_unit_unknown(table)} "
            "and file_sha256 in (select file_sha256 from ingest_ledger "
            f"where export = {literal(table.name)} and product_unit_columns is null) "
            "group by 1 order by 2 desc, 1"
        )
    )


def _is_unit_unknown(table: Table) -> str:
    """Return the SQL condition of a stored row that names no unit and was never converted."""
    untold = "sale_unit is null and " if "sale_unit" in table.column_names else ""
    return f"{untold}not coalesce(contains(repairs, 'sale_unit:'), false)"


def _rewrite_days(
    lake: Lakehouse, table: Table, new: frozenset[str], withdrawn: frozenset[str], scratch: Path
) -> int:
    """Commit the days that hold rows of these SKUs, converted; return the number of files
    replaced."""
    path = lake.path(table)
    stored = files_of(path, table.partition)
    if not stored:
        return 0
    before = version_of(path)
    with lake.session(INGEST_LEDGER, REPAIRS) as session:
        work = TableMerge(session, table, [], stored, {}, scratch)
        touched = _convert(session, work, new, withdrawn)
        if not touched:
            return 0
        converted_back = Counter(
            dict(session.rows("select file_sha256, rows from rows_to_convert where is_to_revert"))
        )
        added = work.rewrite_files(touched, scratch / "converted", "converted", kept_rows="")
        version = commit_files(path, stored_columns(table), table.partition, added, touched)
        days = {file.partition for file in touched if file.partition is not None}
        ChangedDays(lake.root, table.name).add(days, version)
        index = KeyIndex(lake.root / "_keys" / table.name)
        if index.is_current(index_stamp(before)):  # no key changed
            index.add(KeyRun(np.empty(0, np.uint64), np.empty(0, np.int32)), index_stamp(version))
    with lake.session(table, INGEST_LEDGER, REPAIRS) as session:
        kind = RepairKind.UNIT_OF_PRODUCT.value
        reconcile_rewritten_rows(session, lake, table, "sale_unit", kind, converted_back)
    return len(touched)


def _convert(
    session: Session, work: TableMerge, new: frozenset[str], withdrawn: frozenset[str]
) -> list[StoredFile]:
    """Return the files of the days that hold rows to convert.

    Creates the view `converted` of all their rows, and the table `rows_to_convert`: rows of each
    content that are converted, and in which direction.
    """
    table = work.table
    session.table(
        "columns_in_product_unit",
        "select file_sha256, product_unit_columns as columns from ingest_ledger "
        f"where export = {literal(table.name)} and product_unit_columns <> ''",
    )
    session.register("skus_new", pa.table({"sku_id": sorted(new)}, _SKU_SCHEMA))
    session.register("skus_withdrawn", pa.table({"sku_id": sorted(withdrawn)}, _SKU_SCHEMA))
    is_to_convert = f"s.sku_id in (select sku_id from skus_new) and {_is_unit_unknown(table)}"
    is_to_revert = (
        "s.sku_id in (select sku_id from skus_withdrawn) "
        f"and contains(s.repairs, {literal(_REPAIR)})"
    )
    direction = (
        f"coalesce({is_to_convert}, false) as is_to_convert, "
        f"coalesce({is_to_revert}, false) as is_to_revert"
    )
    with_counted = "join columns_in_product_unit as c using (file_sha256)"
    session.table(
        "rows_to_convert",
        f"select stored_day, file_sha256, is_to_revert, count(*)::bigint as rows from ("
        f"select s.stored_day, file_sha256, {direction} from ({work.source(work.stored)}) as s "
        f"{with_counted}) where is_to_convert or is_to_revert group by all",
    )
    days = {row[0] for row in session.rows("select distinct stored_day from rows_to_convert")}
    touched = [file for file in work.stored if work.day_of(file) in days]
    replaced = [
        f"{_converted_value(column)} as {column.name}"
        for column in table.columns
        if _is_converted(column)
    ]
    if "sale_unit" in table.column_names:
        replaced.append(
            "case when is_to_convert then 'kg' when is_to_revert then NULL else sale_unit end "
            "as sale_unit"
        )
    without = f"nullif(trim(replace(' ' || repairs || ' ', {literal(f' {_REPAIR} ')}, ' ')), '')"
    replaced.append(
        f"case when is_to_convert then concat_ws(' ', repairs, {literal(_REPAIR)}) "
        f"when is_to_revert then {without} else repairs end as repairs"
    )
    session.view(
        "converted",
        f"select * replace ({', '.join(replaced)}) from ("
        f"select s.*, c.columns, c.columns is not null and {is_to_convert} as is_to_convert, "
        f"c.columns is not null and coalesce({is_to_revert}, false) as is_to_revert "
        f"from ({work.source(touched)}) as s left {with_counted})",
    )
    return touched


_SKU_SCHEMA = pa.schema([("sku_id", pa.string())])


def _is_converted(column: Column) -> bool:
    return column.unit is Unit.SALE_UNITS or column.name in PRICES_PER_UNIT


def _converted_value(column: Column) -> str:
    """Return SQL for a column's value in the row's new unit, where the file counts it in that
    unit."""
    to, back = ("0.5", "2") if column.unit is Unit.SALE_UNITS else ("2", "0.5")
    counts = f"list_contains(string_split(columns, ' '), {literal(column.name)})"
    name, kind = column.name, column.type.duckdb
    return (
        f"case when is_to_convert and {counts} then ({name} * {to})::{kind} "
        f"when is_to_revert and {counts} then ({name} * {back})::{kind} else {name} end"
    )
