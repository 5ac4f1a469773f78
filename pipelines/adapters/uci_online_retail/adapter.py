"""Import UCI Online Retail: a year of invoice lines of a British gift wholesaler, with returns.

Contains the file's required columns and the assumptions of an import. Not here: the rows of each
export (`<export>.sql` next to this module).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from data_contracts.platform_file import Platform
from pipelines.adapters.adapter import Adapter, adapter_sql
from pipelines.adapters.source import (
    register_csv,
    register_parquet,
    require_columns,
    require_valid_values,
)

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)

NOTES = (
    "amounts are pounds sterling, counted one for one as yuan",
    "every source row is one order line; identical rows share their key and count as duplicates "
    "at ingest",
    "an invoice that starts with C is a cancellation: a line of its own that nets to zero and "
    "keeps the amount given back; the purchase it cancels is not linked by the source",
    "negative quantities and prices without C are stock and debt adjustments, left as they are "
    "for the row rules to refuse",
    "a country is a community and a region; one warehouse, UK, serves all",
    "postage, fees, adjustments, samples and vouchers are products that are not goods",
)


def load_source(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Create the table `source`, one typed row per source row; raises ValueError.

    Reads Parquet, or CSV when the name ends in `.csv`.
    """
    is_csv = path.suffix.lower() == ".csv"
    register = register_csv if is_csv else register_parquet
    register(connection, path, "published_rows")
    require_columns(connection, "published_rows", COLUMNS, path)
    connection.execute(adapter_sql("uci_online_retail", "text"))
    require_valid_values(connection, adapter_sql("uci_online_retail", "check"), path)
    connection.execute(adapter_sql("uci_online_retail", "source"))


UCI_ONLINE_RETAIL = Adapter(
    name="uci_online_retail",
    platform=Platform(name="UCI Online Retail", cutoff="24:00", currency="GBP", notes=NOTES),
    about="541,909 invoice lines of 4,372 customers, December 2010 to December 2011, with "
    "cancellations, duplicate rows and lines without a customer",
    licence="CC-BY-4.0",
    source_files=("online_retail.parquet", "online_retail.csv"),
    exports=("orders", "products", "communities"),
    load=load_source,
)
