"""A rule of a contract as the SQL condition that is true for a row that breaks it.

Ingest quarantines by it over staged rows; checks find the numbers of failing rows by it over stored
ones. Pure text; nothing is executed here.
"""

from __future__ import annotations

from assets.resources.lakehouse.sql_text import literal
from data_contracts.rules import Rule, RuleKind
from data_contracts.table import Table, Type


def broken(rule: Rule, table: Table, *, raw_prefix: str = "") -> str:
    """Condition that is true when a row breaks `rule`; NULL breaks REQUIRED only.

    Written over columns `x`; `raw_prefix` + `x` is the text as read, where it stands beside.
    Raises ValueError for UNIQUE, which no single row can break.
    """
    name = rule.columns[0]
    raw = f"{raw_prefix}{name}"
    match rule.kind:
        case RuleKind.REQUIRED:
            return f"{raw} is null"
        case RuleKind.TYPE:
            return f"{raw} is not null and {name} is null"
        case RuleKind.RANGE:
            below = "<=" if rule.params["exclusive_minimum"] else "<"
            parts = []
            if rule.params["minimum"] is not None:
                parts.append(f"{name} {below} {literal(rule.params['minimum'])}")
            if rule.params["maximum"] is not None:
                parts.append(f"{name} > {literal(rule.params['maximum'])}")
            if table.column(name).type is Type.REAL:
                parts.append(f"not isfinite({name})")
            return "(" + " or ".join(parts) + ")"
        case RuleKind.CODES:
            return f"{name} not in {words(rule.params['values'])}"
        case RuleKind.PATTERN:
            return f"not regexp_full_match({name}, {literal(rule.params['pattern'])})"
        case RuleKind.NOT_ABOVE:
            return f"{name} > {rule.columns[1]}"
        case RuleKind.UNIQUE:
            raise ValueError("uniqueness is not a row rule; duplicates are settled by key")


def words(values: list[str]) -> str:
    """SQL list of texts, for `in`."""
    return "(" + ", ".join(literal(value) for value in values) + ")"
