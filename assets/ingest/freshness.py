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
            first, last = session.rows(
                f"select min(at), max(at) from (select {ex.typed(column, 'moment')} as at "
                f"from (select {ex.text_of(found)} as moment from {source}))"
            )[0]
            moments += [moment for moment in (first, last) if moment is not None]
    if not moments:
        raise NoDataError(f"{home.exports_dir}: no order line has a readable ordered_at")
    return min(moments), max(moments)


def last_business_day(home: LinliHome) -> date:
    """The last business day the orders cover, raises NoDataError when there is none.

    The exports of an evening hold a few orders of the next business day; a day whose orders end
    before its half is therefore not taken as covered.
    """
    _, last = order_moments(home)
    cutoff_minutes = home.platform().cutoff_minutes
    day = business_date(last, cutoff_minutes)
    half = end_of_business_day(day, cutoff_minutes) - timedelta(hours=12)
    return day if last >= half else day - timedelta(days=1)
