"""Stage one file: stream its rows once into Parquet files that can be committed unchanged.

Good rows go to one folder per day, bad rows to a folder of their own. Only rows in flight are held
in memory, and the table does not change.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.match.risky_headers import risky_first
from assets.ingest.rejection_wording import mostly_bad_message
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.fast_path import FastCast
from assets.ingest.stage.normalise.normalise_stream import Normaliser
from assets.ingest.stage.orders import row_value
from assets.ingest.stage.orders.order_states import derived_status_counts
from assets.ingest.stage.orders.order_stream import OrderStream, open_order_stream
from assets.ingest.stage.orders.whole_orders import is_line_derived
from assets.ingest.stage.pseudonymise import PersonCollector
from assets.ingest.stage.quarantine_rows import (
    IS_FORGOTTEN,
    most_common_reason,
    quarantine_rows,
    staged_rows,
)
from assets.ingest.stage.returned_rows import ReturnedRow, returned_rows
from assets.ingest.stage.staging_queries import (
    PARTITION,
    REJECTION,
    UNPARSED_TEXTS,
    StagingContext,
    StagingQueries,
)
from assets.resources.lakehouse.delta_commit import StoredFile
from assets.resources.lakehouse.lakehouse import QueryError, Session, stored_columns
from assets.resources.lakehouse.partition_writer import PartitionWriter
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.readers.open_rows import open_rows
from assets.resources.readers.prefetch import read_ahead
from assets.resources.readers.rows import ROW_NUMBER
from data_contracts.errors import ExportError
from data_contracts.exports import ORDERS
from data_contracts.messages import Bilingual
from data_contracts.repairs import RepairKind
from data_contracts.sku_rename_list import has_renames
from data_contracts.table import Table, Type
from data_contracts.tables.bookkeeping import REPAIRS

ZERO = Decimal("0.0000")
STREAM_ROWS = 32_768  # a column of a batch holds 2 GiB of text at most, and cells may be long
# This many bad rows, if more than the good ones, would fill memory only to be rejected.
MOSTLY_BAD_FROM_ROWS = 200_000


@dataclass(frozen=True)
class RowTotals:
    """Number of rows and amounts in yuan of a part of a file."""

    rows: int = 0
    amount: Decimal = ZERO
    returned_amount: Decimal = ZERO
    without_amount: int = 0


@dataclass(frozen=True)
class StagedFile:
    """A staged file: its good and bad rows, the reasons of the bad ones, and the repairs.

    `corrections`: for a returned file, the row that each of its rows corrects. `old_sku_ids`:
    renamed SKU ids that occur in it. `product_unit_columns`: columns in the product's unit where a
    row names no unit.
    """

    source: IdentifiedFile
    sha256: str
    good: tuple[StoredFile, ...]
    bad: tuple[Path, ...]
    quarantine: pa.Table
    repairs: pa.Table
    all_totals: RowTotals
    good_totals: RowTotals
    bad_totals: RowTotals
    rows_repaired: int
    people: PersonCollector
    forgotten_totals: RowTotals
    latest_event_at: datetime | None
    ignored_headers: tuple[str, ...]
    notes: tuple[Bilingual, ...]
    corrections: tuple[ReturnedRow, ...] = ()
    old_sku_ids: frozenset[str] = frozenset()
    totals_rows: int = 0
    product_unit_columns: tuple[str, ...] = ()

    @property
    def rows_read(self) -> int:
        return self.all_totals.rows

    @property
    def derived(self) -> tuple[str, ...]:
        """Columns that no header of the file gives."""
        is_line_named = self.source.table is ORDERS and is_line_derived(self.source.match)
        line = ("line_id",) if is_line_named else ()
        return tuple(dict.fromkeys((*line, *self.source.match.derived)))

    @property
    def rows_bad(self) -> int:
        return self.quarantine.num_rows

    @property
    def bad_share(self) -> float:
        """Share of bad rows, without totals rows."""
        rows = self.rows_read - self.totals_rows
        return self.rows_faulty / rows if rows else 0.0

    @property
    def rows_faulty(self) -> int:
        """Bad rows without totals rows, which need no correction."""
        return self.rows_bad - self.totals_rows

    @property
    def days(self) -> list[date]:
        return sorted({file.partition for file in self.good if file.partition is not None})


def stage_file(
    session: Session,
    source: IdentifiedFile,
    sha256: str,
    scratch: Path,
    context: StagingContext,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    is_whole: bool = False,
) -> StagedFile:
    """Read the whole file into staged Parquet under `scratch`.

    `on_progress` gets bytes read and total bytes. `is_whole`: read orders whole. Raises ExportError
    when the file cannot be read; then only `scratch` has changed.
    """
    table = source.table
    rows = open_rows(
        source.file.path, source.format, name=source.file.name, on_progress=on_progress
    )
    folder = scratch / sha256[:16]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, block in zip((ex.INNER, ex.OUTER, ex.ADDRESS), context.key.blocks(), strict=True):
        session.secret(name, block)
    offset, totals_products = context.utc_offset_minutes, context.totals_products
    normaliser = Normaliser(source, rows, utc_offset_minutes=offset, products=totals_products)
    with closing(rows), read_ahead(rows.reader(normaliser.headers)) as ahead:
        try:
            stream = open_order_stream(
                session,
                source,
                normaliser.transform(ahead),
                folder,
                utc_offset_minutes=offset,
                is_whole=is_whole,
                merged=rows.merged,
            )
            match = stream.rows.match
            people = PersonCollector(table, match, context.key, context.derived)
            reader = FastCast(table, match).transform(people.transform(stream.rows.reader))
            session.register("staging_source", reader)
            types = {
                str(row[0]): str(row[1]) for row in session.rows("describe from staging_source")
            }
            queries = StagingQueries(table, match, types, context, **stream.order_facts)
            people.use_queries(queries)
            fast_query = queries.fast_query("staging_source", sha256)
            files = _written(session, table, fast_query, folder / "fast", [UNPARSED_TEXTS])
        except (QueryError, pa.ArrowException) as error:
            if rows.failure is not None:
                raise rows.failure from error
            raise
        finally:
            session.unregister("staging_source")
    needs_whole = stream.shows_whole_orders()
    products = context.products_among(normaliser.product_words)
    if needs_whole or products:
        shutil.rmtree(folder)
        context = replace(context, totals_products=totals_products | products)
        is_whole = is_whole or needs_whole
        return stage_file(session, source, sha256, scratch, context, on_progress, is_whole=is_whole)
    unparsed = [file.path for file in files if file.partition is None]
    if unparsed:
        files = [file for file in files if file.partition is not None]
        repair_query = queries.repair_query(staged_rows(unparsed), sha256)
        files += _written(session, table, repair_query, folder / "repaired", REJECTION)
    good = tuple(
        file if table.partition else StoredFile(file.path, file.rows, None)
        for file in files
        if file.partition is not None
    )
    bad = tuple(file.path for file in files if file.partition is None)
    malformed = sorted([*rows.malformed, *normaliser.totals], key=lambda row: row.row_number)
    good_totals = _row_totals(session, table, [file.path for file in good])
    bad_totals = _row_totals(session, table, bad, f"where not {IS_FORGOTTEN}")
    bad_totals = _with_malformed(bad_totals, len(malformed), table)
    forgotten_totals = _row_totals(session, table, bad, f"where {IS_FORGOTTEN}")
    if bad_totals.rows > max(MOSTLY_BAD_FROM_ROWS, good_totals.rows):
        worst = most_common_reason(session, bad)
        raise ExportError(
            *mostly_bad_message(source.file.name, worst, bad_totals.rows, good_totals.rows)
        )
    repairs, rows_repaired = _repairs(session, source, sha256, good, stream)
    return StagedFile(
        source=source,
        sha256=sha256,
        good=good,
        bad=bad,
        quarantine=quarantine_rows(session, source, sha256, bad, malformed),
        repairs=repairs,
        all_totals=_added_up(good_totals, bad_totals, forgotten_totals),
        people=people,
        forgotten_totals=forgotten_totals,
        good_totals=good_totals,
        bad_totals=bad_totals,
        rows_repaired=rows_repaired,
        latest_event_at=_latest(session, table, good),
        ignored_headers=risky_first((*source.match.unused_headers, *stream.rows.unused), table),
        notes=(*rows.notes, *normaliser.notes, *stream.rows.notes),
        corrections=tuple(returned_rows(source, [row.row_number for row in rows.malformed])),
        totals_rows=len(normaliser.totals),
        old_sku_ids=_old_sku_ids(session, queries, unparsed) if unparsed else frozenset(),
        product_unit_columns=queries.units.product_unit_columns,
    )


def _with_malformed(totals: RowTotals, rows: int, table: Table) -> RowTotals:
    """Add `rows` that could not be split into cells to the totals of bad rows."""
    without_amount = rows if row_value.has_money(table) else 0
    return RowTotals(
        totals.rows + rows, totals.amount, ZERO, totals.without_amount + without_amount
    )


def _added_up(*parts: RowTotals) -> RowTotals:
    """Add up the totals of the parts of a file; returned amounts are left out."""
    return RowTotals(
        sum(part.rows for part in parts),
        sum((part.amount for part in parts), ZERO),
        ZERO,
        sum(part.without_amount for part in parts),
    )


def _written(
    session: Session, table: Table, query: str, folder: Path, without_day_only: Sequence[str]
) -> list[StoredFile]:
    """Write the rows of `query` into `folder`, by day; None: rows without a day."""
    unlike = {*table.key, ROW_NUMBER}
    unlike |= {c.name for c in table.columns if c.name == "user_id" or c.type is Type.TIMESTAMP}
    repeating = [name for name in stored_columns(table) if name not in unlike]
    writer = PartitionWriter(folder, PARTITION, repeating, without_day_only)
    return writer.write(session.stream(query, STREAM_ROWS))


def _row_totals(
    session: Session, table: Table, paths: Sequence[Path], where: str = ""
) -> RowTotals:
    if not paths:
        return RowTotals()
    rows, amount, back, without = session.rows(
        f"select count(*), coalesce(sum({row_value.amount(table)}), 0)::decimal(18, 4), "
        f"coalesce(sum({row_value.returned_amount(table)}), 0)::decimal(18, 4), "
        f"{row_value.rows_without(table)} from {staged_rows(paths)} {where}"
    )[0]
    return RowTotals(rows, amount, back, without)


def _latest(session: Session, table: Table, good: tuple[StoredFile, ...]) -> datetime | None:
    if table.event_time is None or not good:
        return None
    paths = [file.path for file in good]
    return session.scalar(f"select max({table.event_time})::timestamp from {staged_rows(paths)}")


def _repairs(
    session: Session,
    source: IdentifiedFile,
    sha256: str,
    good: tuple[StoredFile, ...],
    stream: OrderStream,
) -> tuple[pa.Table, int]:
    """Count repairs by column and kind, and rows with at least one repair."""
    counted = (
        session.rows(
            f"select repairs, count(*)::bigint from {staged_rows([file.path for file in good])} "
            "where repairs is not null group by 1"
        )
        if good
        else []
    )
    by_kind: dict[str, int] = {}
    for codes, rows in counted:
        for one in codes.split(" "):
            by_kind[one] = by_kind.get(one, 0) + rows
    for column, kind, rows in stream.rows.repairs:
        by_kind[f"{column}:{kind.value}"] = rows
    if good and source.table is ORDERS and not source.match.has_status:
        for kind, rows in derived_status_counts(
            session, staged_rows([file.path for file in good])
        ).items():
            by_kind[f"order_status:{kind.value}"] = rows
    repairs = [
        {
            "export": source.table.name,
            "file_name": source.file.name,
            "file_sha256": sha256,
            "column_name": codes.partition(":")[0],
            "kind": codes.partition(":")[2],
            "rows": rows,
        }
        for codes, rows in sorted(by_kind.items())
    ]
    repaired = sum(
        rows for codes, rows in counted if not all(map(_changes_nothing, codes.split(" ")))
    )
    return pa.Table.from_pylist(repairs, schema=REPAIRS.arrow_schema()), repaired


def _changes_nothing(codes: str) -> bool:
    """Whether a repair is only a word that was understood: no value changed."""
    return codes.endswith(f":{RepairKind.REFUSAL_WORD.value}")


def _old_sku_ids(session: Session, queries: StagingQueries, unparsed: list[Path]) -> frozenset[str]:
    """Find old SKU ids among the rows that the fast query left; it takes no row with one."""
    renames = queries.context.sku_renames
    texts = list(queries.texts())
    if not renames or not has_renames(queries.table) or "r_sku_id" not in texts:
        return frozenset()
    how = queries.cast_of(queries.table.column("sku_id"))
    read = f"coalesce({', '.join([how.strict, *(sql for _, sql in how.repaired), 'NULL'])})"
    sku_text = f"{UNPARSED_TEXTS}[{texts.index('r_sku_id') + 1}] as r_sku_id"
    old_ids = session.rows(
        f"select distinct {read} as sku_id from (select {sku_text} from {staged_rows(unparsed)}) "
        f"where sku_id in {text_list(list(renames))}"
    )
    return frozenset(row[0] for row in old_ids)
