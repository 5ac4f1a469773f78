"""Check results that an earlier version stored are read in today's words."""

from __future__ import annotations

import json
from pathlib import Path

from assets.checks.results import Status
from assets.checks.store import FILE, store_results, stored_results
from data_contracts.exports import ORDERS, STOCK

EARLIER = [
    {"table": "orders", "check": "sku_id__required", "status": "not_looked_at", "passed": False},
    {"table": "orders", "check": "table__schema", "status": "failed", "passed": False},
    {"table": "orders", "check": "of_an_early_version", "passed": True},  # wrote no status
]


def test_earlier_words_of_a_status_are_todays(tmp_path: Path) -> None:
    assert stored_results(tmp_path) == []
    (tmp_path / FILE).write_text(json.dumps(EARLIER), "utf-8")
    assert [(row["check"], row.get("status")) for row in stored_results(tmp_path)] == [
        ("sku_id__required", "not_checked"),
        ("table__schema", "failed"),
        ("of_an_early_version", None),  # still counts for the run card: a failure is a failure
    ]


def test_a_new_result_keeps_those_of_other_tables_in_todays_words(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps(EARLIER), "utf-8")
    new = {"table": "stock", "check": "sku_id__required", "status": "passed", "passed": True}
    records = store_results(tmp_path, STOCK, [new])
    assert records == stored_results(tmp_path)
    statuses = [row["status"] for row in records]
    assert statuses == ["not_checked", "failed", "passed"]
    assert {Status(status) for status in statuses} <= set(Status)
    assert store_results(tmp_path, ORDERS, []) == [new]
