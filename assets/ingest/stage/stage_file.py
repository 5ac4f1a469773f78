"""Stage one file: stream its rows once into Parquet files that can be committed as they stand.

Good rows go to one folder per day, bad ones to a folder of their own; nothing is held in memory
but what is in flight, and nothing of the table changes.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from assets.ingest.match.identify_file import Recognised
from assets.ingest.match.risky_headers import telling_first
from assets.ingest.rejection_wording import mostly_bad
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.casting.date_formats import with_format
from assets.ingest.stage.fast_path import UsualCells
from assets.ingest.stage.normalise.normalise_stream import Normalising
from assets.ingest.stage.orders import order_value
from assets.ingest.stage.orders.order_states import states_made
from assets.ingest.stage.orders.order_stream import Opened, opened
from assets.ingest.stage.orders.whole_orders import is_line_made
from assets.ingest.stage.pseudonymise import Met
from assets.ingest.stage.queries import FORGOTTEN, PART, SEPARATOR, Facts, StagingQueries
from assets.ingest.stage.reasons import reason_of
from assets.ingest.stage.returned_rows import Claim, claims_of
from assets.resources.lakehouse.delta_commit import StoredFile
from assets.resources.lakehouse.lakehouse import QueryError, Session, stored_columns
from assets.resources.lakehouse.partition_writer import DayFiles
from assets.resources.lakehouse.rule_sql import words
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.open_rows import open_rows
from assets.resources.readers.prefetch import read_ahead
from assets.resources.readers.rows import ROW_NUMBER, Malformed
from data_contracts.errors import ExportError
from data_contracts.exports import ORDERS
from data_contracts.messages import Bilingual
from data_contracts.repairs import RepairKind
from data_contracts.sku_renames import has_renames
from data_contracts.table import Table, Type
from data_contracts.tables.bookkeeping import QUARANTINE, REPAIRS

# Bad rows carry their reason first in `repairs`.
_IS_FORGOTTEN = f"starts_with(repairs, '{FORGOTTEN}')"
ZERO = Decimal("0.0000")
STREAM_ROWS = 32_768  # a column of a batch holds 2 GiB of text at most, and cells may be long
# So many bad rows, and more than good ones, would fill the memory only to be refused.
MOSTLY_BAD_FROM_ROWS = 200_000


@dataclass(frozen=True)
class Sums:
    """Rows and amounts of a part of a file."""

    rows: int = 0
    amount: Decimal = ZERO
    given_back: Decimal = ZERO
    without_amount: int = 0


@dataclass(frozen=True)
class Staged:
    """A staged file: where its rows stand, what is wrong with the bad ones, what was repaired.

    `claims`: of a hand-back file, which row of which file each of its rows was. `renamed`: old SKU
    ids that stood in it. `product_unit_columns`: in the unit of the product where a row names none.
    """

    source: Recognised
    sha256: str
    good: tuple[StoredFile, ...]
    bad: tuple[Path, ...]
    quarantine: pa.Table
    repairs: pa.Table
    whole: Sums
    good_sums: Sums
    bad_sums: Sums
    rows_repaired: int
    met: Met
    forgotten: Sums
    latest_event_at: datetime | None
    ignored_headers: tuple[str, ...]
    notes: tuple[Bilingual, ...]
    claims: tuple[Claim, ...] = ()
    renamed: frozenset[str] = frozenset()
    rows_totals: int = 0
    product_unit_columns: tuple[str, ...] = ()

    @property
    def rows_read(self) -> int:
        return self.whole.rows

    @property
    def made(self) -> tuple[str, ...]:
        """Columns no header of the file gives, made of others."""
        is_line_named = self.source.table is ORDERS and is_line_made(self.source.fit)
        line = ("line_id",) if is_line_named else ()
        return tuple(dict.fromkeys((*line, *self.source.fit.made)))

    @property
    def rows_bad(self) -> int:
        return self.quarantine.num_rows

    @property
    def bad_share(self) -> float:
        """Share of bad rows among those that are rows of the table."""
        rows = self.rows_read - self.rows_totals
        return self.rows_faulty / rows if rows else 0.0

    @property
    def rows_faulty(self) -> int:
        """Bad rows but for totals, in which nothing is to be mended."""
        return self.rows_bad - self.rows_totals

    @property
    def days(self) -> list[date]:
        return sorted({file.partition for file in self.good if file.partition is not None})


def stage(
    session: Session,
    source: Recognised,
    sha256: str,
    scratch: Path,
    facts: Facts,
    tell: Callable[[int, int], None] | None = None,
    *,
    is_whole: bool = False,
) -> Staged:
    """Read the whole file into staged Parquet under `scratch`.

    `tell` hears bytes read and in all; `is_whole`: orders are read whole. Raises ExportError when
    the file cannot be read; nothing but `scratch` was touched then.
    """
    table = source.table
    rows = open_rows(source.file.path, source.format, name=source.file.name, tell=tell)
    folder = scratch / sha256[:16]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, value in zip((ex.INNER, ex.OUTER, ex.ADDRESS), facts.key.blocks(), strict=True):
        session.secret(name, value)
    offset, called = facts.utc_offset_minutes, facts.totals_products
    normalising = Normalising(source, rows, utc_offset_minutes=offset, products=called)
    with closing(rows), read_ahead(rows.reader(normalising.headers)) as ahead:
        try:
            lines = opened(
                session,
                source,
                normalising.through(ahead),
                folder,
                utc_offset_minutes=facts.utc_offset_minutes,
                is_whole=is_whole,
                merged=rows.merged,
            )
            fit = lines.rows.fit
            met = Met(table, fit, facts.key, facts.made)
            usual = UsualCells(table, fit)
            session.register("staging_source", usual.through(met.through(lines.rows.reader)))
            types = {
                str(row[0]): str(row[1]) for row in session.rows("describe from staging_source")
            }
            queries = StagingQueries(table, fit, types, facts, **lines.told)
            met.read_by(queries)
            plain = queries.plain("staging_source", sha256)
            files = _written(session, table, plain, folder / "plain")
        except (QueryError, pa.ArrowException) as error:
            if rows.failure is not None:
                raise rows.failure from error
            raise
        finally:
            session.unregister("staging_source")
    is_odd, known = lines.is_odd(), facts.products_among(normalising.product_words)
    if is_odd or known:
        shutil.rmtree(folder)
        facts, whole = replace(facts, totals_products=called | known), is_whole or is_odd
        return stage(session, source, sha256, scratch, facts, tell, is_whole=whole)
    odd = [file.path for file in files if file.partition is None]
    if odd:
        files = [file for file in files if file.partition is not None]
        files += _written(session, table, queries.careful(_read(odd), sha256), folder / "careful")
    good = tuple(
        file if table.partition else StoredFile(file.path, file.rows, None)
        for file in files
        if file.partition is not None
    )
    bad = tuple(file.path for file in files if file.partition is None)
    good_sums = _sums(session, table, [f.path for f in good])
    bad_sums = _sums(session, table, bad, f"where not {_IS_FORGOTTEN}")
    forgotten = _sums(session, table, bad, f"where {_IS_FORGOTTEN}")
    malformed = sorted([*rows.malformed, *normalising.totals], key=lambda row: row.row_number)
    lost = len(malformed)
    bad_sums = Sums(
        bad_sums.rows + lost,
        bad_sums.amount,
        ZERO,
        bad_sums.without_amount + _if_money(table, lost),
    )
    if bad_sums.rows > max(MOSTLY_BAD_FROM_ROWS, good_sums.rows):
        worst = _worst(session, bad)
        raise ExportError(*mostly_bad(source.file.name, worst, bad_sums.rows, good_sums.rows))
    repairs, repaired = _repairs(session, source, sha256, good, lines)
    return Staged(
        source=source,
        sha256=sha256,
        good=good,
        bad=bad,
        quarantine=_quarantined(session, source, sha256, bad, malformed),
        repairs=repairs,
        whole=Sums(
            good_sums.rows + bad_sums.rows + forgotten.rows,
            good_sums.amount + bad_sums.amount + forgotten.amount,
            ZERO,
            good_sums.without_amount + bad_sums.without_amount + forgotten.without_amount,
        ),
        met=met,
        forgotten=forgotten,
        good_sums=good_sums,
        bad_sums=bad_sums,
        rows_repaired=repaired,
        latest_event_at=_latest(session, table, good),
        ignored_headers=telling_first((*source.fit.unused_headers, *lines.rows.unused), table),
        notes=(*rows.notes, *normalising.notes, *lines.rows.notes),
        claims=tuple(claims_of(source, [row.row_number for row in rows.malformed])),
        rows_totals=len(normalising.totals),
        renamed=_renamed(session, queries, odd) if odd else frozenset(),
        product_unit_columns=queries.units.product_s_columns,
    )


def _worst(session: Session, bad: tuple[Path, ...]) -> str:
    """Code of the fault that most rows have."""
    return session.scalar(
        f"select split_part(repairs, chr(31), 1) as code from {_read(bad)} "
        "group by 1 order by count(*) desc limit 1"
        if bad
        else "select 'row.fields'"
    )


def _written(session: Session, table: Table, query: str, folder: Path) -> list[StoredFile]:
    """Write `query` into `folder`, one file or more per day; None: rows without a day."""
    unlike = {*table.key, ROW_NUMBER}
    unlike |= {c.name for c in table.columns if c.name == "user_id" or c.type is Type.TIMESTAMP}
    repeating = [name for name in stored_columns(table) if name not in unlike]
    return DayFiles(folder, PART, repeating).write(session.stream(query, STREAM_ROWS))


def _if_money(table: Table, rows: int) -> int:
    return rows if order_value.has_money(table) else 0


def _read(paths: list[Path] | tuple[Path, ...]) -> str:
    return f"read_parquet({literal([str(path) for path in paths])}, hive_partitioning = false)"


def _sums(
    session: Session, table: Table, paths: list[Path] | tuple[Path, ...], where: str = ""
) -> Sums:
    if not paths:
        return Sums()
    rows, amount, back, without = session.rows(
        f"select count(*), coalesce(sum({order_value.amount(table)}), 0)::decimal(18, 4), "
        f"coalesce(sum({order_value.given_back(table)}), 0)::decimal(18, 4), "
        f"{order_value.rows_without(table)} from {_read(paths)} {where}"
    )[0]
    return Sums(rows, amount, back, without)


def _latest(session: Session, table: Table, good: tuple[StoredFile, ...]) -> datetime | None:
    if table.event_time is None or not good:
        return None
    paths = [file.path for file in good]
    return session.scalar(f"select max({table.event_time})::timestamp from {_read(paths)}")


def _repairs(
    session: Session,
    source: Recognised,
    sha256: str,
    good: tuple[StoredFile, ...],
    lines: Opened,
) -> tuple[pa.Table, int]:
    """Repairs by column and kind, and the rows that had any."""
    counted = (
        session.rows(
            f"select repairs, count(*)::bigint from {_read([file.path for file in good])} "
            "where repairs is not null group by 1"
        )
        if good
        else []
    )
    by_kind: dict[str, int] = {}
    for said, rows in counted:
        for one in said.split(" "):
            by_kind[one] = by_kind.get(one, 0) + rows
    for column, kind, rows in lines.rows.repairs:
        by_kind[f"{column}:{kind.value}"] = rows
    if good and source.table is ORDERS and not source.fit.has_status:
        for kind, rows in states_made(session, _read([file.path for file in good])).items():
            by_kind[f"order_status:{kind.value}"] = rows
    found = [
        {
            "export": source.table.name,
            "file_name": source.file.name,
            "file_sha256": sha256,
            "column_name": said.partition(":")[0],
            "kind": said.partition(":")[2],
            "rows": rows,
        }
        for said, rows in sorted(by_kind.items())
    ]
    repaired = sum(rows for said, rows in counted if not all(map(_is_heard, said.split(" "))))
    return pa.Table.from_pylist(found, schema=REPAIRS.arrow_schema()), repaired


def _is_heard(said: str) -> bool:
    """Whether a repair is a word that was understood, and nothing was changed."""
    return said.endswith(f":{RepairKind.REFUSAL_WORD.value}")


def _renamed(session: Session, queries: StagingQueries, odd: list[Path]) -> frozenset[str]:
    """Old SKU ids among the rows the plain query could not take; it takes no row that has one."""
    renames = queries.facts.sku_renames
    texts = list(queries.texts())
    if not renames or not has_renames(queries.table) or "r_sku_id" not in texts:
        return frozenset()
    how = queries.reading_of(queries.table.column("sku_id"))
    read = f"coalesce({', '.join([how.strict, *(sql for _, sql in how.repaired), 'NULL'])})"
    place = texts.index("r_sku_id") + 1
    packed = f"nullif(string_split(repairs, chr(31))[{place}], chr(30)) as r_sku_id"
    found = session.rows(
        f"select distinct {read} as sku_id from (select {packed} from {_read(odd)}) "
        f"where sku_id in {words(list(renames))}"
    )
    return frozenset(row[0] for row in found)


def _quarantined(
    session: Session,
    source: Recognised,
    sha256: str,
    bad: tuple[Path, ...],
    malformed: list[Malformed],
) -> pa.Table:
    common = {
        "export": source.table.name,
        "file_name": source.file.name,
        "file_sha256": sha256,
        "user_id": None,
    }
    table = source.table
    user = "user_id" if "user_id" in table.column_names else "NULL"
    version = table.version or "NULL"
    found = []
    if bad:
        for number, said, user_id, amount, updated_at in session.rows(
            f"select row_number, repairs, {user}, {order_value.amount(table)}, "
            f"{version}::timestamp from {_read(bad)} where not {_IS_FORGOTTEN} order by 1"
        ):
            code, key, value, text = said.split(SEPARATOR, 3)
            english, chinese = with_format(reason_of(code, table), code, table, source.fit)
            found.append(
                common
                | {
                    "row_number": number,
                    "column_name": re.split(r"[.+]", code)[0],
                    "reason_code": code,
                    "reason": english,
                    "reason_zh": chinese,
                    "raw_value": value,
                    "raw_text": text,
                    "user_id": user_id,
                    "amount_yuan": amount,
                    "row_key": key or None,
                    "row_updated_at": updated_at,
                }
            )
    for row in malformed:
        found.append(
            common
            | {
                "row_number": row.row_number,
                "column_name": None,
                "reason_code": row.code,
                "reason": row.reason,
                "reason_zh": row.reason_zh,
                "raw_value": None,
                "raw_text": None,
            }
        )
    return pa.Table.from_pylist(found, schema=QUARANTINE.arrow_schema())
