"""Find the days that the orders cover, from the files themselves, before anything is loaded."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, timedelta

from assets.ingest.identify_inbox import InboxManifest
from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.stage.casting.type_casting import column_cast
from assets.ingest.stage.source_columns import SourceColumns
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import QueryError, Session
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import NoDataError
from data_contracts.exports import ORDERS
from data_contracts.tables.bookkeeping import INGEST_LEDGER
from models.clock import business_date, end_of_business_day


def order_time_range(home: LinliHome, manifest: InboxManifest) -> tuple[datetime, datetime]:
    """Return the first and last `ordered_at` of the orders: from the ledger and from the files of
    `manifest` that are not loaded yet.

    Raises NoDataError when there is no orders file or no readable time in it, ExportError for a
    file that cannot be read.
    """
    manifest.rejected_files(ORDERS)  # raises for one that cannot be read
    files = manifest.new_files(ORDERS)
    moments: list[datetime] = []
    with home.lakehouse.session(INGEST_LEDGER) as session:
        loaded_range = session.rows(
            "select min(first_day)::timestamp, max(latest_event_at) from ingest_ledger "
            "where export = 'orders' and rows_loaded > 0"
        )[0]
        moments += [moment for moment in loaded_range if moment is not None]
        for source, _ in files:
            moments += _file_time_range(session, source, home.platform().utc_offset_minutes)
    if not moments and not files:
        raise NoDataError(
            f"{home.exports_dir}: no orders file ({ORDERS.name}.csv, .xlsx, .jsonl or .parquet); "
            "put one there, nothing runs without it",
            f"{home.exports_dir}：没有订单文件（{ORDERS.name}.csv、.xlsx、.jsonl 或 "
            ".parquet）；请放入该文件，没有它无法运行",
        )
    if not moments:
        raise NoDataError(
            f"{home.exports_dir}: no order line has a readable ordered_at; "
            "check how that column is written",
            f"{home.exports_dir}：订单中没有一行能读出下单时间（ordered_at）；请检查该列的写法",
        )
    return min(moments), max(moments)


def _file_time_range(
    session: Session, source: IdentifiedFile, utc_offset_minutes: int
) -> list[datetime]:
    """Return the first and last `ordered_at` of one file, read by its mapping."""
    column = ORDERS.column("ordered_at")
    headers = list(
        dict.fromkeys(h for one in source.match.columns[column.name] for h in one.headers)
    )
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    with closing(rows):
        session.register("moment_texts", rows.reader(headers))
        types = {str(row[0]): str(row[1]) for row in session.rows("describe from moment_texts")}
        text = SourceColumns.text_of(column, source.match, types, utc_offset_minutes)
        how = column_cast(column, "moment", utc_offset_minutes=utc_offset_minutes)
        value = ", ".join([how.strict, *(sql for _, sql in how.repaired)])
        try:
            bounds = session.rows(
                f"select min(seen), max(seen) from (select coalesce({value}) as seen from "
                f"(select ({text})::varchar as moment from moment_texts))"
            )[0]
        except QueryError as error:
            if rows.failure is not None:
                raise rows.failure from error
            raise
        finally:
            session.unregister("moment_texts")
    return [moment for moment in bounds if moment is not None]


def last_business_day(home: LinliHome, manifest: InboxManifest) -> date:
    """Return the last business day the orders cover; raises NoDataError when there are no orders.

    The exports of an evening hold a few orders of the next business day; so a day whose orders end
    in its first half does not count as covered.
    """
    return _last_day(home, *order_time_range(home, manifest))


def covered_business_day(home: LinliHome, manifest: InboxManifest, as_of: date | None) -> date:
    """Return `as_of`, or the last business day the orders cover for None.

    Raises NoDataError when the orders do not reach `as_of`: those in the files of `manifest`, and
    those that only the lake still holds.
    """
    first, last = order_time_range(home, manifest)
    as_of = as_of or _last_day(home, first, last)
    cutoff_minutes = home.platform().cutoff_minutes
    days = [business_date(first, cutoff_minutes), business_date(last, cutoff_minutes)]
    with home.lakehouse.session(ORDERS) as session:
        days += [
            day
            for row in session.rows("select min(business_date), max(business_date) from orders")
            for day in row
            if day is not None
        ]
    if not min(days) <= as_of <= max(days):
        raise NoDataError(*not_covered_message(as_of, min(days), max(days)))
    return as_of


def _last_day(home: LinliHome, first: datetime, last: datetime) -> date:
    cutoff_minutes = home.platform().cutoff_minutes
    day = business_date(last, cutoff_minutes)
    half = end_of_business_day(day, cutoff_minutes) - timedelta(hours=12)
    begun = day if last >= half else day - timedelta(days=1)
    return max(begun, business_date(first, cutoff_minutes))


def not_covered_message(as_of: date, first: date, last: date) -> tuple[str, str]:
    """Return the message for a day without data, in English and Chinese."""
    return (
        f"no orders for business day {as_of}: the exports cover {first} to {last}; "
        "choose --as-of in that range, or add the missing export",
        f"业务日 {as_of} 没有订单：导出文件覆盖 {first} 至 {last}；"
        "请在此范围内选择 --as-of，或补充缺少的导出文件",
    )
