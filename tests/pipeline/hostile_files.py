"""Files no exporter should write, put into a small home, and what became of their rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from assets.ingest.load import load
from assets.resources.home import LinliHome
from data_contracts.errors import ExportError
from data_contracts.exports import ORDERS
from tests.conftest import linli
from tests.lake import home_at

HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units"]


def lines(count: int = 3, prefix: str = "o") -> list[list[str]]:
    return [[f"{prefix}{n}", "1", f"2026-09-04 10:00:{n % 60:02}", "s1", "1"] for n in range(count)]


def text(rows: list[list[str]] | None = None, header: list[str] = HEADER) -> str:
    return "".join(",".join(row) + "\n" for row in [header, *(lines() if rows is None else rows)])


def home_of(tmp_path: Path) -> LinliHome:
    (tmp_path / "exports").mkdir(parents=True, exist_ok=True)
    return home_at(tmp_path, tmp_path / "exports")


def put(tmp_path: Path, name: str, content: str | bytes) -> tuple[LinliHome, Path]:
    home = home_of(tmp_path)
    path = home.exports_dir / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return home, path


def accounts(home: LinliHome) -> dict[str, tuple[int, int, int, int]]:
    """File → rows read, loaded, quarantined, duplicate."""
    with home.lakehouse.session() as session:
        return {
            name: counts
            for name, *counts in map(
                tuple,
                session.rows(
                    "select file_name, rows_read, rows_loaded, rows_quarantined, rows_duplicate "
                    "from ingest_ledger"
                ),
            )
        }


def orders(home: LinliHome, columns: str = "order_id") -> list[tuple]:
    with home.lakehouse.session() as session:
        return session.rows(f"select {columns} from orders order by 1")


def set_aside(home: LinliHome) -> list[tuple]:
    with home.lakehouse.session() as session:
        return session.rows("select row_number, reason_code from quarantine order by 1")


def refused(home: LinliHome, path: Path) -> str:
    """What the load and `linli check` say, the same in one line; nothing is loaded."""
    with pytest.raises(ExportError) as caught:
        load(home, ORDERS, lambda _: None)
    message = str(caught.value)
    assert "\n" not in message and message.startswith(f"{path.name}: ") and ";" in message
    checked = linli("check", path)
    assert checked.exit_code == 1 and f"error {message}" in checked.output
    assert home.lakehouse.snapshot(ORDERS) is None
    return message


def workbook(path: Path, *sheets: list[list], hidden: tuple[int, ...] = ()) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    for place, rows in enumerate(sheets):
        sheet = book.add_worksheet(f"表{place}")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if place in hidden:
            sheet.hide()
        else:
            sheet.activate()
            sheet.set_first_sheet()
    book.close()
