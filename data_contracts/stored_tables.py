"""List every table of the lake: the exports as loaded, then what Linli computes."""

from data_contracts.exports import EXPORTS
from data_contracts.table import Table
from data_contracts.tables import TABLES

STORED_TABLES: tuple[Table, ...] = (*EXPORTS, *TABLES)
STORED_BY_NAME: dict[str, Table] = {table.name: table for table in STORED_TABLES}
