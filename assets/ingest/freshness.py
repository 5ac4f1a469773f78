"""How far the orders reach, read from the files themselves, before anything is loaded."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from assets.ingest import expressions as ex
from assets.resources.home import LinliHome
from assets.resources.inbox import CsvRows, ExportFile, find_files, match_columns
from assets.resources.lakehouse import literal
from data_contracts.errors import NoDataError
from data_contracts.exports import ORDERS
from models.clock import business_date, end_of_business_day


def order_moments(home: LinliHome) -> tuple[datetime, datetime]:
    """First and last `ordered_at` in the exports folder.

    Raises NoDataError when there is no orders file or no readable time in it.
    """
    paths = find_files(home.exports_dir, ORDERS)
    if not paths:
        raise NoDataError(
            f"{home.exports_dir}: no orders file (orders.csv, .csv.gz or .parquet); "
            "put one there, nothing runs without it"
        )
    column = ORDERS.column("ordered_at")
    moments: list[datetime] = []
    with home.lakehouse.session() as session:
        for path in paths:
            file = ExportFile(ORDERS, path, path.name, "", path.stat().st_size)
            found = match_columns(file)[column.name]
            if file.is_parquet:
                source = f"read_parquet({literal(path)})"
            else:
                session.register("ordered_at_text", CsvRows(file, [found]).reader())
                source = "ordered_at_text"
            kind = {str(row[0]): str(row[1]) for row in session.rows(f"describe from {source}")}
            if ex.compatible(column, kind[found]):
                moments_of = f"select {ex.quoted(found)}::timestamp as seen from {source}"
            else:
                text = f"select {ex.text_of(found)} as moment from {source}"
                moments_of = f"select {ex.typed(column, 'moment')} as seen from ({text})"
            first, last = session.rows(f"select min(seen), max(seen) from ({moments_of})")[0]
            moments += [moment for moment in (first, last) if moment is not None]
    if not moments:
        raise NoDataError(f"{home.exports_dir}: no order line has a readable ordered_at")
    return min(moments), max(moments)


def last_business_day(home: LinliHome) -> date:
    """The last business day the orders cover, raises NoDataError when there is none.

    The exports of an evening hold a few orders of the next business day; a day whose orders end
    before its half is therefore not taken as covered.
    """
    first, last = order_moments(home)
    cutoff_minutes = home.platform().cutoff_minutes
    day = business_date(last, cutoff_minutes)
    half = end_of_business_day(day, cutoff_minutes) - timedelta(hours=12)
    begun = day if last >= half else day - timedelta(days=1)
    return max(begun, business_date(first, cutoff_minutes))


def refuse_uncovered(home: LinliHome, as_of: date) -> None:
    """Raise NoDataError when the orders in the exports folder do not reach `as_of`.

    Looks at the files alone; days that only the lake still holds are covered too.
    """
    first, last = order_moments(home)
    cutoff_minutes = home.platform().cutoff_minutes
    days = [business_date(first, cutoff_minutes), business_date(last, cutoff_minutes)]
    with home.lakehouse.session() as session:
        days += [
            day
            for row in session.rows("select min(business_date), max(business_date) from orders")
            for day in row
            if day is not None
        ]
    if not min(days) <= as_of <= max(days):
        raise NoDataError(not_covered(as_of, min(days), max(days)))


def not_covered(as_of: date, first: date, last: date) -> str:
    """The message for a day without data."""
    return (
        f"no orders for business day {as_of}: the exports cover {first} to {last}; "
        "choose --as-of in that range, or add the missing export"
    )
