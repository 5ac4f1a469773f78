"""Great Expectations sees what ingest would have kept out: each rule kind fails on a wrong row."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from assets.checks.asset_checks import table_checks
from assets.checks.checked_rules import checked_rules, is_blocking
from assets.checks.run_checks import run_checks
from assets.checks.sampling import sampled_frame, scope_of_day
from assets.checks.store import FILE
from assets.checks.validate import validate
from assets.resources.home import LinliHome
from data_contracts.exports import AVAILABILITY, ORDERS, STOCK
from data_contracts.rules import RuleKind
from data_contracts.rules.batch import BatchKind, batch_rules
from data_contracts.table import Table
from data_contracts.tables.demand import DEMAND_DAY
from pipelines.flow import CHECKED
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
HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units"]


def failing(**changes: list) -> list[str]:
    columns = {name: [None] * 3 for name in ORDERS.column_names} | GOOD | changes
    found = validate(pd.DataFrame(columns), checked_rules(ORDERS), ORDERS)
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
    found = validate(frame, checked_rules(AVAILABILITY), AVAILABILITY)
    assert [result.check for result in found if not result.passed] == ["hours_status__pattern"]


def test_one_context_serves_frame_after_frame() -> None:
    """The shared context must not answer for an earlier frame."""
    assert failing(sku_id=["a", None, "c"]) == ["sku_id__required"]
    assert failing() == []
    assert failing(quantity_units=[1.0, 2e6, 3.0]) == ["quantity_units__range"]


def test_key_requirement_and_schema_block_and_the_rest_warns() -> None:
    blocking = {rule.kind for rule in checked_rules(ORDERS) if is_blocking(rule)}
    assert blocking == {RuleKind.REQUIRED, RuleKind.UNIQUE}
    assert {rule.kind for rule in batch_rules(ORDERS) if is_blocking(rule)} == {BatchKind.SCHEMA}


def test_an_empty_day_is_said_to_be_empty_and_blocks_only_where_it_must_not_be(
    tmp_path: Path,
) -> None:
    home = LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path))
    may, must = (
        run_checks(home, DEMAND_DAY, date(2026, 9, 4), must_have_rows=must)
        for must in (False, True)
    )
    assert all(result.passed for result in may)
    assert {result.metadata["status"].value for result in may} == {"没有数据 no_rows"}
    empty = [result for result in must if not result.passed]
    assert [result.check_name for result in empty] == ["table__not_empty"]
    assert empty[0].severity.value == "ERROR"


@pytest.mark.parametrize("table", CHECKED, ids=lambda table: table.name)
def test_every_declared_check_gets_a_result(tmp_path: Path, table: Table) -> None:
    home = LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path))
    for must in (False, True):
        declared = table_checks(table, must_have_rows=must).check_specs
        found = run_checks(home, table, date(2026, 9, 4), must_have_rows=must)
        assert sorted(spec.name for spec in declared) == sorted(r.check_name for r in found)


def looked_at(home: LinliHome, table: Table, as_of: date) -> pd.DataFrame:
    with home.lakehouse.session() as session:
        scope = scope_of_day(session, table, as_of, home.as_of_end(as_of))
        return sampled_frame(session, table, scope, table.key)


def test_only_the_days_partition_is_looked_at(tmp_path: Path) -> None:
    rows = [[str(day), "1", f"2026-09-0{day} 10:00:00", "s", "1"] for day in (3, 4, 5)]
    home = home_with(tmp_path, {"orders": (HEADER, rows)})
    assert list(looked_at(home, ORDERS, date(2026, 9, 4))["order_id"]) == ["4"]


def test_of_a_table_without_days_nothing_later_is_looked_at(tmp_path: Path) -> None:
    header = ["warehouse_id", "sku_id", "counted_at", "on_hand_units"]
    rows = [["w", f"s{day}", f"2026-09-0{day} 22:30:00", "5"] for day in (3, 4, 5)]
    home = home_with(tmp_path, {"stock": (header, rows)})
    assert sorted(looked_at(home, STOCK, date(2026, 9, 4))["sku_id"]) == ["s3", "s4"]


def test_results_are_kept_for_the_run_card_and_replaced_by_a_rerun(tmp_path: Path) -> None:
    rows = [[str(day), "1", f"2026-09-0{day} 10:00:00", "s", "1"] for day in (3, 4, 5)]
    home = home_with(tmp_path, {"orders": (HEADER, rows)})
    day = date(2026, 9, 4)
    path = home.report_dir(day) / FILE
    for table in (STOCK, ORDERS, ORDERS):
        run_checks(home, table, day)
    stored = json.loads(path.read_text("utf-8"))
    names = [(row["table"], row["check"]) for row in stored]
    assert len(names) == len(set(names))
    assert {row["table"] for row in stored} == {"stock", "orders"}
    seconds = {row["step_seconds"] for row in stored if row["table"] == "orders"}
    assert len(seconds) == 1 and min(seconds) > 0


def test_results_of_an_earlier_version_are_left_out(tmp_path: Path) -> None:
    home = LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path))
    day = date(2026, 9, 4)
    path = home.report_dir(day) / FILE
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([{"table": "orders", "check": "x", "passed": True}]), "utf-8")
    run_checks(home, STOCK, day)
    assert {row["table"] for row in json.loads(path.read_text("utf-8"))} == {"stock"}
