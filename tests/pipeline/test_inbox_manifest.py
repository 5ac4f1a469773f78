"""One list says of every file in the exports folder what it is and what a load will do with it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from assets.ingest.inbox_manifest import FileStatus, identify_inbox, identify_new_files
from assets.ingest.load import load
from assets.resources.home import LinliHome
from data_contracts.errors import ExportError
from data_contracts.exports import CHAT, ORDERS, STOCK
from tests.lake import home_at, write_export

ORDER_HEADER = [
    "order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units", "receiver_phone",
]  # fmt: skip
ORDER = ["a", "1", "2026-09-01 10:00:00", "U1", "s1", "1", "13812345678"]


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    exports = tmp_path / "exports"
    write_export(exports, "orders", ORDER_HEADER, [ORDER])
    write_export(exports, "chat", ["message_id", "13800001111"], [["m1", "13800001112"]])
    write_export(exports, "notes", ["colour", "shape"], [["red", "round"]])
    (exports / "old.xls").write_bytes(b"old")
    return home_at(tmp_path, exports)


def statuses(home: LinliHome) -> dict[str, str]:
    return {entry.file.name: entry.status.value for entry in identify_inbox(home).entries}


def test_every_file_has_a_status(home: LinliHome) -> None:
    unknown = {"chat.csv": "unknown", "notes.csv": "unknown"}
    assert statuses(home) == {"orders.csv": "new"} | unknown
    assert [one.name for one in identify_inbox(home).ignored] == ["old.xls"]
    load(home, ORDERS, lambda _: None)
    shutil.copy(home.exports_dir / "orders.csv", home.exports_dir / "orders_copy.csv")
    assert statuses(home) == {"orders.csv": "loaded", "orders_copy.csv": "loaded"} | unknown


def test_a_row_says_how_a_file_is_read(home: LinliHome) -> None:
    rows = {entry.file.name: entry.row() for entry in identify_inbox(home).entries}
    orders = rows["orders.csv"]
    assert orders["export"] == "orders" and orders["status"] == "new"
    assert len(str(orders["sha256"])) == 64 and orders["preset"] and orders["format"]
    assert rows["chat.csv"]["export"] is None
    quoted = [entry.rejection[0] for entry in identify_inbox(home).entries if entry.error]
    assert any("13800001111" in text for text in quoted), "the message quotes the first row"
    assert not {"13812345678", "13800001111"} & set(re.findall(r"\d{11}", json.dumps(rows)))


def test_files_are_rejected_by_the_export_their_name_says(home: LinliHome) -> None:
    manifest = identify_inbox(home)
    assert [one.name for one in manifest.rejected_files(CHAT)] == ["chat.csv"]
    assert manifest.rejected_files(CHAT)[0].reason_zh.startswith("已拒收：")
    assert manifest.rejected_files(STOCK) == []
    write_export(home.exports_dir, "orders_2", ["colour"], [["red"]])
    with pytest.raises(ExportError, match=r"orders_2\.csv"):
        identify_new_files(home, ORDERS)
    assert identify_new_files(home, STOCK) == ([], [])


def test_a_content_under_two_names_is_loaded_under_the_later_one(home: LinliHome) -> None:
    for name in ("orders_1", "orders_2"):
        write_export(home.exports_dir, name, ORDER_HEADER, [[*ORDER[:4], "s2", *ORDER[5:]]])
    files, _ = identify_new_files(home, ORDERS)
    assert [source.file.name for source, _ in files] == ["orders.csv", "orders_2.csv"]
    by_name = {entry.file.name: entry for entry in identify_inbox(home).entries}
    assert by_name["orders_1.csv"].status is FileStatus.NEW
    assert by_name["orders_1.csv"].sha256 == by_name["orders_2.csv"].sha256
