"""Derive row and table rules from the declaration of each contract.

A rule is used twice: as a SQL predicate on every row at ingest (`assets.ingest`), and as a Great
Expectations expectation on the rows of a day (`assets.checks`). Rules are plain data here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from data_contracts.table import Column, Table, Type


class RuleKind(StrEnum):
    REQUIRED = "required"  # has a value
    TYPE = "type"  # the text reads as the column's type
    RANGE = "range"  # minimum and maximum
    CODES = "codes"  # one of a closed list
    PATTERN = "pattern"  # the whole value matches
    NOT_ABOVE = "not_above"  # not larger than another column of the row
    UNIQUE = "unique"  # the key occurs once (a table rule)


@dataclass(frozen=True)
class Rule:
    """One rule on a column (or, for UNIQUE, on the key)."""

    kind: RuleKind
    columns: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Stable name, as quarantine reasons and checks carry it: `quantity_units.range`."""
        return f"{'+'.join(self.columns)}.{self.kind.value}"


# Rules between two columns of a row: (table, column, must not be larger than).
NOT_ABOVE: tuple[tuple[str, str, str], ...] = (
    ("orders", "cancelled_units", "quantity_units"),
    ("promotions", "starts_on", "ends_on"),
    ("supply_terms", "valid_from", "valid_until"),
)


def column_rules(column: Column) -> list[Rule]:
    """Return the rules of one column, in the order in which they are reported."""
    rules = []
    if column.required:
        rules.append(Rule(RuleKind.REQUIRED, (column.name,)))
    if column.type is not Type.TEXT:
        rules.append(Rule(RuleKind.TYPE, (column.name,), {"type": column.type.name.lower()}))
    if column.minimum is not None or column.maximum is not None:
        params = {
            "minimum": column.minimum,
            "maximum": column.maximum,
            "exclusive_minimum": column.exclusive_minimum,
        }
        rules.append(Rule(RuleKind.RANGE, (column.name,), params))
    if column.codes is not None:
        rules.append(Rule(RuleKind.CODES, (column.name,), {"values": column.codes.values()}))
    if column.pattern is not None:
        rules.append(Rule(RuleKind.PATTERN, (column.name,), {"pattern": column.pattern}))
    return rules


def row_rules(table: Table) -> list[Rule]:
    """Return every rule that a single row can break: in column order, then between columns."""
    rules = [rule for column in table.columns for rule in column_rules(column)]
    rules += [
        Rule(RuleKind.NOT_ABOVE, (left, right))
        for name, left, right in NOT_ABOVE
        if name == table.name
    ]
    return rules


def table_rules(table: Table) -> list[Rule]:
    """Return the row rules and the uniqueness of the key."""
    return [*row_rules(table), Rule(RuleKind.UNIQUE, table.key)]
