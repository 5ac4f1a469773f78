"""Say which rules of a table its checks hold, and which of them stop the steps after it.

Not here: running them (`suites.py`).
"""

from __future__ import annotations

from assets.resources.lakehouse.lakehouse import stored_columns
from data_contracts.exports import BY_NAME as EXPORTS
from data_contracts.rules import Rule, RuleKind, table_rules
from data_contracts.rules.batch import BatchKind, BatchRule, batch_rules
from data_contracts.table import Table

NOT_EMPTY = "table__not_empty"


OTHER_DAYS = "table__other_days"


# A row that breaks one of these is unusable: the steps that read the table stop.
BLOCKING = {RuleKind.REQUIRED, RuleKind.UNIQUE, RuleKind.TYPE}


def checked_rules(table: Table) -> list[Rule]:
    """Return the rules that become expectations.

    Types are left out because storage guarantees them, and so are columns that are not stored.
    """
    stored = stored_columns(table)
    return [
        rule
        for rule in table_rules(table)
        if rule.kind is not RuleKind.TYPE and all(name in stored for name in rule.columns)
    ]


def is_blocking(rule: Rule | BatchRule) -> bool:
    """Whether a failure stops the steps that read the table."""
    return rule.kind in BLOCKING or rule.kind is BatchKind.SCHEMA


def has_other_days(table: Table) -> bool:
    """Whether a load can change days of the table other than the one that is run."""
    return table.name in EXPORTS and table.partition is not None


def has_size(table: Table) -> bool:
    """Whether its row count is compared with that of earlier checks."""
    return any(rule.kind is BatchKind.SIZE for rule in batch_rules(table))
