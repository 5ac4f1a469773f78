"""Locate failing rows: their number, and file name and row number of the first few.

Every stored row is tested against the rule that quarantines at ingest, even when the expectation
checked a sample only. File names and row numbers only: never a value.
"""

from __future__ import annotations

from assets.checks.results import FailingRows
from assets.framework.day_asset import sql_beside
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.rule_sql import violation
from data_contracts.exports import BY_NAME as EXPORTS
from data_contracts.rules import Rule, RuleKind
from data_contracts.table import Table

SHOWN_ROWS = 10


def failing_rows(session: Session, table: Table, rule: Rule, where: str) -> FailingRows:
    """Find the rows of `table` within `where` that break `rule`; every row of a repeated key."""
    if rule.kind is RuleKind.UNIQUE:
        key = ", ".join(rule.columns)
        condition = f"count(*) over (partition by {key}) > 1"
        source = f"(select * from {table.name} where {where} qualify {condition})"
    else:
        source = f"(select * from {table.name} where ({where}) and ({violation(rule, table)}))"
    session.view("failing", f"select * from {source}")
    total = session.scalar("select count(*) from failing")
    if table.name not in EXPORTS:
        return FailingRows(total)
    rows = session.rows(sql_beside(__file__, "failing_rows.sql"), export=table.name, n=SHOWN_ROWS)
    return FailingRows(total, tuple((str(name), int(number)) for name, number in rows))
