"""The tables Linli computes, in the order of the flow.

A table is declared once, in the module of its capability. A new module is named here.
"""

from data_contracts.table import Table, tables_of
from data_contracts.tables import (
    affinity,
    backtest,
    bookkeeping,
    churn,
    demand,
    emotion,
    feedback,
    labels,
    nowcast,
    profile_inputs,
    profiles,
    replenishment,
    supply,
    wake_up,
)

TABLES: tuple[Table, ...] = tables_of(
    bookkeeping,
    profile_inputs,
    profiles,
    emotion,
    feedback,
    labels,
    affinity,
    demand,
    supply,
    backtest,
    nowcast,
    churn,
    replenishment,
    wake_up,
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
