"""Great Expectations sees what ingest would have kept out: each rule kind fails on a wrong row."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from assets.checks import checked_rules, is_blocking, judge, partition_frame, record
from data_contracts.exports import AVAILABILITY, ORDERS
from data_contracts.rules import RuleKind
from tests.lake import home_with

GOOD = {
    "order_id": ["1", "1", "2"],
    "line_id": ["1", "2", "1"],
    "ordered_at": pd.to_datetime(["2026-09-04"] * 3),
    "sku_id": ["a", "b", "c"],
    "quantity_units": [1.0, 2.5, 3.0],
    "sale_unit": ["kg", None, "piece"],
    "cancelled_units": [0.0, None, 3.0],
}


def failing(**changes: list) -> list[str]:
    columns = {name: [None] * 3 for name in ORDERS.column_names} | GOOD | changes
    found = judge(pd.DataFrame(columns), checked_rules(ORDERS), ORDERS)
    return [result.check for result in found if not result.passed]


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({}, None),
        ({"sku_id": ["a", None, "c"]}, "sku_id__required"),
        ({"quantity_units": [0.0, 1.0, 3.0]}, "quantity_units__range"),
        ({"quantity_units": [1.0, 2e6, 3.0]}, "quantity_units__range"),
        ({"sale_unit": ["kg", "jin", None]}, "sale_unit__codes"),
        ({"cancelled_units": [2.0, None, 3.0]}, "cancelled_units_and_quantity_units__not_above"),
        ({"line_id": ["1", "1", "1"]}, "order_id_and_line_id__unique"),
    ],
)
def test_each_rule_fails_on_the_row_that_breaks_it(changes: dict, check: str | None) -> None:
    assert failing(**changes) == ([] if check is None else [check])


def test_a_pattern_is_matched_as_a_whole() -> None:
    frame = pd.DataFrame(
        {
            "day": [date(2026, 9, 4)] * 2,
            "warehouse_id": ["w", "w"],
            "sku_id": ["a", "b"],
            "hours_status": ["A" * 24, "A" * 25],
        }
    )
    found = judge(frame, checked_rules(AVAILABILITY), AVAILABILITY)
    assert [result.check for result in found if not result.passed] == ["hours_status__pattern"]


def test_key_and_requirement_block_and_ranges_warn() -> None:
    blocking = {rule.kind for rule in checked_rules(ORDERS) if is_blocking(rule)}
    assert blocking == {RuleKind.REQUIRED, RuleKind.UNIQUE}


def test_only_the_days_partition_is_looked_at(tmp_path: Path) -> None:
    header = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units"]
    rows = [[str(day), "1", f"2026-09-0{day} 10:00:00", "s", "1"] for day in (3, 4, 5)]
    home = home_with(tmp_path, {"orders": (header, rows)})
    frame, share = partition_frame(home, ORDERS, date(2026, 9, 4))
    assert list(frame["order_id"]) == ["4"] and share == 1.0


def test_results_are_kept_for_the_run_card_and_replaced_by_a_rerun(tmp_path: Path) -> None:
    rules = checked_rules(ORDERS)
    for sku in (None, "c"):
        columns = {name: [None] * 3 for name in ORDERS.column_names} | GOOD
        frame = pd.DataFrame(columns | {"sku_id": ["a", "b", sku]})
        record(tmp_path, ORDERS, judge(frame, rules, ORDERS), rules)
        stored = json.loads((tmp_path / "checks.json").read_text("utf-8"))
        assert len(stored) == len(rules)
        assert [row["check"] for row in stored if not row["passed"]] == (
            ["sku_id__required"] if sku is None else []
        )
