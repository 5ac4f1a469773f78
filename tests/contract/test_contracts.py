"""The contracts hold together: one declaration, no two meanings, everything labelled in Chinese."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from data_contracts.exports import EXPORTS
from data_contracts.platform_file import Platform
from data_contracts.rules import NOT_ABOVE, RuleKind, row_rules
from data_contracts.stored_tables import STORED_TABLES
from data_contracts.table import Personal, Table, Type
from data_contracts.tables import TABLES

EVERY = STORED_TABLES
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_a_table_is_fully_declared(table: Table) -> None:
    assert CHINESE.search(table.zh) and table.meaning and table.key
    for column in table.columns:
        assert column.meaning, column.name
        assert column.zh, column.name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
    labels = [column.zh.lower() for column in table.columns]
    assert len(set(labels)) == len(labels), "two columns share a Chinese label"


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_names_carry_their_unit(table: Table) -> None:
    for column in table.columns:
        if column.type is Type.MONEY:
            assert column.name.endswith("_yuan"), column.name
        if column.name.endswith("_units"):
            assert column.type is Type.REAL, column.name
        if column.type is Type.TIMESTAMP:
            assert column.name.endswith("_at"), column.name


def test_a_name_has_one_type_everywhere() -> None:
    types = defaultdict(set)
    for table in EVERY:
        for column in table.columns:
            types[column.name].add(column.type)
    # money as exported, real once averaged or multiplied
    allowed = {"offer_yuan", "unit_price_yuan", "cost_yuan", "amount_yuan"}
    assert {name for name, kinds in types.items() if len(kinds) > 1} <= allowed


def test_only_orders_are_indispensable() -> None:
    assert [table.name for table in EXPORTS if table.indispensable] == ["orders"]


def test_a_key_is_required_or_may_be_told_to_be_empty() -> None:
    may_be_empty = {
        ("stock", "batch_id"),
        ("weather", "issued_at"),
        ("holidays", "area_id"),
        ("supply_terms", "warehouse_id"),
        ("supply_terms", "valid_from"),
        ("purchase_orders", "line_id"),
        ("purchase_orders", "warehouse_id"),
    }
    for table in EXPORTS:
        for name in table.key:
            assert table.column(name).required or (table.name, name) in may_be_empty


def test_personal_columns_never_stand_in_computed_tables_unmasked() -> None:
    for table in TABLES:
        for column in table.columns:
            assert column.personal in (Personal.NO, Personal.IDENTIFIER), (table.name, column.name)


def test_rules_name_real_columns_and_are_unique() -> None:
    for table in EXPORTS:
        rules = row_rules(table)
        assert len({rule.name for rule in rules}) == len(rules)
        assert all(rule.kind is not RuleKind.UNIQUE for rule in rules)
    names = {table.name: table for table in EXPORTS}
    for table_name, left, right in NOT_ABOVE:
        names[table_name].column(left)
        names[table_name].column(right)


def test_platform_toml_round_trips() -> None:
    platform = Platform(
        id="a", name='样例"平台\\', cutoff="23:00", currency="GBP", notes=("一", 'two "2"')
    )
    assert Platform.from_toml(platform.to_toml()) == platform


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('cutof = "23:00"', "unknown key 'cutof'"),
        ('cutoff = "25:00"', "not a time of day"),
        ('cutoff = "00:00"', '"24:00" for the calendar day'),
        ("cutoff = 23", "must be text in quotes"),
        ("notes = 3", "must be a list of texts"),
        ("=", "not valid TOML"),
    ],
)
def test_a_wrong_platform_toml_says_what_is_wrong(content: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Platform.from_toml(content)
