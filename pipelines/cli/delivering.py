"""`linli deliver`: a published list with the platform's ids, names and phones, for those who send.

Everywhere else people are pseudonyms with masked names. This is the one door out of the vault: the
file is readable by its owner only, and the audit notes when it was written, not whom it names.
"""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.resources import outbox
from assets.resources.spreadsheet import Sheet, write_csv, write_xlsx
from assets.resources.vault.vault import Book
from data_contracts.columns import text
from data_contracts.errors import LinliError
from data_contracts.lists import WAKE_UP, ListColumn
from pipelines import audit
from pipelines.cli.choosing import one_platform
from pipelines.cli.console import err, out
from pipelines.cli.holding import alone
from pipelines.settings import Settings

# Column of the published list → what takes its place, and the vault's name of it.
REVEALED = {
    "user_id": (
        ListColumn(text("platform_user_id", "平台用户编号", "the platform's id"), 20),
        "platform_user_id",
    ),
    "masked_name": (ListColumn(text("name", "姓名", "name, unmasked"), 12), "name"),
    "masked_phone": (ListColumn(text("phone", "手机号", "phone, unmasked"), 15), "phone"),
}


@alone("linli deliver")
def deliver(
    as_of: str,
    target: Path,
    exports: Path | None,
    home: Path | None,
    platform: str | None = None,
) -> None:
    """Write the wake-up list of a day with raw ids; raises LinliError when there is none."""
    settings = one_platform(home=home, exports=exports, platform=platform)
    folder = settings.home / "lists" / WAKE_UP.name
    day = _day(as_of, folder)
    version = outbox.current(folder, day)
    if version is None:
        raise LinliError(f"{folder}: no list of {day} is published; see: linli lists")
    path = target.expanduser().resolve()
    _refuse(path, settings)
    lines = pq.read_table(version / WAKE_UP.file_name(day, "parquet"))
    columns, revealed, unknown = reveal(lines, settings.resource().vault.read(Book.PEOPLE))
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    if path.suffix == ".xlsx":
        write_xlsx(path, [Sheet(WAKE_UP.zh, columns, revealed, 4)], day)
    else:
        write_csv(path, columns, revealed)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    audit.note(
        settings.home,
        audit.DELIVERIES,
        list=WAKE_UP.name,
        day=day,
        rows=lines.num_rows,
        file=str(path),
        sha256=digest,
    )
    out.print(f"{WAKE_UP.zh} {day}: {lines.num_rows:,} rows with ids, names and phones: {path}")
    out.print("readable by you alone; delete it when it is sent")
    if unknown:
        err.print(f"[yellow]not in the vault[/yellow] {unknown:,} rows: their cells are empty")


def reveal(lines: pa.Table, people: pa.Table) -> tuple[tuple[ListColumn, ...], pa.Table, int]:
    """Columns and rows of the list with what the vault knows; and how many rows it does not.

    `lines`: the published Parquet, Chinese headers. `people`: book PEOPLE.
    """
    by_user = {row["user_id"]: row for row in people.to_pylist()}
    users = lines.column(WAKE_UP.source.column("user_id").zh).to_pylist()
    known = [by_user.get(user, {}) for user in users]
    columns, arrays = [], []
    for column in WAKE_UP.columns:
        place = REVEALED.get(column.column.name)
        if place is None:
            columns.append(column)
            arrays.append(lines.column(column.header))
        else:
            columns.append(place[0])
            arrays.append(pa.array([row.get(place[1]) for row in known], pa.string()))
    shown = pa.table(arrays, names=[column.header for column in columns])
    return tuple(columns), shown, sum(1 for row in known if not row)


def _day(as_of: str, folder: Path) -> date:
    if as_of == "latest":
        days = outbox.published_days(folder)
        if not days:
            raise LinliError(f"{folder}: no list is published yet")
        return days[-1]
    try:
        return date.fromisoformat(as_of)
    except ValueError as error:
        raise LinliError(f"--as-of {as_of!r} is not a date; write it like 2026-10-31") from error


def _refuse(path: Path, settings: Settings) -> None:
    if path.suffix not in (".csv", ".xlsx"):
        raise LinliError(f"{path.name}: call it .csv or .xlsx")
    if path.exists():
        raise LinliError(f"{path}: stands already; name another with --out")
    shared = [settings.home / "lists", settings.home / "reports", settings.exports]
    if any(path.is_relative_to(folder) for folder in shared):
        raise LinliError(f"{path}: others read this folder; write it where only you do")
