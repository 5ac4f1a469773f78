"""A home with a wake-up list to deliver: publish the list, deliver it, read what was sent."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from assets.resources.home import LinliHome
from assets.resources.outbox import outbox
from assets.resources.outbox.spreadsheet import write_parquet
from data_contracts.lists import WAKE_UP
from pipelines.cli.commands import deliver as commands_deliver
from tests.conftest import linli
from tests.lake import copy_of, give_key, home_with, named

DAY = date(2026, 10, 31)
USERS = ("user_id", "name", "phone", "marketing_opt_out", "age_band")
LISTED = [f"U{number}" for number in range(1, 9)]
PHONES = {user: f"1390000000{user[1:]}" for user in LISTED}
ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")


def publish(home: LinliHome, users: list[str]) -> None:
    headers = [column.header for column in WAKE_UP.columns]
    lines = pa.table({header: pa.nulls(len(users), pa.string()) for header in headers})
    place = headers.index(commands_deliver.USER)
    lines = lines.set_column(place, headers[place], pa.array([named(user) for user in users]))
    name = WAKE_UP.file_name(DAY, "parquet")
    outbox.publish(home.lists_dir("wake_up"), DAY, {name: lambda p: write_parquet(p, lines)}, {})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """Eight people are listed; the phone of the eighth is known of a ninth too."""
    folder = tmp_path_factory.mktemp("consent")
    give_key(folder / "home")
    users = [(user, f"name {user}", PHONES[user], "false", "") for user in LISTED]
    users.append(("U9", "name U9", f"+86 {PHONES['U8'][:3]}-{PHONES['U8'][3:]}", "false", ""))
    orders = [("A1", "L1", "2026-10-01 10:00:00", "U1", "S1", "1")]
    home = home_with(folder, {"users": (USERS, users), "orders": (ORDER, orders)})
    publish(home, LISTED)
    return home


@pytest.fixture
def home(made: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(made, tmp_path)


def lay(home: LinliHome, name: str, *lines: str, encoding: str = "utf-8") -> None:
    (home.exports_dir / name).write_text("\n".join(lines) + "\n", encoding)


def deliver(home: LinliHome, path: Path):
    return linli("deliver", "--out", path, "--home", home.home, "--exports", home.exports)


def sent(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [row["平台用户编号"] for row in csv.DictReader(stream)]


def audited(home: LinliHome) -> list[dict]:
    book = home.root / "audit" / "deliveries.jsonl"
    return [json.loads(line) for line in book.read_text("utf-8").splitlines()]
