"""Translate a rule of a contract into the SQL condition that is true for a row that violates it.

Ingest quarantines staged rows with it; checks find failing stored rows with it. Nothing is executed
here.
"""

from __future__ import annotations

from assets.resources.lakehouse.sql_text import literal
from data_contracts.rules import Rule, RuleKind
from data_contracts.table import Table, Type


def violation(rule: Rule, table: Table, *, raw_prefix: str = "") -> str:
    """Return the condition that is true when a row violates `rule`; NULL violates REQUIRED only.

    The condition is over columns `x`; `raw_prefix` + `x` is the text as read, where that column
    exists. Raises ValueError for UNIQUE, which no single row can violate.
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
            return f"{name} not in {text_list(rule.params['values'])}"
        case RuleKind.PATTERN:
            matches = f"regexp_full_match({name}, {literal(rule.params['pattern'])})"
            return f"{raw} is not null and not coalesce({matches}, false)"
        case RuleKind.NOT_ABOVE:
            return f"{name} > {rule.columns[1]}"
        case RuleKind.UNIQUE:
            raise ValueError("uniqueness is not a row rule; duplicates are resolved by key")


def text_list(values: list[str]) -> str:
    """Return the SQL list of texts, for `in`."""
    return "(" + ", ".join(literal(value) for value in values) + ")"
