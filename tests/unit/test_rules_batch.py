"""Policy of the rules on a day as a whole, as drawn tables; what is watched is in the contract."""

from __future__ import annotations

import pytest

from data_contracts.exports import EXPORTS
from data_contracts.rules import batch
from data_contracts.rules.batch import BatchKind, batch_rules, day_column, monitored_codes
from data_contracts.table import Personal, Type
from data_contracts.tables import TABLES

BY_NAME = {table.name: table for table in EXPORTS}


@pytest.mark.parametrize(
    ("median_rows", "rows", "is_ordinary"),
    [
        (1000, 1000, True),
        (1000, 600, True),
        (1000, 599, False),
        (1000, 500, False),  # half a day is always seen
        (1000, 1666, True),
        (1000, 1667, False),
        (100, 50, False),
        (57, 28, False),
        (40, 22, True),  # of few rows so many are missing by chance
        (40, 20, False),
        (16, 4, True),
        (5, 0, False),
        (4, 0, True),
        (0, 0, True),
    ],
)
def test_volume(median_rows: float, rows: int, is_ordinary: bool) -> None:
    low, high = batch.volume_bounds(median_rows)
    assert (low <= rows <= high) is is_ordinary


@pytest.mark.parametrize(("before", "fewest"), [(1000, 800), (1001, 801), (5, 4), (4, 4), (1, 1)])
def test_a_reference_table_keeps_four_fifths(before: int, fewest: int) -> None:
    assert batch.fewest_rows(before) == fewest


def test_expected_shares_sum_to_one_and_none_is_impossible() -> None:
    shares = batch.expected_shares({"a": 9_000, "b": 1_000, "new": 0})
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["new"] == pytest.approx(batch.SHIFT_MIN_SHARE, rel=0.01)
    assert shares["a"] == pytest.approx(0.9, rel=0.01)


@pytest.mark.parametrize("table", EXPORTS, ids=lambda table: table.name)
def test_what_is_watched_stands_in_the_contract(table) -> None:
    rules = batch_rules(table)
    assert rules[0].kind is BatchKind.SCHEMA
    assert len({rule.name for rule in rules}) == len(rules)
    for rule in rules:
        if rule.kind is BatchKind.SHIFT:
            column = table.column(str(rule.column))
            assert column.personal is Personal.NO
            assert column.codes is not None or column.type in (
                Type.REAL,
                Type.MONEY,
                Type.INTEGER,
            )
        if rule.kind is BatchKind.FRESHNESS:
            assert rule.column == table.event_time and rule.max_age_hours


@pytest.mark.parametrize("name", batch.DAILY)
def test_a_daily_export_has_days_and_what_is_left_out_exists(name: str) -> None:
    table = BY_NAME[name]
    assert day_column(table) in {*table.column_names, "business_date"}
    for column in batch.DAILY[name].unmonitored:
        assert table.column(column).codes is not None


def test_every_export_by_day_is_watched() -> None:
    assert {table.name for table in EXPORTS if table.partition} <= set(batch.DAILY)


def test_columns_that_say_how_far_a_row_has_come_are_not_watched() -> None:
    assert monitored_codes(BY_NAME["orders"]) == ("sale_unit", "fulfilment_mode")
    assert monitored_codes(BY_NAME["logistics"]) == ()


def test_computed_tables_have_no_days_to_compare() -> None:
    assert not [table.name for table in TABLES if batch_rules(table)]
