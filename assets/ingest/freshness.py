"""How far the orders reach, read from the files themselves, before anything is loaded."""

from __future__ import annotations

from datetime import date

from assets.ingest import expressions as ex
from assets.resources.home import LinliHome
from assets.resources.inbox import CsvRows, ExportFile, find_files, match_columns
from assets.resources.lakehouse import literal
from data_contracts.errors import NoDataError
from data_contracts.exports import ORDERS


def covered_days(home: LinliHome) -> tuple[date, date]:
    """First and last business day with an order line in the exports folder.

    Raises NoDataError when there is no orders file or no readable time in it.
    """
    paths = find_files(home.exports_dir, ORDERS)
    if not paths:
        raise NoDataError(
            f"{home.exports_dir}: no orders file (orders.csv, .csv.gz or .parquet); "
            "put one there, nothing runs without it"
        )
    shift = 1440 - home.platform().cutoff_minutes
    column = ORDERS.column("ordered_at")
    firsts, lasts = [], []
    with home.lakehouse.session() as session:
        for path in paths:
            file = ExportFile(ORDERS, path, path.name, "", path.stat().st_size)
            found = match_columns(file)[column.name]
            if file.is_parquet:
                source = f"read_parquet({literal(path)})"
            else:
                rows = CsvRows(file, [found])
                session.register("ordered_at_text", rows.reader())
                source = "ordered_at_text"
            moment = ex.typed(column, "moment")
            first, last = session.rows(
                f"select min(at), max(at) from (select {moment} as at "
                f"from (select {ex.text_of(found)} as moment from {source})) "
            )[0]
            if first is not None:
                firsts.append(first)
                lasts.append(last)
        if not firsts:
            raise NoDataError(f"{home.exports_dir}: no order line has a readable ordered_at")
        days = session.rows(
            f"select ($first + interval {shift} minute)::date, "
            f"($last + interval {shift} minute)::date",
            first=min(firsts),
            last=max(lasts),
        )[0]
    return days[0], days[1]


def last_business_day(home: LinliHome) -> date:
    """Last business day the orders reach."""
    return covered_days(home)[1]
